"""The archive as a folder of files for any web server: the bytes that `serve` answers with."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from newsletter.errors import NewsletterError
from newsletter.usecases.installation import Installation
from newsletter.web.archive.archive import Archive
from newsletter.web.assets import Assets
from newsletter.web.pages import Pages


@dataclass(frozen=True, kw_only=True, slots=True)
class WrittenArchive:
    """What a build did to a folder."""

    #: Every file of the archive, in order.
    files: Sequence[Path]
    #: How many of them are new or different from before.
    changed: int


def build_static_archive(installation: Installation, folder: Path) -> WrittenArchive:
    """Write the archive into a folder.

    Safe to repeat: a file that would be the same is not touched, and nothing is removed. Whoever
    reads a file meanwhile gets the old one or the new one, whole.

    Raises:
        NewsletterError: The folder cannot be written.
    """
    archive = Archive(
        installation, Pages(installation.settings), Assets(installation.settings.brand)
    )
    files: list[Path] = []
    changed = 0
    try:
        for path, document in archive.iter_documents():
            # A server that knows no more than files shows the index of a folder.
            file = folder / (f"{path}index.html" if path.endswith("/") else path)
            changed += _write(file, document.content)
            files.append(file)
    except OSError as error:
        raise NewsletterError(f"{error.filename}: cannot be written: {error.strerror}") from error
    return WrittenArchive(files=files, changed=changed)


def _write(file: Path, content: bytes) -> bool:
    """Write a file unless it is there already; tell whether it was written."""
    if file.is_file() and file.read_bytes() == content:
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.new")
    fresh.write_bytes(content)
    fresh.replace(file)
    return True
