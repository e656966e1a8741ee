"""The formats of a file of people, and how a file's name tells its own."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import PurePath


class PeopleFormat(StrEnum):
    """How people are written into a file."""

    CSV = "csv"
    JSON = "json"
    #: JSON Lines: a person a line.
    JSONL = "jsonl"


_SUFFIXES: Mapping[str, PeopleFormat] = {
    ".json": PeopleFormat.JSON,
    ".jsonl": PeopleFormat.JSONL,
    ".ndjson": PeopleFormat.JSONL,
}


def find_format(name: PurePath) -> PeopleFormat:
    """Tell a file's format by its name; one that says nothing is CSV."""
    return _SUFFIXES.get(name.suffix.lower(), PeopleFormat.CSV)
