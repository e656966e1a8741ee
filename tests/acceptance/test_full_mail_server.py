"""The whole way: from the command line over STARTTLS through a mail server that others wrote."""

import email.policy
from collections.abc import Iterator
from email.parser import BytesParser
from pathlib import Path

import pytest

from newsletter.key_file import load_keyring
from newsletter.settings import load_settings
from subscribers.tokens import read_token
from tests.acceptance.weekly import TERMS, Weekly, read_part
from tests.contracts.smtp_servers import serving_postfix, wait_for_delivery
from tests.contracts.smtp_tls import Authority

BOUNCES = "bounces.example.org"


@pytest.fixture(scope="module")
def authority() -> Authority:
    """Return the authority that signed the server's certificate."""
    return Authority()


@pytest.fixture(scope="module")
def postfix(authority: Authority) -> Iterator[tuple[int, Path]]:
    """Yield a mail server's port and Maildir."""
    with serving_postfix(authority) as (port, maildir):
        yield port, maildir


def test_an_issue_arrives_through_a_mail_server(
    weekly: Weekly,
    authority: Authority,
    postfix: tuple[int, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Readable, each to whom it is for, and with a return path that names the delivery."""
    port, maildir = postfix
    authority.write_trust(weekly.folder / "ca.pem")
    weekly.change_settings(
        'url = "maildir:maildir"',
        f'url = "smtp://localhost:{port}"\nca_file = "ca.pem"\nbounce_domain = "{BOUNCES}"',
    )
    weekly.run("subscribers", "add", "nobody@example.org", *TERMS)

    answer = weekly.send()

    wait_for_delivery(maildir)
    parser = BytesParser(policy=email.policy.default)
    messages = [parser.parsebytes(file.read_bytes()) for file in maildir.glob("new/*")]
    status = weekly.status()
    assert answer.code == 7
    assert (status["sent"], status["failed"]) == (3, 1)
    assert sorted(str(message["Delivered-To"]) for message in messages) == [
        "kim@example.org",
        "lee@example.org",
        "park@example.org",
    ]
    assert all("TLS" in message["Received"] for message in messages)
    assert all(not message.defects for message in messages)
    keys = load_keyring(load_settings(weekly.folder))
    for message in messages:
        assert "first flowers" in read_part(message, "plain")
        local, _, domain = str(message["Return-Path"]).strip("<>").partition("@")
        assert domain == BOUNCES
        assert read_token(keys, "bounce", local.removeprefix("b+")).context == 1
