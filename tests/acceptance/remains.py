"""What may be left of a person: every way his words can be spelled, every place they can lie in."""

import binascii
import json
import quopri
from base64 import b64encode
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, quote_plus

import sqlalchemy as sa

from newsletter.database import Database


def spell(text: str) -> set[bytes]:
    """List the ways in which a text can be written down, in lower case."""
    raw = text.encode()
    spelled = {
        raw,
        text.lower().encode(),
        text.encode("utf-16-le"),
        quote(text).encode(),
        quote_plus(text).encode(),
        quopri.encodestring(raw, quotetabs=True),
        json.dumps(text)[1:-1].encode(),
        binascii.hexlify(raw),
        binascii.hexlify(text.lower().encode()),
        *_in_base64(raw),
        *_in_base64(text.lower().encode()),
    }
    return {each.strip().lower() for each in spelled}


def find_remains(words: Iterable[str], places: Mapping[str, bytes]) -> list[tuple[str, str]]:
    """List which of these words lie where, however they are spelled."""
    return sorted(
        (word, place)
        for word in words
        for place, content in places.items()
        if any(spelled in content.lower() for spelled in spell(word))
    )


def read_files(folder: Path) -> dict[str, bytes]:
    """Read every file under a folder, with its name."""
    return {
        str(file.relative_to(folder)): file.name.encode() + b"\n" + file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def read_tables(url: str) -> dict[str, bytes]:
    """Read every row of every table, whatever tables there are; bytes as they are and in hex."""
    with closing(Database(url)) as database, database.read() as connection:
        names = sa.inspect(connection).get_table_names()
        return {
            f"table {name}": b"\n".join(
                _write(value)
                for row in connection.execute(sa.select(sa.text("*")).select_from(sa.table(name)))
                for value in row
            )
            for name in names
        }


def _write(value: object) -> bytes:
    return value + binascii.hexlify(value) if isinstance(value, bytes) else str(value).encode()


def _in_base64(raw: bytes) -> Iterable[bytes]:
    """Spell it as it stands in the middle of something: there are three places to begin at."""
    for before in range(3):
        encoded = b64encode(bytes(before) + raw)
        # Its first and last letters depend on what stands around it.
        yield encoded[(before * 8 + 5) // 6 : len(encoded) // 4 * 4 - 4]
