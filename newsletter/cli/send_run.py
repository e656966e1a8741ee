"""The run of `newsletter send`: what is shown meanwhile, and how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsletter.cli.exit_code import ExitCode
from newsletter.cli.output import format_count, print_json
from newsletter.cli.progress import ProgressLine
from newsletter.cli.send_words import describe_report, describe_wait, print_report
from newsletter.errors import NewsletterError, UserError
from newsletter.sending.run import Ending, Progress
from newsletter.usecases.send_and_stay import Stay, Wait
from newsletter.usecases.send_issue import send_issue
from newsletter.usecases.show_status import show_status
from newsletter.web.figures import figures_shown

if TYPE_CHECKING:
    from newsletter.usecases.forecast_send import Forecast, SendRequest
    from newsletter.usecases.installation import Installation
    from newsletter.usecases.run_chunk import SendReport
    from newsletter.usecases.show_status import IssueStatus


def run_send(
    installation: Installation,
    request: SendRequest,
    forecast: Forecast,
    *,
    as_json: bool,
    listen_metrics: str = "",
) -> ExitCode:
    """Send, show how far it is, say what became of it; return the exit code."""
    reached = Progress()
    report = None

    def show(progress: Progress) -> None:
        nonlocal reached
        reached = progress
        line.show(progress.ended + progress.elsewhere)

    def tell_interrupt(count: int) -> None:
        line.say(
            "Finishing what is in flight. Press Ctrl-C once more to stop at once."
            if count == 1
            else "Stopping at once: what is in flight may be in doubt."
        )

    def tell_wait(wait: Wait) -> None:
        line.say(describe_wait(wait))

    with (
        figures_shown(installation, listen_metrics),
        ProgressLine(forecast.messages, is_quiet=as_json) as line,
    ):
        try:
            if forecast.has_work and request.stays:
                stay = Stay(
                    installation,
                    request,
                    on_progress=show,
                    on_wait=tell_wait,
                    on_interrupt=tell_interrupt,
                )
                report = stay.send(forecast)
            elif forecast.has_work:
                report = send_issue(
                    installation, request, forecast, on_progress=show, on_interrupt=tell_interrupt
                )
        except UserError:
            raise
        except NewsletterError as error:
            error.add_note(
                f"{format_count(reached.accepted, 'message')} handed over in this run;"
                f" `newsletter status {request.issue.slug}` tells where every delivery stands."
            )
            raise
    found = show_status(installation, request.issue.slug)
    if as_json:
        print_json(describe_report(request, report, found))
    else:
        transport = installation.settings.transport
        is_smtp = transport.url.startswith("smtp")
        print_report(report, found, connections=transport.connections if is_smtp else 0)
    return _exit_code(report, found)


def _exit_code(report: SendReport | None, found: IssueStatus) -> ExitCode:
    ending, tally = report.ending if report else Ending.FINISHED, found.tally
    if ending is Ending.INTERRUPTED:
        return ExitCode.INTERRUPTED
    if ending is Ending.TAKEN_OVER:
        return ExitCode.TEMPORARY
    is_stopped = ending in {
        Ending.PAUSED,
        Ending.CANCELLED,
        Ending.SHARE_USED,
        Ending.TRANSPORT_FAILED,
    }
    # What is planned for later is left when nothing else is.
    is_stopped = is_stopped or (ending is Ending.FINISHED and tally.waiting > 0)
    if is_stopped or tally.failed or tally.in_doubt or tally.deferred:
        return ExitCode.PARTLY_DONE
    return ExitCode.OK
