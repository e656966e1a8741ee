"""The corpus of people's files, each read to exactly the account that lies beside it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from subscribers.errors import ImportFileError
from subscribers.exchange.archive import open_parts
from subscribers.exchange.people import Person, read_people

CORPUS: Final = Path(__file__).parent.parent / "corpus" / "imports"
EXPECTED: Final[dict[str, Any]] = json.loads((CORPUS / "expected.json").read_text("utf-8"))
FILES: Final = sorted(str(file.relative_to(CORPUS)) for file in CORPUS.glob("*/*.csv"))


def account(file: Path) -> dict[str, object]:
    """Read a file to its end; tell as what, who is in it, what was refused, and how it ended."""
    told: dict[str, object] = {}
    people: list[dict[str, object]] = []
    refused: list[str] = []
    with file.open("rb") as stream:
        try:
            for part in open_parts(stream, file.name):
                for row in read_people(
                    part.file,
                    name=part.name,
                    asked=part.asked,
                    tell=lambda found: told.update(read_as=found.layout.name),
                ):
                    if isinstance(row, Person):
                        people.append(dict(describe(row)))
                    else:
                        refused.append(f"line {row.line}: {row.reason}")
        except ImportFileError as error:
            told["error"] = str(error)
    return {**told, "people": people, "refused": refused}


def describe(person: Person) -> Iterator[tuple[str, object]]:
    """Tell what is known of somebody, without what is not."""
    values = {**person._asdict(), "address": person.address.text}
    profile = values.pop("profile")
    for name, value in {
        **values,
        "name": profile.name,
        "language": profile.language,
        "timezone": profile.timezone,
        "tags": sorted(profile.tags),
        "fields": dict(profile.fields),
    }.items():
        if value:
            yield name, value


def test_every_file_has_an_account() -> None:
    """A file that nobody judged proves nothing."""
    assert sorted(EXPECTED) == FILES


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_read_to_its_account(name: str) -> None:
    """Every person, every refusal with its line, and how it ended."""
    assert account(CORPUS / name) == EXPECTED[name]
