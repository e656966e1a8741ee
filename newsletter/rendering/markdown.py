"""Markdown → one stream of tokens, from which the page and the plain text are both made.

CommonMark with tables, strikethrough, links made from bare URLs and what the files of `syntax` add.
Raw HTML is text unless it is allowed. Whatever is written, parsing neither raises nor loses a word:
what nests too deeply for the programs after it (libxml2 silently forgets what is deeper than about
250 elements) stays as the text it was.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from markdown_it.token import Token

from newsletter.rendering.display_width import join_lines
from newsletter.rendering.fields import Sentinels, iter_tokens
from newsletter.rendering.page import PageRenderer
from newsletter.rendering.syntax.admonitions import (
    colon_box_rule,
    read_alerts,
    shortcode_box_rule,
    split_titles,
)
from newsletter.rendering.syntax.attributes import read_attributes
from newsletter.rendering.syntax.code_languages import name_languages
from newsletter.rendering.syntax.comments import (
    comment_block_rule,
    comment_inline_rule,
    show_open_comments,
    without_comments,
)
from newsletter.rendering.syntax.condition_lines import condition_rule
from newsletter.rendering.syntax.contents_marks import without_contents_marks
from newsletter.rendering.syntax.definitions import with_colons
from newsletter.rendering.syntax.embeds import expand_tags
from newsletter.rendering.syntax.emoji import keep_escaped_colons, name_emoji
from newsletter.rendering.syntax.emphasis import beside_wide_letters
from newsletter.rendering.syntax.footnotes import gather_footnotes
from newsletter.rendering.syntax.heading_anchors import anchor_headings
from newsletter.rendering.syntax.html_tags import html_tag_rule, show_html
from newsletter.rendering.syntax.limits import (
    shallow,
    unrepeated,
    without_deep_emphasis,
)
from newsletter.rendering.syntax.raw_html import convert_html
from newsletter.rendering.syntax.tables import with_all_cells
from newsletter.rendering.syntax.tag_blocks import code_tag_rule
from newsletter.rendering.syntax.tags import tag_rule
from newsletter.rendering.syntax.task_lists import read_tasks
from newsletter.rendering.syntax.tokens import placed, rewrite_inlines
from newsletter.rendering.syntax.web_links import build_linkifier
from newsletter.rendering.urls import absolute_url, ascii_url, display_url

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.ruler import RuleOptionsType

#: What markdown-it-py drops the tail at; higher than what the rules above let through.
_MAX_NESTING: Final = 80

#: Blocks with blocks inside, by the names of their rules, and what else they interrupt.
_NESTING_BLOCKS: Final = (
    "blockquote",
    "list",
    "footnote_def",
    "deflist",
    "admonition",
    "box",
    "colon_box",
)
#: Rules whose tokens are told apart by where they begin in the text.
_PLACED: Final = {"link": "link_open", "image": "image", "autolink": "link_open"}

#: Old white space, and characters no page can hold: controls, noncharacters, lone surrogates. They
#: are replaced one by one, so that places in the text stay what they were.
_OLD_SPACE: Final = str.maketrans("\x0b\x0c\x85\u2028\u2029", "     ")
_UNWRITABLE: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)


def parse_markdown(markdown: str, *, allow_html: bool = False) -> list[Token]:
    """Parse an issue's text.

    Targets of links and images come out in ASCII. A link made from a bare URL has the markup
    ``linkify`` or ``autolink`` and a readable label; only ``www.`` makes a link without a scheme,
    for ``setup.py`` and ``README.md`` are names of files far more often than hosts.

    Args:
        markdown: Fields already replaced by sentinels.
        allow_html: Make raw HTML safe and keep it, instead of showing it as text.

    Returns:
        Tokens with remarks in their ``meta``; `newsletter.rendering.outline` gives them places.
        Tokens of the types ``comment``, ``condition`` and ``read_on`` are marks, not content.
    """
    environment: dict[str, Any] = {}
    tokens = _parser(allow_html).parse(replace_unwritable(markdown), environment)
    if allow_html:
        tokens = convert_html(tokens)
    else:
        rewrite_inlines(tokens, show_html)
    rewrite_inlines(tokens, show_open_comments)
    name_languages(tokens)
    read_alerts(tokens)
    tokens = gather_footnotes(split_titles(tokens), environment)
    expand_tags(tokens)
    tokens = read_attributes(without_contents_marks(tokens))
    read_tasks(tokens)
    anchor_headings(tokens)
    rewrite_inlines(tokens, name_emoji)
    rewrite_inlines(tokens, without_deep_emphasis)
    return tokens


def replace_unwritable(text: str) -> str:
    """Replace what no page can hold, and odd line breaks, character by character."""
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text.translate(_OLD_SPACE))


def settle_targets(tokens: Sequence[Token], sentinels: Sentinels, base_url: str) -> None:
    """Make targets of links and images absolute, and mark the fields inside them as such."""
    for token in iter_tokens(tokens):
        for name in ("href", "src") if token.attrs else ():
            target = token.attrGet(name)
            if isinstance(target, str):
                if not sentinels.has_at_start(target):
                    target = absolute_url(target, base_url)
                token.attrSet(name, sentinels.as_target(target))


def render_tokens(tokens: Sequence[Token]) -> str:
    """Write tokens as HTML; see `PageRenderer`."""
    return PageRenderer().render(tokens, _parser(False).options, {})


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


@cache
def _parser(allow_html: bool) -> "MarkdownIt":
    from markdown_it import MarkdownIt
    from mdit_py_plugins.admon import admon_plugin
    from mdit_py_plugins.deflist import deflist_plugin
    from mdit_py_plugins.footnote import footnote_plugin

    parser = MarkdownIt(
        "commonmark",
        {"html": allow_html, "linkify": True, "xhtmlOut": True, "maxNesting": _MAX_NESTING},
    ).enable(["table", "strikethrough", "linkify"])
    parser.use(footnote_plugin, move_to_end=False).use(deflist_plugin).use(admon_plugin)
    _add_rules(parser)
    _limit_nesting(parser)
    parser.linkify = build_linkifier()
    # An attribute of this instance is the documented way to replace these methods.
    vars(parser).update(normalizeLink=ascii_url, normalizeLinkText=display_url)
    return parser


def _add_rules(parser: "MarkdownIt") -> None:
    interrupts: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    for name, block_rule in (
        ("comment", comment_block_rule),
        ("condition", condition_rule),
        ("code_tag", code_tag_rule),
        ("box", shortcode_box_rule),
        ("colon_box", colon_box_rule),
    ):
        parser.block.ruler.before("fence", name, block_rule, interrupts)
    for name, inline_rule in (
        ("comment", comment_inline_rule),
        ("html_tag", html_tag_rule),
        ("tag", tag_rule),
    ):
        parser.inline.ruler.before("html_inline", name, inline_rule)
    parser.core.ruler.before("text_join", "escaped_colon", keep_escaped_colons)


def _limit_nesting(parser: "MarkdownIt") -> None:
    """Put a limit on every rule that may stand inside itself, and mend those that need it."""
    for rule in parser.block.ruler.__rules__:
        if rule.name in _NESTING_BLOCKS:
            rule.fn = shallow(rule.fn)
        if rule.name == "table":
            rule.fn = with_all_cells(rule.fn)
        if rule.name == "deflist":
            rule.fn = with_colons(rule.fn)
        if rule.name == "html_block":
            rule.fn = without_comments(rule.fn)
    for inline_rule in parser.inline.ruler.__rules__:
        if inline_rule.name in {"image", "footnote_inline"}:
            inline_rule.fn = unrepeated(inline_rule.fn, f"{inline_rule.name}_depth")
        if inline_rule.name in {"emphasis", "strikethrough"}:
            inline_rule.fn = beside_wide_letters(inline_rule.fn)
        if kind := _PLACED.get(inline_rule.name):
            inline_rule.fn = placed(inline_rule.fn, kind)
    # Tells the rulers that rules have changed.
    parser.enable(["image", "blockquote"])
