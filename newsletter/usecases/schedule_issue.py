"""Schedule an issue: its text and its audience's rule now, its people at its time."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from newsletter.errors import IssueError, NotFoundError, RefusedError
from newsletter.issues.folder import find_issue
from newsletter.issues.source import show_path
from newsletter.operators.actions import ActionKind
from newsletter.sending.ledger import plan
from newsletter.sending.ledger.schedule import Schedule, schedule_again, set_schedule
from newsletter.sending.moment import parse_at, to_ms
from newsletter.usecases.forecast_send import Forecast, SendRequest, refuse_errors
from newsletter.usecases.installation import Installation
from newsletter.usecases.show_status import IssueStatus, describe_planned


def choose_moment(text: str, zone: ZoneInfo, *, now_ms: int) -> Schedule:
    """Make the schedule of an issue that everyone gets at one moment.

    Args:
        text: See `newsletter.sending.moment.parse_at`.
        zone: What a time without an offset is meant in.
        now_ms: Milliseconds since 1970, UTC.

    Raises:
        ValueError: It is no time.
        RefusedError: It has passed.
    """
    at = parse_at(text, zone)
    if to_ms(at) <= now_ms:
        now = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(at.tzinfo)
        raise RefusedError(
            f"--at {at:%Y-%m-%d %H:%M %z} has passed: it is {now:%Y-%m-%d %H:%M %z} now."
            " Nothing was scheduled."
        )
    return Schedule(to_ms(at))


def schedule_issue(
    installation: Installation, request: SendRequest, forecast: Forecast
) -> IssueStatus:
    """Write an issue into the ledger as scheduled, or give it another time; tell where it stands.

    Nobody is planned before its time: who confirms until then gets it, who leaves does not.

    Args:
        installation: Where.
        request: What, and its schedule.
        forecast: What the operator was told.

    Raises:
        ChecksError: See `refuse_errors`.
        RefusedError: `newsletter serve` would not find the file by the issue's name.
        TemporaryError: Another process began it since it was looked at.
    """
    if request.schedule is None:
        raise ValueError("a schedule is what this is for")
    refuse_errors(request, forecast)
    _refuse_hidden_file(installation, request)
    issue, digest = request.issue, request.edition.digest
    with installation.database.write() as connection:
        known = plan.find_issue(connection, issue.slug)
        if known is None:
            issue_id = plan.insert_issue(
                connection,
                issue,
                edition_digest=digest,
                segment=request.segment.text,
                segment_name=request.segment.name,
                now_ms=0,
            )
        else:
            issue_id = known.id
            schedule_again(connection, known)
            plan.accept_revision(connection, issue_id, issue, edition_digest=digest)
        set_schedule(connection, issue_id, request.schedule)
        installation.record_action(connection, ActionKind.SCHEDULE, issue=issue.slug)
        found = plan.find_issue(connection, issue.slug)
        if found is None:
            raise LookupError(issue.slug)
        return describe_planned(connection, found)


def _refuse_hidden_file(installation: Installation, request: SendRequest) -> None:
    """Refuse a file that nobody would find at its time, when nobody is there to say where it is."""
    issue, folder = request.issue, installation.settings.folder
    try:
        is_found = find_issue(folder, issue.slug).samefile(issue.path)
    except (NotFoundError, IssueError):
        is_found = False
    if not is_found:
        raise RefusedError(
            f"{show_path(issue.path)}: `newsletter serve` would not find this file by the name"
            f" {issue.slug}. Put it into {show_path(folder / 'issues')}. Nothing was scheduled."
        )
