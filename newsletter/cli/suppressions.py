"""`newsletter subscribers suppress`: addresses that get no issue, whatever their state."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from newsletter.cli.exit_code import ExitCode
from newsletter.cli.failure import WrongUsageError
from newsletter.cli.help import Commands
from newsletter.cli.opening import open_installation_of
from newsletter.cli.options import Address, AsJson
from newsletter.cli.output import format_time, print_json, print_table, talk
from subscribers.suppression import SuppressionReason

if TYPE_CHECKING:
    from newsletter.usecases.suppress_addresses import ListedSuppression

app = Commands(
    help="""Suppress addresses, and lift what only an operator may lift.

    Examples:
        newsletter subscribers suppress add kim@example.org
        newsletter subscribers suppress list
    """
)

Reason: TypeAlias = Annotated[
    SuppressionReason,
    typer.Option(
        "--reason",
        metavar="REASON",
        help="manual and complaint: no message at all until you lift it. hard_bounce and erased:"
        " lifted by a new double opt-in.",
    ),
]
Source: TypeAlias = Annotated[
    str, typer.Option("--source", metavar="TEXT", help="Where you have it from.")
]


@app.command()
def add(
    context: typer.Context,
    address: Address,
    *,
    reason: Reason = SuppressionReason.MANUAL,
    source: Source = "operator",
    as_json: AsJson = False,
) -> None:
    r"""Suppress an address, whether somebody is known by it or not.

    Example:
        newsletter subscribers suppress add kim@example.org \
            --source "asked by telephone"
    """
    from newsletter.usecases.suppress_addresses import suppress_address

    stands = suppress_address(open_installation_of(context), address, reason, source=source)
    if as_json:
        print_json({"suppression": str(stands)})
    elif stands is reason:
        print(f"{address} is suppressed: {stands}.")
    else:
        print(f"{address} was suppressed already: {stands} stays.")


@app.command()
def remove(context: typer.Context, address: Address, *, as_json: AsJson = False) -> None:
    """Lift a suppression, whatever its reason.

    Nobody becomes confirmed by it: whoever complained or was erased has to sign up anew.

    Example:
        newsletter subscribers suppress remove kim@example.org
    """
    from newsletter.usecases.suppress_addresses import lift_suppression

    state = lift_suppression(open_installation_of(context), address, source="operator")
    if as_json:
        print_json({"suppression": None, "state": state or None})
    else:
        print(f"{address} is no longer suppressed{f'; {state}' if state else ''}.")


@app.command("list")
def list_(
    context: typer.Context,
    *,
    limit: Annotated[
        int, typer.Option(min=1, max=10_000, metavar="N", help="At most so many.")
    ] = 100,
    after: Annotated[str, typer.Option(metavar="HASH", help="Go on after this hash.")] = "",
    as_json: AsJson = False,
) -> None:
    """List suppressions, a page at a time, by keyed hash.

    The address is told where somebody is known by it; of others the hash is all there is.

    Example:
        newsletter subscribers suppress list
    """
    from newsletter.usecases.iso_time import iso_time
    from newsletter.usecases.suppress_addresses import list_suppressed

    found = list_suppressed(open_installation_of(context), after=_parse_hash(after), limit=limit)
    next_after = found[-1].suppression.address_hash.hex() if len(found) == limit else None
    if as_json:
        described = [
            {
                "hash": each.suppression.address_hash.hex(),
                "address": str(each.address) if each.address else None,
                "reason": str(each.suppression.reason),
                "at": iso_time(each.suppression.at_ms),
                "source": each.suppression.source,
            }
            for each in found
        ]
        print_json({"suppressions": described, "next_after": next_after})
    elif found:
        _print(found)
    else:
        talk("Nobody.")
    if next_after and not as_json:
        talk(f"\nMore: --after {next_after}")


@app.command("import")
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV file; - for standard input.")],
    *,
    reason: Reason = SuppressionReason.MANUAL,
    source: Source,
    encoding: Annotated[
        str,
        typer.Option(metavar="NAME", help="Of a file neither UTF-8 nor UTF-16, such as cp949."),
    ] = "",
    as_json: AsJson = False,
) -> None:
    r"""Suppress every address of a CSV file, such as another service's list of bounces.

    The column email is enough; a column suppressed goes before --reason. It may be repeated.

    Example:
        newsletter subscribers suppress import bounces.csv \
            --reason hard_bounce --source "old tool"
    """
    from newsletter.cli.exchange import name_file
    from newsletter.cli.files import open_source
    from newsletter.cli.import_account import ImportAccount
    from newsletter.usecases.suppress_addresses import import_suppressions

    installation = open_installation_of(context)
    with open_source(file) as stream, ImportAccount(None, is_quiet=as_json) as account:
        lines = import_suppressions(installation, stream, reason, source=source, encoding=encoding)
        for line in name_file(lines, file):
            account.add(line)
    if as_json:
        print_json(account.describe())
    else:
        account.print()
    if account.has_only_refusals:
        raise typer.Exit(ExitCode.FAILURE)


def _parse_hash(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise WrongUsageError("--after takes a hash as this command prints it") from None


def _print(found: list[ListedSuppression]) -> None:
    print_table(
        ["hash", "address", "reason", "since", "source"],
        [
            [
                suppression.address_hash.hex(),
                str(address or "(not known)"),
                str(suppression.reason),
                format_time(suppression.at_ms),
                suppression.source,
            ]
            for suppression, address in found
        ],
    )
