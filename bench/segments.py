"""How long does it take to count the audience of a segment among a million people?

    .venv/bin/python -m bench.segments [--people N] [--url URL] [--explain]

Without a URL it makes an SQLite file of its own. A PostgreSQL database that is named must be empty;
it is filled and left so. The time of a row is the best of three; of SQLite it is processor time,
of a server the clock's, since its work is done elsewhere.
"""

import argparse
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from newsletter.database import Database
from newsletter.migrations import upgrade
from newsletter.sending.ledger.history import select_by_history
from newsletter.sending.ledger.partitions import make_missing_partitions
from newsletter.settings.segments import HISTORY_KEYS
from subscribers.segments.compile import Question, compile_segment
from subscribers.segments.grammar import parse_segment
from subscribers.store.audience import count_audience, count_everybody, select_audience

NOW_MS = round(datetime(2026, 11, 25, tzinfo=UTC).timestamp() * 1000)
_YEAR_MS = 365 * 86_400_000
#: The audience of each is counted; `rare` are 1 %, `half` 50 % of the people.
_SEGMENTS = (
    "",
    "tag:rare",
    "tag:half",
    "not tag:half",
    "tag:rare or tag:half",
    "tag:rare or tag:half and language:ko",
    "language:ko",
    "domain:mail3.example.com",
    "field.company:ACME7",
    "has:field.company",
    "confirmed_at>-30d",
    "not received:issue-30",
    "tag:half and language:ko and confirmed_at>2026-01-01 and not received:issue-30",
)
_BYTES = {
    "sqlite": "CAST(printf('%016d', i) AS BLOB)",
    "postgresql": "decode(lpad(to_hex(i), 32, '0'), 'hex')",
}
_PEOPLE = """
INSERT INTO subscriber (id, public_id, address, address_hash, language, fields, state,
  created_at_ms, state_changed_at_ms, confirmed_at_ms)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :people)
SELECT i, {sixteen_bytes}, 'reader' || i || '@mail' || (i % 40) || '.example.com', {sixteen_bytes},
  CASE i % 5 WHEN 0 THEN 'ko' WHEN 1 THEN 'ko-KR' WHEN 2 THEN '' ELSE 'en-GB' END,
  CASE i % 3 WHEN 0 THEN '{{"company":"ACME' || (i % 100) || '","phone":"+82 2 ' || i || '"}}'
       ELSE '{{}}' END,
  CASE WHEN i % 14 = 0 THEN 'unsubscribed' ELSE 'confirmed' END,
  :now - :year * (:people - i) / :people, :now, :now - :year * (:people - i) / :people
FROM n
"""
_TAGGED = "INSERT INTO subscriber_tag SELECT :tag, id FROM subscriber WHERE id % :every = 0"
_ISSUE = """
INSERT INTO issue (id, slug, title, state, is_modified, content_sha256, edition_digest,
  planned_at_ms)
VALUES (1, 'issue-30', 'Issue 30', 'sent', false, '', '', :now)
"""
_DELIVERIES = """
INSERT INTO delivery (issue_id, subscriber_id, address_hash, status)
SELECT 1, id, address_hash, 'sent' FROM subscriber WHERE state = 'confirmed' AND id % 10 <> 0
"""
_SUPPRESSED = """
INSERT INTO suppression (address_hash, reason, at_ms)
SELECT address_hash, 'manual', :now FROM subscriber WHERE id % 51 = 8
"""


def main() -> None:
    """Fill a database, count each audience, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--url", default="")
    parser.add_argument("--explain", action="store_true", help="Print how each is looked for.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="newsletter-bench-") as name:
        database = Database(options.url or f"sqlite:///{Path(name) / 'newsletter.db'}")
        fill(database, options.people)
        print(f"{options.people:,} people\n{'members':>10} {'count':>9} {'reasons':>9}  segment")
        for text in _SEGMENTS:
            measure(database, text, explains=options.explain)
        database.close()


def fill(database: Database, people: int) -> None:
    """Make people with two tags, fields and suppressions, and an issue that most received."""
    upgrade(database)
    values = {"people": people, "now": NOW_MS, "year": _YEAR_MS}
    with database.write() as connection:
        sixteen_bytes = _BYTES[connection.dialect.name]
        connection.execute(sa.text(_PEOPLE.format(sixteen_bytes=sixteen_bytes)), values)
        connection.execute(sa.text("INSERT INTO tag (id, name) VALUES (1, 'rare'), (2, 'half')"))
        connection.execute(sa.text(_TAGGED), {"tag": 1, "every": 100})
        connection.execute(sa.text(_TAGGED), {"tag": 2, "every": 2})
        connection.execute(sa.text(_ISSUE), {"now": NOW_MS})
        make_missing_partitions(connection)
        connection.execute(sa.text(_DELIVERIES))
        connection.execute(sa.text(_SUPPRESSED), {"now": NOW_MS})
    with database.write() as connection:
        connection.execute(sa.text("ANALYZE"))


def measure(database: Database, text: str, *, explains: bool) -> None:
    """Count the audience of a segment, and those left out of it, and print what that took."""
    segment = parse_segment(text, outside=HISTORY_KEYS) if text else None
    question = Question(
        now_ms=NOW_MS,
        zone=ZoneInfo("Asia/Seoul"),
        select_outside=lambda test: select_by_history(test.key, test.value),
    )
    where = compile_segment(segment, question) if segment else None
    clock = time.process_time if database.is_sqlite else time.perf_counter
    with database.read() as connection:
        counted, reasons = [], []
        for _ in range(3):
            began = clock()
            members = count_audience(connection, where, now_ms=NOW_MS)
            counted.append(clock() - began)
            began = clock()
            count_everybody(connection, where=where, now_ms=NOW_MS)
            reasons.append(clock() - began)
        times = f"{min(counted) * 1000:>6,.0f} ms {min(reasons) * 1000:>6,.0f} ms"
        print(f"{members:>10,} {times}  {text or 'everyone'}")
        if explains:
            _explain(connection, select_audience(where=where, now_ms=NOW_MS))


def _explain(connection: sa.Connection, statement: sa.Select[int, bytes]) -> None:
    how = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
    compiled = statement.order_by(None).compile(connection, compile_kwargs={"literal_binds": True})
    for row in connection.exec_driver_sql(f"{how} {str(compiled).replace('%', '%%')}"):
        print(f"{'':>32}{row[-1]}")


if __name__ == "__main__":
    main()
