"""Begin an issue whose time has come: plan its audience of this moment, in one transaction."""

from newsletter.errors import RefusedError
from newsletter.issues.issue import Issue
from newsletter.sending.ledger import archive, plan
from newsletter.sending.ledger.plan import PlannedIssue
from newsletter.sending.ledger.schedule import (
    Schedule,
    begin_issue,
    find_schedule,
    taken_meanwhile,
)
from newsletter.sending.moment import LocalTime
from newsletter.usecases.archive_edition import archive_edition
from newsletter.usecases.choose_segment import restore_segment
from newsletter.usecases.installation import Installation
from newsletter.usecases.iso_time import iso_time
from newsletter.usecases.issue_audience import IssueAudience
from newsletter.usecases.offer_chunks import offer_issue


def begin_scheduled(installation: Installation, planned: PlannedIssue, issue: Issue) -> None:
    """Make a scheduled issue one that is being sent.

    Nobody holds its lease then: whoever is killed here leaves it scheduled as it was, or planned
    whole and for anybody to go on with.

    Args:
        installation: Where.
        planned: As the ledger had it when its time came.
        issue: Its file, which is what was scheduled.

    Raises:
        RefusedError: It is too late for it, or nobody is in its audience.
        TemporaryError: Another process began it, or an operator changed his mind meanwhile.
    """
    now_ms = installation.now_ms()
    record = archive_edition(issue, installation.settings, now_ms=now_ms)
    audience = IssueAudience.of(installation, segment=restore_segment(planned.segment))
    with installation.database.write() as connection:
        begin_issue(connection, planned, now_ms=now_ms)
        schedule = find_schedule(connection, planned.id)
        if schedule is None or schedule.due_at_ms > now_ms:
            raise taken_meanwhile(planned)
        _refuse_late(installation, schedule, now_ms)
        archive.record_edition(connection, planned.id, record)
        members = (
            audience.select_at(connection, LocalTime.parse(schedule.local_time))
            if schedule.local_time
            else audience.select()
        )
        if not plan.plan_deliveries(connection, planned.id, members):
            raise RefusedError("its time came, and nobody was in its audience")
        if installation.queue is not None:
            offer_issue(installation, connection, planned.id)


def _refuse_late(installation: Installation, schedule: Schedule, now_ms: int) -> None:
    """Refuse what nobody was there for when it should have left: it may be out of date."""
    minutes = (now_ms - schedule.due_at_ms) / 60_000
    if minutes > installation.settings.newsletter.late_after_minutes:
        raise RefusedError(
            f"it is overdue: it was to be sent at {iso_time(schedule.due_at_ms)}, and no"
            " `newsletter serve` ran then. Resume it to send it all the same, or say another time"
            " with send --at"
        )
