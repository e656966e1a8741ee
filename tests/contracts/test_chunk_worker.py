"""What a machine does with chunks that it cannot send: leave them to the others, and say so."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from newsletter.sending.ledger.status import IssueState
from newsletter.usecases.begin_scheduled import begin_scheduled
from newsletter.usecases.chunk_worker import ChunkWorker
from tests.contracts.scheduled import HOUR_MS, NOON, Newsroom, open_newsroom

SOON = NOON + HOUR_MS


@pytest.fixture
def newsroom(tmp_path: Path, empty_server_url: str) -> Iterator[Newsroom]:
    """Yield a newsletter on a server, with an issue that was planned and cut."""
    made = open_newsroom(tmp_path, empty_server_url)
    made.schedule(SOON)
    made.clock.ms = SOON
    begin_scheduled(made.installation, made.status().issue, made.request().issue)
    yield made
    made.installation.database.close()


def work(newsroom: Newsroom, worker: ChunkWorker | None = None, number: int = 1) -> list[str]:
    """Let a worker look at a chunk; tell who has got something until then."""
    worker = worker or ChunkWorker(newsroom.installation, threading.Event())
    worker.work(newsroom.status().issue.id, number)
    return list(newsroom.delivered)


def test_a_chunk_is_sent_by_whoever_looks_at_it(newsroom: Newsroom) -> None:
    """A job that comes twice, or for what is not there, does nothing."""
    nothing = work(newsroom, number=99)
    sent = work(newsroom)
    newsroom.transport.delivered.clear()

    assert (nothing, sent) == ([], ["kim", "lee"])
    assert work(newsroom) == []
    assert newsroom.status().issue.state is IssueState.SENT


def test_other_files_are_no_reason_to_stop_an_issue_that_others_can_send(
    newsroom: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither by a chunk nor by the thread that `serve` has, too."""
    newsroom.write("Another text.")

    assert work(newsroom) == []
    assert newsroom.work(SOON) == []
    assert newsroom.status().issue.state is IssueState.SENDING
    assert {record.getMessage() for record in caplog.records} >= {
        "this worker cannot send, others may",
        "this machine cannot send, others may",
    }


def test_a_mistake_of_ours_is_told_and_its_issue_rests(
    newsroom: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    """The queue would keep it to itself, and offer the chunk again and again."""
    broken = replace(newsroom.installation, keys=cast("Any", None))
    worker = ChunkWorker(broken, threading.Event())

    work(newsroom, worker)
    work(newsroom, worker)

    fallen = [record for record in caplog.records if record.getMessage() == "a chunk fell"]
    assert len(fallen) == 1
    assert fallen[0].exc_info
