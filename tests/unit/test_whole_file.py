"""A file that is written appears whole or not at all."""

import os
from pathlib import Path

import pytest

from newsletter.whole_file import open_whole_file, write_whole_file


def test_an_older_file_keeps_its_mode(tmp_path: Path) -> None:
    """What only its owner may read stays so."""
    path = tmp_path / "a.md"
    path.write_bytes(b"old")
    path.chmod(0o600)

    write_whole_file(path, b"new")

    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o600)


def test_a_link_still_leads_to_the_file(tmp_path: Path) -> None:
    """The author linked it for a reason."""
    (tmp_path / "a.md").write_bytes(b"old")
    (tmp_path / "link.md").symlink_to("a.md")

    write_whole_file(tmp_path / "link.md", b"new")

    assert (tmp_path / "link.md").is_symlink()
    assert (tmp_path / "a.md").read_bytes() == b"new"


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    """Half a file beside the whole one would look like an issue."""
    (tmp_path / "a.md").mkdir()

    with pytest.raises(OSError, match="directory"):
        write_whole_file(tmp_path / "a.md", b"new")

    assert [path.name for path in tmp_path.iterdir()] == ["a.md"]


def test_a_device_or_a_pipe_is_not_replaced(tmp_path: Path) -> None:
    """Root could lose /dev/null to a backup."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    with pytest.raises(FileExistsError, match="no plain file"), open_whole_file(pipe):
        pass

    assert pipe.is_fifo()
