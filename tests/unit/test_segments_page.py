"""The reference page of segments tells the truth: its examples are read, its error is told."""

import re
from pathlib import Path

import pytest

from newsletter.settings.segments import HISTORY_KEYS, WrittenSegment, read_segments
from newsletter.settings.toml_file import parse_toml
from subscribers.errors import SegmentError
from subscribers.segments import grammar
from subscribers.segments.grammar import parse_segment
from subscribers.segments.keys import list_keys
from subscribers.segments.moment import Moment

PAGE = (Path(__file__).parents[2] / "docs/reference/segments.md").read_text(encoding="utf-8")
#: The first column of a table, or a command's argument.
TESTS = re.findall(r"^\| `(\w[\w.]*[:<>][^`]*)` \|", PAGE, re.MULTILINE)
COUNTED = re.findall(r"^    newsletter segments count \"(.+)\"$", PAGE, re.MULTILINE)
TIMES = re.findall(r"`((?:\d{4}-|-\d+[hdw])[^`]*)`", PAGE)


@pytest.mark.parametrize("text", [*TESTS, *COUNTED])
def test_an_example_is_a_segment(text: str) -> None:
    """A reader tries what he sees first."""
    parse_segment(text, outside=HISTORY_KEYS)


def test_each_key_is_in_the_table() -> None:
    """A new one is documented with an example."""
    shown = {re.split("[:<>]", text)[0] for text in TESTS}

    assert {key.replace("field.NAME", "field.company") for key in list_keys(HISTORY_KEYS)} == shown


def test_each_time_is_one() -> None:
    """In the table and in the text."""
    assert len(TIMES) >= 7
    assert [Moment.parse(text).text for text in TIMES] == TIMES


def test_the_saved_segments_are_read() -> None:
    """They stand in the settings as they are shown."""
    found = re.search(r"^    \[segments\]\n(?:    .+\n)+", PAGE, re.MULTILINE)
    assert found
    content = parse_toml(found[0].replace("    ", ""))["segments"]
    problems: list[str] = []

    texts = read_segments(
        {
            name: WrittenSegment(value=text, origin="", column=1, is_verbatim=True)
            for name, text in content.items()
        },
        problems,
    )

    assert (problems, len(texts)) == ([], 3)


def test_the_error_is_told_as_shown() -> None:
    """With the caret where it is."""
    found = re.search(r"error: (.*)\n      (.*)\n( +)\^", PAGE)
    assert found

    with pytest.raises(SegmentError) as caught:
        parse_segment(found[2], outside=HISTORY_KEYS)

    assert (str(caught.value), caught.value.column) == (found[1], len(found[3]) - 5)


def test_the_limits_are_those_of_the_code() -> None:
    """Whoever meets one should have read of it."""
    limits = (f"{grammar.MAX_CHARACTERS:,} characters", f"{grammar.MAX_TESTS} tests")
    depth = f"{grammar.MAX_DEPTH} levels"

    assert [words for words in (*limits, depth) if words not in PAGE] == []
