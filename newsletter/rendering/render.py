"""Issue → edition, from the Markdown to the texts between personal fields.

The theme's MJML is compiled with slots in it and the issue's own HTML is put into the page
afterwards: what an author writes never meets mrml. The same issue, templates and settings give the
same bytes.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from newsletter.errors import RenderError
from newsletter.issues.issue import Issue
from newsletter.rendering.edition import Edition, build_edition, fill
from newsletter.rendering.fields import Sentinels, restore_code
from newsletter.rendering.inliner import inline_styles
from newsletter.rendering.lines import mark_lines
from newsletter.rendering.markdown import (
    parse_markdown,
    read_tokens,
    replace_unwritable,
    settle_targets,
)
from newsletter.rendering.mjml import compile_mjml
from newsletter.rendering.plain_text import render_text_body
from newsletter.rendering.sections import (
    Section,
    level_headings,
    list_contents,
    split_sections,
    without_title,
)
from newsletter.rendering.theme import Theme, load_theme
from newsletter.rendering.words import get_direction, load_words
from newsletter.settings import BrandSettings, NewsletterSettings

if TYPE_CHECKING:
    from markdown_it.token import Token

#: Mail clients show 40 to 90 characters after the subject.
_PREHEADER_CHARACTERS: Final = 90
_NO_BRAND: Final = BrandSettings()


def render_edition(
    issue: Issue,
    *,
    newsletter: NewsletterSettings,
    brand: BrandSettings = _NO_BRAND,
    own_themes: Path | None = None,
    has_lines: bool = False,
    on_stage: Callable[[str], None] = lambda _name: None,
) -> Edition:
    """Render an issue once for all its recipients.

    Args:
        issue: What the author wrote; raw HTML in it is shown as text.
        newsletter: Gives theme, name, base URL and postal address.
        brand: Gives the theme its colours, logo, font and width.
        own_themes: Folder of themes that go before the packaged ones.
        has_lines: Let each element that comes from the Markdown name its line, in the attribute
            `LINE_ATTRIBUTE`; for checks, not for sending.
        on_stage: Told the name of each stage when it ends (``markdown``, ``template``, ``mjml``,
            ``styles``, ``text``, ``cut``), so that a caller with a clock can time them.

    Raises:
        RenderError: The theme cannot be used. Nothing an author can write raises it.
    """
    theme = load_theme(newsletter.theme, own_themes, brand)
    sentinels = Sentinels(
        issue.markdown, issue.title, issue.subject, issue.preheader, newsletter.name
    )
    title, subject = _mark_line(sentinels, issue.title), _mark_line(sentinels, issue.subject)
    tokens = _read_issue(issue, sentinels, title=title, base_url=newsletter.base_url)
    if has_lines:
        mark_lines(tokens, issue.markdown_line)
    preheader = _mark_line(sentinels, issue.preheader) or _first_words(tokens)
    sections = split_sections(tokens)
    on_stage("markdown")

    archive_url = f"{newsletter.base_url}/archive/{quote(issue.slug, safe='')}"
    variables: dict[str, object] = {
        "newsletter_name": newsletter.name,
        "brand": brand,
        "home_url": newsletter.base_url,
        "title": title,
        "series": _one_line(issue.series[0]) if issue.series else "",
        "date": issue.published_at.date().isoformat() if issue.published_at else "",
        "authors": tuple(map(_one_line, issue.authors)),
        "language": issue.language,
        "direction": get_direction(issue.language),
        "words": load_words(issue.language, newsletter_name=newsletter.name),
        "preheader": preheader,
        "view_url": archive_url,
        "unsubscribe_url": sentinels.as_target(sentinels.mark_name("unsubscribe_url")),
        "postal_address": tuple(newsletter.postal_address.splitlines()),
    }
    page = _render_page(theme, variables, sections, sentinels, on_stage)
    text = _render_text(theme, variables, render_text_body(tokens))
    on_stage("text")

    edition = build_edition(
        slug=issue.slug,
        subject=sentinels.cut(subject, "text"),
        preheader=fill(sentinels.cut(preheader, "text"), {}),
        language=issue.language,
        html=sentinels.cut(page, "html"),
        text=sentinels.cut(text, "text"),
        archive_url=archive_url,
        findings=theme.findings,
    )
    on_stage("cut")
    return edition


def _read_issue(
    issue: Issue, sentinels: Sentinels, *, title: str, base_url: str
) -> "Sequence[Token]":
    """Parse an issue into the tokens from which both parts are made."""
    tokens = without_title(parse_markdown(sentinels.mark(issue.markdown)), title)
    restore_code(tokens, sentinels)
    settle_targets(tokens, sentinels, base_url)
    level_headings(tokens)
    return tokens


def _render_page(
    theme: Theme,
    variables: dict[str, object],
    sections: Sequence[Section],
    sentinels: Sentinels,
    on_stage: Callable[[str], None],
) -> str:
    """Compile the theme's page, put the sections into its slots and inline the styles."""
    slots = [sentinels.mark_slot(number) for number in range(len(sections))]
    mjml = theme.render_mjml(
        {
            **variables,
            "sections": [
                replace(section, html=slot) for section, slot in zip(sections, slots, strict=True)
            ],
            "contents": list_contents(sections),
        }
    )
    on_stage("template")
    page = compile_mjml(mjml)
    on_stage("mjml")
    for slot, section in zip(slots, sections, strict=True):
        if page.count(slot) != 1:
            raise RenderError(f"{theme.page_template}: each section's html must be printed once")
        page = page.replace(slot, section.html)
    inlined = inline_styles(page, theme.content_css)
    if sentinels.list_marks(inlined) != sentinels.list_marks(page):
        raise RenderError(f"{theme.page_template}: personal fields were lost in the page")
    on_stage("styles")
    return inlined


def _render_text(theme: Theme, variables: dict[str, object], body: str) -> str:
    """Put the issue's plain text between the theme's header and footer."""
    text = theme.render_text({**variables, "body": body})
    if body not in text:
        raise RenderError(f"{theme.text_template}: the body must be printed as it is")
    return text


def _mark_line(sentinels: Sentinels, text: str) -> str:
    """Bring a title, a subject or a preheader on one line and mark its fields."""
    return sentinels.mark(_one_line(text))


def _one_line(text: str) -> str:
    return " ".join(replace_unwritable(text).split())


def _first_words(tokens: "Sequence[Token]") -> str:
    """Take the first words that are no heading, for an issue whose author gave no preheader."""
    words: list[str] = []
    for heading, token in zip([None, *tokens], tokens, strict=False):
        if token.type == "inline" and (heading is None or heading.type != "heading_open"):
            children = [child for child in token.children or () if child.type != "image"]
            words += read_tokens(children).split()
        if len(" ".join(words)) > _PREHEADER_CHARACTERS:
            break
    line = " ".join(words)
    if len(line) <= _PREHEADER_CHARACTERS:
        return line
    end = line.rfind(" ", 0, _PREHEADER_CHARACTERS)
    return f"{line[: end if end > 0 else _PREHEADER_CHARACTERS]}…"
