"""Tokens → HTML that mail clients understand."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Final

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from newsletter.rendering.code_colours import colour_code
from newsletter.rendering.display_width import join_lines

if TYPE_CHECKING:
    from markdown_it.utils import EnvType, OptionsDict

#: The themes' column of text in px. Only Outlook for Windows obeys it, which knows no max-width;
#: for all others the style sheet has the last word.
COLUMN_WIDTH: Final = 576


class PageRenderer(RendererHTML):
    """Writes tokens as HTML, each element closed, each attribute in double quotes."""

    def heading_open(
        self, tokens: Sequence[Token], idx: int, options: "OptionsDict", env: "EnvType"
    ) -> str:
        """Put empty anchors at the start: some clients follow no other kind."""
        opening = self.renderToken(tokens, idx, options, env)
        names = (tokens[idx].meta.get("anchor"), tokens[idx].meta.get("own_anchor"))
        return opening + "".join(_anchor(name) for name in names if name)

    def link_open(
        self, tokens: Sequence[Token], idx: int, options: "OptionsDict", env: "EnvType"
    ) -> str:
        """Let a bare URL break anywhere, else it widens the page on a phone."""
        if tokens[idx].markup in {"linkify", "autolink"}:
            tokens[idx].attrSet("class", "u")
        return self.renderToken(tokens, idx, options, env)

    def softbreak(
        self,
        tokens: Sequence[Token],
        idx: int,
        _options: "OptionsDict",
        _env: "EnvType",
    ) -> str:
        """Join Chinese and Japanese lines without the space a browser would put there."""
        before = tokens[idx - 1].content[-1:] if idx else ""
        after = tokens[idx + 1].content[:1] if idx + 1 < len(tokens) else ""
        return "\n" if " " in join_lines(f"{before}\r{after}") else ""

    def image(
        self, tokens: Sequence[Token], idx: int, options: "OptionsDict", env: "EnvType"
    ) -> str:
        """Mark an image that has a paragraph to itself, and cap its width for Outlook."""
        image = tokens[idx]
        neighbours = [token for token in tokens if token is not image]
        is_alone = all(token.type in {"link_open", "link_close"} for token in neighbours)
        if is_alone or image.meta.get("is_wide"):
            image.attrSet("class", "wide")
            if image.attrGet("width") is None:
                image.attrSet("width", str(COLUMN_WIDTH))
        return super().image(tokens, idx, options, env)

    def fence(
        self, tokens: Sequence[Token], idx: int, _options: "OptionsDict", _env: "EnvType"
    ) -> str:
        """Colour code whose language the author named."""
        token = tokens[idx]
        words = token.info.split(maxsplit=1)
        language = words[0].strip("{}.").partition(",")[0] if words else ""
        named = f' class="language-{escape(language)}"' if language else ""
        return f"<pre><code{named}>{colour_code(token.content, language)}</code></pre>\n"

    def table_open(
        self, tokens: Sequence[Token], idx: int, options: "OptionsDict", env: "EnvType"
    ) -> str:
        """Let a wide table scroll inside the page instead of widening it."""
        return f'<div class="scroll">\n{self.renderToken(tokens, idx, options, env)}'

    def table_close(
        self, tokens: Sequence[Token], idx: int, options: "OptionsDict", env: "EnvType"
    ) -> str:
        """End what `table_open` began."""
        return f"{self.renderToken(tokens, idx, options, env)}</div>\n"

    def th_open(
        self, tokens: Sequence[Token], idx: int, options: "OptionsDict", env: "EnvType"
    ) -> str:
        """Say what the heading cell heads, for readers who listen."""
        tokens[idx].attrSet("scope", "col")
        return self.renderToken(tokens, idx, options, env)

    def comment(self, *_: Any) -> str:
        """Write nothing: it marks a place."""
        return ""

    condition = read_on = comment

    def task(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        """Draw the box of a task."""
        return "&#9745;" if tokens[idx].meta["is_done"] else "&#9744;"

    def admonition_open(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        """Begin a box; what it asks of the reader is its class."""
        token = tokens[idx]
        direction = f' dir="{token.attrGet("dir")}"' if token.attrGet("dir") else ""
        return f'<div class="box {token.meta["kind"]}"{direction}>\n'

    def admonition_title_open(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        """Begin the title of a box."""
        direction = tokens[idx].attrGet("dir")
        return f'<p class="boxtitle" dir="{direction}">' if direction else '<p class="boxtitle">'

    def footnote_ref(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        """Write a note's number as a link to it, with an anchor for the way back."""
        number, use = tokens[idx].meta["number"], tokens[idx].meta["use"]
        back = _anchor(f"fr{number}" if use == 1 else f"fr{number}-{use}")
        return f'{back}<sup class="fn"><a href="#fn{number}">{number}</a></sup>'

    def footnote_block_open(self, *_: Any) -> str:
        """Begin the list of notes under a line."""
        return '<div class="notes">\n<ol>\n'

    def footnote_block_close(self, *_: Any) -> str:
        """End the list of notes."""
        return "</ol>\n</div>\n"

    def footnote_open(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        """Begin a note with the anchor its references lead to."""
        number = tokens[idx].meta["number"]
        return f"<li>{_anchor(f'fn{number}')}"

    def footnote_close(self, *_: Any) -> str:
        """End a note."""
        return "</li>\n"

    def footnote_anchor(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        """Lead back to each place that refers to the note."""
        number, uses = tokens[idx].meta["number"], tokens[idx].meta["uses"]
        places = [f"fr{number}", *(f"fr{number}-{use}" for use in range(2, uses + 1))][:uses]
        return "".join(f' <a href="#{place}">&#8617;&#xFE0E;</a>' for place in places)


def _anchor(name: str) -> str:
    return f'<a name="{escape(name)}" id="{escape(name)}"></a>'
