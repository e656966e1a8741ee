"""Names and addresses of hosts, as they stand in URLs."""

import re
from ipaddress import IPv6Address

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")


def parse_host(host: str | None, *, example: str) -> str:
    """Take the host of a URL, in lower case, and spell it in ASCII.

    Args:
        host: Without brackets around an IPv6 address.
        example: What was expected, for the message.

    Raises:
        ValueError: There is none, or it cannot be one.
    """
    if not host:
        raise ValueError(f"names no host, expected one such as {example}")
    if ":" in host:
        return str(IPv6Address(host))
    if not host.isascii():
        import idna

        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise ValueError(f"names a host that cannot be: {error}") from error
    if not _HOST.fullmatch(host):
        raise ValueError(f"names a host that cannot be, expected one such as {example}")
    return host


def bracket_host(host: str) -> str:
    """Write a host as it stands in a URL."""
    return f"[{host}]" if ":" in host else host
