"""Quoted-printable (RFC 2045 section 6.7) with holes: a value goes in and no neighbour changes.

Static text is encoded once. A hole begins on a line of its own and ends in a soft line break,
which decodes to nothing: so each piece is encoded by itself. Whatever the values, each physical
line keeps three promises:

* It has at most 76 octets and ends with CRLF; no CR or LF stands alone.
* It does not begin with a dot, so SMTP needs no dot-stuffing (RFC 5321 section 4.5.2).
* It does not begin with ``From``, space, so no mbox writer changes it.
"""

import re
from binascii import b2a_qp
from collections.abc import Sequence

from newsletter.rendering.edition import Field, OpenText
from newsletter.sending.message.values import list_fields

_SOFT_BREAK = b"=\r\n"
#: The 76th octet of a line that goes on is its "=".
_LINE_OCTETS = 75
#: All but tab, LF and printable ASCII without "=".
_UNSAFE = re.compile(rb"[^\t\n -<>-~]")
_ESCAPES = tuple(b"=%02X" % octet for octet in range(256))
#: What must not begin a physical line as it is.
_BAD_STARTS = (b".", b"From ")


def encode_quoted_printable(text: str) -> bytes:
    r"""Encode text whole; ``\n`` becomes CRLF, any other control character is escaped.

    Raises:
        UnicodeEncodeError: The text has a lone surrogate.
    """
    escaped = _UNSAFE.sub(lambda found: _ESCAPES[found[0][0]], text.encode())
    return b"\r\n".join(map(_break_line, escaped.split(b"\n")))


def encode_value(value: str) -> bytes:
    """Encode a recipient's value: as `encode_quoted_printable`, quick for one that fits a line.

    The result may end in a space: only a soft break may follow it.
    """
    if "\n" not in value:
        quoted = b2a_qp(value.encode(), istext=False)
        if len(quoted) <= _LINE_OCTETS and not quoted.startswith(_BAD_STARTS):
            return quoted
    return encode_quoted_printable(value)


class QuotedPrintableText:
    """The body of one MIME part with its static text encoded and its holes open."""

    __slots__ = ("_holes", "_pieces", "fields")

    encoding = "quoted-printable"

    def __init__(self, open_text: OpenText) -> None:
        #: Distinct, in the order in which `fill` wants their values.
        self.fields = list_fields(open_text)
        index_of = {field: index for index, field in enumerate(self.fields)}
        pieces: list[bytes] = []
        holes: list[tuple[int, int]] = []
        for part in open_text:
            if isinstance(part, Field):
                if pieces and not pieces[-1].endswith(b"\n"):
                    pieces.append(_SOFT_BREAK)
                pieces += (b"", _SOFT_BREAK)
                holes.append((len(pieces) - 2, index_of[part]))
            else:
                pieces.append(encode_quoted_printable(part))
        self._pieces = pieces
        #: (place among the pieces, which field).
        self._holes = tuple(holes)

    def fill(self, values: Sequence[str]) -> list[bytes]:
        """Return the pieces of the body for one recipient; joined, they are the body."""
        encoded = [encode_value(value) for value in values]
        pieces = self._pieces.copy()
        for place, index in self._holes:
            pieces[place] = encoded[index]
        return pieces


def _break_line(line: bytes) -> bytes:
    """Cut one escaped line into physical lines."""
    if line.endswith((b" ", b"\t")):
        # Blanks before a hard break get lost on the way (RFC 2045 section 6.7, rule 3).
        line = line[:-1] + _ESCAPES[line[-1]]
    physical: list[bytes] = []
    start = 0
    while True:
        first = b""
        if line.startswith(_BAD_STARTS, start):
            first = _ESCAPES[line[start]]
            start += 1
        end = start + _LINE_OCTETS - len(first)
        if end >= len(line):
            physical.append(first + line[start:])
            return _SOFT_BREAK.join(physical)
        # An escape of three octets is not cut.
        escape = line.rfind(b"=", end - 2, end)
        if escape >= 0:
            end = escape
        physical.append(first + line[start:end])
        start = end
