"""Markup that one site generator knows and nobody else: readers would see it as it was typed."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from newsletter.rendering.finding import Finding, build_finding
from newsletter.rules import writing as rules

_EXCERPT_CHARACTERS: Final = 40
_KEYS: Final = "alt|backspace|cmd|command|control|ctrl|delete|enter|esc|escape|option|shift|tab|win"
#: By what it is called, in a message.
_MARKUP: Final = {
    "tab of MkDocs": re.compile(r'^\s*===[!+]?\s+"[^"\n]+"\s*$'),
    "icon of MkDocs": re.compile(r":(?:material|fontawesome|octicons|simple)-[a-z0-9-]+:"),
    "key of MkDocs": re.compile(rf"\+\+(?:{_KEYS})(?:\+[\w-]+)*\+\+", re.IGNORECASE),
    "abbreviation": re.compile(r"^\s*\*\[[^\]\n]+\]:\s"),
    "tag of kramdown": re.compile(r"\{::(?!comment\b)[a-z]+(?:\s[^{}\n]*)?/?\}"),
    "mark of CriticMarkup": re.compile(
        r"\{(?:\+\+[^{}\n]*\+\+|--[^{}\n]*--|~~[^{}\n]*~~|==[^{}\n]*==|>>[^{}\n]*<<)\}"
    ),
    "highlight": re.compile(r"(?<![=\w{])==(?=[^\s=])[^=\n]*[^\s=]==(?![=\w}])"),
    "wiki link": re.compile(r"(?<!\[)!?\[\[[^\s\[\]][^\[\]\n]*\]\](?![(\[\]:])"),
    "formula": re.compile(r"^\s*\$\$\s*$|(?<![$\\])\$\$(?=[^\s$])[^$\n]+\$\$(?!\$)"),
}


def check_foreign_markup(lines: Iterable[tuple[int, str]]) -> Iterator[Finding]:
    """Tell of markup that stays as it is, once for each kind.

    Args:
        lines: Numbered lines without code.
    """
    waiting = dict(_MARKUP)
    for number, line in lines:
        for name, pattern in list(waiting.items()):
            if found := pattern.search(line):
                del waiting[name]
                shown = found[0].strip()[:_EXCERPT_CHARACTERS]
                yield build_finding(
                    rules.FOREIGN,
                    f"{shown} is shown as it is ({name})",
                    line=number,
                    column=line.index(found[0].strip(), found.start()) + 1,
                )
