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


def parse_listen(text: str) -> str:
    """Take a place to listen at, ``HOST:PORT``, such as ``127.0.0.1:9464`` or ``[::1]:9464``.

    Raises:
        ValueError: It is none.
    """
    host, port = split_listen(text.strip())
    return f"{bracket_host(host)}:{port}"


def split_listen(text: str) -> tuple[str, int]:
    """Split ``HOST:PORT`` into the host, without brackets, and the port; 0 is one that is free.

    Raises:
        ValueError: It is no such thing.
    """
    host, colon, port = text.rpartition(":")
    number = int(port) if port.isascii() and port.isdecimal() else -1
    bare = host.removeprefix("[").removesuffix("]")
    if not colon or not 0 <= number <= 65535 or (":" in bare and bare == host):
        raise ValueError(f"is {text!r}, expected HOST:PORT such as 127.0.0.1:9464")
    return parse_host(bare, example="127.0.0.1:9464"), number
