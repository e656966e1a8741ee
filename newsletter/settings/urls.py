"""The URLs among the settings: the public base URL, the transport's and the database's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from newsletter.settings.hosts import bracket_host, parse_host
from newsletter.settings.imap_url import parse_imap_url
from newsletter.settings.smtp_url import parse_smtp_url
from newsletter.settings.values import did_you_mean, require_printable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: What a mail header takes on one line beside its name and a token.
MAX_BASE_URL_CHARACTERS = 255
#: SQLAlchemy ends a password at the first ``@``. Up to the last one is masked, for somebody may
#: have forgotten to encode one of his password's.
_PASSWORD = re.compile(r"(?<=://)(?P<user>[^:/]*):.+@")
_QUERY_PASSWORD = re.compile(r"(?P<start>[?&][^=&]*pass(?:word|phrase)=)[^&]+", re.IGNORECASE)


def has_password(url: str) -> bool:
    """Tell whether a URL holds a password, before the host or among its options."""
    return bool(_PASSWORD.search(url) or _QUERY_PASSWORD.search(url))


def mask_password(url: str) -> str:
    """Replace the passwords of a URL by stars."""
    return _QUERY_PASSWORD.sub(r"\g<start>***", _PASSWORD.sub(r"\g<user>:***@", url))


def parse_base_url(text: str) -> str:
    """Take an absolute http or https URL and spell it in ASCII without a slash at the end."""
    require_printable(text)
    text = text.strip()
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        # Python's message may repeat a password.
        raise ValueError("is no URL, expected one such as https://news.example.org") from None
    if parts.scheme not in {"http", "https"}:
        hint = f" (did you mean https://{text}?)" if re.fullmatch(r"[\w.-][\w./-]*", text) else ""
        raise ValueError(f"expected a URL that begins with https:// or http://{hint}")
    if "@" in parts.netloc:
        raise ValueError("holds a user name, expected a URL that every reader may see")
    if "?" in text or "#" in text:
        raise ValueError("holds a ? or a #, expected a URL that paths can be added to")
    # Link headers are ASCII, and brackets, commas and spaces would end a URL in them (RFC 2369).
    path = quote(parts.path.rstrip("/"), safe="/%:@!$&'*+;=~")
    host = bracket_host(parse_host(parts.hostname, example="https://news.example.org"))
    url = f"{parts.scheme}://{host}{_port_suffix(port)}{path}"
    if len(url) > MAX_BASE_URL_CHARACTERS:
        raise ValueError(f"is too long, expected at most {MAX_BASE_URL_CHARACTERS} characters")
    return url


def parse_image_url(text: str) -> str:
    """Take the absolute https URL of an image that readers' programs load."""
    require_printable(text)
    if not re.fullmatch(r"https://[!#-&(-;=?-\[\]_a-z~]{1,500}", text):
        raise ValueError(
            'is no URL of an image, expected one such as "https://example.org/logo.png"; other'
            " characters than ASCII are written with %"
        )
    return text


def parse_origin(text: str) -> str:
    """Take the origin of a site and spell it as browsers do (RFC 6454 section 6.2)."""
    url = parse_base_url(text)
    if urlsplit(url).path:
        raise ValueError('holds a path, expected a site alone, such as "https://blog.example.org"')
    own_port = ":443" if url.startswith("https:") else ":80"
    return url.removesuffix(own_port)


def _port_suffix(port: int | None) -> str:
    if port == 0:
        raise ValueError("names port 0, expected 1 to 65535")
    return "" if port is None else f":{port}"


def parse_api_host(text: str) -> str:
    """Take the URL of an HTTP API; without encryption only on this machine, for it gets a key."""
    url = parse_base_url(text)
    host = urlsplit(url).hostname
    if url.startswith("http:") and host not in {"localhost", "127.0.0.1", "::1"}:
        raise ValueError("would show the key to others on the way, expected https://")
    return url


def parse_transport_url(text: str) -> str:
    """Take the URL of a transport that there is."""
    require_printable(text)
    url = text.strip()
    scheme, colon, _ = url.partition(":")
    if not colon or scheme not in _TRANSPORTS:
        hint = did_you_mean(scheme, _TRANSPORTS, "{}:")
        raise ValueError(f"names no transport, expected {_EXPECTED_TRANSPORT}{hint}")
    return _TRANSPORTS[scheme](url)


def _parse_smtp(url: str) -> str:
    return str(parse_smtp_url(url))


def _parse_maildir(url: str) -> str:
    path = url.removeprefix("maildir:")
    if not path:
        raise ValueError('names no folder, expected one as in "maildir:maildir"')
    if path.startswith("~"):
        raise ValueError("begins with ~, which only a shell understands; write the whole path")
    return url


def _parse_memory(url: str) -> str:
    if url != "memory:":
        raise ValueError('expected nothing after "memory:"')
    return url


def _parse_sendgrid(url: str) -> str:
    if url != "sendgrid:":
        raise ValueError('expected nothing after "sendgrid:"; its settings stand in [sendgrid]')
    return url


#: Scheme → what takes the URL and spells it in one way.
_TRANSPORTS: dict[str, Callable[[str], str]] = {
    "maildir": _parse_maildir,
    "memory": _parse_memory,
    "sendgrid": _parse_sendgrid,
    "smtp": _parse_smtp,
    "smtps": _parse_smtp,
}
_EXPECTED_TRANSPORT = '"smtp://USER@HOST", "sendgrid:", "maildir:PATH" or "memory:"'


def parse_mailbox_url(text: str) -> str:
    """Take the URL of a mailbox that bounces come to, and spell it in one way."""
    require_printable(text)
    url = text.strip()
    match url.partition(":")[0]:
        case "maildir":
            return _parse_maildir(url)
        case "imaps":
            return str(parse_imap_url(url))
        case _:
            raise ValueError(
                'names no mailbox, expected "maildir:PATH" or "imaps://USER@HOST/FOLDER"'
            )


def locate_maildir(url: str, folder: Path) -> str:
    """Make the path of a maildir URL absolute, beginning at the settings' folder."""
    scheme, _, path = url.partition(":")
    return f"maildir:{folder / path}" if scheme == "maildir" else url


def parse_database_url(text: str) -> str:
    """Take the URL of an SQLite file or of a PostgreSQL database."""
    require_printable(text)
    url = text.strip()
    scheme, separator, rest = url.partition("://")
    if separator and scheme == "postgresql+psycopg":
        return _check_server_port(url)
    expected = 'expected "sqlite:///FILE" or "postgresql+psycopg://USER@HOST/NAME"'
    if scheme != "sqlite" or not separator:
        is_postgresql = scheme.startswith(("postgres", "psycopg", "pg"))
        hint = " (did you mean postgresql+psycopg://?)" if is_postgresql else ""
        raise ValueError(f"names no database that can be used, {expected}{hint}")
    if rest in {"", "/", "/:memory:"}:
        raise ValueError("would be forgotten with the process that sends, expected sqlite:///FILE")
    if not rest.startswith("/"):
        raise ValueError("expected three slashes, or four before an absolute path: sqlite:///FILE")
    if "?" in rest:
        raise ValueError("holds options, expected only a file: sqlite:///FILE")
    if rest.startswith("/~"):
        raise ValueError("begins with ~, which only a shell understands; write the whole path")
    if rest.endswith("/"):
        raise ValueError("names a folder, expected a file: sqlite:///FILE")
    return url


def _check_server_port(url: str) -> str:
    # Who names a server waits for SQLAlchemy anyway.
    from sqlalchemy import make_url

    try:
        port = make_url(url).port
    except ValueError:
        # Its message may repeat a password.
        port = 0
    if port is not None and not 0 < port < 65_536:
        raise ValueError("names no port of a server, expected 1 to 65535 behind the host, or none")
    return url


def locate_sqlite(url: str, folder: Path) -> str:
    """Make the path of an SQLite URL absolute, beginning at the settings' folder.

    Its percent signs and question marks are encoded, for SQLAlchemy decodes a path (from 2.1 on)
    and ends it at a question mark.
    """
    scheme, _, path = url.partition(":///")
    if scheme != "sqlite":
        return url
    located = str(folder / unquote(path)).replace("%", "%25").replace("?", "%3F")
    return f"sqlite:///{located}"


def add_password(url: str, password: str) -> str:
    """Put the password that came by itself into a database URL.

    Raises:
        ValueError: The URL takes none, or has one already; begins with the key.
    """
    if url.startswith("sqlite:"):
        raise ValueError("password: is set, but an SQLite file takes none")
    if has_password(url):
        raise ValueError("password: is set, but the URL holds a password too; keep one of them")
    match = re.fullmatch(r"(?P<user>[^:]+://[^:/@]+):?(?P<rest>@.*)", url)
    if not match:
        raise ValueError(
            "password: is set, but the URL names no user, as in postgresql+psycopg://USER@HOST"
        )
    return f"{match['user']}:{quote(password, safe='')}{match['rest']}"
