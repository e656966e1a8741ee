"""SendGrid's Event Webhook: what is signed is taken once, what is not changes nothing."""

import json
import random
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from starlette.testclient import TestClient

from newsletter.database import Database
from newsletter.sending.ledger.schema import delivery, report
from newsletter.sending.transports.sendgrid.fake_events import (
    SIGNATURE_HEADER,
    STORIES,
    TIMESTAMP_HEADER,
    EventSender,
)
from newsletter.sending.transports.sendgrid.fake_messages import AcceptedCall
from newsletter.settings import SendGridSettings
from newsletter.web.app import create_app
from tests.contracts.people import NOON
from tests.contracts.reported import Returns

SENDER = EventSender(now_seconds=lambda: NOON / 1000)
STRANGER = EventSender(now_seconds=lambda: NOON / 1000)
PATH = "/webhooks/sendgrid"


class Webhook:
    """Readers of an issue that SendGrid took, and the address that it posts to."""

    def __init__(self, database: Database, *, public_key: str = SENDER.public_key) -> None:
        self.returns = Returns.of(database, len(STORIES))
        installation = self.returns.installation
        self.installation = replace(
            installation,
            settings=replace(
                installation.settings, sendgrid=SendGridSettings(webhook_public_key=public_key)
            ),
        )
        self.client = TestClient(
            create_app(self.installation),
            base_url=installation.settings.newsletter.base_url,
            raise_server_exceptions=False,
        )

    def tell(self, issue_id: int) -> list[dict[str, Any]]:
        """Let each reader's message have a story of its own."""
        parts = [
            {
                "to": [{"email": f"{story or 'kim'}@example.org"}],
                "headers": {"Message-ID": self.returns.message_id(issue_id, place)},
                "custom_args": {"delivery_id": self.returns.message_id(issue_id, place)},
            }
            for place, story in enumerate(STORIES)
        ]
        return SENDER.tell(AcceptedCall("call", {"personalizations": parts}))

    def post(self, content: bytes, headers: Mapping[str, str]) -> int:
        """Post a body; return the status."""
        return self.client.post(PATH, content=content, headers=dict(headers)).status_code

    def post_events(self, events: object) -> int:
        """Post events as SendGrid does."""
        body = json.dumps(events).encode()
        return self.post(body, SENDER.sign(body))

    def count_kept(self) -> int:
        """Count the reports that are kept."""
        with self.installation.database.read() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(report)).scalar_one()

    def describe(self) -> object:
        """Tell all that reports can change: people, deliveries, and what is kept."""
        columns = [each for each in report.c if each.name not in {"id", "received_at_ms"}]
        with self.installation.database.read() as connection:
            return (
                self.returns.states(),
                connection.execute(sa.select(delivery)).all(),
                connection.execute(sa.select(*columns).order_by(report.c.source_id)).all(),
            )


@pytest.fixture
def webhook(database: Database) -> Webhook:
    """Return the address, with a key."""
    return Webhook(database)


def test_each_story_ends_as_it_must(webhook: Webhook) -> None:
    """All kinds in one post."""
    issue_id = webhook.returns.send(status="in_doubt")

    status = webhook.post_events(webhook.tell(issue_id))

    assert status == 204
    states = dict(zip(STORIES, webhook.returns.states().values(), strict=True))
    assert {name: state for name, state in states.items() if state != ("confirmed", "")} == {
        "bounce": ("bounced", "hard_bounce"),
        "dropped": ("bounced", "hard_bounce"),
        "spamreport": ("complained", "complaint"),
        "unsubscribe": ("unsubscribed", ""),
        "group": ("unsubscribed", ""),
    }
    tally = webhook.returns.tally(issue_id)
    assert (tally.sent, tally.planned) == (len(STORIES), len(STORIES))


def test_a_delivery_is_found_by_its_message_id_alone(webhook: Webhook) -> None:
    """SendGrid may forget its arguments; a list of its own may have them from elsewhere."""
    issue_id = webhook.returns.send()
    [event] = [each for each in webhook.tell(issue_id) if each["event"] == "spamreport"]
    del event["delivery_id"]

    webhook.post_events([event, {**event, "sg_event_id": "other", "smtp-id": "<x@y>"}])

    assert sorted(state for state, _ in webhook.returns.states().values() if state[0] != "c") == []
    assert [state for state, _ in webhook.returns.states().values()].count("complained") == 1


def _cut(text: str) -> str:
    return b64encode(b64decode(text)[:-1]).decode()


def _sign_with_another_curve(body: bytes) -> str:
    key = ec.generate_private_key(ec.SECP384R1())
    return b64encode(key.sign(str(NOON // 1000).encode() + body, ec.ECDSA(SHA256()))).decode()


Tampering = Callable[[bytes, dict[str, str]], tuple[bytes, dict[str, str]]]
TAMPERINGS: dict[str, Tampering] = {
    "another address in the body": lambda body, headers: (
        body.replace(b"kim@example.org", b"lee@example.org"),
        headers,
    ),
    "written anew": lambda body, headers: (
        json.dumps(json.loads(body), separators=(",", ":")).encode(),
        headers,
    ),
    "one more byte": lambda body, headers: (body + b" ", headers),
    "another time": lambda body, headers: (body, headers | {TIMESTAMP_HEADER: "1"}),
    "a byte of the body moved into the time": lambda body, headers: (
        body[1:],
        headers | {TIMESTAMP_HEADER: headers[TIMESTAMP_HEADER] + body[:1].decode()},
    ),
    "a stranger's key": lambda body, _: (body, STRANGER.sign(body)),
    "a key of another curve": lambda body, headers: (
        body,
        headers | {SIGNATURE_HEADER: _sign_with_another_curve(body)},
    ),
    "no signature": lambda body, headers: (
        body,
        {TIMESTAMP_HEADER: headers[TIMESTAMP_HEADER]},
    ),
    "no time": lambda body, headers: (body, {SIGNATURE_HEADER: headers[SIGNATURE_HEADER]}),
    "an empty signature": lambda body, headers: (body, headers | {SIGNATURE_HEADER: ""}),
    "a cut signature": lambda body, headers: (
        body,
        headers | {SIGNATURE_HEADER: _cut(headers[SIGNATURE_HEADER])},
    ),
    "no base64": lambda body, headers: (body, headers | {SIGNATURE_HEADER: "MEUCIQD*"}),
    "base64 of nothing known": lambda body, headers: (body, headers | {SIGNATURE_HEADER: "AAAA"}),
    "the signature of another post": lambda body, _: (body, SENDER.sign(b"[]")),
    "the body of another post": lambda _, headers: (b"[]", headers),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_whatever_is_not_signed_is_refused(webhook: Webhook, name: str) -> None:
    """Anybody can find the address; only one can sign."""
    body = json.dumps(webhook.tell(webhook.returns.send(status="in_doubt"))).encode()
    before = webhook.describe()

    status = webhook.post(*TAMPERINGS[name](body, SENDER.sign(body)))

    assert status == 403
    assert webhook.describe() == before


def test_a_digit_of_the_time_moved_into_the_body_makes_it_no_events(webhook: Webhook) -> None:
    """Its signature is right, since nothing stands between the two."""
    body = json.dumps(webhook.tell(webhook.returns.send(status="in_doubt"))).encode()
    headers = SENDER.sign(body)
    time = headers[TIMESTAMP_HEADER]
    before = webhook.describe()

    status = webhook.post(time[-1:].encode() + body, headers | {TIMESTAMP_HEADER: time[:-1]})

    assert status == 400
    assert webhook.describe() == before


def test_two_signatures_are_none(webhook: Webhook) -> None:
    """Else two who read headers could each believe another one."""
    body = b"[]"
    headers = [*SENDER.sign(body).items(), (SIGNATURE_HEADER, "AAAA")]

    assert webhook.client.post(PATH, content=body, headers=headers).status_code == 403


def test_without_a_key_everything_is_refused(database: Database) -> None:
    """An address that believes everybody is worse than none."""
    webhook = Webhook(database, public_key="")

    assert webhook.post_events(webhook.tell(webhook.returns.send())) == 403
    assert webhook.count_kept() == 0


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_only_a_post_is_heard(webhook: Webhook, method: str) -> None:
    """A link that is followed changes nothing."""
    assert webhook.client.request(method, PATH).status_code == 405


def test_a_replay_changes_nothing(webhook: Webhook) -> None:
    """Byte for byte, or with the same events in other posts."""
    events = webhook.tell(webhook.returns.send(status="in_doubt"))
    body = json.dumps(events).encode()
    headers = SENDER.sign(body)
    webhook.post(body, headers)
    before = webhook.describe()

    statuses = [webhook.post(body, headers), webhook.post_events(events[::-1] * 2)]

    assert statuses == [204, 204]
    assert webhook.describe() == before
    assert webhook.count_kept() == len(events)


def test_any_order_and_any_cut_ends_the_same(webhook: Webhook, database: Database) -> None:
    """Events come as the network likes it, some twice."""
    issue_id = webhook.returns.send(status="in_doubt")
    events = webhook.tell(issue_id)
    chance = random.Random(30)
    shuffled = chance.sample([*events, *events[::3]], len(events) + len(events[::3]))

    for event in shuffled:
        webhook.post_events([event])
    one_by_one = webhook.describe()
    webhook.post_events(events)

    assert webhook.describe() == one_by_one
    assert webhook.count_kept() == len(events)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"null",
        b'"[]"',
        b"[",
        b"\xff\xfe",
        b"[" * 100_000,
        b'[{"event":' * 50_000,
        b"[" + b"9" * 5000 + b"]",
    ],
    ids=range(9),
)
def test_what_is_no_list_of_events_is_told_so(webhook: Webhook, body: bytes) -> None:
    """Signed nonsense is nonsense, and no traceback."""
    assert webhook.post(body, SENDER.sign(body)) == 400


def test_one_bad_event_does_not_harm_the_others(webhook: Webhook) -> None:
    """SendGrid would repeat all of them for a day, and lose them then."""
    good = [each for each in webhook.tell(webhook.returns.send()) if each["event"] == "spamreport"]
    bad: list[object] = [
        None,
        7,
        "delivered",
        [],
        {},
        {"event": None},
        {"event": ["bounce"]},
        {"event": "bounce", "timestamp": "yesterday", "reason": {"a": 1}, "status": 5},
        {"event": "delivered", "timestamp": 1e300, "sg_event_id": "x" * 5000, "smtp-id": 1},
        {"event": "delivered", "timestamp": float("nan"), "sg_event_id": "\ud800\0"},
        {"event": "\ud800\0", "timestamp": -1, "sg_event_id": "", "email": "\0" * 1000},
        {"event": "bounce", "reason": "\0\ud800" * 1000, "delivery_id": "é" * 1000},
    ]

    status = webhook.post_events([*bad, *good])

    assert status == 204
    assert webhook.count_kept() == 5 + len(good)
    assert "complained" in {state for state, _ in webhook.returns.states().values()}


def test_too_much_at_once_is_not_read(webhook: Webhook) -> None:
    """SendGrid's posts have less than a megabyte; memory is not a stranger's to fill."""
    assert webhook.post(b" " * 4_000_001, {}) == 413
    assert webhook.client.post(PATH, content=iter([b" " * 1_000_000] * 5)).status_code == 413


def test_a_busy_database_is_asked_again_later(sqlite_database: Database) -> None:
    """2xx would mean that the events are safe. A server's writers wait for no common lock."""
    webhook = Webhook(sqlite_database)
    impatient = Database(f"sqlite:///{sqlite_database.file}", busy_timeout_seconds=0.05)
    client = TestClient(
        create_app(replace(webhook.installation, database=impatient)),
        base_url=webhook.installation.settings.newsletter.base_url,
        raise_server_exceptions=False,
    )
    body = json.dumps(webhook.tell(webhook.returns.send())).encode()

    with webhook.installation.database.write():
        busy = client.post(PATH, content=body, headers=SENDER.sign(body))
    later = client.post(PATH, content=body, headers=SENDER.sign(body))

    assert (busy.status_code, later.status_code) == (503, 204)
    impatient.close()


def test_a_page_of_another_site_gains_nothing_by_it(webhook: Webhook) -> None:
    """The signature is asked for, whoever posts; other addresses are guarded as before."""
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}

    assert webhook.client.post(PATH, content=b"[]", headers=foreign).status_code == 403
    assert webhook.client.post("/preferences", headers=foreign).status_code == 403


def test_events_of_another_installation_are_nobodys(webhook: Webhook) -> None:
    """One account may send for several newsletters, and posts the events of all to each."""
    issue_id = webhook.returns.send()
    [event] = [each for each in webhook.tell(issue_id) if each["event"] == "bounce"][:1]
    number = f"{issue_id}.{webhook.returns.people[0]}"

    webhook.post_events([{**event, "delivery_id": number, "smtp-id": "<their.own@example.net>"}])

    assert webhook.count_kept() == 1
    assert {state for state, _ in webhook.returns.states().values()} == {"confirmed"}
