"""Events as SendGrid's documentation, and its users, show them."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.reports.report import BounceClass, ReportKind
from newsletter.reports.sendgrid_events import parse_events, read_event
from newsletter.sending.transports.sendgrid.fake_events import STORIES, EventSender
from newsletter.sending.transports.sendgrid.fake_messages import AcceptedCall

HARD, SOFT, BLOCK, AUTH = BounceClass
NOW_MS = 1_769_846_400_000


def bounce(reason: str, status: str = "", which: str = "", kind: str = "bounce") -> dict[str, str]:
    """Make an event with what is known of a bounce."""
    known = {"reason": reason, "status": status, "bounce_classification": which, "type": kind}
    return {"event": "bounce", **{name: value for name, value in known.items() if value}}


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (bounce("500 unknown recipient", "5.0.0"), HARD),
        (bounce("550 5.1.1 no such user", "5.1.1", "Invalid Address"), HARD),
        (bounce("", "5.1.1"), HARD),
        (bounce("something about it", "", "Invalid Address"), HARD),
        # The reply says that it passes.
        (bounce("452 4.2.2 mailbox full", "4.2.2", "Invalid Address"), SOFT),
        (bounce("552 5.2.2 over quota", "5.2.2", "Mailbox Unavailable"), SOFT),
        (bounce("550 no answer", "", "Technical Failure"), SOFT),
        (bounce("timed out", "", "Technical"), SOFT),
        (bounce("unable to get mx info: lookup <nil>", "", "Unclassified", "blocked"), SOFT),
        (bounce("550 5.7.1 spam", "5.7.1", "Content", "blocked"), BLOCK),
        (bounce("550 5.7.1 listed", "5.7.1", "Reputation", "blocked"), BLOCK),
        (bounce("421 too many", "4.7.0", "Frequency or Volume Too High", "blocked"), BLOCK),
        (bounce("550 5.7.26 unauthenticated", "5.7.26", "Reputation", "blocked"), AUTH),
        (bounce("550 5.7.515 does not meet", "5.7.515", "", "blocked"), AUTH),
        # Only what SendGrid calls a bounce, or an invalid address, is one for good.
        (bounce("550 5.1.1 no such user", "5.1.1", "Unclassified", "blocked"), BLOCK),
        (bounce("550 whatever", "5.0.0", "Unclassified"), BLOCK),
        ({"event": "bounce"}, BLOCK),
    ],
)
def test_a_bounce_is_classified(event: Mapping[str, Any], expected: BounceClass) -> None:
    """A false hard bounce costs a reader; a false block costs a look."""
    report = read_event(event, received_at_ms=NOW_MS)

    assert (report.kind, report.bounce_class) == (ReportKind.BOUNCE, expected)


@pytest.mark.parametrize(
    ("reason", "kind", "bounce_class"),
    [
        ("Bounced Address", ReportKind.BOUNCE, HARD),
        ("Invalid", ReportKind.BOUNCE, HARD),
        ("Spam Reporting Address", ReportKind.COMPLAINT, None),
        ("Unsubscribed Address", ReportKind.UNSUBSCRIBE, None),
        ("Spam Content (if Spam Checker app enabled)", ReportKind.BOUNCE, BLOCK),
        ("Recipient List over Package Quota", ReportKind.BOUNCE, AUTH),
        ("Invalid SMTPAPI header", ReportKind.BOUNCE, AUTH),
        ("", ReportKind.BOUNCE, BLOCK),
    ],
)
def test_a_drop_means_what_its_reason_says(
    reason: str, kind: ReportKind, bounce_class: BounceClass | None
) -> None:
    """SendGrid remembers who bounced and who complained, and does not try again."""
    report = read_event({"event": "dropped", "reason": reason}, received_at_ms=NOW_MS)

    assert (report.kind, report.bounce_class) == (kind, bounce_class)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("processed", ReportKind.PROCESSED),
        ("delivered", ReportKind.DELIVERED),
        ("deferred", ReportKind.DELAYED),
        ("spamreport", ReportKind.COMPLAINT),
        ("unsubscribe", ReportKind.UNSUBSCRIBE),
        ("group_unsubscribe", ReportKind.UNSUBSCRIBE),
        ("group_resubscribe", ReportKind.OTHER),
        ("open", ReportKind.OTHER),
        ("click", ReportKind.OTHER),
        ("account_status_change", ReportKind.OTHER),
        ("of_tomorrow", ReportKind.OTHER),
    ],
)
def test_each_event_has_its_kind(name: str, kind: ReportKind) -> None:
    """An event alone brings nobody back, and we do not look who opens what."""
    report = read_event({"event": name, "response": "250 OK"}, received_at_ms=NOW_MS)

    assert report.kind is kind
    assert report.words == (name if kind is ReportKind.OTHER else "250 OK")


def test_what_names_a_delivery_is_read() -> None:
    """SendGrid's own names are nobody's."""
    event = {
        "event": "delivered",
        "email": "kim@example.org",
        "timestamp": 1513299569,
        "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>",
        "sg_event_id": "ZGVsaXZlcmVkLTAtMQ==",
        "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
        "delivery_id": "<token@example.org>",
    }

    report = read_event(event, received_at_ms=NOW_MS)

    assert (report.source, report.source_id) == ("sendgrid", "ZGVsaXZlcmVkLTAtMQ==")
    assert report.occurred_at_ms == 1_513_299_569_000
    assert report.message_id == "<14c5d75ce93.dfd.64b469@ismtpd-555>"
    assert report.delivery_argument == "<token@example.org>"
    assert report.address == "kim@example.org"


def test_an_event_without_an_id_is_known_by_what_it_says() -> None:
    """Its copies are still one; another one is another."""
    first, copy, other = (
        read_event({"event": "bounce", "email": address}, received_at_ms=NOW_MS)
        for address in ("a@example.org", "a@example.org", "b@example.org")
    )

    assert first.source_id == copy.source_id != other.source_id
    assert len(first.source_id) == 64


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["event", "timestamp", "sg_event_id", "reason", "status", "type"]),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
                lambda inner: st.lists(inner, max_size=2),
                max_leaves=3,
            ),
        )
        | st.text()
    )
)
def test_anything_at_all_is_read_or_left_out(events: list[object]) -> None:
    """It is signed, and still from outside."""
    batch = parse_events(json.dumps(events).encode(), received_at_ms=NOW_MS)

    assert len(batch.reports) + batch.unreadable == len(events)
    assert all(0 < len(each.source_id) <= 100 for each in batch.reports)
    assert all(each.occurred_at_ms > 0 for each in batch.reports)


def test_the_fake_tells_of_every_kind() -> None:
    """Else a developer would meet the first of them in production."""
    parts = [{"to": [{"email": f"{name}7@example.org"}]} for name in STORIES]
    events = EventSender().tell(AcceptedCall("call", {"personalizations": parts}))

    reports = [read_event(event, received_at_ms=NOW_MS) for event in events]

    assert {each.kind for each in reports} == set(ReportKind)
    assert {each.bounce_class for each in reports} == {*BounceClass, None}
    assert len({each.source_id for each in reports}) == len(events)


@pytest.mark.parametrize("depth", range(900, 1000))
def test_what_is_nested_too_deeply_is_no_events(depth: int) -> None:
    """What can just be read can no longer be written, and that is no failure of ours."""
    body = b'[{"event": "open", "x": ' + b"[" * depth + b"]" * depth + b"}]"

    try:
        batch = parse_events(body, received_at_ms=NOW_MS)
    except ValueError:
        batch = None

    assert batch is None or len(batch.reports) == 1
