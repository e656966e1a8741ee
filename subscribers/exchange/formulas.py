"""Keeps spreadsheets from taking a cell for a formula, without losing a character.

A cell that a spreadsheet would calculate gets an apostrophe in front, which makes it text there.
Reading takes that apostrophe away. A cell that has one of its own before such a character gets
another, so that every text survives: ``-5`` ↔ ``'-5``, ``'-5`` ↔ ``''-5``, ``'tis`` ↔ ``'tis``.

Source:
    OWASP, CSV injection: cells that begin with = + - @, tab, CR or LF, or with the full-width
    forms of those signs.
"""

import re

_FORMULA = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")


def guard_cell(text: str) -> str:
    """Write a cell so that no spreadsheet calculates it."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguard_cell(cell: str) -> str:
    """Take back the text of a cell; the reverse of `guard_cell` for every text."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
