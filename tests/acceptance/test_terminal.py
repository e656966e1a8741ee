"""The command line as somebody at a terminal sees it: questions, progress, Ctrl-C."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Sequence

import pytest

from tests.acceptance.weekly import SLUG, Weekly

PROGRAM = "import sys; from newsletter.cli import run; sys.exit(run(sys.argv[1:]))"
#: Makes the terminal the command's own, so that Ctrl-C reaches the command and nobody else.
LOGIN = (
    "import fcntl, os, sys, termios\n"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
    "os.execvp(sys.argv[1], sys.argv[1:])\n"
)
PIPED = ("sh", "-c", '"$@" | cat', "sh")
CTRL_C, CTRL_D = "\x03", "\x04"


class Terminal:
    """A command with a terminal of its own."""

    def __init__(
        self,
        weekly: Weekly,
        arguments: Sequence[str],
        shell: Sequence[str],
        columns: int,
        rate: int,
    ) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        command = (sys.executable, "-c", PROGRAM, "-C", str(weekly.folder))
        self._process = subprocess.Popen(
            [sys.executable, "-c", LOGIN, *shell, *command, *arguments],
            env={
                **os.environ,
                "NEWSLETTER_TRANSPORT__RATE_PER_SECOND": str(rate),
                "PYTHONUNBUFFERED": "",
            },
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self.screen = ""

    def wait_for(self, pattern: str) -> None:
        """Read until something stands on the screen."""
        deadline = time.monotonic() + 60
        while not re.search(pattern, self.screen):
            assert time.monotonic() < deadline, f"{pattern!r} did not come:\n{self.screen}"
            assert self._read(), f"it ended without {pattern!r}:\n{self.screen}"

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._ours, text.encode())

    def end(self) -> int:
        """Read until the command ends; return the exit code."""
        while self._read():
            pass
        return self._process.wait(timeout=20)

    def close(self) -> None:
        """Leave no process and no terminal behind."""
        self._process.kill()
        self._process.wait()
        os.close(self._ours)

    def _read(self) -> bool:
        if not select.select([self._ours], [], [], 20)[0]:
            return True
        try:
            text = os.read(self._ours, 65536)
        except OSError:  # the other side of the terminal is closed
            return False
        self.screen += text.decode()
        return bool(text)


Open = Callable[..., Terminal]


@pytest.fixture
def open_terminal(weekly: Weekly) -> Iterator[Open]:
    """Open terminals that are closed when the test ends."""
    terminals: list[Terminal] = []

    def open_one(
        *arguments: str, shell: Sequence[str] = (), columns: int = 80, rate: int = 0
    ) -> Terminal:
        terminals.append(Terminal(weekly, arguments, shell, columns, rate))
        return terminals[-1]

    yield open_one
    for terminal in terminals:
        terminal.close()


@pytest.fixture
def forty_people(weekly: Weekly) -> None:
    """Add people, so that a slow send lasts."""
    names = b"".join(b"reader%d@example.org\n" % number for number in range(37))
    weekly.import_people(b"email\n" + names)


def test_whoever_types_the_count_sends(weekly: Weekly, open_terminal: Open) -> None:
    """What will happen is said before the question."""
    terminal = open_terminal("send", SLUG)

    terminal.wait_for("Type 3 to send, or anything else to stop: ")
    terminal.type("3\n")

    assert terminal.end() == 0
    assert "Audience   3 confirmed subscribers" in terminal.screen
    assert "3 messages handed over" in terminal.screen
    assert len(weekly.messages()) == 3


@pytest.mark.parametrize("answer", ["y\n", "4\n", "\n", CTRL_D], ids=["y", "4", "Enter", "Ctrl-D"])
def test_anything_else_sends_nothing(weekly: Weekly, open_terminal: Open, answer: str) -> None:
    """A habit of typing y does not send to everyone."""
    before = weekly.contents()
    terminal = open_terminal("send", SLUG)

    terminal.wait_for("to stop: ")
    terminal.type(answer)

    assert terminal.end() == 6
    assert "stopped; nothing was sent" in terminal.screen
    assert weekly.contents() == before


def test_an_interrupted_question_sends_nothing(weekly: Weekly, open_terminal: Open) -> None:
    """No traceback, and the exit code of an interrupt."""
    before = weekly.contents()
    terminal = open_terminal("send", SLUG)

    terminal.wait_for("to stop: ")
    terminal.type(CTRL_C)

    assert terminal.end() == 130
    assert "error: interrupted" in terminal.screen
    assert "Traceback" not in terminal.screen
    assert weekly.contents() == before


def test_what_is_asked_about_is_seen_before_the_question(open_terminal: Open) -> None:
    """Also when standard output goes through a pipe, as in `newsletter send … | tee log`."""
    terminal = open_terminal("send", SLUG, shell=PIPED)

    terminal.wait_for("to stop: ")
    terminal.wait_for("Messages   3")
    terminal.type("3\n")
    terminal.end()

    assert "3 messages handed over" in terminal.screen


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        ("three words in a row\n", "three words in a row\n", 0),
        ("three words in a row\n", "three words in a raw\n", 6),
        (CTRL_D, CTRL_D, 6),
    ],
    ids=["alike", "different", "Ctrl-D"],
)
def test_a_password_is_asked_for_twice_and_never_shown(
    open_terminal: Open, first: str, second: str, code: int
) -> None:
    """Whoever looks over one's shoulder sees nothing."""
    terminal = open_terminal("operators", "add", "kim")

    terminal.wait_for("15 characters or more: ")
    terminal.type(first)
    terminal.wait_for("The same again: ")
    terminal.type(second)

    assert terminal.end() == code
    assert "three words" not in terminal.screen
    assert "Traceback" not in terminal.screen


@pytest.mark.usefixtures("forty_people")
def test_progress_is_drawn_on_one_line(open_terminal: Open) -> None:
    """Bar, count, rate and time left; taken away at the end."""
    terminal = open_terminal("send", SLUG, "--yes", rate=20)

    terminal.wait_for(r"\r\[=+> +\]  \d+ of 40 messages, [\d.]+ a second, \d+ m?s left")

    assert terminal.end() == 0
    assert re.search(r"\r +\r\r?\n40 messages handed over", terminal.screen)
    assert "\x1b" not in terminal.screen


@pytest.mark.usefixtures("forty_people")
@pytest.mark.parametrize("columns", [20, 40, 60])
def test_progress_fits_into_a_narrow_window(open_terminal: Open, columns: int) -> None:
    """A line that wraps cannot be drawn again."""
    terminal = open_terminal("send", SLUG, "--yes", columns=columns, rate=40)

    assert terminal.end() == 0
    drawn = [line for line in terminal.screen.split("\r") if re.match(r"\[?[=>]*.*of 40", line)]
    assert drawn != []
    assert max(len(line) for line in drawn) < columns


@pytest.mark.usefixtures("forty_people")
def test_an_interrupt_says_how_to_go_on(weekly: Weekly, open_terminal: Open) -> None:
    """The next command is on the screen when the prompt comes back."""
    terminal = open_terminal("send", SLUG, "--yes", rate=20)

    terminal.wait_for("of 40 messages")
    terminal.type(CTRL_C)

    assert terminal.end() == 130
    assert "Finishing what is in flight. Press Ctrl-C once more to stop at once." in terminal.screen
    assert f"To go on: newsletter send {SLUG}" in terminal.screen
    assert 0 < weekly.status()["remaining"] < 40


def test_init_asks_for_what_was_not_said(weekly: Weekly, open_terminal: Open) -> None:
    """A newcomer need not know the options."""
    terminal = open_terminal("init", "new", "--name", "New")

    terminal.wait_for("Which address does it come from")
    terminal.type("new@example.org\n")
    terminal.wait_for("Where will readers reach")
    terminal.type("https://example.org\n")

    assert terminal.end() == 0
    text = (weekly.folder / "new" / "newsletter.toml").read_text("utf-8")
    assert 'from = "new@example.org"' in text
