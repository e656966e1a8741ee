"""How fast are SendGrid's events taken, and does their order matter?

Sends an issue by way of a SendGrid on this machine, then posts what became of its messages to
`newsletter serve`, signed: in order and once, and to a copy of the same newsletter in random order
with a tenth of them doubled. In the end both must hold the same.

Usage: python -m bench.events [--people N] [--post EVENTS] [--senders N]
"""

import argparse
import os
import random
import re
import shutil
import sqlite3
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.weekly import Weekly
from newsletter.sending.transports.sendgrid.fake import FakeSendGrid
from newsletter.sending.transports.sendgrid.fake_events import STORIES, EventSender

#: Of a hundred messages; the others are delivered.
_STORIES = {"bounce": 2, "full": 2, "blocked": 1, "deferred": 5, "spamreport": 1, "unsubscribe": 1}
_COPIES = 0.1
#: As if the sender had ended before it heard of every tenth message.
_LOSE_OUTCOMES = "UPDATE delivery SET status = 'in_doubt' WHERE subscriber_id % 10 = 0"
#: What must not depend on the order. When it was taken does.
_COMPARED = {
    "reports": "SELECT source_id, issue_id, subscriber_id, kind, bounce_class, occurred_at_ms,"
    " status_code, words FROM report ORDER BY source_id",
    "deliveries": "SELECT subscriber_id, status FROM delivery ORDER BY subscriber_id",
    "people": "SELECT id, state, reason FROM subscriber LEFT JOIN suppression"
    " USING (address_hash) ORDER BY id",
}


def make_events(fake: FakeSendGrid, sender: EventSender, chance: random.Random) -> list[Any]:
    """Let each message that the fake took have a story."""
    names, weights = [*_STORIES, ""], [*_STORIES.values(), 100 - sum(_STORIES.values())]
    return [
        sender.build_event(name, call.message_id, part)
        for call in fake.calls
        for part in call.body["personalizations"]
        for name in STORIES[chance.choices(names, weights)[0]]
    ]


def post(weekly: Weekly, sender: EventSender, posts: Sequence[Any], senders: int) -> str:
    """Serve, and post everything; return the row of the table."""
    environ = {"NEWSLETTER_SENDGRID__WEBHOOK_PUBLIC_KEY": sender.public_key}
    with weekly.serve(environ=environ) as (port, process), ThreadPoolExecutor(senders) as threads:
        url = f"http://127.0.0.1:{port}/webhooks/sendgrid"
        at_rest, idle = read_peak_megabytes(process), read_cpu_seconds(process)
        began = time.perf_counter()
        statuses = list(threads.map(lambda events: sender.post(url, events), posts))
        seconds = time.perf_counter() - began
        peak, busy = read_peak_megabytes(process), read_cpu_seconds(process)
    if set(statuses) != {204}:
        raise SystemExit(f"answered by {sorted(set(statuses))}")
    events = sum(map(len, posts))
    return (
        f"{events:>9,} {len(posts):>6,} {events / seconds:>9,.0f}"
        f" {(busy - idle) / events * 1e6:>8,.0f} {at_rest:>8,.0f} {peak:>8,.0f}"
    )


def read_peak_megabytes(process: int) -> float:
    """Read the most memory that a process has had."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


def read_cpu_seconds(process: int) -> float:
    """Read how much processor time a process has used."""
    stat = Path(f"/proc/{process}/stat").read_text(encoding="ascii")
    # Fields 14 and 15, counted behind the name, which may hold anything.
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def read_ledger(weekly: Weekly) -> dict[str, list[Any]]:
    """Read what must be the same."""
    with closing(sqlite3.connect(weekly.folder / "newsletter.db")) as connection:
        return {name: connection.execute(query).fetchall() for name, query in _COMPARED.items()}


def cut(events: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """Cut events into posts."""
    for start in range(0, len(events), size):
        yield events[start : start + size]


def main() -> None:
    """Print a row per order, and whether they ended the same."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=48_000)
    parser.add_argument("--post", type=int, default=500, help="events in one post")
    parser.add_argument("--senders", type=int, default=4, help="posts at a time")
    options = parser.parse_args()
    chance, sender = random.Random(30), EventSender()  # noqa: S311 - to be the same each time
    with Weekly(options.people, paragraphs=5) as weekly, Weekly(0, paragraphs=1) as copy:
        with FakeSendGrid() as fake:
            weekly.send(
                "bench", sendgrid={"host": fake.url, "api_key": "SG.bench"}, url="sendgrid:"
            )
        events = make_events(fake, sender, chance)
        with closing(sqlite3.connect(weekly.folder / "newsletter.db")) as connection, connection:
            connection.execute(_LOSE_OUTCOMES)
        shutil.rmtree(copy.folder)
        shutil.copytree(weekly.folder, copy.folder)
        copies = chance.sample(events, int(len(events) * _COPIES))
        mixed = chance.sample([*events, *copies], len(events) + len(copies))
        print(
            f"{'':<26} {'events':>9} {'posts':>6} {'events/s':>9} {'CPU µs':>8}"
            f" {'rest MB':>8} {'peak MB':>8}"
        )
        row = post(weekly, sender, list(cut(events, options.post)), 1)
        print(f"{'in order, once':<26} {row}", flush=True)
        row = post(copy, sender, list(cut(mixed, options.post)), options.senders)
        print(f"{'at random, a tenth twice':<26} {row}")
        orderly, other = read_ledger(weekly), read_ledger(copy)
    for name, rows in orderly.items():
        verdict = "the same" if other[name] == rows else "DIFFERENT"
        print(f"{len(rows):,} {name}: {verdict}")


if __name__ == "__main__":
    main()
