"""Whatever order reports come in, and however often: the same people, the same ledger."""

from collections.abc import Sequence
from itertools import count
from typing import NamedTuple

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.database import Database
from newsletter.reports.report import BounceClass, ReportKind
from newsletter.sending.ledger.schema import delivery, report
from tests.contracts.people import NOON
from tests.contracts.readers import DAY_MS
from tests.contracts.reported import Returns

ISSUES = 7
PEOPLE = 2
#: When each issue left, in days after the readers confirmed; the first did before.
DAYS = (-4, 1, 4, 8, 12, 16, 20)
EXAMPLES = count()


class Told(NamedTuple):
    """What is reported of an issue to a person, and how long after it left."""

    kind: ReportKind
    bounce_class: BounceClass | None
    issue: int
    person: int
    days: int


TOLD = st.builds(
    lambda meaning, issue, person, days: Told(meaning[0], meaning[1], issue, person, days),
    st.one_of(
        st.tuples(st.just(ReportKind.BOUNCE), st.sampled_from(BounceClass)),
        # Often, else nobody is ever given up.
        st.just((ReportKind.BOUNCE, BounceClass.SOFT)),
        st.tuples(st.sampled_from([*set(ReportKind) - {ReportKind.BOUNCE}]), st.none()),
    ),
    st.integers(0, ISSUES - 1),
    st.integers(0, PEOPLE - 1),
    st.integers(0, 3),
)


def tell(returns: Returns, issues: Sequence[int], told: Sequence[Told], size: int) -> None:
    """Take what is told, so many at a time."""
    reports = [
        returns.report(
            each.kind,
            issues[each.issue],
            each.person,
            bounce_class=each.bounce_class,
            day=DAYS[each.issue] + each.days,
        )
        for each in told
    ]
    for start in range(0, len(reports), size):
        returns.take(*reports[start : start + size])


def describe(returns: Returns) -> object:
    """Tell where people and their deliveries stand, and what was counted of them."""
    place = dict(zip(returns.people, range(PEOPLE), strict=True))
    states = returns.states()
    with returns.installation.database.read() as connection:
        deliveries = connection.execute(
            sa.select(delivery.c.issue_id, delivery.c.subscriber_id, delivery.c.status)
            .where(delivery.c.subscriber_id.in_(place))
            .order_by(delivery.c.issue_id, delivery.c.subscriber_id)
        ).all()
        kept = connection.execute(
            sa.select(
                report.c.issue_id, report.c.subscriber_id, report.c.kind, report.c.bounce_class
            ).where(report.c.subscriber_id.in_(place))
        ).all()
    return (
        [states[number] for number in returns.people],
        [(issue, place[number], status) for issue, number, status in deliveries],
        sorted((issue, place[number], *what) for issue, number, *what in kept),
    )


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_order_with_copies_ends_the_same(database: Database, data: st.DataObject) -> None:
    """Two groups of readers hear the same: one in order and once, one as the network likes it."""
    example = next(EXAMPLES)
    orderly = Returns.of(database, PEOPLE, prefix=f"orderly{example}.")
    other = Returns.of(database, PEOPLE, prefix=f"other{example}.")
    orderly.readers.clock[0] = other.readers.clock[0] = NOON + 100 * DAY_MS
    statuses = st.sampled_from(["sent", "in_doubt", "planned", "deferred", "in_flight", "failed"])
    issues = [
        orderly.send(f"issue-{example}-{place}", status=data.draw(statuses), day=day)
        for place, day in enumerate(DAYS)
    ]
    told = data.draw(st.lists(TOLD, min_size=1, max_size=40, unique=True))
    copies = data.draw(st.lists(st.sampled_from(told), max_size=10))
    mixed = data.draw(st.permutations([*told, *copies]))

    tell(orderly, issues, sorted(told, key=lambda each: DAYS[each.issue] + each.days), 1)
    tell(other, issues, mixed, data.draw(st.sampled_from([1, 3, 100])))

    assert describe(other) == describe(orderly)
    planned = [orderly.tally(each).planned for each in issues]
    assert len(set(planned)) == 1
