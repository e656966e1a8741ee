"""The pinned requirements say what is installed, never from where."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "requirements").glob("*.txt"))
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^ ;]+)", re.MULTILINE)


def _read_pins(name: str) -> set[tuple[str, str]]:
    return set(PIN.findall((ROOT / "requirements" / name).read_text(encoding="utf-8")))


def test_there_is_a_file_for_users_for_servers_for_builds_and_for_developers() -> None:
    """Makefile, CI, README and the image install from these."""
    names = [path.name for path in FILES]

    assert names == ["build.txt", "dev.txt", "run.txt", "server.txt"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_url_and_no_index_option_gets_into_the_requirements(path: Path) -> None:
    """Whoever installs decides where packages come from; a URL would pin our place, not theirs."""
    lines = path.read_text(encoding="utf-8").splitlines()

    told = [line for line in lines if "://" in line or " @ " in line]
    options = [line for line in lines if line.startswith("-")]

    assert told == []
    assert options == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_requirement_is_pinned_to_a_version_and_hashes(path: Path) -> None:
    """An unpinned one would be refused by pip, but only on the machine that installs it."""
    text = path.read_text(encoding="utf-8")

    blocks = re.split(r"\n(?=\S)", text.strip())
    loose = [block for block in blocks if not PIN.match(block) or "--hash=sha256:" not in block]

    assert blocks != []
    assert loose == []


@pytest.mark.parametrize("name", ["run.txt", "server.txt", "build.txt"])
def test_users_and_builds_get_the_versions_that_the_tests_ran_with(name: str) -> None:
    """All are parts of dev.txt; other versions would be untested ones."""
    untested = _read_pins(name) - _read_pins("dev.txt")

    assert untested == set()


def test_a_server_gets_everything_that_is_extra() -> None:
    """Nothing can be added to an image, and what one-machine.md installs answers programs, too."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = {
        re.split(r"[\[<>=]", requirement)[0]
        for extra, requirements in project["optional-dependencies"].items()
        for requirement in requirements
        if extra != "dev"
    }

    assert "fastapi" in extras
    assert extras - {name for name, _ in _read_pins("server.txt")} == set()
