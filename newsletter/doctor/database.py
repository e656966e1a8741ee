"""The database: whether it opens, has our tables, and belongs to our secret; nothing is made."""

from collections.abc import Iterator
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from newsletter import migrations
from newsletter.database import Database, now_ms
from newsletter.doctor.examination import Examination
from newsletter.doctor.key_files import is_shared
from newsletter.doctor.rules import installation as rules
from newsletter.errors import NewsletterError
from newsletter.rendering.finding import Finding, build_finding
from newsletter.sending.ledger.installation import find_fingerprint

_SUBJECT = "database"
#: A server that says nothing is waited for so long, by libpq.
_CONNECT_SECONDS = 10


class _Look(NamedTuple):
    """What a look into a database has found."""

    #: None without tables.
    revision: str | None = None
    #: Of the secret it was made with; None when it was never used.
    fingerprint: str | None = None
    #: Its server's clock, milliseconds since 1970, UTC; None for a file.
    clock_ms: int | None = None


def examine_database(url: str, *, fingerprint: str) -> tuple[Examination, int | None]:
    """Look at a database; with it, what its server's clock says, None where there is none.

    Args:
        url: Of SQLAlchemy, its password included.
        fingerprint: Of our secret; empty when that is not known.
    """
    try:
        database = Database(_with_patience(url))
    except ImportError as error:
        return _refuse(f"{error.name} is not installed: install newsletter-press[postgresql]"), None
    try:
        if database.file and not database.file.exists():
            seen = f"{database.file.name} is not there yet; the first command makes it"
            return Examination(subject=_SUBJECT, seen=seen), None
        look = _look(database)
        findings = tuple(_judge(database, look, fingerprint))
    except (NewsletterError, SQLAlchemyError, OSError) as error:
        return _refuse(_explain(error)), None
    finally:
        database.close()
    return Examination(subject=_SUBJECT, seen=_describe(database, look), findings=findings), (
        look.clock_ms
    )


def _with_patience(url: str) -> str:
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "postgresql" and "connect_timeout" not in parsed.query:
        parsed = parsed.update_query_dict({"connect_timeout": str(_CONNECT_SECONDS)})
    return parsed.render_as_string(hide_password=False)


def _look(database: Database) -> _Look:
    with database.read() as connection:
        revision = migrations.find_revision(connection)
        if database.is_sqlite:
            clock_ms = None
        else:
            clock_ms = connection.scalar(sa.select(now_ms(connection.dialect.name)))
        has_fingerprint = revision is not None and sa.inspect(connection).has_table("installation")
        fingerprint = find_fingerprint(connection) if has_fingerprint else None
    return _Look(revision, fingerprint, clock_ms)


def _judge(database: Database, look: _Look, fingerprint: str) -> Iterator[Finding]:
    newest = migrations.NEWEST_REVISION
    if look.revision is None:
        yield build_finding(rules.DATABASE_OLD, "the database has no tables yet")
    elif look.revision < newest:
        yield build_finding(
            rules.DATABASE_OLD, f"the database is at revision {look.revision}, not {newest}"
        )
    elif look.revision > newest:
        yield build_finding(
            rules.DATABASE_NEW, f"the database is at revision {look.revision}, we know {newest}"
        )
    if look.fingerprint and fingerprint and look.fingerprint != fingerprint:
        yield build_finding(rules.DATABASE_KEY, "the database was made with another secret")
    if database.file and is_shared(database.file):
        yield build_finding(
            rules.DATABASE_SHARED, f"{database.file} may be read by others on this machine"
        )


def _describe(database: Database, look: _Look) -> str:
    where = database.file.name if database.file else "the server answers"
    return f"{where}, at revision {look.revision}"


def _explain(error: Exception) -> str:
    """Say what went wrong, in one line and without SQL."""
    words = str(getattr(error, "orig", None) or error)
    return " ".join(words.split())


def _refuse(problem: str) -> Examination:
    return Examination(subject=_SUBJECT, findings=(build_finding(rules.DATABASE, problem),))
