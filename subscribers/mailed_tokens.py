"""Tokens that leave in a message and are kept as a hash: one purpose, one person, an end.

A token is derived from a random nonce and the installation's secret, 43 characters. So a message
that has to leave a second time holds the same one, and whoever reads the database has none.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping
from enum import StrEnum

from subscribers.keyring import Keyring

_RANDOM_BYTES = 16


class TokenPurpose(StrEnum):
    """What a token is good for, and for nothing else."""

    SIGN_UP = "sign_up"
    CHANGE_ADDRESS = "change_address"
    PREFERENCES = "preferences"
    #: Never mailed: it remembers that an unsubscription can be taken back.
    COME_BACK = "come_back"


_HOUR_MS = 3_600_000
#: How long a token is good from the moment it was made.
LIFETIME_MS: Mapping[TokenPurpose, int] = {
    TokenPurpose.SIGN_UP: 7 * 24 * _HOUR_MS,
    TokenPurpose.CHANGE_ADDRESS: 7 * 24 * _HOUR_MS,
    TokenPurpose.PREFERENCES: 24 * _HOUR_MS,
    TokenPurpose.COME_BACK: _HOUR_MS,
}


def make_nonce(keys: Keyring, random_bytes: Callable[[int], bytes]) -> bytes:
    """Make what one token is derived from: the secret's version and 16 random bytes."""
    return bytes((keys.newest_version,)) + random_bytes(_RANDOM_BYTES)


def derive_token(keys: Keyring, purpose: TokenPurpose, nonce: bytes) -> str:
    """Derive the token of a nonce; the same again after a new secret was added.

    Raises:
        KeyError: This installation never had the secret that the nonce was made for.
    """
    mac = keys.sign(f"mailed {purpose}", nonce, version=nonce[0])
    return base64.urlsafe_b64encode(mac).decode("ascii").rstrip("=")


def hash_token(text: str) -> bytes:
    """Hash a token, or text that claims to be one, to the 32 bytes it is kept under."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
