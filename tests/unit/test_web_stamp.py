"""A form's stamp: what it says, and for whom."""

from hypothesis import given
from hypothesis import strategies as st

from newsletter.web.stamp import read_stamp, write_stamp
from subscribers.keyring import Keyring

KEYS = Keyring({1: b"a secret of at least thirty-two bytes"})
NOON = 1_769_846_400_000


def write(keys: Keyring = KEYS) -> str:
    """Write a stamp for a form."""
    text, _ = write_stamp(keys, purpose="form", now_ms=NOON, random_bytes=lambda size: b"n" * size)
    return text


def test_a_stamp_tells_when_its_form_was_shown() -> None:
    """And holds a nonce that a proof of work is bound to."""
    stamp = read_stamp(KEYS, write(), purpose="form")

    assert stamp is not None
    assert (stamp.shown_at_ms, stamp.nonce) == (NOON, b"n".hex() * 12)


def test_a_stamp_is_good_for_its_purpose_only() -> None:
    """That of the step-up page names address and network."""
    assert read_stamp(KEYS, write(), purpose="form ") is None


def test_a_stamp_stays_good_when_the_secret_is_renewed() -> None:
    """A reader may have the form open while the operator rotates the keys."""
    renewed = Keyring({**KEYS.secrets, 2: b"another secret of thirty-two bytes or more"})

    assert read_stamp(renewed, write(), purpose="form") is not None
    assert read_stamp(KEYS, write(renewed), purpose="form") is None


@given(st.integers(0, 43), st.sampled_from("ABab01-_"))
def test_an_altered_stamp_is_none(place: int, letter: str) -> None:
    """Moment and nonce are signed."""
    text = write()
    altered = text[:place] + letter + text[place + 1 :]

    assert altered == text or read_stamp(KEYS, altered, purpose="form") is None


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    """It comes from outside."""
    assert read_stamp(KEYS, text, purpose="form") is None
