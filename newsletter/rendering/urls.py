"""URLs as mail needs them: ASCII in targets, readable in labels; never an exception.

Mail clients and click trackers differ on anything else than ASCII, so every target is encoded
(RFC 3987 section 3.1, RFC 5891) before another program can do it worse. Text that is no URL comes
out as something harmless: it was the author's, and the checks tell him about it.
"""

import re
import unicodedata
from typing import Final
from urllib.parse import quote

#: RFC 3986 appendix B, with a scheme as section 3.1 has it. Unlike `urllib.parse.urlsplit` it
#: accepts everything and forgets nothing.
_URL: Final = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):)?(?://(?P<authority>[^/?#]*))?"
    r"(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:#(?P<fragment>.*))?",
    re.DOTALL,
)
_AUTHORITY: Final = re.compile(
    r"(?:(?P<user>.*)@)?(?P<host>\[[0-9A-Fa-f:.]*\]|[^:]*)(?P<port>:.*)?", re.DOTALL
)
_STRAY_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPES: Final = re.compile(r"(?:%[0-9A-Fa-f]{2})+")

#: Characters that need no escape: RFC 3986 sections 3.2.1, 3.3, 3.4 (quote adds the unreserved).
_IN_USER: Final = "!$&'()*+,;=:%"
_IN_HOST: Final = "!$&'()*+,;=%"
_IN_PATH: Final = "!$&'()*+,;=:@/%"
_IN_QUERY: Final = "!$&'()*+,;=:@/?%"


def ascii_url(url: str) -> str:
    """Encode a URL in ASCII: an IDNA host, percent-encoded UTF-8 elsewhere.

    Existing escapes are kept, a ``%`` that starts none is encoded itself. Absolute and relative
    URLs, ``mailto:`` and ``tel:`` are understood; anything else is percent-encoded.
    """
    parts = _split(url.strip())
    scheme, authority = parts["scheme"], parts["authority"]
    path = parts["path"] or ""
    return "".join(
        [
            "" if scheme is None else f"{scheme.lower()}:",
            "" if authority is None else f"//{_ascii_authority(authority)}",
            _ascii_mailboxes(path) if scheme and scheme.lower() == "mailto" else _encode_path(path),
            "" if parts["query"] is None else f"?{_encode(parts['query'], _IN_QUERY)}",
            "" if parts["fragment"] is None else f"#{_encode(parts['fragment'], _IN_QUERY)}",
        ]
    )


def display_url(url: str) -> str:
    """Write a URL for reading: host and escapes decoded where the result can be read.

    Escapes of white space, invisible characters and ASCII punctuation stay, so that the label
    does not pretend to be another URL.
    """
    parts = _split(url)
    authority = parts["authority"]
    if authority is not None and "xn--" in authority.lower():
        host = _AUTHORITY.fullmatch(authority)
        if host is not None:
            readable = _readable_host(host["host"])
            user = "" if host["user"] is None else f"{host['user']}@"
            url = url.replace(f"//{authority}", f"//{user}{readable}{host['port'] or ''}", 1)
    return _ESCAPES.sub(_decode_escapes, url)


def absolute_url(url: str, base_url: str) -> str:
    """Resolve a relative URL against the newsletter's base URL.

    A fragment alone stays: it points into the page itself.

    Args:
        url: In ASCII, as `ascii_url` gives it.
        base_url: Without a slash at the end.
    """
    parts = _split(url)
    if parts["scheme"] is not None or not url or url.startswith("#"):
        return url
    if parts["authority"] is not None:
        return f"https:{url}"
    return f"{base_url}/{_without_dots(parts['path'] or '')}{url[len(parts['path'] or '') :]}"


def _split(url: str) -> dict[str, str | None]:
    match = _URL.fullmatch(url)
    return match.groupdict() if match else {}


def _encode(text: str, safe: str) -> str:
    return quote(_STRAY_PERCENT.sub("%25", text), safe=safe, errors="replace")


def _encode_path(path: str) -> str:
    return _encode(path, _IN_PATH)


def _ascii_authority(authority: str) -> str:
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        return _encode(authority, _IN_HOST)
    user = "" if match["user"] is None else f"{_encode(match['user'], _IN_USER)}@"
    return f"{user}{_ascii_host(match['host'])}{_encode(match['port'] or '', ':%')}"


def _ascii_host(host: str) -> str:
    if host.startswith("["):  # an IP literal
        return _encode(host, f"{_IN_HOST}[]:")
    return _encode(host if host.isascii() else _punycode(host), _IN_HOST)


def _punycode(host: str) -> str:
    """Encode a host by IDNA 2008, or by the rules of 2003, which knows emoji and other things."""
    import idna

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        pass
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def _readable_host(host: str) -> str:
    import idna

    try:
        return idna.decode(host)
    except (idna.IDNAError, UnicodeError):
        return host


def _ascii_mailboxes(path: str) -> str:
    """Encode the addresses of a ``mailto:`` (RFC 6068 section 2)."""
    mailboxes = []
    for mailbox in path.split(","):
        local, at, host = mailbox.rpartition("@")
        mailboxes.append(
            f"{_encode_path(local)}{at}{_ascii_host(host) if at else _encode_path(host)}"
        )
    return ",".join(mailboxes)


def _decode_escapes(match: re.Match[str]) -> str:
    """Decode a run of escapes, character by character, where reading gains by it."""
    try:
        text = bytes.fromhex(match[0].replace("%", "")).decode()
    except UnicodeDecodeError:
        return match[0]
    return "".join(
        char if _is_readable(char) else quote(char, safe="", errors="replace") for char in text
    )


def _is_readable(char: str) -> bool:
    return char.isalnum() or (not char.isascii() and unicodedata.category(char)[0] in "LMNPS")


def _without_dots(path: str) -> str:
    """Apply ``.`` and ``..`` to a path that starts at the root (RFC 3986 section 5.2.4)."""
    kept: list[str] = []
    segments = path.lstrip("/").split("/")
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."} and kept and kept[-1]:
        kept.append("")
    return "/".join(kept)
