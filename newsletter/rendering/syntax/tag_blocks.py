"""Pairs of tags around lines that are not Markdown: code, and comments that nobody reads."""

from typing import TYPE_CHECKING

from newsletter.rendering.syntax.admonitions import find_closing_line, read_tag_line

if TYPE_CHECKING:
    from markdown_it.rules_block import StateBlock


def code_tag_rule(state: "StateBlock", start: int, end: int, silent: bool) -> bool:
    """Read ``{{< highlight go >}}`` or ``{% highlight go %}`` and the code up to its end."""
    tag = read_tag_line(state, start)
    if tag is None or tag.is_closing or tag.name not in {"highlight", "codeblock", "comment"}:
        return False
    close = find_closing_line(state, start, end, tag)
    if close is None:
        return False
    if silent:
        return True
    if tag.name == "comment":
        state.push("comment", "", 0)
    else:
        token = state.push("fence", "code", 0)
        token.info = tag.get("lang") or tag.first()
        token.content = state.getLines(start + 1, close, state.sCount[start], True)
        token.map = [start, close + 1]
    state.line = close + 1
    return True
