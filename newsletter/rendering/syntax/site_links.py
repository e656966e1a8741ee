"""Links that a site generator would work out, as in ``[a]({{< relref "a.md" >}})``.

Where the page will be is a guess from its file's name; a remark says so. The tags stand inside of
targets, where no parser of Markdown would accept them, so they are replaced before it begins.
"""

import re
from collections.abc import Callable
from typing import Final

from newsletter.rendering.syntax.tags import Tag, find_tag

#: The target of a link, an image or a reference, as far as a tag in it.
_TARGET: Final = re.compile(
    r"(?:\]\(|^[ ]{0,3}\[[^\]\n]+\]:)[ \t]*<?[^\s(){}<]*(?=\{[{%])", re.MULTILINE
)
_MORE: Final = re.compile(r"[^\s(){}<]*")
_SITE_ROOT: Final = re.compile(
    r"\.?(?:site|page)\.(?:url|baseurl|base_url|BaseURL)|SITEURL|BASE_PATH|\.Site\.BaseURL"
)
#: A path in quotes that a filter makes a URL of.
_FILTERED: Final = re.compile(
    r"""(?P<quote>["'])(?P<path>[^"']+)(?P=quote)\s*\|\s*(?:relative_url|absolute_url|relURL|absURL)\s*"""
)
_FILE_END: Final = re.compile(r"(?:(?:^|/)_?index)?\.(?:md|markdown|html)$|(?:^|/)_?index$")
_POST_DATE: Final = re.compile(r"^(?:.*/)?(\d{4})-(\d\d)-(\d\d)-(.+)$")
#: Pelican's own marks in targets: a page by its file, or a file that is copied as it is.
_PELICAN: Final = re.compile(
    r"(?<=\]\()(?:\{(?P<kind>filename|static|attach|index)\}|(?P<old>\|filename\|))/?(?P<path>[^\s()]*)"
)


def replace_site_links(markdown: str, mark: Callable[[str, str], str]) -> str:
    """Replace tags in targets by where they lead.

    Args:
        markdown: An issue's text.
        mark: Given what was written and the URL, returns the word that stands for it until targets
            are settled, so that code keeps what was written.
    """
    pieces: list[str] = []
    end = 0
    for match in _TARGET.finditer(markdown):
        place = match.end()
        while place >= end and (tag := find_tag(markdown, place)) is not None:
            target = find_page(tag)
            if target is None:
                break
            pieces += [markdown[end:place], mark(tag.written, target)]
            end = place + len(tag.written)
            place = _MORE.match(markdown, end).end()  # type: ignore[union-attr]  # matches nothing too
    text = "".join([*pieces, markdown[end:]])
    return _PELICAN.sub(lambda match: mark(match[0], _read_pelican(match)), text)


def find_page(tag: Tag) -> str | None:
    """Find where a tag leads: a path of the site, ``/`` for its root; None for another tag."""
    if tag.grammar == "variable":
        path = _FILTERED.fullmatch(tag.name)
        if path is not None:
            return path["path"]
        return "" if _SITE_ROOT.fullmatch(tag.name) else None
    if tag.name in {"ref", "relref"} and not tag.is_closing:
        return _page_path(tag.get("path") or tag.first())
    if tag.grammar == "liquid" and tag.name == "link":
        return _page_path(tag.first())
    if tag.grammar == "liquid" and tag.name == "post_url":
        return _page_path(f"_posts/{tag.first()}")
    return None


def _read_pelican(match: re.Match[str]) -> str:
    is_page = match["old"] or match["kind"] == "filename"
    return _page_path(match["path"]) if is_page else f"/{match['path']}"


def _page_path(written: str) -> str:
    """Make a page's path of the name of its file."""
    path, hash_mark, fragment = written.partition("#")
    path = _FILE_END.sub("", path).strip("/")
    dated = _POST_DATE.match(path.removeprefix("_posts/")) if path.startswith("_posts/") else None
    if dated is not None:
        return f"/{'/'.join(dated.groups())}.html{hash_mark}{fragment}"
    path = path.removeprefix("_posts/")
    page = f"/{path}/" if path else ("" if fragment else "/")
    return f"{page}{hash_mark}{fragment}"
