"""Put articles into the issue that is being written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from newsletter.articles.fetch import FetchError, Page
from newsletter.articles.page_title import read_title
from newsletter.errors import NotFoundError, UserError
from newsletter.issues.article import Article, has_url, insert_article
from newsletter.issues.front_matter import split_source
from newsletter.issues.source import decode_source, load_content
from newsletter.rendering.urls import ascii_url
from newsletter.usecases.installation import Installation
from newsletter.usecases.list_issues import list_issues
from newsletter.whole_file import write_whole_file


@dataclass(frozen=True, kw_only=True, slots=True)
class AddedArticle:
    """What became of one URL."""

    url: str
    #: As written, without Markdown; empty when the URL stands for it.
    title: str = ""
    #: Why the page gave no title; empty when it did, or none was needed.
    fault: str = ""
    #: False when the issue had it already.
    is_added: bool = True


def find_open_issue(installation: Installation) -> Path:
    """Find the issue that is being written: the newest one, if it was not sent.

    Raises:
        NotFoundError: There is none; tells how to begin one.
    """
    for issue in list_issues(installation):
        if issue.slug and issue.state != "draft":
            break
        if issue.slug:
            return issue.path
    raise NotFoundError(
        "there is no issue to put it into: the newest one was sent, or there is none."
        " Begin the next one with: newsletter new"
    )


def add_articles(
    path: Path,
    urls: Sequence[str],
    *,
    fetch: Callable[[str], Page],
    title: str = "",
    note: str = "",
) -> list[AddedArticle]:
    """Put articles into an issue file, in the order given; everything else in it stays.

    Args:
        path: The issue's file.
        urls: Absolute, http or https; those that are in the issue already are passed over.
        fetch: Gets a page by its URL in ASCII; raises FetchError.
        title: Of the one article; empty to ask its page.
        note: Markdown below each heading.

    Raises:
        NotFoundError, IssueError: The file is gone or cannot be used.
        UserError: It cannot be written; it is as it was.
    """
    content = load_content(path)
    body_line = split_source(decode_source(content, path)).body_line
    text = content.decode("utf-8")
    added: list[AddedArticle] = []
    for url in urls:
        if has_url(text, url):
            added.append(AddedArticle(url=url, is_added=False))
            continue
        article = _describe(url, title, fetch)
        added.append(article)
        found = Article(url=url, title=article.title, note=note)
        text = insert_article(text, found, body_line=body_line)
    if any(article.is_added for article in added):
        try:
            write_whole_file(path, text.encode())
        except OSError as error:
            raise UserError(f"{path}: cannot be written: {error.strerror}") from error
    return added


def find_url_fault(url: str) -> str:
    """Tell why a text is no URL of a page; empty when it is one."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        return str(error)
    if any(each.isspace() or not each.isprintable() for each in url) or set(url) & set(
        '<>"`{}|\\^'
    ):
        return "it holds white space or a character that no URL has"
    if not parts.scheme or "." in parts.scheme:
        return f"it has no scheme; did you mean https://{url}?"
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return "only pages with http:// or https:// can be added"
    return ""


def _describe(url: str, title: str, fetch: Callable[[str], Page]) -> AddedArticle:
    """Find the title of an article."""
    if title:
        return AddedArticle(url=url, title=title)
    try:
        page = fetch(ascii_url(url))
    except FetchError as error:
        return AddedArticle(url=url, fault=str(error))
    found = read_title(page.content, page.charset)
    return AddedArticle(url=url, title=found, fault="" if found else "the page has no title")
