"""Images of an issue: sizes from their headers, addresses from their places."""

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.rendering.fields import iter_tokens
from newsletter.rendering.images import Size, read_size, settle_images
from newsletter.rendering.markdown import parse_markdown

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 1200, 600) + b"\x08\x02\0\0\0"
GIF = b"GIF89a" + struct.pack("<HH", 30, 20) + b"\0" * 20
JPEG = (
    b"\xff\xd8\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0" + b"\0" * 9
    + b"\xff\xfe" + struct.pack(">H", 6) + b"note"
    + b"\xff\xc2" + struct.pack(">HBHH", 17, 8, 48, 64) + b"\0" * 12
)  # fmt: skip
LOSSY = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0" + b"\0" * 6 + struct.pack("<HH", 90, 45) + b"\0" * 8
LOSSLESS = b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f" + struct.pack("<I", 99 | 49 << 14) + b"\0" * 8
EXTENDED = b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0" + b"\x1f\x03\0" + b"\x57\x02\0"


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (PNG, Size(1200, 600)),
        (GIF, Size(30, 20)),
        (JPEG, Size(64, 48)),
        (LOSSY, Size(90, 45)),
        (LOSSLESS, Size(100, 50)),
        (EXTENDED, Size(800, 600)),
        (b"<svg/>", None),
        (b"", None),
        (PNG[:18], None),
        (JPEG[:20], None),
    ],
)
def test_a_size_is_read_from_the_header(tmp_path: Path, content: bytes, size: Size | None) -> None:
    """Whoever reads the mail with images off sees the space they will take."""
    file = tmp_path / "image"
    file.write_bytes(content)

    assert read_size(file) == size


@given(st.sampled_from([PNG, GIF, JPEG, LOSSY, LOSSLESS, EXTENDED]), st.binary(max_size=30))
def test_a_broken_file_has_no_size(
    tmp_path_factory: pytest.TempPathFactory, head: bytes, tail: bytes
) -> None:
    """A file that is being copied must not stop the rendering."""
    file = tmp_path_factory.getbasetemp() / "broken"
    file.write_bytes(head[: len(tail)] + tail)

    assert read_size(file) is None or isinstance(read_size(file), Size)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a newsletter's folder with an issue in a folder of its own and some images."""
    for name in ("issues/2026/7/chart.png", "issues/2026/7/a b.png", "static/logo.gif"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(GIF if name.endswith("gif") else PNG)
    return tmp_path


def settle(folder: Path, markdown: str) -> dict[str, object]:
    """Settle the one image of an issue; return its attributes and the rules remarked."""
    tokens = parse_markdown(markdown)
    settle_images(tokens, folder / "issues/2026/7/index.md", column_width=576)
    (image,) = (token for token in iter_tokens(tokens) if token.type == "image")
    rules = [remark.rule for remark in image.meta.get("remarks", ())]
    return {**image.attrs, "rules": rules}


@pytest.mark.parametrize(
    ("markdown", "source", "size", "rules"),
    [
        ("![a](chart.png)", "/2026/7/chart.png", ("576", "288"), []),
        ("![a](a%20b.png){width=300}", "/2026/7/a%20b.png", ("300", "150"), []),
        ("![a](/logo.gif)", "/logo.gif", ("30", "20"), []),
        ("![a](none.png)", "/2026/7/none.png", (None, None), ["missing-image"]),
        ("![a](https://e.example/x.png)", "https://e.example/x.png", (None, None), []),
        ("![a](//e.example/x.png)", "//e.example/x.png", (None, None), []),
    ],
)
def test_an_image_beside_the_issue_is_found(
    folder: Path,
    markdown: str,
    source: str,
    size: tuple[str | None, str | None],
    rules: list[str],
) -> None:
    """Its path below the folder of issues is its path on the web."""
    image = settle(folder, markdown)

    assert (image["src"], (image.get("width"), image.get("height"))) == (source, size)
    assert image["rules"] == rules
