"""A part for some readers only, from the issue's file to the message each of them gets."""

from collections.abc import Iterator

import pytest

from newsletter.sending.transports.sendgrid.fake import FakeSendGrid
from tests.acceptance.weekly import SLUG, Weekly, read_part

ISSUE = """\
+++
title = "Spring"
date = 2026-01-05
description = "What is new in spring, and a word for the gardeners among you."
+++

For everyone: [the garden](https://garden.example/).

{% if subscriber.has_tag("roses") %}
The roses need you, {{ subscriber.name or "friend" }}.
{% else %}
Nothing to do for you.
{% endif %}
"""
KEY = "SG.made-up-for-tests"


@pytest.fixture
def gardeners(weekly: Weekly) -> Weekly:
    """Return a newsletter with two more people, who have a tag."""
    weekly.write_issue(ISSUE)
    weekly.import_people(
        b"email,name,tags\nrose@example.org,Rose,roses\nflora@example.org,Flora,roses;lilies\n"
    )
    return weekly


def test_each_reader_gets_the_part_that_is_his(gardeners: Weekly) -> None:
    """In both parts of his message, with his own fields in it."""
    answer = gardeners.send("--json")

    messages = gardeners.messages()
    assert answer.code == 0, answer.err
    assert len(messages) == 5
    for name in ("rose", "flora"):
        for part in ("html", "plain"):
            assert f"The roses need you, {name.title()}." in read_part(
                messages[f"{name}@example.org"], part
            )
    for part in ("html", "plain"):
        other = read_part(messages["kim@example.org"], part)
        assert "Nothing to do for you." in other
        assert "roses" not in other


def test_render_shows_the_part_of_one_reader(gardeners: Weekly) -> None:
    """It is looked at before it is sent."""
    out = gardeners.folder / "out"

    gardeners.run("render", SLUG, "--as", "rose@example.org", "--out", str(out))

    assert "The roses need you, Rose." in (out / f"{SLUG}.txt").read_text("utf-8")
    assert "The roses need you, Rose." in (out / f"{SLUG}.html").read_text("utf-8")


def test_a_test_message_is_that_of_its_reader(gardeners: Weekly) -> None:
    """A known address brings its own tags."""
    gardeners.run("send", SLUG, "--test", "flora@example.org")

    assert "need you, Flora" in read_part(gardeners.messages()["flora@example.org"], "plain")


@pytest.fixture
def fake() -> Iterator[FakeSendGrid]:
    """Return a SendGrid that knows one key."""
    with FakeSendGrid(api_key=KEY) as fake:
        yield fake


def test_sendgrid_gets_one_call_for_each_variant(
    gardeners: Weekly, fake: FakeSendGrid, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call holds one text."""
    monkeypatch.setenv("NEWSLETTER_TRANSPORT__URL", "sendgrid:")
    monkeypatch.setenv("NEWSLETTER_SENDGRID__HOST", fake.url)
    monkeypatch.setenv("NEWSLETTER_SENDGRID__API_KEY", KEY)

    answer = gardeners.send("--json")

    messages = {each["To"].addresses[0].addr_spec: each for each in fake.list_messages()}
    with_roses = {who for who, each in messages.items() if "roses" in read_part(each, "plain")}
    assert answer.code == 0, answer.err
    assert len(messages) == 5
    assert with_roses == {"rose@example.org", "flora@example.org"}
    assert fake.answers == [202, 202]
