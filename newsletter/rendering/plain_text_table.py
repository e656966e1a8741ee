"""A table's cells → lines: columns where they fit, a record per row where they do not."""

from collections.abc import Sequence
from typing import Literal, TypeAlias

from newsletter.rendering.display_width import GLUE, display_width, wrap_text

Alignment: TypeAlias = Literal["left", "center", "right"]

_GAP = " | "
_CROSSING = "-+-"
_INDENT = "  "


def render_table(
    rows: Sequence[Sequence[str]], alignments: Sequence[Alignment], width: int
) -> list[str]:
    """Render a table.

    Args:
        rows: The header first; as many cells in each as there are alignments. Cells are texts for
            `wrap_text`.
        alignments: One for each column.
        width: In columns of text. A table that is wider becomes lines of ``label: value``.
    """
    # A break inside a cell would end the line of its row.
    header, *records = ([cell.strip().replace("\n", " ") for cell in row] for row in rows)
    filled = list(filter(any, records))
    cells = [[cell.replace(GLUE, " ") for cell in row] for row in (header, *filled)]
    columns = [max(map(display_width, column)) for column in zip(*cells, strict=True)]
    if sum(columns) + len(_GAP) * (len(columns) - 1) <= width:
        return _render_grid(cells, columns, alignments)
    if not filled:
        return wrap_text(_GAP.join(header), width)
    return _render_records(header, filled, width)


def _render_grid(
    rows: Sequence[Sequence[str]], columns: Sequence[int], alignments: Sequence[Alignment]
) -> list[str]:
    header, *body = (_GAP.join(map(_align, row, columns, alignments)).rstrip(" ") for row in rows)
    if not any(rows[0]):
        return body
    return [header, _CROSSING.join("-" * column for column in columns), *body]


def _align(cell: str, column: int, alignment: Alignment) -> str:
    missing = column - display_width(cell)
    before = {"left": 0, "center": missing // 2, "right": missing}[alignment]
    return " " * before + cell + " " * (missing - before)


def _render_records(
    header: Sequence[str], records: Sequence[Sequence[str]], width: int
) -> list[str]:
    lines: list[str] = []
    for record in records:
        if lines:
            lines.append("")
        for label, value in zip(header, record, strict=True):
            first, *rest = wrap_text(_label(label, value), width - len(_INDENT)) or [""]
            lines += [first, *(_INDENT + line for line in rest)] if first else []
    return lines


def _label(label: str, value: str) -> str:
    """Put a label before a value; one that ends a sentence or a phrase keeps its own mark."""
    if not label:
        return value
    colon = "" if label.endswith((":", "?", "!", "：", "？", "！")) else ":"
    return f"{label}{colon} {value}"
