import string

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given, settings
from hypothesis import strategies as st

from subscribers.address import EmailAddress, _normalise_plain
from subscribers.errors import InvalidAddressError

#: Characters that addresses are made of, and those that tempt a parser.
LETTERS = "aZ09.-_+@ xnlocaltesti\"'<>()[]\\,;:\0\t\nßéİ가。\u0301\u200b"
TOP_DOMAINS = ["com", "COM", "test", "local", "onion", "invalid", "arpa", "localhost", "c0m", "x"]

nearly_addresses = st.builds(
    "{}@{}.{}".format,
    st.text(st.sampled_from(LETTERS + string.ascii_letters), min_size=1, max_size=12),
    st.text(st.sampled_from("aB0-.x"), min_size=1, max_size=12),
    st.sampled_from(TOP_DOMAINS),
)
long_addresses = st.builds(
    lambda local, label, count: f"{'a' * local}@{('b' * label + '.') * count}org",
    st.integers(1, 250),
    st.integers(1, 70),
    st.integers(1, 5),
)


def _ask_library(text: str) -> str | None:
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        return None


@settings(max_examples=1000, deadline=None)
@given(nearly_addresses | long_addresses | st.emails() | st.text(st.sampled_from(LETTERS)))
@example("info@example.org")
@example("a@xn--bcher-kva.example.org")
@example("a@ab--c.org")
@example(f"{'a' * 242}@example.org")
@example(f"{'a' * 243}@example.org")
@example(f"a@{'b' * 63}.org")
@example(f"a@{'b' * 64}.org")
@example("a@b.org\n")
def test_the_quick_way_never_differs_from_the_library(text: str) -> None:
    """It exists for speed only: what it takes, the library takes and spells alike."""
    quick = _normalise_plain(text)

    assert quick is None or quick == _ask_library(text)


def test_the_quick_way_is_taken() -> None:
    """Else the test above would compare nothing."""
    assert _normalise_plain("kim.minji+news@Mail-1.Example.ORG") == (
        "kim.minji+news@mail-1.example.org"
    )


@settings(max_examples=300, deadline=None)
@given(nearly_addresses | st.emails())
def test_parsing_twice_is_parsing_once(text: str) -> None:
    """A store gives back what parse made; both must be the same person."""
    try:
        first = EmailAddress.parse(text)
    except InvalidAddressError:
        return

    again = EmailAddress.parse(first.text)

    assert again == first == EmailAddress.restore(first.text)
    assert again.key == first.key
    assert EmailAddress.parse(first.wire) == first


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kim@Example.org", "kim@example.ORG"),
        ("kim@bücher.example.org", "kim@xn--bcher-kva.example.org"),
        ("STRASSE@example.org", "straße@example.org"),
        ("re\u0301ne\u0301@example.org", "RÉNÉ@example.org"),
        ("\u0399\u0308\u0301x@example.org", "\u0390x@example.org"),
        (" kim@example.org\n", "kim@example.org"),
    ],
)
def test_two_spellings_of_one_mailbox_have_one_key(one: str, other: str) -> None:
    """Else a person could be subscribed twice, or unsubscribed and still written to."""
    assert EmailAddress.parse(one).key == EmailAddress.parse(other).key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("kim.minji@example.org", "kimminji@example.org"),
        ("kim+news@example.org", "kim@example.org"),
        ("kim@example.org", "kim@example.com"),
    ],
)
def test_dots_and_plus_tags_tell_people_apart(one: str, other: str) -> None:
    """Only the receiving host knows whether they matter."""
    assert EmailAddress.parse(one).key != EmailAddress.parse(other).key


def test_the_wire_spelling_has_an_ascii_domain() -> None:
    """SMTP without SMTPUTF8 knows no other; the local part cannot be changed."""
    assert EmailAddress.parse("kim@한국.example.org").wire == "kim@xn--3e0b707e.example.org"
    assert EmailAddress.parse("김@한국.example.org").wire == "김@xn--3e0b707e.example.org"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "kim",
        "kim@",
        "@example.org",
        "kim@localhost",
        "kim@example",
        "kim@example.test",
        '"kim minji"@example.org',
        "kim@[192.0.2.1]",
        "Kim <kim@example.org>",
        "kim@exa mple.org",
        "kim@example.org, lee@example.org",
        "kim@example.org\r\nBcc: all@example.org",
        "kim@example..org",
        "kim＠example.org",
        "\ud800@example.org",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    """Nobody subscribes with these, and some are attacks."""
    with pytest.raises(InvalidAddressError):
        EmailAddress.parse(text)


@pytest.mark.parametrize("text", ["kim@secret\u0378name.org", "kim@xn--secretname-.org"])
def test_a_refusal_does_not_repeat_the_address(text: str) -> None:
    """Errors reach logs; addresses must not."""
    with pytest.raises(InvalidAddressError) as caught:
        EmailAddress.parse(text)

    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__
