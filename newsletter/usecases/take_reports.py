"""Take what came back about deliveries: keep it, settle what was in doubt, draw the consequences.

Reports may come twice, late and in any order. What they lead to depends on what is known in the
end, and nothing leads back: sent stays sent, and whoever was erased or has confirmed anew is not
demoted by what is older.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from newsletter.log import Log
from newsletter.reports.consequence import (
    Consequence,
    find_consequence,
    has_failed_for_long,
    says_it_left,
)
from newsletter.reports.report import BounceClass, Report, ReportKind
from newsletter.sending.ledger import reports as ledger
from newsletter.sending.ledger.reports import Departure, FoundReport
from newsletter.sending.message.recipient import DeliveryId
from newsletter.usecases.installation import Installation
from subscribers.errors import InvalidTokenError
from subscribers.keyring import Keyring
from subscribers.store.standings import Standing, find_standings
from subscribers.store.subscriptions import change_state
from subscribers.subscription import Change, State
from subscribers.tokens import Purpose, TokenContent, read_token

#: Of one transaction: a sender waits for it at most some tens of milliseconds.
_BATCH_REPORTS: Final = 500

_CHANGES: Final[Mapping[Consequence, Change]] = {
    Consequence.BOUNCED: Change.BOUNCE,
    Consequence.COMPLAINED: Change.COMPLAIN,
    Consequence.UNSUBSCRIBED: Change.UNSUBSCRIBE,
}

_log = Log(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class TakenReport:
    """A report, whom it is about, and what followed from it."""

    report: Report
    #: None for nobody we know: then nothing followed.
    subscriber_id: int | None
    #: None when the ledger has no delivery of that issue to that person.
    issue_id: int | None
    #: Whether it was not taken before.
    is_new: bool
    consequence: Consequence


def take_reports(installation: Installation, reports: Sequence[Report]) -> list[TakenReport]:
    """Take reports, in the order given; what was taken before is recognised and changes nothing.

    A delivery is found by the token in the return path, then by the one for unsubscribing, then by
    the Message-ID, then by what a provider gave back; each is signed by this installation. An
    address alone finds nobody.

    Returns:
        One for each report, in the same order.

    Raises:
        TemporaryError: The database stayed locked. Some may have been taken: give all of them
            again.
    """
    taken: list[TakenReport] = []
    for start in range(0, len(reports), _BATCH_REPORTS):
        batch = reports[start : start + _BATCH_REPORTS]
        # Outside of the transaction, for signatures take longer than the database does.
        names = [_read_name(installation.keys, each) for each in batch]
        with installation.database.write() as connection:
            taken += _take(connection, batch, names, now_ms=installation.now_ms())
    _tell_operator(taken)
    for each in taken:
        if each.is_new:
            installation.metrics.count_report(str(each.report.kind))
    return taken


def _read_name(keys: Keyring, report: Report) -> TokenContent | None:
    """Read the first of a report's names that this installation signed."""
    names: tuple[tuple[Purpose, str], ...] = (
        ("bounce", report.return_path_token),
        ("unsubscribe", report.unsubscribe_token),
        ("message", _local_part(report.message_id)),
        ("message", _local_part(report.delivery_argument)),
    )
    for purpose, text in names:
        if text:
            try:
                return read_token(keys, purpose, text)
            except InvalidTokenError:
                continue
    return None


def _local_part(message_id: str) -> str:
    return message_id.strip().removeprefix("<").partition("@")[0]


def _take(
    connection: sa.Connection,
    reports: Sequence[Report],
    names: Sequence[TokenContent | None],
    *,
    now_ms: int,
) -> list[TakenReport]:
    people = find_standings(connection, {each.public_id for each in names if each})
    departures = ledger.find_departures(
        connection,
        (
            DeliveryId(name.context, people[name.public_id].id)
            for name in names
            if name and name.public_id in people
        ),
    )
    standings = {each.id: each for each in people.values()}
    found = [
        _find(report, name, people, departures) for report, name in zip(reports, names, strict=True)
    ]
    left_to_tell = ledger.record_reports(connection, found, now_ms=now_ms)
    taken: list[TakenReport] = []
    for each in found:
        is_new = each.name in left_to_tell
        left_to_tell.discard(each.name)
        consequence = (
            _judge(connection, each, standings[each.subscriber_id], departures)
            if is_new and each.subscriber_id is not None
            else Consequence.NONE
        )
        taken.append(
            TakenReport(
                report=each.report,
                subscriber_id=each.subscriber_id,
                issue_id=each.issue_id,
                is_new=is_new,
                consequence=consequence,
            )
        )
    _change_states(connection, taken, now_ms=now_ms)
    ledger.settle_departed(connection, _list_departed(taken, departures), now_ms=now_ms)
    return taken


def _find(
    report: Report,
    name: TokenContent | None,
    people: Mapping[bytes, Standing],
    departures: Mapping[DeliveryId, Departure],
) -> FoundReport:
    person = people.get(name.public_id) if name else None
    if name is None or person is None:
        return FoundReport(report=report, subscriber_id=None, issue_id=None)
    is_planned = DeliveryId(name.context, person.id) in departures
    return FoundReport(
        report=report,
        subscriber_id=person.id,
        issue_id=name.context if is_planned else None,
        is_erased=person.state is State.ERASED,
    )


def _judge(
    connection: sa.Connection,
    found: FoundReport,
    person: Standing,
    departures: Mapping[DeliveryId, Departure],
) -> Consequence:
    """Tell what follows from a report about somebody we know."""
    report, confirmed_at_ms = found.report, person.confirmed_at_ms or 0
    departure = departures.get(DeliveryId(found.issue_id or 0, person.id))
    left_at_ms = departure.left_at_ms if departure else 0
    # When a message left is known here. When it was complained of is what the reporter says, and
    # cannot have been before it left.
    is_bounce = report.kind is ReportKind.BOUNCE and left_at_ms > 0
    moment_ms = left_at_ms if is_bounce else max(left_at_ms, report.occurred_at_ms)
    is_given_up = report.bounce_class is BounceClass.SOFT and has_failed_for_long(
        ledger.list_soft_bounces(connection, person.id, since_ms=confirmed_at_ms)
    )
    return find_consequence(
        report, is_outdated=moment_ms < confirmed_at_ms, is_given_up=is_given_up
    )


def _change_states(connection: sa.Connection, taken: Iterable[TakenReport], *, now_ms: int) -> None:
    """Change each subscriber at most once in each way, in the order that everybody keeps."""
    changes = {
        (each.subscriber_id, _CHANGES[each.consequence]): each
        for each in taken
        if each.subscriber_id is not None and each.consequence in _CHANGES
    }
    for (subscriber_id, change), each in sorted(changes.items(), key=lambda item: item[0]):
        change_state(
            connection,
            subscriber_id,
            change,
            now_ms=now_ms,
            basis=f"issue {each.issue_id}" if each.issue_id else "",
            source=each.report.source,
        )


def _list_departed(
    taken: Iterable[TakenReport], departures: Mapping[DeliveryId, Departure]
) -> Iterator[DeliveryId]:
    """List what had left after all, though the ledger is in doubt of it, or would send it again."""
    for each in taken:
        if each.issue_id and each.subscriber_id and each.is_new and says_it_left(each.report):
            delivery_id = DeliveryId(each.issue_id, each.subscriber_id)
            if departures[delivery_id].is_unsettled:
                yield delivery_id


def _tell_operator(taken: Iterable[TakenReport]) -> None:
    """Say how many messages were turned away for what they or we are; names nobody."""
    noted = Counter(
        (each.issue_id, str(each.report.bounce_class or BounceClass.BLOCK))
        for each in taken
        if each.consequence is Consequence.NOTED
    )
    for (issue_id, bounce_class), count in sorted(noted.items(), key=str):
        _log.warning(
            "messages of an issue did not arrive; `newsletter status` tells more",
            count=count,
            issue_id=issue_id,
            reason=_EXPLAINED[bounce_class],
        )


_EXPLAINED: Final = {
    "block": "their servers refuse them by policy, or by reputation",
    "auth": "our own set-up is wrong (SPF, DKIM, DMARC, login)",
}
