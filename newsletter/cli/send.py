"""`newsletter send`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from newsletter.cli.exit_code import ExitCode
from newsletter.cli.failure import WrongUsageError
from newsletter.cli.opening import load_issue_named, load_settings_of, open_installation_of
from newsletter.cli.options import AsJson, IssueName, MetricsListen, SegmentText, parse_address
from newsletter.cli.output import ask, can_ask, flush_output, format_count, print_json, talk
from subscribers.address import EmailAddress

if TYPE_CHECKING:
    from newsletter.usecases.forecast_send import Forecast, SendRequest
    from newsletter.usecases.installation import Installation


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
    segment: SegmentText = "",
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
    retry_failed: Annotated[
        bool,
        typer.Option(
            "--retry-failed", help="Try failed ones again, but for people who get no issue now."
        ),
    ] = False,
    ignore_checks: Annotated[
        bool, typer.Option("--ignore-checks", help="Send it though the checks found errors.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, however many it is.")] = False,
    confirm_count: Annotated[
        int | None,
        typer.Option(metavar="N", help="Do not ask, if it is exactly so many messages."),
    ] = None,
    at: Annotated[
        str,
        typer.Option(
            metavar="TIME",
            help="Have it sent then, by `newsletter serve`: 2026-12-01 09:00 on the newsletter's"
            " clock, or with an offset.",
        ),
    ] = "",
    at_local: Annotated[
        str,
        typer.Option(metavar="HH:MM", help="The same, when it is so late on each reader's clock."),
    ] = "",
    on: Annotated[
        str, typer.Option(metavar="DAY", help="With --at-local: 2026-12-01; the next without it.")
    ] = "",
    wait: Annotated[
        bool, typer.Option("--wait", help="Stay for what is deferred, until nothing is.")
    ] = False,
    metrics: MetricsListen = None,
    as_json: AsJson = False,
) -> None:
    """Send an issue once to everyone in its audience.

    The issue is checked first; errors stop it with 3 before anything is planned.
    It may be run again at any time: it goes on where it stopped, and nobody gets the issue twice.
    Ctrl-C finishes what is in flight; a second Ctrl-C stops at once.
    What the mail server defers is tried again when it is due: by `newsletter serve`, by the next
    send, or by this one with --wait.

    Examples:
        newsletter send 2026-01-spring --test me@example.org
        newsletter send 2026-01-spring --dry-run
        newsletter send 2026-01-spring
        newsletter send 2026-01-spring --segment "tag:ai and language:ko"
        newsletter send 2026-01-spring --wait
        newsletter send 2026-01-spring --retry-failed
        newsletter send 2026-01-spring --at "2026-12-01 09:00"
        newsletter send 2026-01-spring --at-local 08:00 --on 2026-12-01
        newsletter send 2026-01-spring --confirm-count 4169 --json
    """
    from newsletter.checks.check import check_edition
    from newsletter.cli.when import read_schedule
    from newsletter.log import configure_log
    from newsletter.rendering.render import render_for
    from newsletter.usecases.choose_segment import choose_segment
    from newsletter.usecases.forecast_send import DoubtDecision, SendRequest, forecast_send

    is_scheduled = bool(at or at_local or on)
    if is_scheduled and (test or limit or add_new or retry_failed or in_doubt != "hold" or wait):
        raise WrongUsageError(
            "--at and --at-local schedule a whole issue: --test, --limit, --add-new, --in-doubt,"
            " --retry-failed and --wait are for sending now"
        )
    others = dry_run or limit or tag or segment or add_new or accept_changes or retry_failed or wait
    if test and (others or confirm_count is not None):
        raise WrongUsageError("--test sends to these addresses and nobody else: use it alone")
    settings = load_settings_of(context)
    configure_log(settings.log, talks=True)
    installation = open_installation_of(context, settings, counts=bool(metrics))
    loaded = load_issue_named(settings, issue)
    edition = render_for(
        settings,
        loaded,
    )
    chosen = choose_segment(installation, segment, tag=tag)
    request = SendRequest(
        issue=loaded,
        edition=edition,
        # A test is there to see what is wrong.
        findings=() if test else check_edition(loaded, edition, settings),
        ignore_checks=ignore_checks,
        segment=chosen,
        add_new=add_new,
        accept_changes=accept_changes,
        in_doubt=DoubtDecision(in_doubt),
        retry_failed=retry_failed,
        limit=limit,
        schedule=read_schedule(installation, loaded.slug, at, at_local, on, segment=chosen.segment)
        if is_scheduled
        else None,
        stays=wait,
    )
    if test:
        code = _send_test(installation, request, test, as_json=as_json)
    else:
        forecast = forecast_send(installation, request)
        agreed = forecast.messages if yes and confirm_count is None else confirm_count
        code = _send(
            installation,
            request,
            forecast,
            dry_run,
            agreed,
            listen_metrics=metrics or "",
            as_json=as_json,
        )
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
    listen_metrics: str,
    as_json: bool,
) -> ExitCode:
    """Say what will happen, have it confirmed, do it, say what happened."""
    from newsletter.cli.send_run import run_send
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
    _confirm(forecast, agreed, "schedule it for" if request.schedule else "send", not as_json)
    if request.schedule:
        _schedule(installation, request, forecast, as_json=as_json)
        return ExitCode.OK
    return run_send(installation, request, forecast, as_json=as_json, listen_metrics=listen_metrics)


def _schedule(
    installation: Installation, request: SendRequest, forecast: Forecast, *, as_json: bool
) -> None:
    """Write down when it is to leave, and say so."""
    from newsletter.cli.status import describe_status, print_status
    from newsletter.usecases.schedule_issue import schedule_issue

    found = schedule_issue(installation, request, forecast)
    if as_json:
        print_json(describe_status(found))
    else:
        print()
        print_status(found)


def _confirm(forecast: Forecast, agreed: int | None, purpose: str, may_ask: bool) -> None:
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
    answer = ask(f"\nType {count} to {purpose}, or anything else to stop: ")
    if answer.replace(",", "") != str(count):
        raise RefusedError("stopped; nothing was sent.")
