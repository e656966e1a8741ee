"""What is wrong with MJML, told with its place, before a compiler that would not tell.

mrml passes unknown elements and attributes on without a word and gives no position for a tag that
is not closed. The rules are those of npm's mjml, minus what mrml lacks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from newsletter.rendering.mjml_schema import (
    CONTENT,
    LACKING_ATTRIBUTES,
    LACKING_ELEMENTS,
    WORDS_ONLY,
    Schema,
    find_fault,
    load_schema,
)
from newsletter.rendering.mjml_tags import Attribute, Conditional, Flaw, Tag, Text, read_tags
from newsletter.settings.values import did_you_mean

#: 20,000 nested elements kill mrml's process, 5,000 do not; libxml2 forgets text at 256.
MAX_DEPTH: Final = 200
_TOO_DEEP: Final = f"elements nest deeper than {MAX_DEPTH}"
#: A broken template has one mistake or hundreds; nobody reads more.
_MAX_PROBLEMS: Final = 20
#: Elements that have no end tag in HTML.
_VOID: Final = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"]
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, at a character of the MJML."""

    message: str
    offset: int


def check_mjml(mjml: str) -> list[Problem]:
    """List what is wrong, in order; nothing when the MJML can be compiled as it is meant."""
    problems: list[Problem] = []
    for problem in _Checker(load_schema()).check(mjml):
        problems.append(problem)
        if len(problems) == _MAX_PROBLEMS:
            break
    return problems


class _Checker:
    """Walks through tags with the open elements on a stack."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._open: list[Tag] = []

    def check(self, mjml: str) -> Iterator[Problem]:
        last = 0
        for piece in read_tags(mjml):
            last = piece.offset
            if isinstance(piece, Flaw):
                yield Problem(piece.message, piece.offset)
                return  # what comes after would be misread
            if isinstance(piece, Text):
                yield from self._check_text(piece)
            elif isinstance(piece, Conditional):
                if _measure_depth(piece.text) > MAX_DEPTH:
                    yield Problem(_TOO_DEEP, piece.offset)
                    return
            elif piece.is_end:
                yield from self._close(piece)
            else:
                yield from self._open_element(piece)
                if len(self._open) > MAX_DEPTH:
                    yield Problem(_TOO_DEEP, piece.offset)
                    return
        for tag in self._open:
            yield Problem(f"<{tag.name}> is not closed", tag.offset)
        if not last and not self._open:
            yield Problem("there is no <mjml>", 0)

    def _check_text(self, text: Text) -> Iterator[Problem]:
        parent = self._open[-1].name if self._open else ""
        if self._is_in_content():
            return
        where = f"directly in {parent}" if parent else "outside of <mjml>"
        message = f"text stands {where}, where it is dropped; put it in an mj-text"
        yield Problem(message, text.offset)

    def _close(self, tag: Tag) -> Iterator[Problem]:
        if self._open and self._open[-1].name == tag.name:
            self._open.pop()
            return
        names = [each.name for each in self._open]
        if tag.name not in names:
            yield Problem(f"</{tag.name}> closes nothing", tag.offset)
            return
        while self._open[-1].name != tag.name:
            left = self._open.pop()
            yield Problem(f"<{left.name}> is not closed before </{tag.name}>", left.offset)
        self._open.pop()

    def _open_element(self, tag: Tag) -> Iterator[Problem]:
        yield from self._check_syntax(tag)
        if self._is_in_content():
            yield from self._check_in_content(tag)
        else:
            yield from self._check_element(tag)
        if not tag.is_empty and not (tag.name.lower() in _VOID and self._is_in_content()):
            self._open.append(tag)

    def _check_syntax(self, tag: Tag) -> Iterator[Problem]:
        seen: set[str] = set()
        for attribute in tag.attributes:
            if not attribute.is_quoted:
                value = attribute.value or attribute.name
                yield Problem(
                    f'<{tag.name}>: write {attribute.name}="{value}", in quotes', attribute.offset
                )
            if attribute.name in seen:
                yield Problem(f"<{tag.name}>: {attribute.name} is written twice", attribute.offset)
            seen.add(attribute.name)

    def _check_in_content(self, tag: Tag) -> Iterator[Problem]:
        """Inside of words stands HTML, of which only the shape is checked."""
        content = next(each.name for each in reversed(self._open) if each.name in CONTENT)
        if tag.name.startswith("mj-"):
            yield Problem(f"{tag.name} cannot be used inside {content}", tag.offset)
        elif content in WORDS_ONLY:
            yield Problem(f"{content} holds words only, no <{tag.name}>", tag.offset)

    def _check_element(self, tag: Tag) -> Iterator[Problem]:
        parent = self._open[-1].name if self._open else ""
        if tag.name in LACKING_ELEMENTS:
            yield Problem(f"{tag.name}: {LACKING_ELEMENTS[tag.name]}", tag.offset)
            return
        if "mj-attributes" in (each.name for each in self._open):
            yield from self._check_defaults(tag)
            return
        if tag.name not in self._schema.attributes:
            hint = did_you_mean(tag.name, self._schema.attributes)
            advice = "" if hint else "; HTML goes into an mj-text or an mj-raw"
            yield Problem(f"there is no element {tag.name}{hint}{advice}", tag.offset)
            return
        if not parent and tag.name != "mjml":
            yield Problem(f"{tag.name} stands outside of <mjml>", tag.offset)
        elif parent in self._schema.children and tag.name not in self._schema.children[parent]:
            parents = ", ".join(self._schema.list_parents(tag.name))
            only = f"only inside {parents}" if parents else "only at the beginning"
            yield Problem(f"{tag.name} cannot be used inside {parent}, {only}", tag.offset)
        yield from self._check_attributes(tag, dict(self._schema.attributes[tag.name]))

    def _check_defaults(self, tag: Tag) -> Iterator[Problem]:
        """Inside of mj-attributes an element gives others their attributes."""
        known = self._schema.attributes.get(tag.name)
        if known is None and tag.name not in {"mj-all", "mj-class"}:
            hint = did_you_mean(tag.name, [*self._schema.attributes, "mj-all", "mj-class"])
            yield Problem(f"mj-attributes: there is no element {tag.name}{hint}", tag.offset)
            return
        names = {"name": "string"} if tag.name == "mj-class" else {}
        yield from self._check_attributes(
            tag, names | dict(known or self._schema.list_all_attributes())
        )

    def _check_attributes(self, tag: Tag, known: dict[str, str]) -> Iterator[Problem]:
        for attribute in tag.attributes:
            if message := _judge(tag, attribute, known):
                yield Problem(f"<{tag.name}>: {message}", attribute.offset)

    def _is_in_content(self) -> bool:
        return any(tag.name in CONTENT for tag in self._open)


def _measure_depth(html: str) -> int:
    """Tell how deeply a piece of HTML nests, whole or not: mrml follows it all the same."""
    depth = deepest = 0
    for piece in read_tags(html):
        if isinstance(piece, Tag) and not piece.is_empty and piece.name.lower() not in _VOID:
            depth += -1 if piece.is_end else 1
            deepest = max(deepest, depth)
    return deepest


def _judge(tag: Tag, attribute: Attribute, known: dict[str, str]) -> str:
    """Tell what is wrong with an attribute; empty when nothing is."""
    name, value = attribute.name, attribute.value
    if (tag.name, name) in LACKING_ATTRIBUTES:
        return f"{name}: {LACKING_ATTRIBUTES[tag.name, name]}"
    if name not in known:
        return f"there is no attribute {name}{did_you_mean(name, known)}"
    if attribute.is_quoted and (fault := find_fault(value, known[name])):
        return f'{name}="{value}": {fault}'
    return ""
