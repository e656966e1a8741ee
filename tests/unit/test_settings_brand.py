"""Section [brand]: values that go into style sheets and pages unchanged."""

import pytest

from newsletter.settings.urls import parse_image_url
from newsletter.settings.values import parse_color, parse_font


def test_a_colour_is_spelled_in_lower_case() -> None:
    """Style sheets compare equal whoever wrote the setting."""
    assert parse_color("#1D4ED8") == "#1d4ed8"


@pytest.mark.parametrize("text", ["", "#fff", "1d4ed8", "#1d4ed8;", "red", "#1d4ed8}body{"])
def test_anything_else_than_six_digits_is_no_colour(text: str) -> None:
    """It is written into style sheets, which must not be ended by it."""
    with pytest.raises(ValueError, match="no colour"):
        parse_color(text)


def test_fonts_are_listed_without_spaces_between() -> None:
    """They are repeated in each element of a message."""
    assert parse_font("'Noto Serif KR' , Georgia,  serif") == "'Noto Serif KR',Georgia,serif"


@pytest.mark.parametrize("text", ["", '"Arial"', "Arial;color:red", "a,,b", "x}", "url(x)"])
def test_a_font_cannot_end_the_style_it_stands_in(text: str) -> None:
    """The list goes into style attributes in double quotes."""
    with pytest.raises(ValueError, match="no list of fonts"):
        parse_font(text)


def test_a_logo_is_fetched_over_https() -> None:
    """Mail clients load nothing else without a warning."""
    assert parse_image_url("https://example.org/logo.png?v=2") == "https://example.org/logo.png?v=2"


@pytest.mark.parametrize(
    "text", ["", "http://example.org/a.png", "logo.png", "https://x/a'b", 'https://x/a"b', "data:,"]
)
def test_a_logo_must_not_break_out_of_its_attribute(text: str) -> None:
    """It is written into an attribute of the page."""
    with pytest.raises(ValueError, match="no URL of an image"):
        parse_image_url(text)
