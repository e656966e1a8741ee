"""`newsletter bounces`: what came back by mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.failure import WrongUsageError
from newsletter.cli.help import Commands
from newsletter.cli.opening import open_installation_of
from newsletter.cli.options import AsJson
from newsletter.cli.output import format_count, print_json, print_table, talk

if TYPE_CHECKING:
    from newsletter.reports.report import Report
    from newsletter.usecases.read_bounces import ReadMessage
    from newsletter.usecases.take_reports import TakenReport

app = Commands(
    help="""Read bounces, complaints and unsubscribe mail.

    Examples:
        newsletter bounces read /var/mail/bounces
        newsletter bounces read imaps://bounces%40example.org@mail.example.org
    """
)


@app.callback()
def root() -> None:
    """Keep `read` a command of its own, though it is the only one."""


@app.command()
def read(
    context: typer.Context,
    place: Annotated[
        str,
        typer.Argument(
            metavar="PATH|URL",
            help="A maildir, an mbox, a message, a folder of messages, or imaps://USER@HOST/FOLDER."
            " Without one: [bounces] mailbox.",
        ),
    ] = "",
    *,
    again: Annotated[bool, typer.Option("--all", help="Read what is marked as read, too.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what the messages are.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Read a mailbox of bounces, complaints and unsubscribe mail, and draw the consequences.

    Who does not exist, complained or wants no more gets no further issue; each is found by what
    we signed, never by an address alone. What was taken is marked as read (in a maildir it moves
    to cur); what was not understood stays as it is, and nothing is ever removed.
    It may be run again at any time: nothing counts twice. The password of an IMAP server comes
    from NEWSLETTER_BOUNCES__PASSWORD, or from a file named by NEWSLETTER_BOUNCES__PASSWORD_FILE.

    Examples:
        newsletter bounces read ~/Maildir --dry-run
        newsletter bounces read imaps://kim@mail.example.org/Bounces --json
    """
    from newsletter.usecases.read_bounces import read_bounces

    installation = open_installation_of(context)
    place = place or installation.settings.bounces.mailbox
    if not place:
        raise WrongUsageError("name a mailbox, or set [bounces] mailbox in newsletter.toml")
    rows: list[dict[str, object]] = []
    count = done = 0
    for message in read_bounces(installation, place, again=again, dry_run=dry_run):
        rows += _describe(message, is_dry=dry_run)
        count += 1
        done += message.is_done and not dry_run
    if as_json:
        print_json({"messages": rows, "read": count, "done": done, "dry_run": dry_run})
        return
    if rows:
        print_table(
            ["class", "action", "address", "status", "file"],
            [[row[name] or "" for name in _COLUMNS] for row in rows],
        )
    left = "Dry run: nothing was taken, nothing was marked." if dry_run else f"{done} done."
    talk(f"{format_count(count, 'message')} read. {left}")


_COLUMNS = ("class", "action", "address", "status", "file")


def _describe(message: ReadMessage, *, is_dry: bool) -> list[dict[str, object]]:
    """Write a row for each report of a message, or one for a message without any."""
    reports = message.reading.reports
    if not reports:
        nature = message.reading.nature
        return [_row(message.name, str(nature), "none")]
    if is_dry:
        return [_row(message.name, _class_of(each), "dry run", each) for each in reports]
    return [
        _row(message.name, _class_of(each.report), _action_of(each), each.report, each)
        for each in message.taken
    ]


def _class_of(report: Report) -> str:
    return str(report.bounce_class or report.kind)


def _action_of(taken: TakenReport) -> str:
    if taken.subscriber_id is None:
        return "unmatched"
    return str(taken.consequence) if taken.is_new else "repeated"


def _row(
    name: str,
    kind: str,
    action: str,
    report: Report | None = None,
    taken: TakenReport | None = None,
) -> dict[str, object]:
    return {
        "file": name,
        "class": kind,
        "action": action,
        "address": (report and report.address) or None,
        "status": (report and report.status_code) or None,
        "words": (report and report.words) or None,
        "matched": bool(taken and taken.subscriber_id is not None),
        "subscriber": taken and taken.subscriber_id,
        "issue": taken and taken.issue_id,
    }
