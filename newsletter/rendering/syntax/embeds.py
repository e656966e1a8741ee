"""What becomes of tags in a mail: figures, links to videos, code; what is unknown stays as text.

Every tag that is seen or changed leaves a remark, so that its author learns of it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from markdown_it.token import Token

from newsletter.rendering.finding import Severity
from newsletter.rendering.syntax.attributes import set_pixels
from newsletter.rendering.syntax.site_links import find_page
from newsletter.rendering.syntax.tags import Tag
from newsletter.rendering.syntax.tokens import (
    Remark,
    build_image,
    build_link,
    build_text,
    note,
    take_remarks,
    wrap_inline,
)
from newsletter.rendering.urls import ascii_url, display_url

_Embed: TypeAlias = Callable[[Tag], list[Token] | None]

#: Of a tag, in a finding.
_SHOWN_CHARACTERS: Final = 60
_YOUTUBE: Final = re.compile(
    r"(?:https?:)?//(?:www\.)?(?:youtube(?:-nocookie)?\.com/embed/|youtu\.be/)([\w-]+)[^\s]*"
)
_VIMEO: Final = re.compile(r"(?:https?:)?//player\.vimeo\.com/video/(\d+)[^\s]*")
_CONDITIONS: Final = frozenset({"if", "unless", "elif", "elsif", "else", "endif", "endunless"})
#: Hugo reads the caption of a figure as Markdown; here it is emphasised as a whole.
_EMPHASIS: Final = re.compile(r"(?<![\w*])(\*{1,3})(?=\S)([^*\n]*[^\s*])\1(?![\w*])")
#: Titles that players bring with them and that say nothing.
_NO_TITLE: Final = frozenset({"", "youtube video player", "video", "vimeo-player"})


def expand_tags(tokens: Sequence[Token]) -> None:
    """Put what mail can show in the place of tags, in every inline token."""
    is_raw = False
    for token in tokens:
        if token.children:
            token.children, is_raw = _expand(token.children, is_raw)


def build_player(url: str, *, title: str = "", poster: str = "") -> list[Token]:
    """Make a link of what a page would play: the poster if there is one, else words."""
    page = _find_watch_page(url)
    target = ascii_url(page)
    shown = title if title.strip().lower() not in _NO_TITLE else ""
    words = shown or display_url(page)
    if poster:
        return build_link(target, [build_image(ascii_url(poster), words)])
    return [build_text("▶\N{NO-BREAK SPACE}"), *build_link(target, [build_text(words)])]


def _find_watch_page(url: str) -> str:
    """Find the page that shows what a player would play."""
    if match := _YOUTUBE.fullmatch(url):
        return f"https://www.youtube.com/watch?v={match[1]}"
    if match := _VIMEO.fullmatch(url):
        return f"https://vimeo.com/{match[1]}"
    return f"https:{url}" if url.startswith("//") else url


def _expand(children: list[Token], is_raw: bool) -> tuple[list[Token], bool]:
    kept: list[Token] = []
    links = 0
    for token in children:
        links += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        if token.children:
            token.children, is_raw = _expand(token.children, is_raw)
        if token.type != "tag":
            token.meta |= {"is_raw": True} if is_raw else {}
            kept.append(token)
            continue
        tag: Tag = token.meta["tag"]
        if tag.grammar == "liquid" and tag.name == ("endraw" if is_raw else "raw"):
            is_raw = not is_raw
            continue
        kept += [build_text(tag.written)] if is_raw else _expand_tag(token, tag, links > 0)
    return kept, is_raw


def _expand_tag(token: Token, tag: Tag, is_in_link: bool) -> list[Token]:
    if tag.grammar == "escaped":
        return [build_text(tag.name)]
    embed = _EMBEDS.get(tag.name) if tag.grammar in {"hugo", "liquid"} else None
    made = embed(tag) if embed and not tag.is_closing else None
    if made is None or is_in_link:
        page = find_page(tag)
        made = build_link(page or "/", [build_text(display_url(page or "/"))]) if page else None
        if made is None or is_in_link:
            seen = build_text(tag.written)
            note(take_remarks(seen, source=token), _remark_unknown(tag))
            return [seen]
    note(take_remarks(made[0], source=token), _remark_known(tag))
    return made


def _remark_unknown(tag: Tag) -> Remark:
    written = " ".join(tag.written.split())
    shown = written if len(written) <= _SHOWN_CHARACTERS else f"{written[:_SHOWN_CHARACTERS]}…"
    if tag.grammar == "variable":
        return Remark(
            "unknown-field",
            Severity.WARNING,
            f"{shown} is no field of this newsletter; readers see it as it is",
            "Write the words themselves, or a field such as {{ subscriber.name }};"
            " put braces that are meant to be seen into `code`.",
        )
    if tag.grammar == "liquid" and tag.name in _CONDITIONS:
        return Remark(
            "unknown-shortcode",
            Severity.WARNING,
            f"{shown} is no condition that can be asked here; readers see it as it is",
            'Ask subscriber.has_tag("…"), or whether a field == or != "…", on a line of its own;'
            " put what is meant to be seen into `code`.",
        )
    return Remark(
        "unknown-shortcode",
        Severity.WARNING,
        f"nothing is known about the tag {shown}; readers see it as it is",
        "Write what it stands for, a link or an image; put a tag that is meant to be seen into"
        " `code`.",
    )


def _remark_known(tag: Tag) -> Remark:
    return Remark(
        "shortcode",
        Severity.NOTE,
        f"the tag {tag.name} was turned into what a mail can show",
        "Look at it in the preview; plain Markdown leaves no doubt.",
    )


def _embed_figure(tag: Tag) -> list[Token] | None:
    source = tag.get("src", "image_path", "url", "image", "file") or tag.first()
    if not source:
        return None
    caption = tag.get("caption", "title", "attr")
    image = build_image(ascii_url(source), tag.get("alt") or caption, title=tag.get("title"))
    image.meta["is_wide"] = True
    set_pixels(image, width=tag.get("width"), height=tag.get("height"))
    link = tag.get("link", "href")
    shown = build_link(ascii_url(link), [image]) if link else [image]
    texts = [text for name in ("title", "caption", "attr") if (text := tag.get(name))]
    if not texts:
        return shown
    credit = tag.get("attrlink")
    words = [build_text(_EMPHASIS.sub(r"\2", " · ".join(texts)))]
    if credit:
        words = build_link(ascii_url(credit), words)
    return [*shown, Token("softbreak", "br", 0), *wrap_inline("em", "em", words)]


def _embed_img(tag: Tag) -> list[Token] | None:
    """Read Octopress' manner: ``{% img left /a.png 300 200 The title %}``."""
    if tag.options:
        return _embed_figure(tag)
    words = list(tag.arguments)
    if len(words) > 1 and not re.search(r"[/.]", words[0]):
        words.pop(0)
    if not words:
        return None
    image = build_image(ascii_url(words.pop(0)), "")
    sizes = [words.pop(0) for word in list(words[:2]) if word.isdigit()]
    set_pixels(image, width="".join(sizes[:1]), height="".join(sizes[1:]))
    if title := " ".join(words):
        image.content, image.children = title, [build_text(title)]
    return [image]


def _player(page: str) -> _Embed:
    def embed(tag: Tag) -> list[Token] | None:
        name = tag.get("id", "v", "video_id", "user") or tag.first()
        return build_player(page.format(name), title=tag.get("title")) if name else None

    return embed


def _embed_video(tag: Tag) -> list[Token] | None:
    source = tag.get("src", "url", "mp4", "webm") or tag.first()
    if not source:
        return None
    return build_player(source, title=tag.get("title", "caption"), poster=tag.get("poster"))


def _embed_tweet(tag: Tag) -> list[Token] | None:
    user, number = tag.get("user"), tag.get("id") or tag.first()
    return _link_page(f"https://x.com/{user or 'i'}/status/{number}") if number else None


def _embed_gist(tag: Tag) -> list[Token] | None:
    path = "/".join(tag.arguments[:2]) or tag.get("id")
    return _link_page(f"https://gist.github.com/{path}") if path else None


def _embed_instagram(tag: Tag) -> list[Token] | None:
    number = tag.first() or tag.get("id")
    return _link_page(f"https://www.instagram.com/p/{number}/") if number else None


def _link_page(page: str) -> list[Token]:
    """Make a link to what a site would show in place, and nobody plays."""
    return build_link(ascii_url(page), [build_text(display_url(page))])


def _embed_include(tag: Tag) -> list[Token] | None:
    """Read an include whose file's name tells what it shows."""
    name = re.split(r"[./]", tag.first())[0].lower()
    known = _EMBEDS.get(name)
    return known(tag) if known and known is not _embed_include else None


_EMBEDS: Final[Mapping[str, _Embed]] = {
    "figure": _embed_figure,
    "image": _embed_figure,
    "img": _embed_img,
    "youtube": _player("https://www.youtube.com/watch?v={}"),
    "youtube_embed": _player("https://www.youtube.com/watch?v={}"),
    "vimeo": _player("https://vimeo.com/{}"),
    "instagram": _embed_instagram,
    "tweet": _embed_tweet,
    "twitter": _embed_tweet,
    "x": _embed_tweet,
    "gist": _embed_gist,
    "video": _embed_video,
    "iframe": _embed_video,
    "audio": _embed_video,
    "include": _embed_include,
}
