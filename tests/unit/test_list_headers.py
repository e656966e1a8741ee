import email
import email.policy
from dataclasses import replace
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from newsletter.sending.message.list_headers import (
    UnsubscribeLinks,
    build_list_headers,
    build_mailto,
    build_unsubscribe_headers,
    build_unsubscribe_links,
)
from subscribers.address import EmailAddress
from tests.unit.sample_messages import NEWSLETTER, TOKEN, make_recipient

MAILTO = "mailto:news@example.org?subject=unsubscribe%20"


def test_the_web_link_comes_before_the_mail_link() -> None:
    """RFC 2369 section 2: the first link is the one to be used; RFC 8058 posts to the https one."""
    links = build_unsubscribe_links(make_recipient(), MAILTO)

    headers = build_unsubscribe_headers(links)

    assert headers == (
        f"List-Unsubscribe: <https://news.example.org/u/{TOKEN}>,\r\n"
        f" <mailto:news@example.org?subject=unsubscribe%20{TOKEN}>\r\n"
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    )


@pytest.mark.parametrize(
    "address",
    ["news@example.org", "news+weekly@example.org", "a&b=c?d%e/f@example.org", "소식@example.org"],
)
def test_the_mail_link_names_the_mailbox_and_carries_the_token(address: str) -> None:
    """A mail client opens it as RFC 6068 says: percent-encoded address, then the subject."""
    mailto = build_mailto(EmailAddress.parse(address)) + TOKEN

    parts = urlsplit(mailto)
    assert (parts.scheme, unquote(parts.path)) == ("mailto", address)
    assert parse_qs(parts.query) == {"subject": [f"unsubscribe {TOKEN}"]}
    assert mailto.isascii()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://example.org/u/x",
        "https://example.org/u/x>\r\nBcc: a@b.c",
        "https://example.org/u/ x",
        "https://example.org/u/x>, <https://evil.example/",
        "https://bücher.example/u/x",
        "https://example.org/" + "x" * 901,
    ],
)
def test_a_link_that_would_break_the_header_is_refused(url: str) -> None:
    """Angle brackets, blanks and line ends close the link early; some are too long for a line."""
    recipient = replace(make_recipient(), unsubscribe_url=url)

    with pytest.raises(ValueError, match="base_url"):
        build_unsubscribe_links(recipient, MAILTO)


@pytest.mark.parametrize("token", ["", "a b", "a&body=x", "a\r\nb", "a>", "é"])
def test_a_token_that_would_change_the_mail_link_is_refused(token: str) -> None:
    """It stands in a query string inside angle brackets."""
    recipient = replace(make_recipient(), unsubscribe_token=token)

    with pytest.raises(ValueError, match="token"):
        build_unsubscribe_links(recipient, MAILTO)


def test_the_links_are_told_apart_by_name() -> None:
    """A provider's API takes them as a value, not as a header line."""
    links = build_unsubscribe_links(make_recipient(), MAILTO)

    assert links == UnsubscribeLinks(
        web=f"https://news.example.org/u/{TOKEN}", mailto=f"{MAILTO}{TOKEN}"
    )


def test_the_list_is_named_and_the_issue_can_be_followed() -> None:
    """Filters use List-Id (RFC 2919); Gmail groups complaints by Feedback-ID."""
    headers = build_list_headers(NEWSLETTER, "issue-30")

    assert headers == (
        'List-Id: "The Weekly, in Short" <weekly.example.org>\r\n'
        "Feedback-ID: issue-30:weekly.example.org:newsletterpress\r\n"
        "Precedence: bulk\r\n"
    )


def test_a_slug_of_any_kind_stays_one_field_of_the_feedback_id() -> None:
    """A colon in it would shift the fields, a long one would not be taken."""
    headers = build_list_headers(NEWSLETTER, "제30호: " + "x" * 500)

    parsed = email.message_from_string(headers, policy=email.policy.strict)
    fields = str(parsed["Feedback-ID"]).split(":")
    assert fields[1:] == ["weekly.example.org", "newsletterpress"]
    assert len(fields[0]) <= 64


@pytest.mark.parametrize("list_id", ["", "a b", "a..b", "주간.example.org", "a>\r\nX: y"])
def test_a_list_id_that_is_no_name_is_refused(list_id: str) -> None:
    """It is the list's identity for good, and stands between angle brackets."""
    with pytest.raises(ValueError, match="list_id"):
        build_list_headers(replace(NEWSLETTER, list_id=list_id), "issue-30")
