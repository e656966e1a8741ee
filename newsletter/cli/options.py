"""Options and arguments that several commands share, and how their text is read."""

from typing import Annotated, TypeAlias

import typer

from subscribers.address import EmailAddress
from subscribers.errors import InvalidAddressError


def parse_address(text: str) -> EmailAddress:
    """Read an address of the command line.

    Raises:
        typer.BadParameter: It is none; typer says in which option it stands.
    """
    try:
        return EmailAddress.parse(text)
    except InvalidAddressError as error:
        raise typer.BadParameter(f"{text!r}: {error}") from None


def parse_listen(text: str) -> str:
    """Read ``HOST:PORT`` of the command line.

    Raises:
        typer.BadParameter: It is no such thing.
    """
    from newsletter.settings import hosts

    try:
        return hosts.parse_listen(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


AsJson: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Print one JSON document and nothing else.")
]
IssueName: TypeAlias = Annotated[
    str, typer.Argument(metavar="ISSUE", help="An issue file, or the slug of one.")
]
SegmentText: TypeAlias = Annotated[
    str,
    typer.Option(
        "--segment", metavar="SEGMENT", help="Only people in it: a saved one's name, or a rule."
    ),
]
MetricsListen: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--metrics",
        metavar="HOST:PORT",
        parser=parse_listen,
        help="Show figures for Prometheus there, at /metrics, to whoever reaches it.",
    ),
]
Address: TypeAlias = Annotated[
    EmailAddress, typer.Argument(metavar="ADDRESS", parser=parse_address, help="Whose it is.")
]
