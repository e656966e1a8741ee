"""`newsletter token`: what programs show to the API."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer

from newsletter.cli.help import Commands
from newsletter.cli.opening import open_installation_of
from newsletter.cli.options import AsJson
from newsletter.cli.output import print_json, print_table, talk

if TYPE_CHECKING:
    from newsletter.operators.api_tokens import ApiToken, Scope

app = Commands(
    help="""Tokens by which programs use the API, which `newsletter serve` answers at /api/v1.

    Examples:
        newsletter token create --name shop --scope subscribers:write
        newsletter token revoke shop
    """
)

_HOUR_MS: Final = 3_600_000
_UNITS_MS: Final = {"h": _HOUR_MS, "d": 24 * _HOUR_MS, "w": 7 * 24 * _HOUR_MS}
#: Ten years: whoever wants more wants a token that does not expire.
_MOST_MS: Final = 3653 * 24 * _HOUR_MS

TokenName: TypeAlias = Annotated[str, typer.Argument(metavar="NAME", help="A token's name.")]


def _parse_life(text: str) -> int:
    """Read how long a token lives, such as ``90d``; in milliseconds."""
    found = re.fullmatch(r"([1-9][0-9]{0,4})([hdw])", text.strip().lower())
    lives_ms = int(found[1]) * _UNITS_MS[found[2]] if found else 0
    if not 0 < lives_ms <= _MOST_MS:
        raise typer.BadParameter(f"{text!r}: write hours, days or weeks, such as 12h, 90d or 52w")
    return lives_ms


@app.command()
def create(
    context: typer.Context,
    *,
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="What uses it, such as shop.")
    ],
    scope: Annotated[
        list[str], typer.Option("--scope", metavar="SCOPE", help="What it may do. Repeatable.")
    ],
    expires: Annotated[
        int | None,
        typer.Option(metavar="TIME", parser=_parse_life, help="Good for so long: 12h, 90d, 52w."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    r"""Make a token and print it, this once: only a hash of it is kept.

    Scopes: subscribers:read, subscribers:write, subscribers:confirm (add people as confirmed, with
    the evidence), subscribers:erase, suppressions:read, suppressions:write, issues:read,
    issues:control (pause, resume, cancel), events:read.

    Example:
        newsletter token create --name shop --scope subscribers:read \
            --scope subscribers:write --expires 90d
    """
    from newsletter.usecases.manage_tokens import create_token

    scopes = [_parse_scope(text) for text in scope]
    made, token = create_token(open_installation_of(context), name, scopes, lives_ms=expires)
    if as_json:
        print_json({**_describe(made), "token": token})
        return
    print(token)
    talk(f"This is {made.name}'s token. Keep it now: it cannot be shown again.")


@app.command("list")
def list_(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the tokens, good or not, by name: how each begins, what it may do, when it was used.

    Example:
        newsletter token list
    """
    from newsletter.cli.output import format_time
    from newsletter.usecases.manage_tokens import list_tokens

    installation = open_installation_of(context)
    found = list_tokens(installation)
    if as_json:
        print_json({"tokens": [_describe(each) for each in found]})
    elif found:
        now_ms = installation.now_ms()
        rows = [
            [
                each.name,
                f"{each.prefix}_…",
                _find_state(each, now_ms),
                format_time(each.expires_at_ms),
                format_time(each.used_at_ms or None),
                " ".join(sorted(each.scopes)),
            ]
            for each in found
        ]
        print_table(["name", "token", "state", "expires", "last used", "scopes"], rows)
    else:
        talk("There is none. Make one with: newsletter token create --name NAME --scope SCOPE")


@app.command()
def revoke(context: typer.Context, name: TokenName, *, as_json: AsJson = False) -> None:
    """Let a token open nothing from now on.

    Example:
        newsletter token revoke shop
    """
    from newsletter.usecases.manage_tokens import revoke_token

    was_good = revoke_token(open_installation_of(context), name)
    if as_json:
        print_json({"revoked": name, "was_good": was_good})
    elif was_good:
        print(f"{name} opens nothing any more.")
    else:
        print(f"{name} was expired or revoked before; it opens nothing.")


def _parse_scope(text: str) -> Scope:
    from newsletter.operators.api_tokens import Scope

    try:
        return Scope(text.strip().lower())
    except ValueError:
        known = ", ".join(Scope)
        raise typer.BadParameter(
            f"{text!r}: there is no such scope. They are: {known}", param_hint="--scope"
        ) from None


def _find_state(token: ApiToken, now_ms: int) -> str:
    if token.is_good(now_ms):
        return "good"
    return "revoked" if token.revoked_at_ms is not None else "expired"


def _describe(token: ApiToken) -> dict[str, object]:
    from newsletter.usecases.iso_time import iso_time

    return {
        "name": token.name,
        "prefix": token.prefix,
        "scopes": sorted(token.scopes),
        "created_at": iso_time(token.created_at_ms),
        "expires_at": iso_time(token.expires_at_ms),
        "revoked_at": iso_time(token.revoked_at_ms),
        "used_at": iso_time(token.used_at_ms or None),
    }
