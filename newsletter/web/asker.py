"""Who asks: the network a request comes from, never the address itself."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import ip_network

from starlette.requests import HTTPConnection

from newsletter.log import Log
from subscribers import network
from subscribers.network import Network

_log = Log(__name__)


def parse_networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Take the networks of the trusted proxies as the settings have them."""
    return tuple(ip_network(text) for text in texts)


def find_network(connection: HTTPConnection, trusted: Sequence[Network]) -> str:
    """Find the network a request comes from, such as ``203.0.113.0/24``.

    Args:
        connection: The request.
        trusted: Whose ``X-Forwarded-For`` is believed. It is read from its end, where the nearest
            proxy writes, up to the first address that is not one of these.

    Returns:
        A /24 of IPv4 or a /48 of IPv6; empty when nothing tells, as behind a Unix socket.
    """
    peer = connection.client.host if connection.client else ""
    lines = connection.headers.getlist("x-forwarded-for")
    host = network.find_host(peer)
    if lines and host and host.is_private and not _is_trusted(peer, trusted):
        _warn_of_proxy(peer)
    forwarded = ",".join(lines).split(",")
    found = ""
    for text in [peer, *reversed(forwarded)]:
        seen = network.find_network(text)
        if seen is None:
            break
        found = str(seen)
        if not _is_trusted(text, trusted):
            break
    return found


@lru_cache(maxsize=16)
def _warn_of_proxy(peer: str) -> None:
    """Tell once of a proxy beside us that nobody named: all its readers would share one limit."""
    _log.warning(
        "a proxy sends X-Forwarded-For and is not trusted, so all readers seem to come from it;"
        " if it is yours, add it to [web] trusted_proxies",
        proxy=peer,
    )


def _is_trusted(text: str, trusted: Sequence[Network]) -> bool:
    host = network.find_host(text)
    return host is not None and any(
        host.version == each.version and host.network_address in each for each in trusted
    )
