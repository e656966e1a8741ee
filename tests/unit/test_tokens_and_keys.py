import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.address import EmailAddress
from subscribers.errors import InvalidTokenError
from subscribers.keyring import Keyring
from subscribers.tokens import TokenContent, make_token, read_token

FIRST = bytes(range(32))
SECOND = bytes(range(100, 140))
KEYS = Keyring({1: FIRST})
ROTATED = Keyring({1: FIRST, 2: SECOND})
PERSON = b"\x07" * 16
KIM = EmailAddress.parse("kim@example.org")

contexts = st.integers(0, 2**32 - 1)


@given(st.binary(min_size=16, max_size=16), contexts)
def test_a_token_tells_what_was_put_into_it(public_id: bytes, context: int) -> None:
    """The link in a message is all that comes back with a click."""
    token = make_token(KEYS, "unsubscribe", public_id, context)

    assert len(token) == 44
    assert read_token(KEYS, "unsubscribe", token) == TokenContent(public_id, context)


@given(
    contexts,
    st.integers(0, 43),
    st.sampled_from(string.ascii_letters + string.digits + "-_+/=% \n가"),
)
def test_a_token_with_one_letter_changed_is_refused(context: int, place: int, letter: str) -> None:
    """A token has one spelling; whoever guesses or alters one learns nothing."""
    token = make_token(KEYS, "unsubscribe", PERSON, context)
    altered = token[:place] + letter + token[place + 1 :]
    if altered == token:
        return

    with pytest.raises(InvalidTokenError):
        read_token(KEYS, "unsubscribe", altered)


@given(st.text())
def test_any_other_text_is_refused(text: str) -> None:
    """Whatever stands in a URL, the answer is an error of ours."""
    with pytest.raises(InvalidTokenError):
        read_token(KEYS, "unsubscribe", text)


def test_a_token_is_good_for_one_purpose_only() -> None:
    """The token in a Message-ID is public; it must not unsubscribe anybody."""
    token = make_token(KEYS, "message", PERSON)

    with pytest.raises(InvalidTokenError):
        read_token(KEYS, "unsubscribe", token)


def test_an_old_link_survives_a_new_secret() -> None:
    """People unsubscribe from messages they got years ago."""
    token = make_token(KEYS, "unsubscribe", PERSON)

    assert read_token(ROTATED, "unsubscribe", token).public_id == PERSON


def test_a_new_link_means_nothing_to_the_old_secret_alone() -> None:
    """New links are signed with the newest secret, else renewing it would be in vain."""
    token = make_token(ROTATED, "unsubscribe", PERSON)

    with pytest.raises(InvalidTokenError):
        read_token(KEYS, "unsubscribe", token)


def test_the_address_hash_survives_a_new_secret() -> None:
    """A suppression written under the first secret must still be found."""
    assert ROTATED.address_hash(KIM) == KEYS.address_hash(KIM)


def test_the_address_hash_cannot_be_computed_without_the_secret() -> None:
    """A plain hash of an address is guessed in no time."""
    other = Keyring({1: SECOND})

    assert len(KEYS.address_hash(KIM)) == 16
    assert other.address_hash(KIM) != KEYS.address_hash(KIM)
    assert other.fingerprint != KEYS.fingerprint


def test_two_spellings_have_one_address_hash() -> None:
    """Who is suppressed as Kim@ is suppressed as kim@."""
    assert KEYS.address_hash(EmailAddress.parse("KIM@Example.org")) == KEYS.address_hash(KIM)


def test_no_secret_is_shown() -> None:
    """A keyring gets into tracebacks and logs."""
    assert repr(KEYS) == "Keyring()"
    assert FIRST.hex() not in KEYS.fingerprint


@pytest.mark.parametrize("secrets", [{}, {2: FIRST}, {1: FIRST, 3: SECOND}, {0: FIRST}])
def test_secrets_are_numbered_without_gaps(secrets: dict[int, bytes]) -> None:
    """A missing secret would quietly break every link signed with it."""
    with pytest.raises(ValueError, match="numbered"):
        Keyring(secrets)


def test_a_short_secret_is_refused() -> None:
    """Everything hangs on it."""
    with pytest.raises(ValueError, match="32 bytes"):
        Keyring({1: b"short"})


def test_a_public_id_of_another_length_is_refused() -> None:
    """The token made from it could never be read."""
    with pytest.raises(ValueError, match="16 bytes"):
        make_token(KEYS, "unsubscribe", b"short")


def test_the_derived_keys_are_what_the_standard_says() -> None:
    """A change of the derivation would forget every suppression and break every link."""
    assert KEYS.fingerprint == "02f081d5f552b51e"
    assert KEYS.address_hash(KIM).hex() == "f262eea4b1e1c41fcd8929c5d0db51e0"
    assert (
        make_token(KEYS, "unsubscribe", PERSON, 1) == "AQcHBwcHBwcHBwcHBwcHBwcAAAAB7Dr6aEtSbDYrEE0u"
    )


@given(st.binary(min_size=16, max_size=16), contexts, st.booleans())
def test_a_token_in_an_address_survives_the_folding_of_its_case(
    public_id: bytes, context: int, is_upper: bool
) -> None:
    """Hosts may write a return path as they like; with ``b+`` it fits into 64 octets."""
    token = make_token(KEYS, "bounce", public_id, context)

    assert len(f"b+{token}") <= 64
    assert token == token.lower()
    came_back = token.upper() if is_upper else token
    assert read_token(KEYS, "bounce", came_back) == TokenContent(public_id, context)


@given(
    st.integers(0, 52),
    st.sampled_from(string.ascii_lowercase + string.digits + "-_+/=% \n가\u212a"),
)
def test_a_token_in_an_address_with_one_letter_changed_is_refused(place: int, letter: str) -> None:
    """Nobody makes up bounces of others."""
    token = make_token(KEYS, "bounce", PERSON)
    altered = token[:place] + letter + token[place + 1 :]
    if altered == token:
        return

    with pytest.raises(InvalidTokenError):
        read_token(KEYS, "bounce", altered)


@given(st.text())
def test_any_other_local_part_is_refused(text: str) -> None:
    """Anybody may write to a return path."""
    with pytest.raises(InvalidTokenError):
        read_token(KEYS, "bounce", text)


def test_a_message_is_named_alike_before_and_after_a_new_secret() -> None:
    """A repeated attempt must have the same Message-ID, so that its copy can be recognised."""
    before = make_token(KEYS, "message", PERSON, 30)

    assert make_token(ROTATED, "message", PERSON, 30) == before
    assert read_token(ROTATED, "message", before) == TokenContent(PERSON, 30)
