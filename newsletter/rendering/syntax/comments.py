"""Comments of HTML and of kramdown, ``{::comment}…{:/comment}``: nobody reads them.

One of them, ``<!-- read on -->``, cuts the mail.
"""

import re
from collections.abc import Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, Final

from markdown_it.token import Token

from newsletter.rendering.finding import Severity
from newsletter.rendering.syntax.tokens import Remark, build_text, note, take_remarks

if TYPE_CHECKING:
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline

_OPENING: Final = re.compile(r"<!--|\{::comment\}")
_CLOSINGS: Final = {"<!--": re.compile("-->"), "{::comment}": re.compile(r"\{:/(?:comment)?\}")}
_REMARK_OPEN: Final = Remark(
    "open-comment",
    Severity.WARNING,
    "this comment does not end where it could, so readers see it",
    "Close it with -->; one with a blank line inside begins on a line of its own.",
)
_READ_ON: Final = re.compile(r"\s*read[ -]?on\s*", re.IGNORECASE)


def comment_block_rule(state: "StateBlock", start: int, end: int, silent: bool) -> bool:
    """Leave out a comment that begins a line, over blank lines too.

    One that is never closed is text: it must not swallow the rest of the issue. What follows the
    comment on its last line stays.
    """
    begin = state.bMarks[start] + state.tShift[start]
    comment = None if state.is_code_block(start) else _find(state.src, begin, state.eMarks[end - 1])
    if comment is None:
        return False
    words, close = comment
    last = next(line for line in range(start, end) if state.eMarks[line] >= close)
    rest = state.src[close : state.eMarks[last]].strip()
    if rest and last == start:
        return False  # the inline rule leaves such a comment out
    if silent:
        return True
    kind = "read_on" if _READ_ON.fullmatch(words) else "comment"
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
    comment = _find(state.src, state.pos, state.posMax)
    if comment is None:
        return _read_open(state, silent)
    if not silent:
        state.push("comment", "", 0)
    state.pos = comment[1]
    return True


def show_open_comments(tokens: Sequence[Token]) -> list[Token]:
    """Turn the beginnings of comments that never end into the text they are."""
    kept: list[Token] = []
    for token in tokens:
        kept.append(token)
        if token.type == "open_comment":
            kept[-1] = take_remarks(build_text(token.content), source=token)
            note(kept[-1], _REMARK_OPEN)
    return kept


def _read_open(state: "StateInline", silent: bool) -> bool:
    opening = _OPENING.match(state.src, state.pos, state.posMax)
    if opening is None:
        return False
    if not silent:
        token = state.push("open_comment", "", 0)
        token.content = opening[0]
        token.meta = {"offset": state.pos}
    state.pos = opening.end()
    return True


def _find(text: str, begin: int, end: int) -> tuple[str, int] | None:
    """Find the comment that begins at a place: its words and where it ends."""
    opening = _OPENING.match(text, begin)
    closing = _CLOSINGS[opening[0]].search(text, opening.end(), end) if opening else None
    if opening is None or closing is None:
        return None
    return text[opening.end() : closing.start()], closing.end()
