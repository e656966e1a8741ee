"""What links and images say to readers who hear them or do not see them.

Source:
    WCAG 2.2, success criteria 1.1.1 and 2.4.4.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from newsletter.checks.link import Link
from newsletter.rendering.finding import Finding, build_finding
from newsletter.rules import accessibility as rules

#: Say nothing when read on their own; in lower case, without marks at the end.
_VAGUE: Final = frozenset(
    {"click", "click here", "here", "this", "this link", "link", "more", "read more", "read this"}
    | {"continue", "continue reading", "learn more", "details", "go", "source", "→", "»", "…"}
    | {"여기", "여기를 클릭", "여기 클릭", "이곳", "클릭", "링크", "더보기", "더 보기", "더 읽기"}
    | {"바로가기", "자세히", "자세히 보기", "원문", "보기"}
    | {"こちら", "ここ", "詳細", "続きを読む", "リンク", "点击这里", "点击", "这里", "更多", "链接"}
    | {"hier", "hier klicken", "mehr", "weiterlesen", "ici", "cliquez ici", "lire la suite", "lien"}
    | {"aquí", "haz clic aquí", "leer más", "enlace", "qui", "clicca qui", "כאן", "לחצו כאן"}
    | {"здесь", "тут", "подробнее", "ссылка", "aqui", "clique aqui", "leia mais", "هنا", "اضغط هنا"}
)
_FILE_NAME: Final = re.compile(
    r"[\w%()-]+\.(?:png|jpe?g|gif|webp|svg|avif|bmp|heic)", re.IGNORECASE
)
_SHOWN_LINES: Final = 5


def check_words(links: Sequence[Link]) -> Iterator[Finding]:
    """Tell which links and images say too little."""
    for link in links:
        if link.is_image:
            yield from _check_description(link)
        elif link.words.casefold().strip(" .:!?»→…") in _VAGUE or link.words in _VAGUE:
            yield build_finding(
                rules.LINK_VAGUE,
                f"“{link.words}” does not say where it leads: {link.shown_target}",
                line=link.line,
                column=link.column,
            )
    yield from _check_bare([link for link in links if link.is_bare and link.is_web])
    yield from _check_same_words(links)


def _check_description(image: Link) -> Iterator[Finding]:
    if not image.words:
        yield build_finding(
            rules.ALT_MISSING,
            f"{image.shown_target} has no description",
            line=image.line,
            column=image.column,
        )
    elif _FILE_NAME.fullmatch(image.words):
        yield build_finding(
            rules.ALT_FILE_NAME,
            f"“{image.words}” describes a file, not what it shows",
            line=image.line,
            column=image.column,
        )


def _check_bare(links: Sequence[Link]) -> Iterator[Finding]:
    """Tell of all bare URLs at once: a list of references has many."""
    if not links:
        return
    first, lines = links[0], [str(link.line) for link in links[1:]]
    shown = ", ".join(lines[:_SHOWN_LINES]) + (", …" if len(lines) > _SHOWN_LINES else "")
    others = f"; so do {len(lines)} more, in lines {shown}" if len(lines) > 1 else ""
    others = f"; so does the one in line {shown}" if len(lines) == 1 else others
    yield build_finding(
        rules.LINK_URL,
        f"{first.shown_target} stands for itself{others}",
        line=first.line,
        column=first.column,
    )


def _check_same_words(links: Sequence[Link]) -> Iterator[Finding]:
    first: dict[str, Link] = {}
    told: set[str] = set()
    for link in links:
        words = link.words.casefold()
        if not words or link.is_image or link.is_bare or words in _VAGUE:
            continue
        earlier = first.setdefault(words, link)
        if earlier.target != link.target and words not in told:
            told.add(words)
            yield build_finding(
                rules.LINK_AMBIGUOUS,
                f"“{link.words}” leads elsewhere in line {earlier.line}",
                line=link.line,
                column=link.column,
            )
