"""Markdown tokens → the plain-text part: made for reading, and nothing of the issue is lost.

Lines are wrapped by display width; words and URLs stay whole. The targets of links follow at the
end as numbered references, so that sentences stay readable.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from newsletter.rendering.display_width import display_width, wrap_text
from newsletter.rendering.plain_text_inline import InlineText, write_note_number
from newsletter.rendering.plain_text_table import Alignment, render_table

#: Columns of a line. Leaves room for the marks of two or three replies within 80.
TEXT_WIDTH = 72

#: However deep lists and quotations are nested, their text gets this many columns.
_LEAST_WIDTH = 24
#: Parts of a table in HTML.
_ROWS = frozenset({"html_tr", "html_thead", "html_tbody", "html_tfoot"})
_LISTS = {"bullet_list", "ordered_list"}
_BULLETS = "-+*"
#: Headings of lower levels are marked as in Markdown.
_UNDERLINES = {"h1": "=", "h2": "-"}
_CODE_INDENT = "    "
_BOX_EDGE = "| "
_SECTION_BREAK = "* * *"
_REFERENCE_RULE = "-" * 16


def render_text_body(tokens: Sequence[Token]) -> str:
    """Render an issue's text as plain text.

    Args:
        tokens: As markdown-it made them, without HTML. Tokens of unknown types keep their words.

    Returns:
        Lines of at most `TEXT_WIDTH` columns, but for URLs, words and code that are wider, each
        with a line feed; empty for an empty issue. Two blank lines stand before a chapter, never
        more, and no line holds only spaces.
    """
    blocks = _BlockText()
    lines = blocks.render(SyntaxTreeNode(tokens).children, _Place(width=TEXT_WIDTH))
    references = blocks.inlines.references.render()
    if references:
        lines += ["", _REFERENCE_RULE, *references] if lines else references
    return "".join(f"{line}\n" for line in lines)


def underline(text: str, mark: str = "=") -> str:
    """Wrap a title and underline it as wide as its widest line."""
    return "\n".join(_underline(wrap_text(text, TEXT_WIDTH), mark))


def wrap(text: str) -> str:
    """Wrap a paragraph of the template."""
    return "\n".join(wrap_text(text, TEXT_WIDTH))


#: What a theme's text template may use besides Jinja's own.
TEXT_FILTERS: Mapping[str, Callable[..., str]] = {"underline": underline, "wrap": wrap}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    """Where a block stands: what the blocks around it leave to it."""

    width: int
    #: Bulleted lists around it.
    bullet_depth: int = 0

    def inside(self, prefix: str) -> "_Place":
        """Return the place behind a prefix."""
        width = max(self.width - len(prefix), _LEAST_WIDTH)
        return _Place(width=width, bullet_depth=self.bullet_depth)


class _BlockText:
    """Renders block nodes to lines."""

    def __init__(self) -> None:
        self.inlines = InlineText()
        self._renderers: Mapping[str, Callable[[SyntaxTreeNode, _Place], list[str]]] = {
            "heading": self._render_heading,
            "paragraph": self._render_paragraph,
            "bullet_list": self._render_list,
            "ordered_list": self._render_list,
            "blockquote": self._render_quotation,
            "fence": self._render_code,
            "code_block": self._render_code,
            "table": self._render_table,
            "hr": self._render_section_break,
            "admonition": self._render_box,
            "admonition_title": self._render_box_title,
            "dl": self._render_definitions,
            "footnote_block": self._render_notes,
            "footnote": self._render_note,
            "inline": self._render_inline,
            # Of raw HTML that is allowed.
            "html_li": self._render_item,
            "html_tr": self._render_row,
            "html_pre": self._render_preformatted,
            "html_blockquote": self._render_quotation,
            **dict.fromkeys((f"html_h{level}" for level in range(1, 7)), self._render_heading),
        }

    def render(self, nodes: Sequence[SyntaxTreeNode], place: _Place) -> list[str]:
        """Stack blocks with the blank lines that belong between them."""
        lines: list[str] = []
        above: SyntaxTreeNode | None = None
        for node in nodes:
            block = self._renderers.get(node.type, self._render_unknown)(node, place)
            if block and above is not None:
                lines += [""] * _count_blank_lines(above, node)
            if block:
                lines += block
                above = node
        return lines

    def _render_heading(self, node: SyntaxTreeNode, place: _Place) -> list[str]:
        text = self.inlines.render(_inline_nodes(node), emphasised=False)
        if node.tag in _UNDERLINES:
            return _underline(wrap_text(text, place.width), _UNDERLINES[node.tag])
        mark = "#" * int(node.tag.removeprefix("h")) + " "
        lines = wrap_text(text, place.inside(mark).width)
        return _put_behind(mark, lines) if lines else []

    def _render_paragraph(self, node: SyntaxTreeNode, place: _Place) -> list[str]:
        return wrap_text(self.inlines.render(_inline_nodes(node)), place.width)

    def _render_inline(self, node: SyntaxTreeNode, place: _Place) -> list[str]:
        return wrap_text(self.inlines.render(node.children), place.width)

    def _render_list(self, node: SyntaxTreeNode, place: _Place) -> list[str]:
        is_loose = any(map(_is_loose_block, _grandchildren(node)))
        is_bulleted = node.type == "bullet_list"
        markers = _list_markers(node, place.bullet_depth)
        lines: list[str] = []
        for marker, item in zip(markers, node.children, strict=True):
            inside = place.inside(marker)
            if is_bulleted:
                inside = replace(inside, bullet_depth=place.bullet_depth + 1)
            if lines and is_loose:
                lines.append("")
            lines += _put_behind(marker, self.render(item.children, inside))
        return lines

    def _render_quotation(self, node: SyntaxTreeNode, place: _Place) -> list[str]:
        lines = self.render(node.children, place.inside("> "))
        return [f"> {line}" if line else ">" for line in lines]

    def _render_code(self, node: SyntaxTreeNode, _: _Place) -> list[str]:
        """Indent code and leave it as it is, but for what would be a third blank line."""
        lines: list[str] = []
        for is_blank, run in groupby(node.content.split("\n"), key=lambda line: not line.strip()):
            if not is_blank:
                lines += [f"{_CODE_INDENT}{line}" for line in run]
            elif lines:
                lines += [""] * min(2, len(list(run)))
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def _render_section_break(self, _: SyntaxTreeNode, place: _Place) -> list[str]:
        return [_SECTION_BREAK.center(place.width).rstrip()]

    def _render_table(self, node: SyntaxTreeNode, place: _Place) -> list[str]:
        rows = _grandchildren(node)
        cells = [
            [
                self.inlines.render(_inline_nodes(cell), emphasised=cell.type == "td")
                for cell in row.children
            ]
            for row in rows
        ]
        return render_table(cells, [_alignment(cell) for cell in rows[0].children], place.width)

    def _render_box(self, node: SyntaxTreeNode, place: _Place) -> list[str]:
        """Draw a line at the left of all that stands in a box."""
        lines = self.render(node.children, place.inside(_BOX_EDGE))
        return [f"{_BOX_EDGE}{line}".rstrip() for line in lines]

    def _render_box_title(self, node: SyntaxTreeNode, place: _Place) -> list[str]:
        title = self.inlines.render(_inline_nodes(node), emphasised=False)
        return wrap_text(f"*{title.strip()}*" if title.strip() else "", place.width)

    def _render_definitions(self, node: SyntaxTreeNode, place: _Place) -> list[str]:
        """Put each term on its line and what it means below, indented."""
        lines: list[str] = []
        for child in node.children:
            if child.type == "dt":
                lines += [""] if lines else []
                lines += wrap_text(self.inlines.render(_inline_nodes(child)), place.width)
            else:
                meaning = self.render(child.children, place.inside(_CODE_INDENT))
                lines += [f"{_CODE_INDENT}{line}" if line else "" for line in meaning]
        return lines

    def _render_notes(self, node: SyntaxTreeNode, place: _Place) -> list[str]:
        """List the notes under a rule, before the references."""
        lines = [_REFERENCE_RULE]
        for note in node.children:
            block = self._render_note(note, place)
            lines += ["", *block] if "" in block and len(lines) > 1 else block
        return lines

    def _render_note(self, node: SyntaxTreeNode, place: _Place) -> list[str]:
        marker = f"{write_note_number(node.meta['number'])} "
        return _put_behind(marker, self.render(node.children, place.inside(marker)))

    def _render_item(self, node: SyntaxTreeNode, place: _Place) -> list[str]:
        """Render an item of a list in HTML, whose items may stand anywhere."""
        marker = "- "
        if node.parent is not None and node.parent.type == "html_ol":
            items = [each for each in node.parent.children if each.type == "html_li"]
            marker = f"{items.index(node) + 1}. "
        return _put_behind(marker, self.render(node.children, place.inside(marker)))

    def _render_row(self, node: SyntaxTreeNode, place: _Place) -> list[str]:
        cells = [" ".join(self.render(cell.children, place)) for cell in node.children]
        return wrap_text(" | ".join(cells), place.width)

    def _render_preformatted(self, node: SyntaxTreeNode, _: _Place) -> list[str]:
        words = "".join(each.content for each in node.walk() if not each.children)
        return [f"{_CODE_INDENT}{line}".rstrip() for line in words.strip("\n").split("\n")]

    def _render_unknown(self, node: SyntaxTreeNode, place: _Place) -> list[str]:
        """Keep the words of a block from a plugin this renderer does not know."""
        return self.render(node.children, place) or wrap_text(node.content, place.width)


def _count_blank_lines(above: SyntaxTreeNode, below: SyntaxTreeNode) -> int:
    """Two before a chapter, none inside the item of a tight list, else one."""
    if below.type == "heading" and below.tag in _UNDERLINES and above.type != "heading":
        return 2
    if above.type == "paragraph" and above.hidden and below.type in _LISTS:
        return 0
    if above.type == below.type == "html_li" or {above.type, below.type} <= _ROWS:
        return 0
    return 1


def _is_loose_block(block: SyntaxTreeNode) -> bool:
    """Tell whether a block in an item needs blank lines between the items."""
    if block.type == "paragraph":
        return not block.hidden
    return block.type not in _LISTS


def _list_markers(node: SyntaxTreeNode, bullet_depth: int) -> list[str]:
    """List what stands before each item; numbers are aligned at their right."""
    if node.type == "bullet_list":
        return [f"{_BULLETS[bullet_depth % len(_BULLETS)]} "] * len(node.children)
    start = int(node.attrs.get("start", 1))
    numbers = [f"{number}{node.markup} " for number, _ in enumerate(node.children, start)]
    return [number.rjust(len(numbers[-1])) for number in numbers]


def _underline(lines: list[str], mark: str) -> list[str]:
    return [*lines, mark * max(map(display_width, lines))] if lines else []


def _put_behind(marker: str, lines: Sequence[str]) -> list[str]:
    """Put lines behind a marker and below each other."""
    indent = " " * len(marker)
    first, *rest = lines or [""]
    return [
        f"{marker}{first}" if first else marker.rstrip(" "),
        *(f"{indent}{line}" if line else "" for line in rest),
    ]


def _grandchildren(node: SyntaxTreeNode) -> list[SyntaxTreeNode]:
    return [grandchild for child in node.children for grandchild in child.children]


def _inline_nodes(block: SyntaxTreeNode) -> list[SyntaxTreeNode]:
    """List the inline nodes of a paragraph, a heading or a cell."""
    return _grandchildren(block)


def _alignment(cell: SyntaxTreeNode) -> Alignment:
    style = str(cell.attrs.get("style", ""))
    return "right" if style.endswith("right") else "center" if style.endswith("center") else "left"
