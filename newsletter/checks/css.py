"""CSS as the checks need it: declarations and rules, read by tinycss2; nothing raises."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tinycss2.ast import Node

#: At-rules that hold rules.
_GROUPS: Final = frozenset({"media", "supports"})


@dataclass(frozen=True, slots=True)
class Declaration:
    """One property and its value."""

    #: In lower case.
    name: str
    #: In lower case, white space around it removed.
    value: str
    is_important: bool = False
    #: In lower case, also inside of functions.
    functions: frozenset[str] = frozenset()
    #: Such as ``px`` and ``%``.
    units: frozenset[str] = frozenset()
    #: Keywords and names, in lower case.
    words: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class StyleRule:
    """Selectors and what holds for the elements they pick."""

    selector: str
    #: The conditions around it, such as ``(prefers-color-scheme:dark)``; empty for none.
    condition: str = ""
    declarations: tuple[Declaration, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class StyleSheet:
    """A style sheet, in the order it is written."""

    rules: tuple[StyleRule, ...]
    #: Names without the ``@``.
    at_rules: tuple[str, ...]
    has_comments: bool


@lru_cache(maxsize=1024)
def parse_declarations(style: str) -> tuple[Declaration, ...]:
    """Read a style attribute; what is no declaration is passed over."""
    import tinycss2

    return tuple(_read_declarations(tinycss2.parse_blocks_contents(style, skip_whitespace=True)))


@lru_cache(maxsize=64)
def parse_style_sheet(css: str) -> StyleSheet:
    """Read the content of a style element."""
    import tinycss2

    nodes = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    read = list(_read_rules(nodes, condition=""))
    return StyleSheet(
        rules=tuple(each for each in read if isinstance(each, StyleRule)),
        at_rules=tuple(each for each in read if isinstance(each, str)),
        has_comments="/*" in css,
    )


def _read_rules(nodes: "Iterable[Node]", *, condition: str) -> Iterator[StyleRule | str]:
    """Read rules, and the names of at-rules before what is inside of them."""
    import tinycss2

    for node in nodes:
        if node.type == "qualified-rule":
            content = tinycss2.parse_blocks_contents(node.content, skip_whitespace=True)
            yield StyleRule(
                selector=tinycss2.serialize(node.prelude).strip(),
                condition=condition,
                declarations=tuple(_read_declarations(content)),
            )
        elif node.type == "at-rule":
            yield node.lower_at_keyword
            if node.lower_at_keyword in _GROUPS and node.content is not None:
                inner = tinycss2.parse_rule_list(
                    node.content, skip_comments=True, skip_whitespace=True
                )
                around = f"{condition} {tinycss2.serialize(node.prelude).strip().lower()}".strip()
                yield from _read_rules(inner, condition=around)


def _read_declarations(nodes: "Iterable[Node]") -> Iterator[Declaration]:
    import tinycss2

    for node in nodes:
        if node.type != "declaration":
            continue
        functions, units, words = set(), set(), set()
        for token in _walk(node.value):
            match token.type:
                case "function":
                    functions.add(token.lower_name)
                case "dimension":
                    units.add(token.lower_unit)
                case "percentage":
                    units.add("%")
                case "ident":
                    words.add(token.lower_value)
        yield Declaration(
            node.lower_name,
            tinycss2.serialize(node.value).strip().lower(),
            node.important,
            frozenset(functions),
            frozenset(units),
            frozenset(words),
        )


def _walk(nodes: "Iterable[Node]") -> "Iterator[Node]":
    for node in nodes:
        yield node
        yield from _walk(getattr(node, "arguments", None) or getattr(node, "content", None) or ())
