"""The keys of one installation, all derived from its secret; none is ever shown.

The secret may be renewed: new links are signed with the newest, links signed with an older one
stay valid for good. The address hash always comes from the first secret, because a suppression
or a ledger written long ago must still be found.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

from subscribers.address import EmailAddress

#: A suppression or ledger row keeps 128 bits: far beyond guessing without the key, and short.
ADDRESS_HASH_BYTES = 16


@dataclass(frozen=True, slots=True)
class Keyring:
    """Derives one key per purpose and version from the installation's secrets."""

    #: Version, counted from 1, to secret of 32 bytes or more.
    secrets: Mapping[int, bytes] = field(repr=False, hash=False)

    def __post_init__(self) -> None:
        if sorted(self.secrets) != list(range(1, len(self.secrets) + 1)) or not self.secrets:
            raise ValueError("secrets must be numbered 1, 2, …")
        if any(len(secret) < 32 for secret in self.secrets.values()):
            raise ValueError("a secret must have at least 32 bytes")

    @property
    def newest_version(self) -> int:
        """The version that new links are signed with."""
        return len(self.secrets)

    @property
    def fingerprint(self) -> str:
        """Tells two installations apart without telling anything of the secret; 16 hex digits."""
        return _derive(self.secrets[1], "fingerprint").hex()[:16]

    def address_hash(self, address: EmailAddress) -> bytes:
        """Identify an address without keeping it: HMAC-SHA-256, 16 bytes, never rotated."""
        key = _derive(self.secrets[1], "address-hash")
        return hmac.digest(key, address.key.encode(), "sha256")[:ADDRESS_HASH_BYTES]

    def sign(self, purpose: str, payload: bytes, *, version: int) -> bytes:
        """Sign a payload for one purpose: HMAC-SHA-256, 32 bytes.

        Raises:
            KeyError: This installation never had a secret of that version.
        """
        return self.compile_signature(purpose, version=version)(payload)

    def compile_signature(self, purpose: str, *, version: int) -> Callable[[bytes], bytes]:
        """Make the function that signs many payloads for one purpose, each as `sign` would.

        Raises:
            KeyError: This installation never had a secret of that version.
        """
        # A copy spares setting up the key, which takes as long again as the rest.
        keyed = hmac.new(_derive(self.secrets[version], purpose), digestmod="sha256")

        def sign(payload: bytes) -> bytes:
            signature = keyed.copy()
            signature.update(payload)
            return signature.digest()

        return sign


@cache
def _derive(secret: bytes, purpose: str) -> bytes:
    """Derive a 32-byte key by HKDF-SHA-256 with an empty salt (RFC 5869)."""
    extracted = hmac.digest(b"\0" * hashlib.sha256().digest_size, secret, "sha256")
    return hmac.digest(extracted, b"newsletter " + purpose.encode() + b"\x01", "sha256")
