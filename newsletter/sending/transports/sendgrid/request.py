"""A compiled template as the body of a Mail Send request: one text, a thousand personalizations.

Where a field stands, the shared text has a tag, and each recipient brings what replaces it.
SendGrid replaces blindly, so a value is escaped here for the place it goes to, and no tag occurs in
any text or value. Everything is plain dicts: the package's own classes take ten times as long.

Source:
    https://www.twilio.com/docs/sendgrid/api-reference/mail-send (limits, reserved headers)
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain, count
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias

from newsletter.rendering.edition import Field, OpenText, Variant, fill, fill_field
from newsletter.reports.sendgrid_events import DELIVERY_ARGUMENT
from newsletter.sending.message.headers import (
    clean_name,
    require_message_id,
    require_one_line,
)
from newsletter.sending.message.recipient import DeliveryId, Recipient
from newsletter.sending.message.template import MessageTemplate
from newsletter.sending.message.values import list_fields
from newsletter.settings import Mailbox

#: Of recipients in one request.
MOST_IN_REQUEST = 1000
#: The documented limits are "less than" these.
_REQUEST_BYTES = 30_000_000
_SUBSTITUTIONS_BYTES = 10_000
_CATEGORY_CHARACTERS = 255
#: Not allowed in the name of a recipient.
_UNWANTED_IN_NAME = re.compile("[;,]")
#: JSON writes a byte of UTF-8 as six at most, such as ``\u001f``.
_ESCAPE_BYTES = 6
#: What a part has beside its values: names, quotes, braces, the number of the delivery.
_FRAME_BYTES = 500

Body: TypeAlias = dict[str, Any]


class Personalized(NamedTuple):
    """One recipient's part of a request."""

    delivery_id: DeliveryId
    personalization: Body
    #: It has no more than these as JSON.
    most_bytes: int
    #: Place of the variant of the edition that the request must hold.
    variant: int = 0

    @property
    def address(self) -> str:
        """What may stand in a request only once."""
        address: str = self.personalization["to"][0]["email"]
        return address.lower()


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestTemplate:
    """What all requests of an edition share, and how a recipient's part is built."""

    _template: MessageTemplate
    #: For each variant of the edition.
    _shared: tuple[Body, ...]
    #: Of the largest.
    _shared_bytes: int
    #: Begins every tag; occurs nowhere else.
    _mark: str
    _tags: tuple[tuple[str, Field], ...]
    _tags_bytes: int
    _has_personal_subject: bool

    def personalize(self, recipient: Recipient) -> Personalized:
        """Build one recipient's part.

        Raises:
            ValueError: He cannot be written to by way of SendGrid; never names him.
        """
        values = self._template.read_values(recipient)
        substitutions = {tag: fill_field(field, values) for tag, field in self._tags}
        # No value has a line end, so the mark cannot come about between two of them.
        brought = "\n".join(substitutions.values())
        if self._mark in brought:
            raise ValueError("a value holds the mark of this issue's fields")
        brought_bytes = self._tags_bytes + len(brought.encode())
        if brought_bytes >= _SUBSTITUTIONS_BYTES:
            raise ValueError(
                f"the fields have {brought_bytes:,} bytes, SendGrid takes {_SUBSTITUTIONS_BYTES:,}"
            )
        mailbox, headers = _build_recipient(recipient), self._build_headers(recipient)
        part: Body = {"to": [mailbox], "headers": headers, "substitutions": substitutions}
        subject = ""
        if self._has_personal_subject:
            part["subject"] = subject = _build_subject(fill(self._template.subject, values))
        if not self._template.is_test:
            # Comes back with every event. Signed, since an account may send for others, too; and
            # opaque, for it is kept outside the rules for addresses.
            part["custom_args"] = {DELIVERY_ARGUMENT: recipient.message_id}
        others = "".join((subject, *mailbox.values(), *headers.values(), recipient.message_id))
        return Personalized(
            delivery_id=recipient.delivery_id,
            variant=self._template.choose_variant(recipient),
            personalization=part,
            most_bytes=_FRAME_BYTES + _ESCAPE_BYTES * (brought_bytes + len(others.encode())),
        )

    def build_body(self, batch: Sequence[Personalized]) -> Body:
        """Build the body of one request for recipients of one variant."""
        return {
            **self._shared[batch[0].variant if batch else 0],
            "personalizations": [each.personalization for each in batch],
        }

    def split(self, batch: Sequence[Personalized]) -> Iterator[list[Personalized]]:
        """Cut a batch into as few requests as SendGrid's rules for one allow.

        A request holds one variant of the edition; within one, the batch's order is kept.
        """
        request: list[Personalized] = []
        addresses: set[str] = set()
        size_bytes = self._shared_bytes
        for each in sorted(batch, key=attrgetter("variant")):
            grown_bytes = size_bytes + each.most_bytes
            is_full = len(request) == MOST_IN_REQUEST or grown_bytes >= _REQUEST_BYTES
            is_other = bool(request) and request[0].variant != each.variant
            if request and (is_full or is_other or each.address in addresses):
                yield request
                request, addresses = [], set()
                grown_bytes = self._shared_bytes + each.most_bytes
            request.append(each)
            addresses.add(each.address)
            size_bytes = grown_bytes
        if request:
            yield request

    def _build_headers(self, recipient: Recipient) -> dict[str, str]:
        require_message_id(recipient.message_id)
        headers = {"Message-ID": recipient.message_id}
        if not self._template.is_test:
            links = self._template.build_unsubscribe_links(recipient)
            headers["List-Unsubscribe"] = ", ".join(links.in_brackets)
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        return headers


def compile_request(template: MessageTemplate, *, is_sandbox: bool) -> RequestTemplate:
    """Build what all requests of an edition share.

    Args:
        template: Its edition's texts, subject and the newsletter's header fields are used.
        is_sandbox: Ask SendGrid to check the request and to send nothing.

    Raises:
        ValueError: SendGrid cannot send this newsletter or this issue; says why.
    """
    edition, newsletter = template.edition, template.newsletter
    variants = edition.list_variants()
    open_texts = [part for variant in variants for part in (variant.text, variant.html)]
    mark = _choose_mark(edition.digest, template.subject, *open_texts)
    fields = list_fields(tuple(chain.from_iterable(open_texts)))
    # Each tag ends, so that none begins another.
    tags = {field: f"{mark}{number}-" for number, field in enumerate(fields)}
    has_personal_subject = bool(list_fields(template.subject))
    shared: Body = {
        "from": _build_mailbox("from", newsletter.sender),
        "headers": {
            **_unfold(template.sort_headers),
            "Content-Language": edition.language,
        },
        # What an account's own settings would add or rewrite.
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
            "subscription_tracking": {"enable": False},
            "ganalytics": {"enable": False},
        },
        "mail_settings": {"footer": {"enable": False}, "sandbox_mode": {"enable": is_sandbox}},
    }
    if newsletter.reply_to:
        shared["reply_to"] = _build_mailbox("reply_to", newsletter.reply_to)
    if not has_personal_subject:
        shared["subject"] = _build_subject(fill(template.subject, {}))
    if edition.slug.isascii() and len(edition.slug) <= _CATEGORY_CHARACTERS:
        shared["categories"] = [edition.slug]
    bodies = tuple({**shared, "content": _write_content(each, tags)} for each in variants)
    shared_bytes = max(len(json.dumps({**body, "personalizations": []})) for body in bodies)
    if shared_bytes >= _REQUEST_BYTES:
        raise ValueError(f"the issue has {shared_bytes:,} bytes, SendGrid takes {_REQUEST_BYTES:,}")
    return RequestTemplate(
        _template=template,
        _shared=bodies,
        _shared_bytes=shared_bytes,
        _mark=mark,
        _tags=tuple((tag, field) for field, tag in tags.items()),
        _tags_bytes=sum(map(len, tags.values())),
        _has_personal_subject=has_personal_subject,
    )


def _choose_mark(digest: str, *open_texts: OpenText) -> str:
    """Derive a word from an edition that it does not hold."""
    text = "\n".join(part for each in open_texts for part in each if isinstance(part, str))
    words = (sha256(f"{digest}.{salt}".encode()).hexdigest()[:10] for salt in count())
    return next(mark for word in words if (mark := f"-nf{word}.") not in text)


def _write_content(variant: Variant, tags: Mapping[Field, str]) -> list[Body]:
    return [
        {"type": "text/plain", "value": _write_tags(variant.text, tags)},
        {"type": "text/html", "value": _write_tags(variant.html, tags)},
    ]


def _write_tags(open_text: OpenText, tags: Mapping[Field, str]) -> str:
    text = "".join(part if isinstance(part, str) else tags[part] for part in open_text)
    if not text:
        raise ValueError("the issue's page or plain text is empty, which SendGrid does not take")
    return text


def _unfold(headers: str) -> dict[str, str]:
    """Give header fields as names and values, as JSON has them."""
    lines = headers.replace("\r\n ", " ").splitlines()
    return dict(line.split(": ", 1) for line in lines)


def _build_mailbox(key: str, mailbox: Mailbox) -> Body:
    if not mailbox.address.wire.isascii():
        raise ValueError(f"[newsletter] {key}: SendGrid takes only addresses in ASCII")
    built = {"email": mailbox.address.wire}
    return {**built, "name": mailbox.name} if mailbox.name else built


def _build_recipient(recipient: Recipient) -> dict[str, str]:
    if not recipient.address.wire.isascii():
        raise ValueError("SendGrid takes only addresses in ASCII")
    built = {"email": recipient.address.wire}
    if name := " ".join(_UNWANTED_IN_NAME.sub(" ", clean_name(recipient.name)).split()):
        built["name"] = name
    return built


def _build_subject(text: str) -> str:
    require_one_line("Subject", text)
    subject = " ".join(text.split())
    if not subject:
        raise ValueError("the subject is empty, which SendGrid does not take")
    return subject
