"""Begin the next issue of a series, from a template that the newsletter may have of its own."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from newsletter.errors import IssueError, NotFoundError, RefusedError, UserError
from newsletter.issues.folder import list_issue_files
from newsletter.issues.issue import Issue, Revision
from newsletter.issues.load import parse_issue
from newsletter.issues.next_issue import NextIssue, find_series, plan_next_issue
from newsletter.issues.skeleton import fill_skeleton
from newsletter.issues.source import load_content
from newsletter.rendering.theme_folder import get_templates_folder
from newsletter.settings import Settings
from newsletter.whole_file import write_whole_file

#: Of the template that is used when none is named.
DEFAULT_TEMPLATE: Final = "weekly"
#: Folder of the templates, in the newsletter's folder `templates` and in the program's.
_HOME: Final = "new"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]*")
_NO_REVISION: Final = Revision(commit=None, is_modified=True, content_sha256="")


@dataclass(frozen=True, kw_only=True, slots=True)
class NewIssue:
    """An issue that was begun."""

    planned: NextIssue
    #: Where it is.
    path: Path


def begin_issue(
    settings: Settings,
    *,
    now: datetime,
    series: str = "",
    template: str = DEFAULT_TEMPLATE,
    digest: str = "",
    preheader: str = "",
) -> NewIssue:
    """Write the first text of the next issue of a series.

    Args:
        settings: Of the newsletter.
        now: Becomes the date of the issue; in the newsletter's time zone.
        series: Empty for that of the newest issue, else the newsletter's name.
        template: Of the newsletter's own templates, else of those that come with the program.
        digest: Markdown that the issue begins with.
        preheader: What the digest is about.

    Raises:
        NotFoundError: There is no such template; lists those there are.
        RefusedError: There is a file of that name; nothing was written.
        UserError: The file cannot be written.
    """
    skeleton = _read_template(settings.folder, template)
    issues = list(load_issues(settings))
    planned = plan_next_issue(
        issues,
        series=series or find_series(issues) or settings.newsletter.name,
        issued_on=now.date(),
        folder=settings.folder / "issues",
    )
    if os.path.lexists(planned.path):
        raise RefusedError(f"{planned.path}: there is such a file already; it was left as it is")
    text = fill_skeleton(skeleton, planned, written_at=now, digest=digest, preheader=preheader)
    _write(planned.path, text.encode())
    return NewIssue(planned=planned, path=planned.path)


def list_templates(folder: Path) -> list[str]:
    """List the names of the templates for new issues.

    Args:
        folder: The newsletter's.
    """
    homes = [each for each in _list_homes(folder) if each.is_dir()]
    names = [Path(file.name) for home in homes for file in home.iterdir()]
    return sorted({name.stem for name in names if name.suffix == ".md"})


def eject_template(folder: Path, name: str, *, may_overwrite: bool = False) -> Path:
    """Copy a template of the program into the newsletter's folder.

    Args:
        folder: The newsletter's.
        name: Of a template that comes with the program.
        may_overwrite: Write over an earlier copy.

    Raises:
        NotFoundError: There is no such template; lists those there are.
        RefusedError: The newsletter has it already; nothing was written.
        UserError: The file cannot be written.
    """
    packaged = get_templates_folder() / _HOME / f"{name}.md"
    if not _NAME.fullmatch(name) or not packaged.is_file():
        raise _build_missing(folder, name)
    path = folder / "templates" / _HOME / f"{name}.md"
    if os.path.lexists(path) and not may_overwrite:
        raise RefusedError(f"{path}: there is such a file already; --force writes over it")
    _write(path, packaged.read_bytes())
    return path


def load_issues(settings: Settings) -> Iterator[Issue]:
    """Load the issues that can be read; a broken one is no reason not to write the next."""
    for path in list_issue_files(settings.folder):
        try:
            yield parse_issue(
                load_content(path),
                path=path,
                newsletter=settings.newsletter,
                revision=_NO_REVISION,
            )
        except (IssueError, NotFoundError):
            continue


def _read_template(folder: Path, name: str) -> str:
    for home in _list_homes(folder):
        file = home / f"{name}.md"
        if _NAME.fullmatch(name) and file.is_file():
            try:
                return file.read_text("utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise UserError(f"{file}: cannot be read: {error}") from error
    raise _build_missing(folder, name)


def _build_missing(folder: Path, name: str) -> NotFoundError:
    known = ", ".join(list_templates(folder))
    return NotFoundError(f"there is no template {name!r} for new issues; templates: {known}")


def _list_homes(folder: Path) -> tuple[Traversable, ...]:
    return folder / "templates" / _HOME, get_templates_folder() / _HOME


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole_file(path, content)
    except OSError as error:
        raise UserError(f"{error.filename or path}: cannot be written: {error.strerror}") from error
