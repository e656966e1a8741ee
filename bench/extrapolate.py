"""From a small database to a hundred million subscribers: what an issue takes.

Seeds people on PostgreSQL, plans an issue for all of them and works through it with the statements
that senders use, at two sizes, so that what grows with the audience shows. Bytes of tables, indexes
and journal are measured and multiplied; times are multiplied, too, and are those of this machine.

Usage: python -m bench.extrapolate [--people N] [--hours N] [TARGET …]
"""

import argparse
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench.million import open_database, plan_issue, work_through
from bench.million_rows import measure_sizes, seed
from newsletter.database import Database

_WINDOW = 500
_ISSUE = 1
_WEEKS = 52


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What one recipient costs."""

    person_bytes: float
    planned_bytes: float
    sent_bytes: float
    index_bytes: float
    plan_wal_bytes: float
    send_wal_bytes: float
    hot_share: float
    plan_per_second: float
    send_per_second: float
    vacuum_per_second: float


def measure(people: int) -> Measured:
    """Plan an issue for so many people and work through it."""
    with (
        tempfile.TemporaryDirectory(prefix="newsletter-scale-", ignore_cleanup_errors=True) as at,
        open_database(Path(at), is_postgresql=True) as database,
    ):
        seed(database, people=people, issues=0, full_issues=0)
        person = sum(size for name, size in measure_sizes(database).items() if "deliv" not in name)
        began_at = tell_journal(database)
        planned, plan_seconds = plan_issue(database, _ISSUE)
        plan_bytes, planned_at = measure_deliveries(database), tell_journal(database)
        rate = work_through(database, _ISSUE, count=planned, window=_WINDOW)
        sent_at = tell_journal(database)
        table, indexes = measure_deliveries(database)
        return Measured(
            person_bytes=person / people,
            planned_bytes=sum(plan_bytes) / planned,
            sent_bytes=(table + indexes) / planned,
            index_bytes=indexes / planned,
            plan_wal_bytes=(planned_at - began_at) / planned,
            send_wal_bytes=(sent_at - planned_at) / planned,
            hot_share=tell_hot_share(database),
            plan_per_second=planned / plan_seconds,
            send_per_second=rate,
            vacuum_per_second=planned / vacuum(database),
        )


def measure_deliveries(database: Database) -> tuple[int, int]:
    """Tell the bytes of the issue's deliveries: the table, its indexes."""
    partition = f"delivery_{_ISSUE}"
    sizes = measure_sizes(database)
    return sizes[partition], sum(
        size for name, size in sizes.items() if name.startswith(f"{partition}_")
    )


def tell_journal(database: Database) -> int:
    """Tell how many bytes were ever written to the write-ahead log."""
    with database.read() as connection:
        place = sa.text("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
        return int(connection.execute(place).scalar_one())


def tell_hot_share(database: Database) -> float:
    """Tell which share of the changes needed no new entry in an index."""
    statement = "SELECT n_tup_hot_upd::float / greatest(n_tup_upd, 1) FROM pg_stat_user_tables"
    with database.write() as connection:
        # What a session counted is told to the others when it is idle, or asked to.
        connection.execute(sa.text("SELECT pg_stat_force_next_flush()"))
    with database.read() as connection:
        share = sa.text(f"{statement} WHERE relname = 'delivery_{_ISSUE}'")
        return float(connection.execute(share).scalar_one())


def vacuum(database: Database) -> float:
    """Vacuum and freeze the issue's deliveries, as is done once when it has ended; in seconds."""
    began = time.perf_counter()
    with database.read() as connection:
        driver: Any = connection.connection.driver_connection
        driver.rollback()
        driver.autocommit = True
        driver.execute(f"VACUUM (FREEZE, ANALYZE) delivery_{_ISSUE}")
        driver.autocommit = False
    return time.perf_counter() - began


def show(name: str, measured: Measured) -> None:
    """Print what was measured at one size."""
    print(f"{name}: {measured.person_bytes:,.0f} B a person with consent and tags;"
          f" {measured.planned_bytes:,.0f} B a delivery planned,"
          f" {measured.sent_bytes:,.0f} B sent ({measured.index_bytes:,.0f} B of them indexes);"
          f" journal {measured.plan_wal_bytes:,.0f} B planned + {measured.send_wal_bytes:,.0f} B"
          f" sent; {measured.hot_share:.0%} of changes without an index entry;"
          f" {measured.plan_per_second:,.0f} planned,"
          f" {measured.send_per_second:,.0f} worked through,"
          f" {measured.vacuum_per_second:,.0f} vacuumed a second")  # fmt: skip


def extrapolate(measured: Measured, target: int, hours: float) -> None:
    """Print what an issue to so many people takes."""
    issue_gb = target * measured.sent_bytes / 1e9
    journal_gb = target * (measured.plan_wal_bytes + measured.send_wal_bytes) / 1e9
    per_second = target / hours / 3600
    lanes = per_second / measured.send_per_second
    print(f"| {target / 1e6:,.0f} M | {target * measured.person_bytes / 1e9:,.1f} |"
          f" {issue_gb:,.1f} | {issue_gb * _WEEKS / 1000:,.2f} | {journal_gb:,.1f} |"
          f" {journal_gb * 1000 / hours / 3600:,.1f} | {per_second:,.0f} |"
          f" {per_second / _WINDOW:,.1f} | {lanes:,.2f} |"
          f" {target / measured.plan_per_second / 60:,.1f} |"
          f" {target / measured.vacuum_per_second / 60:,.1f} |")  # fmt: skip


def main() -> None:
    """Measure at two sizes, then print a row for each target."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", type=int, default=[1, 10, 100], metavar="TARGET")
    parser.add_argument("--people", type=int, default=200_000)
    parser.add_argument("--hours", type=float, default=8.0, help="In which an issue is to leave.")
    options = parser.parse_args()
    show(f"{options.people // 4:,} people", measure(options.people // 4))
    measured = measure(options.people)
    show(f"{options.people:,} people", measured)
    print(f"\nOne issue a week, leaving within {options.hours:g} hours; targets in millions:\n")
    print("| people | people GB | issue GB | year TB | journal GB | journal MB/s | deliveries/s |"
          " commits/s | such senders | plan min | vacuum min |")  # fmt: skip
    print("| ---: " * 11 + "|")
    for target in options.targets:
        extrapolate(measured, target * 1_000_000, options.hours)


if __name__ == "__main__":
    main()
