"""A newsletter in a folder, used as its owner would: through the command line, in this process."""

import email.policy
import hashlib
import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest

from newsletter.cli import run
from newsletter.database import Database
from newsletter.tables.carried import CARRIED
from newsletter.tables.digest import encode_row
from newsletter.tables.rows import read_rows

#: What an operator says of the people he imports.
TERMS = ("--status", "confirmed", "--consent-basis", "asked by mail", "--source", "a list")
SLUG = "2026-01-spring"
TEXT = """\
+++
title = "Spring"
date = 2026-01-05
+++

Dear {{ subscriber.name or "reader" }},

the [first flowers](https://example.org/flowers) are out.
"""


@dataclass(frozen=True)
class Answer:
    """What a command said, and the code it ended with."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on standard output."""
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def error(self) -> dict[str, Any]:
        """The one JSON object on standard error."""
        found: dict[str, Any] = json.loads(self.err)
        return found


@dataclass(frozen=True)
class Weekly:
    """A newsletter with one issue, three confirmed subscribers and a pending one."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    #: Of its database; empty for the SQLite file beside its settings.
    server_url: str = ""

    @property
    def url(self) -> str:
        """Where its rows are."""
        return self.server_url or f"sqlite:///{self.database}"

    def run(self, *arguments: str) -> Answer:
        """Run a command in the newsletter's folder; a traceback would end the test."""
        self.capsys.readouterr()
        code = run(["-C", str(self.folder), *arguments])
        said = self.capsys.readouterr()
        return Answer(code, said.out, said.err)

    def send(self, *options: str) -> Answer:
        """Send the issue without being asked."""
        return self.run("send", SLUG, "--yes", *options)

    def status(self) -> dict[str, Any]:
        """Ask where the issue stands."""
        return self.run("status", SLUG, "--json").document

    def import_people(self, content: bytes, *options: str) -> Answer:
        """Import a CSV file; the options are added to, or replace, the usual terms."""
        file = self.folder / "people.csv"
        file.write_bytes(content)
        return self.run("subscribers", "import", str(file), *TERMS, *options)

    def write_issue(self, content: str | bytes, name: str = SLUG) -> Path:
        """Write an issue file, in place of the one of that name if there is one."""
        file = self.folder / "issues" / f"{name}.md"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    def change_settings(self, old: str, new: str) -> None:
        """Change a line of newsletter.toml."""
        file = self.folder / "newsletter.toml"
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.folder / "newsletter.db"

    def messages(self) -> dict[str, EmailMessage]:
        """Read what arrived in the maildir, by recipient; nobody may have got two."""
        parser = BytesParser(policy=email.policy.default)
        found = {}
        for file in sorted((self.folder / "maildir" / "new").glob("*")):
            message = parser.parsebytes(file.read_bytes())
            assert isinstance(message, EmailMessage)
            address = str(message["To"].addresses[0].addr_spec)
            assert address not in found
            found[address] = message
        return found

    def contents(self) -> dict[str, str]:
        """Take a fingerprint of every file and of every row in the database."""
        files = {
            str(file.relative_to(self.folder)): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted(self.folder.rglob("*"))
            if file.is_file() and not file.name.startswith("newsletter.db")
        }
        return {**files, "rows": hashlib.sha256("\n".join(self.list_rows()).encode()).hexdigest()}

    def list_rows(self) -> list[str]:
        """List every row of the database, each behind the name of its table."""
        if self.url.startswith("sqlite:"):
            connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
            try:
                return list(connection.iterdump())
            finally:
                connection.close()
        with closing(Database(self.url)) as database, database.read() as rows:
            return [
                f'"{table.name}" {encode_row(row)}'
                for table in CARRIED
                for page in read_rows(rows, table)
                for row in page
            ]


def check_sum(status: dict[str, Any]) -> None:
    """Check that every delivery is somewhere."""
    parts = ("sent", "failed", "skipped", "in_doubt", "written_off", "cancelled", "remaining")
    assert status["planned"] == sum(status[part] for part in parts)


def read_part(message: EmailMessage, kind: str) -> str:
    """Read the part of a message that is ``html`` or ``plain``."""
    part = message.get_body((kind,))
    assert part is not None
    content: str = part.get_content()
    return content
