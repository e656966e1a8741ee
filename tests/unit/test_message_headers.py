import email
import email.policy
import re
from dataclasses import replace
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.sending.message.headers import (
    build_date_header,
    build_message_id_header,
    build_phrase_header,
    build_text_header,
    build_to_header,
)
from subscribers.address import EmailAddress
from tests.unit.sample_messages import decode_words, make_recipient

#: Any text that may stand in a header.
LINE: Final = st.text(
    alphabet=st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=200
)
FORBIDDEN: Final = ["\r", "\n", "\0", "\t", "\x0b", "\x1b", "\x7f", "\x85", "\u2028", "\ud800"]
ENCODED_WORD: Final = re.compile(r"=\?utf-8\?B\?[A-Za-z0-9+/]+={0,2}\?=")


def read_header(field: str) -> str:
    """Read the decoded value of one header field by the standard library."""
    parsed = email.message_from_string(field + "\r\n", policy=email.policy.strict)
    assert len(parsed) == 1
    (value,) = parsed.values()
    assert value.defects == ()
    return str(value)


def squeeze(text: str) -> str:
    """Make runs of spaces one."""
    return re.sub(" +", " ", text).strip(" ")


def split_lines(field: str) -> list[str]:
    """Cut a folded field into its lines."""
    return field.removesuffix("\r\n").split("\r\n")


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("Spring", "Subject: Spring\r\n"),
        ("  two  spaces ", "Subject: two spaces\r\n"),
        ("봄", "Subject: =?utf-8?B?67SE?=\r\n"),
        ("=?utf-8?B?67SE?=", "Subject: =?utf-8?B?PT91dGYtOD9CPzY3U0U/PQ==?=\r\n"),
        ("word " * 15 + "end", f"Subject: {'word ' * 13}word\r\n word end\r\n"),
        ("", "Subject: \r\n"),
    ],
)
def test_a_subject_is_written_as_the_standards_say(text: str, field: str) -> None:
    """Plain text stays plain, and what looks like an encoded word does not become one."""
    assert build_text_header("Subject", text) == field


@given(LINE)
@example("한국어 소식 " * 30)
@example("👩‍👩‍👧‍👦" * 40)
@example("x" * 2000)
@example("a" * 997 + " b")
@example("Re: שלום, how are you?")
def test_any_subject_is_read_back(text: str) -> None:
    """A reader sees what the author wrote, and no line passes the limits of RFC 5322."""
    field = build_text_header("Subject", text)

    assert read_header(field) == squeeze(text)
    assert max(map(len, split_lines(field))) <= 998
    assert field.isascii()


@given(LINE.filter(lambda text: not text.isascii()))
@example("한" * 100)
def test_an_encoded_word_is_short_and_holds_whole_characters(text: str) -> None:
    """RFC 2047 section 5: at most 75 characters, and each decodes by itself."""
    field = build_text_header("Subject", text)

    words = field.removeprefix("Subject: ").split()
    assert [word for word in words if len(word) > 75 or not ENCODED_WORD.fullmatch(word)] == []
    assert "".join(map(decode_words, words)) == squeeze(text)
    assert max(map(len, split_lines(field))) <= 76


@pytest.mark.parametrize("character", FORBIDDEN)
def test_a_control_character_is_refused_in_every_header(character: str) -> None:
    """A line end in a value would let it begin a header of its own."""
    injected = f"Spring{character}Bcc: victim@example.com"

    with pytest.raises(ValueError, match="header Subject"):
        build_text_header("Subject", injected)
    with pytest.raises(ValueError, match="header From"):
        build_phrase_header("From", injected, "news@example.org")
    with pytest.raises(ValueError, match="header From"):
        build_phrase_header("From", "News", injected)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Kim Min-su", "Kim Min-su <kim@example.com>"),
        ("", "<kim@example.com>"),
        ("Kim, M.", '"Kim, M." <kim@example.com>'),
        ('The "Kim" \\o/', '"The \\"Kim\\" \\\\o/" <kim@example.com>'),
        ("kim@example.com", '"kim@example.com" <kim@example.com>'),
        ("김민수", "=?utf-8?B?6rmA66+87IiY?= <kim@example.com>"),
        ("=?x?=", "=?utf-8?B?PT94Pz0=?= <kim@example.com>"),
    ],
)
def test_a_display_name_is_plain_quoted_or_encoded(name: str, value: str) -> None:
    """The least that a name needs (RFC 5322 section 3.4, RFC 2047 section 5)."""
    assert build_phrase_header("To", name, "kim@example.com") == f"To: {value}\r\n"


@given(LINE)
@example("김민수 " * 20)
@example("a, b <x@y>; " * 4)
@example('"' * 60)
@example("x" * 128)
def test_any_display_name_is_read_back_and_adds_no_address(name: str) -> None:
    """A name like ``<other@example.org>,`` must not become a second recipient."""
    field = build_phrase_header("To", name, "kim@example.com")

    shown, address = parseaddr(field.removeprefix("To: ").replace("\r\n", ""))
    assert address == "kim@example.com"
    assert decode_words(shown) == squeeze(name)
    assert max(map(len, split_lines(field))) <= 78


def test_a_short_name_is_read_by_the_structured_parser_too() -> None:
    """The address object of the standard library sees the same name and address."""
    field = build_phrase_header("To", "김민수", "kim@example.com")

    parsed = email.message_from_string(field + "\r\n", policy=email.policy.strict)

    assert parsed["To"].addresses == (Address("김민수", "kim", "example.com"),)


def test_a_name_in_to_goes_without_what_would_break_or_turn_it() -> None:
    """A subscriber wrote the name; it may cost him his name, but never the message."""
    recipient = make_recipient(name="Kim\r\nBcc: a@b.c\u202e\ud800\0su")

    assert build_to_header(recipient) == 'To: "Kim Bcc: a@b.c su" <kim@example.com>\r\n'


def test_a_name_too_long_for_a_name_is_left_out() -> None:
    """Ten kilobytes in To would be read as an attack by the next hop."""
    recipient = make_recipient(name="x" * 10_000)

    assert build_to_header(recipient) == "To: <kim@example.com>\r\n"


def test_a_domain_outside_ascii_goes_out_in_ascii() -> None:
    """Any server takes the A-label form; only the local part can need SMTPUTF8."""
    recipient = make_recipient("info@bücher.example", name="")

    assert build_to_header(recipient) == "To: <info@xn--bcher-kva.example>\r\n"


@pytest.mark.parametrize(
    "text",
    ["kim@example.com>, <x@y.z", "kim@exam\r\nple.com", "k im@example.com", "kim", "\ud800@a.b"],
)
def test_an_address_that_was_never_parsed_is_refused(text: str) -> None:
    """A store that somebody changed by hand must not become a way into the header."""
    recipient = replace(make_recipient(), address=EmailAddress.restore(text))

    with pytest.raises(ValueError, match="no address"):
        build_to_header(recipient)


@pytest.mark.parametrize(
    "text",
    ["a@b", "<a>", "<a@b>\r\nX: y", "<a@b> c", "<é@b>", "<a b@c>", "", f"<{'a' * 500}@b>"],
)
def test_a_message_id_in_another_form_is_refused(text: str) -> None:
    """The ledger finds a message that came back by it (RFC 5322 section 3.6.4)."""
    with pytest.raises(ValueError, match="Message-ID"):
        build_message_id_header(text)


def test_the_date_is_written_in_utc() -> None:
    """The same delivery has the same Date wherever the sender runs."""
    assert build_date_header(1_767_225_599) == "Date: Wed, 31 Dec 2025 23:59:59 +0000\r\n"
