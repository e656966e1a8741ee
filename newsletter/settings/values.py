"""What one setting may be: each parser takes a value from outside and refuses it with a reason.

A parser raises ValueError; its message goes on after ``[section] key:`` and says what is wrong and
what is expected. It never repeats an address or a secret.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from newsletter.settings.hosts import parse_host
from newsletter.settings.model import Mailbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path
    from zoneinfo import ZoneInfo

#: Longer names fit into no list of mail; headers made from them stay within one screen.
MAX_NAME_CHARACTERS = 200
#: More than any provider takes; a number beyond it is a slip of the finger.
MAX_RATE_PER_SECOND = 1_000_000
#: An hour: longer than any standard asks a client to wait.
MAX_TIMEOUT_SECONDS = 3600
#: Control characters, halves of surrogate pairs, and the separators that act as line breaks.
_NOT_IN_HEADERS = frozenset({"Cc", "Cs", "Zl", "Zp"})


def did_you_mean(word: str, known: Iterable[str], spelling: str = "{}") -> str:
    """Return `` (did you mean …?)`` for the known word most like this one, or nothing."""
    import difflib

    by_folded = {each.casefold(): each for each in known}
    close = difflib.get_close_matches(word.casefold(), by_folded, n=1)
    return f" (did you mean {spelling.format(by_folded[close[0]])}?)" if close else ""


def require_printable(text: str) -> None:
    """Refuse line breaks and control characters: in a header they would begin another one."""
    if any(unicodedata.category(character) in _NOT_IN_HEADERS for character in text):
        raise ValueError("holds a line break or a control character, expected one line of text")


def parse_name(text: str) -> str:
    """Take a name that readers see in headers."""
    require_printable(text)
    name = text.strip()
    if not name:
        raise ValueError("is empty, expected the name that readers see")
    if len(name) > MAX_NAME_CHARACTERS:
        raise ValueError(f"is too long, expected at most {MAX_NAME_CHARACTERS} characters")
    return name


def parse_mailbox(text: str) -> Mailbox:
    """Take ``Name <address>``, ``"Name" <address>`` or an address alone.

    The name is meant literally, it is no RFC 5322 phrase: quotes around it are optional.
    """
    from subscribers.address import EmailAddress
    from subscribers.errors import InvalidAddressError

    require_printable(text)
    match = re.fullmatch(r"(?P<name>.*?)\s*<(?P<address>[^<>]*)>", text.strip())
    name, address = (match["name"], match["address"]) if match else ("", text.strip())
    if not address:
        raise ValueError('holds no address, expected "Name <name@example.org>"')
    quoted = re.fullmatch(r'"((?:[^"\\]|\\.)*)"', name)
    if quoted:
        name = re.sub(r"\\(.)", r"\1", quoted[1])
    try:
        parsed = EmailAddress.parse(address)
    except InvalidAddressError as error:
        raise ValueError(
            f'holds no usable address, expected "Name <name@example.org>": {error}'
        ) from error
    return Mailbox(parse_name(name) if name.strip() else "", parsed)


def parse_language(text: str) -> str:
    """Take a language tag and spell it as recommended, such as ``zh-Hant-TW``.

    Source:
        RFC 5646 sections 2.1 and 2.1.1; extensions and private use are not taken.
    """
    tag = r"[a-z]{2,3}(-[a-z]{3})?(-[a-z]{4})?(-([a-z]{2}|\d{3}))?(-([a-z\d]{5,8}|\d[a-z\d]{3}))*"
    if not re.fullmatch(tag, text, re.IGNORECASE | re.ASCII):
        hint = f' (did you mean "{text.replace("_", "-")}"?)' if "_" in text else ""
        raise ValueError(f'is no language tag, expected one such as "en", "ko" or "pt-BR"{hint}')
    first, *others = text.lower().split("-")
    spelled = {2: str.upper, 4: str.title}  # the country; the script, or a variant such as 1996
    return "-".join([first, *(spelled.get(len(part), str)(part) for part in others)])


def parse_postal_address(text: str) -> str:
    """Take an address of one or several lines."""
    lines = [line.strip() for line in text.strip().splitlines()]
    for line in lines:
        if any(unicodedata.category(character) in _NOT_IN_HEADERS for character in line):
            raise ValueError("holds a control character, expected lines of text")
    return "\n".join(lines)


def parse_list_id(text: str) -> str:
    """Take the name of a mailing list: words joined by dots (RFC 2919 section 2)."""
    word = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
    if text.startswith("<"):
        raise ValueError('expected no angle brackets, such as "weekly.example.org"')
    if not re.fullmatch(rf"{word}(\.{word})+", text) or len(text) > 255:
        raise ValueError(
            "is no list name, expected at most 255 ASCII letters, digits and hyphens with dots"
            ' between them, such as "weekly.example.org"'
        )
    return text


def parse_timezone(text: str) -> ZoneInfo:
    """Take the IANA name of a time zone."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # ValueError for a path out of the data's folder, OSError for one of its folders.
        hint = did_you_mean(text, available_timezones())
        raise ValueError(f'is no time zone, expected one such as "Europe/Berlin"{hint}') from None


def parse_theme(text: str) -> str:
    """Take a theme's name; whether there is one of that name is asked when it is loaded."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", text):
        raise ValueError(
            "is no name of a theme, expected lower-case letters, digits and hyphens, such as"
            ' "weekly"'
        )
    return text


def parse_color(text: str) -> str:
    """Take a colour as six hex digits, the only spelling that every mail client knows."""
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", text):
        raise ValueError('is no colour, expected # and six hex digits, such as "#1d4ed8"')
    return text.lower()


def parse_font(text: str) -> str:
    """Take families as CSS lists them; names of several words in single quotes."""
    family = r"(?:'[A-Za-z0-9 -]{1,60}'|-?[A-Za-z][A-Za-z0-9-]{0,60})"
    if not re.fullmatch(rf"{family}(?:\s*,\s*{family}){{0,9}}", text.strip()):
        raise ValueError(
            "is no list of fonts, expected names with commas between them, those of several words"
            " in single quotes, such as \"'Noto Serif KR',Georgia,serif\""
        )
    return re.sub(r"\s*,\s*", ",", text.strip())


def parse_rate(number: float) -> float:
    """Take messages per second; 0 for as fast as possible."""
    return _parse_per_second(number, "messages")


def parse_request_rate(number: float) -> float:
    """Take requests per second; 0 for any number."""
    return _parse_per_second(number, "requests")


def _parse_per_second(number: float, what: str) -> float:
    if not 0 <= number <= MAX_RATE_PER_SECOND:  # false for nan too
        raise ValueError(
            f"is {number:g}, expected {what} per second from 0 (no limit) to {MAX_RATE_PER_SECOND}"
        )
    return float(number)


def parse_timeout(number: float) -> float:
    """Take seconds to wait."""
    if not 1 <= number <= MAX_TIMEOUT_SECONDS:  # false for nan too
        raise ValueError(f"is {number:g}, expected seconds from 1 to {MAX_TIMEOUT_SECONDS}")
    return float(number)


def parse_domain(text: str) -> str:
    """Take the name of a domain and spell it in ASCII and lower case."""
    require_printable(text)
    if ":" in text or "." not in text:
        raise ValueError("is no domain, expected one such as bounces.example.org")
    return parse_host(text.strip().lower(), example="bounces.example.org")


def parse_selector(text: str) -> str:
    """Take the selector of a DKIM key: labels of a domain name (RFC 6376 section 3.1)."""
    require_printable(text)
    label = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
    if not re.fullmatch(rf"{label}(\.{label}){{0,3}}", text.lower()):
        raise ValueError('is no selector, expected letters, digits and hyphens, such as "nl2026a"')
    return text.lower()


def parse_path(text: str) -> str:
    """Take the path of a file."""
    require_printable(text)
    if not text:
        raise ValueError("is empty, expected the path of a file")
    if text.startswith("~"):
        raise ValueError("begins with ~, which only a shell understands; write the whole path")
    return text


def locate_path(path: str, folder: Path) -> Path:
    """Make a path absolute, beginning at the settings' folder."""
    return folder / path


def between(least: int, most: int) -> Callable[[int], int]:
    """Make a parser of whole numbers within two limits, both included."""

    def parse(number: int) -> int:
        if not least <= number <= most:
            raise ValueError(f"is {number}, expected {least} to {most}")
        return number

    return parse


def each(parse: Callable[[str], str]) -> Callable[[list[str]], tuple[str, ...]]:
    """Make a parser of lists: each text by itself, in the order given, none twice."""

    def parse_all(texts: list[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(parse(text) for text in texts))

    return parse_all


def one_of(*words: str) -> Callable[[str], str]:
    """Make a parser of a choice between a few words."""

    def parse(text: str) -> str:
        if text not in words:
            expected = ", ".join(f'"{word}"' for word in words)
            raise ValueError(f"is none of {expected}{did_you_mean(text, words)}")
        return text

    return parse


def parse_offered_tag(text: str) -> str:
    """Take a tag that the form offers, in the spelling that the store keeps."""
    from subscribers.profile import parse_tag

    return parse_tag(text)


def parse_network(text: str) -> str:
    """Take the address of a host, or of a network with its length, such as ``10.0.0.0/8``."""
    from ipaddress import ip_network

    try:
        return str(ip_network(text.strip()))
    except ValueError:
        raise ValueError(
            'holds what is no address or network, expected such as "127.0.0.1" or "10.0.0.0/8"'
        ) from None


def parse_switch(value: bool) -> bool:
    """Take true or false as it is."""
    return value


def parse_rule_names(names: list[str]) -> tuple[str, ...]:
    """Take the names of rules to leave out; docs/reference/checks.md lists them."""
    from newsletter.rules import RULES

    known = {rule.id for rule in RULES}
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known, '"{}"') or ", see docs/reference/checks.md"
            raise ValueError(f'there is no rule "{name}"{hint}')
    return tuple(dict.fromkeys(names))


def parse_api_key(text: str) -> str:
    """Take a key that goes into an HTTP header: visible ASCII without spaces."""
    if not re.fullmatch(r"[!-~]{1,1000}", text):
        raise ValueError("is no key, expected letters, digits and signs of ASCII without spaces")
    return text


def parse_password(text: str) -> str:
    """Take a password as it is: any text, but not an empty one."""
    if not text:
        raise ValueError("is empty")
    return text
