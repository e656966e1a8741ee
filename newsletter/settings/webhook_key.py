"""The key by which SendGrid's events are known: a public key of the curve P-256."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode

#: What stands before the point in every such key (RFC 5480 section 2): the algorithm, the curve,
#: and that the point is not compressed. So it is recognised without a library that takes a tenth
#: of a second to load.
_P256 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
_POINT_BYTES = 64
_ARMOUR = re.compile(r"-----(?:BEGIN|END) PUBLIC KEY-----|\s+")


def parse_webhook_key(text: str) -> str:
    """Take a verification key as SendGrid shows it, in base64, or the same in PEM."""
    try:
        key = b64decode(_ARMOUR.sub("", text), validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if not key.startswith(_P256) or len(key) != len(_P256) + _POINT_BYTES:
        raise ValueError(
            "is no verification key, expected the 124 characters that SendGrid shows under"
            " Settings, Mail Settings, Event Webhook, Signature Verification"
        )
    return b64encode(key).decode("ascii")
