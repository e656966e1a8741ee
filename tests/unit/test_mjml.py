"""What crashes mrml is refused before, what it garbles is written another way."""

import subprocess
import sys

import pytest

from newsletter.errors import RenderError
from newsletter.rendering.mjml import compile_mjml, escape_for_mjml
from newsletter.rendering.template_places import Filled, Piece

PAGE = "<mjml><mj-body><mj-section><mj-column>{}</mj-column></mj-section></mj-body></mjml>"


def compile_text(mjml: str) -> str:
    """Compile MJML that no template gave."""
    return compile_mjml(Filled(mjml, "weekly"))


def test_no_font_is_fetched_by_the_page() -> None:
    """A font from another host tells that host who reads."""
    page = compile_text(PAGE.format('<mj-text font-family="Roboto, Ubuntu">a</mj-text>'))

    assert "fonts.googleapis" not in page
    assert "@import" not in page


def test_no_attribute_is_written_that_is_css() -> None:
    """The compiler gives a column's cell an attribute vertical-align, which is not HTML."""
    page = compile_text(PAGE.format("<mj-text>a</mj-text>"))

    assert "vertical-align:top" in page
    assert "vertical-align=" not in page


@pytest.mark.parametrize(
    "inside",
    ["{}", "<!--[if mso]>{}<![endif]-->", "<script>{}</script>", "<style>{}</style>"],
)
def test_deep_nesting_is_refused_before_it_kills_the_process(inside: str) -> None:
    """20,000 nested elements end mrml in a segmentation fault that nothing catches."""
    program = (
        "from newsletter.rendering.mjml import compile_mjml\n"
        "from newsletter.rendering.template_places import Filled\n"
        "from newsletter.errors import RenderError\n"
        f"inside = {inside!r}.format('<div title=\">\">' * 20000)\n"
        "try:\n"
        f"    page = {PAGE.format('<mj-raw>{}</mj-raw>')!r}.format(inside)\n"
        "    compile_mjml(Filled(page, 'weekly'))\n"
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

    page = compile_text(PAGE.format(f"<mj-raw>{many}</mj-raw>"))

    assert page.count("<img") == 300


def test_every_mistake_is_told_with_its_place_in_the_template() -> None:
    """The author of a theme mends all of them before the next try."""
    piece = Piece("templates/issue/mine/issue.mjml.j2", 7, 3, length=20)
    mjml = Filled("<mjml><mj-body><mj-txt /><mj-txt /></mj-body></mjml>", "mine", ((15, piece),))

    with pytest.raises(RenderError) as refused:
        compile_mjml(mjml)

    places = [line.partition(": ")[0] for line in str(refused.value).splitlines()]
    assert places == [f"{piece.template}:7:3", f"{piece.template}:7:13"]


@pytest.mark.parametrize("mjml", ["<mjml><mj-body>", "<mjml>\x00</mjml>", "\ud800", ""])
def test_whatever_cannot_be_compiled_is_a_render_error(mjml: str) -> None:
    """The caller shows it with the template's name."""
    with pytest.raises(RenderError, match="weekly"):
        compile_mjml(Filled(mjml, "weekly"))


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

    page = compile_text(
        PAGE.format(f'<mj-image src="x" alt="{title}" />').replace(
            "<mj-body>", f"<mj-head><mj-title>{title}</mj-title></mj-head><mj-body>"
        )
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
