"""`newsletter subscribers import` and `export`: people in and out, as CSV or JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from newsletter.cli.exit_code import ExitCode
from newsletter.cli.failure import WrongUsageError
from newsletter.cli.import_terms import Basis, Service, Source, Status, Tags, read_terms
from newsletter.cli.opening import open_installation_of
from newsletter.cli.options import AsJson, SegmentText
from newsletter.cli.output import format_count, print_json
from subscribers.exchange.people_format import PeopleFormat, find_format
from subscribers.subscription import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from newsletter.usecases.export_people import Part
    from subscribers.exchange.csv_import import Line

Format: TypeAlias = Annotated[
    PeopleFormat | None,
    typer.Option("--format", metavar="NAME", help="csv, json or jsonl; else as FILE is called."),
]


def import_(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="CSV, JSON, JSONL, or a service's zip file; - for standard input.",
        ),
    ],
    *,
    service: Annotated[
        Service,
        typer.Option("--from", help="Whose file it is; auto tells by its header and words."),
    ] = Service.AUTO,
    status: Status = None,
    consent_basis: Basis = "",
    source: Source = "",
    tag: Tags = None,
    encoding: Annotated[
        str,
        typer.Option(metavar="NAME", help="Of a file neither UTF-8 nor UTF-16, such as cp949."),
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would happen, and change nothing.")
    ] = False,
    file_format: Format = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write what became of each line to this CSV file."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    r"""Import people from a CSV file with a header line, a service's export, or JSON.

    Columns are email, name, language, timezone and tags; others become custom fields. JSON is as
    `newsletter subscribers export` writes it. Nobody who is known is changed, and nobody who said
    no becomes mailable. It may be stopped and repeated.

    --status, --consent-basis and --source are needed: they are the evidence you keep. The status is
    the most that anybody gets: whoever left, bounced or was deleted there stays so here.

    Examples:
        newsletter subscribers import people.csv --status confirmed \
            --consent-basis "double opt-in" --source "our old tool, 5 Jan"
        newsletter subscribers import audience.zip --from mailchimp --dry-run \
            --status confirmed --consent-basis "double opt-in" \
            --source "Mailchimp, 5 Jan"
    """
    from newsletter.cli.files import open_source
    from newsletter.cli.import_account import ImportAccount
    from newsletter.cli.metered_file import MeteredFile
    from newsletter.usecases.import_subscribers import import_subscribers

    needed = {"--status": status, "--consent-basis": consent_basis, "--source": source}
    if missing := [option for option, value in needed.items() if not value]:
        raise WrongUsageError(
            f"an import needs {', '.join(missing)}: who these people are to you, what they"
            " agreed to, where the file comes from"
        )
    terms = read_terms(status, consent_basis, source, tag or [])
    installation = open_installation_of(context)
    beside = installation.settings.folder / file
    file = beside if beside.is_file() and not file.exists() else file
    if report and report.exists() and file.exists() and report.samefile(file):
        raise WrongUsageError("--report: it would overwrite the people in FILE. Name another file")
    chosen = file_format or find_format(file)
    if chosen is not PeopleFormat.CSV and service is not Service.AUTO:
        raise WrongUsageError("--from is for CSV and zip files; JSON is our own")
    with (
        open_source(file) as stream,
        ImportAccount(
            report,
            is_quiet=as_json,
            are_people=True,
            is_rehearsal=dry_run,
            meter=(meter := MeteredFile(stream)),
        ) as account,
    ):
        lines = import_subscribers(
            installation,
            meter.reader,
            terms,
            encoding=encoding,
            file_format=chosen,
            asked=service.value,
            name=file.name,
            tell=account.hear,
            is_rehearsal=dry_run,
        )
        for line in name_file(lines, file):
            account.add(line)
    if as_json:
        print_json(account.describe())
    else:
        account.print()
    if account.has_only_refusals:
        raise typer.Exit(ExitCode.FAILURE)


def export(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Where to; - for standard output.")
    ] = Path("-"),
    *,
    file_format: Format = None,
    with_: Annotated[
        str,
        typer.Option("--with", metavar="PARTS", help="In JSON also: consent, history, or both."),
    ] = "",
    state: Annotated[
        State | None, typer.Option(metavar="STATE", help="Only people in this state.")
    ] = None,
    tag: Annotated[str, typer.Option(metavar="TAG", help="Only people with this tag.")] = "",
    segment: SegmentText = "",
    as_json: AsJson = False,
) -> None:
    """Write people as CSV, JSON or JSON Lines; FILE's name tells which.

    A CSV file is safe to open in a spreadsheet, and each is complete when it is imported again.
    Erased people are in none: nothing is left to tell. An address that is only suppressed is not
    either, for it is known by a keyed hash; `newsletter export` takes these along.

    Examples:
        newsletter subscribers export people.csv
        newsletter subscribers export koreans.csv --segment language:ko
        newsletter subscribers export people.json --with consent,history
    """
    from newsletter.cli.files import open_whole_target
    from newsletter.cli.progress import ProgressLine
    from newsletter.usecases.export_people import export_people
    from subscribers.exchange.pages import Selection
    from subscribers.profile import parse_tag

    is_to_stdout = str(file) == "-"
    if as_json and is_to_stdout:
        raise WrongUsageError("--json needs a FILE: standard output cannot hold both")
    if state is State.ERASED:
        raise WrongUsageError("--state erased: nothing is left to tell of erased people")
    chosen, parts = file_format or find_format(file), _read_parts(with_)
    if parts and chosen is PeopleFormat.CSV:
        raise WrongUsageError(
            "--with: a row of a table has no room for it. Write JSON: name FILE something.json,"
            " or add --format json"
        )
    selection = Selection(state=state, tag=parse_tag(tag) if tag else "")
    installation = open_installation_of(context)
    with (
        open_whole_target(file) as stream,
        ProgressLine(None, "people", is_quiet=as_json) as progress,
    ):
        count = export_people(
            installation,
            stream,
            selection,
            segment=segment,
            file_format=chosen,
            parts=parts,
            on_page=progress.show_of,
        )
    if as_json:
        print_json({"subscribers": count, "file": str(file), "format": str(chosen)})
    elif not is_to_stdout:
        print(f"Wrote {format_count(count, 'subscriber')} to {file}.")


def _read_parts(text: str) -> list[Part]:
    """Read what --with names.

    Raises:
        WrongUsageError: It is none of the parts there are.
    """
    from newsletter.usecases.export_people import Part

    try:
        return [Part(name.strip()) for name in text.split(",") if name.strip()]
    except ValueError:
        raise WrongUsageError(
            f"--with: expected {' or '.join(Part)}, or both with a comma between"
        ) from None


def name_file(lines: Iterator[Line], file: Path) -> Iterator[Line]:
    """Pass the lines on; an error that names a line gets the file before it."""
    from subscribers.errors import ImportFileError

    try:
        yield from lines
    except ImportFileError as error:
        raise ImportFileError(f"{file}: {error}") from error
