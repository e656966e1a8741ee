"""The first heading of a Markdown text, as plain words: the title of an issue that names none."""

import re

_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
_COMMENT = re.compile(r" {0,3}<!--")
_COMMENT_END = re.compile(r"-->")
_ATX = re.compile(r" {0,3}#{1,6}(?:[ \t]|$)")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+)[ \t]*$")
#: Lines that begin something other than a paragraph: code, a quote, an item, a table, HTML.
_NO_PARAGRAPH = re.compile(r"(?: {4}|\t)| {0,3}(?:>|[-*+][ \t]|\d{1,9}[.)][ \t]|\||<)")

#: Markup of a heading and what stays of it, in the order in which it is taken away.
_MARKUP = (
    (re.compile(r"<!--.*?-->"), ""),
    (re.compile(r"[ \t]*\{[#.:][^{}]*\}[ \t]*$"), ""),
    (re.compile(r"!?\[((?:\\.|[^\[\]\\])*)\](?:\((?:[^()]|\([^()]*\))*\)|\[[^\[\]]*\])"), r"\1"),
    (re.compile(r"<(https?://[^<>\s]+)>"), r"\1"),
    (re.compile(r"</?[A-Za-z][^<>]*>"), ""),
    (re.compile(r"(`+)(.+?)\1"), r"\2"),
    (re.compile(r"(?<!\\)(\*{1,3}|~~)(?=\S)(.+?)(?<=[^\s\\])\1"), r"\2"),
    (re.compile(r"(?<![\w\\])(_{1,3})(?=\S)(.+?)(?<=[^\s\\])\1(?!\w)"), r"\2"),
    (re.compile(r"\\([!-/:-@\[-`{-~])"), r"\1"),
)
#: Characters of a heading that are looked at: nobody reads more of a subject.
_MAX_HEADING = 1_000


def find_first_heading(markdown: str) -> str | None:
    """Find the first heading that has words, at any level, underlined or with `#`.

    Code and comments are passed over. It is read line by line, without a Markdown library,
    since commands that only list issues need no more.

    Args:
        markdown: With LF line ends.

    Source:
        CommonMark 0.31 sections 4.2 (ATX), 4.3 (setext), 4.5 (fenced code) and 4.6 (HTML).
    """
    end_of_block: re.Pattern[str] | None = None
    paragraph: list[str] = []
    for line in markdown.split("\n"):
        if end_of_block is None and (end_of_block := _find_end_of_block(line)):
            paragraph.clear()
            if end_of_block is not _COMMENT_END:
                continue  # an opening fence looks like a closing one
        if end_of_block:
            if end_of_block.search(line):
                end_of_block = None
            continue
        if heading := _read_heading(line, paragraph):
            return heading
        _go_on(paragraph, line)
    return None


def _find_end_of_block(line: str) -> re.Pattern[str] | None:
    """Tell how the code or comment ends that this line begins."""
    if fence := _FENCE.match(line):
        return re.compile(rf"^ {{0,3}}{fence[1][0]}{{{len(fence[1])},}}[ \t]*$")
    return _COMMENT_END if _COMMENT.match(line) else None


def _read_heading(line: str, paragraph: list[str]) -> str | None:
    """Read the heading that this line is, or that it makes of the paragraph above."""
    if _ATX.match(line):
        words = line.strip().lstrip("#")[:_MAX_HEADING].rstrip()
        without_closing = words.rstrip("#")
        return read_words(without_closing if without_closing.endswith((" ", "\t")) else words)
    if paragraph and _UNDERLINE.match(line):
        return read_words(" ".join(paragraph)[:_MAX_HEADING])
    return None


def _go_on(paragraph: list[str], line: str) -> None:
    """Add a line to the paragraph above, or end it."""
    is_end = not line.strip() or _ATX.match(line) or _UNDERLINE.match(line)
    if is_end or (not paragraph and _NO_PARAGRAPH.match(line)):
        paragraph.clear()
    else:
        paragraph.append(line.strip())


def read_words(line: str) -> str:
    """Read one line of Markdown as plain words."""
    import html

    for pattern, replacement in _MARKUP:
        line = pattern.sub(replacement, line)
    return html.unescape(line).strip()
