"""Put an article into the text of an issue: a heading for it, its URL into the references.

Only lines are added. What the author wrote, his line ends and his byte order mark stay as they are.
"""

import re
from dataclasses import dataclass
from typing import Final

from newsletter.issues.escape import escape_title

#: What authors call the section that lists the links of an issue.
REFERENCES: Final = frozenset(
    [
        *("references", "reference", "links", "sources", "see also"),
        *("참고", "참고 자료", "참고자료", "참조", "출처", "링크"),
        *("参考", "参考資料", "リンク", "链接"),
    ]
)
_HEADING: Final = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$")
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")
_ITEM: Final = re.compile(r"( {0,3})([-*+]|(\d{1,9})([.)]))([ \t]+)\S")
_URL: Final = re.compile(r"https?://[^\s<>\"]+")
#: Punctuation and marks behind a URL, which may belong to the sentence.
_AFTER_URL: Final = ")].,;:!?'*_`~"


@dataclass(frozen=True, kw_only=True, slots=True)
class Article:
    """A page on the web that an issue tells of."""

    url: str
    #: One line of text, no Markdown; empty when it is not known.
    title: str = ""
    #: Markdown, for a list item below the heading unless it is a list; empty for none.
    note: str = ""


def has_url(text: str, url: str) -> bool:
    """Tell whether an issue names a URL already."""
    return re.search(rf"{re.escape(url)}(?![\w/?&=#%-])", text) is not None


def find_urls(text: str) -> set[str]:
    """Find the URLs in a text; where a bracket may be its end or a part of it, both are told."""
    found: set[str] = set()
    for url in _URL.findall(text):
        bare = url.rstrip(_AFTER_URL)
        found |= {bare, bare.partition(")")[0], *(bare + ")" * n for n in range(1, 3))}
    return found


def insert_article(text: str, article: Article, *, body_line: int = 1) -> str:
    """Put an article in front of the references, and its URL at their end.

    Without a section of references, its heading is a link and comes last.

    Args:
        text: Of the whole issue file, front matter and all.
        article: What to put in.
        body_line: Line on which the front matter ends and the text begins, counted from 1.
    """
    line_end = "\r\n" if "\r\n" in text else "\n"
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    found = _find_references(lines, body_line)
    title = escape_title(article.title) or article.url
    if found is None:
        heading = f"## [{title}]({_as_target(article.url)})" if article.title else f"## {title}"
        return _end_line(text, line_end) + _build_section(
            heading, article, line_end, gap=bool(text)
        )
    level, start, end = found
    has_gap = start == 0 or not lines[start - 1].strip()
    section = _build_section(f"{level} {title}", article, line_end, gap=not has_gap) + line_end
    item = _build_item(lines[start + 1 : end], article.url)
    place = _last_written(lines, start, end)
    gap = line_end if place == start + 1 else ""
    before, references, after = lines[:start], lines[start:place], lines[place:]
    kept = _end_line("".join(references), line_end)
    return "".join([*before, section, kept, gap, item, line_end, *after])


def _find_references(lines: list[str], body_line: int) -> tuple[str, int, int] | None:
    """Find the last section of references: its marks (##), its first line and the line after."""
    fence = ""
    headings: list[tuple[int, str, str]] = []
    for number, line in enumerate(lines[body_line - 1 :], start=body_line - 1):
        opening = _FENCE.match(line)
        if opening and not fence:
            fence = opening[1]
        elif opening and opening[1].startswith(fence):
            fence = ""
        elif not fence and (heading := _HEADING.match(line.rstrip("\r\n"))):
            headings.append((number, heading[1], heading[2]))
    for index, (number, level, words) in reversed(list(enumerate(headings))):
        if words.strip(" :*_").casefold() in REFERENCES:
            below = (each[0] for each in headings[index + 1 :] if len(each[1]) <= len(level))
            return level, number, next(below, len(lines))
    return None


def _last_written(lines: list[str], start: int, end: int) -> int:
    """Find the line behind the last one of a section that is not blank."""
    while end > start + 1 and not lines[end - 1].strip():
        end -= 1
    return end


def _build_item(section: list[str], url: str) -> str:
    """Write an item as the list above writes it."""
    items = [item for line in section if (item := _ITEM.match(line))]
    if not items:
        return f"- {_as_text(url)}"
    # The outermost ones: those below a bullet are indented further.
    indent = min(len(item[1]) for item in items)
    last = [item for item in items if len(item[1]) == indent][-1]
    mark = f"{int(last[3]) + 1}{last[4]}" if last[3] else last[2]
    return f"{last[1]}{mark}{last[5]}{_as_text(url)}"


def _build_section(heading: str, article: Article, line_end: str, *, gap: bool) -> str:
    lines = [*([""] if gap else []), heading]
    if article.note:
        first, *others = article.note.strip().splitlines()
        mark, indent = ("", "") if _ITEM.match(first) else ("- ", "  ")
        rest = (f"{indent}{line}" if line.strip() else "" for line in others)
        lines += ["", f"{mark}{first}", *rest]
    return "".join(f"{line}{line_end}" for line in lines)


def _as_text(url: str) -> str:
    """Write a URL so that no character of it is taken for emphasis."""
    return f"<{url}>" if re.search(r"[*`]|~~|__|[).,;:!?'\"]$", url) else url


def _as_target(url: str) -> str:
    """Write a URL as the target of a link."""
    return f"<{url}>" if re.search(r"[()]", url) else url


def _end_line(text: str, line_end: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}{line_end}"
