"""Accounts: who may sign in on the operator's page."""

from dataclasses import dataclass

import sqlalchemy as sa

from newsletter.errors import NotFoundError, RefusedError
from newsletter.operators.name import parse_actor_name
from newsletter.operators.schema import operator, operator_session


@dataclass(frozen=True, kw_only=True, slots=True)
class Operator:
    """Somebody who may sign in."""

    id: int
    name: str
    #: Milliseconds since 1970, UTC.
    created_at_ms: int
    #: How often signed in at this moment, sessions that ran out included.
    sessions: int


def parse_operator_name(text: str) -> str:
    """Read an operator's name; capital letters become small ones.

    Raises:
        RefusedError: It has other characters than it may have.
    """
    return parse_actor_name(text, whose="an operator's", example="kim")


def add_operator(connection: sa.Connection, name: str, password_hash: str, *, now_ms: int) -> None:
    """Add an operator.

    Raises:
        RefusedError: There is one of that name.
    """
    if find_password(connection, name) is not None:
        raise RefusedError(
            f"there is an operator {name} already. `newsletter operators remove {name}` takes the"
            " old one away."
        )
    connection.execute(
        sa.insert(operator).values(name=name, password_hash=password_hash, created_at_ms=now_ms)
    )


def remove_operator(connection: sa.Connection, name: str) -> None:
    """Remove an operator, and end his sessions.

    Raises:
        NotFoundError: There is none of that name.
    """
    number = get_operator_id(connection, name)
    connection.execute(sa.delete(operator_session).where(operator_session.c.operator_id == number))
    connection.execute(sa.delete(operator).where(operator.c.id == number))


def get_operator_id(connection: sa.Connection, name: str) -> int:
    """Get the number of an operator.

    Raises:
        NotFoundError: There is none of that name.
    """
    found: int | None = connection.scalar(sa.select(operator.c.id).where(operator.c.name == name))
    if found is None:
        raise NotFoundError(f"there is no operator {name}. `newsletter operators list` names them.")
    return found


def find_password(connection: sa.Connection, name: str) -> tuple[int, str] | None:
    """Find the number and the password's hash of an operator."""
    statement = sa.select(operator.c.id, operator.c.password_hash).where(operator.c.name == name)
    row = connection.execute(statement).one_or_none()
    return None if row is None else (row.id, row.password_hash)


def has_operators(connection: sa.Connection) -> bool:
    """Tell whether anybody may sign in."""
    return connection.execute(sa.select(operator.c.id).limit(1)).first() is not None


def list_operators(connection: sa.Connection) -> list[Operator]:
    """List everyone who may sign in, by name."""
    sessions = sa.func.count(operator_session.c.id).label("sessions")
    statement = (
        sa.select(operator.c.id, operator.c.name, operator.c.created_at_ms, sessions)
        .outerjoin(operator_session, operator_session.c.operator_id == operator.c.id)
        .group_by(operator.c.id, operator.c.name, operator.c.created_at_ms)
        .order_by(operator.c.name)
    )
    return [Operator(**row._asdict()) for row in connection.execute(statement)]
