"""The first thing that is read of a parcel: what is in it, how much, and how to know it again."""

import json
from dataclasses import asdict, dataclass
from typing import Any, Final

from newsletter.errors import UserError

#: The member that holds it.
MANIFEST_NAME: Final = "manifest.json"
#: A parcel with more files than that many bytes tell of is none of ours.
MAX_MANIFEST_BYTES: Final = 16_000_000
_FORMAT: Final = "newsletter-press parcel"
_VERSION: Final = 1
#: More is no row's number in any database.
_MAX_NUMBER: Final = 2**63 - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One file in a parcel."""

    #: Its path in the parcel, with slashes.
    name: str
    size_bytes: int
    #: Of its bytes, 64 hex digits.
    sha256: str
    #: Of a table; None for other files.
    rows: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """What a parcel says of itself."""

    #: Of the tables, such as 0010; only a program with the same can take it.
    revision: str
    #: The release that made it.
    made_by: str
    #: RFC 3339, UTC.
    made_at: str
    #: Of the installation's secret: suppressions, links and Message-IDs depend on it.
    key_fingerprint: str
    members: tuple[Member, ...]
    #: Table → the last number it gave to a row.
    last_numbers: dict[str, int]


def build_manifest_text(manifest: Manifest) -> str:
    """Write a manifest."""
    told = {"format": _FORMAT, "version": _VERSION, **asdict(manifest)}
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def parse_manifest(raw: bytes) -> Manifest:
    """Read a manifest that may have been made by anybody.

    Raises:
        UserError: It is none, or of a version that this release does not know.
    """
    try:
        return _read(json.loads(raw))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(f"it is no parcel: its {MANIFEST_NAME} cannot be understood") from None


def _read(told: dict[str, Any]) -> Manifest:
    if told["format"] != _FORMAT:
        raise ValueError(_FORMAT)
    if told["version"] != _VERSION:
        raise UserError(
            f"it is a parcel of version {told['version']!s:.20}, and this release knows version"
            f" {_VERSION}: install the release that made it, or a newer one"
        )
    return Manifest(
        **{key: _take_shown(told, key) for key in _TEXTS},
        members=tuple(_read_member(each) for each in _take(told, "members", list)),
        last_numbers={
            name: _check_number(number)
            for name, number in _take(told, "last_numbers", dict).items()
        },
    )


_TEXTS: Final = ("revision", "made_by", "made_at", "key_fingerprint")


def _read_member(told: dict[str, Any]) -> Member:
    size_bytes, rows = _take(told, "size_bytes", int), told["rows"]
    if size_bytes < 0 or not isinstance(rows, int | None):
        raise ValueError
    return Member(
        name=_take(told, "name", str),
        size_bytes=size_bytes,
        sha256=_take(told, "sha256", str),
        rows=rows,
    )


def _take_shown(told: dict[str, Any], key: str) -> str:
    """Take a text that is shown on a terminal, which obeys what it is shown."""
    text: str = _take(told, key, str)
    if not text.isprintable():
        raise ValueError
    return text


def _check_number(value: Any) -> int:
    if not isinstance(value, int) or not 0 <= value <= _MAX_NUMBER:
        raise ValueError
    return value


def _take(told: dict[str, Any], key: str, kind: type) -> Any:
    value = told[key]
    if not isinstance(value, kind):
        raise TypeError
    return value
