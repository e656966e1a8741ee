"""Personal fields in an issue: a small closed grammar, and every other brace is text.

    {{ unsubscribe_url }}   {{ subscriber.name or "friend" }}   {{ subscriber.email }}

A field is on one line; the default stands in single or double quotes. A backslash or a dollar sign
before the braces keeps them as text, as code does. While the issue passes through Markdown, the
theme and MJML, a sentinel stands for each field: letters and digits only, for everything else is
changed by one of these.
"""

import re
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import count
from typing import Final

from markdown_it.token import Token

from newsletter.rendering.edition import URL_FIELDS, Field, FieldContext, OpenText

_FIELD: Final = re.compile(
    r"""
    (?<![\\${])\{\{[ \t]*
    (?P<name>unsubscribe_url|subscriber\.[^\W\d][\w-]*)
    (?:[ \t]+or[ \t]+(?:"(?P<double>[^"\r\n]*)"|'(?P<single>[^'\r\n]*)'))?
    [ \t]*\}\}(?!\})
    """,
    re.VERBOSE,
)
_CODE: Final = frozenset({"code_inline", "code_block", "fence"})


class Sentinels:
    """What stands for the fields, and for the slots of a page, while one issue is rendered.

    Args:
        sources: Every text that will be part of the page. The sentinels are made from its hash
            and do not occur in it.
    """

    def __init__(self, *sources: str) -> None:
        self._prefix = _unused_prefix("\n".join(sources))
        self._sentinel = re.compile(rf"{self._prefix}([fu])(\d+)z")
        self._target = re.compile(rf"{self._prefix}t(\d+)z")
        self._targets: list[tuple[str, str]] = []
        self._fields: list[Field] = []
        self._written: list[str] = []

    def mark(self, text: str) -> str:
        """Put a sentinel in the place of each field of a text that came from the author."""
        return _FIELD.sub(self._mark_match, text)

    def mark_name(self, name: str) -> str:
        """Return a sentinel for a field that the theme asks for by its name."""
        return self._add(Field(name), f"{{{{ {name} }}}}")

    def mark_target(self, written: str, url: str) -> str:
        """Return a word that stands for the beginning of a target until `settle_target`."""
        self._targets.append((written, url))
        return f"{self._prefix}t{len(self._targets) - 1}z"

    def settle_target(self, url: str) -> str:
        """Write targets that were worked out in the place of their words."""
        return self._target.sub(lambda match: self._targets[int(match[1])][1], url)

    def list_targets(self, url: str) -> list[str]:
        """List what was worked out of a target."""
        return [self._targets[int(match[1])][1] for match in self._target.finditer(url)]

    def restore_targets(self, text: str) -> str:
        """Give back the targets that the author wrote, and leave fields."""
        return self._target.sub(lambda match: self._targets[int(match[1])][0], text)

    def mark_slot(self, number: int) -> str:
        """Return a word to be replaced by a piece of the page later on."""
        return f"{self._prefix}s{number}z"

    def has_at_start(self, text: str) -> bool:
        """Tell whether a field opens the text."""
        return self._sentinel.match(text) is not None

    def as_target(self, url: str) -> str:
        """Mark the fields of a URL as standing inside a link."""
        return self._sentinel.sub(rf"{self._prefix}u\2z", url)

    def restore(self, text: str) -> str:
        """Give back what the author wrote."""
        text = self.restore_targets(text)
        return self._sentinel.sub(lambda match: self._written[int(match[2])], text)

    def list_marks(self, text: str) -> list[str]:
        """List the sentinels of a text in the order of their places."""
        return [match[0] for match in self._sentinel.finditer(text)]

    def cut(self, text: str, context: FieldContext) -> OpenText:
        """Cut a finished text at its sentinels.

        Args:
            text: A page, a plain text or a subject.
            context: ``html`` or ``text``; a field inside a link becomes ``url`` in either, save
                that a complete URL in a plain text stays as it is.
        """
        parts: list[str | Field] = []
        end = 0
        for match in self._sentinel.finditer(text):
            if match.start() > end:
                parts.append(text[end : match.start()])
            field = self._fields[int(match[2])]
            is_target = match[1] == "u" and not (context == "text" and field.name in URL_FIELDS)
            parts.append(Field(field.name, field.default, "url" if is_target else context))
            end = match.end()
        if end < len(text) or not parts:
            parts.append(text[end:])
        return tuple(parts)

    def _mark_match(self, match: re.Match[str]) -> str:
        return self._add(Field(match["name"], match["double"] or match["single"] or ""), match[0])

    def _add(self, field: Field, written: str) -> str:
        if written not in self._written:
            self._written.append(written)
            self._fields.append(field)
        return f"{self._prefix}f{self._written.index(written)}z"


def iter_tokens(tokens: Sequence[Token]) -> Iterator[Token]:
    """Walk over tokens and the tokens inside them."""
    for token in tokens:
        yield token
        yield from iter_tokens(token.children or ())


def restore_text(tokens: Sequence[Token], sentinels: Sentinels) -> None:
    """Turn fields in code, and targets that turned out to be none, back into what was written."""
    for token in iter_tokens(tokens):
        if token.type in _CODE or token.meta.get("is_raw"):
            token.content = sentinels.restore(token.content)
            token.info = sentinels.restore(token.info)
        else:
            token.content = sentinels.restore_targets(token.content)


def _unused_prefix(source: str) -> str:
    """Derive a word from a text that the text does not hold."""
    encoded, lower = source.encode("utf-8", "surrogatepass"), source.lower()
    digests = (sha256(encoded + bytes([salt % 256])).hexdigest() for salt in count())
    return next(word for digest in digests if (word := f"nf{digest[:10]}") not in lower)
