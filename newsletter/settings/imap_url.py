"""The URL of a folder on an IMAP server (RFC 5092): always over TLS."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from newsletter.settings.hosts import bracket_host, parse_host

EXAMPLE = "imaps://USER@HOST"
#: RFC 8314 section 3.2.
_PORT = 993


@dataclass(frozen=True, kw_only=True, slots=True)
class ImapServer:
    """A folder of a user on a server."""

    #: Name in ASCII, or IP address.
    host: str
    port: int
    user: str
    folder: str

    def __str__(self) -> str:
        """Write it as a URL, the port only if it is another."""
        port = "" if self.port == _PORT else f":{self.port}"
        where = f"{bracket_host(self.host)}{port}/{quote(self.folder)}"
        return f"imaps://{quote(self.user, safe='')}@{where}"


def parse_imap_url(text: str) -> ImapServer:
    """Take ``imaps://USER@HOST:PORT/FOLDER``; the folder is INBOX when none is named.

    Raises:
        ValueError: What is wrong and expected; never repeats a user or a password.
    """
    try:
        parts = urlsplit(text)
        port = parts.port
        user, folder = (
            unquote(part, errors="strict") for part in (parts.username or "", parts.path.strip("/"))
        )
    except ValueError:
        # Python's message may repeat a password.
        raise ValueError(f'is no URL of a mailbox, expected one such as "{EXAMPLE}"') from None
    if parts.scheme != "imaps":
        raise ValueError(f'is no URL of a mailbox, expected one such as "{EXAMPLE}"')
    if parts.password is not None:
        raise ValueError(
            "holds a password; set NEWSLETTER_BOUNCES__PASSWORD or"
            " NEWSLETTER_BOUNCES__PASSWORD_FILE instead"
        )
    if not user:
        raise ValueError(f'names no user, expected one as in "{EXAMPLE}" (an @ in it is %40)')
    if parts.query or parts.fragment or port == 0:
        raise ValueError(f'expected nothing behind the folder, as in "{EXAMPLE}/INBOX"')
    if not (user + folder).isascii() or not (user + folder).isprintable():
        raise ValueError("names a user or folder outside of ASCII; write it in modified UTF-7")
    host = parse_host(parts.hostname, example=EXAMPLE)
    return ImapServer(host=host, port=port or _PORT, user=user, folder=folder or "INBOX")
