"""Base64 (RFC 2045 section 6.8) cut once, for text that quoted-printable would triple.

Three octets make four letters, so a value shifts all that follows it by 0, 1 or 2 octets. The
static text behind a hole is therefore encoded beforehand for each of the three shifts, and the
octets that do not fill a group are carried into the next hole. Lines have at most 76 octets;
lines shorter than that are legal anywhere.
"""

from binascii import b2a_base64
from collections.abc import Sequence
from typing import NamedTuple

from newsletter.rendering.edition import Field, OpenText
from newsletter.sending.message.values import list_fields

#: Octets that fill a line of 76 letters.
_OCTETS_PER_LINE = 57


class _Shifted(NamedTuple):
    """Static text as it is encoded behind a value that left 0, 1 or 2 octets over."""

    #: The octets that complete the group begun before; all of the text when it is too short.
    head: bytes
    encoded: bytes
    #: 0 to 2 octets for the next group.
    tail: bytes


class Base64Text:
    """The body of one MIME part with its static text encoded and its holes open."""

    __slots__ = ("_start", "_steps", "fields")

    encoding = "base64"

    def __init__(self, open_text: OpenText) -> None:
        #: Distinct, in the order in which `fill` wants their values.
        self.fields = list_fields(open_text)
        index_of = {field: index for index, field in enumerate(self.fields)}
        self._start = _shift(_static_behind(open_text, -1), 0)
        #: Each hole: which field, and the text behind it at the three shifts.
        self._steps = tuple(
            (index_of[part], tuple(_shift(_static_behind(open_text, at), n) for n in range(3)))
            for at, part in enumerate(open_text)
            if isinstance(part, Field)
        )

    def fill(self, values: Sequence[str]) -> list[bytes]:
        """Return the pieces of the body for one recipient; joined, they are the body."""
        raw = [value.replace("\n", "\r\n").encode() for value in values]
        pieces = [self._start.encoded]
        carry = self._start.tail
        for index, shifts in self._steps:
            carry += raw[index]
            shifted = shifts[len(carry) % 3]
            carry += shifted.head
            whole = len(carry) - len(carry) % 3
            pieces += (encode_lines(carry[:whole]), shifted.encoded)
            carry = carry[whole:] + shifted.tail
        pieces.append(encode_lines(carry))
        return pieces


def encode_lines(octets: bytes) -> bytes:
    """Encode in lines of at most 76 letters, each ended by CRLF; nothing for no octets."""
    if 0 < len(octets) <= _OCTETS_PER_LINE:
        return b2a_base64(octets, newline=False) + b"\r\n"
    starts = range(0, len(octets), _OCTETS_PER_LINE)
    return b"".join([encode_lines(octets[at : at + _OCTETS_PER_LINE]) for at in starts])


def _static_behind(open_text: OpenText, at: int) -> bytes:
    """Return the text that follows a field, with CRLF line ends; empty before another hole."""
    following = open_text[at + 1] if at + 1 < len(open_text) else ""
    return b"" if isinstance(following, Field) else following.replace("\n", "\r\n").encode()


def _shift(octets: bytes, left_over: int) -> _Shifted:
    """Encode static text as it is behind 0, 1 or 2 octets that wait for their group."""
    missing = (3 - left_over) % 3
    head, rest = octets[:missing], octets[missing:]
    whole = len(rest) - len(rest) % 3
    return _Shifted(head, encode_lines(rest[:whole]), rest[whole:])
