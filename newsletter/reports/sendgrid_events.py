"""Events of SendGrid's Event Webhook → reports.

Source:
    https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
"""

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final, NamedTuple, TypeAlias

from newsletter.reports.classification import classify, parse_refusal
from newsletter.reports.report import BounceClass, Report, ReportKind
from newsletter.reports.words import MOST_CHARACTERS

SOURCE: Final = "sendgrid"
#: What we tell SendGrid to give back with each event, by this name.
DELIVERY_ARGUMENT: Final = "delivery_id"

Event: TypeAlias = Mapping[str, Any]

#: Documented as at most this long; another one is told by its hash.
_EVENT_ID: Final = re.compile(r"[!-~]{1,100}")
_STATUS_CODE: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
#: Seconds since 1970 until the year 9999.
_MOST_SECONDS: Final = 253_402_300_799

#: Opens and clicks are not asked for, and what is not in this table is kept and means nothing.
_KINDS: Final[Mapping[str, ReportKind]] = {
    "processed": ReportKind.PROCESSED,
    "delivered": ReportKind.DELIVERED,
    "deferred": ReportKind.DELAYED,
    "bounce": ReportKind.BOUNCE,
    "spamreport": ReportKind.COMPLAINT,
    "unsubscribe": ReportKind.UNSUBSCRIBE,
    "group_unsubscribe": ReportKind.UNSUBSCRIBE,
}


class _Meaning(NamedTuple):
    kind: ReportKind
    bounce_class: BounceClass | None = None


#: Why SendGrid did not even try. Another reason is about the message.
_DROPS: Final[Mapping[str, _Meaning]] = {
    "bounced address": _Meaning(ReportKind.BOUNCE, BounceClass.HARD),
    "invalid": _Meaning(ReportKind.BOUNCE, BounceClass.HARD),
    "spam reporting address": _Meaning(ReportKind.COMPLAINT),
    "unsubscribed address": _Meaning(ReportKind.UNSUBSCRIBE),
    "invalid smtpapi header": _Meaning(ReportKind.BOUNCE, BounceClass.AUTH),
    "recipient list over package quota": _Meaning(ReportKind.BOUNCE, BounceClass.AUTH),
}
#: What SendGrid makes of a refusal.
_CLASSIFICATIONS: Final[Mapping[str, BounceClass]] = {
    "invalid address": BounceClass.HARD,
    "mailbox unavailable": BounceClass.SOFT,
    "technical": BounceClass.SOFT,
    "technical failure": BounceClass.SOFT,
    "content": BounceClass.BLOCK,
    "reputation": BounceClass.BLOCK,
    "frequency or volume too high": BounceClass.BLOCK,
}
#: SendGrid's own words, without a code, for a domain that has no mail server just now.
_NO_MAIL_SERVER: Final = "unable to get mx info"


class EventBatch(NamedTuple):
    """What one post of the webhook brought."""

    reports: list[Report]
    #: Elements that are no events; they are left out.
    unreadable: int


def parse_events(body: bytes, *, received_at_ms: int) -> EventBatch:
    """Read the body of a post; what one event has wrong does not harm the others.

    Args:
        body: A JSON array of events, its signature checked already.
        received_at_ms: Milliseconds since 1970, UTC; for an event without a time.

    Raises:
        ValueError: It is no JSON array.
    """
    try:
        events = json.loads(body)
        if not isinstance(events, list):
            raise ValueError("no array")  # noqa: TRY004 - callers know of texts, not of types
        readable = [each for each in events if isinstance(each, dict) and _text(each, "event")]
        # An event without an id is written as JSON again, which goes less deep than reading.
        reports = [read_event(each, received_at_ms=received_at_ms) for each in readable]
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return EventBatch(reports, len(events) - len(readable))


def read_event(event: Event, *, received_at_ms: int) -> Report:
    """Read one event; one of an unknown kind keeps its name as its words."""
    name = _text(event, "event")
    meaning = _read_meaning(name, event)
    is_unknown = meaning.kind is ReportKind.OTHER
    return Report(
        source=SOURCE,
        source_id=_read_id(event),
        kind=meaning.kind,
        bounce_class=meaning.bounce_class,
        occurred_at_ms=_read_time(event) or received_at_ms,
        message_id=_text(event, "smtp-id"),
        delivery_argument=_text(event, DELIVERY_ARGUMENT),
        address=_text(event, "email"),
        status_code=_read_status(event),
        words=name if is_unknown else _text(event, "reason") or _text(event, "response"),
    )


def _read_meaning(name: str, event: Event) -> _Meaning:
    if name == "bounce":
        return _Meaning(ReportKind.BOUNCE, _classify(event))
    if name == "dropped":
        reason = _text(event, "reason").strip().lower()
        return _DROPS.get(reason, _Meaning(ReportKind.BOUNCE, BounceClass.BLOCK))
    return _Meaning(_KINDS.get(name, ReportKind.OTHER))


def _classify(event: Event) -> BounceClass:
    """Tell why a message did not arrive: by what SendGrid makes of the reply, else by the reply."""
    reason = _text(event, "reason")
    if reason.startswith(_NO_MAIL_SERVER):
        return BounceClass.SOFT
    by_reply = classify(parse_refusal(reason, status=_text(event, "status")))
    by_provider = _CLASSIFICATIONS.get(_text(event, "bounce_classification").strip().lower())
    if by_reply is BounceClass.AUTH:
        return by_reply
    if by_provider is BounceClass.HARD and by_reply is BounceClass.SOFT:
        # Nobody is given up where one of the two says that it will pass.
        return by_reply
    if by_provider is None and by_reply is BounceClass.HARD and _text(event, "type") == "blocked":
        return BounceClass.BLOCK
    return by_provider or by_reply


def _read_status(event: Event) -> str:
    status = _text(event, "status").strip()
    return status if _STATUS_CODE.fullmatch(status) else ""


def _read_id(event: Event) -> str:
    """Read what is the same in each copy of an event."""
    event_id = _text(event, "sg_event_id")
    if _EVENT_ID.fullmatch(event_id):
        return event_id
    return sha256(json.dumps(event, sort_keys=True).encode()).hexdigest()


def _read_time(event: Event) -> int:
    """Read when it happened, milliseconds since 1970; 0 for no time."""
    seconds = event.get("timestamp")
    if isinstance(seconds, int | float) and 0 < seconds <= _MOST_SECONDS:
        return int(seconds * 1000)
    return 0


def _text(event: Event, name: str) -> str:
    value = event.get(name)
    return value[:MOST_CHARACTERS] if isinstance(value, str) else ""
