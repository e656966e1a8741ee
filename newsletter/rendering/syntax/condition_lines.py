"""Lines that begin and end what only some recipients get.

    {% if subscriber.has_tag("ai") %}
    …
    {% elif subscriber.language == "ko" %}
    …
    {% else %}
    …
    {% endif %}

Each stands on a line of its own, outside of lists and quotations. What such a line asks is closed:
a tag, the language, a field; everything else that looks like Liquid is text.
"""

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from markdown_it.rules_block import StateBlock

_LINE: Final = re.compile(
    r"""
    [ ]{0,3}\{%-?[ \t]*(?:
        (?P<word>if|elif)[ \t]+(?P<not>not[ \t]+)?(?:
            subscriber\.has_tag\([ \t]*(?P<quote>["'])(?P<tag>[^"'\r\n]+)(?P=quote)[ \t]*\)
          | subscriber\.(?P<field>[^\W\d][\w-]*)[ \t]*(?P<sign>==|!=)[ \t]*
            (?P<quote2>["'])(?P<value>[^"'\r\n]*)(?P=quote2)
        )
      | (?P<end>else|endif)
    )[ \t]*-?%\}[ \t]*
    """,
    re.VERBOSE,
)


def match_condition_line(line: str) -> re.Match[str] | None:
    """Read a line of the grammar; nothing for any other."""
    return _LINE.fullmatch(line)


def condition_rule(state: "StateBlock", start: int, _end: int, silent: bool) -> bool:
    """Take such a line out of the text as a mark of its own."""
    if state.level or state.blkIndent or state.is_code_block(start):
        return False
    line = state.src[state.bMarks[start] : state.eMarks[start]]
    if match_condition_line(line) is None:
        return False
    if not silent:
        token = state.push("condition", "", 0)
        token.content, token.map = line, [start, start + 1]
        state.line = start + 1
    return True
