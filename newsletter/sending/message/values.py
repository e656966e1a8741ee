"""What a recipient puts into the fields of an edition, under the fields' names."""

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import TypeAlias

from newsletter.rendering.edition import Field, OpenText
from newsletter.sending.message.recipient import Recipient

#: Reads one field's value from a recipient, unescaped; empty when there is none.
ValueReader: TypeAlias = Callable[[Recipient], str]

_SUBSCRIBER = "subscriber."
_READERS: dict[str, ValueReader] = {
    "action_url": attrgetter("action_url"),
    "subscriber.email": attrgetter("address.text"),
    "subscriber.language": attrgetter("language"),
    "subscriber.name": attrgetter("name"),
    "unsubscribe_url": attrgetter("unsubscribe_url"),
}


def list_fields(open_text: OpenText) -> tuple[Field, ...]:
    """List the distinct fields in the order of their first places."""
    return tuple(dict.fromkeys(part for part in open_text if isinstance(part, Field)))


def compile_readers(fields: Iterable[Field]) -> tuple[tuple[str, ValueReader], ...]:
    """Pair each name among some fields with the function that reads its value.

    Raises:
        ValueError: No field has this name.
    """
    return tuple((name, _find_reader(name)) for name in dict.fromkeys(f.name for f in fields))


def _find_reader(name: str) -> ValueReader:
    if name in _READERS:
        return _READERS[name]
    if not name.startswith(_SUBSCRIBER):
        raise ValueError(f"no field is called {name}; custom fields begin with {_SUBSCRIBER}")
    custom = name.removeprefix(_SUBSCRIBER)
    return lambda recipient: recipient.fields.get(custom, "")
