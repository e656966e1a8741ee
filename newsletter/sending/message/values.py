"""What a recipient puts into the fields of an edition, and which of its variants is his."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import TypeAlias

from newsletter.rendering.edition import Condition, Edition, Field, OpenText
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


@dataclass(frozen=True, slots=True)
class VariantChooser:
    """Answers an edition's conditions for a recipient."""

    #: A tag to have, or a reader of a field and the value it must give.
    _questions: tuple[tuple[ValueReader | None, str], ...]
    _places: Mapping[tuple[bool, ...], int]

    def choose(self, recipient: Recipient) -> int:
        """Return the place of the recipient's variant in `Edition.list_variants`."""
        if not self._questions:
            return 0
        answers = tuple(
            value in recipient.tags if read is None else read(recipient) == value
            for read, value in self._questions
        )
        return self._places[answers]


def compile_chooser(edition: Edition) -> VariantChooser:
    """Prepare the choice of a variant.

    Raises:
        ValueError: A condition asks for a field that there is not.
    """
    places = {
        answers: place
        for place, variant in enumerate(edition.list_variants())
        for answers in variant.answers
    }
    return VariantChooser(tuple(map(_compile_question, edition.conditions)), places)


def _compile_question(condition: Condition) -> tuple[ValueReader | None, str]:
    if not condition.field:
        return None, condition.value
    return _find_reader(f"{_SUBSCRIBER}{condition.field}"), condition.value


def _find_reader(name: str) -> ValueReader:
    if name in _READERS:
        return _READERS[name]
    if not name.startswith(_SUBSCRIBER):
        raise ValueError(f"no field is called {name}; custom fields begin with {_SUBSCRIBER}")
    custom = name.removeprefix(_SUBSCRIBER)
    return lambda recipient: recipient.fields.get(custom, "")
