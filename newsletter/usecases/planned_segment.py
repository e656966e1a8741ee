"""The segment of an issue that the ledger knows: the rule it keeps, and what differs from it."""

from shlex import quote

from newsletter.errors import RefusedError
from newsletter.sending.ledger.plan import PlannedIssue
from newsletter.settings import Settings
from newsletter.usecases.choose_segment import ChosenSegment, read_segment, restore_segment
from subscribers.segments.tree import EVERYONE


def find_segment(planned: PlannedIssue | None, wanted: ChosenSegment) -> ChosenSegment:
    """Find whom an issue is for: a plan keeps its audience's rule."""
    if planned is None:
        return wanted
    return ChosenSegment(name=planned.segment_name, segment=restore_segment(planned.segment))


def judge_segment(
    settings: Settings, planned: PlannedIssue, wanted: ChosenSegment, *, add_new: bool
) -> tuple[str, ...]:
    """Look at whom the operator means now, beside whom the issue is for; return warnings.

    Args:
        settings: What is saved now.
        planned: The issue.
        wanted: Whom he said; everyone when he said nothing.
        add_new: He wants to add people to the plan.

    Raises:
        RefusedError: He said another segment; or he said none, wants to add people, and what was
            saved under the plan's name is another rule by now.
    """
    if wanted.segment not in {EVERYONE, restore_segment(planned.segment)}:
        raise RefusedError(
            f"{planned.slug} was planned for {planned.segment or 'everyone'}, and a plan keeps its"
            f" audience; what is asked for now is {wanted.text}."
            " Leave --segment and --tag out to go on with it."
        )
    name = planned.segment_name
    is_saved = name in settings.segments
    now = read_segment(settings, name).text if is_saved else ""
    if not name or now == planned.segment:
        return ()
    change = f"it is {now} now" if is_saved else "nothing is saved under that name now"
    what = (
        f"the segment {name} has changed since: {planned.slug} is for {planned.segment}, {change}"
    )
    if add_new and wanted.segment == EVERYONE:
        raise RefusedError(
            f"{what}. To add people by the rule of the plan, say it with --segment"
            f" {quote(planned.segment)}. Nothing was planned."
        )
    return (f"{what}. The plan keeps its rule.",)
