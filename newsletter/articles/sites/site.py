"""A folder → the generator that makes a site of it, and its posts."""

from collections.abc import Callable
from datetime import tzinfo
from pathlib import Path
from typing import Final

from newsletter.articles.post import FoundPosts
from newsletter.articles.sites.hugo import read_hugo
from newsletter.articles.sites.jekyll import read_jekyll
from newsletter.articles.sites.mkdocs import read_mkdocs
from newsletter.articles.sites.pelican import read_pelican
from newsletter.errors import UserError
from newsletter.issues.source import show_path

#: In this order: a repository may hold the documentation of a blog beside the blog.
_GENERATORS: Final[tuple[tuple[Callable[[Path, tzinfo], FoundPosts | None], str], ...]] = (
    (read_hugo, "hugo.toml or config.toml with content/ (Hugo)"),
    (read_jekyll, "_config.yml or _posts/ (Jekyll)"),
    (read_pelican, "pelicanconf.py (Pelican)"),
    (read_mkdocs, "mkdocs.yml (MkDocs)"),
)


def read_folder(folder: Path, *, timezone: tzinfo) -> FoundPosts:
    """Read the posts of a site.

    Args:
        folder: Where the generator's settings are.
        timezone: Of times without one, where the site names none.

    Raises:
        UserError: No generator is recognised, or its settings are broken.
    """
    for read, _ in _GENERATORS:
        source = read(folder, timezone)
        if source is not None:
            return source
    signs = ", ".join(sign for _, sign in _GENERATORS)
    raise UserError(f"{show_path(folder)}: this is no site that is known here; looked for {signs}")
