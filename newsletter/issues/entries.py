"""Front matter entries → values of the kind that is expected; all problems are collected."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from newsletter.issues.source import Entry, Place, Source, build_error

_SPACE = re.compile("[ \t\r\n\u2028\u2029]+")
#: An offset that stands apart from the time, as Jekyll writes it: `10:00:00 +0900`.
_SPACE_BEFORE_OFFSET = re.compile(r"(?<=\d)[ \t]+(?=[+-]\d{2}:?\d{2}$|Z$)")
#: BCP 47 in shape only (RFC 5646 section 2.1): a language, then script, region and the like.
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
_FLAGS = {"true": True, "yes": True, "false": False, "no": False}
#: Years a newsletter can have; outside of them, a conversion to UTC may overflow.
_FIRST_YEAR, _LAST_YEAR = 1900, 2999

#: What a value of the wrong type is called; the first that fits (a truth value is an integer).
_TYPE_NAMES: tuple[tuple[type, str], ...] = (
    (bool, "true or false"),
    (int, "a number"),
    (float, "a number"),
    (date, "a date"),
    (time, "a time of day"),
    (str, "text"),
    (list, "a list"),
    (Mapping, "a table"),
)


class EntryReader:
    """Takes values out of front matter and remembers what was taken and what was wrong.

    Keys are found in any case. An empty value is as good as none, as in `summary:`.
    A value that is wrong reads as absent, so that one pass finds every problem.
    """

    def __init__(self, source: Source, entries: Mapping[str, Entry]) -> None:
        self._problems: list[tuple[Place, str]] = []
        self._source = source
        self._entries = entries
        self._taken: set[str] = set()
        self._spellings: dict[str, str] = {}
        for key, entry in entries.items():
            first = self._spellings.setdefault(key.lower(), key)
            if first != key:
                self._report(entry, f"{key} and {first} are the same key; keep one of them")

    def read_text(self, *keys: str) -> str | None:
        """Read one line of text from the first of the keys that has a value."""
        key, entry = self._find(*keys)
        if entry is None:
            return None
        if not isinstance(entry.value, str):
            self._report_type(key, entry, 'text: put it in quotes ("…")')
            return None
        return self._clean(key, entry, entry.value) or None

    def read_names(self, *keys: str) -> tuple[str, ...]:
        """Read a list of names; text is taken apart at commas, semicolons and line ends.

        The singular of a key (`author`) holds one name, whatever commas it has. A table in the
        list counts by its `name`, as some Hugo themes write authors.
        """
        key, entry = self._find(*keys)
        if entry is None:
            return ()
        values = entry.value if isinstance(entry.value, list) else [entry.value]
        if isinstance(entry.value, str) and key.endswith("s"):
            values = re.split(r"[;\n]" if ";" in entry.value else r"[,\n]", entry.value)
        names = []
        for value in values:
            name = value.get("name") if isinstance(value, Mapping) else value
            if isinstance(name, int) and not isinstance(name, bool):
                name = str(name)  # a year among the tags
            if isinstance(name, str):
                names.append(self._clean(key, entry, name))
            else:
                self._report_type(key, Entry(value, entry.place), 'a list of texts (["…", "…"])')
        return tuple(dict.fromkeys(name for name in names if name))

    def read_flag(self, key: str) -> bool | None:
        """Read true or false; the words may be text, as they are in a Pelican-style header."""
        key, entry = self._find(key)
        if entry is None:
            return None
        value = entry.value
        if isinstance(value, str):
            value = _FLAGS.get(value.strip().lower(), value)
        if isinstance(value, bool):
            return value
        self._report_type(key, entry, "true or false")
        return None

    def read_time(self, *keys: str, timezone: ZoneInfo) -> datetime | None:
        """Read a date or a time; without an offset, it is meant in the time zone given."""
        key, entry = self._find(*keys)
        if entry is None:
            return None
        value = entry.value
        if isinstance(value, str):
            value = _parse_time(value)
        if isinstance(value, date) and not isinstance(value, datetime):
            value = datetime(value.year, value.month, value.day, tzinfo=timezone)
        if not isinstance(value, datetime):
            self._report_type(
                key, entry, "a date such as 2026-01-05, 2026-01-05 09:00 or 2026-01-05T09:00+09:00"
            )
            return None
        if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
            self._report(entry, f"{key}: the year must be {_FIRST_YEAR} to {_LAST_YEAR}")
            return None
        return value if value.tzinfo else value.replace(tzinfo=timezone)

    def read_language(self, *keys: str) -> str | None:
        """Read a language tag; `ko_KR` is taken for `ko-KR`."""
        key, entry = self._find(*keys)
        if entry is None:
            return None
        value = entry.value.strip().replace("_", "-") if isinstance(entry.value, str) else ""
        if _LANGUAGE.fullmatch(value):
            return value
        self._report_type(key, entry, 'a language tag in quotes, such as "ko" or "pt-BR"')
        return None

    def has_value(self, key: str, value: object) -> bool:
        """Tell whether a key has just this value, and take it if so; anything else is left."""
        spelling = self._spellings.get(key, key)
        entry = self._entries.get(spelling)
        if entry is None or type(entry.value) is not type(value) or entry.value != value:
            return False
        self._taken.add(spelling)
        return True

    def list_rest(self) -> dict[str, object]:
        """List what nobody took, as it was read."""
        return {key: entry.value for key, entry in self._entries.items() if key not in self._taken}

    def report(self, key: str, message: str) -> None:
        """Add a problem with a key that is there."""
        self._report(self._entries[self._spellings[key]], f"{key} {message}")

    def raise_problems(self) -> None:
        """Raise one IssueError for all problems, in the order of the file, if there are any."""
        if self._problems:
            lines = [self._source.problem(*problem) for problem in sorted(self._problems)]
            raise build_error(self._source.path, lines)

    def _find(self, *keys: str) -> tuple[str, Entry | None]:
        for key in keys:
            spelling = self._spellings.get(key, key)
            entry = self._entries.get(spelling)
            if entry is not None and entry.value not in (None, "", [], {}):
                self._taken.add(spelling)
                return spelling, entry
        return keys[0], None

    def _clean(self, key: str, entry: Entry, text: str) -> str:
        """Make one line of text: nothing that could begin a new line of a header is left."""
        line = _SPACE.sub(" ", text).strip()
        control = next((each for each in line if unicodedata.category(each) == "Cc"), None)
        if control is not None:
            self._report(entry, f"{key} holds the control character U+{ord(control):04X}")
            return ""
        return line

    def _report_type(self, key: str, entry: Entry, expected: str) -> None:
        value = entry.value
        name = next((name for kind, name in _TYPE_NAMES if isinstance(value, kind)), "empty")
        shown = f' "{_SPACE.sub(" ", value)[:40]}"' if isinstance(value, str) else ""
        self._report(entry, f"{key} must be {expected}; it is {name}{shown}")

    def _report(self, entry: Entry, message: str) -> None:
        self._problems.append((entry.place, message))


def _parse_time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(_SPACE_BEFORE_OFFSET.sub("", text.strip()))
    except ValueError:
        return None
