"""Markdown → one stream of tokens, from which the page and the plain text are both made.

CommonMark with tables, strikethrough and links made from bare URLs. Raw HTML is text. Whatever is
written, parsing neither raises nor loses a word: what nests too deeply for the programs after it
(libxml2 silently forgets what is deeper than about 250 elements) stays as the text it was.
"""

import re
from collections.abc import Sequence
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, Final

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from newsletter.rendering.display_width import join_lines
from newsletter.rendering.fields import Sentinels, iter_tokens
from newsletter.rendering.urls import absolute_url, ascii_url, display_url

if TYPE_CHECKING:
    from linkify_it import LinkifyIt
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline
    from markdown_it.utils import EnvType, OptionsDict

#: Lists count twice. Beyond it, markers of lists and quotes are text.
_MAX_BLOCK_DEPTH: Final = 40
#: Emphasis, strong and strikethrough inside each other; beyond it the words stay, plain.
_MAX_INLINE_DEPTH: Final = 20
#: Images in the description of an image.
_MAX_IMAGE_DEPTH: Final = 3
#: What markdown-it-py drops the tail at; higher than what the rules above let through.
_MAX_NESTING: Final = 80

#: The themes' column of text in px. Only Outlook for Windows obeys it, which knows no max-width;
#: for all others the style sheet has the last word.
_IMAGE_WIDTH: Final = 576

_EMPHASIS: Final = frozenset({"em", "strong", "s"})

#: Old white space, and characters no page can hold: controls, noncharacters, lone surrogates. They
#: are replaced one by one, so that places in the text stay what they were.
_OLD_SPACE: Final = str.maketrans("\x0b\x0c\x85\u2028\u2029", "     ")
_UNWRITABLE: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)


def parse_markdown(markdown: str) -> list[Token]:
    """Parse an issue's text.

    Targets of links and images come out in ASCII. A link made from a bare URL has the markup
    ``linkify`` or ``autolink`` and a readable label; only ``www.`` makes a link without a scheme,
    for ``setup.py`` and ``README.md`` are names of files far more often than hosts.

    Args:
        markdown: Fields already replaced by sentinels.
    """
    tokens = _parser().parse(replace_unwritable(markdown))
    for token in tokens:
        if token.type == "inline":
            token.children = _without_deep_emphasis(token.children or [])
    return tokens


def replace_unwritable(text: str) -> str:
    """Replace what no page can hold, and odd line breaks, character by character."""
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text.translate(_OLD_SPACE))


def settle_targets(tokens: Sequence[Token], sentinels: Sentinels, base_url: str) -> None:
    """Make targets of links and images absolute, and mark the fields inside them as such."""
    for token in iter_tokens(tokens):
        for name in ("href", "src"):
            target = token.attrGet(name)
            if isinstance(target, str):
                if not sentinels.has_at_start(target):
                    target = absolute_url(target, base_url)
                token.attrSet(name, sentinels.as_target(target))


def render_tokens(tokens: Sequence[Token]) -> str:
    """Write tokens as HTML, each element closed, each attribute in double quotes."""
    parser = _parser()
    return PageRenderer().render(tokens, parser.options, {})


def read_tokens(tokens: Sequence[Token]) -> str:
    """Give the words of inline tokens on one line, for a title or a preheader."""
    words = []
    for token in tokens:
        if token.type == "image":
            words.append(read_tokens(token.children or ()))
        elif token.type == "softbreak":
            words.append("\r")
        else:
            words.append(" " if token.type == "hardbreak" else token.content)
    return " ".join(join_lines("".join(words)).split())


class PageRenderer(RendererHTML):
    """Writes tokens as HTML that mail clients understand."""

    def heading_open(
        self, tokens: Sequence[Token], idx: int, options: "OptionsDict", env: "EnvType"
    ) -> str:
        """Put an empty anchor at the start: some clients follow no other kind."""
        anchor = tokens[idx].meta.get("anchor")
        opening = self.renderToken(tokens, idx, options, env)
        return f'{opening}<a name="{anchor}" id="{anchor}"></a>' if anchor else opening

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
        neighbours = [token for token in tokens if token is not tokens[idx]]
        if all(token.type in {"link_open", "link_close"} for token in neighbours):
            tokens[idx].attrSet("class", "wide")
            tokens[idx].attrSet("width", str(_IMAGE_WIDTH))
        return super().image(tokens, idx, options, env)

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


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import blockquote, list_block

    parser = MarkdownIt(
        "commonmark",
        {"html": False, "linkify": True, "xhtmlOut": True, "maxNesting": _MAX_NESTING},
    ).enable(["table", "strikethrough", "linkify"])
    parser.block.ruler.at(
        "blockquote",
        _shallow(blockquote),
        {"alt": ["paragraph", "reference", "blockquote", "list"]},
    )
    parser.block.ruler.at(
        "list", _shallow(list_block), {"alt": ["paragraph", "reference", "blockquote"]}
    )
    parser.inline.ruler.at("image", _image)
    parser.linkify = _linkifier()
    # An attribute of this instance is the documented way to replace these methods.
    vars(parser).update(normalizeLink=ascii_url, normalizeLinkText=display_url)
    return parser


def _linkifier() -> "LinkifyIt":
    from linkify_it import LinkifyIt

    class WebLinkifier(LinkifyIt):  # type: ignore[misc]  # the package ships no types
        """Finds URLs with a scheme, ``www.`` hosts and mail addresses."""

        def match(self, text: str) -> Any:
            """List what is meant as a link."""
            return [
                match
                for match in super().match(text) or ()
                if match.schema or match.raw.lower().startswith("www.")
            ]

        def normalize(self, match: Any) -> None:
            """Take https where the author named no scheme."""
            super().normalize(match)
            if not match.schema:
                match.url = f"https://{match.raw}"

    linkifier = WebLinkifier()
    linkifier.tlds(["[a-z]{2,63}"])  # its own list ends with the domains of 2005
    return linkifier


def _shallow(rule: Any) -> Any:
    """Keep a block rule from nesting deeper than the page can hold."""

    @wraps(rule)
    def limited(state: "StateBlock", start: int, end: int, silent: bool) -> bool:
        return state.level < _MAX_BLOCK_DEPTH and rule(state, start, end, silent)

    return limited


def _image(state: "StateInline", silent: bool) -> bool:
    """Parse an image unless it stands in too many descriptions of images."""
    from markdown_it.rules_inline import image

    depth = state.env.get("image_depth", 0)
    if depth >= _MAX_IMAGE_DEPTH:
        return False
    state.env["image_depth"] = depth + 1
    try:
        return image(state, silent)
    finally:
        state.env["image_depth"] = depth


def _without_deep_emphasis(tokens: list[Token]) -> list[Token]:
    """Drop the marks, never the words, of emphasis that nests too deeply."""
    kept = []
    depth = 0
    for token in tokens:
        if token.tag in _EMPHASIS:
            depth += token.nesting
            if depth + (token.nesting < 0) > _MAX_INLINE_DEPTH:
                continue
        kept.append(token)
    return kept
