"""Keeps spreadsheets from taking a cell for a formula, without losing a character.

A cell that a spreadsheet would calculate gets an apostrophe in front, which makes it text there.
Reading takes that apostrophe away. A cell that has one of its own before such a character gets
another, so that every text survives: ``-5`` ↔ ``'-5``, ``'-5`` ↔ ``''-5``, ``'tis`` ↔ ``'tis``.

A spreadsheet of a country whose decimal point is a comma cuts a row at semicolons, and knows no
quotation marks that do not begin its cell. So the same is done behind every semicolon, tab and
line end within a cell: ``Kim;=1`` ↔ ``Kim;'=1``.

Source:
    OWASP, CSV injection: cells that begin with = + - @, tab, CR or LF, or with the full-width
    forms of those signs.
"""

import re

_VISIBLE = "=+\\-@＝＋－＠"
_SIGNS = rf"{_VISIBLE}\t\r\n"
#: Most cells have none of these, and a million people have ten million cells.
_SUSPICIOUS = re.compile(f"[{_SIGNS}]")
#: Where a formula would begin: behind any apostrophes comes a sign.
_BEGINS = f"(?='*[{_SIGNS}])"
_GOES_ON = f"(?='*[{_VISIBLE}])"
_BARE = re.compile(f"^{_BEGINS}|(?<=[;\t\r\n]){_GOES_ON}")
_GUARDED = re.compile(f"^'{_BEGINS}|(?<=[;\t\r\n])'{_GOES_ON}")


def guard_cell(text: str) -> str:
    """Write a cell so that no spreadsheet calculates it, or a part of it."""
    return _BARE.sub("'", text) if _SUSPICIOUS.search(text) else text


def unguard_cell(cell: str) -> str:
    """Take back the text of a cell; the reverse of `guard_cell` for every text."""
    return _GUARDED.sub("", cell) if "'" in cell else cell
