"""A message taken apart: bounded in depth, parts and bytes, and never an error whatever it is.

The standard library's parser takes time and depth without limit from a message that was made for
it; here everything from outside is cut at a length first.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from html import unescape

from newsletter.reports.encodings import (
    decode_base64,
    decode_quoted_printable,
    decode_text,
    decode_words,
)

#: What is read of one message; a returned original may be longer, and its end says nothing.
MOST_BYTES = 1_048_576
_MOST_DEPTH = 8
_MOST_PARTS = 64
_MOST_HEADER_LINES = 1000
_MOST_HEADER_CHARACTERS = 8000

_FIELD = re.compile(rb"([!-9;-~]{1,100})[ \t]*:[ \t]*(.*)", re.DOTALL)
_MOST_TEXT_CHARACTERS = 100_000
_STYLE = re.compile(r"<style\b", re.IGNORECASE)
_STYLE_END = re.compile(r"</style\s{0,9}>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_LINE_TAG = re.compile(r"<(?:br|/p|/div|/tr|/h\d|/li|/td)\b[^<>]{0,200}>", re.IGNORECASE)

#: Types whose content is a message, or the head of one (RFC 2046, RFC 6533, RFC 3462).
MESSAGE_TYPES = frozenset(
    {
        "message/rfc822",
        "message/global",
        "message/global-headers",
        "message/rfc822-headers",
        "text/rfc822-headers",
        "text/rfc822-header",
    }
)


class Headers:
    """Header fields, by name in whatever case."""

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        self._fields = fields

    def find(self, name: str) -> str:
        """Find the first field's value, unfolded and as it was written; empty for none."""
        return next(self.each(name), "")

    def each(self, *names: str) -> Iterator[str]:
        """Yield the values of every field of these names (in lower case)."""
        return (value for name, value in self._fields if name in names)

    def lines(self) -> Iterator[str]:
        """Yield the fields as they would be written, unfolded."""
        return (f"{name}: {value}" for name, value in self._fields)

    def parameter(self, field: str, name: str) -> str:
        """Find a parameter such as ``boundary`` (RFC 2045 section 5.1); empty for none."""
        pattern = rf';\s*{name}\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]+))'
        found = re.search(pattern, self.find(field), re.IGNORECASE)
        return (found[1] or found[2] or "").replace("\\", "") if found else ""

    @property
    def subject(self) -> str:
        """The subject as people read it."""
        return decode_words(self.find("subject"))


@dataclass(frozen=True)
class Part:
    """A message or a part of one."""

    headers: Headers
    #: As it is on the wire, with LF ends.
    raw: bytes
    #: Of a multipart; of a returned message the message.
    parts: tuple["Part", ...] = ()
    #: Whether something follows it that shows where it ends: not, when the message was cut in it.
    is_complete: bool = True

    @cached_property
    def type(self) -> str:
        """The media type in lower case."""
        written = self.headers.find("content-type").partition(";")[0].strip().lower()
        return written if "/" in written else "text/plain"

    @cached_property
    def content(self) -> bytes:
        """What is in it, its transfer encoding taken away."""
        match self.headers.find("content-transfer-encoding").strip().lower():
            case "base64":
                return decode_base64(self.raw)
            case "quoted-printable":
                return decode_quoted_printable(self.raw)
            case _:
                return self.raw

    @cached_property
    def text(self) -> str:
        """What a person reads; of HTML without its tags."""
        text = decode_text(self.content, self.headers.parameter("content-type", "charset"))
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        return _read_html(text) if self.type == "text/html" else text[:_MOST_TEXT_CHARACTERS]

    def walk(self) -> Iterator["Part"]:
        """Yield the parts that are no multipart, not those of a returned message."""
        if self.type in MESSAGE_TYPES or not self.parts:
            yield self
        else:
            for part in self.parts:
                yield from part.walk()

    def find_part(self, *types: str) -> "Part | None":
        """Find the first part of one of these types."""
        return next((part for part in self.walk() if part.type in types), None)

    @cached_property
    def returned(self) -> "Part | None":
        """The message that is returned in this one, or its head."""
        found = next((part for part in self.walk() if part.type in MESSAGE_TYPES), None)
        return found.parts[0] if found and found.parts else None

    @cached_property
    def own_text(self) -> str:
        """The text of whoever wrote this message: of its text parts, else of its HTML."""
        for kind in ("text/plain", "text/html"):
            texts = [part.text for part in self.walk() if part.type == kind]
            if any(text.strip() for text in texts):
                return "\n".join(texts)
        return ""


def parse_message(raw: bytes) -> Part:
    """Take a message apart; what is longer than `MOST_BYTES` is cut there."""
    lines = raw[:MOST_BYTES].replace(b"\r\n", b"\n").replace(b"\r", b"\n").lstrip(b"\n")
    if lines.startswith((b"From ", b">From ")):
        # The line by which an mbox tells its messages apart.
        lines = lines.partition(b"\n")[2]
    return _parse(lines, _Budget(), depth=0, is_complete=True)


class _Budget:
    """Counts the parts of one message."""

    def __init__(self) -> None:
        self._left = _MOST_PARTS

    def take(self) -> bool:
        """Tell whether one more may be looked at."""
        self._left -= 1
        return self._left >= 0


def _parse(raw: bytes, budget: _Budget, *, depth: int, is_complete: bool) -> Part:
    headers, body = _split_headers(raw)
    part = Part(headers, body, is_complete=is_complete)
    if depth >= _MOST_DEPTH:
        return part
    inner: list[Part] = []
    if part.type.startswith("multipart/"):
        for piece, is_ended in _split_parts(body, headers.parameter("content-type", "boundary")):
            if not budget.take():
                break
            inner.append(_parse(piece, budget, depth=depth + 1, is_complete=is_ended))
    elif part.type in MESSAGE_TYPES and budget.take():
        content = part.content.replace(b"\r\n", b"\n").lstrip(b"\n")
        inner.append(_parse(content, budget, depth=depth + 1, is_complete=is_complete))
    return Part(headers, body, tuple(inner), is_complete)


def _read_html(html: str) -> str:
    """Give what HTML shows, near enough to look for words in it."""
    shown = "".join(_STYLE.split(piece, maxsplit=1)[0] for piece in _STYLE_END.split(html))
    return unescape(_TAG.sub(" ", _LINE_TAG.sub("\n", shown[:_MOST_TEXT_CHARACTERS])))


def _split_headers(raw: bytes) -> tuple[Headers, bytes]:
    """Cut the head off; it ends at an empty line, or at one that can be no field."""
    fields: list[tuple[str, list[bytes]]] = []
    position = 0
    while position < len(raw) and len(fields) < _MOST_HEADER_LINES:
        end = raw.find(b"\n", position)
        end = len(raw) if end < 0 else end
        line = raw[position:end]
        if not line.strip():
            position = end + 1
            break
        if line[:1] in b" \t" and fields:
            fields[-1][1].append(line.strip())
        elif found := _FIELD.fullmatch(line):
            fields.append((found[1].decode("ascii").lower(), [found[2].strip()]))
        else:
            break
        position = end + 1
    values = [(name, _decode_value(lines)) for name, lines in fields]
    return Headers(values), raw[position:]


def _decode_value(lines: list[bytes]) -> str:
    value = b" ".join(lines)[:_MOST_HEADER_CHARACTERS]
    return decode_text(value, "utf-8")


def _split_parts(body: bytes, boundary: str) -> Iterator[tuple[bytes, bool]]:
    """Cut a multipart's body; tell of each part whether a boundary follows it."""
    if not boundary:
        return
    line = re.compile(
        rb"^--" + re.escape(boundary.encode("utf-8", "replace")) + rb"(--)?[ \t]*$", re.MULTILINE
    )
    begin: int | None = None
    for found in line.finditer(body):
        if begin is not None:
            yield body[begin : max(begin, found.start() - 1)], True
        if found[1]:
            return
        begin = found.end() + 1
    if begin is not None:
        yield body[begin:], False
