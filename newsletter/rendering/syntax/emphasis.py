"""Emphasis beside Korean, Chinese and Japanese, whose words follow one another without a space.

CommonMark tells the beginning of emphasis from its end by the spaces around punctuation, so that
``**“제목”**은`` and ``これは**太字です。**続き`` would show their asterisks. Beside such a letter,
punctuation counts for what it is between words.

Source:
    The rules of markdown-cjk-friendly, an amendment proposed for CommonMark.
"""

from functools import wraps
from typing import TYPE_CHECKING, Any, Final

from newsletter.rendering.display_width import is_east_asian

if TYPE_CHECKING:
    from markdown_it.rules_inline import StateInline

#: ``_`` stays a part of words.
_MARKS: Final = frozenset("*~")


def beside_wide_letters(rule: Any) -> Any:
    """Let a rule's marks begin and end emphasis between punctuation and a wide letter."""

    @wraps(rule)
    def widened(state: "StateInline", silent: bool) -> bool:
        start, known = state.pos, len(state.delimiters)
        if not rule(state, silent):
            return False
        if state.src[start] in _MARKS:
            before = state.src[max(start - 1, 0) : start] or " "
            behind = state.src[state.pos : min(state.pos + 1, state.posMax)] or " "
            for mark in state.delimiters[known:]:
                mark.open |= is_east_asian(before) and not behind.isspace()
                mark.close |= is_east_asian(behind) and not before.isspace()
        return True

    return widened
