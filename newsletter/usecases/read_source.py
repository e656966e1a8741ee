"""Read what an issue may tell of: a feed on the web or in a file, a site in a folder."""

from collections.abc import Callable
from datetime import tzinfo
from pathlib import Path
from stat import S_ISREG

from newsletter.articles.feed import WANTED, parse_feed
from newsletter.articles.fetch import FetchError, Page, PrivateNetworkError
from newsletter.articles.post import FoundPosts
from newsletter.articles.sites.site import read_folder
from newsletter.errors import NotFoundError, UserError
from newsletter.issues.source import show_path
from newsletter.rendering.urls import ascii_url


def read_feed(place: str, *, fetch: Callable[[str], Page]) -> FoundPosts:
    """Read a feed.

    Args:
        place: Its URL, or the path of a file.
        fetch: Gets a page by its URL in ASCII; raises FetchError.

    Raises:
        NotFoundError: There is no such file.
        UserError: It cannot be had from the web, is no feed, or is broken; names line and column.
    """
    if not place.lower().startswith(("http://", "https://")):
        path = Path(place)
        return parse_feed(_load(path), name=show_path(path))
    try:
        page = fetch(ascii_url(place))
    except FetchError as error:
        hint = ". Saved to a file, it is read" if isinstance(error, PrivateNetworkError) else ""
        raise UserError(f"{place}: {error}{hint}") from error
    return parse_feed(page.content, name=place, url=page.url, charset=page.charset)


def read_site(folder: Path, *, timezone: tzinfo) -> FoundPosts:
    """Read the posts of a site's folder; nothing in it is executed.

    Args:
        folder: Where the generator's settings are.
        timezone: Of times without one, where the site names none.

    Raises:
        NotFoundError: There is no such folder.
        UserError: It is no site that we know, or its settings are broken.
    """
    if not folder.is_dir():
        raise NotFoundError(f"{show_path(folder)}: there is no such folder")
    return read_folder(folder, timezone=timezone)


def _load(path: Path) -> bytes:
    shown = show_path(path)
    content = b""
    try:
        # Asked before opening: to open a named pipe would wait for a writer.
        is_file = S_ISREG(path.stat().st_mode)
        if is_file:
            with path.open("rb") as file:
                content = file.read(WANTED.max_bytes + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        hint = "; a URL begins with https://" if "." in path.name or "/" in str(path) else ""
        raise NotFoundError(f"{shown}: there is no such file{hint}") from error
    except (OSError, ValueError) as error:
        raise UserError(f"{shown}: cannot be read: {error}") from error
    if not is_file:
        raise UserError(f"{shown}: this is no file; a feed is one, --from-site takes a folder")
    if len(content) > WANTED.max_bytes:
        raise UserError(f"{shown}: larger than {WANTED.max_bytes // 1024} KiB")
    return content
