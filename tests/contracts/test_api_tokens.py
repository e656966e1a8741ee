"""Tokens of the API, the same on both databases."""

import itertools

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from newsletter.database import Database
from newsletter.errors import NotFoundError, RefusedError
from newsletter.operators.actions import list_actions
from newsletter.operators.api_tokens import NOTICE_MS, Scope, find_prefix, parse_token_name
from newsletter.operators.schema import api_token
from newsletter.usecases.installation import Installation
from newsletter.usecases.manage_tokens import create_token, find_token, list_tokens, revoke_token
from tests.contracts.people import NOON
from tests.contracts.readers import Mailbox, open_installation

HOUR_MS = 3_600_000


@pytest.fixture
def clock() -> list[int]:
    """Return a clock that is set by hand."""
    return [NOON]


@pytest.fixture
def installation(database: Database, clock: list[int]) -> Installation:
    """Return an installation on that database."""
    return open_installation(database, Mailbox(), clock)


def test_a_token_is_found_by_itself_alone(installation: Installation) -> None:
    """And the database does not hold it."""
    made, token = create_token(installation, "Shop", [Scope.ISSUES_READ])

    found = find_token(installation, token)

    assert found == made
    assert (made.name, made.scopes) == ("shop", frozenset({Scope.ISSUES_READ}))
    with installation.database.read() as connection:
        kept = connection.execute(sa.select(api_token)).one()
    assert token not in repr(kept)
    assert token.startswith(f"{kept.prefix}_")


def test_a_token_with_another_ending_opens_nothing(installation: Installation) -> None:
    """How a token begins is no secret: lists show it."""
    _, token = create_token(installation, "shop", [Scope.ISSUES_READ])

    last = "A" if token[-1] != "A" else "B"

    assert find_token(installation, token[:-1] + last) is None
    assert find_token(installation, token + "A") is None
    assert find_token(installation, "") is None


def test_an_expired_token_opens_nothing(installation: Installation, clock: list[int]) -> None:
    """To the millisecond."""
    _, token = create_token(installation, "shop", [Scope.ISSUES_READ], lives_ms=HOUR_MS)

    clock[0] = NOON + HOUR_MS - 1
    assert find_token(installation, token) is not None
    clock[0] = NOON + HOUR_MS

    assert find_token(installation, token) is None


def test_a_revoked_token_opens_nothing_at_once(installation: Installation) -> None:
    """It stays in the list, and its name stays taken: the record of actions knows it by that."""
    _, token = create_token(installation, "shop", [Scope.ISSUES_READ])

    assert revoke_token(installation, "shop")

    assert find_token(installation, token) is None
    assert [each.revoked_at_ms for each in list_tokens(installation)] == [NOON]
    assert not revoke_token(installation, "shop")
    with pytest.raises(RefusedError, match="already"):
        create_token(installation, "shop", [Scope.ISSUES_READ])


def test_use_is_noted_every_few_minutes_only(installation: Installation, clock: list[int]) -> None:
    """A write for each request would make reading wait for a send."""
    _, token = create_token(installation, "shop", [Scope.ISSUES_READ])
    noted = []

    for minutes in (0, 1, NOTICE_MS // 60_000 + 1):
        clock[0] = NOON + minutes * 60_000
        find_token(installation, token)
        noted += [each.used_at_ms for each in list_tokens(installation)]

    assert noted == [NOON, NOON, clock[0]]


def test_what_is_done_to_tokens_is_on_record(installation: Installation) -> None:
    """Without the token, and with what it opens."""
    _, token = create_token(installation, "shop", [Scope.ISSUES_READ, Scope.EVENTS_READ])

    revoke_token(installation, "shop")

    with installation.database.read() as connection:
        actions = list_actions(connection, limit=10)
    assert [(str(each.kind), each.details) for each in actions] == [
        ("revoke", "shop"),
        ("admit", "shop: events:read issues:read"),
    ]
    assert token not in repr(actions)


def test_a_token_that_never_was_cannot_be_revoked(installation: Installation) -> None:
    """A slip in a name must not look like a revocation."""
    with pytest.raises(NotFoundError, match="no token shop"):
        revoke_token(installation, "shop")


def test_a_token_without_a_scope_is_not_made(installation: Installation) -> None:
    """It would open nothing, and its owner would wonder why."""
    with pytest.raises(RefusedError, match="--scope"):
        create_token(installation, "shop", [])


@pytest.mark.parametrize("name", ["", "kim@example.org", "a b", "-shop", "x" * 33, "가게"])
def test_a_name_has_few_characters(name: str) -> None:
    """It stands in the record of actions, which outlives an erasure."""
    with pytest.raises(RefusedError, match="token's name"):
        parse_token_name(name)


def test_two_tokens_have_nothing_in_common(installation: Installation) -> None:
    """Each has 256 bits of its own."""
    tokens = [create_token(installation, f"t{n}", [Scope.ISSUES_READ])[1] for n in range(5)]

    pairs = itertools.combinations(tokens, 2)

    assert all(one[-43:] != other[-43:] and one[:10] != other[:10] for one, other in pairs)


@given(st.text())
def test_whatever_is_no_token_has_no_prefix(text: str) -> None:
    """What a stranger sends is not even looked up."""
    assert find_prefix(text) == ""
