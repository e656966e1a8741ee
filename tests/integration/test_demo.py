"""`make demo` shows the main job to a newcomer, as often as he likes."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def _run_demo(folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", str(ROOT / "examples" / "demo.sh"), str(folder)],
        env={**os.environ, "PATH": PATH, **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def _count_messages(folder: Path) -> int:
    return len(list((folder / "maildir" / "new").iterdir()))


def test_the_demo_sends_one_message_to_each_sample_person_and_can_be_repeated(
    tmp_path: Path,
) -> None:
    """The second run is the first one again, in a folder whose name has a space."""
    folder = tmp_path / "a demo"
    _run_demo(folder)

    second = _run_demo(folder)

    assert second.returncode == 0, second.stderr
    assert _count_messages(folder) == 5
    assert "5 messages are in the maildir" in second.stdout
    assert (folder / "rendered" / "2026-01.html").is_file()


def test_the_demo_does_not_follow_the_settings_of_a_real_newsletter(tmp_path: Path) -> None:
    """A transport in the environment would take sample messages to the world."""
    elsewhere = tmp_path / "elsewhere"

    done = _run_demo(tmp_path / "demo", NEWSLETTER_TRANSPORT__URL=f"maildir:{elsewhere}")

    assert done.returncode == 0, done.stderr
    assert _count_messages(tmp_path / "demo") == 5
    assert not elsewhere.exists()


def test_the_demo_deletes_no_folder_that_it_did_not_make(tmp_path: Path) -> None:
    """Whoever names his own folder by mistake keeps it."""
    (tmp_path / "mine.txt").write_text("kept", encoding="utf-8")

    done = _run_demo(tmp_path)

    assert done.returncode == 2
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "kept"
