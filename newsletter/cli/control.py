"""`newsletter pause`, `resume`, `cancel` and `rate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from newsletter.cli.exit_code import ExitCode
from newsletter.cli.opening import open_installation_of
from newsletter.cli.options import AsJson, IssueName
from newsletter.cli.output import print_json, talk

if TYPE_CHECKING:
    from newsletter.usecases.control_issue import Effect

NoWait: TypeAlias = Annotated[
    bool,
    typer.Option("--no-wait", help="Do not wait until what is in flight has been settled."),
]


def pause(
    context: typer.Context, issue: IssueName, *, no_wait: NoWait = False, as_json: AsJson = False
) -> None:
    """Stop an issue that is being sent, or hold one that is scheduled.

    What is in flight is finished, and it is told what became of it; the rest waits until
    `newsletter resume`. Ctrl-C ends the waiting, not the pause.

    Examples:
        newsletter pause 2026-01-spring
        newsletter pause 2026-01-spring --no-wait --json
    """
    _stop(context, issue, "pause", no_wait=no_wait, as_json=as_json)


def cancel(
    context: typer.Context, issue: IssueName, *, no_wait: NoWait = False, as_json: AsJson = False
) -> None:
    """Give up an issue for good.

    Whoever has not got it will not get it. What is in flight is finished, and it is told what
    became of it. This cannot be taken back, unless the issue was only scheduled: then nobody got
    anything, and it may be sent or scheduled anew.

    Example:
        newsletter cancel 2026-01-spring
    """
    _stop(context, issue, "cancel", no_wait=no_wait, as_json=as_json)


def resume(context: typer.Context, issue: IssueName, *, as_json: AsJson = False) -> None:
    """Let a paused issue go on.

    It sends nothing by itself: `newsletter send` then sends the rest, and a running
    `newsletter serve` what is deferred and what was scheduled: at its time, or at once if that has
    passed.

    Example:
        newsletter resume 2026-01-spring
    """
    from newsletter.usecases.control_issue import Control, control_issue

    effect = control_issue(open_installation_of(context), issue, Control.RESUME)
    _tell(effect, as_json=as_json)


def rate(
    context: typer.Context,
    issue: IssueName,
    per_second: Annotated[
        str,
        typer.Argument(
            metavar="N", help="Messages per second; 0 for no limit, default for the settings'."
        ),
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Change how many messages of an issue leave per second, also while it is being sent.

    Whoever is sending it hears of it within a second. It holds for this issue until it is changed
    again; [transport] rate_per_second holds for all others.

    Examples:
        newsletter rate 2026-01-spring 5
        newsletter rate 2026-01-spring default
    """
    from newsletter.cli.control_words import print_rate
    from newsletter.cli.status import describe_status
    from newsletter.usecases.control_issue import change_rate

    installation = open_installation_of(context)
    effect = change_rate(installation, issue, _parse_rate(per_second))
    if as_json:
        print_json({"has_changed": effect.has_changed, **describe_status(effect.now)})
    else:
        print_rate(effect, usual=installation.settings.transport.rate_per_second)


def _parse_rate(text: str) -> float | None:
    """Read a rate of the command line; None for the settings'."""
    from newsletter.settings.values import parse_rate

    if text == "default":
        return None
    try:
        return parse_rate(float(text))
    except ValueError as error:
        why = str(error) if str(error).startswith("is ") else f"is {text!r}, expected a number"
        raise typer.BadParameter(f"{why}, or default", param_hint="N") from None


def _stop(context: typer.Context, name: str, control: str, *, no_wait: bool, as_json: bool) -> None:
    from newsletter.usecases.control_issue import Control, await_end, control_issue

    installation = open_installation_of(context)
    effect = control_issue(installation, name, Control(control))
    if effect.now.sender and not no_wait:
        if not as_json:
            talk("Waiting until what is in flight has been settled …")
        try:
            effect = await_end(installation, effect)
        except KeyboardInterrupt as interrupt:
            interrupt.add_note(f"The {control} holds: no further message will be begun.")
            raise
    _tell(effect, as_json=as_json)
    if not (effect.is_over or no_wait):
        raise typer.Exit(ExitCode.TEMPORARY)


def _tell(effect: Effect, *, as_json: bool) -> None:
    from newsletter.cli.control_words import describe_effect, print_effect

    if as_json:
        print_json(describe_effect(effect))
    else:
        print_effect(effect)
