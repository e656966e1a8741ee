"""Where the archive's pages are."""

from dataclasses import dataclass

from newsletter.settings import NewsletterSettings


@dataclass(frozen=True, slots=True)
class Places:
    """URLs of the archive; absolute, since feeds and previews of links need them so."""

    base_url: str

    @classmethod
    def of(cls, newsletter: NewsletterSettings) -> "Places":
        """Make the URLs of a newsletter's archive."""
        return cls(newsletter.base_url)

    @property
    def home(self) -> str:
        """Where a reader may subscribe."""
        return f"{self.base_url}/"

    @property
    def archive(self) -> str:
        """The list of every issue."""
        return f"{self.base_url}/archive/"

    @property
    def feed(self) -> str:
        """The Atom feed."""
        return f"{self.base_url}/archive/feed.xml"

    @property
    def sitemap(self) -> str:
        """The sitemap."""
        return f"{self.base_url}/sitemap.xml"

    def issue(self, slug: str) -> str:
        """One issue; the messages' "view in browser" leads here."""
        return f"{self.base_url}/archive/{slug}"
