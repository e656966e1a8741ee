import csv
import io
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from subscribers.exchange.formulas import guard_cell, unguard_cell

texts = st.text() | st.text(st.sampled_from("'=+-@\t\r\n＝a5;"), max_size=8)


@given(texts)
@example("-5")
@example("+49 30 123456")
@example("'-5")
@example("'tis")
@example("''")
def test_no_character_is_lost(text: str) -> None:
    """What leaves must come back, however often it travels."""
    assert unguard_cell(guard_cell(text)) == text
    assert unguard_cell(unguard_cell(guard_cell(guard_cell(text)))) == text


@given(texts)
def test_no_cell_is_calculated(text: str) -> None:
    """A name such as =HYPERLINK(…) would run on the operator's machine."""
    assert not guard_cell(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋"))


@given(texts)
def test_no_part_of_a_cell_is_calculated(text: str) -> None:
    """Where the decimal point is a comma, a spreadsheet cuts rows at semicolons."""
    parts = re.split("[;\t\r\n]", guard_cell(text))

    assert not [each for each in parts if each.startswith(("=", "+", "-", "@", "＝"))]


@pytest.mark.parametrize("text", ["Kim", "5", "it's", "'tis", "a=b", "", "one\n\ntwo", "a; b"])
def test_harmless_cells_stay_as_they_are(text: str) -> None:
    """Most of a file should be readable as it is."""
    assert guard_cell(text) == text


@given(st.lists(texts, min_size=2))
def test_guarded_cells_survive_the_file(cells: list[str]) -> None:
    """Guard and quotation marks do not get into each other's way."""
    file = io.StringIO(newline="")
    csv.writer(file).writerow([guard_cell(cell) for cell in cells])

    [row] = csv.reader(io.StringIO(file.getvalue(), newline=""), strict=True)

    assert [unguard_cell(cell) for cell in row] == cells
