"""A made-up newsletter in a database: people with tags, and a year of issues with deliveries."""

import hashlib
from collections.abc import Callable, Iterator
from typing import Final

import sqlalchemy as sa

from newsletter.database import Database
from newsletter.sending.ledger.partitions import make_partition
from newsletter.sending.ledger.schema import issue
from newsletter.tables.numbers import set_last_number
from newsletter.tables.rows import PAGE_ROWS, Values, write_rows
from subscribers.store.schema import consent, subscriber, subscriber_tag, suppression, tag

YEAR_ENDS_MS: Final = 1_769_846_400_000
_YEAR_MS: Final = 365 * 86_400_000
#: One reader whom somebody asks for.
READER: Final = 500
_SHARES: Final = {"all": 1, "half": 2, "tenth": 10, "rare": 10_000}

#: What a send leaves: most were sent, a few failed, were skipped or are in doubt.
_DELIVERIES: Final = """
INSERT INTO delivery (issue_id, subscriber_id, address_hash, status, attempts, epoch,
  first_intent_at_ms, last_intent_at_ms, settled_at_ms, reply)
SELECT :issue, id, address_hash,
  CASE WHEN id % 503 = 0 THEN 'failed' WHEN id % 701 = 0 THEN 'skipped' ELSE 'sent' END,
  1, 1, :at + id / 100, :at + id / 100, :at + id / 100 + 200,
  CASE WHEN id % 503 = 0 THEN '550 5.1.1 no such user' WHEN id % 701 = 0 THEN 'unsubscribed'
       ELSE '250 2.0.0 Ok: queued as 4F2A01C03B' END
FROM subscriber WHERE state = 'confirmed' AND id % :every = 0 ORDER BY id
"""
_SIZES: Final = {
    "sqlite": "SELECT name, sum(pgsize) FROM dbstat GROUP BY name",
    "postgresql": "SELECT c.relname, pg_relation_size(c.oid) FROM pg_class c JOIN pg_namespace n"
    " ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind IN ('r', 'i')",
}


def seed(database: Database, *, people: int, issues: int, full_issues: int) -> int:
    """Fill an empty database; return how many deliveries there are."""
    with database.write() as connection:
        write_rows(connection, subscriber, _pages(people, _make_person))
        set_last_number(connection, "subscriber", people)
        write_rows(connection, consent, _pages(people, _make_consent))
        set_last_number(connection, "consent", people)
        write_rows(connection, suppression, _pages(people // 100, _make_suppression))
        write_rows(connection, tag, [[(n, name) for n, name in enumerate(_SHARES, 1)]])
        set_last_number(connection, "tag", len(_SHARES))
        for number, share in enumerate(_SHARES.values(), 1):
            carriers = range(share, people + 1, share)
            write_rows(connection, subscriber_tag, _tag_pages(number, carriers))
    deliveries = 0
    for number in range(1, issues + 1):
        deliveries += _add_issue(database, number, every=1 if number <= full_issues else 100)
    with database.write() as connection:
        set_last_number(connection, "issue", issues)
        connection.execute(sa.text("ANALYZE"))
    return deliveries


def add_issue_row(connection: sa.Connection, number: int, state: str) -> None:
    """Make an issue known, and its partition where there are any."""
    connection.execute(
        sa.insert(issue).values(
            id=number, slug=f"issue-{number}", title=f"Issue {number}", state=state,
            is_modified=False, content_sha256="", edition_digest="",
            planned_at_ms=YEAR_ENDS_MS - _YEAR_MS + number * 7 * 86_400_000,
        )
    )  # fmt: skip
    make_partition(connection, number)


def measure_sizes(database: Database) -> dict[str, int]:
    """Tell how many bytes each table and each index takes."""
    with database.read() as connection:
        found = connection.execute(sa.text(_SIZES[connection.dialect.name]))
        return {name: size for name, size in found if size}


def _add_issue(database: Database, number: int, *, every: int) -> int:
    with database.write() as connection:
        add_issue_row(connection, number, "sent")
        at_ms = YEAR_ENDS_MS - _YEAR_MS + number * 7 * 86_400_000
        values = {"issue": number, "every": every, "at": at_ms}
        added = connection.execute(
            sa.text(_DELIVERIES).execution_options(preserve_rowcount=True), values
        )
        return added.rowcount


def _pages(count: int, make: Callable[[int], Values]) -> Iterator[list[Values]]:
    for first in range(1, count + 1, PAGE_ROWS):
        yield [make(n) for n in range(first, min(first + PAGE_ROWS, count + 1))]


def _tag_pages(number: int, people: range) -> Iterator[list[Values]]:
    for first in range(0, len(people), PAGE_ROWS):
        yield [(number, n) for n in people[first : first + PAGE_ROWS]]


def _hash(n: int, salt: str) -> bytes:
    return hashlib.blake2b(f"{salt}{n}".encode(), digest_size=16).digest()


def _make_person(n: int) -> Values:
    confirmed_ms = YEAR_ENDS_MS - _YEAR_MS + n * 30
    state = "unsubscribed" if n % 14 == 0 else "pending" if n % 61 == 0 else "confirmed"
    return (
        n, _hash(n, "public"), f"reader{n:08d}@mail{n % 4001}.example.com", _hash(n, "address"),
        f"Reader {n}" if n % 3 else "", "en", "", '{"city":"Seoul"}' if n % 5 == 0 else "{}",
        state, 0, confirmed_ms - 9000, confirmed_ms, None if state == "pending" else confirmed_ms,
    )  # fmt: skip


def _make_consent(n: int) -> Values:
    at_ms = YEAR_ENDS_MS - _YEAR_MS + n * 30
    return (n, n, "confirmed", at_ms, "", "", "page", "203.0.113.0/24", "", "")


def _make_suppression(n: int) -> Values:
    return (_hash(n * 100, "address"), "hard_bounce", YEAR_ENDS_MS, "")
