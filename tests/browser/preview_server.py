"""`newsletter preview` as its user runs it: a process of its own, ended by Ctrl-C."""

import hashlib
import http.client
import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from newsletter.cli import run

_PROGRAM = "import sys; from newsletter.cli import run; sys.exit(run(sys.argv[1:]))"
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


@dataclass
class PreviewServer:
    """The running command."""

    folder: Path
    options: tuple[str, ...] = ("--port", "0")
    process: subprocess.Popen[str] = field(init=False)
    port: int = field(init=False)

    def __enter__(self) -> Self:
        """Start it and wait for its address."""
        command = ["preview", str(self.folder), "--no-open", "--json", *self.options]
        self.process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        said = ""
        while not said.endswith("}\n"):
            line = self.process.stdout.readline()
            assert line, self.process.stderr and self.process.stderr.read()
            said += line
        self.port = json.loads(said)["port"]
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it, if a test has not."""
        if self.process.poll() is None:
            self.stop()
        for stream in (self.process.stdout, self.process.stderr):
            assert stream
            stream.close()

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.port}/"

    def stop(self) -> tuple[int, str]:
        """Press Ctrl-C; return the exit code and what was said on standard error."""
        self.process.send_signal(signal.SIGINT)
        try:
            code = self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        assert self.process.stderr
        return code, self.process.stderr.read()

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
