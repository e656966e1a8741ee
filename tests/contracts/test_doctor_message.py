"""The doctor before messages that arrived: ours as they are, spoilt ones, and any bytes at all."""

import base64
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import dkim
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.doctor.examination import Examination
from newsletter.doctor.names import NameServer
from newsletter.sending.message.private_key import (
    Ed25519Key,
    RsaKey,
    build_dns_record,
    generate_ed25519,
    generate_rsa,
    quote_txt,
    write_pem,
)
from newsletter.usecases.examine_message import examine_message
from tests.contracts.name_server import serving_zone

TO_SIGN = [
    *(b"from", b"to", b"subject", b"date", b"message-id", b"list-id"),
    *(b"list-unsubscribe", b"list-unsubscribe-post"),
]
TEXT = b"""\
Return-Path: <b+token@bounce.example.org>
From: Weekly <weekly@news.example.org>
To: kim@example.net
Subject: Spring
Date: Sat, 31 Jan 2026 12:00:00 +0000
Message-ID: <abc@news.example.org>
List-Id: Weekly <weekly.example.org>
List-Unsubscribe: <https://weekly.example.org/u/token>,
 <mailto:weekly@example.org?subject=unsubscribe>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
Content-Type: text/plain

The first flowers are out.
"""


class Post(NamedTuple):
    """What a sender has: keys, and the port of a name server that knows them."""

    rsa: RsaKey
    ed25519: Ed25519Key
    port: int

    def sign(self, message: bytes = TEXT, domain: str = "example.org", **options: object) -> bytes:
        """Sign by RSA as another program would."""
        pem = write_pem(self.rsa).encode()
        chosen = {"include_headers": TO_SIGN, **options}
        return bytes(dkim.sign(message, b"one", domain.encode(), pem, **chosen)) + message

    def sign_by_ed25519(self, message: bytes) -> bytes:
        """Sign by ed25519."""
        raw = base64.b64encode(self.ed25519.key.private_bytes_raw())
        field = dkim.sign(
            message,
            b"two",
            b"example.org",
            raw,
            signature_algorithm=b"ed25519-sha256",
            include_headers=TO_SIGN,
        )
        return bytes(field) + message

    def look(self, message: bytes, folder: Path) -> list[Examination]:
        """Let the doctor look at a message."""
        file = folder / "received.eml"
        file.write_bytes(message)
        return list(examine_message(file, NameServer("127.0.0.1", self.port)))


@pytest.fixture(scope="module")
def post() -> Iterator[Post]:
    """Make keys and publish them; example.net has the RSA key, too, and is somebody else's."""
    rsa, ed25519 = generate_rsa(), generate_ed25519()
    zone = f"""\
one._domainkey.example.org. TXT {quote_txt(build_dns_record(rsa))}
one._domainkey.example.net. TXT {quote_txt(build_dns_record(rsa))}
two._domainkey.example.org. TXT {quote_txt(build_dns_record(ed25519))}
_dmarc.example.org. TXT "v=DMARC1; p=reject; rua=mailto:a@example.org"
"""
    with serving_zone(zone) as port:
        yield Post(rsa, ed25519, port)


def describe(examinations: list[Examination]) -> Mapping[str, str]:
    """Give rule and message of every finding."""
    return {finding.rule: finding.message for each in examinations for finding in each.findings}


def test_a_message_signed_by_both_keys_is_well(post: Post, tmp_path: Path) -> None:
    """Of RSA and ed25519 each signature is verified and named."""
    examinations = post.look(post.sign(post.sign_by_ed25519(TEXT)), tmp_path)

    assert describe(examinations) == {}
    signatures = [each.seen for each in examinations if each.subject == "signature of example.org"]
    assert signatures == [
        "rsa-sha256, one._domainkey.example.org: holds",
        "ed25519-sha256, two._domainkey.example.org: holds",
    ]


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_a_file_may_have_either_line_end(post: Post, tmp_path: Path, end: bytes) -> None:
    """Programs save messages as their system has lines."""
    message = post.sign().replace(b"\r\n", b"\n").replace(b"\n", end)

    assert describe(post.look(message, tmp_path)) == {}


def drop(name: bytes) -> bytes:
    """Take a field of one line out of the message."""
    lines = TEXT.split(b"\n")
    kept = [line for line in lines if not line.startswith(name + b":")]
    assert len(kept) == len(lines) - 1
    return b"\n".join(kept)


@pytest.mark.parametrize(
    ("message", "rule", "words"),
    [
        (TEXT + b"From: x@example.org\n", "", ""),
        (drop(b"To"), "message-to", "To names 0 addresses"),
        (TEXT.replace(b"kim@", b"lee@example.net, kim@"), "message-to", "To names 2 addresses"),
        (drop(b"Date"), "message-date", "there are 0 Date fields"),
        (TEXT.replace(b"Sat, 31 Jan", b"Some day"), "message-date", "expected a good one"),
        (drop(b"Message-ID"), "message-id", "Message-ID is missing"),
        (drop(b"List-Id"), "message-list-id", "no List-Id"),
        (
            TEXT.replace(b"<https://weekly.example.org/u/token>,\n ", b""),
            "message-unsubscribe",
            "has no https link",
        ),
        (TEXT.replace(b"<https:", b"<http:"), "message-unsubscribe", "has no https link"),
        (TEXT.replace(b"=One-Click", b"=Yes"), "message-one-click", "says “List-Unsubscribe=Yes”"),
        (TEXT + b"x" * 10_000_000, "message-size", "the message has 10,00"),
        (
            b"Authentication-Results: mx.example.net; dkim=fail; spf=pass\n" + TEXT,
            "message-receiver",
            "the receiver wrote dkim=fail",
        ),
        (
            TEXT.replace(b"bounce.example.org", b"provider.example.net"),
            "message-return-path",
            "the return path is at provider.example.net",
        ),
    ],
)
def test_what_a_header_lacks_is_told(
    post: Post, tmp_path: Path, message: bytes, rule: str, words: str
) -> None:
    """Each alone, in a message that is signed as it is; what stands in the body is no field."""
    found = describe(post.look(post.sign(message), tmp_path))

    assert list(found) == ([rule] if rule else [])
    assert words in found.get(rule, "")


def test_a_message_with_two_senders_is_told(post: Post, tmp_path: Path) -> None:
    """Which of them a reader sees, nobody knows."""
    found = describe(post.look(b"From: x@example.com\n" + TEXT, tmp_path))

    assert found["message-from"] == "there are 2 From fields with 2 addresses"


@pytest.mark.parametrize(
    ("spoil", "rule", "words"),
    [
        (lambda _: TEXT, "message-unsigned", "no DKIM-Signature"),
        (
            lambda post: post.sign().replace(b"flowers", b"weeds"),
            "signature-broken",
            "body hash mismatch",
        ),
        (
            lambda post: post.sign().replace(b"Spring", b"Autumn"),
            "signature-broken",
            "does not fit",
        ),
        (lambda post: post.sign().replace(b"s=one", b"s=gone"), "signature-broken", "is missing"),
        (
            lambda post: post.sign().replace(b"rsa-sha256", b"rsa-sha1"),
            "signature-broken",
            "example.org (rsa-sha1",
        ),
        (
            lambda post: post.sign(domain="example.net"),
            "signature-unaligned",
            "From is news.example.org, signatures hold for example.net",
        ),
        (
            lambda post: post.sign(include_headers=[b"from", b"list-unsubscribe"]),
            "signature-uncovered",
            "are not both signed",
        ),
        (lambda post: post.sign(length=True), "signature-length", "has l="),
    ],
)
def test_what_is_wrong_with_signatures_is_told(
    post: Post, tmp_path: Path, spoil: object, rule: str, words: str
) -> None:
    """Broken, of somebody else, or of too little."""
    assert callable(spoil)

    found = describe(post.look(spoil(post), tmp_path))

    assert rule in found
    assert words in found[rule]


def test_a_name_server_that_fails_is_told_for_the_signature(tmp_path: Path, post: Post) -> None:
    """It may hold all the same."""
    with serving_zone(
        "x. TXT y", broken=["one._domainkey.example.org", "_dmarc.example.org"]
    ) as port:
        found = describe(post._replace(port=port).look(post.sign(), tmp_path))

    assert list(found) == ["name-unanswered"]


@pytest.mark.parametrize("content", [b"", b"\n", b"\x00\xff\xfe", b"no field in here\n\nbody"])
def test_a_file_that_is_no_message_is_told(post: Post, tmp_path: Path, content: bytes) -> None:
    """With what to save instead."""
    assert list(describe(post.look(content, tmp_path))) == ["message-unreadable"]


def test_bytes_that_would_keep_a_parser_busy_are_refused(post: Post, tmp_path: Path) -> None:
    """Nested comments, and spaces that a search for their end goes through again and again."""
    nested = b"From: " + b"(" * 100_000 + b"\n" + TEXT
    spaces = post.sign(canonicalize=(b"relaxed", b"relaxed")) + b" " * 1_000_000 + b"x"

    found = {**describe(post.look(nested, tmp_path)), **describe(post.look(spaces, tmp_path))}

    assert "message-from" in found
    assert "500 spaces" in found["signature-broken"]


FIELD = st.sampled_from([*TO_SIGN, b"dkim-signature", b"authentication-results", b"return-path"])
VALUE = st.one_of(
    st.binary(max_size=60),
    st.sampled_from([b"v=1; a=rsa-sha256; d=example.org; s=one; h=from; bh=AAAA; b=AAAA; l=9"]),
    st.sampled_from([b"v=1; a=ed25519-sha256; d=..; s=\xff; h=::; bh=; b=", b"@@ <a@b@c>, <>"]),
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields=st.lists(st.tuples(FIELD, VALUE), max_size=8), body=st.binary(max_size=40))
def test_any_bytes_are_looked_at_without_complaint(
    post: Post, tmp_path: Path, fields: list[tuple[bytes, bytes]], body: bytes
) -> None:
    """The file was written by strangers."""
    header = b"".join(name + b": " + value + b"\r\n" for name, value in fields)

    examinations = post.look(header + b"\r\n" + body, tmp_path)

    assert examinations
    assert all(each.findings for each in examinations if each.subject.startswith("signature of"))
