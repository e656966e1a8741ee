"""`newsletter preview` as its user runs it: a process of its own, ended by Ctrl-C."""

import hashlib
import http.client
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from newsletter.cli import run
from tools.preview_process import PreviewProcess

_TERMS = ("--status", "confirmed", "--consent-basis", "asked by mail", "--source", "a list")
_PEOPLE = """\
email,name
yuna@example.org,Yuna
lee@example.org,Lee
"""
FIRST = """\
+++
title = "Spring"
date = 2026-01-05
description = "The first flowers."
+++

Dear {{ subscriber.name or "reader" }},

the [first flowers](https://example.org/flowers) are out.
"""
SECOND = """\
+++
title = "Winter"
date = 2026-01-02
+++

Snow.
"""


def make_newsletter(folder: Path) -> Path:
    """Make a newsletter with two issues and two subscribers."""
    options = ("--name", "Weekly", "--from", "weekly@example.org")
    assert run(["init", str(folder), *options, "--base-url", "https://example.org"]) == 0
    for file in (folder / "issues").iterdir():
        file.unlink()
    (folder / "issues" / "2026-01-spring.md").write_text(FIRST, encoding="utf-8")
    (folder / "issues" / "2026-01-winter.md").write_text(SECOND, encoding="utf-8")
    people = folder / "people.csv"
    people.write_text(_PEOPLE, encoding="utf-8")
    assert run(["-C", str(folder), "subscribers", "import", str(people), *_TERMS]) == 0
    return folder


class PreviewServer(PreviewProcess):
    """The running command, and what tests do with its folder and its port."""

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: str | None = None,
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Ask as some program would that is no browser."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body=body, headers=dict(headers or {}))
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def write_issue(self, name: str, text: str) -> Path:
        """Save an issue as an editor does: beside it, then in its place."""
        file = self.folder / "issues" / f"{name}.md"
        fresh = file.with_suffix(".md.tmp")
        fresh.write_text(text, encoding="utf-8")
        return fresh.replace(file)

    def fingerprint(self) -> dict[str, str]:
        """Take a fingerprint of every file, and of every row in the database."""
        files = {
            str(file.relative_to(self.folder)): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted(self.folder.rglob("*"))
            if file.is_file() and not file.name.startswith("newsletter.db")
        }
        connection = sqlite3.connect(f"file:{self.folder / 'newsletter.db'}?mode=ro", uri=True)
        try:
            rows = "\n".join(connection.iterdump())
        finally:
            connection.close()
        return {**files, "rows": rows}
