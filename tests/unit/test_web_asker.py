"""The network a request comes from, as far as somebody trusted says so."""

import pytest
from starlette.requests import HTTPConnection

from newsletter.web.asker import find_network, parse_networks

PROXIES = parse_networks(["10.0.0.0/8", "2001:db8:ffff::/48"])


def ask(peer: str | None, *forwarded: str) -> str:
    """Find the network of a request from a peer, with these lines of X-Forwarded-For."""
    headers = [(b"x-forwarded-for", line.encode("latin-1")) for line in forwarded]
    client = (peer, 4711) if peer else None
    return find_network(
        HTTPConnection({"type": "http", "client": client, "headers": headers}), PROXIES
    )


@pytest.mark.parametrize(
    ("peer", "forwarded", "network"),
    [
        ("203.0.113.7", [], "203.0.113.0/24"),
        ("2001:db8:1:2::7", [], "2001:db8:1::/48"),
        ("::ffff:203.0.113.7", [], "203.0.113.0/24"),
        (None, [], ""),
        ("testclient", [], ""),
    ],
)
def test_a_network_is_what_is_left_of_an_address(
    peer: str | None, forwarded: list[str], network: str
) -> None:
    """Enough for a limit and for evidence, too little to name a household."""
    assert ask(peer, *forwarded) == network


@pytest.mark.parametrize(
    ("peer", "forwarded", "network"),
    [
        ("203.0.113.7", ["198.51.100.1"], "203.0.113.0/24"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.0/24"),
        ("10.0.0.1", ["192.0.2.9, 198.51.100.1"], "198.51.100.0/24"),
        ("10.0.0.1", ["192.0.2.9", "198.51.100.1, 10.0.0.2"], "198.51.100.0/24"),
        ("2001:db8:ffff::1", [" 2001:db8:5::1 "], "2001:db8:5::/48"),
        ("10.0.0.1", [], "10.0.0.0/24"),
        ("10.0.0.1", ["198.51.100.1, nonsense"], "10.0.0.0/24"),
        ("10.0.0.1", ["10.0.0.9"], "10.0.0.0/24"),
    ],
)
def test_a_proxy_is_believed_if_it_is_ours(peer: str, forwarded: list[str], network: str) -> None:
    """From the end of the line, where the nearest one wrote, to the first that is not ours."""
    assert ask(peer, *forwarded) == network


def test_a_proxy_beside_us_that_nobody_named_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """Else all readers share one limit, and nobody knows why."""
    for peer in ("192.168.7.1", "192.168.7.1", "8.8.8.8", "10.0.0.1"):
        ask(peer, "198.51.100.1")

    [message] = caplog.messages
    assert message.startswith("a proxy sends X-Forwarded-For and is not trusted")
    assert message.endswith("add it to [web] trusted_proxies")
