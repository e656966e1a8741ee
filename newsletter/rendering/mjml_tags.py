"""MJML text → its tags with their places, as strictly as the compiler reads them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

#: A comment, among them the conditional ones for Outlook; a tag, whole or as far as it goes.
_TOKEN: Final = re.compile(
    r"(?P<comment><!--.*?(?:-->|\Z))"
    r"|<(?P<slash>/?)(?P<name>[A-Za-z][\w:.-]*)"
    r"(?P<rest>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*)(?P<end>>?)"
    r"|(?P<stray><)",
    re.DOTALL,
)
_ATTRIBUTE: Final = re.compile(
    r"""(?P<name>[^\s"'<>/=]+)(?:\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s"'>]+)))?"""
)
_CONDITIONAL: Final = re.compile(r"<!--\[if[^]]*\]>")
#: What ends the only text that is no markup; mrml looks for elements in scripts, too.
_STYLE_END: Final = re.compile(r"</mj-style\s*>")


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute; `is_quoted` is false for a bare value and for none at all."""

    name: str
    value: str
    offset: int
    is_quoted: bool


@dataclass(frozen=True, slots=True)
class Tag:
    """A start or an end tag."""

    name: str
    offset: int
    is_end: bool = False
    #: ``<mj-spacer />``.
    is_empty: bool = False
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class Text:
    """Words between tags; never white space alone."""

    text: str
    offset: int


@dataclass(frozen=True, slots=True)
class Conditional:
    """What a comment holds for Outlook; its tags may well end in another one."""

    text: str
    offset: int


@dataclass(frozen=True, slots=True)
class Flaw:
    """What no parser can read."""

    message: str
    offset: int


def read_tags(mjml: str) -> Iterator[Tag | Text | Conditional | Flaw]:
    """Read MJML piece by piece; comments are left out, but for what Outlook reads in them."""
    position = 0
    while match := _TOKEN.search(mjml, position):
        yield from _read_text(mjml[position : match.start()], position)
        position = match.end()
        if match["comment"] is not None:
            if not match["comment"].endswith("-->"):
                yield Flaw("this comment does not end", match.start())
            elif match["comment"].endswith("--->"):
                yield Flaw("this comment ends with more than -->", match.start())
            elif conditional := _CONDITIONAL.match(match["comment"]):
                yield Conditional(match["comment"][conditional.end() : -3], match.start())
        elif match["stray"]:
            yield Flaw("a < that begins no tag; write &lt;", match.start())
        elif not match["end"]:
            yield Flaw(f"<{match['slash']}{match['name']} does not end with >", match.start())
        else:
            tag = _build_tag(match)
            yield tag
            yield from _find_gap_flaw(match)
            if tag.name == "mj-style" and not (tag.is_end or tag.is_empty):
                closing = _STYLE_END.search(mjml, position)
                position = closing.start() if closing else position
    yield from _read_text(mjml[position:], position)


def _read_text(text: str, offset: int) -> Iterator[Text]:
    words = text.strip()
    if words:
        yield Text(words, offset + text.index(words))


def _find_gap_flaw(match: re.Match[str]) -> Iterator[Flaw]:
    """Find what stands between attributes and is no white space."""
    rest, end = match["rest"], 0
    for attribute in _ATTRIBUTE.finditer(rest):
        if not rest[end : attribute.start()].isspace():
            message = f"<{match['name']}: a space must stand before {attribute['name']}"
            yield Flaw(message, match.start("rest") + attribute.start())
            return
        end = attribute.end()
    if rest[end:].lstrip() not in {"", "/"}:
        yield Flaw(f"<{match['name']} ends with {rest[end:].strip()} >", match.start("rest") + end)


def _build_tag(match: re.Match[str]) -> Tag:
    rest = match["rest"]
    is_empty = rest.rstrip().endswith("/")
    start = match.start("rest")
    attributes = tuple(
        Attribute(
            each["name"],
            each["double"] or each["single"] or each["bare"] or "",
            start + each.start(),
            each["double"] is not None or each["single"] is not None,
        )
        for each in _ATTRIBUTE.finditer(rest)
    )
    return Tag(match["name"], match.start(), bool(match["slash"]), is_empty, attributes)
