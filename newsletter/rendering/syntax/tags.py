"""Tags of site generators in the text: Hugo's shortcodes, Liquid's tags, and other braces.

    {{< figure src="a.png" >}}    {{% notice tip %}}    {% include video.html %}    {{ page.title }}

Only what they look like is known here; what becomes of each is decided in `embeds`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from markdown_it.rules_inline import StateInline

#: Opening → closing mark.
_MARKS: Final = {"{{<": ">}}", "{{%": "%}}", "{%": "%}", "{{": "}}"}
#: Longer than this, braces are no tag; keeps the search linear.
_MAX_CHARACTERS: Final = 2000
_NAME: Final = re.compile(r"(?P<slash>/?)\s*(?P<name>\w[\w./-]*)(?P<rest>.*)", re.DOTALL)
_ARGUMENT: Final = re.compile(
    r"""(?:(?P<key>[\w-]+)\s*(?:=|:(?!//))\s*)?(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|`(?P<tick>[^`]*)`|(?P<bare>[^\s"'`,]+))"""
)
#: Between double braces: a variable, perhaps with filters. Anything else is text.
_VARIABLE: Final = re.compile(
    r"""[.$]?[A-Za-z_][\w.\[\]-]*(?:\s*\|[^{}\n]*)?|(?:"[^"{}\n]*"|'[^'{}\n]*')\s*\|[^{}\n]*"""
)
_HUGO_COMMENT: Final = re.compile(r"/\*(.*)\*/", re.DOTALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tag:
    """A tag as it was written."""

    written: str
    #: ``hugo``, ``liquid``, ``variable``, or ``escaped`` for a tag that is meant to be seen.
    grammar: str
    #: For a tag that is meant to be seen: what is seen.
    name: str
    is_closing: bool = False
    arguments: tuple[str, ...] = ()
    options: Mapping[str, str]

    def get(self, *names: str) -> str:
        """Return the first option that is given, else an empty text."""
        return next((self.options[name] for name in names if self.options.get(name)), "")

    def first(self) -> str:
        """Return the first argument without a name, or an empty text."""
        return self.arguments[0] if self.arguments else ""


def find_tag(text: str, start: int) -> Tag | None:
    """Read the tag that begins at a place of a text, if one does."""
    opening = next((mark for mark in _MARKS if text.startswith(mark, start)), None)
    if opening is None:
        return None
    inside = start + len(opening)
    end = text.find(_MARKS[opening], inside, start + _MAX_CHARACTERS)
    if end < 0:
        return None
    written = text[start : end + len(_MARKS[opening])]
    if opening == "{{":
        return _read_variable(text, start, written)
    return _read_tag(opening, text[inside:end], written)


def tag_rule(state: "StateInline", silent: bool) -> bool:
    """Take a tag out of the text as a token of its own."""
    tag = find_tag(state.src, state.pos)
    if tag is None:
        return False
    if not silent:
        token = state.push("tag", "", 0)
        token.content = tag.written
        token.meta = {"tag": tag, "offset": state.pos}
    state.pos += len(tag.written)
    return True


def _read_tag(opening: str, inside: str, written: str) -> Tag | None:
    grammar = "liquid" if opening == "{%" else "hugo"
    comment = _HUGO_COMMENT.fullmatch(inside.strip())
    if grammar == "hugo" and comment is not None:
        shown = f"{opening}{comment[1]}{_MARKS[opening]}"
        return Tag(written=written, grammar="escaped", name=shown, options={})
    body = inside.strip("- \t\n") if grammar == "liquid" else inside.strip().removesuffix("/")
    match = _NAME.fullmatch(body.strip())
    if match is None:
        return None
    arguments, options = _read_arguments(match["rest"])
    return Tag(
        written=written,
        grammar=grammar,
        name=match["name"].lower(),
        is_closing=bool(match["slash"]),
        arguments=arguments,
        options=options,
    )


def _read_variable(text: str, start: int, written: str) -> Tag | None:
    """Read double braces; after a dollar sign they are another language's."""
    if text[start - 1 : start] == "$" or not _VARIABLE.fullmatch(written[2:-2].strip()):
        return None
    return Tag(written=written, grammar="variable", name=written[2:-2].strip(), options={})


def _read_arguments(text: str) -> tuple[tuple[str, ...], dict[str, str]]:
    arguments: list[str] = []
    options: dict[str, str] = {}
    for match in _ARGUMENT.finditer(text):
        value = match["double"] or match["single"] or match["tick"] or match["bare"] or ""
        if match["key"]:
            options[match["key"].lower()] = value
        else:
            arguments.append(value)
    return tuple(arguments), options
