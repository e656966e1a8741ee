"""Issue → edition, from the Markdown to the texts between personal fields.

The theme's MJML is compiled with slots in it and the issue's own HTML is put into the page
afterwards: what an author writes never meets mrml. The same issue, templates and settings give the
same bytes.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import quote

from newsletter.errors import RenderError
from newsletter.issues.issue import Issue
from newsletter.rendering.edition import Edition, Variant, build_edition, fill
from newsletter.rendering.fields import Sentinels
from newsletter.rendering.inliner import inline_styles
from newsletter.rendering.markdown import replace_unwritable
from newsletter.rendering.mjml import compile_mjml
from newsletter.rendering.outline import SourceText
from newsletter.rendering.places import mark_places
from newsletter.rendering.plain_text import render_text_body
from newsletter.rendering.reading import IssueReader, list_all_findings, read_first_words
from newsletter.rendering.sections import (
    Section,
    list_contents,
    split_sections,
)
from newsletter.rendering.theme import Theme, load_theme
from newsletter.rendering.words import get_direction, load_words
from newsletter.settings import BrandSettings, NewsletterSettings, RenderingSettings, Settings

_NO_BRAND: Final = BrandSettings()
_NO_RENDERING: Final = RenderingSettings()


def render_for(
    settings: Settings,
    issue: Issue,
    *,
    has_places: bool = False,
    is_whole: bool = False,
    on_stage: Callable[[str], None] = lambda _name: None,
) -> Edition:
    """Render an issue as an installation's settings have it; see `render_edition`."""
    return render_edition(
        issue,
        newsletter=settings.newsletter,
        brand=settings.brand,
        own_themes=settings.own_themes,
        rendering=settings.rendering,
        has_places=has_places,
        is_whole=is_whole,
        on_stage=on_stage,
    )


def render_edition(
    issue: Issue,
    *,
    newsletter: NewsletterSettings,
    brand: BrandSettings = _NO_BRAND,
    own_themes: Path | None = None,
    rendering: RenderingSettings = _NO_RENDERING,
    has_places: bool = False,
    is_whole: bool = False,
    on_stage: Callable[[str], None] = lambda _name: None,
) -> Edition:
    """Render an issue once for all its recipients.

    Args:
        issue: What the author wrote. Local images are read for their sizes.
        newsletter: Gives theme, name, base URL and postal address.
        brand: Gives the theme its colours, logo, font and width.
        own_themes: Folder of themes that go before the packaged ones.
        rendering: Says what becomes of raw HTML.
        has_places: Let each element that comes from the Markdown name its place, in the attribute
            `PLACE_ATTRIBUTE`; for checks, not for sending.
        is_whole: Take no notice of ``<!-- read on -->``; for the archive.
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
    archive_url = f"{newsletter.base_url}/archive/{quote(issue.slug, safe='')}"
    words = load_words(issue.language, newsletter_name=newsletter.name)
    reader = IssueReader(
        issue=issue,
        sentinels=sentinels,
        title=title,
        base_url=newsletter.base_url,
        allow_html=rendering.allow_html,
        read_on=None if is_whole else (archive_url, words["read"]),
    )
    conditions, readings = reader.read()
    preheader = _mark_line(sentinels, issue.preheader) or read_first_words(readings[0].tokens)
    on_stage("markdown")

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
        "words": words,
        "preheader": preheader,
        "view_url": archive_url,
        "unsubscribe_url": sentinels.as_target(sentinels.mark_name("unsubscribe_url")),
        "postal_address": tuple(newsletter.postal_address.splitlines()),
    }
    variants = []
    articles = []
    source = SourceText(issue.markdown, issue.markdown_line, sentinels.restore)
    for reading in readings:
        if has_places:
            mark_places(reading.tokens, source)
        sections = split_sections(reading.tokens)
        articles.append("".join(section.html for section in sections))
        page = _render_page(theme, variables, sections, sentinels, on_stage)
        text = _render_text(theme, variables, render_text_body(reading.tokens))
        on_stage("text")
        variants.append(
            Variant(
                html=sentinels.cut(page, "html"),
                text=sentinels.cut(text, "text"),
                answers=reading.answers,
            )
        )
    edition = build_edition(
        slug=issue.slug,
        subject=sentinels.cut(subject, "text"),
        preheader=fill(sentinels.cut(preheader, "text"), {}),
        language=issue.language,
        html=variants[0].html,
        text=variants[0].text,
        archive_url=archive_url,
        title=fill(sentinels.cut(title, "text"), {}),
        article=sentinels.cut(articles[0], "html"),
        conditions=conditions,
        variants=variants if conditions else (),
        findings=(*theme.findings, *list_all_findings(readings)),
    )
    on_stage("cut")
    return edition


def _render_page(
    theme: Theme,
    variables: dict[str, object],
    sections: Sequence[Section],
    sentinels: Sentinels,
    on_stage: Callable[[str], None],
) -> str:
    """Compile the theme's page, put the sections into its slots and inline the styles."""
    slots = [
        _build_slot(section, [sentinels.mark_slot(3 * number + part) for part in range(3)])
        for number, section in enumerate(sections)
    ]
    mjml = theme.render_mjml(
        {
            **variables,
            "sections": slots,
            "contents": list_contents(sections),
        }
    )
    on_stage("template")
    page = compile_mjml(mjml)
    on_stage("mjml")
    for slot, section in zip(slots, sections, strict=True):
        page = _fill_slot(page, slot, section, theme.page_template)
    inlined = inline_styles(page, theme.content_css)
    if sentinels.list_marks(inlined) != sentinels.list_marks(page):
        raise RenderError(f"{theme.page_template}: personal fields were lost in the page")
    on_stage("styles")
    return inlined


def _build_slot(section: Section, marks: Sequence[str]) -> Section:
    """Put marks in the place of a section's HTML, which never meets mrml."""
    picture = marks[1] if section.picture else ""
    return replace(section, html=marks[0], picture=picture, rest=marks[2])


def _fill_slot(page: str, slot: Section, section: Section, template: str) -> str:
    """Put a section into the page, in one piece or with its picture apart."""
    counts = [page.count(slot.html), page.count(slot.rest)]
    counts += [page.count(slot.picture)] if slot.picture else []
    if counts[0] != 1 - counts[1] or counts[1:] != [counts[1]] * len(counts[1:]):
        raise RenderError(
            f"{template}: each section's html must be printed once, or else its picture and its"
            " rest once each"
        )
    page = page.replace(slot.html, section.html).replace(slot.rest, section.rest)
    return page.replace(slot.picture, section.picture) if slot.picture else page


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
