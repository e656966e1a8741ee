"""What is committed names no machine, no package registry, and no file that is not there."""

import re
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]

#: Hosts that packages are fetched from.
REGISTRY_HOSTS = re.compile(
    r"(pypi|pythonhosted|registry\.npmjs|registry\.yarnpkg|(deb|security)\.debian"
    r"|proxy\.golang|repo1?\.maven)\.(org|com)|crates\.io"
)
#: A path that exists on one machine only; not the path of a URL such as example.org/home/.
MACHINE_PATHS = re.compile(r"(?<![\w.])/(work|root|Users|home/\w+)" r"/")


def _list_files() -> list[Path]:
    """List what git would commit; without git, everything but what is made again."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0 and listed.stdout:
        paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        made = {"demo", "dist", "build", "__pycache__"}
        paths = [
            path
            for path in ROOT.rglob("*")
            if not any(
                part in made or (part.startswith(".") and part != ".ci")
                for part in path.relative_to(ROOT).parts
            )
        ]
    return sorted(path for path in paths if path.is_file())


def _find_lines(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in _list_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture, or a test's input in another encoding
        found += [
            f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
            for number, line in enumerate(text.splitlines(), 1)
            if pattern.search(line)
        ]
    return found


def _list_targets(markdown: str) -> list[str]:
    """List where the links and pictures of a text point, code left out."""
    inline = [token for token in MarkdownIt().parse(markdown) if token.children]
    targets = [
        child.attrGet("href") or child.attrGet("src")
        for token in inline
        for child in token.children or []
    ]
    return [str(target) for target in targets if target]


def test_the_files_are_found() -> None:
    """The tests below would pass on an empty list."""
    names = {path.relative_to(ROOT).as_posix() for path in _list_files()}

    assert {"pyproject.toml", "Makefile", ".ci/run", "newsletter/errors.py"} <= names


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (REGISTRY_HOSTS, "see https://py" + "pi.org/project/x"),
        (REGISTRY_HOSTS, "http://deb." + "debian.org/debian"),
        (MACHINE_PATHS, "run /ro" + "ot/x.sh"),
        (MACHINE_PATHS, "open '/home/kim" + "/notes'"),
    ],
)
def test_the_patterns_find_what_they_are_for(pattern: re.Pattern[str], text: str) -> None:
    """A pattern that never matches would let everything in."""
    found = pattern.search(text)

    assert found is not None


def test_no_registry_host_is_named() -> None:
    """Packages come from wherever the reader's own tools are set to look."""
    lines = _find_lines(REGISTRY_HOSTS)

    assert lines == []


def test_no_path_of_one_machine_is_named() -> None:
    """Such a path is true on one computer only."""
    lines = _find_lines(MACHINE_PATHS)

    assert lines == []


def test_every_relative_link_leads_to_a_file() -> None:
    """A document that moved takes its links along; the issues that tests read are no documents."""
    links = [
        (path, urlsplit(target))
        for path in _list_files()
        if path.suffix == ".md" and path.relative_to(ROOT).parts[0] != "tests"
        for target in _list_targets(path.read_text(encoding="utf-8"))
    ]

    dead = [
        f"{path.relative_to(ROOT)}: {link.geturl()}"
        for path, link in links
        if not link.scheme and link.path and not (path.parent / unquote(link.path)).exists()
    ]

    assert links != []
    assert dead == []
