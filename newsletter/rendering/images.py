"""Images of an issue: where they will be on the web, and how large they are.

A relative image lies beside its issue. Its path from the folder ``issues`` is its path below the
newsletter's base URL, as a site generator would have it.
"""

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from markdown_it.token import Token

from newsletter.rendering.fields import iter_tokens
from newsletter.rendering.finding import Severity
from newsletter.rendering.syntax.tokens import Remark, note

#: Where site generators keep what belongs to the site's root.
_ROOT_FOLDERS: Final = ("", "static", "public", "content", "assets", "source")
#: Bytes of a file that hold its size; JPEG's may come after a large preview.
_HEADER_BYTES: Final = 256 * 1024
#: JPEG: start of frame, but for tables that share the range (ITU T.81 table B.1).
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class Size(NamedTuple):
    """Width and height in px."""

    width: int
    height: int


def settle_images(tokens: Sequence[Token], issue_path: Path, *, column_width: int) -> None:
    """Resolve relative images against the issue's folder and write the sizes of local ones.

    Args:
        tokens: An issue's.
        issue_path: Of its file; images are looked for beside it and in the newsletter's folder.
        column_width: Of the text in px: an image's attributes ask for no more.
    """
    site_path, root = _find_site(issue_path)
    for token in iter_tokens(tokens):
        source = token.attrGet("src") if token.type == "image" else None
        if not isinstance(source, str) or not _is_local(source):
            continue
        path = source.split("?")[0].split("#")[0]
        file = _find_file(path, issue_path, root)
        if not source.startswith("/"):
            token.attrSet("src", f"{site_path}/{source}")
        if file is not None:
            _write_size(token, read_size(file), column_width)
        elif not source.startswith("/") and issue_path.parent.is_dir():
            note(token, _remark_missing(source))


def find_image_file(source: str, issue_path: Path) -> Path | None:
    """Find the file of an image that is relative to its issue; None for one on the web."""
    if not _is_local(source):
        return None
    path = source.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0]
    return _find_file(path, issue_path, _find_site(issue_path)[1])


def read_size(file: Path) -> Size | None:
    """Read the size of a PNG, GIF, JPEG or WebP from its header; None when it has none."""
    try:
        with file.open("rb") as opened:
            head = opened.read(_HEADER_BYTES)
        return _read_header(head)
    except (OSError, struct.error, IndexError):
        return None


def _read_header(head: bytes) -> Size | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Size(*struct.unpack(">II", head[16:24]))
    if head[:6] in {b"GIF87a", b"GIF89a"}:
        return Size(*struct.unpack("<HH", head[6:10]))
    if head.startswith(b"\xff\xd8"):
        return _read_jpeg(head)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _read_webp(head)
    return None


def _read_jpeg(head: bytes) -> Size | None:
    place = 2
    while place + 9 < len(head):
        if head[place] != 0xFF:
            return None
        marker = head[place + 1]
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", head[place + 5 : place + 9])
            return Size(width, height)
        stands_alone = marker == 0xFF or 0xD0 <= marker <= 0xD9
        length = 0 if stands_alone else struct.unpack(">H", head[place + 2 : place + 4])[0]
        place += (1 if marker == 0xFF else 2) + length
    return None


def _read_webp(head: bytes) -> Size | None:
    """Read one of the three forms (RFC 9649 sections 2.5 to 2.7)."""
    kind = head[12:16]
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", head[26:30])
        return Size(width & 0x3FFF, height & 0x3FFF)
    if kind == b"VP8L":
        bits = struct.unpack("<I", head[21:25])[0]
        return Size((bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1)
    if kind == b"VP8X":
        width = int.from_bytes(head[24:27], "little") + 1
        return Size(width, int.from_bytes(head[27:30], "little") + 1)
    return None


def _write_size(token: Token, size: Size | None, column_width: int) -> None:
    """Write width and height; the author's width counts, and nothing is wider than the column."""
    if size is None or not size.width or not size.height:
        return
    written = str(token.attrGet("width") or "")
    width = min(int(written) if written.isdigit() else size.width, column_width)
    token.attrSet("width", str(width))
    token.attrSet("height", str(max(1, round(size.height * width / size.width))))


def _is_local(source: str) -> bool:
    return bool(source) and "://" not in source and not source.startswith(("//", "data:", "cid:"))


def _find_site(issue_path: Path) -> tuple[str, Path]:
    """Find the path of the issue's folder below the site's root, and the newsletter's folder."""
    parents = issue_path.parent.parts
    if "issues" not in parents:
        return "", issue_path.parent
    place = len(parents) - 1 - parents[::-1].index("issues")
    below = "/".join(parents[place + 1 :])
    return f"/{below}" if below else "", Path(*parents[:place])


def _find_file(path: str, issue_path: Path, root: Path) -> Path | None:
    from urllib.parse import unquote

    name = unquote(path)
    if not name.startswith("/"):
        places = [issue_path.parent / name]
    else:
        places = [root / folder / name.lstrip("/") for folder in _ROOT_FOLDERS]
    try:
        return next((place for place in places if place.is_file()), None)
    except (OSError, ValueError):
        return None


def _remark_missing(source: str) -> Remark:
    return Remark(
        "missing-image",
        Severity.WARNING,
        f"there is no image {source[:80]} beside the issue",
        "Mend the path, or give the image's full https address.",
    )
