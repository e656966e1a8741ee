"""Standard output and standard error of a real process: pipes that break, disks that are full."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.weekly import SLUG, Weekly

PROGRAM = "from newsletter.cli import main; main()"


def start(weekly: Weekly, *arguments: str, **streams: Any) -> "subprocess.Popen[bytes]":
    """Start a command as a shell would."""
    environ = {**os.environ, "PYTHONUNBUFFERED": "", **streams.pop("environ", {})}
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "-C", str(weekly.folder), *arguments],
        env=environ,
        stderr=subprocess.PIPE,
        **streams,
    )


@pytest.mark.parametrize("buffered", ["", "1"], ids=["buffered", "unbuffered"])
def test_a_reader_who_has_seen_enough_is_no_error(weekly: Weekly, buffered: str) -> None:
    """`newsletter subscribers export | head` ends in silence."""
    people = b"".join(b"somebody-%d@example.org\n" % number for number in range(3000))
    weekly.import_people(b"email\n" + people)
    environ = {"PYTHONUNBUFFERED": buffered}

    command = start(weekly, "subscribers", "export", stdout=subprocess.PIPE, environ=environ)
    assert command.stdout is not None
    first = command.stdout.readline()
    command.stdout.close()
    _, err = command.communicate()

    assert first.startswith(b"email,")
    assert (command.returncode, err) == (0, b"")


@pytest.mark.parametrize(
    "arguments", [("status",), ("status", "--json"), ("subscribers", "export")], ids=" ".join
)
def test_a_full_disk_behind_standard_output_is_a_failure(
    weekly: Weekly, arguments: tuple[str, ...]
) -> None:
    """A backup that was not written must not look like one."""
    with Path("/dev/full").open("wb") as full:
        command = start(weekly, *arguments, stdout=full)
        _, err = command.communicate()

    assert command.returncode == 1
    assert b"standard output: No space left on device" in err
    assert b"Traceback" not in err


def test_a_closed_standard_output_hinders_nothing(weekly: Weekly) -> None:
    """Some supervisors start their programs so."""
    shell = ["sh", "-c", '"$@" >&-', "sh", sys.executable, "-c", PROGRAM]
    arguments = ("-C", str(weekly.folder), "send", SLUG, "--yes")

    done = subprocess.run([*shell, *arguments], stderr=subprocess.PIPE, check=False)

    assert (done.returncode, done.stderr) == (0, b"")
    assert len(weekly.messages()) == 3


def test_a_terminal_of_another_encoding_shows_what_it_can(weekly: Weekly) -> None:
    """A title in Korean does not end a command on a server without locales."""
    weekly.write_issue("# 봄\n\n꽃이 피었습니다.\n")

    environ = {"PYTHONIOENCODING": "ascii"}
    command = start(weekly, "send", SLUG, "--dry-run", stdout=subprocess.PIPE, environ=environ)
    out, err = command.communicate()

    assert (command.returncode, err) == (0, b"")
    assert rb"\ubd04" in out
