"""Signatures from the command line to the mailbox, read by two programs that others wrote."""

import shutil
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import dkim
import pytest

from newsletter.sending.message.private_key import quote_txt
from tests.acceptance.weekly import TERMS, Weekly
from tests.contracts.exim_server import serving_exim
from tests.contracts.name_server import serving_names
from tests.contracts.smtp_servers import serving_postfix, wait_for_delivery
from tests.contracts.smtp_tls import Authority

#: The Korean weekly, if it lies beside the checkout.
SAMPLE = Path(__file__).parents[3] / "shared" / "samples" / "article-weekly-30.md"
KOREAN = """\
+++
title = "봄, 그리고 더 빠른 빌드"
date = 2026-03-20T08:00:00+09:00
language = "ko"
+++

안녕하세요, {{ subscriber.name or "독자" }}님!

## 이번 주 소식

링크 모음: https://example.org/글-목록
"""

#: Prints the result for each signature of the message on standard input.
_MAIL_DKIM = """
use Mail::DKIM::Verifier;
use Net::DNS;
Mail::DKIM::DNS::resolver(Net::DNS::Resolver->new(nameservers => ["127.0.0.1"], port => $ARGV[0]));
my $verifier = Mail::DKIM::Verifier->new();
$verifier->load(*STDIN);
print join(" ", map { $_->algorithm . "=" . $_->result } $verifier->signatures), "\\n";
"""


def generate_keys(weekly: Weekly) -> dict[str, str]:
    """Make both keys and put them into the settings; return what DNS is told."""
    records, lines = {}, {}
    for options in ((), ("--ed25519",)):
        made = weekly.run("keys", "generate", "dkim", *options, "--json").document
        records[made["dns"]["name"]] = made["dns"]["value"]
        lines.update(made["settings"])
    file = weekly.folder / "newsletter.toml"
    section = "\n".join(["", "[dkim]", *(f'{name} = "{value}"' for name, value in lines.items())])
    file.write_text(f"{file.read_text(encoding='utf-8')}{section}\n", encoding="utf-8")
    return records


def read_copies(maildir: Path) -> list[bytes]:
    """Read delivered messages with the line ends they travelled with."""
    return [file.read_bytes().replace(b"\n", b"\r\n") for file in maildir.glob("new/*")]


def verify_with_dkimpy(message: bytes, records: dict[str, str]) -> list[bool]:
    """Verify both signatures of a message."""

    def look_up(name: bytes, timeout: int = 5) -> bytes:
        del timeout
        return records[name.decode().rstrip(".")].encode()

    return [bool(dkim.DKIM(message).verify(idx=number, dnsfunc=look_up)) for number in range(2)]


def verify_with_mail_dkim(message: bytes, records: dict[str, str]) -> str:
    """Verify all signatures of a message; one word for each."""
    asked = ["perl", "-MMail::DKIM", "-e", "1"]
    if subprocess.run(asked, capture_output=True, check=False).returncode:
        pytest.skip("there is no Mail::DKIM here; it is in Debian's package libmail-dkim-perl")
    zone = {name: quote_txt(record) for name, record in records.items()}
    with serving_names(zone) as port:
        done = subprocess.run(
            ["perl", "-e", _MAIL_DKIM, str(port)], input=message, check=True, capture_output=True
        )
    return done.stdout.decode().strip()


@pytest.mark.parametrize("serving", [serving_postfix, serving_exim])
def test_signatures_hold_in_the_mailbox(
    weekly: Weekly, serving: Callable[[Authority], AbstractContextManager[tuple[int, Path]]]
) -> None:
    """Through either mail server with STARTTLS, for a Korean issue with personal fields."""
    authority = Authority()
    records = generate_keys(weekly)
    weekly.write_issue(SAMPLE.read_text(encoding="utf-8") if SAMPLE.exists() else KOREAN)
    weekly.run("subscribers", "add", "minsu@example.org", "--name", "김민수", *TERMS)
    weekly.run("subscribers", "add", "nobody@example.org", *TERMS)
    authority.write_trust(weekly.folder / "ca.pem")
    with serving(authority) as (port, maildir):
        weekly.change_settings(
            'url = "maildir:maildir"', f'url = "smtp://localhost:{port}"\nca_file = "ca.pem"'
        )

        answer = weekly.send()

        wait_for_delivery(maildir)
        copies = read_copies(maildir)
    assert answer.code == 7
    assert weekly.status()["failed"] == 1
    assert len(copies) == 4
    assert all(b"TLS1.3" in copy or b"TLSv1.3" in copy for copy in copies)
    assert [verify_with_dkimpy(copy, records) for copy in copies] == [[True, True]] * 4
    # Debian's Mail::DKIM knows no ed25519; what it says of that one is left open.
    words = [verify_with_mail_dkim(copy, records).split() for copy in copies]
    assert [each[0] for each in words] == ["rsa-sha256=pass"] * 4


def test_a_rendered_message_is_signed_as_it_would_leave(weekly: Weekly) -> None:
    """Its owner can show it to a verifier before anybody gets it."""
    records = generate_keys(weekly)

    weekly.run("render", "2026-01-spring", "--out", str(weekly.folder / "out"))

    message = (weekly.folder / "out" / "2026-01-spring.eml").read_bytes()
    assert verify_with_dkimpy(message, records) == [True, True]


def test_a_key_that_others_may_read_is_refused(weekly: Weekly) -> None:
    """Whoever has it can write in our name."""
    generate_keys(weekly)
    file = next((weekly.folder / "keys").glob("dkim-*[a-z].pem"))
    file.chmod(0o644)

    answer = weekly.send()

    assert answer.code == 2
    assert "chmod 600" in answer.err
    assert not weekly.messages()


def test_a_missing_key_is_named_with_the_command_that_makes_one(weekly: Weekly) -> None:
    """Unsigned messages must not leave by mistake."""
    generate_keys(weekly)
    shutil.rmtree(weekly.folder / "keys")

    answer = weekly.send()

    assert answer.code == 2
    assert "[dkim] rsa_key_file" in answer.err
    assert "newsletter keys generate dkim" in answer.err


def test_a_domain_that_is_not_the_senders_is_refused(weekly: Weekly) -> None:
    """Its signature would prove nothing of the sender (alignment, RFC 9989)."""
    generate_keys(weekly)
    weekly.change_settings('domain = "example.org"', 'domain = "example.net"')

    answer = weekly.send()

    assert answer.code == 2
    assert "[dkim] domain: example.net is not the sender's domain example.org" in answer.err


def test_a_key_never_takes_the_place_of_another(weekly: Weekly) -> None:
    """Messages on their way are still verified with it."""
    first = weekly.run("keys", "generate", "dkim", "--selector", "one")
    again = weekly.run("keys", "generate", "dkim", "--selector", "one")

    assert (first.code, again.code) == (0, 6)
    assert "there is a key already" in again.err


def test_keys_get_a_selector_of_their_own(weekly: Weekly) -> None:
    """A receiver must never find two keys under one name."""
    selectors = [
        weekly.run("keys", "generate", "dkim", *options, "--json").document["selector"]
        for options in ((), (), ("--ed25519",))
    ]

    assert len(set(selectors)) == 3
    assert selectors[1].endswith("b")
    assert selectors[2].endswith("a-ed25519")


def test_keys_are_renewed_beside_those_that_sign(weekly: Weekly) -> None:
    """Publish, change the settings, keep the older record a while: each message stays signed."""
    old = generate_keys(weekly)

    answer = weekly.run("keys", "rotate", "dkim", "--json")

    made = answer.document["keys"]
    assert [key["algorithm"] for key in made] == ["rsa", "ed25519"]
    assert [key["replaces"]["name"] for key in made] == list(old)
    assert {key["dns"]["name"] for key in made} & set(old) == set()
    assert len(list((weekly.folder / "keys").glob("*.pem"))) == 4
    weekly.run("render", "2026-01-spring", "--out", str(weekly.folder / "before"))
    for key, older in zip(made, old, strict=True):
        selector = older.partition(".")[0]
        weekly.change_settings(f'_selector = "{selector}"', f'_selector = "{key["selector"]}"')
        weekly.change_settings(f"dkim-{selector}.pem", Path(key["file"]).name)
    weekly.run("render", "2026-01-spring", "--out", str(weekly.folder / "after"))
    records = {key["dns"]["name"]: key["dns"]["value"] for key in made}
    for folder, known in (("before", old), ("after", records)):
        message = (weekly.folder / folder / "2026-01-spring.eml").read_bytes()
        assert verify_with_dkimpy(message, known) == [True, True]


def test_renewing_keys_says_each_step(weekly: Weekly) -> None:
    """In the order that leaves no message without a good signature."""
    [old, _] = generate_keys(weekly)

    answer = weekly.run("keys", "rotate", "dkim")

    steps = [
        "1. Publish these records",
        "2. When DNS knows it",
        "newsletter doctor",
        "4. After a week",
    ]
    places = [answer.out.index(step) for step in steps]
    assert places == sorted(places)
    assert answer.out.index(f"{old}.") > places[-1]


def test_without_a_key_there_is_none_to_renew(weekly: Weekly) -> None:
    """The first one is made by another command, which is named."""
    answer = weekly.run("keys", "rotate", "dkim")

    assert answer.code == 6
    assert "newsletter keys generate dkim" in answer.err
