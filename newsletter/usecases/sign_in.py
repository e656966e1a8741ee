"""Sign in on the operator's page, stay for a while, sign out."""

from newsletter.operators import accounts, sessions
from newsletter.operators.actions import ActionKind
from newsletter.operators.password import is_right
from newsletter.operators.sessions import NOTICE_MS, Session
from newsletter.usecases.installation import Installation


def sign_in(
    installation: Installation, name: str, password: str, *, token: str, network: str
) -> bool:
    """Begin a session if the password is right; takes as long for a name that nobody has.

    Args:
        installation: With the name as its actor.
        name: As it was typed.
        password: As it was typed.
        token: Random; whoever shows it from now on is this operator.
        network: Where the request came from.
    """
    with installation.database.read() as connection:
        known = accounts.find_password(connection, name)
    if not is_right(password, known[1] if known else None) or known is None:
        return False
    with installation.database.write() as connection:
        # Removed, or given another password, while this one was compared.
        if accounts.find_password(connection, name) != known:
            return False
        now_ms = installation.now_ms()
        sessions.begin_session(connection, known[0], token, network=network, now_ms=now_ms)
        installation.record_action(connection, ActionKind.SIGN_IN, details=network)
    return True


def find_session(installation: Installation, token: str, *, is_person: bool) -> Session | None:
    """Find whose session a token is, and note that somebody sits there.

    Args:
        installation: Whose page.
        token: Of the cookie.
        is_person: A person asks, and not a page that renews itself: only that prolongs a session.
    """
    now_ms = installation.now_ms()
    with installation.database.read() as connection:
        found = sessions.find_session(connection, token, now_ms=now_ms)
    if found and is_person and now_ms - found.seen_at_ms > NOTICE_MS:
        with installation.database.write() as connection:
            sessions.notice_session(connection, found.id, now_ms=now_ms)
    return found


def end_session(installation: Installation, session_id: int) -> None:
    """End a session, one's own or another's; one that has ended stays so."""
    with installation.database.write() as connection:
        name = sessions.end_session(connection, session_id)
        if name:
            installation.record_action(connection, ActionKind.SIGN_OUT, details=name)


def list_sessions(installation: Installation) -> list[Session]:
    """List who is signed in, the newest first."""
    with installation.database.read() as connection:
        return sessions.list_sessions(connection, now_ms=installation.now_ms())


def has_operators(installation: Installation) -> bool:
    """Tell whether there is anybody who may sign in: else there is no such page."""
    with installation.database.read() as connection:
        return accounts.has_operators(connection)
