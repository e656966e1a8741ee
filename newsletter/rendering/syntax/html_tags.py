"""Raw HTML in the text: found here, shown as text and reported, or made safe in `raw_html`."""

import re
from collections.abc import Sequence
from html import unescape
from typing import TYPE_CHECKING, Final

from markdown_it.common.html_re import HTML_TAG_RE
from markdown_it.token import Token

from newsletter.rendering.finding import Severity
from newsletter.rendering.syntax.embeds import build_player
from newsletter.rendering.syntax.tokens import Remark, build_text, note, take_remarks

if TYPE_CHECKING:
    from markdown_it.rules_inline import StateInline

#: What plays in a page and cannot in a mail, with all that is inside of it.
PLAYER: Final = re.compile(
    r"<(?P<name>iframe|video|audio)\b(?P<attributes>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>"
    r"(?P<inside>.*?)</(?P=name)\s*>",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE: Final = re.compile(r"""([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_SCRIPT_CHARACTERS: Final = 20_000
_NAME: Final = re.compile(r"</?([A-Za-z][\w-]*)")


def html_tag_rule(state: "StateInline", silent: bool) -> bool:
    """Take a tag of HTML out of the text; a player with all that is inside of it."""
    if state.src[state.pos] != "<" or state.src.startswith("<!--", state.pos):
        return False
    match = PLAYER.match(state.src, state.pos, state.pos + _SCRIPT_CHARACTERS)
    kind = "player" if match and read_source(match[0]) else "raw_html"
    match = match if kind == "player" else HTML_TAG_RE.match(state.src[state.pos :])
    if match is None:
        return False
    if not silent:
        token = state.push(kind, "", 0)
        token.content = match[0]
        token.meta = {"offset": state.pos}
    state.pos += len(match[0])
    return True


def show_html(tokens: Sequence[Token]) -> list[Token]:
    """Turn players into links and other tags into the text they are; each leaves a remark."""
    kept: list[Token] = []
    for token in tokens:
        if token.type == "player":
            kept += link_player(token)
        elif token.type == "raw_html":
            kept.append(take_remarks(build_text(token.content), source=token))
            if not token.content.startswith("</"):
                note(kept[-1], _remark_shown(token.content))
        else:
            kept.append(token)
    return kept


def link_player(token: Token) -> list[Token]:
    """Make the link that stands for a player."""
    attributes = _read_attributes(token.content.partition(">")[0])
    link = build_player(
        read_source(token.content),
        title=attributes.get("title", ""),
        poster=attributes.get("poster", ""),
    )
    note(
        take_remarks(link[0], source=token),
        Remark(
            "embedded-player",
            Severity.NOTE,
            f"no mail plays <{token.content[1:7].split()[0].lower()}>; it became a link",
            "A picture of it that leads to the page says more than a link.",
        ),
    )
    return link


def read_source(player: str) -> str:
    """Read what a player would play: its own source or the first inside of it."""
    opening = player.partition(">")[0]
    inner = re.search(r"<source\b[^>]*", player, re.IGNORECASE)
    for tag in (opening, inner[0] if inner else ""):
        if source := _read_attributes(tag).get("src", ""):
            return source
    return ""


def _read_attributes(tag: str) -> dict[str, str]:
    return {
        match[1].lower(): unescape(match[2] or match[3] or match[4] or "")
        for match in _ATTRIBUTE.finditer(tag)
    }


def _remark_shown(tag: str) -> Remark:
    name = _NAME.match(tag)
    return Remark(
        "raw-html",
        Severity.WARNING,
        f"<{name[1] if name else tag[1:9]}> is shown as text",
        "Write it in Markdown, put it into `code`, or set allow_html = true in [rendering].",
    )
