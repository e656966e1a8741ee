"""Accounts, sessions and actions of operators, the same on both databases."""

import pytest
import sqlalchemy as sa

from newsletter.errors import NotFoundError, RefusedError
from newsletter.operators.accounts import (
    add_operator,
    find_password,
    get_operator_id,
    has_operators,
    list_operators,
    parse_operator_name,
    remove_operator,
)
from newsletter.operators.actions import ActionKind, list_actions, record_action
from newsletter.operators.password import hash_password, is_right, refuse_weak
from newsletter.operators.schema import operator_session
from newsletter.operators.sessions import (
    IDLE_MS,
    LIFE_MS,
    begin_session,
    end_session,
    end_sessions,
    find_session,
    list_sessions,
    notice_session,
)
from tests.contracts.people import NOON

TOKEN = "a token that nobody can guess"


def add_kim(connection: sa.Connection) -> int:
    """Add an operator; return the number."""
    add_operator(connection, "kim", "a hash", now_ms=NOON)
    return get_operator_id(connection, "kim")


class TestAccounts:
    """Who may sign in."""

    def test_there_is_nobody_before_the_first(self, connection: sa.Connection) -> None:
        """Where nobody may sign in there is no page to sign in on."""
        assert not has_operators(connection)

        add_kim(connection)

        assert has_operators(connection)
        assert [each.name for each in list_operators(connection)] == ["kim"]

    def test_a_name_is_given_once(self, connection: sa.Connection) -> None:
        """Else whoever comes second would take over the first one's account."""
        add_kim(connection)

        with pytest.raises(RefusedError, match="kim already"):
            add_operator(connection, "kim", "another hash", now_ms=NOON)

        assert find_password(connection, "kim") == (1, "a hash")

    def test_whoever_is_removed_has_no_session(self, connection: sa.Connection) -> None:
        """A removal that left him signed in would be none."""
        begin_session(connection, add_kim(connection), TOKEN, network="", now_ms=NOON)

        remove_operator(connection, "kim")

        assert find_session(connection, TOKEN, now_ms=NOON) is None
        assert find_password(connection, "kim") is None

    def test_whoever_is_not_there_cannot_be_removed(self, connection: sa.Connection) -> None:
        """A slip in a name must not look like a removal."""
        with pytest.raises(NotFoundError, match="no operator lee"):
            remove_operator(connection, "lee")

    @pytest.mark.parametrize("name", ["", "kim@example.org", "a b", "-kim", "x" * 33, "김"])
    def test_a_name_has_few_characters(self, name: str) -> None:
        """It stands in pages and logs; an address would be one more to erase."""
        with pytest.raises(RefusedError, match="operator's name"):
            parse_operator_name(name)


class TestPasswords:
    """Argon2id, by the library's defaults."""

    def test_only_the_right_password_is_right(self) -> None:
        """Also for a name that nobody has there is an answer, and it is no."""
        kept = hash_password("three words in a row")

        assert is_right("three words in a row", kept)
        assert not is_right("three words in a raw", kept)
        assert not is_right("three words in a row", None)
        assert not is_right("", None)

    def test_two_hashes_of_one_password_differ(self) -> None:
        """Each has a salt of its own, and names its parameters."""
        first, second = hash_password("three words in a row"), hash_password("three words in a row")

        assert first != second
        assert first.startswith("$argon2id$")

    @pytest.mark.parametrize("password", ["", "14 characters.", "x" * 1001])
    def test_a_weak_password_is_refused(self, password: str) -> None:
        """It is all that stands before everybody's addresses."""
        with pytest.raises(RefusedError, match="a password"):
            refuse_weak(password)


class TestSessions:
    """Who is signed in."""

    def test_a_session_is_found_by_its_token_alone(self, connection: sa.Connection) -> None:
        """And the database does not hold the token."""
        begin_session(connection, add_kim(connection), TOKEN, network="net", now_ms=NOON)

        found = find_session(connection, TOKEN, now_ms=NOON)

        assert found is not None
        assert (found.name, found.network) == ("kim", "net")
        assert find_session(connection, TOKEN + ".", now_ms=NOON) is None
        assert TOKEN not in repr(connection.execute(sa.select(operator_session)).all())

    def test_a_session_ends_when_nobody_uses_it(self, connection: sa.Connection) -> None:
        """A screen that was left open is closed after an hour; use prolongs it."""
        begin_session(connection, add_kim(connection), TOKEN, network="", now_ms=NOON)
        found = find_session(connection, TOKEN, now_ms=NOON + IDLE_MS - 1)
        assert found is not None

        notice_session(connection, found.id, now_ms=NOON + IDLE_MS - 1)

        assert find_session(connection, TOKEN, now_ms=NOON + IDLE_MS) is not None
        assert find_session(connection, TOKEN, now_ms=NOON + 2 * IDLE_MS - 1) is None

    def test_a_session_ends_however_much_it_is_used(self, connection: sa.Connection) -> None:
        """Whoever stole a token has it for half a day at most."""
        begin_session(connection, add_kim(connection), TOKEN, network="", now_ms=NOON)
        notice_session(connection, 1, now_ms=NOON + LIFE_MS - 1)

        assert find_session(connection, TOKEN, now_ms=NOON + LIFE_MS - 1) is not None
        assert find_session(connection, TOKEN, now_ms=NOON + LIFE_MS) is None

    def test_a_session_can_be_ended(self, connection: sa.Connection) -> None:
        """One by its number, or all of an operator."""
        number = add_kim(connection)
        for token in ("one", "two", "three"):
            begin_session(connection, number, token, network="", now_ms=NOON)
        [first, *_] = list_sessions(connection, now_ms=NOON)

        ended = end_session(connection, first.id)
        again = end_session(connection, first.id)
        others = end_sessions(connection, number)

        assert (ended, again, others) == ("kim", "", 2)
        assert list_sessions(connection, now_ms=NOON) == []

    def test_sessions_that_ran_out_go_with_the_next_sign_in(
        self, connection: sa.Connection
    ) -> None:
        """The table does not grow with the years."""
        number = add_kim(connection)
        begin_session(connection, number, "old", network="", now_ms=NOON)

        begin_session(connection, number, "new", network="", now_ms=NOON + LIFE_MS)

        count = sa.select(sa.func.count()).select_from(operator_session)
        assert connection.scalar(count) == 1


def test_actions_are_listed_the_newest_first_and_by_page(connection: sa.Connection) -> None:
    """Of all issues, or of one."""
    for number in range(5):
        record_action(
            connection, ActionKind.SEND, actor="kim", now_ms=NOON + number, issue=f"no-{number % 2}"
        )

    first = list_actions(connection, limit=2)
    second = list_actions(connection, limit=2, before_id=first[-1].id)
    of_one = list_actions(connection, issue="no-1", limit=10)

    assert [each.at_ms - NOON for each in first + second] == [4, 3, 2, 1]
    assert [each.at_ms - NOON for each in of_one] == [3, 1]
