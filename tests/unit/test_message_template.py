import email
import email.policy
import hashlib
import re
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.rendering.edition import Field, OpenText, fill
from newsletter.sending.message.template import compile_message
from subscribers.address import EmailAddress
from tests.unit.sample_messages import (
    HTML,
    NEWSLETTER,
    TEXT,
    decode_parts,
    find_wire_faults,
    make_edition,
    make_recipient,
    parse_strictly,
)

GOLDEN: Final = Path(__file__).parent.parent / "golden" / "message"
HOSTILE: Final = st.one_of(
    st.sampled_from(
        [
            "x\r\nBcc: victim@example.com\r\n\r\n<h1>Hi</h1>",
            "\0\x1b[2J",
            "=" * 80,
            "." * 200,
            ".\r\n.\r\n",
            "From \nFrom me",
            "--=_0123456789abcdef",
            "👩‍👩‍👧‍👦" * 30,
            "שלום \u202eevil\u202c",
            "{{ unsubscribe_url }}",
            "<script>alert('x')</script> & \"y\"",
            "김" * 3400,
            " ",
        ]
    ),
    st.text(max_size=120),
    st.text(alphabet=st.sampled_from(list(".=F \t\r\nrom\0é한😀-_<&")), max_size=300),
)
#: The encoding of the text part differs, and so both are under attack.
LATIN: Final[OpenText] = ("Hello ", Field("subscriber.name", "you", "text"), "\n" + "plain\n" * 30)


@pytest.mark.parametrize(
    ("file", "name", "is_test"),
    [
        ("plain-name.eml", "Kim Min-su", False),
        ("korean-name.eml", "김민수", False),
        ("test-send.eml", "", True),
    ],
)
def test_a_message_is_its_golden_file(file: str, name: str, is_test: bool) -> None:
    """What leaves is there to be opened, and a change of a byte is seen in review."""
    template = compile_message(make_edition(), NEWSLETTER, is_test=is_test)

    message = template.splice(make_recipient(name=name))

    assert message == (GOLDEN / file).read_bytes()


@pytest.mark.parametrize("text", [TEXT, LATIN])
@given(name=HOSTILE, city=HOSTILE, language=HOSTILE)
@example(name="\ud800", city="\udfff", language="\ud83d")
def test_no_value_breaks_a_message(text: OpenText, name: str, city: str, language: str) -> None:
    """Values come from strangers: they fill their holes and reach nothing else."""
    edition = make_edition(text=text)
    template = compile_message(edition, NEWSLETTER)
    recipient = make_recipient(name=name, fields={"city": city}, language=language)

    message = template.splice(recipient)

    parsed = parse_strictly(message)
    values = template.read_values(recipient)
    assert find_wire_faults(message) == []
    assert decode_parts(parsed) == {
        "text/plain": fill(edition.text, values),
        "text/html": fill(edition.html, values),
    }
    assert str(parsed["Subject"]) == re.sub(" +", " ", fill(edition.subject, values)).strip(" ")
    assert [address.addr_spec for address in parsed["To"].addresses] == ["kim@example.com"]
    assert parsed["Bcc"] is None


def test_the_boundary_as_a_value_ends_no_part() -> None:
    """Whoever has one message knows the boundary of all."""
    template = compile_message(make_edition(), NEWSLETTER)
    boundary = parse_strictly(template.splice(make_recipient())).get_boundary()

    message = template.splice(
        make_recipient(name=f"--{boundary}--", fields={"city": f"\r\n--{boundary}\r\n"})
    )

    assert find_wire_faults(message) == []
    assert list(decode_parts(parse_strictly(message))) == ["text/plain", "text/html"]


@pytest.mark.parametrize("text", [TEXT, LATIN])
def test_a_message_says_what_the_standard_library_would_make_it_say(text: OpenText) -> None:
    """The slow builder is the yardstick: same decoded headers, same decoded parts."""
    template = compile_message(make_edition(text=text), NEWSLETTER)
    recipient = make_recipient(name="김민수", fields={"city": "서울"})
    values = template.read_values(recipient)
    slow = EmailMessage(policy=email.policy.SMTP)
    slow["Date"] = "Wed, 31 Dec 2025 23:59:59 +0000"
    slow["To"] = "김민수 <kim@example.com>"
    slow["Message-ID"] = recipient.message_id
    slow["Subject"] = "Issue 30 for 김민수"
    slow["From"] = "주간 소식 <news@example.org>"
    slow["Reply-To"] = "editors+weekly@example.org"
    slow.set_content(fill(text, values))
    slow.add_alternative(fill(HTML, values) + "\n", subtype="html")
    slow["Content-Language"] = "ko"

    fast, other = parse_strictly(template.splice(recipient)), parse_strictly(slow.as_bytes())

    assert decode_parts(fast)["text/plain"] == decode_parts(other)["text/plain"]
    assert decode_parts(fast)["text/html"] + "\n" == decode_parts(other)["text/html"]
    assert fast["Date"].datetime == other["Date"].datetime
    assert fast["To"].addresses == other["To"].addresses
    assert fast["From"].addresses == other["From"].addresses
    assert fast["Reply-To"].addresses == other["Reply-To"].addresses
    assert fast["Message-ID"] == other["Message-ID"]
    assert fast["Subject"] == other["Subject"]
    assert fast["Content-Language"] == other["Content-Language"]
    assert fast["MIME-Version"] == other["MIME-Version"]
    assert fast.get_content_type() == other.get_content_type()


def test_every_header_a_bulk_sender_needs_is_there_once() -> None:
    """RFC 5322 section 3.6 allows each once; mailbox providers ask for the list's."""
    message = parse_strictly(compile_message(make_edition(), NEWSLETTER).splice(make_recipient()))

    assert message.keys() == [
        "Date",
        "To",
        "Message-ID",
        "Subject",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "From",
        "Reply-To",
        "List-Id",
        "Feedback-ID",
        "Precedence",
        "MIME-Version",
        "Content-Language",
        "Content-Type",
    ]


def test_the_text_part_comes_before_the_html_part() -> None:
    """RFC 2046 section 5.1.4: clients show the last alternative they can."""
    message = compile_message(make_edition(), NEWSLETTER).splice(make_recipient())

    assert list(decode_parts(parse_strictly(message))) == ["text/plain", "text/html"]


def test_each_part_is_encoded_in_the_smaller_way() -> None:
    """Quoted-printable triples Korean; base64 hides Latin text for nothing."""
    korean = ("한국어 소식입니다.\n" * 20,)
    latin = ("News in plain English.\n" * 20,)

    message = parse_strictly(
        compile_message(make_edition(text=korean, html=latin), NEWSLETTER).splice(make_recipient())
    )

    assert [part["Content-Transfer-Encoding"] for part in message.iter_parts()] == [
        "base64",
        "quoted-printable",
    ]


def test_the_same_recipient_gets_the_same_bytes() -> None:
    """A second attempt must be recognised as the first one's twin."""
    first = compile_message(make_edition(), NEWSLETTER).splice(make_recipient())

    second = compile_message(make_edition(), NEWSLETTER).splice(make_recipient())

    assert first == second


def test_recipients_share_all_but_their_own_values() -> None:
    """What one reader is told must not appear in another's message."""
    template = compile_message(make_edition(), NEWSLETTER)
    alone = template.splice(make_recipient("lee@example.com", name="Lee", fields={}))

    template.splice(make_recipient(name="Secret", fields={"city": "Nowhere"}))
    after = template.splice(make_recipient("lee@example.com", name="Lee", fields={}))

    assert after == alone


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (Field("subscriber.name", "friend", "text"), "Kim Min-su"),
        (Field("subscriber.email", "", "text"), "kim@bücher.example"),
        (Field("subscriber.language", "", "text"), "ko"),
        (Field("subscriber.city", "", "text"), "Seoul"),
        (Field("subscriber.shoe-size", "none", "text"), "none"),
        (Field("subscriber.empty", "nothing", "text"), "nothing"),
    ],
)
def test_a_field_takes_the_value_of_the_recipient_or_its_default(field: Field, value: str) -> None:
    """Each kind of field has its own place in the recipient."""
    template = compile_message(make_edition(text=(field,)), NEWSLETTER)
    recipient = make_recipient("kim@bücher.example", fields={"city": "Seoul", "empty": ""})

    message = parse_strictly(template.splice(recipient))

    assert decode_parts(message)["text/plain"] == value


def test_an_unknown_field_is_refused() -> None:
    """Nothing but the closed grammar may be asked of a recipient."""
    edition = make_edition(text=(Field("recipient.password", "", "text"),))

    with pytest.raises(ValueError, match="no field is called"):
        compile_message(edition, NEWSLETTER)


def test_a_line_break_in_the_subject_is_refused() -> None:
    """An author's slip must not become a header."""
    edition = make_edition(subject=("Spring\nBcc: everyone@example.com",))

    with pytest.raises(ValueError, match="header Subject"):
        compile_message(edition, NEWSLETTER)


def test_a_test_message_is_marked_and_ends_no_subscription() -> None:
    """Whoever tries the button of a test must not lose a real subscription."""
    template = compile_message(make_edition(), NEWSLETTER, is_test=True)

    message = parse_strictly(template.splice(make_recipient()))

    assert message["Subject"] == "[Test] Issue 30 for Kim Min-su"
    assert message["List-Unsubscribe"] is None
    assert message["List-Unsubscribe-Post"] is None


def test_without_a_reply_address_answers_and_leave_mails_go_to_the_sender() -> None:
    """A Reply-To that repeats From says nothing; the mail link needs a mailbox that is read."""
    newsletter = replace(NEWSLETTER, reply_to=None)

    message = parse_strictly(compile_message(make_edition(), newsletter).splice(make_recipient()))

    assert message["Reply-To"] is None
    assert "<mailto:news@example.org?subject=" in message["List-Unsubscribe"]


@pytest.mark.parametrize(
    ("address", "sender", "is_needed"),
    [
        ("kim@example.com", "news@example.org", False),
        ("kim@bücher.example", "news@bücher.example", False),
        ("김@example.com", "news@example.org", True),
        ("kim@example.com", "소식@example.org", True),
    ],
)
def test_only_a_local_part_outside_ascii_needs_smtputf8(
    address: str, sender: str, is_needed: bool
) -> None:
    """A transport refuses such a message by name when its next hop cannot take it."""
    mailbox = replace(NEWSLETTER.sender, address=EmailAddress.parse(sender))
    template = compile_message(make_edition(), replace(NEWSLETTER, sender=mailbox))
    recipient = make_recipient(address)

    message = template.splice(recipient)

    assert template.needs_smtputf8(recipient) is is_needed
    assert message.isascii() is not is_needed


def test_a_message_with_utf8_headers_is_read_back() -> None:
    """RFC 6532: the address stands in the header as it is."""
    template = compile_message(make_edition(), NEWSLETTER)

    message = template.splice(make_recipient("김@bücher.example"))

    parsed = email.message_from_bytes(message, policy=email.policy.SMTPUTF8)
    assert "To: Kim Min-su <김@xn--bcher-kva.example>\r\n".encode() in message
    assert list(decode_parts(parsed)) == ["text/plain", "text/html"]


def test_a_signer_gets_the_bytes_that_go_over_the_wire() -> None:
    """A body hash (RFC 6376 section 3.7) is taken from the pieces, before they are joined."""
    template = compile_message(make_edition(), NEWSLETTER)
    recipient = make_recipient(name="김민수")
    values = template.read_values(recipient)

    head, _, body = template.splice(recipient).partition(b"\r\n\r\n")

    pieces = template.build_body(values)
    own = template.build_recipient_headers(recipient, values)
    assert hashlib.sha256(b"".join(pieces)).digest() == hashlib.sha256(body).digest()
    assert own + template.shared_headers == head + b"\r\n"
