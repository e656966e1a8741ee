"""The first line of a file of people: which column means what."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from subscribers.errors import ImportFileError, InvalidValueError
from subscribers.profile import STORE_COLUMNS, parse_field_name

#: What the store knows of a person → how people and programs call it, in small letters, without
#: spaces and punctuation. An "address" alone may be a street, a "state" a part of a country.
_SPELLINGS: Mapping[str, frozenset[str]] = {
    "email": frozenset(
        {
            *("email", "emails", "mail", "emailaddress", "emailaddr", "mailaddress", "useremail"),
            *("subscriberemail", "contactemail", "primaryemail", "email1", "email1value"),
            *("이메일", "이메일주소", "메일", "메일주소", "전자우편", "전자메일", "전자우편주소"),
            *("emailadresse", "mailadresse", "adresseemail", "adressemail", "courriel"),
            *("correo", "correoelectrónico", "correoelectronico", "メール", "メールアドレス"),
            *("邮箱", "电子邮件", "電子郵件", "电子邮箱", "eメール"),
        }
    ),
    "name": frozenset(
        {
            "name",
            "fullname",
            "displayname",
            "subscribername",
            "이름",
            "성명",
            "성함",
            "名前",
            "姓名",
        }
    ),
    "language": frozenset({"language", "lang", "locale", "언어", "sprache", "langue", "言語"}),
    "timezone": frozenset({"timezone", "tz", "시간대", "zeitzone", "fuseauhoraire", "时区"}),
    "tags": frozenset({"tags", "tag", "labels", "label", "태그", "분류"}),
    "subscription_state": frozenset({"subscriptionstate", "subscriptionstatus", "status"}),
    "suppressed": frozenset({"suppressed"}),
    "created_at": frozenset({"createdat"}),
    "confirmed_at": frozenset({"confirmedat"}),
    "paused_until": frozenset({"pauseduntil"}),
}
_MEANING = {spelling: meaning for meaning, all_ in _SPELLINGS.items() for spelling in all_}


@dataclass(frozen=True, kw_only=True, slots=True)
class Columns:
    """Where in a row to find what; columns are counted from 0."""

    email: int
    #: Other things the store knows: name, language, tags and so on → column.
    known: Mapping[str, int] = field(default_factory=dict)
    #: Custom field → column.
    fields: Mapping[str, int] = field(default_factory=dict)
    #: Columns in the first line.
    count: int


def find_meaning(header: str) -> str:
    """Tell what a column with this header holds; empty when it is a custom field."""
    folded = unicodedata.normalize("NFKC", header).casefold()
    return _MEANING.get("".join(letter for letter in folded if letter.isalnum()), "")


def read_header(header: Sequence[str], *, line: int) -> Columns:
    """Give every column its meaning.

    A custom field is called as its header, in small letters with underscores: ``First Name``
    becomes ``first_name``; one whose header has no Latin letter, ``column_3``. In a file that an
    export wrote, every header is a name already, and means nothing else.

    Raises:
        ImportFileError: No column holds addresses, or two columns mean the same.
    """
    is_own = tuple(header[: len(STORE_COLUMNS)]) == STORE_COLUMNS
    names = [
        _name_column(text, number, is_own=is_own) for number, text in enumerate(header, start=1)
    ]
    doubled = [name for name, count in Counter(names).items() if count > 1]
    if doubled:
        places = [str(number) for number, name in enumerate(names, start=1) if name in doubled]
        raise ImportFileError(
            f"line {line}: columns {' and '.join(places)} would both be {doubled[0]!r}."
            " Rename or remove one of them."
        )
    if "email" not in names:
        raise ImportFileError(
            f"line {line}: no column holds email addresses. Let the first line name the columns,"
            " one of them email, for example: email,name,tags"
        )
    columns = {name: index for index, name in enumerate(names)}
    known = {name: columns.pop(name) for name in _SPELLINGS if name in columns}
    return Columns(email=known.pop("email"), known=known, fields=columns, count=len(names))


def _name_column(header: str, number: int, *, is_own: bool) -> str:
    """Tell what a column holds, by the store's word for it or as a custom field."""
    if is_own and header not in STORE_COLUMNS:
        with suppress(InvalidValueError):
            return parse_field_name(header)
    return find_meaning(header) or _make_field_name(header, number)


def _make_field_name(header: str, number: int) -> str:
    """Make the name of a custom field from a header."""
    letters = unicodedata.normalize("NFKD", header.casefold()).encode("ascii", "ignore").decode()
    name = re.sub("[^a-z0-9]+", "_", letters).strip("_")
    try:
        return parse_field_name(name)
    except InvalidValueError:
        return f"column_{number}"
