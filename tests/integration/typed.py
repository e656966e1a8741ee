"""What documents tell to type, typed."""

import os
import subprocess
import sys
from pathlib import Path


def run_shell(script: str, folder: Path) -> str:
    """Run lines of a document as a shell would, with this checkout's `newsletter`."""
    program = folder / "newsletter"
    program.write_text(
        f"#!{sys.executable}\nfrom newsletter.cli import main\nmain()\n", encoding="utf-8"
    )
    program.chmod(0o755)
    done = subprocess.run(
        ["sh", "-eu", "-c", script],
        cwd=folder,
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
