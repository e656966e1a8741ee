"""What is asked for twice by the same key is done once, on both databases."""

import threading

import pytest
import sqlalchemy as sa

from newsletter.database import Database
from newsletter.operators.api_tokens import Scope
from newsletter.operators.schema import api_answer
from newsletter.usecases.answer_once import (
    KEPT_MS,
    LOST_AFTER_MS,
    Once,
    Repeated,
    begin_once,
    end_once,
)
from newsletter.usecases.installation import Installation
from newsletter.usecases.let_go import let_go
from newsletter.usecases.manage_tokens import create_token
from tests.contracts.people import NOON
from tests.contracts.readers import Mailbox, open_installation

ANSWER = b'{"email": "kim@example.org"}'


@pytest.fixture
def clock() -> list[int]:
    """Return a clock that is set by hand."""
    return [NOON]


@pytest.fixture
def installation(database: Database, clock: list[int]) -> Installation:
    """Return an installation with two tokens, numbers 1 and 2."""
    installation = open_installation(database, Mailbox(), clock)
    for name in ("shop", "blog"):
        create_token(installation, name, [Scope.SUBSCRIBERS_WRITE])
    return installation


def ask(token_id: int = 1, key: str = "a key", request: bytes = b"POST /x") -> Once:
    """Make a request."""
    return Once(token_id=token_id, key=key, request=request)


def count_rows(installation: Installation) -> int:
    """Count what is kept."""
    with installation.database.read() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(api_answer)) or 0


def test_the_second_gets_the_answer_of_the_first(installation: Installation) -> None:
    """For a day, and byte by byte."""
    first = begin_once(installation, ask())
    end_once(installation, ask(), ANSWER)

    assert first is None
    assert begin_once(installation, ask()) == ANSWER


def test_another_request_by_the_same_key_gets_none(installation: Installation) -> None:
    """Its owner would take the answer for what he asked."""
    begin_once(installation, ask())
    end_once(installation, ask(), ANSWER)

    assert begin_once(installation, ask(request=b"POST /y")) is Repeated.OTHER_REQUEST


def test_a_key_belongs_to_its_token(installation: Installation) -> None:
    """Two programs may count from one."""
    begin_once(installation, ask())
    end_once(installation, ask(), ANSWER)

    assert begin_once(installation, ask(token_id=2)) is None


def test_the_second_does_not_begin_while_the_first_is_answered(
    installation: Installation, clock: list[int]
) -> None:
    """Unless it was lost with its process."""
    begin_once(installation, ask())
    clock[0] += LOST_AFTER_MS
    meanwhile = begin_once(installation, ask())
    clock[0] += 1

    assert meanwhile is Repeated.IN_PROGRESS
    assert begin_once(installation, ask()) is None


def test_what_failed_may_be_tried_again(installation: Installation) -> None:
    """A busy database says nothing about the request."""
    begin_once(installation, ask())
    end_once(installation, ask(), None)

    assert begin_once(installation, ask()) is None


def test_an_answer_is_let_go_after_a_day(installation: Installation, clock: list[int]) -> None:
    """By the worker, whether anybody asks or not."""
    begin_once(installation, ask())
    end_once(installation, ask(), ANSWER)
    clock[0] += KEPT_MS
    let_go(installation)
    kept = count_rows(installation)
    clock[0] += 1
    let_go(installation)

    assert (kept, count_rows(installation)) == (1, 0)


def test_nobody_reads_an_answer_in_the_database(installation: Installation) -> None:
    """It names a person, who may be erased meanwhile; the key that opens it is not in there."""
    begin_once(installation, ask())
    end_once(installation, ask(), ANSWER)

    with installation.database.read() as connection:
        rows = connection.execute(sa.select(api_answer)).all()
    assert b"kim" not in b"".join(each for each in rows[0] if isinstance(each, bytes))
    assert "a key" not in repr(rows)


def test_of_many_at_once_one_begins(installation: Installation) -> None:
    """Whoever is impatient sends twice; the database decides, on however many processes."""
    begun: list[bytes | Repeated | None] = []

    def send() -> None:
        begun.append(begin_once(installation, ask()))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert begun.count(None) == 1
    assert begun.count(Repeated.IN_PROGRESS) == 7
