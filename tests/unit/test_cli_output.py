"""Numbers, times and tables as people and machines read them."""

import json

import pytest

from newsletter.cli.output import (
    format_bytes,
    format_count,
    format_duration,
    format_time,
    print_json,
    print_pairs,
    print_table,
)
from newsletter.usecases.iso_time import iso_time


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0004, "0 ms"),
        (0.25, "250 ms"),
        (1, "1 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (3599.6, "1 h 00 min"),
        (90_000, "25 h 00 min"),
    ],
)
def test_a_duration_is_told_in_its_two_largest_units(seconds: float, words: str) -> None:
    """Nobody reads 3,599.6 s."""
    assert format_duration(seconds) == words


def test_a_count_has_its_noun() -> None:
    """One message, not one messages."""
    counts = [format_count(n, "message") for n in (0, 1, 1204)]

    assert counts == ["0 messages", "1 message", "1,204 messages"]
    assert format_count(2, "person", "people") == "2 people"


def test_sizes_are_told_in_bytes_and_kilobytes() -> None:
    """Mail clients cut at a number of kilobytes."""
    assert (format_bytes(999), format_bytes(102_400)) == ("999 B", "102.4 kB")


def test_a_time_names_its_zone() -> None:
    """Whoever reads it may be anywhere; no time is told as nothing."""
    assert format_time(1_767_225_600_123) == "2026-01-01 00:00:00 UTC"
    assert iso_time(1_767_225_600_123) == "2026-01-01T00:00:00.123+00:00"
    assert (format_time(None), iso_time(None)) == ("", None)


def test_columns_are_as_wide_as_they_look(capsys: pytest.CaptureFixture[str]) -> None:
    """A Korean syllable takes two columns; numbers stand to the right."""
    print_table(["name", "sent"], [["김하나", 1204], ["Kim", 7]])

    assert capsys.readouterr().out == "name     sent\n김하나  1,204\nKim         7\n"


def test_pairs_stand_in_two_columns(capsys: pytest.CaptureFixture[str]) -> None:
    """An empty value leaves no blanks behind."""
    print_pairs({"Issue": "spring", "Transport": ""})

    assert capsys.readouterr().out == "Issue      spring\nTransport\n"


def test_json_keeps_every_script(capsys: pytest.CaptureFixture[str]) -> None:
    """A person can read it, too."""
    print_json({"name": "김하나"})

    out = capsys.readouterr().out
    assert "김하나" in out
    assert json.loads(out) == {"name": "김하나"}
