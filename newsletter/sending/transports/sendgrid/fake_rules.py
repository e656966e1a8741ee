"""The rules of Mail Send as its documentation tells them, for the fake.

Nothing is shared with what builds requests: two readings of one text can disagree, one cannot.

Source:
    https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send
    https://www.twilio.com/docs/sendgrid/api-reference/mail-send/limitations
"""

import json
import re
from collections.abc import Callable, Collection, Iterator
from typing import Any

REQUEST_BYTES = 30 * 1000 * 1000
_PERSONALIZATIONS = 1000
_RECIPIENTS = 1000
_BYTES_PER_PERSONALIZATION = 10_000
_CATEGORIES = 10
_CATEGORY_CHARACTERS = 255
_RESERVED_HEADERS = {
    "x-sg-id",
    "x-sg-eid",
    "received",
    "dkim-signature",
    "content-type",
    "content-transfer-encoding",
    "to",
    "from",
    "subject",
    "reply-to",
    "cc",
    "bcc",
}
_ADDRESS = re.compile(r"[!#-'*+/-9=?A-Z^_`a-z{|}~.-]{1,64}@(?:[A-Za-z0-9-]+\.)+[A-Za-z0-9-]+")


def find_violations(body: Any, *, invalid: Collection[str] = ()) -> list[dict[str, str]]:
    """List what is wrong with a request, as the ``errors`` of an answer.

    Args:
        body: What came, parsed.
        invalid: Addresses that are none, however they look.
    """
    if not isinstance(body, dict):
        return [{"field": "", "message": "Bad Request"}]
    found = [violation for check in _CHECKS for violation in check(body)]
    found += _list_invalid(body, invalid)
    return [{"field": field, "message": message} for field, message in found]


def _check_sender(body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for field in ("from", "reply_to"):
        mailbox = body.get(field)
        if mailbox is None and field == "reply_to":
            continue
        if not _is_address((mailbox or {}).get("email")):
            yield f"{field}.email", "Does not contain a valid address."


def _check_content(body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    types = [each.get("type") for each in body.get("content", [])]
    if not types:
        yield "content", "The content value must be present."
    if "text/plain" in types[1:]:
        yield "content", "text/plain must come first."
    for number, each in enumerate(body.get("content", [])):
        if not each.get("value"):
            yield f"content.{number}.value", "The content value must be a string of some length."


def _check_subject(body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    parts = body.get("personalizations", [])
    if not body.get("subject") and not all(part.get("subject") for part in parts):
        yield "subject", "The subject is required."


def _check_shared(body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield from _check_headers("headers", body.get("headers", {}))
    categories = body.get("categories", [])
    if len(categories) > _CATEGORIES or len(set(categories)) < len(categories):
        yield "categories", "There may be ten different ones."
    if any(len(each) > _CATEGORY_CHARACTERS or not each.isascii() for each in categories):
        yield "categories", "A category has at most 255 characters, in 7 bit."


def _check_recipients(body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    parts = body.get("personalizations", [])
    if not 1 <= len(parts) <= _PERSONALIZATIONS:
        yield "personalizations", "There must be 1 to 1000 personalizations."
    everyone = [mailbox for part in parts for mailbox in part.get("to", [])]
    if len(everyone) > _RECIPIENTS:
        yield "personalizations", "There may be 1000 recipients."
    addresses = [str(mailbox.get("email")).lower() for mailbox in everyone]
    if len(set(addresses)) < len(addresses):
        yield "personalizations", "Each address must be unique."


def _check_personalizations(body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for number, part in enumerate(body.get("personalizations", [])):
        field = f"personalizations.{number}"
        if not part.get("to"):
            yield f"{field}.to", "The to array is required."
        for place, mailbox in enumerate(part.get("to", [])):
            if not _is_address(mailbox.get("email")):
                yield f"{field}.to.{place}.email", "Does not contain a valid address."
            if set(";,") & set(mailbox.get("name", "")):
                yield f"{field}.to.{place}.name", "The name cannot have a semicolon or a comma."
        yield from _check_headers(f"{field}.headers", part.get("headers", {}))
        substitutions = part.get("substitutions", {})
        size = sum(len(f"{tag}{value}".encode()) for tag, value in substitutions.items())
        if size >= _BYTES_PER_PERSONALIZATION:
            yield f"{field}.substitutions", "The substitutions have more than 10000 bytes."
        if len(json.dumps(part.get("custom_args", {}))) >= _BYTES_PER_PERSONALIZATION:
            yield f"{field}.custom_args", "The custom arguments have more than 10000 bytes."
        values = [*substitutions.values(), *part.get("custom_args", {}).values()]
        if not all(isinstance(value, str) for value in values):
            yield field, "Substitutions and custom arguments must be strings."


def _list_invalid(body: dict[str, Any], invalid: Collection[str]) -> Iterator[tuple[str, str]]:
    for number, part in enumerate(body.get("personalizations", [])):
        if any(mailbox.get("email") in invalid for mailbox in part.get("to", [])):
            yield f"personalizations.{number}.to.0.email", "Does not contain a valid address."


def _check_headers(field: str, headers: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in headers.items():
        if name.lower() in _RESERVED_HEADERS:
            yield f"{field}.{name}", "This header cannot be overridden."
        if not isinstance(value, str) or not (name + value).isascii() or "\n" in value:
            yield f"{field}.{name}", "Headers are strings in ASCII; encode what is not."


def _is_address(text: object) -> bool:
    return isinstance(text, str) and bool(_ADDRESS.fullmatch(text))


_CHECKS: tuple[Callable[[dict[str, Any]], Iterator[tuple[str, str]]], ...] = (
    _check_sender,
    _check_content,
    _check_subject,
    _check_shared,
    _check_recipients,
    _check_personalizations,
)
