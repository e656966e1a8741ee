"""An issue by way of SendGrid, from the command line to what its readers would get."""

from collections import Counter
from collections.abc import Iterator

import pytest

from newsletter.bootstrap import open_installation
from newsletter.sending.transports.sendgrid.fake import FakeSendGrid, Trouble
from newsletter.settings import load_settings
from tests.acceptance.weekly import SLUG, Weekly, check_sum, read_part

KEY = "SG.made-up-for-tests"


@pytest.fixture
def fake() -> Iterator[FakeSendGrid]:
    """Return a SendGrid that knows one key."""
    with FakeSendGrid(api_key=KEY) as fake:
        yield fake


@pytest.fixture
def by_sendgrid(weekly: Weekly, fake: FakeSendGrid, monkeypatch: pytest.MonkeyPatch) -> Weekly:
    """Return a newsletter that goes there, two recipients in a call."""
    monkeypatch.setenv("NEWSLETTER_TRANSPORT__URL", "sendgrid:")
    monkeypatch.setenv("NEWSLETTER_SENDGRID__HOST", fake.url)
    monkeypatch.setenv("NEWSLETTER_SENDGRID__BATCH_SIZE", "2")
    monkeypatch.setenv("NEWSLETTER_SENDGRID__API_KEY", KEY)
    return weekly


def list_addresses(fake: FakeSendGrid) -> Counter[str]:
    """Count the messages for each address."""
    return Counter(message["To"].addresses[0].addr_spec for message in fake.list_messages())


def test_everyone_gets_the_issue_once(by_sendgrid: Weekly, fake: FakeSendGrid) -> None:
    """Also when it is sent again, and each with his own name and way out."""
    first = by_sendgrid.send()
    second = by_sendgrid.send()

    messages = {message["To"].addresses[0].addr_spec: message for message in fake.list_messages()}
    assert (first.code, second.code) == (0, 0)
    assert list_addresses(fake) == Counter(messages.keys())
    assert set(messages) == {"kim@example.org", "lee@example.org", "park@example.org"}
    assert "Dear Kim" in read_part(messages["kim@example.org"], "html")
    assert "Dear reader" in read_part(messages["park@example.org"], "plain")
    assert len({message["List-Unsubscribe"] for message in messages.values()}) == 3
    assert fake.answers == [202, 202]
    assert KEY not in first.out + first.err


def test_a_wrong_key_pauses_the_issue_and_fails_nobody(
    by_sendgrid: Weekly, fake: FakeSendGrid, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once it is mended, everybody gets the issue."""
    monkeypatch.setenv("NEWSLETTER_SENDGRID__API_KEY", "SG.other")
    refused = by_sendgrid.send()
    status = by_sendgrid.status()
    monkeypatch.setenv("NEWSLETTER_SENDGRID__API_KEY", KEY)
    resumed = by_sendgrid.run("resume", SLUG)
    mended = by_sendgrid.send()

    check_sum(status)
    assert "401" in refused.err
    assert "SG.other" not in refused.out + refused.err
    assert (status["failed"], status["in_doubt"], status["remaining"]) == (0, 0, 3)
    assert (resumed.code, mended.code) == (0, 0)
    assert set(list_addresses(fake).values()) == {1}
    assert fake.recipients == 3


def test_what_500_leaves_open_is_in_doubt_and_not_sent_again(
    by_sendgrid: Weekly, fake: FakeSendGrid
) -> None:
    """It was kept all the same; a second run would make it two."""
    fake.misbehave(Trouble(status=500, is_kept=True))

    by_sendgrid.send()
    by_sendgrid.send()

    status = by_sendgrid.status()
    check_sum(status)
    assert 1 <= status["in_doubt"] <= 2
    assert status["sent"] + status["in_doubt"] == 3
    assert set(list_addresses(fake).values()) == {1}
    assert fake.recipients == 3


def test_without_a_key_nothing_is_begun(
    by_sendgrid: Weekly, fake: FakeSendGrid, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names the variable to set."""
    monkeypatch.delenv("NEWSLETTER_SENDGRID__API_KEY")

    answer = by_sendgrid.send()

    assert answer.code != 0
    assert "NEWSLETTER_SENDGRID__API_KEY" in answer.err
    assert fake.connections == 0


@pytest.mark.usefixtures("by_sendgrid")
def test_open_intents_are_those_of_the_calls(
    weekly: Weekly, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`max_in_flight` would leave batches half full, or intents open that no call can hold."""
    monkeypatch.setenv("NEWSLETTER_SENDGRID__BATCH_SIZE", "1000")
    monkeypatch.setenv("NEWSLETTER_SENDGRID__CALLS", "3")
    monkeypatch.setenv("NEWSLETTER_TRANSPORT__MAX_IN_FLIGHT", "64")

    installation = open_installation(load_settings(weekly.folder))

    assert installation.max_in_flight == 3000
