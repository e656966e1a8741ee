"""A small newsletter, an edition with fields in awkward places, and what must hold of a message."""

import email
import email.policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from typing import Any
from zoneinfo import ZoneInfo

from newsletter.rendering.edition import Edition, Field, OpenText, build_edition
from newsletter.sending.message.recipient import DeliveryId, Recipient
from newsletter.settings import Mailbox, NewsletterSettings
from subscribers.address import EmailAddress

TOKEN = "AbcdEfghIjklMnopQrstUvwxYz0123456789-_AbcdEf"

NEWSLETTER = NewsletterSettings(
    name="The Weekly, in Short",
    sender=Mailbox("주간 소식", EmailAddress.parse("news@example.org")),
    reply_to=Mailbox("", EmailAddress.parse("editors+weekly@example.org")),
    base_url="https://news.example.org",
    list_id="weekly.example.org",
    timezone=ZoneInfo("Asia/Seoul"),
)

SUBJECT: OpenText = ("Issue 30 for ", Field("subscriber.name", "you", "text"))
HTML: OpenText = (
    Field("subscriber.name", "friend", "html"),
    "<!doctype html>\n<p>Fr",
    Field("subscriber.city", "om ", "html"),
    Field("subscriber.name", "friend", "html"),
    "\n",
    Field("subscriber.email", "", "html"),
    '\n</p>\n.dot { color: red }\n<a href="',
    Field("unsubscribe_url", "", "url"),
    '">Leave</a> <a href="https://example.org/?city=',
    Field("subscriber.city", "nowhere", "url"),
    '">x</a>',
    Field("subscriber.language", "en", "html"),
)
TEXT: OpenText = (
    "안녕하세요, ",
    Field("subscriber.name", "친구", "text"),
    "님!\nFrom here on: ",
    Field("subscriber.city", "", "text"),
    Field("subscriber.email", "", "text"),
    "\n.\n한국어 소식이 여기에 있습니다. 한국어 소식이 여기에 있습니다.\n",
    Field("unsubscribe_url", "", "text"),
    "\n",
)


def make_edition(
    *,
    subject: OpenText = SUBJECT,
    html: OpenText = HTML,
    text: OpenText = TEXT,
    slug: str = "issue-30",
) -> Edition:
    """Make an edition; the default has Korean text, adjacent fields, and dots where lines begin."""
    return build_edition(
        slug=slug,
        subject=subject,
        preheader="What happened",
        language="ko",
        html=html,
        text=text,
        archive_url="https://news.example.org/archive/issue-30",
    )


def make_recipient(address: str = "kim@example.com", **changes: Any) -> Recipient:
    """Make a recipient with a name, a custom field and personal links."""
    values: dict[str, Any] = {
        "delivery_id": DeliveryId(30, 7),
        "address": EmailAddress.parse(address),
        "return_path": "weekly@example.org",
        "name": "Kim Min-su",
        "language": "ko",
        "fields": {"city": "Seoul"},
        "message_id": "<30.7.c2lnbmVk@example.org>",
        "dated_at_ms": 1_767_225_599_999,
        "unsubscribe_url": f"https://news.example.org/u/{TOKEN}",
        "unsubscribe_token": TOKEN,
    }
    return Recipient(**(values | changes))


def parse_strictly(message: bytes) -> EmailMessage:
    """Parse with the standard library, for which any defect is an error."""
    parsed = email.message_from_bytes(message, policy=email.policy.strict)
    assert [header.defects for header in parsed.values()] == [()] * len(parsed)
    return parsed


def decode_parts(message: EmailMessage) -> dict[str, str]:
    """Decode both bodies to text with LF line ends, by content type and in their order."""
    return {part.get_content_type(): _decode(part) for part in message.iter_parts()}


def decode_words(header: str) -> str:
    """Decode the encoded words of a raw header value.

    The structured parser of Python 3.11 puts a space between two encoded words of a display
    name, which RFC 2047 section 6.2 forbids; the older decoder does not.
    """
    return str(make_header(decode_header(header)))


def _decode(part: Message) -> str:
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode().replace("\r\n", "\n")


def find_wire_faults(message: bytes) -> list[str]:
    """Tell what a server, a signer or a mailbox could stumble over in the bytes of a message."""
    head, _, body = message.partition(b"\r\n\r\n")
    head_lines, body_lines = head.split(b"\r\n"), body.split(b"\r\n")
    every = head_lines + body_lines
    faults = {
        "bare CR or LF": any(b"\r" in line or b"\n" in line for line in every),
        "NUL": b"\0" in message,
        "dot first": any(line.startswith(b".") for line in every),
        "From first": any(line.startswith(b"From ") for line in every),
        "long body line": max(map(len, body_lines)) > 76,
        "long header line": max(map(len, head_lines)) > 998,
        "blank at the end of a body line": any(line.endswith((b" ", b"\t")) for line in body_lines),
        "8 bit": not message.isascii(),
        "end": not message.endswith(b"--\r\n"),
    }
    return [fault for fault, found in faults.items() if found]
