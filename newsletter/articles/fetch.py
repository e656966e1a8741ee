"""A page from the web: only http and https, a few steps, a few seconds, a few hundred kilobytes.

No address of a private network is asked, whatever name leads there: a page that redirects must not
make this machine ask its neighbours. The address that was judged is the one that is connected to.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from email.message import Message
from typing import Final
from urllib.parse import quote, urljoin, urlsplit

#: For the whole page, all steps included.
TIMEOUT_SECONDS: Final = 10.0
#: The title of a page stands in the first of them.
MAX_BYTES: Final = 512 * 1024
MAX_STEPS: Final = 5

_REDIRECTIONS: Final = frozenset({301, 302, 303, 307, 308})


class FetchError(Exception):
    """A page cannot be had; says why, in words for whoever wanted it."""


class PrivateNetworkError(FetchError):
    """It is not asked for; whoever can get it himself may save it."""

    def __init__(self) -> None:
        super().__init__("it is on a private network, and nothing there is asked")


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """What was fetched: all of it, or its beginning."""

    content: bytes
    #: As the server gave it; empty when it did not.
    charset: str
    #: Where it was found in the end; in ASCII.
    url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What is asked for."""

    #: Where none is named, a server may still have it.
    media_types: frozenset[str]
    accept: str
    max_bytes: int
    #: Nothing can be done with its beginning alone.
    is_whole: bool = False
    name: str = "page"


#: An HTML page, for its title.
PAGE: Final = Wanted(
    media_types=frozenset({"text/html", "application/xhtml+xml"}),
    accept="text/html,application/xhtml+xml;q=0.9",
    max_bytes=MAX_BYTES,
)


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the internet, not of a machine or a private network."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    return parsed.is_global and not parsed.is_multicast


def fetch_page(
    url: str,
    *,
    user_agent: str,
    wanted: Wanted = PAGE,
    may_ask: Callable[[str], bool] = is_public,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> Page:
    """Fetch a page or its beginning.

    Args:
        url: In ASCII.
        user_agent: Who asks, so that a site's operator can find out.
        wanted: What may come back, and how much of it.
        may_ask: Whether an IP address may be connected to.
        timeout_seconds: For everything together.

    Raises:
        FetchError: It is no page on the web, or cannot be had in time.
    """
    deadline = time.monotonic() + timeout_seconds
    try:
        for _ in range(MAX_STEPS + 1):
            connection = _connect(url, may_ask, deadline)
            with closing(connection), cut_off(connection, deadline):
                found = _ask(connection, url, user_agent, wanted, deadline)
            if isinstance(found, Page):
                return found
            url = quote(urljoin(url, found), safe="!$&'()*+,;=:@/?#%[]~")
    except TimeoutError as error:
        raise FetchError(f"no answer within {timeout_seconds:g} seconds") from error
    except ssl.SSLError as error:
        reason = getattr(error, "verify_message", "") or error.reason or "TLS"
        raise FetchError(f"the connection is not to be trusted: {reason}") from error
    except OSError as error:
        raise FetchError(error.strerror or "it cannot be reached") from error
    except (http.client.HTTPException, ValueError) as error:
        if time.monotonic() >= deadline:
            raise FetchError(f"no answer within {timeout_seconds:g} seconds") from error
        raise FetchError(f"its answer cannot be read: {type(error).__name__}") from error
    raise FetchError(f"it leads on more than {MAX_STEPS} times")


@contextmanager
def cut_off(connection: http.client.HTTPConnection, deadline: float) -> Iterator[None]:
    """End a connection in time: a time-out of its own begins anew with every byte of a header."""
    connected = connection.sock

    def cut() -> None:
        with suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(_remaining(deadline), cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _connect(
    url: str, may_ask: Callable[[str], bool], deadline: float
) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise FetchError("it leads to something that is neither http nor https")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    connected = _open_socket(parts.hostname, port, may_ask, deadline)
    connection = http.client.HTTPConnection(parts.hostname, port)
    connection.sock = connected
    if parts.scheme == "https":
        try:
            connection.sock = ssl.create_default_context().wrap_socket(
                connected, server_hostname=parts.hostname
            )
        except BaseException:
            connected.close()
            raise
    return connection


def _open_socket(
    host: str, port: int, may_ask: Callable[[str], bool], deadline: float
) -> socket.socket:
    """Connect to the first address of a host that may be asked and answers."""
    addresses = [
        str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    ]
    allowed = [address for address in addresses if may_ask(address)]
    if not allowed:
        raise PrivateNetworkError
    for address in allowed[:-1]:
        try:
            return socket.create_connection((address, port), _remaining(deadline))
        except OSError:
            continue
    return socket.create_connection((allowed[-1], port), _remaining(deadline))


def _ask(
    connection: http.client.HTTPConnection,
    url: str,
    user_agent: str,
    wanted: Wanted,
    deadline: float,
) -> Page | str:
    """Ask for a page; return it, or where it leads."""
    parts = urlsplit(url)
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    headers = {
        "User-Agent": user_agent,
        "Accept": wanted.accept,
        "Accept-Encoding": "identity",
    }
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    if answer.status in _REDIRECTIONS and (location := answer.getheader("Location")):
        return location
    if answer.status != 200:
        raise FetchError(f"it answers {answer.status}")
    kind = Message()
    kind["Content-Type"] = answer.getheader("Content-Type") or ""
    if answer.getheader("Content-Type") and kind.get_content_type() not in wanted.media_types:
        raise FetchError(f"it is no {wanted.name} but {kind.get_content_type()}")
    content = _read(answer, connection, wanted.max_bytes, deadline)
    if wanted.is_whole and len(content) >= wanted.max_bytes:
        raise FetchError(f"it is larger than {wanted.max_bytes // 1024} KiB")
    return Page(content=content, charset=kind.get_content_charset() or "", url=url)


def _read(
    answer: http.client.HTTPResponse,
    connection: http.client.HTTPConnection,
    max_bytes: int,
    deadline: float,
) -> bytes:
    """Read so much of it at most; a server that sends drop by drop does not hold us up."""
    parts: list[bytes] = []
    length = 0
    while length < max_bytes:
        if connection.sock is not None:
            connection.sock.settimeout(_remaining(deadline))
        part = answer.read1(min(65_536, max_bytes - length))
        if not part:
            break
        parts.append(part)
        length += len(part)
    return b"".join(parts)


def _remaining(deadline: float) -> float:
    """Tell the seconds that are left.

    Raises:
        TimeoutError: There are none.
    """
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds
