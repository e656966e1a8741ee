"""The issues of a newsletter as files in its folder: list them, find one by path or slug."""

import os
from pathlib import Path

from newsletter.errors import IssueError, NotFoundError
from newsletter.issues.load import load_slug
from newsletter.issues.slug import ISSUE_SUFFIXES
from newsletter.issues.source import show_path

#: Issues shown as a help when a name is not found.
_MAX_HINTS = 5


def list_issue_files(folder: Path) -> list[Path]:
    """List the issue files of a newsletter, sorted by path.

    Args:
        folder: The newsletter's folder; issues are in `issues` below it, at any depth.

    Returns:
        Markdown files. A folder with an `index.md` inside `issues` is one issue, its other files
        belong to it (a page bundle of Hugo). Names that begin with a dot or an underscore are
        passed over.
    """
    issues = folder / "issues"
    found: list[Path] = []
    for name, folders, files in os.walk(issues):
        folders[:] = [each for each in folders if not each.startswith((".", "_"))]
        is_bundle = "index.md" in files and Path(name) != issues
        if is_bundle:
            folders.clear()
        found += [
            Path(name, file)
            for file in (["index.md"] if is_bundle else files)
            if not file.startswith((".", "_")) and Path(file).suffix.lower() in ISSUE_SUFFIXES
        ]
    return sorted(found)


def find_issue(folder: Path, name: str) -> Path:
    """Find an issue file by what the user calls it.

    Args:
        folder: The newsletter's folder.
        name: A path from the current folder or from the newsletter's; else a name in `issues`,
            with or without `.md`, or a folder with an `index.md` there; else an issue's slug.

    Raises:
        NotFoundError: Nothing is called so; lists the nearest slugs.
        IssueError: Several files have this slug.
    """
    issues = folder / "issues"
    by_name = [issues / f"{name}{end}" for end in ("", *ISSUE_SUFFIXES)]
    places = [Path(name), folder / name, *by_name]
    for place in places if name.strip() else []:
        for path in (place, place / "index.md"):
            if _is_file(path):
                return path
    slugs = _load_slugs(folder)
    with_slug = [path for path, slug in slugs.items() if slug == name]
    if len(with_slug) == 1:
        return with_slug[0]
    if with_slug:
        raise IssueError(
            f"{name}: several issues have this slug; give all but one another",
            problems=[f'{show_path(path)}:1:1: slug "{name}"' for path in with_slug],
        )
    raise NotFoundError(_describe_missing(folder, name, sorted(set(slugs.values()))))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name too long for the file system, a folder that may not be entered
        return False


def _load_slugs(folder: Path) -> dict[Path, str]:
    """Load the slug of every issue that can be read; a broken one cannot be meant by its slug."""
    slugs: dict[Path, str] = {}
    for path in list_issue_files(folder):
        try:
            slugs[path] = load_slug(path)
        except (IssueError, NotFoundError):
            continue
    return slugs


def _describe_missing(folder: Path, name: str, slugs: list[str]) -> str:
    from difflib import get_close_matches

    shown = show_path(Path(name))
    if not slugs:
        return f"{shown}: no such issue; there is no issue in {show_path(folder / 'issues')}"
    near = get_close_matches(name, slugs, n=_MAX_HINTS)
    if near:
        return f"{shown}: no such issue; did you mean {', '.join(near)}?"
    return f"{shown}: no such issue; the last ones are {', '.join(slugs[-_MAX_HINTS:])}"
