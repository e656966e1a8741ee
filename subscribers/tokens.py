"""Signed tokens for links that never expire: they name a person and a context, and hold no secret.

A token is ``base64url(version ‖ public_id ‖ context ‖ mac)``, 44 characters; one that stands in an
address is written in lower-case base32, 53 characters, since hosts on its way back may fold its
case. It is good for one purpose only, because each purpose has a key of its own.
"""

import base64
import hmac
import re
from binascii import b2a_base64
from collections.abc import Callable
from typing import Literal, NamedTuple, TypeAlias

from subscribers.errors import InvalidTokenError
from subscribers.keyring import Keyring

#: ``unsubscribe`` ends a subscription; ``message`` names a delivery in its Message-ID, ``bounce``
#: in its return path.
Purpose: TypeAlias = Literal["bounce", "message", "unsubscribe"]

PUBLIC_ID_BYTES = 16
_CONTEXT_BYTES = 4
#: 96 bits; RFC 2104 section 5 advises at least 80. Whoever guesses has to ask us each time.
_MAC_BYTES = 12
#: 33 bytes make 44 characters without padding, so a token has one spelling only.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{44}")
#: In base32 one bit of the last letter is left over and must be 0.
_FOLDED_TOKEN = re.compile(r"[a-z2-7]{52}[acegikmoqsuwy246]")
_FOLDED_PADDING = "==="
#: From the alphabet of RFC 4648 section 4 to that of section 5.
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
#: Repeated attempts of a delivery must have the same Message-ID, also when a new secret came
#: between them: its tokens are signed with the first for good.
_NEVER_RENEWED: frozenset[Purpose] = frozenset({"message"})


class TokenContent(NamedTuple):
    """What a token tells."""

    public_id: bytes
    #: The issue the link was part of; 0 for none.
    context: int


def make_token(keys: Keyring, purpose: Purpose, public_id: bytes, context: int = 0) -> str:
    """Sign a person's public id (16 bytes) and a context (0 to 2**32 - 1) for one purpose."""
    return compile_token(keys, purpose)(public_id, context)


def compile_token(keys: Keyring, purpose: Purpose) -> Callable[[bytes, int], str]:
    """Make the function that writes many people's tokens, each as `make_token` would."""
    version = 1 if purpose in _NEVER_RENEWED else keys.newest_version
    sign = keys.compile_signature(purpose, version=version)
    spell = _spell_folded if purpose == "bounce" else _spell
    beginning = bytes((version,))

    def make(public_id: bytes, context: int) -> str:
        if len(public_id) != PUBLIC_ID_BYTES:
            raise ValueError(f"a public id has {PUBLIC_ID_BYTES} bytes")
        payload = beginning + public_id + context.to_bytes(_CONTEXT_BYTES, "big")
        return spell(payload + sign(payload)[:_MAC_BYTES])

    return make


def read_token(keys: Keyring, purpose: Purpose, text: str) -> TokenContent:
    """Check a token that came from outside; its signature is compared in constant time.

    Raises:
        InvalidTokenError: It is altered, incomplete, or made for another purpose.
    """
    raw = _read_spelling(purpose, text)
    if raw is None:
        raise InvalidTokenError("not a link of this newsletter")
    payload, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    version = payload[0]
    if version not in keys.secrets:
        raise InvalidTokenError("not a link of this newsletter")
    expected = keys.sign(purpose, payload, version=version)[:_MAC_BYTES]
    if not hmac.compare_digest(mac, expected):
        raise InvalidTokenError("not a link of this newsletter")
    public_id, context = payload[1 : 1 + PUBLIC_ID_BYTES], payload[1 + PUBLIC_ID_BYTES :]
    return TokenContent(public_id, int.from_bytes(context, "big"))


def _spell(raw: bytes) -> str:
    return b2a_base64(raw, newline=False).translate(_URL_SAFE).decode("ascii")


def _spell_folded(raw: bytes) -> str:
    return base64.b32encode(raw).decode("ascii").removesuffix(_FOLDED_PADDING).lower()


def _read_spelling(purpose: Purpose, text: str) -> bytes | None:
    """Read what `_spell` wrote; the case of a return path may have changed on the way."""
    if purpose == "bounce":
        folded = text.lower() if text.isascii() else ""
        if not _FOLDED_TOKEN.fullmatch(folded):
            return None
        return base64.b32decode(folded.upper() + _FOLDED_PADDING)
    return base64.urlsafe_b64decode(text) if _TOKEN.fullmatch(text) else None
