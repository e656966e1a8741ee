"""What a server answers: bytes → replies, bounded, and safe to keep and to show."""

import re
from collections.abc import Iterator

from newsletter.reports.words import mask_addresses

#: RFC 5321 section 4.5.3.1.5 allows 512 octets a line; a reply longer than this is an attack.
_MOST_OCTETS = 65_536
_SHOWN_CHARACTERS = 300
_ENHANCED = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})(?=\s|$)")


class UnreadableReplyError(ValueError):
    """The server sent what is no SMTP reply, or too much of it."""


class Reply:
    """One reply, of one line or several."""

    __slots__ = ("code", "lines")

    def __init__(self, code: int, lines: list[bytes]) -> None:
        """Make a reply.

        Args:
            code: Three digits.
            lines: What follows the code and its separator in each line.
        """
        self.code = code
        self.lines = lines

    @property
    def is_positive(self) -> bool:
        """Whether the server did as it was told (2yz)."""
        return self.code // 100 == 2

    @property
    def is_permanent(self) -> bool:
        """Whether the same command will fail again (5yz)."""
        return self.code // 100 == 5

    @property
    def text(self) -> str:
        """The text, in one line, without what could steer a terminal."""
        text = b" ".join(self.lines).decode("utf-8", "replace")
        return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)

    @property
    def shown(self) -> str:
        """Code and text for the ledger and for people; addresses are masked."""
        return f"{self.code} {mask_addresses(self.text)}"[:_SHOWN_CHARACTERS].rstrip()

    @property
    def enhanced(self) -> tuple[int, int] | None:
        """Subject and detail of the enhanced code, such as (7, 1) of 5.7.1 (RFC 3463)."""
        found = _ENHANCED.match(self.text.lstrip())
        return (int(found[2]), int(found[3])) if found else None


class ReplyReader:
    """Cuts what comes in into replies; keeps no more than one that is not complete."""

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[bytes] = []
        self._octets = 0

    def feed(self, data: bytes) -> Iterator[Reply]:
        """Take bytes as they come and yield each reply they complete.

        Raises:
            UnreadableReplyError: A line is none of a reply, or a reply has no end.
        """
        # Some servers end lines with LF alone.
        *lines, self._rest = (self._rest + data if self._rest else data).split(b"\n")
        if len(self._rest) > _MOST_OCTETS:
            raise UnreadableReplyError("the server's reply has no end")
        for line in lines:
            if (reply := self._add(line.removesuffix(b"\r"))) is not None:
                yield reply

    def _add(self, line: bytes) -> Reply | None:
        """Add one line; return the reply if it is the last of one."""
        code = line[:3]
        if len(code) != 3 or not code.isdigit() or not b"2" <= code[:1] <= b"5":
            raise UnreadableReplyError("the server sent a line that is no SMTP reply")
        match line[3:4]:
            case b" " | b"":
                lines = [*self._lines, line[4:]]
                self._lines, self._octets = [], 0
                return Reply(int(code), lines)
            case b"-":
                self._octets += len(line)
                if self._octets > _MOST_OCTETS:
                    raise UnreadableReplyError("the server's reply has no end")
                self._lines.append(line[4:])
                return None
            case _:
                raise UnreadableReplyError("the server sent a line that is no SMTP reply")
