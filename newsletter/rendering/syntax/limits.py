"""How deep things may nest, so that no program after the parser loses a word of them."""

from functools import wraps
from typing import TYPE_CHECKING, Any, Final

from markdown_it.token import Token

if TYPE_CHECKING:
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline

#: Lists count twice. Beyond it, markers of lists and quotes are text.
_MAX_BLOCK_DEPTH: Final = 40
#: Images in the description of an image, notes inside of a note.
_MAX_REPEATS: Final = 3
#: Emphasis, strong and strikethrough inside each other; beyond it the words stay, plain.
_MAX_INLINE_DEPTH: Final = 20
_EMPHASIS: Final = frozenset({"em", "strong", "s"})


def shallow(rule: Any) -> Any:
    """Keep a block rule from nesting deeper than the page can hold."""

    @wraps(rule)
    def limited(state: "StateBlock", start: int, end: int, silent: bool) -> bool:
        return state.level < _MAX_BLOCK_DEPTH and rule(state, start, end, silent)

    return limited


def unrepeated(rule: Any, counter: str) -> Any:
    """Keep an inline rule from running inside itself again and again."""

    @wraps(rule)
    def limited(state: "StateInline", silent: bool) -> bool:
        depth = state.env.get(counter, 0)
        if depth >= _MAX_REPEATS:
            return False
        state.env[counter] = depth + 1
        try:
            return bool(rule(state, silent))
        finally:
            state.env[counter] = depth

    return limited


def without_deep_emphasis(tokens: list[Token]) -> list[Token]:
    """Drop the marks, never the words, of emphasis that nests too deeply."""
    kept = []
    depth = 0
    for token in tokens:
        if token.tag in _EMPHASIS:
            depth += token.nesting
            if depth + (token.nesting < 0) > _MAX_INLINE_DEPTH:
                continue
        kept.append(token)
    return kept
