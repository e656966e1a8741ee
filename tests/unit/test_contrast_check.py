"""Colours as a mail client computes them, in light and in dark."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.checks.colors import Look, Shade, compute_looks
from newsletter.checks.css import parse_declarations, parse_style_sheet
from newsletter.checks.page import Page
from tests.unit.checked import check_text, list_places

HTML = {"allow_html": True}


def look_of(html: str, shade: Shade = Shade.LIGHT) -> Look:
    """Compute the look of the element <i>."""
    looks = compute_looks(Page(f"<html><head></head><body>{html}</body></html>"), shade)
    return next(look for element, look in looks.items() if element.tag == "i")


@pytest.mark.parametrize(
    ("html", "color", "background"),
    [
        ("<i>x</i>", "#000000", "#ffffff"),
        ('<p style="color:#123456"><i>x</i></p>', "#123456", "#ffffff"),
        ('<p style="background:#eee url()"><i>x</i></p>', "#000000", None),
        ('<p style="background:#abc"><i style="color:red">x</i></p>', "#ff0000", "#aabbcc"),
        ('<table bgcolor="#112233"><td><i>x</i></td></table>', "#000000", "#112233"),
        ('<p style="background-color:rgba(0,0,0,.5)"><i>x</i></p>', "#000000", "#808080"),
        ("<style>i{color:#111111} p i{color:#222222}</style><p><i>x</i></p>", "#222222", "#ffffff"),
        (
            "<style>i{color:#111111 !important}</style><i style='color:red'>x</i>",
            "#111111",
            "#ffffff",
        ),
        ('<a href="/"><i>x</i></a>', "#0000ee", "#ffffff"),
    ],
)
def test_the_cascade_decides(html: str, color: str, background: str | None) -> None:
    """Important, own, specific, late: the greater one wins; what is transparent lets through."""
    look = look_of(html)

    assert (look.color, look.background) == (color, background)


def test_dark_rules_hold_in_the_dark_only() -> None:
    """Rules for narrow screens and for Outlook's apps hold in neither."""
    html = (
        "<style>@media (prefers-color-scheme:dark){body{background:#101010 !important}"
        "i{color:#eeeeee !important}}"
        "@media (max-width:480px){i{color:#ff0000 !important}}"
        "[data-ogsc] i{color:#00ff00 !important}</style><i style='color:#333333'>x</i>"
    )

    light, dark = look_of(html), look_of(html, Shade.DARK)

    assert (light.color, light.background) == ("#333333", "#ffffff")
    assert (dark.color, dark.background) == ("#eeeeee", "#101010")


@pytest.mark.parametrize(
    ("style", "is_large"),
    [
        ("font-size:24px", True),
        ("font-size:23px", False),
        ("font-size:14pt;font-weight:700", True),
        ("font-size:14pt", False),
        ("font-size:150%", True),
        ("font-size:1.5rem", True),
    ],
)
def test_large_text_needs_less_contrast(style: str, is_large: bool) -> None:
    """WCAG 2.2: 18 pt, or 14 pt in bold."""
    assert look_of(f'<i style="{style}">x</i>').is_large is is_large


def test_one_pale_colour_is_told_once_and_hidden_text_never(tmp_path: Path) -> None:
    """Twenty cells of one colour are one fault."""
    markdown = (
        '<p style="color:#aaaaaa">pale</p>\n\n<p style="color:#aaaaaa">pale, too</p>\n\n'
        '<p style="color:#bbbbbb;display:none">not seen</p>\n'
    )

    checked = check_text(tmp_path, markdown, rendering=HTML)

    assert list_places(checked) == ["contrast 6:1"]


@given(st.text())
def test_any_style_can_be_read(style: str) -> None:
    """What is no declaration is passed over."""
    declarations = parse_declarations(style)
    sheet = parse_style_sheet(style)

    assert all(each.name for each in declarations)
    assert all(isinstance(rule.selector, str) for rule in sheet.rules)
