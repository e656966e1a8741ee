"""One request to a page of ours, and its answer: nothing followed, nothing kept, soon over."""

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from socket import create_connection
from typing import Final
from urllib.parse import urlsplit

from newsletter.articles.fetch import cut_off

_MOST_BYTES: Final = 65_536


@dataclass(frozen=True, kw_only=True, slots=True)
class WebAnswer:
    """What a server said."""

    status: int
    #: By name in lower case.
    headers: Mapping[str, str]
    #: The beginning of the body.
    body: bytes


class NoAnswerError(Exception):
    """There was none; says why, to go on behind the name of the page."""


def ask_page(
    method: str,
    url: str,
    *,
    timeout_seconds: float,
    address: str = "",
    form: bytes | None = None,
) -> WebAnswer:
    """Ask for a page once; a redirection is an answer like any other.

    Args:
        method: Such as ``HEAD``.
        url: In ASCII.
        timeout_seconds: From connecting to the end of the answer, without looking up the host.
        address: Where the host is; empty to look it up.
        form: The body of a POST, URL-encoded.

    Raises:
        NoAnswerError: Nobody answers, not in time, or not as HTTP.
    """
    parts = urlsplit(url)
    host, deadline = parts.hostname or "", time.monotonic() + timeout_seconds
    is_https = parts.scheme == "https"
    connection = (HTTPSConnection if is_https else HTTPConnection)(host, parts.port)
    headers = {} if form is None else {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        connection.sock = create_connection((address or host, connection.port), timeout_seconds)
        if is_https:
            context = ssl.create_default_context()
            connection.sock = context.wrap_socket(connection.sock, server_hostname=host)
        with cut_off(connection, deadline):
            connection.request(method, parts.path or "/", body=form, headers=headers)
            answer = connection.getresponse()
            return WebAnswer(
                status=answer.status,
                headers={name.lower(): value for name, value in answer.getheaders()},
                body=answer.read(_MOST_BYTES),
            )
    except ssl.SSLCertVerificationError as error:
        why = f"has a certificate that is not trusted ({error.verify_message})"
        raise NoAnswerError(why) from error
    except (OSError, HTTPException) as error:
        if isinstance(error, TimeoutError) or time.monotonic() >= deadline:
            raise NoAnswerError(f"does not answer within {timeout_seconds:g} s") from error
        why = getattr(error, "strerror", None) or type(error).__name__
        raise NoAnswerError(f"does not answer ({why})") from error
    finally:
        connection.close()
