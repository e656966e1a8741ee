"""`newsletter subscribers import` and `export`: people in and out, as CSV."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.exit_code import ExitCode
from newsletter.cli.failure import WrongUsageError
from newsletter.cli.import_terms import Basis, Source, Status, Tags, read_terms
from newsletter.cli.opening import open_installation_of
from newsletter.cli.options import AsJson, SegmentText
from newsletter.cli.output import format_count, print_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from subscribers.exchange.csv_import import Line


def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV file; - for standard input.")],
    *,
    status: Status = None,
    consent_basis: Basis = "",
    source: Source = "",
    tag: Tags = None,
    encoding: Annotated[
        str,
        typer.Option(metavar="NAME", help="Of a file neither UTF-8 nor UTF-16, such as cp949."),
    ] = "",
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write what became of each line to this CSV file."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    r"""Import people from a CSV file with a header line.

    Columns are email, name, language, timezone and tags; others become custom fields. Nobody who is
    known is changed, and nobody who said no becomes mailable. It may be stopped and repeated.

    --status, --consent-basis and --source are needed: they are the evidence you keep.

    Example:
        newsletter subscribers import people.csv --status confirmed \
            --consent-basis "double opt-in" --source "our old tool, 5 Jan"
    """
    from newsletter.cli.files import open_source
    from newsletter.cli.import_account import ImportAccount
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
    with open_source(file) as stream, ImportAccount(report, is_quiet=as_json) as account:
        lines = import_subscribers(installation, stream, terms, encoding=encoding)
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
    segment: SegmentText = "",
    as_json: AsJson = False,
) -> None:
    """Write everyone, or everyone in a segment, as CSV.

    The file is safe to open in a spreadsheet, and complete when it is imported again.

    Examples:
        newsletter subscribers export people.csv
        newsletter subscribers export koreans.csv --segment language:ko
    """
    from newsletter.cli.files import open_target
    from newsletter.usecases.choose_segment import choose_segment
    from newsletter.usecases.list_people import export_people

    is_to_stdout = str(file) == "-"
    if as_json and is_to_stdout:
        raise WrongUsageError("--json needs a FILE: standard output cannot hold both")
    installation = open_installation_of(context)
    # Before the file is opened, which empties it.
    chosen = choose_segment(installation, segment)
    with open_target(file) as stream:
        count = export_people(installation, stream, segment=chosen)
    if as_json:
        print_json({"subscribers": count, "file": str(file)})
    elif not is_to_stdout:
        print(f"Wrote {format_count(count, 'subscriber')} to {file}.")


def name_file(lines: Iterator[Line], file: Path) -> Iterator[Line]:
    """Pass the lines on; an error that names a line gets the file before it."""
    from subscribers.errors import ImportFileError

    try:
        yield from lines
    except ImportFileError as error:
        raise ImportFileError(f"{file}: {error}") from error
