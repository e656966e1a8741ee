"""Values of a JSON file → people, each with every value checked; or why a value is none."""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from subscribers.address import EmailAddress
from subscribers.errors import InvalidAddressError, InvalidValueError
from subscribers.exchange.json_file import DoubledKeys, JsonRecord, read_json_lines, read_json_list
from subscribers.exchange.people import PARSERS, Person, Unreadable
from subscribers.profile import Profile, parse_field_name, parse_field_value, parse_tag

#: A person's keys → what the store knows by other names.
_KEYS: Mapping[str, str] = {
    "state": "subscription_state",
    "suppression": "suppressed",
    **{name: name for name in ("name", "language", "timezone")},
    **{name: name for name in ("created_at", "confirmed_at", "paused_until")},
}
_ADDRESS_KEYS = ("address", "email")
#: Told by an export to whoever reads it. What an import knows of the evidence is the operator's
#: own word, and the ledger is not written from outside.
_TOLD_ONLY = frozenset({"consents", "deliveries", "reports", "actions"})
_ALL_KEYS = frozenset({*_KEYS, *_ADDRESS_KEYS, *_TOLD_ONLY, "tags", "fields"})


def read_json_people(file: BinaryIO, *, is_lines: bool) -> Iterator[Person | Unreadable]:
    """Read people from JSON of any size, one at a time.

    Args:
        file: Opened for reading bytes, UTF-8.
        is_lines: JSON Lines; else one document.

    Raises:
        ImportFileError: The file cannot be read from some place on; names line and column.
    """
    for record in read_json_lines(file) if is_lines else read_json_list(file):
        yield _read(record)


def _read(record: JsonRecord) -> Person | Unreadable:
    if record.problem:
        return Unreadable(record.line, record.problem)
    if isinstance(record.value, DoubledKeys):
        return Unreadable(record.line, "a key stands in it twice, and nothing is guessed")
    if not isinstance(record.value, dict):
        return Unreadable(record.line, "not an object with the keys of a person")
    reader = _Reader(record.value)
    try:
        return reader.read(record.line)
    except (InvalidAddressError, InvalidValueError) as error:
        return Unreadable(record.line, f"{reader.at}: {error}")


class _Reader:
    """Reads one person; remembers which key it is at, for the reason."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values
        self.at = _ADDRESS_KEYS[0]

    def read(self, line: int) -> Person:
        if unknown := sorted(self._values.keys() - _ALL_KEYS):
            # Not quoted: who knows what stands where a key should.
            self.at = f"key {list(self._values).index(unknown[0]) + 1}"
            raise InvalidValueError("not one that a person has; what is yours goes into fields")
        address = next((text for key in _ADDRESS_KEYS if (text := self._take_text(key))), "")
        if not address:
            raise InvalidAddressError("there is no address")
        parsed = EmailAddress.parse(address)
        told: dict[str, Any] = {
            name: PARSERS[name](text)
            for key, name in _KEYS.items()
            if (text := self._take_text(key).strip())
        }
        return Person(
            line=line,
            address=parsed,
            profile=Profile(
                name=told.get("name", ""),
                language=told.get("language", ""),
                timezone=told.get("timezone", ""),
                tags=self._take_tags(),
                fields=self._take_fields(),
            ),
            state=told.get("subscription_state"),
            suppressed=told.get("suppressed"),
            created_at_ms=told.get("created_at"),
            confirmed_at_ms=told.get("confirmed_at"),
            paused_until_ms=told.get("paused_until", 0),
        )

    def _take_text(self, key: str) -> str:
        """Take a text; nothing where there is none."""
        self.at = key
        return self._check_text(self._values.get(key) or "")

    def _take_tags(self) -> frozenset[str]:
        self.at = "tags"
        tags = self._values.get("tags") or []
        if not isinstance(tags, list):
            raise InvalidValueError("not a list of texts")
        return frozenset(parse_tag(self._check_text(tag)) for tag in tags)

    def _take_fields(self) -> dict[str, str]:
        self.at = "fields"
        fields = self._values.get("fields") or {}
        if not isinstance(fields, dict):
            raise InvalidValueError("not an object of texts")
        checked = {
            parse_field_name(name): parse_field_value(self._check_text(value))
            for name, value in fields.items()
        }
        return {name: value for name, value in checked.items() if value}

    def _check_text(self, value: object) -> str:
        if not isinstance(value, str):
            raise InvalidValueError("not a text")
        return value
