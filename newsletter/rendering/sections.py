"""An issue's page in sections: one per heading, with an anchor that the contents list names."""

from collections.abc import Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from newsletter.rendering.markdown import read_tokens, render_tokens

#: Opening, words, closing.
_HEADING_TOKENS = _PARAGRAPH_TOKENS = 3
#: A contents list helps from this many titled sections on.
_CONTENTS_FROM = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """A piece of the page that begins with a heading of the second level."""

    #: Anchor: ``s1``, ``s2``, …; empty for a text before the first heading. Made from the place,
    #: since a Korean heading gives no slug in ASCII.
    id: str
    #: One line without markup; empty for a text before the first heading.
    title: str
    html: str
    #: The image that the text below the heading begins with; empty when it begins otherwise.
    picture: str = ""
    #: What `html` has besides the picture.
    rest: str = ""


def without_title(tokens: Sequence[Token], title: str) -> list[Token]:
    """Leave out a first heading that only repeats the issue's title: the theme shows it."""
    is_title = (
        len(tokens) > 2
        and tokens[0].tag == "h1"
        and read_tokens(tokens[1].children or ()) == " ".join(title.split())
    )
    return list(tokens[3:] if is_title else tokens)


def level_headings(tokens: Sequence[Token]) -> None:
    """Give the page one heading of the first level, which is the issue's title.

    All headings move by one step where the first level divides the issue, that is, where the
    first heading and others are of it, and where the first two levels are not used at all. Else
    only the headings of the first level become headings of the second.
    """
    levels = [int(token.tag[1]) for token in tokens if token.type == "heading_open"]
    if not levels:
        return
    has_first_level_sections = levels[0] == 1 and levels.count(1) > 1
    step = 1 if has_first_level_sections else min(2 - min(levels), 0)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(max(int(token.tag[1]) + step, 2), 6)}"


def split_sections(tokens: Sequence[Token]) -> list[Section]:
    """Cut at headings of the second level, write anchors into them, and make each piece's HTML."""
    starts = [place for place, token in enumerate(tokens) if _is_section_heading(token)]
    ends = [*starts[1:], len(tokens)]
    opening = tokens[: starts[0]] if starts else tokens
    sections = [_build_section(opening)] if opening else []
    for number, (start, end) in enumerate(zip(starts, ends, strict=False), start=1):
        tokens[start].meta["anchor"] = f"s{number}"
        title = read_tokens(tokens[start + 1].children or ())
        sections.append(_build_section(tokens[start:end], id=f"s{number}", title=title))
    return sections


def _build_section(
    tokens: Sequence[Token],
    *,
    id: str = "",  # noqa: A002 - the field's name
    title: str = "",
) -> Section:
    """Render a piece of the page, and once more with its picture apart."""
    html = render_tokens(tokens)
    start = _HEADING_TOKENS if title else 0
    paragraph = tokens[start : start + _PARAGRAPH_TOKENS]
    if not _is_picture(paragraph):
        return Section(id=id, title=title, html=html, rest=html)
    rest = render_tokens([*tokens[:start], *tokens[start + _PARAGRAPH_TOKENS :]])
    # The inline token alone: a theme puts it where no paragraph stands.
    picture = render_tokens(paragraph[1:2])
    return Section(id=id, title=title, html=html, picture=picture, rest=rest)


def list_contents(sections: Sequence[Section]) -> tuple[Section, ...]:
    """List what a contents list names; nothing when the issue is short enough to see."""
    titled = tuple(section for section in sections if section.title)
    return titled if len(titled) >= _CONTENTS_FROM else ()


def _is_picture(paragraph: Sequence[Token]) -> bool:
    """Tell whether a paragraph is an image, be it a link or not, and nothing else."""
    if [token.type for token in paragraph] != ["paragraph_open", "inline", "paragraph_close"]:
        return False
    kinds = [child.type for child in paragraph[1].children or ()]
    return kinds in (["image"], ["link_open", "image", "link_close"])


def _without_last_rule(tokens: Sequence[Token]) -> Sequence[Token]:
    """Leave out a rule right before the next section: the theme divides them already."""
    return tokens[:-1] if tokens and tokens[-1].type == "hr" else tokens


def _is_section_heading(token: Token) -> bool:
    return token.type == "heading_open" and token.tag == "h2" and token.level == 0
