"""`newsletter subscribers`: people in, out and to look at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from newsletter.cli.exit_code import ExitCode
from newsletter.cli.failure import WrongUsageError
from newsletter.cli.help import Commands
from newsletter.cli.opening import open_installation_of
from newsletter.cli.options import Address, AsJson
from newsletter.cli.output import format_count, print_json, talk
from subscribers.subscription import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from subscribers.exchange.csv_import import ImportTerms, Line

app = Commands(
    help="""The people: add, import, look, export.

    Examples:
        newsletter subscribers stats
        newsletter subscribers list --state confirmed
    """
)

Status: TypeAlias = Annotated[
    State | None,
    typer.Option("--status", metavar="STATE", help="What they are: confirmed, pending, …"),
]
Basis: TypeAlias = Annotated[
    str,
    typer.Option(
        "--consent-basis", metavar="TEXT", help="What they agreed to, and how, in your words."
    ),
]
Source: TypeAlias = Annotated[
    str, typer.Option("--source", metavar="TEXT", help="Where the addresses come from.")
]
Tags: TypeAlias = Annotated[
    list[str] | None, typer.Option("--tag", metavar="TAG", help="Give this tag. Repeatable.")
]


@app.command()
def add(
    context: typer.Context,
    address: Address,
    *,
    name: Annotated[str, typer.Option(metavar="NAME", help="The person's name.")] = "",
    language: Annotated[str, typer.Option(metavar="CODE", help="Such as ko.")] = "",
    tag: Tags = None,
    status: Status = State.PENDING,
    consent_basis: Basis = "",
    source: Source = "",
    as_json: AsJson = False,
) -> None:
    r"""Add one person.

    Only confirmed people get issues; for them --consent-basis and --source are needed.

    Example:
        newsletter subscribers add kim@example.org --status confirmed \
            --consent-basis "asked me on 2 May" --source "by hand"
    """
    from newsletter.usecases.add_subscriber import add_subscriber
    from subscribers.profile import Profile, parse_language, parse_name, parse_tag

    profile = Profile(
        name=parse_name(name),
        language=parse_language(language),
        tags=frozenset(parse_tag(each) for each in tag or ()),
    )
    terms = _read_terms(status, consent_basis, source)
    is_new, state = add_subscriber(open_installation_of(context), address, profile, terms)
    if as_json:
        print_json({"added": is_new, "state": str(state)})
    elif is_new:
        print(f"Added {address}, {state}.")
    else:
        print(f"{address} is known already, {state}; nothing was changed.")


@app.command("import")
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

    Columns are email, name, language and tags; others become custom fields. Nobody who is known
    is changed, and nobody who said no becomes mailable. It may be stopped and repeated.

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
    terms = _read_terms(status, consent_basis, source, tag or [])
    installation = open_installation_of(context)
    beside = installation.settings.folder / file
    file = beside if beside.is_file() and not file.exists() else file
    with open_source(file) as stream, ImportAccount(report, is_quiet=as_json) as account:
        lines = import_subscribers(installation, stream, terms, encoding=encoding)
        for line in _name_file(lines, file):
            account.add(line)
    if as_json:
        print_json(account.describe())
    else:
        account.print()
    if account.has_only_refusals:
        raise typer.Exit(ExitCode.FAILURE)


@app.command("list")
def list_(
    context: typer.Context,
    *,
    state: Annotated[
        State | None, typer.Option(metavar="STATE", help="Only people in this state.")
    ] = None,
    tag: Annotated[str, typer.Option(metavar="TAG", help="Only people with this tag.")] = "",
    search: Annotated[str, typer.Option(metavar="TEXT", help="Part of the address or name.")] = "",
    limit: Annotated[
        int, typer.Option(min=1, max=10_000, metavar="N", help="At most so many.")
    ] = 100,
    after: Annotated[int, typer.Option(metavar="NUMBER", help="Go on after this person.")] = 0,
    as_json: AsJson = False,
) -> None:
    """List people by number, a page at a time.

    Example:
        newsletter subscribers list --tag ai --state confirmed
    """
    from newsletter.cli.people_words import describe_person, print_people
    from newsletter.usecases.list_people import list_people

    people = list_people(
        open_installation_of(context),
        state=state,
        tag=tag,
        text=search,
        after_id=after,
        limit=limit,
    )
    next_after = people[-1].id if len(people) == limit else None
    if as_json:
        described = [describe_person(person) for person in people]
        print_json({"subscribers": described, "next_after": next_after})
    elif people:
        print_people(people)
    else:
        talk("Nobody.")
    if next_after and not as_json:
        talk(f"\nMore: --after {next_after}")


@app.command()
def show(context: typer.Context, address: Address, *, as_json: AsJson = False) -> None:
    """Tell all that is known of a person.

    That is: the state, the evidence of consent, and what stands against writing to the address.

    Example:
        newsletter subscribers show kim@example.org --json
    """
    from newsletter.cli.people_words import describe_story, print_story
    from newsletter.usecases.show_subscriber import show_subscriber

    story = show_subscriber(open_installation_of(context), address)
    if as_json:
        print_json(describe_story(story))
    else:
        print_story(story)


@app.command()
def unsubscribe(context: typer.Context, address: Address, *, as_json: AsJson = False) -> None:
    """End a subscription.

    A send that is running hears of it with its next message.

    Example:
        newsletter subscribers unsubscribe kim@example.org
    """
    from newsletter.usecases.unsubscribe import unsubscribe as end_subscription

    state = end_subscription(open_installation_of(context), address, source="operator")
    if as_json:
        print_json({"state": str(state)})
    else:
        print(f"{address} is {state}.")


@app.command()
def export(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Where to; - for standard output.")
    ] = Path("-"),
    *,
    as_json: AsJson = False,
) -> None:
    """Write everyone as CSV.

    The file is safe to open in a spreadsheet, and complete when it is imported again.

    Example:
        newsletter subscribers export people.csv
    """
    from newsletter.cli.files import open_target
    from newsletter.usecases.list_people import export_people

    is_to_stdout = str(file) == "-"
    if as_json and is_to_stdout:
        raise WrongUsageError("--json needs a FILE: standard output cannot hold both")
    installation = open_installation_of(context)
    with open_target(file) as stream:
        count = export_people(installation, stream)
    if as_json:
        print_json({"subscribers": count, "file": str(file)})
    elif not is_to_stdout:
        print(f"Wrote {format_count(count, 'subscriber')} to {file}.")


@app.command()
def stats(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Count people by state, and whom an issue would reach.

    Example:
        newsletter subscribers stats
    """
    from newsletter.cli.people_words import describe_statistics, print_statistics
    from newsletter.usecases.list_people import count_people

    found = count_people(open_installation_of(context))
    if as_json:
        print_json(describe_statistics(found))
    else:
        print_statistics(found)


def _name_file(lines: Iterator[Line], file: Path) -> Iterator[Line]:
    """Pass the lines on; an error that names a line gets the file before it."""
    from subscribers.errors import ImportFileError

    try:
        yield from lines
    except ImportFileError as error:
        raise ImportFileError(f"{file}: {error}") from error


def _read_terms(
    status: State | None, basis: str, source: str, tags: list[str] | tuple[str, ...] = ()
) -> ImportTerms:
    from subscribers.exchange.csv_import import ImportTerms
    from subscribers.profile import parse_tag

    return ImportTerms(
        state=status or State.PENDING,
        basis=basis,
        source=source,
        tags=frozenset(parse_tag(each) for each in tags),
    )
