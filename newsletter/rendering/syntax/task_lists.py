"""Task lists, ``- [x] done``: a box that shows, for in mail nothing can be ticked."""

import re
from collections.abc import Sequence
from typing import Final

from markdown_it.token import Token

_BOX: Final = re.compile(r"\[([ xX])\](?=\s)")


def read_tasks(tokens: Sequence[Token]) -> None:
    """Turn the brackets at the start of list items into boxes."""
    for item, paragraph, inline in zip(tokens, tokens[1:], tokens[2:], strict=False):
        children = inline.children
        if item.type != "list_item_open" or paragraph.type != "paragraph_open" or not children:
            continue
        match = _BOX.match(children[0].content) if children[0].type == "text" else None
        if match is not None:
            box = Token("task", "", 0)
            box.meta["is_done"] = match[1] != " "
            children[0].content = children[0].content[match.end() :]
            children.insert(0, box)
            item.attrSet("class", "task")
    _mark_lists(tokens)


def _mark_lists(tokens: Sequence[Token]) -> None:
    """Mark lists that hold nothing but tasks: they need no bullets."""
    lists: list[tuple[Token, list[bool]]] = []
    for token in tokens:
        if token.type in {"bullet_list_open", "ordered_list_open"}:
            lists.append((token, []))
        elif token.type == "list_item_open" and lists:
            lists[-1][1].append(token.attrGet("class") == "task")
        elif token.type in {"bullet_list_close", "ordered_list_close"} and lists:
            opening, are_tasks = lists.pop()
            if all(are_tasks):
                opening.attrSet("class", "tasks")
