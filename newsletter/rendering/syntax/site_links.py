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
_SITE_ROOT: Final = re.compile(
    r"\.?(?:site|page)\.(?:url|baseurl|base_url|BaseURL)|SITEURL|BASE_PATH|\.Site\.BaseURL"
)
_FILE_END: Final = re.compile(r"(?:(?:^|/)_?index)?\.(?:md|markdown|html)$|(?:^|/)_?index$")
_POST_DATE: Final = re.compile(r"^(?:.*/)?(\d{4})-(\d\d)-(\d\d)-(.+)$")
#: Pelican's and MkDocs' own marks in targets.
_PELICAN: Final = re.compile(
    r"(?<=\]\()\{(?:filename|static|attach|index)\}/?|(?<=\]\()\|filename\|/?"
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
        tag = find_tag(markdown, match.end()) if match.end() >= end else None
        target = None if tag is None else find_page(tag)
        if tag is not None and target is not None:
            pieces += [markdown[end : match.end()], mark(tag.written, target)]
            end = match.end() + len(tag.written)
    text = "".join([*pieces, markdown[end:]])
    return _PELICAN.sub(lambda match: mark(match[0], "/"), text)


def find_page(tag: Tag) -> str | None:
    """Find where a tag leads: a path of the site, ``/`` for its root; None for another tag."""
    if tag.grammar == "variable":
        name = tag.name.split("|")[-1] if "|" in tag.name else tag.name
        path = re.match(r"\s*['\"]([^'\"]+)['\"]", tag.name)
        if path is not None:
            return path[1]
        return "" if _SITE_ROOT.fullmatch(name.strip()) else None
    if tag.name in {"ref", "relref"} and not tag.is_closing:
        return _page_path(tag.get("path") or tag.first())
    if tag.grammar == "liquid" and tag.name == "link":
        return _page_path(tag.first())
    if tag.grammar == "liquid" and tag.name == "post_url":
        dated = _POST_DATE.match(tag.first())
        return f"/{'/'.join(dated.groups())}.html" if dated else f"/{tag.first()}/"
    return None


def _page_path(written: str) -> str:
    """Make a page's path of the name of its file."""
    path, hash_mark, fragment = written.partition("#")
    path = _FILE_END.sub("", path).strip("/")
    page = f"/{path}/" if path else ("" if fragment else "/")
    return f"{page}{hash_mark}{fragment}"
