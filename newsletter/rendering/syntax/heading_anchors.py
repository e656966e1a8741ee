"""Anchors of headings by their words, ``[below](#the-last-word)``, as GitHub and Hugo make them.

A heading gets one only where a link asks for it: an anchor costs bytes in every mail.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Final
from urllib.parse import unquote

from markdown_it.token import Token

#: GitHub keeps letters and digits of all scripts, hyphens and underscores.
_DROPPED: Final = re.compile(r"[^\w\- ]+")


def anchor_headings(tokens: Sequence[Token]) -> None:
    """Give each heading that a link of the issue leads to the anchor of that link."""
    wanted = {
        unquote(target[1:])
        for token in tokens
        for child in token.children or ()
        if child.type == "link_open" and (target := str(child.attrGet("href"))).startswith("#")
    }
    if not wanted:
        return
    seen: Counter[str] = Counter()
    for heading, inline in pairwise(tokens):
        if heading.type != "heading_open":
            continue
        slug = _build_slug(_read_words(inline.children or ()))
        anchor = f"{slug}-{seen[slug]}" if seen[slug] else slug
        seen[slug] += 1
        if anchor in wanted:
            heading.meta.setdefault("own_anchor", anchor)


def _build_slug(words: str) -> str:
    return _DROPPED.sub("", words.strip().lower()).replace(" ", "-")


def _read_words(children: Sequence[Token]) -> str:
    return "".join(child.content for child in children if child.type in {"text", "code_inline"})
