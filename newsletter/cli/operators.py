"""`newsletter operators`: who may sign in on the operator's page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from newsletter.cli.help import Commands
from newsletter.cli.opening import open_installation_of
from newsletter.cli.options import AsJson
from newsletter.cli.output import ask_secret, can_ask, print_json, print_table, talk
from newsletter.errors import RefusedError

app = Commands(
    help="""Who may sign in on the operator's page, which `newsletter serve` shows at /desk/.

    There is no such page until the first operator is added.

    Examples:
        newsletter operators add kim
        newsletter operators sign-out kim
    """
)

Name: TypeAlias = Annotated[str, typer.Argument(metavar="NAME", help="An operator's name.")]


@app.command()
def add(
    context: typer.Context,
    name: Name,
    *,
    password_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Read the password from the first line; - for standard input."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Let somebody sign in.

    The password is asked for twice and not shown. It has 15 characters or more; only a hash of it
    is kept.

    Examples:
        newsletter operators add kim
        newsletter operators add kim --password-file -
    """
    from newsletter.usecases.manage_operators import add_operator

    installation = open_installation_of(context)
    added = add_operator(installation, name, _read_password(password_file))
    url = f"{installation.settings.newsletter.base_url}/desk/"
    if as_json:
        print_json({"added": added, "url": url})
    else:
        print(f"{added} may sign in at {url}")


@app.command("list")
def list_(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List who may sign in, and how often each is signed in.

    Example:
        newsletter operators list
    """
    from newsletter.cli.output import format_time
    from newsletter.usecases.iso_time import iso_time
    from newsletter.usecases.manage_operators import list_operators

    found = list_operators(open_installation_of(context))
    if as_json:
        described = [
            {"name": e.name, "created_at": iso_time(e.created_at_ms), "sessions": e.sessions}
            for e in found
        ]
        print_json({"operators": described})
    elif found:
        rows = [[each.name, each.sessions, format_time(each.created_at_ms)] for each in found]
        print_table(["name", "sessions", "since"], rows)
    else:
        talk("Nobody. Add the first one with: newsletter operators add NAME")


@app.command()
def remove(context: typer.Context, name: Name, *, as_json: AsJson = False) -> None:
    """Let somebody sign in no more, and end his sessions at once.

    Example:
        newsletter operators remove kim
    """
    from newsletter.usecases.manage_operators import remove_operator

    remove_operator(open_installation_of(context), name)
    if as_json:
        print_json({"removed": name})
    else:
        print(f"{name} may sign in no more.")


@app.command("sign-out")
def sign_out(context: typer.Context, name: Name, *, as_json: AsJson = False) -> None:
    """End every session of an operator at once; the password stays good.

    Example:
        newsletter operators sign-out kim
    """
    from newsletter.cli.output import format_count
    from newsletter.usecases.manage_operators import sign_out_operator

    count = sign_out_operator(open_installation_of(context), name)
    if as_json:
        print_json({"ended": count})
    else:
        print(f"{format_count(count, 'session')} of {name} ended.")


def _read_password(file: Path | None) -> str:
    """Read a password where nobody looks over one's shoulder: not from the command line.

    Raises:
        RefusedError: Nobody can be asked, or the two do not match.
    """
    from newsletter.cli.files import open_source

    if file is not None:
        with open_source(file) as stream:
            return stream.readline().decode("utf-8", "replace").rstrip("\r\n")
    if not can_ask():
        raise RefusedError(
            "nobody can be asked for a password here: give it with --password-file FILE, or - for"
            " standard input."
        )
    password = ask_secret("Password, 15 characters or more: ")
    if password != ask_secret("The same again: "):
        raise RefusedError("the two are not the same; nothing was changed.")
    return password
