"""The doctor before a database, on SQLite and on PostgreSQL."""

import socket
import time
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from newsletter.database import Database
from newsletter.doctor.database import examine_database
from newsletter.sending.ledger.installation import record_fingerprint
from tests.contracts.smtp_servers import find_free_port


def test_a_database_of_ours_is_well_and_a_server_tells_the_time(database_url: str) -> None:
    """SQLite has no clock but this machine's."""
    is_server = database_url.startswith("postgresql")
    if not is_server:
        Path(database_url.removeprefix("sqlite:///")).chmod(0o600)

    examination, clock_ms = examine_database(database_url, fingerprint="ours")

    assert examination.findings == ()
    assert (clock_ms is not None) is is_server
    if clock_ms is not None:
        assert abs(clock_ms - time.time() * 1000) < 3_600_000


def test_another_secret_than_the_one_it_was_made_with_is_told(database: Database) -> None:
    """Suppressions would not be found."""
    with database.write() as connection:
        record_fingerprint(connection, "theirs", now_ms=0)
    url = database._url.render_as_string(hide_password=False)

    examination, _ = examine_database(url, fingerprint="ours")

    assert "database-other-key" in {finding.rule for finding in examination.findings}


def test_a_database_without_tables_is_told_and_left_so(empty_database_url: str) -> None:
    """SQLite's file is not even made."""
    examination, _ = examine_database(empty_database_url, fingerprint="ours")

    if empty_database_url.startswith("sqlite"):
        assert examination.findings == ()
        assert not Path(empty_database_url.removeprefix("sqlite:///")).exists()
    else:
        assert [finding.rule for finding in examination.findings] == ["database-old"]


def test_a_server_that_does_not_answer_is_told_without_the_password() -> None:
    """What is printed may be shown to others."""
    url = sa.URL.create(
        "postgresql+psycopg", "kim", "correct horse", "127.0.0.1", find_free_port(), "weekly"
    )

    examination, clock_ms = examine_database(
        url.render_as_string(hide_password=False), fingerprint="ours"
    )

    [finding] = examination.findings
    assert finding.rule == "database-unusable"
    assert "correct" not in finding.message
    assert "horse" not in finding.message
    assert clock_ms is None


def test_a_server_that_says_nothing_is_not_waited_for_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What stands before it may drop what we send."""
    monkeypatch.setattr("newsletter.doctor.database._CONNECT_SECONDS", 2)
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        port = silent.getsockname()[1]

        examination, _ = examine_database(
            f"postgresql+psycopg://kim:horse@127.0.0.1:{port}/weekly", fingerprint="ours"
        )

    [finding] = examination.findings
    assert finding.rule == "database-unusable"
    assert "timeout" in finding.message
    assert "horse" not in finding.message
