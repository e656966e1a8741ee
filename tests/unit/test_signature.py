"""Signatures as an independent verifier, dkimpy, sees them."""

from dataclasses import replace

import dkim
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.sending.message.private_key import (
    Ed25519Key,
    RsaKey,
    build_dns_record,
    generate_ed25519,
    generate_rsa,
    parse_pem,
    write_pem,
)
from newsletter.sending.message.signature import SigningKey
from newsletter.sending.message.template import MessageTemplate, compile_message
from tests.unit.sample_messages import NEWSLETTER, make_edition, make_recipient

RSA = generate_rsa()
ED25519 = generate_ed25519()
DNS = {
    b"r._domainkey.example.org.": build_dns_record(RSA).encode(),
    b"e._domainkey.example.org.": build_dns_record(ED25519).encode(),
}
RSA_SIGNS = SigningKey(domain="example.org", selector="r", private_key=RSA)
ED25519_SIGNS = SigningKey(domain="example.org", selector="e", private_key=ED25519)


def verify(message: bytes) -> list[bool]:
    """Verify each signature of a message, the first one first."""
    count = message.partition(b"\r\n\r\n")[0].count(b"DKIM-Signature:")
    return [_is_valid(dkim.DKIM(message), number) for number in range(count)]


def _is_valid(message: dkim.DKIM, number: int) -> bool:
    try:
        return bool(message.verify(idx=number, dnsfunc=look_up))
    except dkim.ValidationError:
        # The body is another one.
        return False


def look_up(name: bytes, timeout: int = 5) -> bytes | None:
    """Answer as DNS would."""
    del timeout
    return DNS.get(name)


@pytest.fixture(scope="module")
def template() -> MessageTemplate:
    """Return the sample, signed with both kinds of key."""
    return compile_message(make_edition(), NEWSLETTER, signing_keys=[RSA_SIGNS, ED25519_SIGNS])


@pytest.mark.parametrize("key", [RSA_SIGNS, ED25519_SIGNS])
def test_one_key_makes_one_valid_signature(key: SigningKey) -> None:
    """Either kind may stand alone."""
    template = compile_message(make_edition(), NEWSLETTER, signing_keys=[key])

    assert verify(template.splice(make_recipient())) == [True]


def test_both_keys_sign_each_message(template: MessageTemplate) -> None:
    """A receiver that does not know ed25519 takes the other one."""
    assert verify(template.splice(make_recipient())) == [True, True]


def test_a_message_without_keys_is_not_signed() -> None:
    """The next hop may sign instead."""
    message = compile_message(make_edition(), NEWSLETTER).splice(make_recipient())

    assert b"DKIM-Signature" not in message


def test_a_test_message_is_signed_too() -> None:
    """It shows what the real one will look like to a receiver."""
    template = compile_message(make_edition(), NEWSLETTER, is_test=True, signing_keys=[RSA_SIGNS])

    assert verify(template.splice(make_recipient())) == [True]


def test_a_signature_covers_both_ways_to_leave(template: MessageTemplate) -> None:
    """Mail clients show their button only if it does (RFC 8058 section 4)."""
    signed = dkim.DKIM(template.splice(make_recipient()))
    signed.verify(dnsfunc=look_up)

    names = [name.decode() for name, _ in signed.signed_headers]
    assert {"list-unsubscribe", "list-unsubscribe-post", "list-id", "from", "to"} <= set(names)


@pytest.mark.parametrize(
    "added",
    [
        b"From: somebody@example.net\r\n",
        b"Subject: Free money\r\n",
        b"To: everyone@example.net\r\n",
        b"Reply-To: thief@example.net\r\n",
        b"Cc: others@example.net\r\n",
        b"List-Unsubscribe: <https://example.net/>\r\n",
        b"Content-Type: text/plain\r\n",
    ],
)
def test_a_second_field_of_a_name_breaks_every_signature(
    template: MessageTemplate, added: bytes
) -> None:
    """Else somebody could show readers another sender on a message of ours."""
    assert verify(added + template.splice(make_recipient())) == [False, False]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Kim Min-su", b"Kim Min-so"),
        (b"example.org/u/", b"example.net/u/"),
        (b"\r\n--=_", b"\r\n--=="),
    ],
)
def test_a_change_breaks_every_signature(template: MessageTemplate, old: bytes, new: bytes) -> None:
    """In the header or in the body."""
    message = template.splice(make_recipient())
    assert old in message

    assert verify(message.replace(old, new)) == [False, False]


def test_folding_anew_breaks_nothing(template: MessageTemplate) -> None:
    """Relays do it."""
    message = template.splice(make_recipient())
    header, empty, body = message.partition(b"\r\n\r\n")
    folded = header.replace(b",\r\n <mailto", b",\r\n\t  <mailto").replace(b"To: ", b"To:   ")
    assert folded != header

    assert verify(folded + empty + body) == [True, True]


def test_the_same_message_is_signed_the_same(template: MessageTemplate) -> None:
    """A repeated attempt must not look like another message."""
    assert template.splice(make_recipient()) == template.splice(make_recipient())


@settings(max_examples=60, deadline=None)
@given(
    name=st.text(max_size=60),
    city=st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
)
def test_whatever_a_recipient_is_called_his_message_verifies(
    template: MessageTemplate, name: str, city: str
) -> None:
    """Encoded words, quotes and folds in the header, anything in the body."""
    recipient = make_recipient(name=name, fields={"city": city})
    ahead = template.build_ahead(recipient)

    built = ahead.message is not None
    assert built == (verify(ahead.message) == [True, True] if ahead.message else False)


def test_a_message_built_ahead_is_the_one_that_leaves(template: MessageTemplate) -> None:
    """A thread builds it, the event loop hands it over."""
    recipient = make_recipient()

    ahead = template.build_ahead(recipient)

    assert ahead.message == template.splice(recipient)
    assert template.splice(replace(ahead, name="Somebody else")) == ahead.message


def test_a_message_that_cannot_be_built_is_left_to_the_transport(
    template: MessageTemplate,
) -> None:
    """It reports the reason as this recipient's outcome."""
    recipient = make_recipient(message_id="no message id")

    assert template.build_ahead(recipient) == recipient


@pytest.mark.parametrize("key", [RSA, ED25519])
def test_a_key_is_read_back_as_it_was_written(key: RsaKey | Ed25519Key) -> None:
    """The file is PEM that other tools read, too."""
    text = write_pem(key)

    assert text.startswith("-----BEGIN PRIVATE KEY-----\n")
    assert build_dns_record(parse_pem(text)) == build_dns_record(key)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no private key"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "no private key"),
    ],
)
def test_what_is_no_key_is_refused(text: str, words: str) -> None:
    """A wrong file in the settings must not end in signatures that fail."""
    with pytest.raises(ValueError, match=words):
        parse_pem(text)
