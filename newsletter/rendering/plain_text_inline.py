"""Markdown inside a paragraph → one string of plain text, its links collected as references."""

import re
from collections.abc import Sequence

from markdown_it.tree import SyntaxTreeNode

from newsletter.rendering.display_width import GLUE, display_width, join_lines
from newsletter.rendering.urls import ascii_url, display_url

#: Code up to this many columns stays on one line.
_SHORT_CODE_COLUMNS = 32

_REFERENCES_AT_END = re.compile(rf"(?:{GLUE}\[\d+\])+$")
_LINE_END = re.compile(r"[\n\r]")
_URL_AT_END = re.compile(r"://\S+$")


_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def write_note_number(number: int) -> str:
    """Write the number of a footnote as people do; brackets are for links."""
    return str(number).translate(_SUPERSCRIPT)


class References:
    """The targets of links, numbered from 1 in the order of their first use."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def cite(self, target: str) -> str:
        """Return the mark that stands behind a label, such as ``[3]``, glued to it."""
        number = self._numbers.setdefault(target, len(self._numbers) + 1)
        return f"{GLUE}[{number}]"

    def render(self) -> list[str]:
        """List the targets, one line each, never wrapped."""
        columns = len(f"[{len(self._numbers)}]")
        return [f"{f'[{n}]':>{columns}} {target}" for target, n in self._numbers.items()]


class InlineText:
    """Renders the inline nodes of one issue; knows the references made so far."""

    def __init__(self) -> None:
        self.references = References()

    def render(self, nodes: Sequence[SyntaxTreeNode], *, emphasised: bool = True) -> str:
        """Render inline nodes.

        Args:
            nodes: What an ``inline`` node holds.
            emphasised: Mark strong and emphasised text. Off where all of the text stands out
                already, as in a heading.

        Returns:
            Text for `wrap_text`: a line feed is a hard break, `GLUE` a space that holds.
        """
        return join_lines(self._render(nodes, emphasised=emphasised))

    def _render(self, nodes: Sequence[SyntaxTreeNode], *, emphasised: bool) -> str:
        parts: list[str] = []
        for index, node in enumerate(nodes):
            match node.type:
                case "text":
                    # An entity such as &#10; is a space in HTML as well.
                    parts.append(_LINE_END.sub(" ", node.content))
                case "softbreak":
                    neighbours = (*nodes[max(index - 1, 0) : index], *nodes[index + 1 : index + 2])
                    parts.append("\n" if any(map(_is_picture, neighbours)) else "\r")
                case "hardbreak":
                    parts.append("\n")
                case "code_inline":
                    parts.append(_render_code(node.content))
                case "task" | "footnote_ref":
                    parts.append(_render_mark(node))
                case "image":
                    parts.append(self._render_image(node))
                case "link":
                    parts.append(self._render_link(node, emphasised=emphasised))
                case "em" | "strong" | "s":
                    text = self._render(node.children, emphasised=emphasised)
                    mark = _MARKS[node.type] if emphasised or node.type == "s" else ""
                    parts.append(_put_marks(text, mark))
                case _:  # from a plugin this renderer does not know: keep the words
                    parts.append(self._render(node.children, emphasised=emphasised) or node.content)
        return "".join(parts)

    def _render_link(self, node: SyntaxTreeNode, *, emphasised: bool) -> str:
        """Print a label and its reference; the target itself where the label says no more."""
        label = self._render(node.children, emphasised=emphasised)
        target = str(node.attrs.get("href", ""))
        if not target or target.startswith("#"):
            return label  # a jump inside the page leads nowhere in a text
        address = _find_plain_address(target)
        seen = _visible_text(node).strip()
        if not seen or node.info == "auto" or _is_same_target(seen, target):
            return address or target
        if address:
            return f"{label} ({address})"
        return f"{label}{self.references.cite(target)}"

    def _render_image(self, node: SyntaxTreeNode) -> str:
        """Print what the image shows; without such a text it is an ornament, unless alone."""
        source = str(node.attrs.get("src", ""))
        words = " ".join((_visible_text(node) or node.content).split())
        if not words and _is_alone(node):
            words = _read_file_name(source)
        if not words:
            return ""
        if not source or source.startswith("data:") or _is_inside_link(node):
            return f"[{words}]"
        return f"[{words}]{self.references.cite(source)}"


def _render_mark(node: SyntaxTreeNode) -> str:
    """Print the box of a task or the number of a footnote."""
    if node.type == "footnote_ref":
        return write_note_number(node.meta["number"])
    return "[x]" if node.meta["is_done"] else "[ ]"


_MARKS = {"em": "_", "strong": "*", "s": "~"}


def _put_marks(text: str, mark: str) -> str:
    """Put marks around text, inside the references at its end, never against a URL."""
    references = _REFERENCES_AT_END.search(text)
    end = references.start() if references else len(text)
    words, rest = text[:end], text[end:]
    if not words.strip() or not mark:
        return text
    if _URL_AT_END.search(words):
        # Readers' programs would take the mark as a part of the URL.
        return f"{mark}{words}{GLUE}{mark}{rest}" if mark == "~" else text
    return f"{mark}{words}{mark}{rest}"


def _render_code(code: str) -> str:
    """Keep the backticks, which tell code from words, and short code on one line."""
    fence, pad = ("``", " ") if "`" in code else ("`", "")
    if display_width(code) <= _SHORT_CODE_COLUMNS:
        code = code.replace(" ", GLUE)
        pad = pad.replace(" ", GLUE)
    return f"{fence}{pad}{code}{pad}{fence}"


def _visible_text(node: SyntaxTreeNode) -> str:
    """Return the words below a node without any marks."""
    if node.type in {"softbreak", "hardbreak"}:
        return " "
    return "".join(map(_visible_text, node.children)) or node.content


def _is_picture(node: SyntaxTreeNode) -> bool:
    """Tell whether a node is an image, or a link that holds nothing else."""
    if node.type == "link" and node.children:
        return all(child.type == "image" for child in node.children)
    return node.type == "image"


def _is_alone(node: SyntaxTreeNode) -> bool:
    """Tell whether a node has a paragraph to itself."""
    parent = node.parent
    return parent is not None and parent.type == "inline" and len(parent.children) == 1


def _read_file_name(source: str) -> str:
    """Read the last name in a URL's path, or its host; empty for data."""
    if source.startswith("data:"):
        return ""
    path = re.split(r"[?#]", source, maxsplit=1)[0]
    return display_url(path.rstrip("/").rpartition("/")[2])


def _is_inside_link(node: SyntaxTreeNode) -> bool:
    parent = node.parent
    return parent is not None and (parent.type == "link" or _is_inside_link(parent))


def _find_plain_address(target: str) -> str | None:
    """Find the address of a mailto link that holds nothing else, such as a subject."""
    scheme, _, address = target.partition(":")
    if scheme.lower() != "mailto" or not address or "?" in address or "%" in address:
        return None
    return address


def _is_same_target(label: str, target: str) -> bool:
    """Tell whether a label is the target itself, encoded or readable."""
    if label == _find_plain_address(target):
        return True
    return "://" in target and ascii_url(label).rstrip("/") == target.rstrip("/")
