"""How heavy and how large the image files are that lie beside an issue."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from newsletter.issues.issue import Issue
from newsletter.rendering.finding import Finding, build_finding
from newsletter.rendering.images import find_image_file, read_size
from newsletter.rendering.outline import Outline
from newsletter.rules import Rule
from newsletter.rules import size as rules

HEAVY_BYTES: Final = 1_000_000
#: Twice the widest that any theme shows an image.
LARGEST_PX: Final = 2 * 720


def check_image_files(issue: Issue, outline: Outline) -> Iterator[Finding]:
    """Tell which files are larger than they need to be."""
    for image in outline.images:
        file = find_image_file(image.source, issue.path)
        for rule, message in _judge(file) if file else ():
            yield build_finding(rule, message, line=image.line, column=image.column)


def _judge(file: Path) -> Iterator[tuple[Rule, str]]:
    size_bytes, size = file.stat().st_size, read_size(file)
    if size_bytes > HEAVY_BYTES:
        yield rules.IMAGE_HEAVY, f"{file.name} has {size_bytes / 1_000_000:.1f} MB"
    if size and size.width > LARGEST_PX:
        shown = f"{size.width} × {size.height} px"
        yield rules.IMAGE_LARGE, f"{file.name} is {shown}; no reader sees more than {LARGEST_PX}"
