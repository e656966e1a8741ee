"""Comments of HTML: nobody reads them. One of them, ``<!-- read on -->``, cuts the mail."""

import re
from functools import wraps
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline

_READ_ON: Final = re.compile(r"\s*read[ -]?on\s*", re.IGNORECASE)


def comment_block_rule(state: "StateBlock", start: int, end: int, silent: bool) -> bool:
    """Leave out a comment that begins a line, over blank lines too.

    One that is never closed is text: it must not swallow the rest of the issue. What follows the
    comment on its last line stays.
    """
    begin = state.bMarks[start] + state.tShift[start]
    if state.is_code_block(start) or not state.src.startswith("<!--", begin):
        return False
    close = state.src.find("-->", begin + 4, state.eMarks[end - 1])
    if close < 0:
        return False
    last = next(line for line in range(start, end) if state.eMarks[line] >= close)
    rest = state.src[close + 3 : state.eMarks[last]].strip()
    if rest and last == start:
        return False  # the inline rule leaves such a comment out
    if silent:
        return True
    kind = "read_on" if _READ_ON.fullmatch(state.src[begin + 4 : close]) else "comment"
    token = state.push(kind, "", 0)
    token.map = [start, last + 1]
    state.line = last + 1
    if rest:
        state.push("paragraph_open", "p", 1).map = [last, last + 1]
        inline = state.push("inline", "", 0)
        inline.content, inline.map, inline.children = rest, [last, last + 1], []
        state.push("paragraph_close", "p", -1)
    return True


def without_comments(html_rule: Any) -> Any:
    """Keep the rule for blocks of HTML from a comment, which it would read to the issue's end."""

    @wraps(html_rule)
    def limited(state: "StateBlock", start: int, end: int, silent: bool) -> bool:
        is_comment = state.src.startswith("<!--", state.bMarks[start] + state.tShift[start])
        return not is_comment and html_rule(state, start, end, silent)

    return limited


def comment_inline_rule(state: "StateInline", silent: bool) -> bool:
    """Leave out a comment inside a paragraph."""
    if not state.src.startswith("<!--", state.pos):
        return False
    close = state.src.find("-->", state.pos + 4)
    if close < 0:
        return False
    if not silent:
        state.push("comment", "", 0)
    state.pos = close + 3
    return True
