"""`newsletter send`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from newsletter.cli.exit_code import ExitCode
from newsletter.cli.failure import WrongUsageError
from newsletter.cli.opening import load_issue_named, open_installation_of
from newsletter.cli.options import AsJson, IssueName, parse_address
from newsletter.cli.output import ask, can_ask, flush_output, format_count, print_json, talk
from subscribers.address import EmailAddress

if TYPE_CHECKING:
    from newsletter.usecases.forecast_send import Forecast, SendRequest
    from newsletter.usecases.installation import Installation
    from newsletter.usecases.run_issue import SendReport
    from newsletter.usecases.show_status import IssueStatus


def send(
    context: typer.Context,
    issue: IssueName,
    *,
    test: Annotated[
        list[EmailAddress] | None,
        typer.Option(
            "--test",
            metavar="ADDRESS",
            parser=parse_address,
            help="Send it to this address only, marked and outside the ledger. Repeatable.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen; send and write nothing.")
    ] = False,
    limit: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Begin at most so many messages in this run."),
    ] = None,
    tag: Annotated[str, typer.Option(metavar="TAG", help="Only subscribers with this tag.")] = "",
    add_new: Annotated[
        bool, typer.Option("--add-new", help="Also plan people who were confirmed since.")
    ] = False,
    accept_changes: Annotated[
        bool,
        typer.Option("--accept-changes", help="Send the rest though the file has changed."),
    ] = False,
    in_doubt: Annotated[
        Literal["hold", "retry", "write-off"],
        typer.Option(
            metavar="CHOICE",
            help="Messages that may or may not have left: hold them, retry (whoever did get one"
            " gets it twice), or write-off (whoever did not will not).",
        ),
    ] = "hold",
    ignore_checks: Annotated[
        bool, typer.Option("--ignore-checks", help="Send it though the checks found errors.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, however many it is.")] = False,
    confirm_count: Annotated[
        int | None,
        typer.Option(metavar="N", help="Do not ask, if it is exactly so many messages."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Send an issue once to everyone in its audience.

    The issue is checked first; errors stop it with 3 before anything is planned.
    It may be run again at any time: it goes on where it stopped, and nobody gets the issue twice.
    Ctrl-C finishes what is in flight; a second Ctrl-C stops at once.

    Examples:
        newsletter send 2026-01-spring --test me@example.org
        newsletter send 2026-01-spring --dry-run
        newsletter send 2026-01-spring
        newsletter send 2026-01-spring --confirm-count 4169 --json
    """
    from newsletter.checks.check import check_edition
    from newsletter.rendering.render import render_for
    from newsletter.usecases.forecast_send import DoubtDecision, SendRequest, forecast_send

    if test and (dry_run or limit or tag or add_new or accept_changes or confirm_count is not None):
        raise WrongUsageError("--test sends to these addresses and nobody else: use it alone")
    installation = open_installation_of(context)
    settings = installation.settings
    loaded = load_issue_named(settings, issue)
    edition = render_for(
        settings,
        loaded,
    )
    request = SendRequest(
        issue=loaded,
        edition=edition,
        # A test is there to see what is wrong.
        findings=() if test else check_edition(loaded, edition, settings),
        ignore_checks=ignore_checks,
        tag=tag,
        add_new=add_new,
        accept_changes=accept_changes,
        in_doubt=DoubtDecision(in_doubt),
        limit=limit,
    )
    if test:
        code = _send_test(installation, request, test, as_json=as_json)
    else:
        forecast = forecast_send(installation, request)
        agreed = forecast.messages if yes and confirm_count is None else confirm_count
        code = _send(installation, request, forecast, dry_run, agreed, as_json=as_json)
    raise typer.Exit(code)


def _send_test(
    installation: Installation,
    request: SendRequest,
    addresses: list[EmailAddress],
    *,
    as_json: bool,
) -> ExitCode:
    from newsletter.cli.send_words import describe_test, print_test
    from newsletter.sending.transports.transport import Accepted
    from newsletter.usecases.send_test import send_test

    outcomes = send_test(installation, request.edition, addresses)
    if as_json:
        print_json(describe_test(request, outcomes))
    else:
        print_test(outcomes)
    are_accepted = all(isinstance(outcome, Accepted) for outcome in outcomes.values())
    return ExitCode.OK if are_accepted else ExitCode.PARTLY_DONE


def _send(
    installation: Installation,
    request: SendRequest,
    forecast: Forecast,
    dry_run: bool,
    agreed: int | None,
    *,
    as_json: bool,
) -> ExitCode:
    """Say what will happen, have it confirmed, do it, say what happened."""
    from newsletter.cli.send_words import describe_forecast, print_forecast
    from newsletter.usecases.forecast_send import refuse_errors

    if not as_json:
        print_forecast(installation, request, forecast)
        # Into a pipe, too: what will happen is read before the question is answered.
        flush_output()
    elif not dry_run:
        for warning in forecast.warnings:
            talk(f"Warning: {warning}")
    if dry_run:
        if as_json:
            print_json(describe_forecast(installation, request, forecast))
        else:
            print("\nDry run: nothing was sent, nothing was written.")
        refuse_errors(request, forecast)
        return ExitCode.OK
    refuse_errors(request, forecast)
    _confirm(forecast, agreed, may_ask=not as_json)
    return _run(installation, request, forecast, as_json=as_json)


def _confirm(forecast: Forecast, agreed: int | None, *, may_ask: bool) -> None:
    """Have the operator type the count, unless he said it beforehand or nothing will be sent.

    Raises:
        RefusedError: He typed something else, or there is nobody to ask.
    """
    from newsletter.errors import RefusedError

    count = forecast.messages
    if not count:
        return
    if agreed is not None and agreed != count:
        raise RefusedError(
            f"--confirm-count {agreed}: it would be {format_count(count, 'message')}."
            " Nothing was sent."
        )
    if agreed is not None:
        return
    if not may_ask or not can_ask():
        why = "nobody can be asked here" if may_ask else "nobody is asked with --json"
        raise RefusedError(
            f"{why}: say --yes, or --confirm-count {count} to send exactly so many."
            " Nothing was sent."
        )
    answer = ask(f"\nType {count} to send, or anything else to stop: ")
    if answer.replace(",", "") != str(count):
        raise RefusedError("stopped; nothing was sent.")


def _run(
    installation: Installation, request: SendRequest, forecast: Forecast, *, as_json: bool
) -> ExitCode:
    from newsletter.cli.progress import ProgressLine
    from newsletter.cli.send_words import describe_report, print_report
    from newsletter.errors import NewsletterError, UserError
    from newsletter.sending.window import Progress
    from newsletter.usecases.send_issue import send_issue
    from newsletter.usecases.show_status import show_status

    reached = Progress()
    report = None

    def show(progress: Progress) -> None:
        nonlocal reached
        reached = progress
        line.show(progress.ended)

    def tell_interrupt(count: int) -> None:
        line.say(
            "Finishing what is in flight. Press Ctrl-C once more to stop at once."
            if count == 1
            else "Stopping at once: what is in flight may be in doubt."
        )

    with ProgressLine(forecast.messages, is_quiet=as_json) as line:
        try:
            if forecast.has_work:
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
        print_report(report, found)
    return _exit_code(report, found)


def _exit_code(report: SendReport | None, found: IssueStatus) -> ExitCode:
    from newsletter.sending.window import Ending

    ending, tally = report.ending if report else Ending.FINISHED, found.tally
    if ending is Ending.INTERRUPTED:
        return ExitCode.INTERRUPTED
    if ending is Ending.TAKEN_OVER:
        return ExitCode.TEMPORARY
    is_stopped = ending in {Ending.PAUSED, Ending.CANCELLED, Ending.TRANSPORT_FAILED}
    if is_stopped or tally.failed or tally.in_doubt or tally.deferred:
        return ExitCode.PARTLY_DONE
    return ExitCode.OK
