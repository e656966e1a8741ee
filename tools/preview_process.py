"""`newsletter preview` in a process of its own: for pictures, measurements and tests."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Self

_PROGRAM = "import sys; from newsletter.cli import run; sys.exit(run(sys.argv[1:]))"


class PreviewProcess:
    """The running command; ended by Ctrl-C at the end of a ``with`` block.

    Args:
        folder: The newsletter's.
        options: More for the command line, such as a port; any port unless one is named.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        command = [
            "-C",
            str(folder),
            "preview",
            "--no-open",
            "--json",
            *(options or ("--port", "0")),
        ]
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.port = self._read_port()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.stop()

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.port}/"

    def stop(self) -> tuple[int, str]:
        """Press Ctrl-C; return the exit code and what was said on standard error."""
        self._process.send_signal(signal.SIGINT)
        try:
            _, said = self._process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
            raise
        return self._process.returncode, said

    def _read_port(self) -> int:
        said = ""
        for line in self._process.stdout or []:
            said += line
            if line == "}\n":
                port: int = json.loads(said)["port"]
                return port
        _, why = self._process.communicate()
        raise RuntimeError(f"the preview did not start: {why}")
