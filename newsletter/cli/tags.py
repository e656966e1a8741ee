"""`newsletter subscribers tag`: the words that people are picked by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from newsletter.cli.help import Commands
from newsletter.cli.opening import open_installation_of
from newsletter.cli.options import Address, AsJson
from newsletter.cli.output import print_json, print_table, talk

if TYPE_CHECKING:
    from collections.abc import Collection

app = Commands(
    help="""Give tags to people and take them away.

    Examples:
        newsletter subscribers tag add kim@example.org ai
        newsletter subscribers tag list
    """
)

TagNames: TypeAlias = Annotated[
    list[str], typer.Argument(metavar="TAG...", help="One or more tags.")
]


@app.command()
def add(
    context: typer.Context, address: Address, tag: TagNames, *, as_json: AsJson = False
) -> None:
    """Give a person tags.

    Example:
        newsletter subscribers tag add kim@example.org ai "weekly digest"
    """
    from newsletter.usecases.tag_subscriber import tag_subscriber

    _tell(tag_subscriber(open_installation_of(context), address, add=tag), as_json=as_json)


@app.command()
def remove(
    context: typer.Context, address: Address, tag: TagNames, *, as_json: AsJson = False
) -> None:
    """Take tags away from a person.

    Example:
        newsletter subscribers tag remove kim@example.org ai
    """
    from newsletter.usecases.tag_subscriber import tag_subscriber

    _tell(tag_subscriber(open_installation_of(context), address, remove=tag), as_json=as_json)


@app.command("list")
def list_(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Count the people who carry each tag.

    Example:
        newsletter subscribers tag list
    """
    from newsletter.usecases.tag_subscriber import count_tags

    counts = count_tags(open_installation_of(context))
    if as_json:
        print_json({"tags": counts})
    elif counts:
        print_table(["tag", "people"], [[name, count] for name, count in counts.items()])
    else:
        talk("There are no tags yet.")


def _tell(tags: Collection[str], *, as_json: bool) -> None:
    if as_json:
        print_json({"tags": sorted(tags)})
    else:
        print(f"Tags: {', '.join(sorted(tags)) or 'none'}")
