"""`newsletter pause`, `resume` and `cancel`."""

import typer

from newsletter.cli.opening import open_installation_of
from newsletter.cli.options import AsJson, IssueName
from newsletter.cli.output import print_json


def pause(context: typer.Context, issue: IssueName, *, as_json: AsJson = False) -> None:
    """Stop an issue that is being sent, or hold one that is scheduled.

    What is in flight is finished; the rest waits until `newsletter resume`.

    Example:
        newsletter pause 2026-01-spring
    """
    _control(context, issue, "pause", as_json=as_json)


def resume(context: typer.Context, issue: IssueName, *, as_json: AsJson = False) -> None:
    """Let a paused issue go on.

    It sends nothing by itself: `newsletter send` then sends the rest, and a running
    `newsletter serve` what is deferred and what was scheduled: at its time, or at once if that has
    passed.

    Example:
        newsletter resume 2026-01-spring
    """
    _control(context, issue, "resume", as_json=as_json)


def cancel(context: typer.Context, issue: IssueName, *, as_json: AsJson = False) -> None:
    """Give up an issue for good.

    Whoever has not got it will not get it. This cannot be taken back, unless the issue was only
    scheduled: then nobody got anything, and it may be sent or scheduled anew.

    Example:
        newsletter cancel 2026-01-spring
    """
    _control(context, issue, "cancel", as_json=as_json)


def _control(context: typer.Context, name: str, control: str, *, as_json: bool) -> None:
    from newsletter.cli.status import describe_status, print_status
    from newsletter.usecases.control_issue import Control, control_issue

    has_changed, found = control_issue(open_installation_of(context), name, Control(control))
    if as_json:
        print_json({"has_changed": has_changed, **describe_status(found)})
    else:
        if not has_changed:
            print("Nothing was changed: this is how it was.\n")
        print_status(found)
