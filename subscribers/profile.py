"""What people tell of themselves: names, languages, zones, tags, fields, checked at the door.

Every ``parse_`` function is idempotent: what it made, it takes again unchanged. An error says what
is wrong without repeating the value.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache

from subscribers.errors import InvalidValueError

MAX_NAME_CHARACTERS = 200
MAX_TAG_CHARACTERS = 64
MAX_FIELD_CHARACTERS = 2000

#: What the store itself knows of a person, as the columns of an export are called.
STORE_COLUMNS = (
    "email",
    "name",
    "language",
    "timezone",
    "tags",
    "subscription_state",
    "suppressed",
    "created_at",
    "confirmed_at",
    "paused_until",
)
#: A field of one of these names would hide it.
RESERVED_FIELDS = frozenset(STORE_COLUMNS)

#: Control characters but tab and line ends, and halves of characters that no encoding can write.
_FORBIDDEN = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
#: BCP 47 as far as people need it: a language, then any subtags.
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})((?:-[A-Za-z0-9]{2,8})*)")
#: Files beside the zones that are none: the machine's own, and one that waits to be replaced.
_NO_PLACE = frozenset({"localtime", "Factory"})
_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")

#: A file of a million people repeats a few tags and languages.
_remembered = lru_cache(maxsize=1024)


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """What is kept of a person beside the address; made of parsed values only."""

    name: str = ""
    #: BCP 47, such as ``ko`` or ``en-GB``; empty when the person never said.
    language: str = ""
    #: IANA name, such as ``Asia/Seoul``; empty when the person never said.
    timezone: str = ""
    tags: frozenset[str] = frozenset()
    #: Custom fields; a field without a value is left out.
    fields: Mapping[str, str] = field(default_factory=dict)


def parse_name(text: str) -> str:
    """Take a person's name: one line, single spaces, NFC, at most 200 characters."""
    return _parse_line(text, "a name", MAX_NAME_CHARACTERS)


@_remembered
def parse_tag(text: str) -> str:
    """Take a tag: one line in lower case, at most 64 characters, no comma or semicolon."""
    tag = _parse_line(text, "a tag", MAX_TAG_CHARACTERS).lower()
    # Lower case may be longer than upper, or composed differently.
    tag = _parse_line(tag, "a tag", MAX_TAG_CHARACTERS)
    if not tag or "," in tag or ";" in tag:
        raise InvalidValueError("a tag must not be empty or contain a comma or a semicolon")
    return tag


@_remembered
def parse_language(text: str) -> str:
    """Take a language as BCP 47 writes it; ``ko_KR`` becomes ``ko-KR``; empty stays empty."""
    text = text.strip()
    if not text:
        return ""
    found = _LANGUAGE.fullmatch(text.replace("_", "-"))
    if found is None or len(text) > 35:
        raise InvalidValueError("a language is written like ko or en-GB (BCP 47)")
    subtags = [_spell_subtag(subtag) for subtag in found[2].split("-")[1:]]
    return "-".join([found[1].lower(), *subtags])


@_remembered
def parse_timezone(text: str) -> str:
    """Take the IANA name of a time zone, in its own spelling; empty stays empty."""
    text = text.strip()
    if not text:
        return ""
    name = _load_timezones().get(text.casefold())
    if name is None:
        raise InvalidValueError("a time zone is written like Asia/Seoul (IANA)")
    return name


def parse_field_name(text: str) -> str:
    """Take the name of a custom field: ``a`` to ``z``, digits and underscores, a letter first."""
    if not _FIELD_NAME.fullmatch(text):
        raise InvalidValueError(
            "a field's name has up to 64 small letters, digits and underscores, a letter first"
        )
    if text in RESERVED_FIELDS:
        raise InvalidValueError(f"a field cannot be called {text}: that name is taken")
    return text


def parse_field_value(text: str) -> str:
    """Take the value of a custom field: at most 2,000 characters; line ends become LF."""
    if _FORBIDDEN.search(text):
        raise InvalidValueError("a field contains a control character")
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > MAX_FIELD_CHARACTERS:
        raise InvalidValueError(f"a field is longer than {MAX_FIELD_CHARACTERS} characters")
    return text


def _parse_line(text: str, what: str, max_characters: int) -> str:
    if not text:
        return ""
    if _FORBIDDEN.search(text):
        raise InvalidValueError(f"{what} contains a control character")
    line = unicodedata.normalize("NFC", " ".join(text.split()))
    if len(line) > max_characters:
        raise InvalidValueError(f"{what} is longer than {max_characters} characters")
    return line


@cache
def _load_timezones() -> Mapping[str, str]:
    """Load the names that this machine knows, by what they are in small letters."""
    from zoneinfo import available_timezones

    return {name.casefold(): name for name in available_timezones() - _NO_PLACE}


def _spell_subtag(subtag: str) -> str:
    """Spell a subtag by RFC 5646 section 2.1.1: KR, Hant, 1996."""
    if len(subtag) == 2:
        return subtag.upper()
    return subtag.capitalize() if len(subtag) == 4 else subtag.lower()
