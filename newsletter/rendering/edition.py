"""An edition: one issue rendered once, with fields left open for each recipient."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from itertools import compress
from typing import Final, Literal, TypeAlias
from urllib.parse import quote

from newsletter.rendering.finding import Finding

#: Where a field stands decides how its value is escaped: ``html`` in text or an attribute of the
#: page, ``url`` inside a link of either part, ``text`` in the plain part or a header.
FieldContext: TypeAlias = Literal["html", "url", "text"]

#: Fields whose value is a complete URL, percent-encoded already.
URL_FIELDS: Final = frozenset({"action_url", "unsubscribe_url"})

#: Control characters, line and paragraph separators, lone surrogates: they would end a header or a
#: line, or cannot be encoded at all.
_UNWRITABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class Field:
    """A place that is filled for each recipient.

    The names are ``unsubscribe_url``, ``subscriber.name``, ``subscriber.email``,
    ``subscriber.language`` and ``subscriber.`` followed by a custom field's name.
    """

    name: str
    #: Stands where the recipient has no value.
    default: str = ""
    context: FieldContext = "html"


#: Text with open fields between; never empty, no two texts stand side by side.
OpenText: TypeAlias = tuple[str | Field, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """One thing that an issue asks about its recipient."""

    #: Name of a subscriber's field, such as ``language``; empty when a tag is asked for.
    field: str = ""
    #: What the field must be, or the tag that the subscriber must have.
    value: str

    def __str__(self) -> str:
        """Write it as an issue does."""
        if self.field:
            return f'subscriber.{self.field} == "{self.value}"'
        return f'subscriber.has_tag("{self.value}")'


@dataclass(frozen=True, kw_only=True, slots=True)
class Variant:
    """The form of an edition for those who give certain answers to its conditions."""

    html: OpenText
    text: OpenText
    #: For which answers, in the order of the edition's conditions; `((),)` when it asks nothing.
    answers: tuple[tuple[bool, ...], ...] = ((),)


@dataclass(frozen=True, kw_only=True, slots=True)
class Edition:
    """One issue rendered once: what every recipient's message has in common."""

    slug: str
    subject: OpenText
    preheader: str
    #: BCP 47, such as ``ko``.
    language: str
    #: The whole page, LF line ends; of an edition with variants, the one for whom nothing holds.
    html: OpenText
    #: The plain-text part, LF line ends; of the same variant.
    text: OpenText
    #: Where anyone may read the issue without personal fields.
    archive_url: str
    #: SHA-256 of all of the above, 64 hex digits.
    digest: str
    #: The issue's title as anyone may read it.
    title: str = ""
    #: The issue's own part of the page, without the theme: for the archive.
    article: OpenText = ("",)
    #: What rendering itself noticed, in the order of the file; no part of the digest.
    findings: tuple[Finding, ...] = ()
    #: What it asks about recipients.
    conditions: tuple[Condition, ...] = ()
    #: Empty unless there are conditions; see `list_variants`.
    variants: tuple[Variant, ...] = ()

    @property
    def asks_for_tags(self) -> bool:
        """Whether a recipient's tags decide about his variant."""
        return any(not condition.field for condition in self.conditions)

    def list_variants(self) -> tuple[Variant, ...]:
        """List all its forms, at least one; the first is what the archive shows."""
        return self.variants or (Variant(html=self.html, text=self.text),)

    def describe_variant(self, variant: Variant) -> str:
        """Say in the words of an issue for whom a variant is; empty for the only one."""
        if not self.conditions:
            return ""
        forms = [
            " and ".join(map(str, compress(self.conditions, answers))) or "everyone else"
            for answers in variant.answers
        ]
        return " or ".join(forms)


def build_edition(
    *,
    slug: str,
    subject: OpenText,
    preheader: str,
    language: str,
    html: OpenText,
    text: OpenText,
    archive_url: str,
    title: str = "",
    article: OpenText = ("",),
    conditions: Sequence[Condition] = (),
    variants: Sequence[Variant] = (),
    findings: Sequence[Finding] = (),
) -> Edition:
    """Make an edition and compute its digest.

    Args:
        slug: The issue's; for the others see `Edition`.
        subject: May have open fields.
        preheader: Has none.
        language: BCP 47.
        html: As the archive shows it.
        text: The same.
        archive_url: Of the issue.
        title: For the archive; no part of the digest.
        article: The same.
        conditions: What the variants' answers are to.
        variants: None without conditions; else the first has `html` and `text`.
        findings: No part of the digest.
    """
    parts: list[object] = [
        slug,
        _plain(subject),
        preheader,
        language,
        _plain(html),
        _plain(text),
        archive_url,
    ]
    if conditions:
        parts += [[str(each) for each in conditions], *map(_list_parts, variants)]
    return Edition(
        slug=slug,
        subject=subject,
        preheader=preheader,
        language=language,
        html=html,
        text=text,
        archive_url=archive_url,
        digest=sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest(),
        title=title,
        article=article,
        findings=tuple(findings),
        conditions=tuple(conditions),
        variants=tuple(variants),
    )


def escape_value(value: str, context: FieldContext, *, is_complete_url: bool = False) -> str:
    """Make a recipient's value safe for the place it is written to.

    Line breaks and control characters become one space in every context.

    Args:
        value: As the subscriber or an import gave it.
        context: Where it goes; see `FieldContext`.
        is_complete_url: The value is a URL of ours and is not percent-encoded again.
    """
    # Whatever must go is not printable; the plain case is told quickly.
    if not value.isprintable():
        value = _UNWRITABLE.sub(" ", value)
    if context == "url" and not is_complete_url:
        return quote(value, safe="")
    return value if context == "text" else escape(value, quote=True)


def fill_field(field: Field, values: Mapping[str, str]) -> str:
    """Give what stands in a field's place: the escaped value, else the escaped default."""
    value = values.get(field.name) or field.default
    return escape_value(value, field.context, is_complete_url=field.name in URL_FIELDS)


def fill(open_text: OpenText, values: Mapping[str, str]) -> str:
    """Write values into the open fields.

    Args:
        open_text: A part of an edition.
        values: By field name, such as ``subscriber.name``; a name that is absent or empty takes
            the field's default. An empty mapping gives the text for the archive.
    """
    return "".join(
        part if isinstance(part, str) else fill_field(part, values) for part in open_text
    )


def _list_parts(variant: Variant) -> list[object]:
    return [_plain(variant.html), _plain(variant.text), variant.answers]


def _plain(open_text: OpenText) -> list[str | list[str]]:
    return [
        part if isinstance(part, str) else [part.name, part.default, part.context]
        for part in open_text
    ]
