"""The file of a backup gives back what was written, and refuses everything else in our words."""

import gzip
import io
import json
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.database import Database
from newsletter.errors import UserError
from newsletter.tables.backup_file import BackupReader, write_backup
from newsletter.tables.carried import CARRIED
from newsletter.tables.rows import Values
from subscribers.store.schema import suppression

PATH = Path("weekly.backup")
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
LINES = st.lists(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    ),
    max_size=6,
)
HEAD = {"format": "newsletter-press backup", "version": 1, "revision": "0012", "made_at_ms": 1}


def read_all(content: bytes) -> dict[str, list[Values]]:
    """Read every row of every table."""
    reader = BackupReader(PATH, io.BytesIO(content))
    return {
        table.name: [row for page in pages for row in page] for table, pages in reader.read_tables()
    }


@settings(max_examples=20)
@given(st.dictionaries(st.binary(min_size=16, max_size=16), TEXT, max_size=5))
def test_what_is_written_is_read(rows: dict[bytes, str]) -> None:
    """Whatever people wrote into their fields."""
    database = Database("sqlite://")
    file = io.BytesIO()
    with database.write() as connection:
        for table in CARRIED:
            table.create(connection)
        for address_hash, source in rows.items():
            connection.execute(
                sa.insert(suppression).values(
                    address_hash=address_hash, reason="manual", at_ms=1, source=source
                )
            )
        write_backup(file, connection, revision="0012", now_ms=1)
    database.close()

    read = read_all(file.getvalue())

    assert list(read) == [table.name for table in CARRIED]
    assert {row[0]: row[3] for row in read["suppression"]} == rows


@given(st.binary())
def test_any_other_file_is_refused(content: bytes) -> None:
    """A traceback would tell nobody what to do."""
    with pytest.raises(UserError, match=r"weekly\.backup"):
        read_all(content)


@given(LINES)
def test_any_lines_behind_the_head_are_read_or_refused(lines: list[object]) -> None:
    """The file may have been changed by anybody."""
    content = "".join(f"{json.dumps(line)}\n" for line in [HEAD, *lines])

    with suppress(UserError):
        read_all(gzip.compress(content.encode()))
