"""Text in a brand's colour, and on it, can be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.settings import BrandSettings
from newsletter.web.assets import DARK_BACKGROUND, LIGHT_BACKGROUND, Assets, build_brand_css
from newsletter.web.colors import choose_text_on, make_readable, measure_contrast

COLORS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("first", "second", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#ffffff", "#ffffff", 1.0), ("#777777", "#ffffff", 4.48)],
)
def test_contrast_is_measured_as_wcag_does(first: str, second: str, ratio: float) -> None:
    """The third is the best known grey that is just not enough."""
    assert round(measure_contrast(first, second), 2) == ratio


@given(COLORS, st.sampled_from([LIGHT_BACKGROUND, DARK_BACKGROUND]))
def test_any_colour_becomes_readable(color: str, background: str) -> None:
    """4.5:1 is what WCAG 2.2 asks for."""
    assert measure_contrast(make_readable(color, background=background), background) >= 4.5


@given(COLORS)
def test_a_buttons_text_can_be_read_on_any_colour(color: str) -> None:
    """White or near-black: one of them always has contrast enough."""
    assert measure_contrast(choose_text_on(color), color) >= 4.3


def test_a_colour_that_is_readable_stays_as_it_is() -> None:
    """A brand is recognised by it."""
    assert make_readable("#1d4ed8", background="#ffffff") == "#1d4ed8"


def test_the_style_sheet_begins_with_the_brand() -> None:
    """Its colours in light and dark, and its font before ours."""
    css = build_brand_css(BrandSettings(color="#ffee00", color_dark="#8fb4ff", font="'Inter'"))

    light, dark = css.splitlines()
    assert light.startswith(":root{--brand-font:'Inter',;--brand:#ffee00;--on-brand:#101114;")
    assert dark.startswith("@media (prefers-color-scheme:dark){:root{--brand:#8fb4ff;")


def test_a_changed_file_has_another_name() -> None:
    """Browsers keep it for good."""
    first, second = Assets(BrandSettings()), Assets(BrandSettings(color="#000000"))

    assert first.names["site.css"] != second.names["site.css"]
    assert first.names["solve.js"] == second.names["solve.js"]
    assert first.find(second.names["site.css"]) is None


def test_the_script_names_the_file_of_its_worker() -> None:
    """By its hashed name, or the browser would find nothing."""
    assets = Assets(BrandSettings())

    script = assets.find(assets.names["solve.js"])

    assert script is not None
    assert f'"./{assets.names["solve-worker.js"]}"' in script.content.decode()
