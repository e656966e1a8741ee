"""DKIM signatures: what all messages of an issue share is prepared once, the rest is spliced.

The body is hashed as it goes to the wire (``simple`` canonicalisation: our bodies are canonical
by construction, with CRLF ends and one line end at the end); header fields are ``relaxed``, so
that a relay may fold them anew. RSA is what every receiver checks, ed25519 (RFC 8463) a second
signature beside it.

Source:
    RFC 6376 sections 3.4, 3.5 and 5.4; RFC 8463 for ed25519; RFC 8058 section 4: both
    unsubscribe fields must be signed.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

#: Named once more than they occur: a field of that name that somebody adds on the way breaks the
#: signature (RFC 6376 section 8.15).
_OVERSIGNED = (
    b"from",
    b"to",
    b"cc",
    b"subject",
    b"date",
    b"reply-to",
    b"message-id",
    b"list-id",
    b"list-unsubscribe",
    b"list-unsubscribe-post",
    b"mime-version",
    b"content-type",
)
_FOLD = re.compile(rb"\r\n(?=[ \t])")
_SPACES = re.compile(rb"[ \t]+")
_NAMES_IN_A_LINE = 6
_SIGNATURE_CHARACTERS_IN_A_LINE = 72


class PrivateKey(Protocol):
    """A key that signs; which kind it is, it knows itself."""

    @property
    def algorithm(self) -> str:
        """The algorithm as the field names it: ``rsa-sha256`` or ``ed25519-sha256``."""
        ...

    def sign(self, data: bytes) -> bytes:
        """Sign the canonical header fields, whole; callable from several threads."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class SigningKey:
    """A private key and where its public half is published."""

    #: In ASCII: ``SELECTOR._domainkey.DOMAIN`` holds the public key.
    domain: str
    selector: str
    private_key: PrivateKey = field(repr=False)


class Signer:
    """Signs the messages of one issue, with every key that there is."""

    def __init__(self, keys: Sequence[SigningKey], shared_headers: bytes) -> None:
        """Prepare what all messages share.

        Args:
            keys: Each makes a field of its own.
            shared_headers: The fields that stand in every message, folded, each with its CRLF.
        """
        self._keys = keys
        self._shared_fields = _relax(shared_headers)
        self._shared = b"".join(self._shared_fields)
        #: Names of a message's own fields to what stands before its signatures: a template's
        #: messages all have the same.
        self._frames: dict[tuple[bytes, ...], list[_Frame]] = {}

    def sign(self, own_headers: bytes, body: bytes, *, second: int) -> bytes:
        """Build the DKIM-Signature fields, folded, each with its CRLF; callable from any thread.

        Args:
            own_headers: The fields of this message alone, as they go to the wire.
            body: All that follows the empty line, as it goes to the wire.
            second: When it is signed, in seconds since 1970. The same message, signed as of the
                same second, gives the same bytes.
        """
        own_fields = _relax(own_headers)
        names = _list_names(own_fields)
        if names not in self._frames:
            self._frames[names] = self._build_frames(names)
        headers = self._shared + b"".join(own_fields)
        values = (second, b64encode(hashlib.sha256(body).digest()))
        return b"".join(frame.complete(headers, values) for frame in self._frames[names])

    def _build_frames(self, own_names: tuple[bytes, ...]) -> "list[_Frame]":
        names = [*_list_names(self._shared_fields), *own_names, *_OVERSIGNED]
        return [_Frame(key, names) for key in self._keys]


class _Frame:
    """A key's field up to its signature, but for the second and the hash of the body."""

    def __init__(self, key: SigningKey, names: Sequence[bytes]) -> None:
        rows = [
            b":".join(names[start : start + _NAMES_IN_A_LINE])
            for start in range(0, len(names), _NAMES_IN_A_LINE)
        ]
        tags = (
            f" v=1; a={key.private_key.algorithm}; c=relaxed/simple; d={key.domain};".encode(),
            f" s={key.selector}; t=%d;".encode(),
            b" h=" + b":\r\n ".join(rows) + b";",
            b" bh=%b;",
            b" b=",
        )
        self._key = key.private_key
        self._written = b"DKIM-Signature:" + b"\r\n".join(tags)
        # It is signed without a line end (RFC 6376 section 3.7).
        self._canonical = _relax(self._written + b"\r\n")[0].removesuffix(b"\r\n")

    def complete(self, headers: bytes, values: tuple[int, bytes]) -> bytes:
        """Sign canonical fields; return the field whole."""
        signature = b64encode(self._key.sign(headers + self._canonical % values))
        return self._written % values + b"\r\n ".join(_cut(signature)) + b"\r\n"


def _relax(headers: bytes) -> list[bytes]:
    """Write fields as ``relaxed`` has them (RFC 6376 section 3.4.2), each with its CRLF."""
    fields = []
    for line in _FOLD.sub(b"", headers).split(b"\r\n")[:-1]:
        name, _, value = line.partition(b":")
        value = value.strip(b" \t")
        # What we write has single spaces already.
        if b"  " in value or b"\t" in value:
            value = _SPACES.sub(b" ", value)
        fields.append(b"%b:%b\r\n" % (name.lower(), value))
    return fields


def _list_names(fields: Sequence[bytes]) -> tuple[bytes, ...]:
    return tuple(field[: field.index(b":")] for field in fields)


def _cut(text: bytes) -> list[bytes]:
    step = _SIGNATURE_CHARACTERS_IN_A_LINE
    return [text[start : start + step] for start in range(0, len(text), step)]
