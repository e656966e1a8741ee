"""An issue in sums: where its deliveries stand, what servers said, and which of them were slow."""

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Final

import sqlalchemy as sa

from newsletter.database import Database
from newsletter.sending.ledger import deliveries, reasons, summary
from newsletter.sending.ledger.status import DeliveryStatus, Tally
from subscribers.store.subscribers import find_domains_by_id

#: What is rarer is told by `newsletter status --list`.
_MOST: Final = 20
_MOST_DOMAINS: Final = 10
#: A domain with fewer people may be one person's own; it is told while the issue is sent, and is
#: not kept.
_LEAST_KEPT: Final = 5
#: A reply's code, and the enhanced one (RFC 3463), also behind words of ours.
_CODE: Final = re.compile(
    r"(?:^|: )([245]\d\d)(?=[ -]|$)(?:[ -]([245]\.\d{1,3}\.\d{1,3})(?=\s|$))?"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """Deliveries that stand where they do for the same code."""

    status: DeliveryStatus
    #: Such as ``550 5.1.1``; empty where nobody gave one.
    code: str
    count: int
    #: One of them, to look up what was said.
    subscriber_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SlowDomain:
    """A domain whose people got the issue late, or have not got it yet."""

    domain: str
    #: Deferred at least once, or under way for more than a minute.
    late: int
    #: Of these: still deferred.
    deferred: int
    #: The longest, from the first intent on.
    longest_seconds: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """An issue in sums."""

    tally: Tally
    #: The rows of the plan, counted without looking at where they stand: what the sum must be.
    rows: int
    troubles: tuple[Trouble, ...] = ()
    skipped: Mapping[str, int] = field(default_factory=dict)
    slow_domains: tuple[SlowDomain, ...] = ()


def find_code(words: str) -> str:
    """Find the code in what a server said: ``550 5.1.1``; empty when there is none."""
    found = _CODE.search(words)
    return " ".join(part for part in found.groups() if part) if found else ""


def load_summary(connection: sa.Connection, issue_id: int) -> Summary:
    """Take the sums that were kept when the issue ended, else count."""
    kept = summary.find_summaries(connection, [issue_id])
    return _restore(kept[issue_id]) if kept else summarise_issue(connection, issue_id)


def load_summaries(connection: sa.Connection, issue_ids: list[int]) -> dict[int, Summary]:
    """Do the same for a page of issues."""
    kept = summary.find_summaries(connection, issue_ids)
    return {
        number: _restore(kept[number]) if number in kept else summarise_issue(connection, number)
        for number in issue_ids
    }


def load_tallies(connection: sa.Connection, issue_ids: list[int]) -> dict[int, Tally]:
    """Tell only where the deliveries of a page of issues stand, which takes a fifth of the time."""
    kept = summary.find_summaries(connection, issue_ids)
    return {
        number: _restore(kept[number]).tally
        if number in kept
        else deliveries.count_deliveries(connection, number)
        for number in issue_ids
    }


def keep_summary(database: Database, issue_id: int, *, epoch: int) -> None:
    """Keep the sums of an issue that has come to its end; of one that may change, nothing.

    Counting takes a look at each delivery, and so it holds up nobody who writes. Who began another
    run meanwhile has another epoch, and what is kept here is not taken for his.

    Args:
        database: Of the ledger.
        issue_id: The issue's number.
        epoch: Of the run that ended.
    """
    with database.read() as connection:
        tally = deliveries.count_deliveries(connection, issue_id)
        if tally.remaining or tally.in_doubt:
            return
        found = summarise_issue(connection, issue_id)
    slow_domains = [asdict(each) for each in found.slow_domains if each.late >= _LEAST_KEPT]
    kept = json.dumps(asdict(found) | {"slow_domains": slow_domains})
    with database.write() as connection:
        summary.record_summary(connection, issue_id, epoch=epoch, summary=kept)


def summarise_issue(connection: sa.Connection, issue_id: int) -> Summary:
    """Count everything as it is at this moment: a look at each row of the plan."""
    tally = deliveries.count_deliveries(connection, issue_id)
    has_troubles = tally.failed or tally.deferred or tally.in_doubt
    skipped: Mapping[str, int] = {}
    if tally.skipped:
        skipped = reasons.count_reasons(connection, issue_id, DeliveryStatus.SKIPPED, most=_MOST)
    return Summary(
        tally=tally,
        rows=summary.count_rows(connection, issue_id),
        troubles=_group_replies(connection, issue_id) if has_troubles else (),
        skipped=skipped,
        slow_domains=_find_slow_domains(connection, issue_id),
    )


def _group_replies(connection: sa.Connection, issue_id: int) -> tuple[Trouble, ...]:
    counts: dict[tuple[DeliveryStatus, str], int] = defaultdict(int)
    samples: dict[tuple[DeliveryStatus, str], int] = {}
    for reply in summary.list_replies(connection, issue_id):
        key = reply.status, find_code(reply.words)
        counts[key] += 1
        samples.setdefault(key, reply.subscriber_id)
    troubles = [
        Trouble(status=status, code=code, count=count, subscriber_id=samples[status, code])
        for (status, code), count in counts.items()
    ]
    return tuple(sorted(troubles, key=lambda each: (-each.count, each.status, each.code)))[:_MOST]


def _find_slow_domains(connection: sa.Connection, issue_id: int) -> tuple[SlowDomain, ...]:
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for page in summary.list_late(connection, issue_id):
        domains = find_domains_by_id(connection, [each.subscriber_id for each in page])
        for each in page:
            domain = domains.get(each.subscriber_id)
            if domain is not None:
                sums = found[domain]
                sums[0] += 1
                sums[1] += each.is_deferred
                sums[2] = max(sums[2], each.took_ms)
    slow = [
        SlowDomain(domain=domain, late=late, deferred=deferred, longest_seconds=took // 1000)
        for domain, (late, deferred, took) in found.items()
    ]
    return tuple(
        sorted(slow, key=lambda each: (-each.deferred, -each.late, each.domain))[:_MOST_DOMAINS]
    )


def _restore(text: str) -> Summary:
    kept = json.loads(text)
    return Summary(
        tally=Tally(**kept["tally"]),
        rows=kept["rows"],
        troubles=tuple(
            Trouble(**{**each, "status": DeliveryStatus(each["status"])})
            for each in kept["troubles"]
        ),
        skipped=kept["skipped"],
        slow_domains=tuple(SlowDomain(**each) for each in kept["slow_domains"]),
    )
