"""The colours of a theme, by name, on light and on dark backgrounds.

`palette.toml` has the tables `light` and `dark`, which give each name a colour, and `read`, which
says on which colours a colour is read as text. Three names come from the brand and stand in no
table:

    brand       the brand's own colour, for surfaces and lines; the same in the dark
    link        the brand's colour as text: changed as little as needed to be read
    on-brand    black or white, whichever is read better on brand

A file of a theme holds only what differs from the shared one.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from newsletter.errors import RenderError
from newsletter.rendering.contrast import READABLE, contrast_ratio, find_readable
from newsletter.rendering.finding import Finding, Severity
from newsletter.settings import BrandSettings
from newsletter.settings.values import did_you_mean

_COLOR: Final = re.compile(r"#[0-9a-f]{6}")
_TABLES: Final = ("light", "dark", "read")
#: Readable on most colours; pure black and white glare where a client inverts colours.
_ON_BRAND: Final = ("#ffffff", "#111722")


@dataclass(frozen=True, slots=True)
class Palette:
    """Every colour of a theme, the brand's among them."""

    light: Mapping[str, str]
    dark: Mapping[str, str]
    #: Colour of text → colours it is read on.
    read: Mapping[str, Sequence[str]]
    findings: tuple[Finding, ...] = ()


def build_palette(files: Sequence[tuple[str, str]], brand: BrandSettings) -> Palette:
    """Read palettes, each over the one before, and add the brand's colours.

    Args:
        files: Content and name for messages, the shared one first.
        brand: Its colours may be too pale or too dark for text; the findings say so.

    Raises:
        RenderError: A file cannot be used; names it and the key.
    """
    tables: dict[str, dict[str, object]] = {name: {} for name in _TABLES}
    for content, name in files:
        for table, values in _read_tables(name, content).items():
            tables[table].update(values)
    name = files[-1][1]
    light, dark = (
        _with_brand(_check_colors(tables[side], side, name), tables["read"], brand.color, text)
        for side, text in (("light", brand.color), ("dark", brand.color_dark))
    )
    if missing := sorted(light.keys() ^ dark.keys()):
        raise RenderError(f"{name}: {missing[0]} must have a colour in [light] and in [dark]")
    read = _check_pairs(tables["read"], light, name)
    findings = [*_judge_brand(light, dark, brand, read), *_judge_pairs(light, dark, read, name)]
    return Palette(light, dark, read, tuple(findings))


def _read_tables(name: str, content: str) -> dict[str, dict[str, object]]:
    try:
        tables = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise RenderError(f"{name}: {error}") from error
    for table, values in tables.items():
        if table not in _TABLES or not isinstance(values, dict):
            raise RenderError(f"{name}: there is no table {table}{did_you_mean(table, _TABLES)}")
    return tables


def _check_colors(values: Mapping[str, object], table: str, name: str) -> dict[str, str]:
    colors = {}
    for key, value in values.items():
        color = value.lower() if isinstance(value, str) else ""
        if not _COLOR.fullmatch(color):
            raise RenderError(
                f'{name}: [{table}] {key}: expected # and six hex digits, such as "#1d4ed8"'
            )
        colors[key] = color
    return colors


def _check_pairs(
    read: Mapping[str, object], colors: Mapping[str, str], name: str
) -> dict[str, list[str]]:
    pairs: dict[str, list[str]] = {}
    for key, backgrounds in read.items():
        listed = backgrounds if isinstance(backgrounds, list) else [backgrounds]
        for color in (key, *listed):
            if color not in colors:
                hint = did_you_mean(str(color), colors)
                raise RenderError(f"{name}: [read] {key}: there is no colour {color}{hint}")
        pairs[key] = [str(each) for each in listed]
    return pairs


def _with_brand(
    colors: dict[str, str], read: Mapping[str, object], brand: str, text: str
) -> dict[str, str]:
    listed = read.get("link", [])
    on = [colors[each] for each in listed if each in colors] if isinstance(listed, list) else []
    return {
        **colors,
        "brand": brand,
        "link": find_readable(text, on),
        "on-brand": max(_ON_BRAND, key=lambda color: contrast_ratio(color, brand)),
    }


def _judge_brand(
    light: Mapping[str, str],
    dark: Mapping[str, str],
    brand: BrandSettings,
    read: Mapping[str, Sequence[str]],
) -> Iterator[Finding]:
    """Tell which of the brand's colours had to be changed for text."""
    for key, color, colors in (
        ("color", brand.color, light),
        ("color_dark", brand.color_dark, dark),
    ):
        if colors["link"] != color:
            background = min(
                (colors[each] for each in read["link"]), key=lambda on: contrast_ratio(color, on)
            )
            yield Finding(
                rule="brand-contrast",
                severity=Severity.WARNING,
                message=f'[brand] {key} "{color}" has a contrast of'
                f" {contrast_ratio(color, background):.1f} to 1 on {background}; text needs"
                f" {READABLE}. Links are shown in {colors['link']} instead.",
                advice=f'Write {key} = "{colors["link"]}", the nearest colour that can be read,'
                " or another one.",
            )


def _judge_pairs(
    light: Mapping[str, str], dark: Mapping[str, str], read: Mapping[str, Sequence[str]], name: str
) -> Iterator[Finding]:
    """Tell which of the theme's own colours cannot be read where the theme puts them."""
    for side, colors in (("light", light), ("dark", dark)):
        for key, backgrounds in read.items():
            for each in backgrounds:
                ratio = contrast_ratio(colors[key], colors[each])
                if ratio < READABLE:
                    better = find_readable(colors[key], [colors[other] for other in backgrounds])
                    yield Finding(
                        rule="theme-contrast",
                        severity=Severity.WARNING,
                        message=f"{name}: [{side}] {key} {colors[key]} has a contrast of"
                        f" {ratio:.1f} to 1 on {each} {colors[each]}; text needs {READABLE}.",
                        advice=f'Write {key} = "{better}", the nearest colour that can be read.',
                    )
