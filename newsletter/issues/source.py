"""The bytes of an issue file → text whose every character has a line and a column."""

import re
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from newsletter.errors import IssueError, NotFoundError

#: A weekly has some ten thousand bytes; more than this is a picture or a database, not an issue.
MAX_ISSUE_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line and a column of a file, both counted from 1; the column counts characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Source:
    """The text of one issue file: line ends are LF, there is no byte order mark.

    Line ends are settled first of all, so that the same issue checked out on Windows and on
    Linux makes the same edition. Lines and columns are those of the file.
    """

    text: str
    path: Path

    @classmethod
    def of(cls, text: str, path: Path) -> "Source":
        """Settle the line ends (CRLF, CR) and take away a byte order mark."""
        return cls(re.sub(r"\r\n?", "\n", text.removeprefix("\ufeff")), path)

    def place(self, offset: int) -> Place:
        """Tell the line and column of a character."""
        line_start = self.text.rfind("\n", 0, offset) + 1
        return Place(self.text.count("\n", 0, offset) + 1, offset - line_start + 1)

    def problem(self, place: Place, message: str) -> str:
        """Word a problem: ``file:line:column: message``."""
        return f"{show_path(self.path)}:{place.line}:{place.column}: {_escape(message)}"

    def error(self, offset: int, message: str) -> IssueError:
        """Make the error for one problem at a character."""
        return build_error(self.path, [self.problem(self.place(offset), message)])


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a source, such as what stands between two fences."""

    source: Source
    start: int
    end: int

    @property
    def text(self) -> str:
        """The stretch itself."""
        return self.source.text[self.start : self.end]

    def place(self, offset: int) -> Place:
        """Tell where a character of `text` stands in the file."""
        return self.source.place(self.start + offset)

    def error(self, offset: int, message: str) -> IssueError:
        """Make the error for a problem at a character of `text`."""
        return self.source.error(self.start + offset, message)


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of the front matter and where its key stands."""

    value: object
    place: Place


def show_path(path: Path) -> str:
    """Spell a path for messages; a line break in a file's name cannot forge a line."""
    return _escape(str(path))


def _escape(text: str) -> str:
    """Escape what cannot be printed, be it invisible or half a character."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def build_error(path: Path, problems: list[str]) -> IssueError:
    """Put the problems of one issue file under one headline."""
    return IssueError(f"{show_path(path)}: this issue cannot be used", problems=problems)


def load_content(path: Path) -> bytes:
    """Read the bytes of an issue file.

    Raises:
        NotFoundError: There is no such file.
        IssueError: It is a folder or a device, too large (`MAX_ISSUE_BYTES`) or may not be read.
    """
    try:
        mode = path.stat().st_mode
        content = b""
        # Asked before opening: to open a named pipe would wait for a writer.
        if S_ISREG(mode):
            with path.open("rb") as file:
                content = file.read(MAX_ISSUE_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFoundError(f"{show_path(path)}: there is no such file") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise build_error(
            path, [f"{show_path(path)}:1:1: the file cannot be read: {reason}"]
        ) from error
    if not S_ISREG(mode):
        raise _refuse(path, "a folder" if S_ISDIR(mode) else "no regular file")
    if len(content) > MAX_ISSUE_BYTES:
        raise _refuse(path, f"larger than {MAX_ISSUE_BYTES // 1024} KiB")
    return content


def decode_source(content: bytes, path: Path) -> Source:
    """Read UTF-8 text.

    Raises:
        IssueError: The bytes are not UTF-8, or there is a NUL among them; names the place.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise build_error(
            path, [f"{show_path(path)}:1:1: the file is UTF-16; save it again as UTF-8"]
        )
    try:
        source = Source.of(content.decode("utf-8"), path)
    except UnicodeDecodeError as error:
        before = Source.of(content[: error.start].decode("utf-8"), path)
        raise before.error(
            len(before.text),
            f"byte 0x{content[error.start]:02X} is not UTF-8; save the file again as UTF-8"
            " (from an old Windows file: iconv -f WINDOWS-1252 -t UTF-8)",
        ) from error
    nul = source.text.find("\0")
    if nul >= 0:
        raise source.error(nul, "a NUL character; this is no text file, or a damaged one")
    return source


def _refuse(path: Path, what: str) -> IssueError:
    shown = show_path(path)
    return build_error(path, [f"{shown}:1:1: this is {what}; an issue is a Markdown file"])
