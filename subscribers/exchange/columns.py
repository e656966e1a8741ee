"""The first line of a file of people: which column means what."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from subscribers.errors import ImportFileError, InvalidValueError
from subscribers.exchange.cells import ReadStanding
from subscribers.exchange.layout import NO_COLUMNS, YES_COLUMNS, Layout, find_reader, fold
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
    "subscription_state": frozenset(
        {
            *("subscriptionstate", "subscriptionstatus", "status", "emailstatus", "liststatus"),
            *("subscriberstatus", "memberstatus", "contactstatus", "emailmarketingstatus"),
            *("emailsubscriptionstatus", "emailsubscriberstatus", "emailpermissionstatus"),
            *("상태", "구독상태", "수신상태", "statut", "estado", "ステータス", "状态", "狀態"),
        }
    ),
    "suppressed": frozenset({"suppressed"}),
    "created_at": frozenset({"createdat"}),
    "confirmed_at": frozenset({"confirmedat"}),
    "paused_until": frozenset({"pauseduntil"}),
}
_MEANING = {spelling: meaning for meaning, all_ in _SPELLINGS.items() for spelling in all_}
#: What a service tells in its own way, if at all.
_OURS_ONLY = frozenset({"subscription_state", "suppressed", "paused_until"})

#: A file of no service in particular, such as our own export.
CSV = Layout(name="csv", title="CSV")


@dataclass(frozen=True, kw_only=True, slots=True)
class Columns:
    """Where in a row to find what; columns are counted from 0."""

    email: int
    #: Other things that are understood: name, language, tags and so on → column.
    known: Mapping[str, int] = field(default_factory=dict)
    #: Columns that tell how a person stands, with what reads them.
    standings: Sequence[tuple[int, ReadStanding]] = ()
    #: Custom field → column.
    fields: Mapping[str, int] = field(default_factory=dict)
    #: Columns in the first line.
    count: int

    def limit(self, known: Collection[str]) -> "Columns":
        """Leave out all but the address and what is named."""
        kept = {name: index for name, index in self.known.items() if name in known}
        return replace(self, known=kept, standings=(), fields={})


def find_meaning(header: str) -> str:
    """Tell what a column with this header holds; empty when it is a custom field."""
    return _MEANING.get(fold(header), "")


def read_header(header: Sequence[str], *, line: int, layout: Layout = CSV) -> Columns:
    """Give every column its meaning.

    A custom field is called as its header, in small letters with underscores: ``First Name``
    becomes ``first_name``; one whose header has no Latin letter, ``column_3``. In a file that an
    export wrote, every header is a name already, and means nothing else.

    Raises:
        ImportFileError: No column holds addresses, or two columns mean the same.
    """
    is_own = tuple(header[: len(STORE_COLUMNS)]) == STORE_COLUMNS
    told = _find_told(header, layout)
    standings = [
        (index, read)
        for index, folded in enumerate(map(fold, header))
        if (read := layout.standings.get(folded) or find_reader(told, folded))
    ]
    taken = {index for index, _ in standings}
    names = {
        index: name
        for index, text in enumerate(header)
        if index not in taken
        and (name := _find_name(text, layout, number=index + 1, is_own=is_own))
    }
    doubled = [name for name, count in Counter(names.values()).items() if count > 1]
    if doubled:
        places = [str(index + 1) for index, name in names.items() if name in doubled]
        raise ImportFileError(
            f"line {line}: columns {' and '.join(places)} would both be {doubled[0]!r}."
            " Rename or remove one of them."
        )
    if "email" not in names.values():
        raise ImportFileError(
            f"line {line}: no column holds email addresses. Let the first line name the columns,"
            " one of them email, for example: email,name,tags"
        )
    columns = {name: index for index, name in names.items()}
    meanings = {*_SPELLINGS, *layout.columns.values()}
    known = {name: columns.pop(name) for name in [*columns] if name in meanings}
    return Columns(
        email=known.pop("email"),
        known=known,
        standings=standings,
        fields=columns,
        count=len(header),
    )


def make_field_name(header: str, number: int) -> str:
    """Make the name of a custom field from a header, the number-th."""
    letters = unicodedata.normalize("NFKD", header.casefold()).encode("ascii", "ignore").decode()
    name = re.sub("[^a-z0-9]+", "_", letters).strip("_")
    try:
        return parse_field_name(name)
    except InvalidValueError:
        return f"column_{number}"


def is_heard(header: str) -> bool:
    """Tell whether a plain CSV's column with this header tells how a person stands."""
    told = find_reader({**NO_COLUMNS, **YES_COLUMNS}, fold(header))
    return told is not None or find_meaning(header) == "subscription_state"


def is_ours(header: Sequence[str]) -> bool:
    """Tell whether our own export wrote this header, or somebody who added to it."""
    return {"subscription_state", "suppressed"} <= set(header)


def _find_told(header: Sequence[str], layout: Layout) -> Mapping[str, ReadStanding]:
    """Tell which columns may say no. Our export says it in one, and has fields of any name."""
    if is_ours(header):
        return {}
    return {**NO_COLUMNS, **YES_COLUMNS} if layout is CSV else NO_COLUMNS


def _find_name(header: str, layout: Layout, *, number: int, is_own: bool) -> str:
    """Name what a column holds; empty when it is of no use."""
    if is_own and header not in STORE_COLUMNS:
        with suppress(InvalidValueError):
            return parse_field_name(header)
    folded = fold(header)
    if folded in layout.columns:
        return layout.columns[folded]
    meaning = find_meaning(header)
    if layout is not CSV and meaning in _OURS_ONLY:
        meaning = ""
    return meaning or make_field_name(header, number)
