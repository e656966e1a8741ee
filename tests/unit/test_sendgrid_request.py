import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.rendering.edition import Field, OpenText, fill
from newsletter.sending.message.recipient import DeliveryId, Recipient
from newsletter.sending.message.template import compile_message
from newsletter.sending.transports.sendgrid import fake_rules
from newsletter.sending.transports.sendgrid.fake_messages import AcceptedCall
from newsletter.sending.transports.sendgrid.request import (
    Personalized,
    RequestTemplate,
    compile_request,
)
from newsletter.settings import Mailbox
from subscribers.address import EmailAddress
from tests.unit.sample_messages import (
    HTML,
    NEWSLETTER,
    TOKEN,
    decode_parts,
    make_edition,
    make_recipient,
    parse_strictly,
)

PLAIN_SUBJECT: OpenText = ("Issue 30",)
#: With a line end, which the fake's parts have anyway.
EDITION = make_edition(subject=PLAIN_SUBJECT, html=(*HTML, "\n"))


def compile_sample(*, subject: OpenText = PLAIN_SUBJECT, slug: str = "issue-30") -> RequestTemplate:
    """Compile an edition with fields in its page and its text."""
    edition = make_edition(subject=subject, slug=slug, html=EDITION.html)
    return compile_request(compile_message(edition, NEWSLETTER), is_sandbox=False)


def make_part(number: int, *, most_bytes: int = 100) -> Personalized:
    """Make a recipient's part that claims a size."""
    return Personalized(
        delivery_id=DeliveryId(1, number),
        personalization={"to": [{"email": f"reader{number}@example.org"}]},
        most_bytes=most_bytes,
    )


def test_what_all_share_stands_in_the_request_once() -> None:
    """Whoever reads this knows what SendGrid is told."""
    template = compile_sample()

    body = template.build_body([])

    assert {name: value for name, value in body.items() if name != "content"} == {
        "from": {"email": "news@example.org", "name": "주간 소식"},
        "reply_to": {"email": "editors+weekly@example.org"},
        "subject": "Issue 30",
        "headers": {
            "List-Id": '"The Weekly, in Short" <weekly.example.org>',
            "Feedback-ID": "issue-30:weekly.example.org:newsletterpress",
            "Precedence": "bulk",
            "Content-Language": "ko",
        },
        "categories": ["issue-30"],
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
            "subscription_tracking": {"enable": False},
            "ganalytics": {"enable": False},
        },
        "mail_settings": {"footer": {"enable": False}, "sandbox_mode": {"enable": False}},
        "personalizations": [],
    }
    assert [each["type"] for each in body["content"]] == ["text/plain", "text/html"]


def test_what_is_a_recipients_own_stands_in_his_personalization() -> None:
    """His links, the signed name of his delivery, and nobody else's address."""
    template = compile_sample()

    part = template.personalize(make_recipient()).personalization

    link = f"https://news.example.org/u/{TOKEN}"
    mailto = f"mailto:editors+weekly@example.org?subject=unsubscribe%20{TOKEN}"
    assert {name: value for name, value in part.items() if name != "substitutions"} == {
        "to": [{"email": "kim@example.com", "name": "Kim Min-su"}],
        "headers": {
            "Message-ID": "<30.7.c2lnbmVk@example.org>",
            "List-Unsubscribe": f"<{link}>, <{mailto}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        "custom_args": {"delivery_id": "<30.7.c2lnbmVk@example.org>"},
    }


def test_a_subject_with_a_field_is_each_recipients_own() -> None:
    """A shared one with a tag would rely on SendGrid's own rules for subjects."""
    template = compile_sample(subject=("For ", Field("subscriber.name", "you", "text")))

    part = template.personalize(make_recipient()).personalization

    assert part["subject"] == "For Kim Min-su"
    assert "subject" not in template.build_body([])


def test_a_test_send_ends_no_subscription_and_meets_no_delivery() -> None:
    """It goes to people who may not be subscribers, outside of the ledger."""
    message = compile_message(make_edition(subject=PLAIN_SUBJECT), NEWSLETTER, is_test=True)
    template = compile_request(message, is_sandbox=False)

    part = template.personalize(make_recipient()).personalization

    assert set(part) == {"to", "headers", "substitutions"}
    assert set(part["headers"]) == {"Message-ID"}
    assert template.build_body([])["subject"] == "[Test] Issue 30"


def build_texts(recipient: Recipient) -> dict[str, str]:
    """Build both parts of a recipient's message as SendGrid would."""
    template = compile_sample()
    body = template.build_body([template.personalize(recipient)])
    assert fake_rules.find_violations(body) == []
    [message] = AcceptedCall("id", body).build_messages()
    return decode_parts(message)


def test_the_message_is_the_one_that_smtp_would_carry() -> None:
    """Which transport is used is no reader's business."""
    recipient = make_recipient(name='Kim "<b>" & Söhne; Ltd, 김')
    spliced = compile_message(EDITION, NEWSLETTER).splice(recipient)

    texts = build_texts(recipient)

    assert texts == decode_parts(parse_strictly(spliced))


@given(name=st.text(max_size=40), city=st.text(max_size=200))
def test_any_value_is_escaped_for_the_place_it_goes_to(name: str, city: str) -> None:
    """SendGrid replaces blindly: an unescaped value would be markup in somebody's page."""
    recipient = make_recipient(name=name, fields={"city": city})
    template = compile_message(EDITION, NEWSLETTER)

    texts = build_texts(recipient)

    values = template.read_values(recipient)
    assert texts == {
        "text/plain": fill(template.edition.text, values),
        "text/html": fill(template.edition.html, values),
    }


def test_no_tag_is_part_of_another_or_of_the_text() -> None:
    """Blind replacement would then begin in the wrong place."""
    html = tuple(Field(f"subscriber.f{number}", str(number)) for number in range(12))
    message = compile_message(
        make_edition(subject=PLAIN_SUBJECT, html=html, text=("x",)), NEWSLETTER
    )
    template = compile_request(message, is_sandbox=False)

    body = template.build_body([template.personalize(make_recipient(fields={}))])

    [built] = AcceptedCall("id", body).build_messages()
    assert decode_parts(built)["text/html"].strip() == "01234567891011"


def test_a_value_cannot_bring_the_tag_of_another_field() -> None:
    """It would be replaced in its turn, by a value escaped for another place."""
    template = compile_sample()
    [tag, *_] = template.personalize(make_recipient()).personalization["substitutions"]

    with pytest.raises(ValueError, match="mark of this issue"):
        template.personalize(make_recipient(name=tag))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Kim; Lee, and Co", {"name": "Kim Lee and Co"}),
        ("Kim\r\nBcc: all\u202e", {"name": "Kim Bcc: all"}),
        (" ,;, ", {}),
        ("x" * 129, {}),
        ("", {}),
    ],
)
def test_a_name_goes_without_what_sendgrid_forbids(name: str, told: dict[str, str]) -> None:
    """Else the whole request would be refused for one recipient's name."""
    part = compile_sample().personalize(make_recipient(name=name)).personalization

    assert part["to"] == [{"email": "kim@example.com"} | told]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"address": EmailAddress.parse("김@example.com")}, "only addresses in ASCII"),
        ({"fields": {"city": "ü" * 1700}}, "SendGrid takes 10,000"),
        ({"message_id": "<a@b>\r\nBcc: <c@d>"}, "Message-ID"),
        ({"unsubscribe_url": "https://x/>"}, "unsubscribe link"),
    ],
)
def test_whoever_cannot_be_written_to_is_told_before_the_call(
    changes: dict[str, object], reason: str
) -> None:
    """In the call, he would cost everyone else a refusal."""
    recipient = replace(make_recipient(), **changes)  # type: ignore[arg-type]  # names vary

    with pytest.raises(ValueError, match=reason):
        compile_sample().personalize(recipient)


def test_an_empty_subject_is_refused() -> None:
    """SendGrid refuses a request without one."""
    with pytest.raises(ValueError, match="subject is empty"):
        compile_sample(subject=(" ",))


def test_a_sender_outside_ascii_is_refused() -> None:
    """SendGrid has no way to write from such an address."""
    newsletter = replace(NEWSLETTER, sender=Mailbox("", EmailAddress.parse("소식@example.org")))

    with pytest.raises(ValueError, match=r"\[newsletter\] from"):
        compile_request(compile_message(make_edition(), newsletter), is_sandbox=False)


def test_a_slug_outside_ascii_is_no_category() -> None:
    """Categories are 7 bit; the issue goes out without one."""
    body = compile_sample(slug="소식-30").build_body([])

    assert "categories" not in body


def test_a_request_keeps_to_every_limit() -> None:
    """A thousand recipients, thirty million bytes, each address once."""
    template = compile_sample()
    many = [make_part(number) for number in range(2100)]
    large = [make_part(number, most_bytes=9_000_000) for number in range(7)]
    twice = [make_part(1), make_part(2), make_part(1), make_part(3)]

    sizes = [[len(each) for each in template.split(batch)] for batch in (many, large, twice)]

    assert sizes == [[1000, 1000, 100], [3, 3, 1], [2, 2]]


@given(name=st.text(max_size=130), city=st.text(max_size=1000))
def test_no_part_is_larger_than_was_reckoned(name: str, city: str) -> None:
    """The limit is one of bytes, and a request above it would be refused as a whole."""
    template = compile_sample(subject=("For ", Field("subscriber.name", "you", "text")))

    part = template.personalize(make_recipient(name=name, fields={"city": city}))

    assert len(json.dumps(part.personalization)) + len(", ") <= part.most_bytes
