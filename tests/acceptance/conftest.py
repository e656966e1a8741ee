"""A newsletter for each test, copied from one that is made once."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.cli import run
from tests.acceptance.weekly import SLUG, TERMS, TEXT, Weekly

#: Real newsletters are not part of the project; its own tests run without them.
SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
collect_ignore = [] if SAMPLES.is_dir() else ["test_samples.py"]

PEOPLE = """\
email,name,tags
kim@example.org,Kim,seoul
lee@example.org,Lee,
park@example.org,,seoul
"""


@pytest.fixture(scope="session")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the newsletter that the others are copied from."""
    folder = tmp_path_factory.mktemp("pattern") / "weekly"
    options = ("--name", "Weekly", "--from", "weekly@example.org")
    assert run(["init", str(folder), *options, "--base-url", "https://example.org"]) == 0
    for file in (folder / "issues").iterdir():
        file.unlink()
    (folder / "issues" / f"{SLUG}.md").write_text(TEXT, encoding="utf-8")
    people = folder / "people.csv"
    people.write_text(PEOPLE, encoding="utf-8")
    assert run(["-C", str(folder), "subscribers", "import", str(people), *TERMS]) == 0
    assert run(["-C", str(folder), "subscribers", "add", "choi@example.org"]) == 0
    return folder


@pytest.fixture
def weekly(
    pattern: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    database_settings: dict[str, str],
) -> Weekly:
    """Copy the newsletter for one test."""
    folder = tmp_path / "weekly"
    shutil.copytree(pattern, folder)
    copied = Weekly(folder, capsys)
    return move(copied, database_settings["database__url"]) if database_settings else copied


def move(weekly: Weekly, url: str) -> Weekly:
    """Let a newsletter go on in another database, as its operator would."""
    copied = weekly.run("db", "copy", "--to", url)
    assert copied.code == 0, copied.err
    settings = weekly.folder / "newsletter.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(f'{text}\n[database]\nurl = "{url}"\n', encoding="utf-8")
    return replace(weekly, server_url=url)
