"""The direction of each block: an Arabic paragraph in an English issue runs from right to left."""

import unicodedata
from collections.abc import Sequence
from typing import Final

from markdown_it.token import Token

_BLOCKS: Final = frozenset(
    {
        "paragraph_open",
        "heading_open",
        "th_open",
        "td_open",
        "dt_open",
        "admonition_title_open",
    }
)
_LISTS: Final = {"bullet_list_open": "bullet_list_close", "ordered_list_open": "ordered_list_close"}
_CONTAINERS: Final = {**_LISTS, "blockquote_open": "blockquote_close", "dl_open": "dl_close"}
#: The space for markers, on the side where they stand.
_LIST_SPACE: Final = {"rtl": "padding:0 26px 0 0", "ltr": "padding:0 0 0 26px"}
_SIDE: Final = {"rtl": "right", "ltr": "left"}


def mark_directions(tokens: Sequence[Token], direction: str) -> None:
    """Write a direction on every block that runs against the issue's own.

    A block runs with its letters: in an issue from left to right it is turned when most of them are
    written from right to left; in one from right to left only when none are.
    """
    texts = [_read_letters(token) for token in tokens]
    turned_until = -1
    for place, token in enumerate(tokens):
        end = _find_end(tokens, place)
        if end is None or place <= turned_until:
            continue
        right = sum(text[0] for text in texts[place : end + 1])
        left = sum(text[1] for text in texts[place : end + 1])
        other = _find_other_direction(right, left, direction)
        if other is None:
            continue
        token.attrSet("dir", other)
        style = f"text-align:{_SIDE[other]}"
        if token.type in _LISTS:
            style += f";{_LIST_SPACE[other]}"
            turned_until = end
        if not token.attrGet("style"):  # a cell may have an alignment of its own
            token.attrSet("style", style)


def _find_end(tokens: Sequence[Token], place: int) -> int | None:
    """Find the last token of a block that can be turned; None for anything else."""
    token = tokens[place]
    if token.type in _BLOCKS:
        # A paragraph of a tight list is not written: its item is.
        return None if token.hidden else place + 1
    if token.type == "list_item_open":
        ends = {"list_item_close", *_LISTS}
    elif token.type in _CONTAINERS:
        ends = {_CONTAINERS[token.type]}
    else:
        return None
    return next(
        (
            at
            for at in range(place + 1, len(tokens))
            if tokens[at].type in ends and tokens[at].level <= token.level + 1
        ),
        None,
    )


def _find_other_direction(right: int, left: int, direction: str) -> str | None:
    if direction == "ltr":
        return "rtl" if right > left else None
    return "ltr" if left and not right else None


def _read_letters(token: Token) -> tuple[int, int]:
    """Count letters from right to left and from left to right, code and bare URLs left out."""
    if token.type != "inline":
        return 0, 0
    right = left = 0
    is_url = False
    for child in token.children or ():
        if child.type == "link_open":
            is_url = child.markup in {"linkify", "autolink"}
        elif child.type == "link_close":
            is_url = False
        elif child.type == "text" and not is_url:
            if child.content.isascii():
                left += sum(map(str.isalpha, child.content))
                continue
            for char in child.content:
                side = unicodedata.bidirectional(char)
                right += side in {"R", "AL"}
                left += side == "L"
    return right, left
