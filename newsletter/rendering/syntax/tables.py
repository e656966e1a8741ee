"""Rows of a table that have more cells than its head: none of their words are lost.

A ``|`` inside of code ends a cell (GFM), and what is then too much would be dropped. It is not:
where the row fits its head once code is left whole, that is what its author meant; else the last
cell takes the rest.
"""

import re
from functools import wraps
from typing import TYPE_CHECKING, Any, Final

from newsletter.rendering.finding import Severity
from newsletter.rendering.syntax.tokens import Remark, note

if TYPE_CHECKING:
    from markdown_it.rules_block import StateBlock
    from markdown_it.token import Token

_CELL_END: Final = re.compile(r"(?<!\\)\|")
#: Code, a tag of a site generator, or what ends a cell.
_WHOLE_OR_END: Final = re.compile(
    r"(?P<whole>(?<![\\`])(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)|\{\{.*?\}\}|\{%.*?%\})"
    r"|(?<!\\)\|"
)
#: Cells that hold no words.
_NOTHING: Final = re.compile(r"(?:[\s|]|<!--.*?-->)*")
_REMARK: Final = Remark(
    "table-cells",
    Severity.WARNING,
    "this row has more cells than the table's head; the last cell holds what is too much",
    r"Write \| where a | is meant to be seen, in code too.",
)


def with_all_cells(table_rule: Any) -> Any:
    """Keep the cells that the rule for tables would drop."""

    @wraps(table_rule)
    def complete(state: "StateBlock", start: int, end: int, silent: bool) -> bool:
        known = len(state.tokens)
        if not table_rule(state, start, end, silent):
            return False
        tokens = state.tokens[known:]
        for place, token in enumerate(tokens):
            if token.type == "tr_open" and token.map and not silent:
                _complete(state, token.map[0], _list_cells(tokens[place:]))
        return True

    return complete


def _list_cells(tokens: "list[Token]") -> "list[Token]":
    row_end = next(place for place, token in enumerate(tokens) if token.type == "tr_close")
    return [token for token in tokens[:row_end] if token.type == "inline"]


def _complete(state: "StateBlock", line: int, cells: "list[Token]") -> None:
    row = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].strip()
    row = re.sub(r"^\||(?<!\\)\|$", "", row)
    if len(_CELL_END.findall(row)) < len(cells):
        return
    ends = [match.start() for match in _WHOLE_OR_END.finditer(row) if not match["whole"]]
    starts = [0, *(end + 1 for end in ends)]
    if len(starts) > len(cells):
        if not _NOTHING.fullmatch(row, starts[len(cells)]):
            note(cells[-1], _REMARK)
            del ends[len(cells) - 1 :]
        del starts[len(cells) :]
    for cell, begin, end in zip(cells, starts, [*ends, len(row)], strict=False):
        cell.content = row[begin:end].strip().replace(r"\|", "|")
