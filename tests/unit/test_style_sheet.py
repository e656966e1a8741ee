"""One style sheet gives light and dark colours, and no client meets a custom property."""

import pytest

from newsletter.errors import RenderError
from newsletter.rendering.palette import Palette
from newsletter.rendering.style_sheet import StyleSheets, build_style_sheets
from newsletter.rendering.theme import load_theme
from newsletter.rendering.theme_folder import list_themes

PALETTE = Palette(
    {"ink": "#111111", "card": "#ffffff", "line": "#dddddd"},
    {"ink": "#eeeeee", "card": "#222222", "line": "#444444"},
    {},
)


def build(css: str) -> StyleSheets:
    """Sort one sheet."""
    return build_style_sheets([(css, "mine/theme.css")], PALETTE)


def test_a_rule_with_a_colour_gets_a_dark_twin_of_its_colours_alone() -> None:
    """No element is forgotten in the dark, and nothing else is said twice."""
    sheets = build("h1, h2{margin:0;color:var(--ink)}")

    assert sheets.content == "h1,h2{margin:0;color:#111111}"
    assert "h1,h2{color:#eeeeee !important}" in sheets.head
    assert sheets.outlook == "[data-ogsc] h1,[data-ogsc] h2{color:#eeeeee !important}"


def test_a_border_keeps_its_width_in_the_dark() -> None:
    """A rule for text from right to left may have taken it away."""
    assert (
        "q{border-left-color:#444444 !important}"
        in build("q{border-left:3px solid var(--line)}").head
    )


def test_rules_that_say_the_same_in_the_dark_become_one() -> None:
    """Gmail ignores a sheet of more than 16 KB."""
    assert "a,b{color:#eeeeee !important}" in build("a{color:var(--ink)}b{color:var(--ink)}").head


def test_media_queries_stay_in_the_head_and_dark_rules_join_the_others() -> None:
    """They cannot be written into elements."""
    sheets = build(
        "@media (max-width:9px){a>b{color:var(--ink)}}@dark{.page{background-color:var(--card)}}"
    )

    assert sheets.content == ""
    assert "@media (max-width:9px){a>b{color:#111111}}" in sheets.head
    assert ".page{background-color:#222222 !important}" in sheets.head
    assert sheets.outlook == "[data-ogsb] .page{background-color:#222222 !important}"


@pytest.mark.parametrize(
    ("css", "message"),
    [
        (
            "\na{color:var(--inc)}",
            r"mine/theme.css:2: there is no colour inc \(did you mean ink\?\)",
        ),
        ("a{}\n\nb{color}", "mine/theme.css:3: "),
        ("\na{\nb{}", "mine/theme.css:3: a rule in a rule"),
        ("}", "mine/theme.css:1: "),
    ],
)
def test_a_sheet_that_cannot_be_used_names_its_line(css: str, message: str) -> None:
    """A slip of the finger is found at once."""
    with pytest.raises(RenderError, match=message):
        build(css)


@pytest.mark.parametrize("name", [theme.name for theme in list_themes()])
def test_a_packaged_theme_leaves_gmail_its_sheet(name: str) -> None:
    """It ignores what is larger than 8,192 characters, and every colour has a name."""
    styles = load_theme(name).styles

    assert len(styles.head) < 8192
    assert len(styles.outlook) < 8192
    assert "var(" not in styles.content + styles.head + styles.outlook
