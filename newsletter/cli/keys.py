"""`newsletter keys`: the secrets that links are signed with, and the keys that sign messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.help import Commands
from newsletter.cli.opening import load_settings_of
from newsletter.cli.options import AsJson
from newsletter.cli.output import print_json, talk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsletter.usecases.generate_signing_key import GeneratedKey

app = Commands(
    help="""The secrets that links are signed with, and the keys that sign messages (DKIM).

    Examples:
        newsletter keys rotate
        newsletter keys generate dkim
        newsletter keys rotate dkim
    """
)
generate = Commands(
    help="""Make a key.

    Example:
        newsletter keys generate dkim
    """
)
rotate = Commands(
    help="""Add a new secret to the key file, or make new keys that sign messages.

    New links are signed with the new secret. Links in messages already sent go on working for good,
    because the older secrets stay in the file. A running `newsletter serve` finds the new secret by
    itself, and signs with it from then on.

    Examples:
        newsletter keys rotate
        newsletter keys rotate dkim
    """
)
app.add_typer(generate, name="generate")
app.add_typer(rotate, name="rotate")


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

    Nothing is signed with it before the settings name it. `newsletter keys rotate dkim` renews the
    keys that sign.

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
        print_json(_describe_key(key))
    else:
        _print_keys([key])


def _describe_key(key: GeneratedKey) -> dict[str, object]:
    return {
        "algorithm": key.algorithm.value,
        "selector": key.selector,
        "file": str(key.file),
        "dns": {"name": key.dns_name, "type": "TXT", "value": key.dns_record},
        "settings": key.settings,
    }


def _print_keys(keys: Sequence[GeneratedKey]) -> None:
    from newsletter.sending.message.private_key import quote_txt

    settings = {name: value for key in keys for name, value in key.settings.items()}
    for key in keys:
        print(f"{key.file}: the private key, out of git. Back it up, and show it to nobody.")
    print(f"\n1. Publish {'this record' if len(keys) == 1 else 'these records'} in DNS:\n")
    for key in keys:
        print(f"{key.dns_name}. IN TXT {quote_txt(key.dns_record)}")
    print("\n2. When DNS knows it, which may take an hour, put this into newsletter.toml:\n")
    print("\n".join(["[dkim]", *(f'{name} = "{value}"' for name, value in settings.items())]))


@rotate.callback(invoke_without_command=True, no_args_is_help=False)
def rotate_secret(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Add a secret, unless a key of another sort is named."""
    if context.invoked_subcommand:
        return
    from newsletter.usecases.rotate_keys import rotate_keys

    number = rotate_keys(load_settings_of(context))
    if as_json:
        print_json({"newest_secret": number})
    else:
        print(f"Secret {number} was added; new links are signed with it.")
        talk("Back up newsletter.key now. Machines with a copy of it need the new one.")


@rotate.command(name="dkim")
def rotate_dkim(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Make a new key beside each that signs messages, and say how to change over.

    Nothing is signed with it before the settings name it, so messages are signed well at each
    moment, those on their way included.

    Example:
        newsletter keys rotate dkim
    """
    from datetime import UTC, datetime

    from newsletter.usecases.rotate_signing_keys import rotate_signing_keys

    keys = rotate_signing_keys(load_settings_of(context), year=datetime.now(UTC).year)
    if as_json:
        print_json(
            {
                "keys": [
                    {**_describe_key(key.new), "replaces": {"name": key.old_dns_name}}
                    for key in keys
                ]
            }
        )
        return
    _print_keys([key.new for key in keys])
    print("\n3. See that it is well: newsletter doctor\n")
    print("4. After a week, when no message signed with the older key is on its way any more,")
    print("   take its record out of DNS, and the file of the older key out of keys/:\n")
    print("\n".join(f"{key.old_dns_name}." for key in keys))
