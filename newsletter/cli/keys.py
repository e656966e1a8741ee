"""`newsletter keys`: the secrets that links are signed with, and the keys that sign messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.help import Commands
from newsletter.cli.opening import load_settings_of
from newsletter.cli.options import AsJson
from newsletter.cli.output import print_json, talk

if TYPE_CHECKING:
    from newsletter.usecases.generate_signing_key import GeneratedKey

app = Commands(
    help="""The secrets that links are signed with, and the keys that sign messages (DKIM).

    Examples:
        newsletter keys rotate
        newsletter keys generate dkim
    """
)
generate = Commands(
    help="""Make a key.

    Example:
        newsletter keys generate dkim
    """
)
app.add_typer(generate, name="generate")


def _parse_selector(text: str) -> str:
    from newsletter.settings.values import parse_selector

    try:
        return parse_selector(text) if text else ""
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


@generate.callback()
def root() -> None:
    """Keep `keys generate dkim` a command of its own while it is the only one."""


@generate.command()
def dkim(
    context: typer.Context,
    *,
    ed25519: Annotated[
        bool,
        typer.Option("--ed25519", help="Small and quick; beside the RSA key, never alone."),
    ] = False,
    selector: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            parser=_parse_selector,
            help="The key's name in DNS, else one with the year in it.",
            show_default=False,
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Make a key that signs messages, and print what DNS and the settings are to be told.

    Nothing is signed with it before the settings name it. To renew a key, make another: publish its
    record, wait until DNS knows it, change the settings, and leave the old record where it is for
    a week, because messages on their way still need it.

    Example:
        newsletter keys generate dkim
    """
    from datetime import UTC, datetime

    from newsletter.usecases.generate_signing_key import SigningAlgorithm, generate_signing_key

    algorithm = SigningAlgorithm.ED25519 if ed25519 else SigningAlgorithm.RSA
    key = generate_signing_key(
        load_settings_of(context), algorithm, selector=selector, year=datetime.now(UTC).year
    )
    if as_json:
        print_json(
            {
                "algorithm": key.algorithm.value,
                "selector": key.selector,
                "file": str(key.file),
                "dns": {"name": key.dns_name, "type": "TXT", "value": key.dns_record},
                "settings": key.settings,
            }
        )
        return
    _print_key(key)


def _print_key(key: GeneratedKey) -> None:
    from newsletter.sending.message.private_key import quote_txt

    lines = [f'{name} = "{value}"' for name, value in key.settings.items()]
    print(f"{key.file}: the private key, out of git. Back it up, and show it to nobody.\n")
    print("1. Publish this record in DNS:\n")
    print(f"{key.dns_name}. IN TXT {quote_txt(key.dns_record)}\n")
    print("2. When it is there, put this into newsletter.toml:\n")
    print("\n".join(["[dkim]", *lines]))


@app.command()
def rotate(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Add a new secret to the key file.

    New links are signed with it. Links in messages already sent go on working for good, because
    the older secrets stay in the file. A running `newsletter serve` finds the new secret by
    itself, and signs with it from then on.

    Example:
        newsletter keys rotate
    """
    from newsletter.usecases.rotate_keys import rotate_keys

    number = rotate_keys(load_settings_of(context))
    if as_json:
        print_json({"newest_secret": number})
    else:
        print(f"Secret {number} was added; new links are signed with it.")
        talk("Back up newsletter.key now. Machines with a copy of it need the new one.")
