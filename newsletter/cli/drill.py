"""`newsletter drill`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from newsletter.cli.exit_code import ExitCode
from newsletter.cli.options import AsJson
from newsletter.cli.output import format_count, format_duration, print_json, print_table

if TYPE_CHECKING:
    from newsletter.drill.drill import DrillReport, DrillRequest
    from newsletter.drill.kills import Score

#: What broke is told so often; the folder that is kept holds the rest.
_MOST_TOLD = 20


def drill(
    *,
    kills: Annotated[
        int, typer.Option(min=1, metavar="N", help="How often the sender is killed.")
    ] = 100,
    recipients: Annotated[
        int,
        typer.Option(min=100, metavar="N", help="Made-up readers of each issue."),
    ] = 2000,
    server: Annotated[
        Literal["fast", "slow", "hostile"],
        typer.Option(
            metavar="KIND",
            help="The mail server: fast, slow (20 ms a message) or hostile (of 100 messages 5 meet"
            " 4yz, 1 meets 5yz, 1 a dropped connection, 1 a stall of 2 s).",
        ),
    ] = "fast",
    seed: Annotated[
        int | None,
        typer.Option(metavar="N", help="Draw the same kills and troubles as an earlier drill."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Kill a sender again and again, and see that nobody is lost and nobody gets an issue twice.

    Everything happens in a scratch folder with made-up readers and a mail server of its own: no
    newsletter is needed, none is touched, nothing leaves this machine. The sender is the real
    command. It is killed with -9 while it plans, before and after it commits what it is about to
    do, with half a message on the wire, with the answer unread, while it upgrades a database, and
    at any other time; then it is run again, and what the server got is held against the ledger.
    Ends with 1 when the promise was broken, and then keeps the folder. A kill takes about a second.

    Examples:
        newsletter drill
        newsletter drill --kills 20 --server hostile
        newsletter drill --kills 200 --recipients 5000 --seed 7 --json
    """
    import secrets
    import shutil
    import tempfile
    import time

    from newsletter.cli.progress import ProgressLine
    from newsletter.drill.drill import DrillRequest, run_drill
    from newsletter.drill.next_hop import Temper
    from newsletter.errors import NewsletterError

    request = DrillRequest(
        kills=kills,
        recipients=recipients,
        temper=Temper(server),
        seed=secrets.randbelow(1_000_000) if seed is None else seed,
    )
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="newsletter-drill-"))
    try:
        with ProgressLine(kills, "kills", is_quiet=as_json) as line:
            report = run_drill(request, folder, on_kill=line.show)
    except NewsletterError as error:
        error.add_note(f"What the drill left is in {folder}")
        raise
    except KeyboardInterrupt:
        shutil.rmtree(folder)
        raise
    if not report.breaches:
        shutil.rmtree(folder)
    seconds = time.monotonic() - began
    if as_json:
        print_json(_describe(request, report, seconds, folder))
    else:
        _print(request, report, seconds, folder)
    raise typer.Exit(ExitCode.FAILURE if report.breaches else ExitCode.OK)


def _describe(
    request: DrillRequest, report: DrillReport, seconds: float, folder: Path
) -> dict[str, object]:
    """Make the document of --json."""
    return {
        "server": request.temper,
        "seed": request.seed,
        "recipients": request.recipients,
        "max_in_flight": request.max_in_flight,
        "kills": report.kills,
        "issues": report.issues,
        "accepted": report.accepted,
        "lost": sum(score.lost for score in report.scores.values()),
        "doubled": sum(score.doubled for score in report.scores.values()),
        "in_doubt_by_server": report.doubted_by_next_hop,
        "seconds": round(seconds, 1),
        "kinds": {
            kind: {
                "kills": len(score.kills),
                "lost": score.lost,
                "doubled": score.doubled,
                "in_doubt": score.in_doubt,
                "arrived": score.arrived,
                "most_in_doubt": score.most_in_doubt,
            }
            for kind, score in report.scores.items()
        },
        "broken": [str(breach) for breach in report.breaches],
        "folder": str(folder) if report.breaches else None,
    }


def _print(request: DrillRequest, report: DrillReport, seconds: float, folder: Path) -> None:
    figures: dict[str, list[int]] = {
        kind: _list_figures(score) for kind, score in report.scores.items()
    }
    columns = list(zip(*figures.values(), strict=True))
    figures["all"] = [*(sum(column) for column in columns[:-1]), max(columns[-1])]
    print_table(
        ["killed in", "kills", "lost", "doubled", "in doubt", "of them arrived", "most by one"],
        [[kind, *numbers] for kind, numbers in figures.items()],
    )
    print(
        f"\n{format_count(report.accepted, 'message')} of {format_count(report.issues, 'issue')}"
        f" accepted by a {request.temper} server, at most {request.max_in_flight} intents open,"
        f" seed {request.seed}, in {format_duration(seconds)}."
    )
    if report.doubted_by_next_hop:
        count = format_count(report.doubted_by_next_hop, "message")
        print(f"{count} more in doubt: the server took them, or not, and never answered.")
    if not report.breaches:
        print("The promise held: nobody is lost, nobody got an issue twice.")
        return
    print("\nThe promise was broken:")
    for breach in report.breaches[:_MOST_TOLD]:
        print(f"  {breach}")
    if len(report.breaches) > _MOST_TOLD:
        print(f"  and {len(report.breaches) - _MOST_TOLD:,} more")
    print(f"What is left of it is in {folder}")


def _list_figures(score: Score) -> list[int]:
    kills = len(score.kills)
    return [kills, score.lost, score.doubled, score.in_doubt, score.arrived, score.most_in_doubt]
