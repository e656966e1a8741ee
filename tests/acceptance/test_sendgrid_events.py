"""The whole circle by way of SendGrid: sent by a command, told of by events, heard by `serve`."""

import random
import signal
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from newsletter.sending.transports.sendgrid.fake import FakeSendGrid, Trouble
from newsletter.sending.transports.sendgrid.fake_events import EventSender
from tests.acceptance.served import Served
from tests.acceptance.weekly import SLUG, Weekly, check_sum

SENDER = EventSender()
PEOPLE = ("bounce", "full", "blocked", "unauthenticated", "dropped", "spamreport", "unsubscribe")


@pytest.fixture
def fake() -> Iterator[FakeSendGrid]:
    """Return a SendGrid of our own."""
    with FakeSendGrid() as fake:
        yield fake


@pytest.fixture
def by_sendgrid(weekly: Weekly, fake: FakeSendGrid, monkeypatch: pytest.MonkeyPatch) -> Weekly:
    """Return a newsletter that goes there, with a reader for each thing that can happen."""
    monkeypatch.setenv("NEWSLETTER_TRANSPORT__URL", "sendgrid:")
    monkeypatch.setenv("NEWSLETTER_SENDGRID__HOST", fake.url)
    monkeypatch.setenv("NEWSLETTER_SENDGRID__API_KEY", "SG.made-up-for-tests")
    monkeypatch.setenv("NEWSLETTER_SENDGRID__WEBHOOK_PUBLIC_KEY", SENDER.public_key)
    weekly.import_people("\n".join(["email", *(f"{it}@example.org" for it in PEOPLE)]).encode())
    return weekly


@pytest.fixture
def served(by_sendgrid: Weekly) -> Iterator[Served]:
    """Serve it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    served = Served(by_sendgrid.folder, port)
    served.start()
    yield served
    served.stop(signal.SIGTERM)


def post(served: Served, events: list[dict[str, Any]]) -> int:
    """Post events as SendGrid does."""
    return SENDER.post(f"{served.url}/webhooks/sendgrid", events)


def test_what_becomes_of_an_issue_is_heard(
    by_sendgrid: Weekly, fake: FakeSendGrid, served: Served
) -> None:
    """In any order, and each event twice."""
    by_sendgrid.send()
    events = [event for call in fake.calls for event in SENDER.tell(call)]
    before = by_sendgrid.status()

    statuses = {post(served, random.Random(30).sample(events, len(events))) for _ in range(2)}

    status = by_sendgrid.status()
    check_sum(status)
    assert statuses == {204}
    assert status["reports"] == {
        "reported": 10,
        "delivered": 5,
        "delayed": 1,
        "bounced": {"hard": 2, "soft": 1, "block": 1, "auth": 1},
        "complained": 1,
        "unsubscribed": 1,
    }
    assert status | {"reports": before["reports"]} == before
    states = {name: served.state_of(f"{name}@example.org") for name in PEOPLE}
    assert states == {
        "bounce": "bounced",
        "full": "confirmed",
        "blocked": "confirmed",
        "unauthenticated": "confirmed",
        "dropped": "bounced",
        "spamreport": "complained",
        "unsubscribe": "unsubscribed",
    }
    text = by_sendgrid.run("status", SLUG).out
    assert "Reports came back about 10 messages:" in text
    assert "our own set-up is wrong" in text
    told = "count=1 issue_id=1 reason='our own set-up is wrong (SPF, DKIM, DMARC, login)'"
    assert told in served.log
    assert "@example.org" not in served.log


def test_what_is_in_doubt_is_settled_by_what_comes_back(
    by_sendgrid: Weekly, fake: FakeSendGrid, served: Served
) -> None:
    """Only what nothing came back about is left to the operator."""
    fake.misbehave(Trouble(status=500, is_kept=True))
    by_sendgrid.send()
    in_doubt = by_sendgrid.run("reconcile", SLUG)
    events = [event for call in fake.calls for event in SENDER.tell(call)]
    known = [event for event in events if event["email"] != "lee@example.org"]

    post(served, known)
    left = by_sendgrid.run("reconcile", SLUG, "--json")
    post(served, events)
    nothing_left = by_sendgrid.run("reconcile", SLUG)

    assert (in_doubt.code, left.code, nothing_left.code) == (7, 7, 0)
    assert "10 still in doubt" in in_doubt.out
    assert "--in-doubt write-off" in in_doubt.err
    check_sum(left.document)
    assert (left.document["sent"], left.document["in_doubt"]) == (9, 1)
    assert [each["address"] for each in left.document["deliveries"]] == ["lee@example.org"]
    assert "0 still in doubt" in nothing_left.out


def test_a_second_try_leaves_out_whoever_has_it(
    by_sendgrid: Weekly, fake: FakeSendGrid, served: Served
) -> None:
    """The report came in while the message was still called in flight."""
    fake.misbehave(Trouble(status=500, is_kept=True))
    by_sendgrid.send()
    served.change("UPDATE delivery SET status = 'in_flight'")
    [call] = fake.calls
    post(served, [event for event in SENDER.tell(call) if event["email"] == "kim@example.org"])
    assert by_sendgrid.status()["in_flight"] == 10

    by_sendgrid.send("--in-doubt", "retry")

    again = {part["to"][0]["email"] for part in fake.calls[1].body["personalizations"]}
    assert len(again) == 9
    assert "kim@example.org" not in again


def test_a_key_that_is_none_is_told_at_the_start(
    weekly: Weekly, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not by events that are refused for a day."""
    monkeypatch.setenv("NEWSLETTER_SENDGRID__WEBHOOK_PUBLIC_KEY", "MFkw+nonsense")

    answer = weekly.run("serve", "--port", "0")

    assert answer.code == 2
    assert "[sendgrid] webhook_public_key: is no verification key" in answer.err


def test_an_issue_that_was_never_sent_cannot_be_reconciled(weekly: Weekly) -> None:
    """Said as everywhere."""
    assert weekly.run("reconcile", "2026-99-nothing").code == 5
