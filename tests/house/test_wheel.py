"""What a user installs holds everything that a checkout holds."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from newsletter.rendering.theme_folder import get_templates_folder

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel with the tools that are installed; nothing is fetched."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return next(folder.glob("newsletter_press-*.whl"))


def _list_data() -> set[str]:
    """List the templates and migrations of the checkout, as paths in the wheel."""
    templates = [path for path in (ROOT / "templates").rglob("*") if path.is_file()]
    migrations = (ROOT / "newsletter" / "migrations").rglob("*.*")
    return {f"newsletter/{path.relative_to(ROOT).as_posix()}" for path in templates} | {
        path.relative_to(ROOT).as_posix() for path in migrations if path.suffix != ".pyc"
    }


def test_a_checkout_uses_its_own_templates() -> None:
    """An editable install holds no copy: whoever edits a template sees it at once."""
    folder = get_templates_folder()

    assert Path(str(folder)).resolve() == ROOT / "templates"


def test_the_wheel_holds_the_templates_and_the_migrations(wheel: Path) -> None:
    """Both are data to the build, which forgets them without a word."""
    names = set(zipfile.ZipFile(wheel).namelist())

    data = _list_data()

    assert "newsletter/templates/issue/weekly/issue.mjml.j2" in data
    assert "newsletter/migrations/script.py.mako" in data
    assert data - names == set()


def test_the_wheel_holds_nothing_but_its_two_packages(wheel: Path) -> None:
    """A folder called tests in site-packages meets other people's."""
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}

    packages = {top for top in tops if not top.endswith(".dist-info")}

    assert packages == {"newsletter", "subscribers"}


def test_an_installed_wheel_finds_its_own_theme(wheel: Path, tmp_path: Path) -> None:
    """Far from any checkout, the templates are in the package."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", str(tmp_path), str(wheel)], check=True, capture_output=True)
    script = (
        "from newsletter.rendering.theme import load_theme\n"
        "print(load_theme('weekly').folders[0])\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert Path(done.stdout.strip()) == tmp_path / "newsletter/templates/issue/weekly"
