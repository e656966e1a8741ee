"""A theme's style sheets → what is written into elements and what stays in the head.

A sheet names colours as ``var(--ink)``; the palette says what they are. From every rule with such a
colour another one is made for dark backgrounds, so that none can be forgotten. Mail clients know no
custom properties: none is left in a page.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Final

from newsletter.errors import RenderError
from newsletter.rendering.palette import Palette
from newsletter.settings.values import did_you_mean

if TYPE_CHECKING:
    from tinycss2.ast import AtRule, Node, QualifiedRule

_VAR: Final = re.compile(r"var\(\s*--([\w-]+)\s*\)")
#: ``@dark { … }``: rules for dark backgrounds alone, with the palette's dark colours.
_DARK: Final = "dark"


@dataclass(frozen=True, slots=True)
class StyleSheets:
    """The styles of a page."""

    #: For the elements; light colours.
    content: str
    #: For the head: phones and whatever else the theme asks for, then dark colours.
    head: str
    #: For the head, apart: attribute selectors by which Outlook's apps and web pages are told
    #: dark colours. A client that does not understand them may drop the sheet they stand in.
    outlook: str


@dataclass(slots=True)
class _Dark:
    """The rules for dark backgrounds, as they come."""

    rules: list[tuple[tuple[str, ...], dict[str, str]]] = field(default_factory=list)

    def write(self) -> str:
        """Write a media query; rules in a row that say the same become one."""
        lines: list[str] = []
        for css, rules in groupby(self.rules, lambda rule: _join(rule[1], " !important")):
            selectors = ",".join(selector for rule in rules for selector in rule[0])
            lines.append(f"{selectors}{{{css}}}")
        return "\n".join(["@media (prefers-color-scheme:dark){", *lines, "}"])

    def write_outlook(self) -> str:
        """Write text colours and backgrounds once more, each under its own mark."""
        lines = []
        for mark, names in (
            ("[data-ogsc]", ("color",)),
            ("[data-ogsb]", ("background", "background-color")),
        ):
            for selectors, declarations in self.rules:
                kept = {name: value for name, value in declarations.items() if name in names}
                if kept:
                    marked = ",".join(f"{mark} {selector}" for selector in selectors)
                    lines.append(f"{marked}{{{_join(kept, ' !important')}}}")
        return "\n".join(lines)


def build_style_sheets(files: Sequence[tuple[str, str]], palette: Palette) -> StyleSheets:
    """Put colours into style sheets and sort their rules by where they go.

    Args:
        files: Content and name for messages, in the order of the cascade.
        palette: Gives the colours.

    Raises:
        RenderError: A sheet cannot be read or names a colour that there is not; names file and
            line.
    """
    from tinycss2 import parse_stylesheet

    content: list[str] = []
    head: list[str] = [":root{color-scheme:light dark;supported-color-schemes:light dark}"]
    dark = _Dark()
    for css, name in files:
        for rule in parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
            match rule.type:
                case "qualified-rule":
                    content.append(_add_rule(rule, palette, dark, name))
                case "at-rule" if rule.lower_at_keyword == _DARK:
                    for inner in _read_rules(rule):
                        declarations = _read_declarations(inner, name)
                        resolved = _resolve(declarations, palette.dark, inner, name)
                        dark.rules.append((_read_selectors(inner), resolved))
                case "at-rule":
                    head.append(_put_colors(rule.serialize(), palette.light, rule, name))
                case _:
                    raise RenderError(f"{name}:{rule.source_line}: {rule.message}")
    return StyleSheets("\n".join(content), "\n".join([*head, dark.write()]), dark.write_outlook())


def _add_rule(rule: "QualifiedRule", palette: Palette, dark: _Dark, name: str) -> str:
    """Write a rule in light colours, and note those of its declarations that differ in the dark."""
    declarations = _read_declarations(rule, name)
    selectors = _read_selectors(rule)
    colored = dict(
        _only_color(key, value) for key, value in declarations.items() if _VAR.search(value)
    )
    if colored:
        dark.rules.append((selectors, _resolve(colored, palette.dark, rule, name)))
    return f"{','.join(selectors)}{{{_join(_resolve(declarations, palette.light, rule, name))}}}"


def _only_color(name: str, value: str) -> tuple[str, str]:
    """Leave a border its width and style: another rule may have taken the border away."""
    color = _VAR.search(value)
    if name.startswith("border") and color:
        return f"{name.removesuffix('-color')}-color", color[0]
    return name, value


def _read_rules(rule: "AtRule") -> "Iterable[Node]":
    from tinycss2 import parse_rule_list

    rules: list[Node] = parse_rule_list(
        rule.content or [], skip_comments=True, skip_whitespace=True
    )
    return rules


def _read_selectors(rule: "QualifiedRule") -> tuple[str, ...]:
    from tinycss2 import serialize

    return tuple(
        re.sub(r"\s*([>+~])\s*", r"\1", " ".join(selector.split()))
        for selector in serialize(rule.prelude).split(",")
    )


def _read_declarations(rule: "QualifiedRule", name: str) -> dict[str, str]:
    from tinycss2 import parse_blocks_contents, serialize

    declarations: dict[str, str] = {}
    for each in parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True):
        if each.type != "declaration":
            message = getattr(each, "message", "a rule in a rule")
            raise RenderError(f"{name}:{each.source_line}: {message}")
        declarations[each.lower_name] = serialize(each.value).strip()
    return declarations


def _resolve(
    declarations: Mapping[str, str],
    colors: Mapping[str, str],
    rule: "QualifiedRule",
    name: str,
) -> dict[str, str]:
    return {key: _put_colors(value, colors, rule, name) for key, value in declarations.items()}


def _put_colors(css: str, colors: Mapping[str, str], rule: "Node", name: str) -> str:
    def put(match: re.Match[str]) -> str:
        if match[1] not in colors:
            hint = did_you_mean(match[1], colors)
            raise RenderError(f"{name}:{rule.source_line}: there is no colour {match[1]}{hint}")
        return colors[match[1]]

    return _VAR.sub(put, css)


def _join(declarations: Mapping[str, str], end: str = "") -> str:
    return ";".join(f"{name}:{value}{end}" for name, value in declarations.items())
