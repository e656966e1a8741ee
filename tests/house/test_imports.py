"""Which file may import what, where import-linter cannot say it.

import-linter keeps the floors; these tests keep foreign libraries, the environment and the start-up
time where they belong.
"""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    path for package in ("newsletter", "subscribers") for path in (ROOT / package).rglob("*.py")
)

#: Library → the only rooms that may import it.
ROOM_OF: dict[str, tuple[str, ...]] = {
    "typer": ("newsletter/cli/",),
    "fastapi": ("newsletter/web/api/",),
    "pydantic": ("newsletter/web/api/",),
    "starlette": ("newsletter/web/",),
    "uvicorn": ("newsletter/web/",),
    "watchfiles": ("newsletter/web/",),
    "alembic": ("newsletter/migrations/",),
    "sendgrid": ("newsletter/sending/transports/",),
    "jinja2": ("newsletter/rendering/", "newsletter/web/"),
    "lxml": ("newsletter/rendering/", "newsletter/checks/", "newsletter/articles/"),
    "nh3": ("newsletter/rendering/",),
    "markdown_it": ("newsletter/rendering/",),
    "yaml": ("newsletter/issues/",),
    "email_validator": ("subscribers/",),
    "tinycss2": ("newsletter/rendering/", "newsletter/checks/"),
    "cssselect": ("newsletter/checks/",),
}
#: Replaceable, so known to one file only.
IN_ONE_FILE = [
    "flufl",
    "argon2",
    "mjml",
    "premailer",
    "pygments",
    "linkify_it",
    "yaml",
    "email_validator",
    "sendgrid",
    "python_http_client",
    "structlog",
    "prometheus_client",
]
#: What `newsletter --help` must do without: it answers in the time that Python takes to start.
HEAVY = {
    "alembic",
    "argon2",
    "cssselect",
    "cssutils",
    "email_validator",
    "fastapi",
    "jinja2",
    "lxml",
    "mjml",
    "premailer",
    "psycopg",
    "pydantic",
    "requests",
    "sendgrid",
    "sqlalchemy",
    "starlette",
    "uvicorn",
    "watchfiles",
    "yaml",
    "prometheus_client",
    "structlog",
}


def _list_imports(path: Path) -> Iterator[str]:
    """List the full names of what a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def _list_importers(library: str) -> list[str]:
    return [
        path.relative_to(ROOT).as_posix()
        for path in MODULES
        if any(name.split(".")[0] == library for name in _list_imports(path))
    ]


def _list_attributes(owner: str, names: set[str]) -> list[str]:
    """List the files that read an attribute such as ``os.environ``, or import it by name."""
    return [
        path.relative_to(ROOT).as_posix()
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (
            isinstance(node, ast.Attribute)
            and node.attr in names
            and isinstance(node.value, ast.Name)
            and node.value.id == owner
        )
        or (
            isinstance(node, ast.ImportFrom)
            and node.module == owner
            and any(alias.name in names for alias in node.names)
        )
    ]


def _list_calls(names: set[str]) -> list[str]:
    """List the files that call a function such as ``time.time``, by its full name."""
    return [
        path.relative_to(ROOT).as_posix()
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in names
    ]


@pytest.mark.parametrize(("library", "rooms"), ROOM_OF.items())
def test_a_library_stays_in_its_room(library: str, rooms: tuple[str, ...]) -> None:
    """Whoever replaces the library reads one room."""
    strangers = [path for path in _list_importers(library) if not path.startswith(rooms)]

    assert strangers == []


@pytest.mark.parametrize("library", IN_ONE_FILE)
def test_a_library_without_types_or_rivals_is_known_to_one_file(library: str) -> None:
    """The file gives it types and our errors; nothing else depends on it."""
    importers = _list_importers(library)

    assert len(importers) == 1


def test_the_environment_is_read_by_the_settings_only() -> None:
    """What decides a run stands in one value that can be shown and tested."""
    readers = _list_attributes("os", {"environ", "environb", "getenv"})

    assert readers != []
    # A library takes a folder's name from nowhere else.
    others = set(readers) - {"newsletter/metrics/sharing.py"}
    assert [path for path in others if not path.startswith("newsletter/settings")] == []


def test_the_wall_clock_is_an_argument() -> None:
    """The fuse box picks it and the command line asks it for dates and names; no room below.

    The names of a maildir's files carry the time so that they are unique; nothing reads it.
    """
    callers = _list_calls({"time.time", "time.time_ns", "datetime.now", "datetime.datetime.now"})

    assert set(callers) <= {
        "newsletter/bootstrap.py",
        "newsletter/cli/doctor.py",
        "newsletter/cli/init.py",
        "newsletter/cli/keys.py",
        "newsletter/cli/new.py",
        "newsletter/sending/transports/maildir.py",
    }


def test_sending_does_without_the_web() -> None:
    """A worker that only sends loads no server, and a hole in one is none in the other."""
    script = (
        "import sys, newsletter.cli.send, newsletter.bootstrap, newsletter.usecases.send_issue\n"
        "print(*{name.split('.')[0] for name in sys.modules})\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert set(done.stdout.split()) & {"starlette", "uvicorn", "watchfiles", "fastapi"} == set()


def test_help_does_not_wait_for_heavy_libraries() -> None:
    """A command line that answers slowly is used less."""
    script = (
        "import json, sys\n"
        "sys.argv = ['newsletter', '--help']\n"
        "from newsletter.cli import main\n"
        "try:\n"
        "    main()\n"
        "except SystemExit:\n"
        "    pass\n"
        "print(json.dumps([name.split('.')[0] for name in sys.modules]), file=sys.stderr)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(done.stderr))

    assert "Usage" in done.stdout
    assert loaded & HEAVY == set()
