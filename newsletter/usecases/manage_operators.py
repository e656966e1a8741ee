"""Operators: who may sign in on the operator's page, and whose sessions end now."""

from newsletter.operators import accounts, sessions
from newsletter.operators.accounts import Operator
from newsletter.operators.actions import ActionKind
from newsletter.operators.password import hash_password, refuse_weak
from newsletter.usecases.installation import Installation


def add_operator(installation: Installation, name: str, password: str) -> str:
    """Let somebody sign in; return the name as it is kept.

    Raises:
        RefusedError: The name cannot be one, or is taken; the password is too short.
    """
    parsed = accounts.parse_operator_name(name)
    refuse_weak(password)
    password_hash = hash_password(password)
    with installation.database.write() as connection:
        accounts.add_operator(connection, parsed, password_hash, now_ms=installation.now_ms())
        installation.record_action(connection, ActionKind.ADD_OPERATOR, details=parsed)
    return parsed


def remove_operator(installation: Installation, name: str) -> None:
    """Let somebody sign in no more, and end his sessions.

    Raises:
        NotFoundError: There is no operator of that name.
        RefusedError: It cannot be one.
    """
    parsed = accounts.parse_operator_name(name)
    with installation.database.write() as connection:
        accounts.remove_operator(connection, parsed)
        installation.record_action(connection, ActionKind.REMOVE_OPERATOR, details=parsed)


def sign_out_operator(installation: Installation, name: str) -> int:
    """End every session of an operator; return how many.

    Raises:
        NotFoundError: There is no operator of that name.
        RefusedError: It cannot be one.
    """
    parsed = accounts.parse_operator_name(name)
    with installation.database.write() as connection:
        number = accounts.get_operator_id(connection, parsed)
        installation.record_action(
            connection, ActionKind.SIGN_OUT, details=f"every session: {parsed}"
        )
        return sessions.end_sessions(connection, number)


def list_operators(installation: Installation) -> list[Operator]:
    """List everyone who may sign in, by name."""
    with installation.database.read() as connection:
        return accounts.list_operators(connection)
