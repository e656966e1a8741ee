"""The one file that knows the `sendgrid` package: the body of a request in, an answer out.

What the package leaves open is closed here. It waits for ever (a time-out is set), shares one dict
of headers between calls (each call makes its own), logs the key at DEBUG (nothing below WARNING
gets out), follows redirects with the key in hand (none is followed) and does not tell whether a
failed call can have arrived (the connection says how far it came).

It opens a connection for each request, and that stays so: a connection kept open may be closed by
the other side just while a request is written, and nobody could tell whether that one arrived. A
new one fails before its first byte or answers. The handshake costs little beside 250 messages, and
the certificates it is checked against are read once.
"""

import http.client
import logging
import ssl
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias
from urllib.error import URLError

import python_http_client
import sendgrid
from python_http_client.exceptions import HTTPError

from newsletter.sending.transports.sendgrid.request import Body

_LOGGERS = ("python_http_client", "python_http_client.client")


@dataclass(frozen=True, slots=True)
class Answer:
    """What SendGrid said."""

    status: int
    #: By lower-case name.
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class NoConnection:
    """No byte of the request left."""

    reason: str
    #: The other side could not prove who it is: waiting mends nothing.
    is_untrusted: bool = False


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The request left, as a whole or in part, and nothing to be understood came back."""

    reason: str


Reply: TypeAlias = Answer | NoConnection | NoAnswer


class SendGridClient:
    """Makes calls of the web API; may be used by several threads at once."""

    def __init__(self, api_key: str, host: str, *, timeout_seconds: float) -> None:
        """Set up calls without making one.

        Args:
            api_key: In visible ASCII, else the package's error would repeat it.
            host: Such as ``https://api.sendgrid.com``.
            timeout_seconds: For connecting, and for each wait on the connection.
        """
        self._api_key = api_key
        self._host = host
        self._timeout_seconds = timeout_seconds
        self._opener = _make_opener()
        _hide_key_from_logs()

    def send(self, body: Body) -> Reply:
        """Make one call of Mail Send and wait for its answer."""
        return self._call("mail", "send", body=body)

    def ask_scopes(self) -> Reply:
        """Ask what the key may do; nothing is sent.

        Source:
            API Key Permissions, ``GET /v3/scopes``: ``{"scopes": ["mail.send", …]}``, or 401.
        """
        return self._call("scopes")

    def _call(self, *path: str, body: Body | None = None) -> Reply:
        """Post a body, or get what there is, and wait for the answer."""
        headers = sendgrid.SendGridAPIClient(self._api_key, host=self._host).client.request_headers
        call = _Call(
            self._opener,
            host=self._host,
            request_headers=headers,
            version=3,
            url_path=list(path),
            timeout=self._timeout_seconds,
        )
        try:
            response = call.get() if body is None else call.post(request_body=body)
        except HTTPError as error:
            return Answer(error.status_code, _lower(error.headers), error.body)
        except URLError as error:
            if isinstance(error.reason, _ConnectError):
                return error.reason.explain()
            return NoAnswer(str(error.reason) or type(error.reason).__name__)
        except (OSError, http.client.HTTPException) as error:
            return NoAnswer(str(error) or type(error).__name__)
        return Answer(response.status_code, _lower(response.headers), response.body)


class _Call(python_http_client.Client):  # type: ignore[misc]  # the package has no types
    """The package's client for one address, over connections of ours."""

    def __init__(self, opener: urllib.request.OpenerDirector, **settings: Any) -> None:
        super().__init__(**settings)
        self._opener = opener

    def _make_request(self, opener: object, request: Any, timeout: float | None = None) -> Any:
        """Open the request with our opener; the package makes a plain one for each call."""
        del opener
        return super()._make_request(self._opener, request, timeout=timeout)


class _ConnectError(OSError):
    """Raised before the first byte of a request."""

    def explain(self) -> NoConnection:
        cause = self.__cause__
        is_untrusted = isinstance(cause, ssl.SSLCertVerificationError)
        return NoConnection(str(cause) or type(cause).__name__, is_untrusted=is_untrusted)


class _PlainConnection(http.client.HTTPConnection):
    def connect(self) -> None:
        """Connect, and mark what goes wrong as having gone wrong here."""
        try:
            super().connect()
        except (OSError, http.client.HTTPException) as error:
            raise _ConnectError from error


class _TlsConnection(http.client.HTTPSConnection):
    def connect(self) -> None:
        """Connect, shake hands, and mark what goes wrong as having gone wrong here."""
        try:
            super().connect()
        except (OSError, http.client.HTTPException) as error:
            raise _ConnectError from error


class _PlainHandler(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        """Open a URL of this machine."""
        return self.do_open(_PlainConnection, req)


class _TlsHandler(urllib.request.HTTPSHandler):
    def __init__(self) -> None:
        super().__init__()
        self._connection = partial(_TlsConnection, context=ssl.create_default_context())

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        """Open any other URL."""
        return self.do_open(self._connection, req)


def _make_opener() -> urllib.request.OpenerDirector:
    """Make the opener that all calls share: no redirects, and only what HTTP needs."""
    opener = urllib.request.OpenerDirector()
    proxies = urllib.request.getproxies()
    for handler in (
        # Plain HTTP stays on this machine, where no proxy is.
        urllib.request.ProxyHandler({"https": proxies["https"]} if "https" in proxies else {}),
        _PlainHandler(),
        _TlsHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


def _hide_key_from_logs() -> None:
    """Stop the package's debug records, which hold the key, whatever level is set."""
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.setLevel(logging.WARNING)
        # A level can be changed later on; the filter stays.
        logger.addFilter(_is_warning)


def _is_warning(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
