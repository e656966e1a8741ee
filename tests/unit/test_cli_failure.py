"""Which error ends with which exit code, and how it is told."""

import json

import pytest

from newsletter.cli.failure import tell_failure, tell_interrupt, tell_system
from newsletter.errors import (
    DatabaseError,
    IssueError,
    NewsletterError,
    NextHopDownError,
    NextHopRefusesError,
    NotFoundError,
    RefusedError,
    RenderError,
    SettingsError,
    TemporaryError,
    TransportError,
)
from subscribers.errors import (
    ForbiddenChangeError,
    ImportFileError,
    InvalidAddressError,
    InvalidValueError,
    SubscribersError,
    UnknownSubscriberError,
)

CODES: dict[type[NewsletterError | SubscribersError], int] = {
    DatabaseError: 1,
    IssueError: 1,
    NewsletterError: 1,
    RenderError: 1,
    ImportFileError: 1,
    SettingsError: 2,
    InvalidAddressError: 2,
    InvalidValueError: 2,
    NotFoundError: 5,
    UnknownSubscriberError: 5,
    RefusedError: 6,
    ForbiddenChangeError: 6,
    TemporaryError: 8,
    NextHopRefusesError: 7,
    NextHopDownError: 8,
    TransportError: 8,
}


@pytest.mark.parametrize(("kind", "code"), CODES.items(), ids=str)
def test_each_kind_of_error_has_an_exit_code(
    kind: type[NewsletterError | SubscribersError], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """A script decides by the code; the words are for people."""
    told = tell_failure(kind("it cannot be done"), is_json=False)

    assert told == code
    assert capsys.readouterr().err == "error: it cannot be done\n"


def test_problems_and_notes_stand_on_lines_of_their_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The error, each of its problems, and what was done before it."""
    error = SettingsError("these cannot be used", problems=["[a] b: is x", "[c] d: is y"])
    error.add_note("Nothing was sent.")

    tell_failure(error, is_json=False)

    assert capsys.readouterr().err.splitlines() == [
        "error: these cannot be used",
        "  - [a] b: is x",
        "  - [c] d: is y",
        "Nothing was sent.",
    ]


def test_machines_get_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output stays empty."""
    error = IssueError("this cannot be used", problems=["a.md:1:1: 한글"])
    error.add_note("Nothing was sent.")

    tell_failure(error, is_json=True)

    said = capsys.readouterr()
    assert said.out == ""
    assert json.loads(said.err) == {
        "error": "this cannot be used",
        "problems": ["a.md:1:1: 한글"],
        "notes": ["Nothing was sent."],
        "exit_code": 1,
    }


def test_an_interrupt_tells_what_was_done(capsys: pytest.CaptureFixture[str]) -> None:
    """An import of a million lines may be stopped and repeated."""
    interrupt = KeyboardInterrupt()
    interrupt.add_note("Until then: 4,000 taken.")

    code = tell_interrupt(interrupt, is_json=False)

    assert code == 130
    assert capsys.readouterr().err == "error: interrupted\nUntil then: 4,000 taken.\n"


def test_a_full_disk_behind_standard_output_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """An error of the system without a file name is about our own output."""
    code = tell_system(OSError(28, "No space left on device"), is_json=False)

    assert code == 1
    assert capsys.readouterr().err == "error: standard output: No space left on device\n"
