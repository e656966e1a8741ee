"""Private keys of DKIM: made, kept in PEM, and told to DNS by their public half.

Source:
    RFC 6376 section 3.6.1 (the record), RFC 8301 (RSA), RFC 8463 (ed25519).
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.hashes import SHA256

#: What RFC 8301 asks for. A longer one costs each message several times as much.
RSA_BITS = 2048
#: Receivers take no shorter key (RFC 8301 section 3.2).
_LEAST_RSA_BITS = 1024
#: Of one string of a TXT record (RFC 1035 section 3.3).
_TXT_CHARACTERS = 255


@dataclass(frozen=True, slots=True)
class RsaKey:
    """RSA with SHA-256: the kind that every receiver checks. Signing lets other threads run."""

    key: RSAPrivateKey
    algorithm: str = "rsa-sha256"

    def sign(self, data: bytes) -> bytes:
        """Sign by RSASSA-PKCS1-v1_5, which gives the same signature each time."""
        return self.key.sign(data, *_rsa_scheme())


@cache
def _rsa_scheme() -> tuple[PKCS1v15, SHA256]:
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    return PKCS1v15(), SHA256()


@dataclass(frozen=True, slots=True)
class Ed25519Key:
    """Ed25519 over the SHA-256 of the data (RFC 8463 section 3)."""

    key: Ed25519PrivateKey
    algorithm: str = "ed25519-sha256"

    def sign(self, data: bytes) -> bytes:
        """Sign; the same data gives the same signature."""
        return self.key.sign(hashlib.sha256(data).digest())


def generate_rsa() -> RsaKey:
    """Make a key of 2048 bits."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    return RsaKey(rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS))


def generate_ed25519() -> Ed25519Key:
    """Make a key."""
    from cryptography.hazmat.primitives.asymmetric import ed25519

    return Ed25519Key(ed25519.Ed25519PrivateKey.generate())


def parse_pem(text: str) -> RsaKey | Ed25519Key:
    """Read a private key without a pass phrase, in PKCS#8 or the older form of RSA.

    Raises:
        ValueError: It is none, or a kind or size that receivers do not take; repeats nothing of it.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(text.encode(), password=None)
    except TypeError:
        raise ValueError("is locked by a pass phrase; it must have none") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("is no private key in PEM") from None
    match key:
        case RSAPrivateKey() if key.key_size < _LEAST_RSA_BITS:
            raise ValueError(
                f"has {key.key_size} bits; receivers take {_LEAST_RSA_BITS} or more,"
                f" and {RSA_BITS} are usual"
            )
        case RSAPrivateKey():
            return RsaKey(key)
        case Ed25519PrivateKey():
            return Ed25519Key(key)
        case _:
            raise ValueError("is neither an RSA nor an ed25519 key")


def write_pem(private_key: RsaKey | Ed25519Key) -> str:
    """Write a private key in PKCS#8, without a pass phrase."""
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    return private_key.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(
        "ascii"
    )


def build_dns_record(private_key: RsaKey | Ed25519Key) -> str:
    """Write what stands at ``SELECTOR._domainkey.DOMAIN``, without quotes."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public_key = private_key.key.public_key()
    if isinstance(private_key, RsaKey):
        kind = "rsa"
        raw = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    else:
        kind = "ed25519"
        raw = public_key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return f"v=DKIM1; k={kind}; p={b64encode(raw).decode('ascii')}"


def quote_txt(record: str) -> str:
    """Write a record as a zone file has it: in strings of at most 255 characters."""
    pieces = [
        record[start : start + _TXT_CHARACTERS] for start in range(0, len(record), _TXT_CHARACTERS)
    ]
    return " ".join(f'"{piece}"' for piece in pieces)
