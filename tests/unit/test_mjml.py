"""What crashes mrml is refused before, what it garbles is written another way."""

import subprocess
import sys

import pytest

from newsletter.errors import RenderError
from newsletter.rendering.mjml import compile_mjml, escape_for_mjml

PAGE = "<mjml><mj-body><mj-section><mj-column>{}</mj-column></mj-section></mj-body></mjml>"


def test_no_font_is_fetched_by_the_page() -> None:
    """A font from another host tells that host who reads."""
    page = compile_mjml(
        PAGE.format('<mj-text font-family="Roboto, Ubuntu">a</mj-text>'), template="t"
    )

    assert "fonts.googleapis" not in page
    assert "@import" not in page


def test_no_attribute_is_written_that_is_css() -> None:
    """The compiler gives a column's cell an attribute vertical-align, which is not HTML."""
    page = compile_mjml(PAGE.format("<mj-text>a</mj-text>"), template="t")

    assert "vertical-align:top" in page
    assert "vertical-align=" not in page


def test_deep_nesting_is_refused_before_it_kills_the_process() -> None:
    """20,000 nested elements end mrml in a segmentation fault that nothing catches."""
    program = (
        "from newsletter.rendering.mjml import compile_mjml\n"
        "from newsletter.errors import RenderError\n"
        "try:\n"
        "    compile_mjml('<mj-raw>' + '<div title=\">\">' * 20000, template='weekly')\n"
        "except RenderError as error:\n"
        "    print(error)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "nest deeper than 200" in done.stdout


def test_elements_that_end_do_not_count_as_depth() -> None:
    """A long page is not a deep page."""
    many = '<div title="/>"><br><img src="x"/><!-- <div> --></div>' * 300

    page = compile_mjml(PAGE.format(f"<mj-raw>{many}</mj-raw>"), template="t")

    assert page.count("<img") == 300


def test_an_include_is_refused_with_its_place() -> None:
    """It would read any file, or itself without end."""
    with pytest.raises(RenderError, match=r"weekly \(line 2, column 1 .*mj-include is not allowed"):
        compile_mjml('<mjml>\n<mj-include path="/etc/passwd" />\n</mjml>', template="weekly")


def test_an_error_names_line_and_column_in_characters() -> None:
    """Mrml counts bytes, and a Korean syllable has three."""
    mjml = "<mjml><mj-head>\n<!-- 한국어 --><mj-title><b></mj-title></mj-head></mjml>"

    with pytest.raises(RenderError, match=r"weekly \(line 2, column 23 .*한국어"):
        compile_mjml(mjml, template="weekly")


@pytest.mark.parametrize("mjml", ["<mjml><mj-body>", "<mjml>\x00</mjml>", "\ud800", ""])
def test_whatever_mrml_refuses_is_a_render_error(mjml: str) -> None:
    """The caller shows it with the template's name."""
    with pytest.raises(RenderError, match="weekly"):
        compile_mjml(mjml, template="weekly")


@pytest.mark.parametrize(
    "text",
    [
        '" onclick="alert(1)',
        "back\\slash",
        "family \U0001f468\u200d\U0001f469\u200d\U0001f467",
        "heart \u2764\ufe0f",
        "non\xa0breaking",
        "soft\xadhyphen",
        "\u200bzero\u200cwidth\u200f",
        "combining e\u0301",
        "private \ue000",
        "tab\tand\nline",
        "한글과 \u1112\u1161\u11ab",
        "<b> & 'x'",
    ],
)
def test_a_title_reaches_an_attribute_unchanged(text: str) -> None:
    """Mrml writes attributes as Rust shows strings, and a quotation mark would end them."""
    from lxml import html

    title = escape_for_mjml(text)

    page = compile_mjml(
        PAGE.format(f'<mj-image src="x" alt="{title}" />').replace(
            "<mj-body>", f"<mj-head><mj-title>{title}</mj-title></mj-head><mj-body>"
        ),
        template="t",
    )
    root = html.document_fromstring(page)

    assert root.findtext(".//title") == text
    assert root.xpath("//@aria-label") == [text]
    assert root.xpath("//img/@alt") == [text]
    assert root.xpath("//@onclick") == []


def test_markup_of_the_theme_is_not_escaped() -> None:
    """A rule with a child selector would be dead with its sign escaped."""
    from markupsafe import Markup

    assert escape_for_mjml(Markup("a>b")) == "a>b"
