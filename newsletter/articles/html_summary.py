"""HTML of somebody else → Markdown: paragraphs, lists, quotations, code, emphasis and links.

Pictures, scripts, forms and films are left out. Words stay words, whatever they look like.
"""

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Final, Literal, TypeAlias

from newsletter.articles.post import clean_url
from newsletter.issues.escape import escape_block_start, escape_inline

_Kind: TypeAlias = Literal["paragraph", "item", "code"]

#: A summary is no article: whoever wants more follows the link.
MAX_WORDS: Final = 120
_MAX_DEPTH: Final = 4

_MARKS: Final = {"em": "*", "i": "*", "strong": "**", "b": "**", "code": "`", "kbd": "`"}
_BLOCKS: Final = frozenset(
    {"p", "div", "section", "article", "header", "footer", "main", "figure", "figcaption"}
    | {"h1", "h2", "h3", "h4", "h5", "h6", "table", "tr", "dl", "dt", "dd", "hr", "address"}
    | {"li", "ul", "ol", "blockquote", "pre", "details", "summary"}
)
#: What stands inside is not for reading.
_SKIPPED: Final = frozenset({"script", "style", "template", "svg", "math", "select", "textarea"})
_SKIPPED_TOO: Final = frozenset(
    {"iframe", "object", "video", "audio", "canvas", "noscript", "title"}
)
_CELLS: Final = frozenset({"td", "th"})
_SPACE: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class _Run:
    """Words that are written alike."""

    words: str
    mark: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class _Block:
    kind: _Kind
    #: Lists around it.
    depth: int
    quotes: int
    lines: tuple[str, ...]
    bullet: str = "-"


def summarise_html(html: str, *, base: str = "") -> str:
    """Write the beginning of a text as Markdown.

    Args:
        html: A fragment; whatever is broken in it is read as a browser would.
        base: What relative links are relative to.

    Returns:
        At most `MAX_WORDS` words and no empty line at its ends; empty when there are no words.
    """
    reader = _Reader(base)
    reader.feed(html)
    reader.close()
    reader.flush()
    return _write(reader.blocks)


def summarise_text(text: str) -> str:
    """Write plain text as Markdown that shows it, in the same length."""
    reader = _Reader("")
    for paragraph in re.split(r"\n\s*\n", text):
        reader.handle_data(paragraph)
        reader.flush()
    return _write(reader.blocks)


class _Reader(HTMLParser):
    """Gathers blocks of runs."""

    def __init__(self, base: str) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[_Block] = []
        self._base = base
        self._runs: list[_Run] = []
        self._marks: list[tuple[str, str]] = []
        self._targets: list[str] = []
        #: Of each list around: its number so far, 0 for bullets.
        self._lists: list[int] = []
        self._quotes = 0
        self._is_item = False
        self._is_code = False
        self._skipped: list[str] = []
        self._words_left = MAX_WORDS

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a block, a mark or a link."""
        if tag in _SKIPPED or tag in _SKIPPED_TOO:
            self._skipped.append(tag)
        if self._skipped:
            return
        if tag in _BLOCKS:
            self.flush()
            self._open_block(tag)
        elif tag in _MARKS:
            self._marks.append((tag, _MARKS[tag]))
        elif tag == "a":
            self._targets.append(clean_url(dict(attrs).get("href") or "", self._base))
        elif tag == "br" or tag in _CELLS:
            self._runs.append(_Run(" "))

    def handle_endtag(self, tag: str) -> None:
        """End it."""
        if self._skipped:
            if tag in self._skipped:
                del self._skipped[self._skipped.index(tag) :]
            return
        if tag in _BLOCKS:
            self.flush()
            self._close_block(tag)
        elif tag == "a" and self._targets:
            self._targets.pop()
        elif self._marks and self._marks[-1][0] == tag:
            self._marks.pop()

    def handle_data(self, data: str) -> None:
        """Take words, as long as there is room."""
        if self._skipped or self._words_left <= 0:
            return
        words = list(re.finditer(r"\S+", data))
        if len(words) > self._words_left:
            data = f"{data[: words[self._words_left - 1].end()]}…"
        self._words_left -= len(words)
        mark = self._marks[-1][1] if self._marks else ""
        target = self._targets[-1] if self._targets else ""
        self._runs.append(_Run(data, mark, target))

    def flush(self) -> None:
        """End the block of the runs so far."""
        runs, self._runs = self._runs, []
        if self._is_code:
            lines = _write_code("".join(run.words for run in runs))
        else:
            lines = [line] if (line := _write_line(runs)) else []
        if not lines:
            return
        kind: _Kind = "code" if self._is_code else "item" if self._is_item else "paragraph"
        bullet = "-"
        if kind == "item":
            self._is_item = False
            if self._lists and self._lists[-1]:
                bullet = f"{self._lists[-1]}."
                self._lists[-1] += 1
        depth = min(len(self._lists), _MAX_DEPTH)
        quotes = min(self._quotes, _MAX_DEPTH)
        self.blocks.append(_Block(kind, depth, quotes, tuple(lines), bullet))

    def _open_block(self, tag: str) -> None:
        if tag in {"ul", "ol"}:
            self._lists.append(1 if tag == "ol" else 0)
        elif tag == "li":
            self._is_item = bool(self._lists)
        elif tag == "blockquote":
            self._quotes += 1
        elif tag == "pre":
            self._is_code = True

    def _close_block(self, tag: str) -> None:
        if tag in {"ul", "ol"}:
            del self._lists[-1:]
        elif tag == "blockquote":
            self._quotes = max(self._quotes - 1, 0)
        elif tag == "pre":
            self._is_code = False
        if tag in {"ul", "ol", "li"}:
            self._is_item = False


def _write_line(runs: list[_Run]) -> str:
    """Write the runs of a paragraph; white space stands outside of marks."""
    line = ""
    for run in _merge(runs):
        words = run.words.strip(" ")
        line += " " if run.words.startswith(" ") and words else ""
        piece = _mark(words, run.mark, line) if words else ""
        if words and run.target:
            # An exclamation mark before it would make a picture of the link.
            line = f"{line[:-1]}\\!" if line.endswith("!") else line
            piece = f"[{piece}]({run.target})"
        line += piece + (" " if run.words.endswith(" ") else "")
    return re.sub(" +", " ", line).strip(" ")


def _merge(runs: list[_Run]) -> list[_Run]:
    """Join neighbours that are written alike; a mark that could not work is none."""
    merged: list[_Run] = []
    for run in runs:
        words = _SPACE.sub(" ", run.words)
        bare = words.strip(" ")
        can_mark = run.mark == "`" or (bare[:1].isalnum() and bare[-1:].isalnum())
        mark = run.mark if bare and can_mark else ""
        if merged and (merged[-1].mark, merged[-1].target) == (mark, run.target):
            words = merged.pop().words + words
        merged.append(_Run(words, mark, run.target))
    return merged


def _mark(words: str, mark: str, before: str) -> str:
    if mark == "`":
        fence = _find_fence(words, 1)
        gap = " " if words[:1] in {"`", " "} or words[-1:] == "`" else ""
        return f"{fence}{gap}{words}{gap}{fence}"
    # Marks that follow one another would be read as one.
    used = "" if before.endswith("*") else mark
    return f"{used}{escape_inline(words)}{used}"


def _write_code(text: str) -> list[str]:
    lines = [_CONTROLS.sub(" ", line.expandtabs(4)).rstrip() for line in text.splitlines()]
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    fence = _find_fence("\n".join(lines), 3)
    return [fence, *lines, fence] if lines else []


def _find_fence(text: str, shortest: int) -> str:
    longest = max((len(each) for each in re.findall("`+", text)), default=0)
    return "`" * max(longest + 1, shortest)


def _write(blocks: list[_Block]) -> str:
    """Write blocks below one another: items of a list close together, others apart."""
    lines: list[str] = []
    depth, last = 0, None
    for block in blocks:
        deepest = depth + 1 if block.kind == "item" else depth
        depth = min(block.depth, deepest)
        quote = "> " * block.quotes
        if last is not None:
            is_tight = block.kind == last.kind == "item" and block.quotes == last.quotes
            lines += [] if is_tight else [("> " * min(block.quotes, last.quotes)).rstrip()]
        if last is not None and block.quotes != last.quotes:
            depth = min(block.depth, 1 if block.kind == "item" else 0)
        lines += [f"{quote}{line}".rstrip() for line in _indent(block, depth)]
        last = block
    return "\n".join(lines)


def _indent(block: _Block, depth: int) -> list[str]:
    if block.kind == "item":
        first = f"{'    ' * (depth - 1)}{block.bullet} "
        return [f"{first}{escape_block_start(block.lines[0])}"]
    indent = "    " * depth
    lines = block.lines if block.kind == "code" else [escape_block_start(block.lines[0])]
    return [f"{indent}{line}" for line in lines]
