"""Chunks: pieces of an issue that leave nobody out, and one sender for each."""

import os
import time
from collections import Counter

import pytest
import sqlalchemy as sa

from newsletter.database import Database
from newsletter.errors import TemporaryError
from newsletter.sending.ledger import chunks, deliveries, lease, plan, shared_rate
from newsletter.sending.ledger.chunks import Chunk
from newsletter.sending.ledger.deliveries import Candidate
from newsletter.sending.ledger.lease import LeaseHeldError
from newsletter.sending.ledger.process import Process
from newsletter.sending.ledger.schema import issue_rate
from tests.contracts.people import NOON
from tests.contracts.sends import (
    AUDIENCE,
    DEAD_PROCESS,
    Sending,
    add_people,
    list_statuses,
    plan_for,
)

HERE = Process.current()


@pytest.fixture
def sending(database: Database, monkeypatch: pytest.MonkeyPatch) -> Sending:
    """Plan an issue for ten people and cut it into four chunks."""
    monkeypatch.setattr(chunks, "_LEAST", 3)
    sending = plan_for(database, 10)
    with database.write() as connection:
        assert chunks.cut_issue(connection, sending.issue_id) == [1, 2, 3, 4]
    return sending


def list_all(sending: Sending) -> list[Chunk]:
    """List the chunks."""
    with sending.database.read() as connection:
        return chunks.list_chunks(connection, sending.issue_id)


def begin(connection: sa.Connection, sending: Sending, number: int, *, epoch: int) -> None:
    """Open the intent of one delivery."""
    deliveries.record_intents(
        connection, sending.issue_id, [Candidate(number, 0)], epoch=epoch, now_ms=NOON
    )


class TestCutting:
    """Where one chunk ends the next begins."""

    def test_everybody_is_in_one_chunk(self, sending: Sending) -> None:
        """Whoever were in none would never be sent to, whoever were in two might be twice."""
        found = Counter(
            number
            for chunk in list_all(sending)
            for number in sending.people
            if chunk.span.after_id < number <= chunk.span.until_id
        )

        assert found == Counter(sending.people)
        assert [chunk.size for chunk in list_all(sending)] == [3, 3, 3, 1]

    def test_there_is_no_gap_for_whoever_comes_later(self, sending: Sending) -> None:
        """--add-new plans people of any number."""
        spans = [chunk.span for chunk in list_all(sending)]

        assert (spans[0].after_id, spans[-1].until_id) == (0, 2**31 - 1)
        assert [span.after_id for span in spans[1:]] == [span.until_id for span in spans[:-1]]

    def test_an_issue_that_was_not_cut_is_one_chunk(self, database: Database) -> None:
        """One process sends it, as on one machine."""
        sending = plan_for(database, 2)

        assert list_all(sending) == [Chunk(sending.issue_id)]

    def test_a_chunk_of_which_nothing_remains_is_not_listed(self, sending: Sending) -> None:
        """Nobody has to look through it again."""
        first = list_all(sending)[0]
        with sending.database.write() as connection:
            skips = [(number, "left") for number in sending.people[:3]]
            deliveries.record_skips(connection, sending.issue_id, skips, now_ms=NOON)
            is_done = chunks.leave_chunk(connection, first)

        assert is_done
        assert [chunk.number for chunk in list_all(sending)] == [2, 3, 4]
        with sending.database.read() as connection:
            assert chunks.count_done(connection, sending.issue_id) == 3


class TestTaking:
    """Who may send which chunk."""

    def test_two_chunks_have_two_senders_and_one_has_one(self, sending: Sending) -> None:
        """That is what they are for."""
        one, other = list_all(sending)[:2]
        with sending.database.write() as connection:
            first = chunks.take_chunk(connection, one, HERE, now_ms=NOON)
            second = chunks.take_chunk(connection, other, HERE, now_ms=NOON)

        assert first.epoch != second.epoch
        with pytest.raises(LeaseHeldError), sending.database.write() as connection:
            chunks.take_chunk(connection, one, HERE, now_ms=NOON)

    def test_only_its_own_intents_are_disowned(self, sending: Sending) -> None:
        """The other chunk's sender is alive and well."""
        one, other = list_all(sending)[:2]
        with sending.database.write() as connection:
            epochs = [
                chunks.take_chunk(connection, one, DEAD_PROCESS, now_ms=NOON).epoch,
                chunks.take_chunk(connection, other, HERE, now_ms=NOON).epoch,
            ]
            begin(connection, sending, sending.people[0], epoch=epochs[0])
            begin(connection, sending, sending.people[3], epoch=epochs[1])
            chunks.take_chunk(connection, one, HERE, now_ms=NOON)
            statuses = list_statuses(connection, sending.issue_id)

        assert statuses[sending.people[0]] == "in_doubt"
        assert statuses[sending.people[3]] == "in_flight"

    def test_a_whole_issue_is_taken_from_nobody_alive(self, sending: Sending) -> None:
        """What concerns all, such as a decision on what is in doubt, waits for all."""
        with sending.database.write() as connection:
            chunks.take_chunk(connection, list_all(sending)[1], HERE, now_ms=NOON)

        with (
            pytest.raises(LeaseHeldError, match=f"process {os.getpid()} on"),
            sending.database.write() as connection,
        ):
            chunks.take_issue(connection, sending.issue_id, HERE, now_ms=NOON)

    def test_whoever_took_the_whole_issue_fences_every_chunk(self, sending: Sending) -> None:
        """A dead owner may only have been asleep."""
        with sending.database.write() as connection:
            old = chunks.take_chunk(connection, list_all(sending)[1], DEAD_PROCESS, now_ms=NOON)
            begin(connection, sending, sending.people[4], epoch=old.epoch)
            chunks.take_issue(connection, sending.issue_id, HERE, now_ms=NOON)

            assert not lease.extend(connection, old)
            assert list_statuses(connection, sending.issue_id)[sending.people[4]] == "in_doubt"

    def test_an_issue_that_was_cut_anew_is_taken_by_its_new_chunks_only(
        self, sending: Sending
    ) -> None:
        """A job of before names a chunk that means other people now."""
        old = list_all(sending)[3]
        with sending.database.write() as connection:
            add_people(connection, 5, prefix="new")
            plan.plan_deliveries(connection, sending.issue_id, AUDIENCE.select())
            chunks.cut_issue(connection, sending.issue_id)

        with pytest.raises(TemporaryError), sending.database.write() as connection:
            chunks.take_chunk(connection, old, HERE, now_ms=NOON)

    def test_everybody_who_sends_a_piece_of_it_is_a_sender(self, sending: Sending) -> None:
        """`pause` waits for all of them."""
        with sending.database.write() as connection:
            held = chunks.take_chunk(connection, list_all(sending)[2], HERE, now_ms=NOON)
            senders = lease.list_senders(connection, sending.issue_id)
            others = lease.list_senders(connection, sending.issue_id + 1)
            lease.release(connection, held)

            assert (senders, others) == ([HERE], [])
            assert lease.list_senders(connection, sending.issue_id) == []


def test_what_is_due_is_looked_for_within_a_chunk(sending: Sending) -> None:
    """Its neighbours have senders of their own."""
    span = list_all(sending)[1].span
    with sending.database.read() as connection:
        found = deliveries.list_due(
            connection,
            sending.issue_id,
            after_id=span.after_id,
            until_id=span.until_id,
            limit=100,
            now_ms=NOON,
        )

    assert [each.subscriber_id for each in found] == list(sending.people[3:6])


def test_what_a_cancelled_sender_hands_back_is_cancelled_within_its_chunk(
    sending: Sending,
) -> None:
    """Two who cancel the same rows would wait for each other."""
    span = list_all(sending)[0].span
    with sending.database.write() as connection:
        deliveries.cancel_deliveries(connection, sending.issue_id, within=span, now_ms=NOON)
        statuses = list(list_statuses(connection, sending.issue_id).values())

    assert statuses == ["cancelled"] * 3 + ["planned"] * 7


class TestSharedRate:
    """Messages are taken from one row, whoever takes them."""

    def test_nobody_takes_more_than_came_free(self, sending: Sending) -> None:
        """Else as many workers as there are would send so many times the rate."""
        began = time.monotonic()
        with sending.database.write() as connection:
            first = shared_rate.take(connection, sending.issue_id, per_second=500, most=100)
            connection.execute(
                sa.update(issue_rate).values(taken_until_us=issue_rate.c.taken_until_us - 100_000)
            )
            taken = [
                shared_rate.take(connection, sending.issue_id, per_second=500, most=most)
                for most in (30, 1_000, 1_000)
            ]

        assert first == 0
        assert taken[0] == 30
        assert 50 <= sum(taken) <= 51 + 500 * (time.monotonic() - began)

    def test_no_more_than_half_a_second_is_caught_up_with(self, sending: Sending) -> None:
        """An issue that rested for an hour must not begin with a burst."""
        with sending.database.write() as connection:
            shared_rate.take(connection, sending.issue_id, per_second=100, most=1)
            connection.execute(sa.update(issue_rate).values(taken_until_us=0))

            assert shared_rate.take(connection, sending.issue_id, per_second=100, most=999) == 50
