"""Issue and edition → everything that a check finds, by line; pure but for the issue's own files.

What an edition's page shows is looked at in a second rendering whose elements know their lines, and
compared with what the theme does by itself.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from newsletter.checks.baseline import Baseline, build_baseline
from newsletter.checks.clients import check_clients
from newsletter.checks.contrast import check_contrast
from newsletter.checks.foreign_markup import check_foreign_markup
from newsletter.checks.image_files import check_image_files
from newsletter.checks.leftovers import check_broken_links, check_leftovers
from newsletter.checks.link import Link
from newsletter.checks.links import check_links
from newsletter.checks.page import Page, find_place
from newsletter.checks.parts import check_parts
from newsletter.checks.size import MessageSize, check_size, measure_message
from newsletter.checks.source import list_prose
from newsletter.checks.structure import check_structure
from newsletter.checks.words import check_words
from newsletter.issues.issue import Issue
from newsletter.rendering.edition import Edition, fill
from newsletter.rendering.finding import Finding
from newsletter.rendering.outline import Outline, read_outline
from newsletter.rendering.render import render_for
from newsletter.rendering.urls import absolute_url
from newsletter.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckedIssue:
    """What the checks have to say about an issue."""

    #: By line; what concerns the whole issue first.
    findings: tuple[Finding, ...]
    #: Of the largest variant.
    size: MessageSize
    #: All links and images, for those who ask for the pages behind them.
    links: tuple[Link, ...]


class Checker:
    """Checks issues of one newsletter; the theme is looked at once for each language."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._baselines: dict[str, Baseline] = {}

    def check(self, issue: Issue, edition: Edition) -> CheckedIssue:
        """Find what would go wrong after sending; rendering's own findings are among it.

        Args:
            issue: As it was loaded.
            edition: Rendered from it, with the same settings.

        Raises:
            RenderError: The theme cannot be used.
        """
        settings = self._settings
        values = {"unsubscribe_url": f"{settings.newsletter.base_url}/unsubscribe"}
        variants = render_for(settings, issue, has_places=True).list_variants()
        pages = [Page(fill(variant.html, values)) for variant in variants]
        outline = read_outline(issue, allow_html=settings.rendering.allow_html)
        links = tuple(_list_links(outline, settings.newsletter.base_url))
        prose = tuple(list_prose(issue))
        sizes = [
            measure_message(fill(variant.html, values), fill(variant.text, values), page)
            for variant, page in zip(edition.list_variants(), pages, strict=True)
        ]
        size = max(sizes, key=lambda each: each.html_bytes)
        findings = [
            *edition.findings,
            *check_parts(issue, edition, settings.newsletter),
            *check_leftovers(prose),
            *check_broken_links(prose, outline),
            *check_foreign_markup(prose),
            *check_words(links),
            *check_image_files(issue, outline),
            *check_size(size),
            *_check_pages(pages, self._load_baseline(issue), links, settings),
        ]
        return CheckedIssue(
            findings=sort_findings(_place(findings, issue), ignore=settings.checks.ignore),
            size=size,
            links=links,
        )

    def _load_baseline(self, issue: Issue) -> Baseline:
        if issue.language not in self._baselines:
            self._baselines[issue.language] = build_baseline(
                issue,
                lambda sample: Page(
                    fill(render_for(self._settings, sample, has_places=True).html, {})
                ),
            )
        return self._baselines[issue.language]


def check_edition(issue: Issue, edition: Edition, settings: Settings) -> tuple[Finding, ...]:
    """Check one issue; see `Checker.check`."""
    return Checker(settings).check(issue, edition).findings


def sort_findings(findings: Iterable[Finding], *, ignore: Iterable[str]) -> tuple[Finding, ...]:
    """Sort findings by place, each told once, without those of ignored rules."""
    ignored = frozenset(ignore)
    kept = dict.fromkeys(each for each in findings if each.rule not in ignored)
    return tuple(sorted(kept, key=lambda each: (each.line, each.column, each.rule)))


def _list_links(outline: Outline, base_url: str) -> Iterator[Link]:
    """List links and images with targets as they are in the page; open ones are passed over."""
    for link in outline.links:
        if "{{" not in link.target:
            yield Link(
                target=absolute_url(link.target, base_url),
                words=link.words,
                line=link.line,
                column=link.column,
                is_bare=link.is_bare,
            )
    for image in outline.images:
        if "{{" not in image.source:
            yield Link(
                target=absolute_url(image.source, base_url),
                words=image.words,
                line=image.line,
                column=image.column,
                is_image=True,
            )


def _check_pages(
    pages: list[Page], baseline: Baseline, links: Iterable[Link], settings: Settings
) -> Iterator[Finding]:
    for page in pages:
        yield from check_structure(page)
        yield from check_contrast(page, baseline.pale_looks)
        yield from check_clients(page, baseline.features)
    names = (
        element.get(name)
        for page in pages
        for element in page.list_elements()
        for name in ("id", "name")
    )
    yield from check_links(
        tuple(links),
        base_url=settings.newsletter.base_url,
        anchors=frozenset(name for name in names if name),
        sections=sorted({find_place(heading).line for heading in pages[0].list_elements("h2")}),
    )


def _place(findings: Iterable[Finding], issue: Issue) -> Iterator[Finding]:
    """Give each finding that knows its line only the column on which the line begins."""
    lines = issue.markdown.split("\n")
    for finding in findings:
        row = finding.line - issue.markdown_line
        if finding.column or not 0 <= row < len(lines):
            yield finding
        else:
            yield replace(finding, column=len(lines[row]) - len(lines[row].lstrip()) + 1)
