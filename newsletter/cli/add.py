"""`newsletter add`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.failure import WrongUsageError
from newsletter.cli.opening import open_installation_of
from newsletter.cli.options import AsJson
from newsletter.cli.output import print_json, talk

if TYPE_CHECKING:
    from newsletter.articles.fetch import Page
    from newsletter.usecases.add_articles import AddedArticle


def add(
    context: typer.Context,
    urls: Annotated[
        list[str], typer.Argument(metavar="URL…", help="Pages on the web.", show_default=False)
    ],
    *,
    title: Annotated[
        str, typer.Option(metavar="TEXT", help="Its heading, instead of the page's title.")
    ] = "",
    note: Annotated[
        str, typer.Option(metavar="TEXT", help="Markdown for a list item below the heading.")
    ] = "",
    issue: Annotated[
        str, typer.Option("--issue", metavar="ISSUE", help="Another issue than the open one.")
    ] = "",
    offline: Annotated[bool, typer.Option("--offline", help="Ask no page for its title.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put articles into the open issue: a heading each, and the URL into the references.

    The open issue is the newest one, if it was not sent. A page is asked for its title; when it
    cannot be had, the URL stands for it. Nothing else in the file is changed.

    Examples:
        newsletter add https://matthewstrom.com/writing/copying/
        newsletter add https://example.org/a --note "Worth an hour."
    """
    from newsletter import __version__
    from newsletter.articles.fetch import FetchError, fetch_page
    from newsletter.issues.folder import find_issue
    from newsletter.usecases.add_articles import add_articles, find_open_issue, find_url_fault

    if title and len(urls) > 1:
        raise WrongUsageError("--title is for one article: add the others by themselves")
    for url in urls:
        if fault := find_url_fault(url):
            raise WrongUsageError(f"{url}: {fault}")
    installation = open_installation_of(context)
    folder = installation.settings.folder
    path = find_issue(folder, issue) if issue else find_open_issue(installation)

    def fetch(url: str) -> Page:
        if offline:
            raise FetchError("not asked")
        return fetch_page(url, user_agent=f"newsletter-press/{__version__}")

    added = add_articles(path, urls, fetch=fetch, title=title, note=note)
    if as_json:
        print_json(_describe(path, added))
    else:
        _print(path, added, is_offline=offline)


def _describe(path: Path, added: Sequence[AddedArticle]) -> dict[str, object]:
    return {
        "file": str(path),
        "articles": [
            {
                "url": article.url,
                "title": article.title or None,
                "is_added": article.is_added,
                "problem": article.fault or None,
            }
            for article in added
        ],
    }


def _print(path: Path, added: Sequence[AddedArticle], *, is_offline: bool) -> None:
    for article in added:
        if not article.is_added:
            print(f"{article.url}: in the issue already")
            continue
        print(article.title or article.url)
        if article.fault and not is_offline:
            talk(f"{article.url}: {article.fault}; the URL stands for its title")
    if any(article.is_added for article in added):
        talk(f"in {path}")
