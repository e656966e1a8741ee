"""Colours have names, are read where they stand, and follow the brand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import RenderError
from newsletter.rendering.contrast import READABLE, contrast_ratio, find_readable
from newsletter.rendering.palette import Palette, build_palette
from newsletter.rendering.theme import load_theme
from newsletter.rendering.theme_folder import list_themes
from newsletter.settings import BrandSettings

COLORS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)
SHARED = """\
[light]
card = "#ffffff"
ink = "#1f2530"
[dark]
card = "#171b22"
ink = "#d6dce5"
[read]
ink = ["card"]
link = ["card"]
"""


def build(brand: BrandSettings = BrandSettings(), own: str = "") -> Palette:  # noqa: B008 - frozen
    """Build a small palette, with a theme's own over it."""
    return build_palette([(SHARED, "shared/palette.toml"), (own, "mine/palette.toml")], brand)


@pytest.mark.parametrize(
    ("color", "background", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#1d4ed8", "#1d4ed8", 1.0)],
)
def test_contrast_is_that_of_the_standard(color: str, background: str, ratio: float) -> None:
    """The examples of WCAG."""
    assert round(contrast_ratio(color, background), 2) == ratio
    assert round(contrast_ratio(background, color), 2) == ratio


@given(COLORS, COLORS)
def test_some_colour_near_any_other_is_readable(color: str, background: str) -> None:
    """Black or white is, at the latest."""
    assert contrast_ratio(find_readable(color, [background]), background) >= READABLE


def test_a_colour_that_is_read_stays_as_it_is() -> None:
    """The brand chose it."""
    assert find_readable("#1d4ed8", ["#ffffff", "#f4f6fa"]) == "#1d4ed8"


@pytest.mark.parametrize("name", [theme.name for theme in list_themes()])
def test_a_packaged_theme_is_read_in_both_palettes(name: str) -> None:
    """With the colours it comes with, light and dark."""
    assert load_theme(name).findings == ()


def test_a_pale_brand_is_told_with_its_contrast_and_the_nearest_colour_that_is_read() -> None:
    """Links are shown in that colour until then: no reader waits for the setting to be mended."""
    palette = build(BrandSettings(color="#ffd400"))

    (finding,) = palette.findings
    assert finding.rule == "brand-contrast"
    assert '[brand] color "#ffd400" has a contrast of 1.4 to 1 on #ffffff' in finding.message
    assert f'color = "{palette.light["link"]}"' in finding.advice
    assert contrast_ratio(palette.light["link"], "#ffffff") >= READABLE
    assert palette.light["brand"] == "#ffd400"


def test_words_on_the_brand_are_dark_on_a_pale_one_and_white_on_a_dark_one() -> None:
    """A button is read, whatever its colour."""
    assert build(BrandSettings(color="#ffd400")).light["on-brand"] == "#111722"
    assert build(BrandSettings(color="#1d4ed8")).light["on-brand"] == "#ffffff"


def test_a_theme_changes_single_colours() -> None:
    """Its file holds what differs; what cannot be read any more is told."""
    palette = build(own='[light]\nink = "#BBBBBB"')

    assert palette.light["ink"] == "#bbbbbb"
    assert palette.dark["ink"] == "#d6dce5"
    assert [finding.rule for finding in palette.findings] == ["theme-contrast"]
    assert "mine/palette.toml: [light] ink #bbbbbb" in palette.findings[0].message


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ("[ligth]", r"mine/palette.toml: there is no table ligth \(did you mean light\?\)"),
        ('[light]\nink = "red"', r"\[light\] ink: expected # and six hex digits"),
        ('[light]\nmine = "#123456"', r"mine must have a colour in \[light\] and in \[dark\]"),
        (
            '[read]\nink = ["crad"]',
            r"\[read\] ink: there is no colour crad \(did you mean card\?\)",
        ),
        ("[read]\nink = 1", r"\[read\] ink: there is no colour 1"),
        ("light", "mine/palette.toml: "),
    ],
)
def test_a_palette_that_cannot_be_used_says_why(own: str, message: str) -> None:
    """Whoever made a theme mends it without reading our code."""
    with pytest.raises(RenderError, match=message):
        build(own=own)
