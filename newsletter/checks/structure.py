"""Whether a page can be heard: language, direction, title, outline, tables, ids.

Source:
    WCAG 2.2, success criteria 1.3.1, 2.4.2, 3.1.1; Email Markup Consortium, accessibility report.
"""

from collections.abc import Iterator

from newsletter.checks.page import Page, find_place, read_words
from newsletter.rendering.finding import Finding, build_finding
from newsletter.rules import accessibility as rules


def check_structure(page: Page) -> Iterator[Finding]:
    """Tell what readers who listen would miss."""
    yield from _check_root(page)
    yield from _check_headings(page)
    yield from _check_tables(page)
    yield from _check_ids(page)


def _check_root(page: Page) -> Iterator[Finding]:
    if page.root.get("lang", "und") in {"", "und"}:
        yield build_finding(rules.LANGUAGE, "the page has no lang")
    if page.root.get("dir") not in {"ltr", "rtl"}:
        yield build_finding(rules.DIRECTION, "the page has no dir")
    if not (page.root.findtext(".//title") or "").strip():
        yield build_finding(rules.TITLE, "the page has no title")


def _check_headings(page: Page) -> Iterator[Finding]:
    above = 0
    for heading in page.list_elements("h1", "h2", "h3", "h4", "h5", "h6"):
        level, words, place = int(str(heading.tag)[1]), read_words(heading), find_place(heading)
        if place.line and not words:
            yield build_finding(rules.HEADING_EMPTY, "a heading without words", **place._asdict())
        if place.line and level > above + 1:
            yield build_finding(
                rules.HEADING_SKIP,
                f"“{words}” is of level {level} in the page, and the heading above it of {above}",
                **place._asdict(),
            )
        above = level


def _check_tables(page: Page) -> Iterator[Finding]:
    without_role = 0
    for table in page.list_elements("table"):
        if table.get("role") in {"presentation", "none"}:
            continue
        place = find_place(table)
        if not place.line:
            without_role += 1
        elif not any(read_words(cell) for cell in table.iter("th")):
            yield build_finding(rules.TABLE_HEADING, "a table without headings", **place._asdict())
    if without_role:
        yield build_finding(rules.TABLE_ROLE, f"{without_role} of the theme's tables have no role")


def _check_ids(page: Page) -> Iterator[Finding]:
    seen: set[str] = set()
    for element in page.list_elements():
        name = element.get("id")
        if name and name in seen:
            yield build_finding(
                rules.DUPLICATE_ID, f"the id {name} is there twice", **find_place(element)._asdict()
            )
        seen.add(name or "")
