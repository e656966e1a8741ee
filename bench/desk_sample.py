"""A newsletter as a year of sending leaves it, made in the database: readers and deliveries."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import sqlalchemy as sa

from newsletter.bootstrap import open_installation
from newsletter.operators.actions import ActionKind
from newsletter.sending.ledger import lease
from newsletter.sending.ledger.process import Process
from newsletter.settings import load_settings
from newsletter.usecases.installation import Installation
from newsletter.usecases.manage_operators import add_operator
from newsletter.usecases.summarise_issue import keep_summary
from subscribers.address import EmailAddress

PASSWORD = "three words in a row"  # noqa: S105 - of a newsletter that is deleted
#: One reader who can be asked for by address; the hashes of the others are made up.
READER = "reader00500@mail23.example.com"
READER_NUMBER = 500
_PROGRAM = "import sys; from newsletter.cli import run; sys.exit(run(sys.argv[1:]))"
_DAY_MS = 86_400_000
_TITLES = ("Spring", "What we shipped", "The long read", "Small things", "Letters")

#: Reader n confirmed somewhere in the last year, more of them of late; every fourteenth has left.
_READERS = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :readers)
INSERT INTO subscriber (id, public_id, address, address_hash, state, created_at_ms,
  state_changed_at_ms, confirmed_at_ms)
SELECT i, randomblob(16), printf('reader%05d@mail%d.example.com', i, i % 40 + i % 7),
  CAST(printf('%016d', i) AS BLOB),
  CASE WHEN i % 14 = 0 THEN 'unsubscribed' WHEN i % 97 = 0 THEN 'bounced'
       WHEN i % 61 = 0 THEN 'pending' ELSE 'confirmed' END,
  :now - :year * (:readers - i) / :readers,
  CASE WHEN i % 14 = 0 OR i % 97 = 0 THEN :now - (:year * (:readers - i) / :readers) / 3
       ELSE :now - :year * (:readers - i) / :readers END,
  CASE WHEN i % 14 <> 0 AND i % 97 <> 0 AND i % 61 = 0 THEN NULL
       ELSE :now - :year * (:readers - i) / :readers END
FROM n
"""
_EVIDENCE = """
INSERT INTO consent (subscriber_id, event, at_ms, basis, source, form, network)
SELECT id, 'requested', created_at_ms, '', '', 'page',
  printf('203.0.%d.0/24', CASE WHEN id > :readers - 40 THEN 113 ELSE id % 200 END)
FROM subscriber ORDER BY id
"""
#: What servers say, by what is left of the reader's number.
_DELIVERIES = """
INSERT INTO delivery (issue_id, subscriber_id, address_hash, status, attempts, epoch,
  first_intent_at_ms, settled_at_ms, next_at_ms, reply)
SELECT :issue, id, address_hash,
  CASE WHEN :is_live AND id > :readers * 2 / 5 THEN 'planned'
       WHEN id % 503 = 0 THEN 'failed' WHEN id % 701 = 0 THEN 'skipped'
       WHEN :is_live AND id % 211 = 0 THEN 'deferred' ELSE 'sent' END,
  CASE WHEN :is_live AND id > :readers * 2 / 5 THEN 0 ELSE 1 + (id % 301 = 0) END, 1,
  CASE WHEN :is_live AND id > :readers * 2 / 5 THEN 0 ELSE :at + id END,
  CASE WHEN :is_live AND id > :readers * 2 / 5 THEN 0
       ELSE :at + id + CASE WHEN id % 301 = 0 THEN 400000 ELSE 80 END END,
  CASE WHEN :is_live AND id % 211 = 0 THEN :at + 3600000 ELSE 0 END,
  CASE WHEN id % 503 = 0 AND id % 3 = 0 THEN '550 5.1.1 <' || address || '>: user unknown'
       WHEN id % 503 = 0 AND id % 3 = 1 THEN '552 5.2.2 mailbox full'
       WHEN id % 503 = 0 THEN '554 5.7.1 rejected: see https://example.com/policy'
       WHEN id % 701 = 0 THEN 'unsubscribed'
       WHEN :is_live AND id % 211 = 0 THEN '451 4.7.1 greylisted, try again later'
       ELSE '250 2.0.0 queued as ' || hex(id) END
FROM subscriber WHERE state = 'confirmed' ORDER BY id
"""
_ATTEMPTS = """
INSERT INTO attempt (issue_id, subscriber_id, number, began_at_ms, ended_at_ms, outcome, reply)
SELECT issue_id, subscriber_id, 1, first_intent_at_ms, first_intent_at_ms + 80,
  CASE status WHEN 'failed' THEN 'rejected' ELSE 'deferred' END,
  CASE status WHEN 'sent' THEN '451 4.7.1 greylisted, try again later' ELSE reply END
FROM delivery
WHERE issue_id = :issue AND (status IN ('failed', 'deferred') OR status = 'sent' AND attempts > 1)
"""
#: What a provider told afterwards, of nearly everyone.
_REPORTS = """
INSERT INTO report (source, source_id, issue_id, subscriber_id, kind, bounce_class,
  occurred_at_ms, received_at_ms, status_code, words)
SELECT 'sendgrid', issue_id || '.' || subscriber_id, issue_id, subscriber_id,
  CASE WHEN subscriber_id % 811 = 0 THEN 'bounce' WHEN subscriber_id % 1999 = 0 THEN 'complaint'
       WHEN subscriber_id % 307 = 0 THEN 'unsubscribe' ELSE 'delivered' END,
  CASE WHEN subscriber_id % 811 = 0
       THEN CASE WHEN subscriber_id % 3 = 0 THEN 'soft' ELSE 'hard' END ELSE '' END,
  settled_at_ms + 900, settled_at_ms + 1500, '', ''
FROM delivery WHERE issue_id = :issue AND status = 'sent' AND subscriber_id % 50 <> 1
"""
#: Of the issues whose own pages are looked at; to write them for all takes long and shows no more.
_REPORTED = {1, 2}
_ISSUE = """
INSERT INTO issue (id, slug, title, state, is_modified, content_sha256, edition_digest,
  segment, planned_at_ms, finished_at_ms)
VALUES (:issue, :slug, :title, :state, false, 'x', 'x', '', :at, :finished)
"""


def make_newsletter(folder: Path) -> int:
    """Make a newsletter without readers; return the port that its base URL names."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    options = ("--name", "The Weekly", "--from", "weekly@example.org", "--no-input")
    subprocess.run(
        [sys.executable, "-c", _PROGRAM, "init", str(folder), *options, "--base-url", url],
        check=True,
        capture_output=True,
    )
    return port


@contextmanager
def serving(folder: Path, port: int) -> Iterator[int]:
    """Serve a newsletter while the block runs, from when it answers; yield the process's number."""
    command = [sys.executable, "-c", _PROGRAM, "-C", str(folder), "serve", "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        try:
            while not _is_open(port) and server.poll() is None:
                time.sleep(0.1)
            yield server.pid
        finally:
            server.terminate()


def fill(folder: Path, *, readers: int, issues: int) -> None:
    """Fill a newsletter: the issues are a week apart, and the newest is being sent."""
    installation = open_installation(load_settings(folder / "newsletter.toml"))
    now_ms = installation.now_ms()
    times = {"now": now_ms, "year": 380 * _DAY_MS, "readers": readers}
    with installation.database.write() as connection:
        connection.execute(sa.text(_READERS), times)
        connection.execute(sa.text(_EVIDENCE), {"readers": readers})
        connection.execute(
            sa.text("UPDATE subscriber SET address_hash = :hash WHERE id = :number"),
            {
                "hash": installation.keys.address_hash(EmailAddress.parse(READER)),
                "number": READER_NUMBER,
            },
        )
    for number in range(1, issues + 1):
        _fill_issue(installation, number, issues, readers=readers, now_ms=now_ms)
    add_operator(installation, "kim", PASSWORD)
    installation.database.close()


def _is_open(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _fill_issue(
    installation: Installation, number: int, issues: int, *, readers: int, now_ms: int
) -> None:
    is_live, is_doubtful = number == issues, number == issues - 1
    at_ms = now_ms - (issues - number) * 7 * _DAY_MS - 600_000
    values = {
        "issue": number,
        "slug": f"issue-{number:02}",
        "title": f"No. {number}: {_TITLES[number % len(_TITLES)]}",
        "state": "sending" if is_live else "sent",
        "at": at_ms,
        "finished": None if is_live else at_ms + 540_000,
        "is_live": is_live,
        "readers": readers,
    }
    with installation.database.write() as connection:
        connection.execute(sa.text(_ISSUE), values)
        connection.execute(sa.text(_DELIVERIES), values)
        connection.execute(sa.text(_ATTEMPTS), values)
        if is_doubtful:
            connection.execute(
                sa.text(
                    "UPDATE delivery SET status = 'in_doubt', reply = 'the connection broke'"
                    " WHERE issue_id = :issue AND subscriber_id < 300 AND status = 'sent'"
                ),
                {"issue": number},
            )
        if is_live or is_doubtful or number in _REPORTED:
            connection.execute(sa.text(_REPORTS), values)
        installation.record_action(connection, ActionKind.SEND, issue=f"issue-{number:02}")
        held = lease.acquire(connection, lease.name_for_issue(number), Process.current())
        lease.release(connection, held)
    keep_summary(installation.database, number, epoch=held.epoch)
