"""A newsletter to measure: made by the real command line, in a folder of its own."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

#: The command line in a process of its own.
PROGRAM = "import sys; from newsletter.cli import run; sys.exit(run(sys.argv[1:]))"
_TERMS = ("--status", "confirmed", "--consent-basis", "bench", "--source", "bench")


@dataclass(frozen=True)
class Cost:
    """What one command took."""

    wall_seconds: float
    cpu_seconds: float
    peak_megabytes: float

    def minus(self, least: "Cost") -> "Cost":
        """Take off what the same command costs for one recipient: its start-up."""
        wall = max(self.wall_seconds - least.wall_seconds, 1e-9)
        return Cost(wall, self.cpu_seconds - least.cpu_seconds, self.peak_megabytes)


def run(command: Sequence[str], environ: Mapping[str, str] | None = None) -> Cost:
    """Run a command to its end and measure it alone."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, env={**os.environ, **(environ or {})}
    )
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    if status:
        raise SystemExit(f"{command[:4]} ended with {os.waitstatus_to_exitcode(status)}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


class Weekly:
    """A newsletter with an audience of one size; deleted at the end of a ``with`` block."""

    def __init__(self, size: int, *, paragraphs: int) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="newsletter-bench-"))
        self._text = "# An issue\n\nHello {{ subscriber.name or 'friend' }}.\n\n" + (
            "A paragraph with [a link](https://example.org/page) and words to read.\n\n"
            * paragraphs
        )
        sender = ("--name", "Bench", "--from", "bench@example.org")
        self._command("init", *sender, "--base-url", "https://example.org", "--no-input")
        with (self.folder / "people.csv").open("w", encoding="utf-8") as people:
            people.write("email,name\n")
            people.writelines(f"reader{n}@example.org,Reader {n}\n" for n in range(size))
        self.imported = self.import_file(self.folder / "people.csv")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.folder)

    def import_file(self, people: Path, *, environ: Mapping[str, str] | None = None) -> Cost:
        """Import a file of confirmed people."""
        return self._command("subscribers", "import", str(people), *_TERMS, environ=environ)

    def send(
        self,
        name: str,
        *,
        dkim: Mapping[str, str] | None = None,
        sendgrid: Mapping[str, str] | None = None,
        program: Sequence[str] = ("-c", PROGRAM),
        **transport: str,
    ) -> Cost:
        """Send one more issue to everyone, with settings of these sections.

        Args:
            name: The issue's slug.
            dkim: Settings of that section.
            sendgrid: Settings of that section.
            program: What Python runs as the command line.
            transport: Settings of that section.
        """
        (self.folder / "issues" / f"{name}.md").write_text(self._text, encoding="utf-8")
        sections = {"TRANSPORT": transport, "DKIM": dkim or {}, "SENDGRID": sendgrid or {}}
        environ = {
            f"NEWSLETTER_{section}__{key.upper()}": value
            for section, values in sections.items()
            for key, value in values.items()
        }
        return self._command("send", name, "--yes", environ=environ, program=program)

    def schedule(self, name: str, at: str, environ: Mapping[str, str]) -> None:
        """Have one more issue sent to everyone by a worker."""
        (self.folder / "issues" / f"{name}.md").write_text(self._text, encoding="utf-8")
        self._command("send", name, "--at", at, "--yes", environ=environ)

    @contextmanager
    def serve(
        self, *options: str, environ: Mapping[str, str] | None = None
    ) -> Iterator[tuple[int, int]]:
        """Serve the pages; yield the port and the process's number."""
        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            port: int = free.getsockname()[1]
        command = [sys.executable, "-c", PROGRAM, "-C", str(self.folder), "serve"]
        process = subprocess.Popen(
            [*command, "--port", str(port), *options],
            stderr=subprocess.DEVNULL,
            env={**os.environ, **(environ or {})},
        )
        while socket.socket().connect_ex(("127.0.0.1", port)):
            time.sleep(0.05)
        try:
            yield port, process.pid
        finally:
            process.terminate()
            process.wait()

    def generate_key(self, selector: str, *options: str) -> str:
        """Make a key for signatures; return the name of its file."""
        self._command("keys", "generate", "dkim", "--selector", selector, *options)
        return f"keys/dkim-{selector}.pem"

    def render(self) -> tuple[Path, Path]:
        """Render the issue for a script by hand, with marks where its values go."""
        (self.folder / "issues" / "page.md").write_text(self._text, encoding="utf-8")
        out = self.folder / "rendered"
        self._command("render", "page", "--out", str(out))
        for file in (out / "page.html", out / "page.txt"):
            filled = file.read_text(encoding="utf-8").replace("friend", "%NAME%")
            file.write_text(filled.replace("https://example.org/u/test", "%LINK%"), "utf-8")
        return out / "page.html", out / "page.txt"

    def _command(
        self,
        *arguments: str,
        environ: Mapping[str, str] | None = None,
        program: Sequence[str] = ("-c", PROGRAM),
    ) -> Cost:
        command = [sys.executable, *program, "-C", str(self.folder), *arguments, "--json"]
        return run(command, environ)
