"""What stands in an issue's source, found by regular expressions and no code of the product.

Markup is taken away roughly: what is taken too much is not looked for, what is taken too little
makes a test fail and shows itself.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

_FRONT_MATTER = re.compile(
    r"\ufeff?(?:\+\+\+\n.*?\n\+\+\+\n|---\n.*?\n---\n|\{\n.*?\n\}\n|(?:[A-Z]\w+: [^\n]*\n)+\n)",
    re.DOTALL,
)
_FENCE = re.compile(r"^[ >]*(?:```+|~~~+).*$", re.MULTILINE)
_CODE = re.compile(r"(`+)(.+?)\1", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->|^\[//\]: #.*$", re.DOTALL | re.MULTILINE)
_TARGET = re.compile(r"\]\(<?((?:[^\s()<>]|\([^\s()]*\))*)>?(?:\s+\"([^\"]*)\")?\)")
_ANY_TARGET = re.compile(r"\]\((?:[^()\n]|\([^()\n]*\))*\)")
_DEFINITION = re.compile(
    r"^\[(?!\^)([^\]\n]+)\]:\s*(?:<([^>\n]*)>|(\S+))(?:\s+(?:\"[^\"]*\"|'[^']*'))?$", re.MULTILINE
)
_ANGLE = re.compile(r"<((?:https?|ftp)://[^<>\s]+|[\w.]+@[\w.]+)>")
_BARE = re.compile(
    r"(?<![\w(\"/=])(?:(?:https?|ftp)://|www\.)"
    r"[^\s<>\")，。「」（）]*(?:\([^\s()]*\)[^\s<>\")，。「」（）]*)*"
)
_TAG = re.compile(r"\{\{[<%].*?[>%]\}\}|\{%.*?%\}")
_FIELD = re.compile(r"(?<![\\$])\{\{ *(?:subscriber\.\w+|unsubscribe_url).*?\}\}")
_QUOTED = re.compile(r"(?:alt|caption|title|content|button)=\"([^\"]*)\"")
_ATTRIBUTES = re.compile(r"\{:[^{}]*\}|\{(?:[.#][\w-]+|\w+=[^{}]*)\}|\{#[^{}]*\}")
_MARK = re.compile(r"^ *(?:!!!|\?\?\?\+?) \w+|^> \[!\w+\]|^:{3,} ?\w+|^:[ ]+", re.MULTILINE)
_HTML = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)
_EMOJI = re.compile(r"(?<![\w/`]):[a-z0-9_+-]+:")
_NOTE = re.compile(r"\[\^[^\]]+\]:?")
_REFERENCE = re.compile(r"\]\[[^\]]*\]")


@dataclass(frozen=True)
class Source:
    """What a reader of either part must find."""

    words: tuple[str, ...]
    links: tuple[str, ...]
    images: tuple[str, ...]


def read_source(markdown: str) -> Source:
    """List words, targets of links and of images of an issue's text."""
    body = _FRONT_MATTER.sub("", markdown.replace("\r\n", "\n"), count=1)
    return Source(
        words=tuple(_iter_words(body)),
        links=tuple(dict.fromkeys(_iter_links(body))),
        images=tuple(dict.fromkeys(_iter_images(body))),
    )


def _iter_words(body: str) -> Iterator[str]:
    text = _COMMENT.sub(" ", body)
    text = _DEFINITION.sub(" ", text)
    text = _FENCE.sub(" ", text)
    text = _TAG.sub(lambda match: " ".join(_QUOTED.findall(match[0])), text)
    text = _FIELD.sub(" ", text)
    text = _ANY_TARGET.sub("] ", text)
    text = _ANGLE.sub(" ", text)
    text = _BARE.sub(" ", text)
    for pattern in (_ATTRIBUTES, _MARK, _HTML, _EMOJI, _NOTE):
        text = pattern.sub(" ", text)
    text = _REFERENCE.sub("] ", text)
    yield from re.findall(r"[^\W_]{2,}", unescape(text))


def _iter_links(body: str) -> Iterator[str]:
    text = _without_code(_COMMENT.sub(" ", body))
    for match in _TARGET.finditer(text):
        if not text[: match.start()].endswith("]") and not _is_image(text, match.start()):
            yield match[1]
    yield from (match[2] or match[3] for match in _DEFINITION.finditer(text))
    yield from (match[1] for match in _ANGLE.finditer(text))
    rest = _DEFINITION.sub(" ", _ANGLE.sub(" ", _TARGET.sub("] ", text)))
    yield from (
        match[0].rstrip(".,;:") for match in _BARE.finditer(_TAG.sub(" ", _HTML.sub(" ", rest)))
    )


def _iter_images(body: str) -> Iterator[str]:
    text = _without_code(_COMMENT.sub(" ", body))
    for match in _TARGET.finditer(text):
        if _is_image(text, match.start()):
            yield match[1]


def _is_image(text: str, end: int) -> bool:
    """Tell whether the bracket that closes here was opened by ``![``."""
    depth = 0
    for place in range(end, -1, -1):
        depth += {"]": 1, "[": -1}.get(text[place], 0)
        if depth == 0:
            return text[place - 1 : place] == "!"
    return False


def _without_code(text: str) -> str:
    text = re.sub(r"^( *)(```+|~~~+).*?^ *\2", " ", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"^    .*$", " ", text, flags=re.MULTILINE)
    return _CODE.sub(" ", text)
