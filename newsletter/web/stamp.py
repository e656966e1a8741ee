"""When a form was shown: a signed moment and a nonce, so that a robot's haste or delay is seen."""

import base64
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from subscribers.keyring import Keyring

#: Nobody fills a form in faster.
MIN_AGE_MS: Final = 2_000
#: A page that was open for longer may have been kept to be used again.
MAX_AGE_MS: Final = 86_400_000
_NONCE_BYTES: Final = 12
_MAC_BYTES: Final = 12
_STAMP: Final = re.compile(r"[A-Za-z0-9_-]{44}")


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a form carries back unchanged."""

    shown_at_ms: int
    #: Hex digits; what a proof of work is bound to.
    nonce: str


def write_stamp(
    keys: Keyring, *, purpose: str, now_ms: int, random_bytes: Callable[[int], bytes]
) -> tuple[str, Stamp]:
    """Make a stamp for the form that is shown now.

    Args:
        keys: To sign with.
        purpose: Which form, and whatever its answer must not change.
        now_ms: Milliseconds since 1970, UTC.
        random_bytes: Returns that many bytes nobody can guess.

    Returns:
        The text of the hidden field, 44 characters, and what it says.
    """
    nonce = random_bytes(_NONCE_BYTES)
    version = keys.newest_version
    payload = bytes((version,)) + now_ms.to_bytes(8, "big") + nonce
    text = base64.urlsafe_b64encode(payload + _sign(keys, purpose, payload)).decode("ascii")
    return text, Stamp(now_ms, nonce.hex())


def read_stamp(keys: Keyring, text: str, *, purpose: str) -> Stamp | None:
    """Read a stamp; None for one that was not made here for this purpose."""
    if not _STAMP.fullmatch(text):
        return None
    raw = base64.urlsafe_b64decode(text)
    payload, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    if payload[0] not in keys.secrets or not hmac.compare_digest(
        mac, _sign(keys, purpose, payload)
    ):
        return None
    return Stamp(int.from_bytes(payload[1:9], "big"), payload[9:].hex())


def _sign(keys: Keyring, purpose: str, payload: bytes) -> bytes:
    signed = purpose.encode() + b"\0" + payload
    return keys.sign("form stamp", signed, version=payload[0])[:_MAC_BYTES]
