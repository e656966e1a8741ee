"""Tokens that leave in a message and are kept as a hash."""

import pytest

from subscribers.keyring import Keyring
from subscribers.mailed_tokens import TokenPurpose, derive_token, hash_token, make_nonce
from tests.contracts.people import KEYS

ROTATED = Keyring({**KEYS.secrets, 2: b"another secret of at least thirty-two"})


def test_a_message_sent_again_after_a_rotation_has_the_same_token() -> None:
    """Its hash was kept when it was first sent."""
    nonce = make_nonce(KEYS, bytes)

    before = derive_token(KEYS, TokenPurpose.SIGN_UP, nonce)

    assert derive_token(ROTATED, TokenPurpose.SIGN_UP, nonce) == before


def test_after_a_rotation_new_tokens_come_from_the_new_secret() -> None:
    """That is what a rotation is for."""
    old = derive_token(ROTATED, TokenPurpose.SIGN_UP, make_nonce(KEYS, bytes))
    new = derive_token(ROTATED, TokenPurpose.SIGN_UP, make_nonce(ROTATED, bytes))

    assert old != new


def test_each_purpose_has_a_token_of_its_own() -> None:
    """One that leaks opens nothing else."""
    nonce = make_nonce(KEYS, bytes)

    tokens = {derive_token(KEYS, purpose, nonce) for purpose in TokenPurpose}

    assert len(tokens) == len(TokenPurpose)


@pytest.mark.parametrize("text", ["", "A" * 10_000, "\udcff", "한글", "a/../b"])
def test_any_text_can_be_looked_for(text: str) -> None:
    """It comes from the address line of a stranger's browser."""
    assert len(hash_token(text)) == 32
