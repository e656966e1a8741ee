"""Definition lists with colons only: in Korean a line with ``~`` at its start ends a period.

Several definitions of a term may follow one another without a blank line.
"""

from functools import wraps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it.rules_block import StateBlock


def with_colons(definition_rule: Any) -> Any:
    """Keep the rule from pandoc's other mark."""

    @wraps(definition_rule)
    def limited(state: "StateBlock", start: int, end: int, silent: bool) -> bool:
        below = range(start + 1, min(start + 3, end))
        # Asked whether a definition ends, the rule looks at the line itself.
        line = start if silent else next((at for at in below if not state.isEmpty(at)), 0)
        begin = state.bMarks[line] + state.tShift[line]
        return state.src.startswith(":", begin) and definition_rule(state, start, end, silent)

    return limited
