"""An issue becomes an edition: whole, the same every time, and open for each recipient."""

import html
import re
from dataclasses import replace
from datetime import UTC, datetime

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.rendering.edition import Edition, Field, fill
from newsletter.rendering.fields import iter_tokens
from newsletter.rendering.inliner import read_page
from newsletter.rendering.markdown import parse_markdown
from newsletter.rendering.render import render_edition
from newsletter.rendering.theme_folder import list_themes
from newsletter.settings import BrandSettings
from tests.unit.golden_files import GOLDEN, read_golden
from tests.unit.sample_issues import WEEKLY, make_issue

LINK = "https://news.example.org/unsubscribe?token=abc&x=1"
VALUES = {"subscriber.name": "김 <R&D>", "unsubscribe_url": LINK}


def render(markdown: str, **changes: object) -> Edition:
    """Render an issue of the sample newsletter."""
    return render_edition(make_issue(markdown, **changes), newsletter=WEEKLY)


def fill_page(markdown: str, **changes: object) -> str:
    """Render an issue and fill its page for one recipient."""
    return fill(render(markdown, **changes).html, VALUES)


def list_lost_words(markdown: str, page: str) -> list[str]:
    """List words of an issue's text that are neither shown nor said for an image."""
    leaves = [token for token in iter_tokens(parse_markdown(markdown)) if not token.children]
    words = {word for token in leaves for word in token.content.split()}
    alternatives = html.unescape(" ".join(re.findall(r'alt="([^"]*)"', page)))
    shown = f"{read_page(page)} {alternatives}"
    return [word for word in words if word not in shown]


@pytest.mark.parametrize("part", ["html", "text"])
def test_the_bilingual_issue_looks_as_its_golden_file(part: str) -> None:
    """A person can open both parts. ``REFRESH_GOLDEN=1 pytest`` writes them anew."""
    edition = render((GOLDEN / "weekly" / "bilingual.md").read_text("utf-8"))
    suffix = {"html": "html", "text": "txt"}[part]

    current = fill(getattr(edition, part), VALUES)

    assert current == read_golden(f"weekly/bilingual.{suffix}", current)


def test_the_same_issue_gives_the_same_bytes() -> None:
    """A message that is sent again after a crash must be the same message."""
    issue = make_issue("## a\n\n{{ subscriber.name }}")

    assert render_edition(issue, newsletter=WEEKLY) == render_edition(issue, newsletter=WEEKLY)


def test_another_text_has_another_digest() -> None:
    """The ledger knows by it that a file changed after planning."""
    assert render("a").digest != render("b").digest


def test_a_field_is_filled_in_each_place_by_its_rules() -> None:
    """In the page a name is text, in a link it is percent-encoded, in the subject it is raw."""
    edition = render(
        "[{{ subscriber.name }}](https://e.example/?n={{ subscriber.name }})",
        subject="{{ subscriber.name or 'You' }}: news",
    )

    page, text = fill(edition.html, VALUES), fill(edition.text, VALUES)

    assert 'href="https://e.example/?n=%EA%B9%80%20%3CR%26D%3E"' in page
    assert ">김 &lt;R&amp;D&gt;</a>" in page
    assert "https://e.example/?n=%EA%B9%80%20%3CR%26D%3E" in text
    assert edition.subject == (Field("subscriber.name", "You", "text"), ": news")


def test_both_parts_let_everyone_leave() -> None:
    """A theme's link is the recipient's own."""
    edition = render("text")

    assert f'href="{LINK.replace("&", "&amp;")}"' in fill(edition.html, VALUES)
    assert LINK in fill(edition.text, VALUES)


def test_a_title_cannot_leave_its_attribute() -> None:
    """MJML writes the title into an attribute of the page."""
    title = 'A " onclick="alert(1)" \U0001f469\u200d\U0001f4bb \\ <b>'

    page = fill_page("text", title=title)

    root = lxml.html.document_fromstring(page)
    assert root.xpath("//@onclick") == []
    assert root.xpath("//@aria-label") == [title]
    assert root.xpath("string(//h1)") == title


def test_braces_that_are_no_fields_stay() -> None:
    """Shortcodes and template examples are the author's text."""
    words = "${{ unsubscribe_url }} {{< figure >}} {{ page.date | x }} `{{ subscriber.name }}`"

    edition = render(f"{words}\n\n    {{{{ unsubscribe_url }}}}")

    assert words.replace("`", "") in read_page(fill(edition.html, VALUES))
    assert "{{ unsubscribe_url }}" in fill(edition.text, VALUES)


def test_raw_html_is_shown_as_text() -> None:
    """What is not sanitised is not let through."""
    page = fill_page("<script>alert(1)</script>\n\n<img src=x onerror=alert(1)>")

    assert "<script" not in page
    assert "<img" not in page


@pytest.mark.parametrize(
    ("markdown", "preheader"),
    [
        ("## Not this\n\n![nor](x) But *this*.\n\n- and that", "But this. and that"),
        ("가나다 " * 40, f"{'가나다 ' * 21}가나다…"),
        ("가" * 100, f"{'가' * 90}…"),
        ("Dear {{ subscriber.name or 'reader' }}", "Dear reader"),
        ("", ""),
    ],
)
def test_without_a_preheader_the_first_words_stand_there(markdown: str, preheader: str) -> None:
    """Else mail clients show the link to the browser version."""
    assert render(markdown).preheader == preheader


def test_a_preheader_is_kept_and_followed_by_filler() -> None:
    """Without the filler, clients go on with the next text of the page."""
    edition = render("text", preheader="Two\nlines")

    assert edition.preheader == "Two lines"
    assert "Two lines\u034f\u200c\xa0" in fill(edition.html, {})


@pytest.mark.parametrize(
    ("language", "opening"),
    [("he", '<html lang="he" dir="rtl"'), ("ko-KR", '<html lang="ko-KR" dir="ltr"')],
)
def test_language_and_direction_are_said_twice(language: str, opening: str) -> None:
    """Gmail and Outlook drop the attributes of html and body."""
    page = fill_page("- text", language=language)

    assert opening in page
    assert re.search(rf'<div[^>]*lang="{language}"', page)


def test_a_page_from_right_to_left_is_so_in_every_element() -> None:
    """MJML writes ``direction:ltr`` into its cells unless it is told."""
    page = fill_page("- نص\n\n> اقتباس", language="ar")

    assert "direction:ltr" not in page
    assert "text-align:right" in page
    assert "padding:0 22px 0 0" in page


def test_only_korean_keeps_its_words_whole() -> None:
    """Chinese and Japanese have no spaces at which a line could end."""
    assert "word-break:keep-all" in fill_page("text", language="ko")
    assert "word-break:keep-all" not in fill_page("text", language="zh")


def test_the_page_can_be_read_elsewhere_and_in_the_dark() -> None:
    """Browser link, doctype, media queries and Outlook's comments survive the inliner."""
    page = fill_page("text", slug="한 글")

    assert page.startswith("<!DOCTYPE html>")
    assert 'href="https://news.example.org/archive/%ED%95%9C%20%EA%B8%80"' in page
    assert "@media (prefers-color-scheme:dark)" in page
    assert ".card>table" in page
    assert page.count("<!--[if") == page.count("<![endif]-->")


def test_relative_images_are_found_from_anywhere() -> None:
    """A message has no folder."""
    page = fill_page("![wall](images/벽 1.png) ![wall](<images/벽 1.png>)")

    assert 'src="https://news.example.org/images/%EB%B2%BD%201.png"' in page


def test_a_heading_that_repeats_the_title_is_shown_once() -> None:
    """The theme shows the title on top."""
    page = fill_page("# 작은 도구 7호: Small Tools\n\n## a\n\ntext")

    assert page.count("<h1") == 1
    assert read_page(page).count("작은 도구 7호: Small Tools") == 1


def test_contents_name_every_section_by_an_empty_anchor() -> None:
    """Gmail, Outlook and Yahoo follow nothing else."""
    page = fill_page("## a\n\n## b\n\n## c\n\n## d\n")

    targets = re.findall(r'href="#(s\d)"', page)
    anchors = re.findall(r'<a name="(s\d)" id="\1"></a>', page)

    assert targets == anchors == ["s1", "s2", "s3", "s4"]


def test_the_date_is_the_one_the_author_wrote() -> None:
    """In UTC, the Monday of Seoul is still a Sunday."""
    assert "2026-03-02" in read_page(fill_page("text"))
    assert "0001-01-01" in fill_page("text", published_at=datetime(1, 1, 1, tzinfo=UTC))


def test_an_issue_may_lack_everything() -> None:
    """An empty file is an issue nobody should send, and no reason to fail."""
    edition = render_edition(
        make_issue("", title="", subject="", published_at=None, authors=(), series=()),
        newsletter=replace(WEEKLY, postal_address=""),
    )

    assert edition.subject == ("",)
    assert WEEKLY.name in fill(edition.html, {})


def test_stages_are_told_as_they_end() -> None:
    """The caller has the clock."""
    stages: list[str] = []

    render_edition(make_issue("text"), newsletter=WEEKLY, on_stage=stages.append)

    assert stages == ["markdown", "template", "mjml", "styles", "text", "cut"]


@settings(max_examples=40, deadline=None)
@given(
    st.text()
    | st.text(alphabet="*_~`[]()<>!#>|-+=1.:\\&;'\"{}\n\t \x00\x0c\u2028\u202e가a\U0001f469"),
    st.text(),
)
def test_any_issue_is_rendered_whole(markdown: str, line: str) -> None:
    """No text of an author may end in an exception, nor get lost on the way through libxml2."""
    edition = render(markdown, title=line, subject=line, preheader=line, authors=(line,))

    assert list_lost_words(markdown, fill(edition.html, {})) == []


@pytest.mark.parametrize(
    "markdown",
    ["> " * 3000 + "deep", "- " * 3000 + "deep", "*a " * 900 + "deep" + "b*" * 900],
)
def test_deep_nesting_arrives_whole(markdown: str) -> None:
    """Tables, quotations and emphasis together stay above the depth libxml2 can hold."""
    edition = render(markdown)

    assert "deep" in read_page(fill(edition.html, {}))
    assert "deep" in fill(edition.text, {})


def test_a_brand_that_cannot_be_read_is_among_the_findings() -> None:
    """The checks and the preview show it with the rest."""
    edition = render_edition(
        make_issue("text"), newsletter=WEEKLY, brand=BrandSettings(color="#ffd400")
    )

    assert "brand-contrast" in [finding.rule for finding in edition.findings]


@pytest.mark.parametrize("theme", [theme.name for theme in list_themes()])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_fonts_for_outlook_are_named_as_css_names_them(theme: str, language: str) -> None:
    """A reference to a character is none inside of a style sheet."""
    issue = make_issue("text", language=language)

    page = fill(render_edition(issue, newsletter=replace(WEEKLY, theme=theme)).html, {})

    (rule,) = re.findall(r"<!--\[if mso\]><style>\*\{font-family:([^}]*)\}</style>", page)
    assert "&" not in rule
    assert ("'Malgun Gothic'" in rule) == (language == "ko")
