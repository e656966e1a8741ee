"""What a driver calls its errors → what they mean to the user, and how to mend them."""

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError

from newsletter.errors import DatabaseError, TemporaryError

#: `where` is the database.
BUSY = (
    "{where}: another process is writing to the database. Try again in a moment;"
    " nothing was changed by this step."
)

_NOT_LET_IN = (
    "the server does not let this user in. Give the right password in"
    " NEWSLETTER_DATABASE__PASSWORD, PGPASSWORD or ~/.pgpass."
)

#: What the driver says, in lower case → what it means and how to mend it.
_MEANINGS = {
    "disk is full": "the disk is full. Free some space and run the same command again;"
    " what was committed before is kept.",
    "disk i/o error": "the disk cannot be read or written. Check it, then run the same"
    " command again; what was committed before is kept.",
    "readonly database": "the database is read-only. Give this user the right to write to the"
    " file and to its folder.",
    "read-only transaction": "the database is read-only.",
    "unable to open database file": "the database file cannot be opened or made. Check that its"
    " folder exists and that this user may write there.",
    "file is not a database": "this file is not an SQLite database. Put it aside, or set"
    " [database] url to another file.",
    "malformed": "the database file is damaged. Restore it from a backup.",
    "no space left on device": "the server's disk is full. Free some space and run the same command"
    " again; what was committed before is kept.",
    "statement timeout": "the server ended a statement that took longer than it allows. Let this"
    " user take longer: ALTER ROLE … SET statement_timeout = 0.",
    # What a server says to who wants in. The program's tables are no part of its words.
    '" does not exist': "the server knows no such database, or no such user. Make them with"
    " createdb and createuser, or mend the URL.",
    "authentication failed": _NOT_LET_IN,
    "no password supplied": _NOT_LET_IN,
    "no pg_hba.conf entry": "the server lets this user in from elsewhere only. Add a line to its"
    " pg_hba.conf.",
}

#: What the driver says when nobody answered.
_SILENCE = ("connection", "failed to resolve host")

#: What is said when the user wants what is not granted or not there to be had.
_REFUSALS = {
    "permission denied": "the server does not allow this to the user of the URL. Let him own the"
    " database (ALTER DATABASE … OWNER TO …), or ask its owner",
    "already exists": "another program has tables of the same name there. Name a database that"
    " holds nothing else",
    "invalid connection option": "the URL has an option that PostgreSQL does not know",
}


def explain_error(
    error: DBAPIError, *, where: str, is_sqlite: bool
) -> TemporaryError | DatabaseError | DBAPIError:
    """Say what a driver's error means to the user; a mistake of ours stays as it is.

    Args:
        error: As SQLAlchemy raises it.
        where: The file, or the URL without its password.
        is_sqlite: Whether it is a file.
    """
    words = str(error.orig).lower()
    if isinstance(error, IntegrityError | DataError | ProgrammingError):
        # Their words may hold values of ours, such as a slug with "locked" in it; but those about
        # a statement name things of the server only.
        said = str(error.orig).partition("\n")[0]
        for sign, meaning in _REFUSALS.items():
            if isinstance(error, ProgrammingError) and sign in said:
                return DatabaseError(f"{where}: {meaning} ({said})")
        return error
    # Of two who wait for each other the server lets one go on.
    if "locked" in words or "busy" in words or "deadlock" in words or "lock timeout" in words:
        return TemporaryError(BUSY.format(where=where))
    for sign, meaning in _MEANINGS.items():
        if sign in words:
            return DatabaseError(f"{where}: {meaning}")
    is_silent = not is_sqlite and any(sign in words for sign in _SILENCE)
    if error.connection_invalidated or is_silent:
        return TemporaryError(f"{where}: the database does not answer ({error.orig})")
    return error
