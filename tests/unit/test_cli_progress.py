"""The progress line, with a clock of its own and no terminal (see acceptance for one)."""

from dataclasses import dataclass

import pytest

from newsletter.cli.progress import ProgressLine


@dataclass
class Clock:
    """Seconds that pass when told to."""

    seconds: float = 0.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.seconds


def test_a_line_is_written_every_ten_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    """The log of a timer shows that something goes on, and not more."""
    clock = Clock()
    with ProgressLine(4000, clock=clock) as line:
        clock.seconds = 5.0
        line.show(500)
        clock.seconds = 10.0
        line.show(1000)
        clock.seconds = 19.9
        line.show(1990)

    assert capsys.readouterr().err == "1,000 of 4,000 messages, 100 a second, 30 s left\n"


def test_the_rate_is_that_of_the_last_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    """A fast beginning says nothing of what is left after a provider slows down."""
    clock = Clock()
    line = ProgressLine(10_000, clock=clock)
    for clock.seconds, done in ((10.0, 5000), (20.0, 5100), (30.0, 5200)):
        line.show(done)

    last = capsys.readouterr().err.splitlines()[-1]
    assert last == "5,200 of 10,000 messages, 10 a second, 8 min 00 s left"


def test_what_has_no_known_end_tells_no_time_left(capsys: pytest.CaptureFixture[str]) -> None:
    """An import reads a file whose length in lines nobody knows."""
    clock = Clock()
    line = ProgressLine(None, "lines", clock=clock)
    clock.seconds = 10.0
    line.show(35)

    assert capsys.readouterr().err == "35 lines, 3.5 a second\n"


def test_a_quiet_line_says_nothing_to_machines(capsys: pytest.CaptureFixture[str]) -> None:
    """With --json standard error holds an error object or nothing."""
    clock = Clock()
    with ProgressLine(4000, is_quiet=True, clock=clock) as line:
        clock.seconds = 60.0
        line.show(1000)
        line.say("Finishing what is in flight.")

    assert capsys.readouterr().err == ""


def test_something_can_be_said_between_two_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """An interrupt is answered at once."""
    with ProgressLine(4000) as line:
        line.say("Finishing what is in flight.")

    assert capsys.readouterr().err == "Finishing what is in flight.\n"
