"""The options by which an operator says who people are to him and what they agreed to."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from subscribers.subscription import State

if TYPE_CHECKING:
    from subscribers.exchange.csv_import import ImportTerms


class Service(StrEnum):
    """Whose file is imported; the names of `subscribers.exchange.recognition.LAYOUTS`."""

    AUTO = "auto"
    MAILCHIMP = "mailchimp"
    SUBSTACK = "substack"
    BUTTONDOWN = "buttondown"
    GHOST = "ghost"
    LISTMONK = "listmonk"
    BEEHIIV = "beehiiv"
    KIT = "kit"
    CSV = "csv"


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


def read_terms(
    status: State | None, basis: str, source: str, tags: list[str] | tuple[str, ...] = ()
) -> ImportTerms:
    """Make terms of the options' texts."""
    from subscribers.exchange.csv_import import ImportTerms
    from subscribers.profile import parse_tag

    return ImportTerms(
        state=status or State.PENDING,
        basis=basis,
        source=source,
        tags=frozenset(parse_tag(each) for each in tags),
    )
