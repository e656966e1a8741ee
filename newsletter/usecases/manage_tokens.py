"""API tokens: given once, found by what a request shows, revoked at once."""

import base64
import hmac
import os
from collections.abc import Callable, Collection

from newsletter.errors import RefusedError
from newsletter.operators import api_tokens
from newsletter.operators.actions import ActionKind
from newsletter.operators.api_tokens import NOTICE_MS, ApiToken, Scope
from newsletter.usecases.installation import Installation
from subscribers.keyring import Keyring

_PREFIX_CHARACTERS = 6
_SECRET_BYTES = 32


def create_token(
    installation: Installation,
    name: str,
    scopes: Collection[Scope],
    *,
    lives_ms: int | None = None,
    random_bytes: Callable[[int], bytes] = os.urandom,
) -> tuple[ApiToken, str]:
    """Make a token; return what is kept of it, and the token itself, which nobody can tell again.

    Args:
        installation: Whose API it opens.
        name: For lists and for the record of actions.
        scopes: What it lets its owner do; at least one.
        lives_ms: For so many milliseconds; None until it is revoked.
        random_bytes: Returns that many bytes nobody can guess.

    Raises:
        RefusedError: The name cannot be one, or is taken; no scope is given.
    """
    parsed = api_tokens.parse_token_name(name)
    if not scopes:
        raise RefusedError(
            "a token without a scope opens nothing: name one or more with --scope, such as"
            f" {Scope.SUBSCRIBERS_READ}."
        )
    now_ms = installation.now_ms()
    label = base64.b32encode(random_bytes(_PREFIX_CHARACTERS)).decode("ascii").lower()
    prefix = f"nlp_{label[:_PREFIX_CHARACTERS]}"
    secret = base64.urlsafe_b64encode(random_bytes(_SECRET_BYTES)).decode("ascii").rstrip("=")
    token = f"{prefix}_{secret}"
    with installation.database.write() as connection:
        api_tokens.add_token(
            connection,
            name=parsed,
            prefix=prefix,
            token_hash=_hash(installation.keys, token),
            scopes=scopes,
            expires_at_ms=None if lives_ms is None else now_ms + lives_ms,
            now_ms=now_ms,
        )
        details = f"{parsed}: {' '.join(sorted(scopes))}"
        installation.record_action(connection, ActionKind.ADMIT, details=details)
        found = api_tokens.find_token(connection, prefix)
    assert found is not None  # noqa: S101 - it was added in the same transaction
    return found[0], token


def find_token(installation: Installation, token: str) -> ApiToken | None:
    """Find what a token lets its owner do; None for one that was never made, expired or revoked."""
    prefix = api_tokens.find_prefix(token)
    if not prefix:
        return None
    now_ms = installation.now_ms()
    with installation.database.read() as connection:
        found = api_tokens.find_token(connection, prefix)
    if found is None or not hmac.compare_digest(found[1], _hash(installation.keys, token)):
        return None
    if not found[0].is_good(now_ms):
        return None
    if now_ms - found[0].used_at_ms > NOTICE_MS:
        with installation.database.write() as connection:
            api_tokens.notice_use(connection, found[0].id, now_ms=now_ms)
    return found[0]


def list_tokens(installation: Installation) -> list[ApiToken]:
    """List every token there ever was, by name; nothing in it lets anyone in."""
    with installation.database.read() as connection:
        return api_tokens.list_tokens(connection)


def revoke_token(installation: Installation, name: str) -> bool:
    """Let a token open nothing from now on; tell whether it did until now.

    Raises:
        NotFoundError: There never was one of that name.
        RefusedError: It cannot be one.
    """
    parsed = api_tokens.parse_token_name(name)
    with installation.database.write() as connection:
        was_good = api_tokens.revoke_token(connection, parsed, now_ms=installation.now_ms())
        installation.record_action(connection, ActionKind.REVOKE, details=parsed)
    return was_good


def _hash(keys: Keyring, token: str) -> bytes:
    # The first secret for good: a token outlives a rotation.
    return keys.sign("api token", token.encode(), version=1)
