"""Tokens made by hand, and what is noted on tokens while an issue is parsed."""

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple

from markdown_it.token import Token

from newsletter.rendering.finding import Severity

if TYPE_CHECKING:
    from markdown_it.rules_inline import StateInline


class Remark(NamedTuple):
    """A finding whose place is still the token it is noted on."""

    rule: str
    severity: Severity
    message: str
    advice: str


def note(token: Token, remark: Remark) -> None:
    """Note a remark on a token."""
    token.meta.setdefault("remarks", []).append(remark)


def take_remarks(token: Token, *, source: Token) -> Token:
    """Give a token what was noted on the one it stands for; return it."""
    for key in ("remarks", "offset"):
        if key in source.meta:
            token.meta[key] = source.meta[key]
    return token


def placed(rule: Any, kind: str) -> Any:
    """Note on a rule's first token of a kind where it began in the text."""

    @wraps(rule)
    def noting(state: "StateInline", silent: bool) -> bool:
        start, known = state.pos, len(state.tokens)
        if not rule(state, silent):
            return False
        for token in state.tokens[known:]:
            if token.type == kind:
                token.meta.setdefault("offset", start)
                break
        return True

    return noting


def build_text(text: str) -> Token:
    """Make a text token."""
    return Token("text", "", 0, content=text)


def build_link(target: str, label: Sequence[Token], *, title: str = "") -> list[Token]:
    """Make a link around inline tokens."""
    attributes: dict[str, str | int | float] = {"href": target}
    if title:
        attributes["title"] = title
    return [Token("link_open", "a", 1, attrs=attributes), *label, Token("link_close", "a", -1)]


def build_image(source: str, words: str, **attributes: str) -> Token:
    """Make an image; attributes that are empty are left out."""
    attrs: dict[str, str | int | float] = {"src": source, "alt": ""}
    attrs.update({name: value for name, value in attributes.items() if value})
    children = [build_text(words)] if words else []
    return Token("image", "img", 0, attrs=attrs, content=words, children=children)


def wrap_inline(kind: str, tag: str, tokens: Iterable[Token]) -> list[Token]:
    """Put an inline element around tokens."""
    return [Token(f"{kind}_open", tag, 1), *tokens, Token(f"{kind}_close", tag, -1)]


def rewrite_inlines(tokens: Sequence[Token], rewrite: Callable[[list[Token]], list[Token]]) -> None:
    """Replace the tokens inside every paragraph, heading, cell and description of an image."""
    for token in tokens:
        if token.children:
            rewrite_inlines(token.children, rewrite)
            token.children = rewrite(token.children)
