"""Does an import keep up with the least that anyone could write by hand, in rate and memory?

The same file of made-up people is imported through the real command, into SQLite, and by a bare
loop: csv.reader, email-validator, executemany in batches into one table, with the same durability.
The loop keeps no evidence, tells no account, knows nobody. Both run in processes of their own.

Usage: python -m bench.imports [--database-url URL] [ROWS …]
"""

import argparse
import csv
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from bench.weekly import Cost, Weekly, run

_BATCH_ROWS = 4000
_DOMAINS = ("example.org", "mail.example.org", "example.net", "example.com", "post.example.com")


def write_people(file: Path, rows: int) -> None:
    """Write a file as services do: address, name, language, tags, a field, two times."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["email", "name", "language", "tags", "city", "created_at", "confirmed_at"])
        for number in range(rows):
            writer.writerow(
                [
                    f"reader.{number}@{_DOMAINS[number % len(_DOMAINS)]}",
                    f"Reader Number {number}",
                    "ko" if number % 3 else "en",
                    "weekly, ai" if number % 4 else "weekly",
                    "Seoul",
                    "2024-05-01T08:00:00Z",
                    "2024-05-01T08:03:00Z",
                ]
            )


def import_by_hand(people: Path, database: Path) -> None:
    """Validate and insert, and nothing else."""
    from email_validator import validate_email

    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(
        "CREATE TABLE person (id INTEGER PRIMARY KEY, email TEXT UNIQUE, name TEXT, language TEXT,"
        " tags TEXT, city TEXT, created_at TEXT, confirmed_at TEXT)"
    )

    def read() -> Iterator[tuple[str, ...]]:
        with people.open(encoding="utf-8", newline="") as stream:
            rows = csv.reader(stream)
            next(rows)
            for email, *rest in rows:
                yield validate_email(email, check_deliverability=False).normalized, *rest

    checked = read()
    while batch := list(islice(checked, _BATCH_ROWS)):
        with connection:
            connection.executemany(
                "INSERT INTO person (email, name, language, tags, city, created_at, confirmed_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                batch,
            )
    connection.close()


def measure(rows: int, database_url: str) -> tuple[Cost, Cost]:
    """Import one file by hand and by the command; return what each cost."""
    with tempfile.TemporaryDirectory() as folder, Weekly(1, paragraphs=1) as weekly:
        people = Path(folder, "people.csv")
        write_people(people, rows)
        by_hand = run(
            [sys.executable, "-m", "bench.imports", "--by-hand", str(people), f"{folder}/hand.db"]
        )
        environ = {"NEWSLETTER_DATABASE__URL": database_url} if database_url else {}
        return by_hand, weekly.import_file(people, environ=environ)


def main() -> None:
    """Print a row per size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", type=int, default=[10_000, 1_000_000])
    parser.add_argument("--database-url", default="", help="PostgreSQL; empty, and set up.")
    parser.add_argument("--by-hand", nargs=2, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.by_hand:
        import_by_hand(*options.by_hand)
        return
    print(f"{'':>10}  {'by hand':^34}  {'import':^34}  {'ratio':^13}")
    print(f"{'rows':>10}" + f"  {'rows/s':>10} {'rows/cpu s':>11} {'peak MB':>11}" * 2, end="")
    print(f"  {'wall':>6} {'cpu':>6}")
    for rows in options.rows:
        hand, ours = measure(rows, options.database_url)
        row = f"{rows:>10,}"
        for cost in (hand, ours):
            row += f"  {rows / cost.wall_seconds:>10,.0f} {rows / cost.cpu_seconds:>11,.0f}"
            row += f" {cost.peak_megabytes:>11,.0f}"
        wall, cpu = hand.wall_seconds / ours.wall_seconds, hand.cpu_seconds / ours.cpu_seconds
        print(f"{row}  {wall:>6.2f} {cpu:>6.2f}", flush=True)
    print(
        "Start-up is in it. On a machine that others use, too, the ratio of cpu is the one to read."
    )


if __name__ == "__main__":
    main()
