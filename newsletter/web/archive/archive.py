"""The archive as documents: the same bytes for whoever asks, from a server or out of a folder.

The list speaks the newsletter's language and an issue's page the issue's own, whatever the reader's
browser likes: so one document is right for everyone, and caches may keep it.
"""

from collections.abc import Iterator, Mapping
from itertools import groupby
from urllib.parse import urlsplit

from markupsafe import Markup

from newsletter.rendering.article import clean_article
from newsletter.rendering.words import get_direction
from newsletter.sending.ledger.archive import ArchiveEntry
from newsletter.usecases.installation import Installation
from newsletter.usecases.read_archive import get_archived, list_archive
from newsletter.web.archive.document import Document
from newsletter.web.archive.feed import FEED_ISSUES, build_feed, build_sitemap, newest_change_ms
from newsletter.web.archive.places import Places
from newsletter.web.archive.times import find_day, write_day
from newsletter.web.assets import Assets
from newsletter.web.languages import find_language
from newsletter.web.pages import Pages

_HTML = "text/html; charset=utf-8"
_TEXT = "text/plain; charset=utf-8"
_XML = "application/xml; charset=utf-8"
#: What the archive's pages refer to.
_ASSETS = ("site.css", "article.css", "icon.svg")


class Archive:
    """Every document of one installation's archive."""

    def __init__(self, installation: Installation, pages: Pages, assets: Assets) -> None:
        self._installation = installation
        self._newsletter = installation.settings.newsletter
        self._pages = pages
        self._assets = assets
        self._places = Places.of(self._newsletter)

    def build_list(self) -> Document:
        """Make the page that names every issue, by year."""
        entries = list_archive(self._installation)
        language = find_language(self._newsletter.language) or "en"
        years = [
            (year, [self._describe(entry, language) for entry in group])
            for year, group in groupby(entries, key=lambda entry: self._day(entry)[:4])
        ]
        html = self._render("archive.html", language, {"years": years})
        return Document(
            content=html.encode(), media_type=_HTML, changed_at_ms=newest_change_ms(entries)
        )

    def build_issue(self, slug: str) -> Document:
        """Make the page of an issue.

        Raises:
            NotFoundError: Nothing was sent under that name.
        """
        edition = get_archived(self._installation, slug)
        own = find_language(edition.language)
        language = own or find_language(self._newsletter.language) or "en"
        html = self._render(
            "issue.html",
            language,
            {
                **self._describe(edition, language),
                "is_listed": edition.is_listed,
                "issue_direction": get_direction(edition.language),
                # Cleaned: nothing in it can run or reach out.
                "article": Markup(clean_article(edition.article)),  # noqa: S704
            },
        )
        return Document(
            content=html.encode(),
            media_type=_HTML,
            changed_at_ms=edition.updated_at_ms,
            is_hidden=not edition.is_listed,
        )

    def build_text(self, slug: str) -> Document:
        """Make the plain text of an issue, as its message had it.

        Raises:
            NotFoundError: Nothing was sent under that name.
        """
        edition = get_archived(self._installation, slug)
        return Document(
            content=edition.text.encode(),
            media_type=_TEXT,
            changed_at_ms=edition.updated_at_ms,
            # Search engines are to find the page.
            is_hidden=True,
        )

    def build_feed(self) -> Document:
        """Make the Atom feed."""
        entries = list_archive(self._installation, limit=FEED_ISSUES)
        editions = [get_archived(self._installation, entry.slug) for entry in entries]
        return Document(
            content=build_feed(self._newsletter, editions),
            media_type="application/atom+xml; charset=utf-8",
            changed_at_ms=newest_change_ms(editions),
        )

    def build_sitemap(self) -> Document:
        """Make the sitemap."""
        entries = list_archive(self._installation)
        return Document(
            content=build_sitemap(self._newsletter, entries),
            media_type=_XML,
            changed_at_ms=newest_change_ms(entries),
        )

    def build_robots(self) -> Document:
        """Make robots.txt: personal links are nothing for a search engine."""
        base_path = urlsplit(self._newsletter.base_url).path
        personal = [f"Disallow: {base_path}/{name}/\n" for name in ("confirm", "u", "preferences")]
        lines = ["User-agent: *\n", *personal, f"\nSitemap: {self._places.sitemap}\n"]
        return Document(content="".join(lines).encode(), media_type=_TEXT, changed_at_ms=0)

    def iter_documents(self) -> Iterator[tuple[str, Document]]:
        """Make every document, with its path below the base URL; a page's ends with a slash."""
        yield "archive/", self.build_list()
        yield "archive/feed.xml", self.build_feed()
        yield "sitemap.xml", self.build_sitemap()
        yield "robots.txt", self.build_robots()
        for entry in list_archive(self._installation, with_unlisted=True):
            yield f"archive/{entry.slug}/", self.build_issue(entry.slug)
            yield f"archive/{entry.slug}.txt", self.build_text(entry.slug)
        for name in map(self._assets.names.__getitem__, _ASSETS):
            if asset := self._assets.find(name):
                document = Document(
                    content=asset.content, media_type=asset.media_type, changed_at_ms=0
                )
                yield f"assets/{name}", document

    def _day(self, entry: ArchiveEntry) -> str:
        """Find an issue's day: as its author and its messages have it."""
        return entry.published_day or find_day(entry.published_at_ms, self._newsletter.timezone)

    def _describe(self, entry: ArchiveEntry, language: str) -> dict[str, object]:
        """Tell a template of an issue, its day in the page's language."""
        day = self._day(entry)
        return {
            "title": entry.title,
            "summary": entry.preheader,
            "day": day,
            "written_day": write_day(day, language),
            "issue_language": entry.language,
            "issue_path": f"/archive/{entry.slug}",
            "issue_url": self._places.issue(entry.slug),
        }

    def _render(self, template: str, language: str, variables: Mapping[str, object]) -> str:
        base_path = urlsplit(self._newsletter.base_url).path
        return self._pages.render(
            template,
            language=language,
            path=lambda path: base_path + path,
            variables={
                "asset": lambda name: f"{base_path}/assets/{self._assets.names[name]}",
                # One document for everyone: it speaks the issue's language.
                "can_switch": False,
                "is_frame": False,
                "archive_url": self._places.archive,
                "feed_url": self._places.feed,
                **variables,
            },
        )
