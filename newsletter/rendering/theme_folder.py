"""The folders of themes: those that come with the program, and a newsletter's own."""

import re
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from newsletter.errors import RenderError

#: What themes have in common; no theme itself.
SHARED: Final = "shared"
PAGE: Final = "issue.mjml.j2"

#: Messages about a subscription.
_SYSTEM: Final = "system"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class ThemeFolder:
    """A theme's name and its files."""

    name: str
    folder: Traversable
    #: It is the newsletter's own, not one that came with the program.
    is_own: bool


def get_templates_folder() -> Traversable:
    """Return the folder of all templates: the installed package's, else the checkout's.

    Raises:
        RenderError: There is neither; the installation is broken.
    """
    folder = find_templates_folder(files("newsletter"))
    if folder is None:
        raise RenderError("the templates are missing: install newsletter-press again")
    return folder


def find_templates_folder(package: Traversable) -> Traversable | None:
    """Find the templates in a package, where a wheel has them, or beside it, as in a checkout."""
    folders = (package / "templates", package / ".." / "templates")
    return next((folder for folder in folders if (folder / "issue").is_dir()), None)


def get_shared_folder() -> Traversable:
    """Return the folder of what themes have in common."""
    return get_templates_folder() / "issue" / SHARED


def list_themes(own_themes: Path | None = None) -> list[ThemeFolder]:
    """List the themes by name, each once: a newsletter's own hides a packaged one."""
    found: dict[str, ThemeFolder] = {}
    for folder, is_own in _list_homes(own_themes):
        for each in folder.iterdir() if folder.is_dir() else ():
            if _NAME.fullmatch(each.name) and each.name != SHARED and (each / PAGE).is_file():
                found.setdefault(each.name, ThemeFolder(each.name, each, is_own))
    return [found[name] for name in sorted(found)]


def find_theme(name: str, own_themes: Path | None = None) -> ThemeFolder:
    """Find a theme by its name.

    Raises:
        RenderError: There is none; lists those there are.
    """
    themes = list_themes(own_themes)
    found = next((each for each in themes if each.name == name), None)
    if found is None:
        known = ", ".join(each.name for each in themes)
        raise RenderError(f"there is no theme {name!r}; themes: {known}")
    return found


def read_file(file: Traversable, folder: Traversable) -> tuple[str, str]:
    """Read a template or style sheet.

    Returns:
        Its content, and its name for messages.

    Raises:
        RenderError: It is not UTF-8 or may not be read.
    """
    shown = f"templates/{_SYSTEM if folder.name == _SYSTEM else f'issue/{folder.name}'}/{file.name}"
    try:
        return file.read_text("utf-8"), shown
    except (OSError, UnicodeDecodeError) as error:
        raise RenderError(f"{shown}: cannot be read: {error}") from error


def _list_homes(own_themes: Path | None) -> list[tuple[Traversable, bool]]:
    own: list[tuple[Traversable, bool]] = [(own_themes, True)] if own_themes else []
    return [*own, (get_templates_folder() / "issue", False)]
