"""Begin a newsletter in a folder: settings, a first issue, a secret, and nothing overwritten.

newsletter.toml is written last. Until it is there, the same command can be run again, whatever
interrupted it; once it is there, the command refuses.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from newsletter.errors import RefusedError, UserError
from newsletter.key_file import create_key_file
from newsletter.settings import KEY_FILE_NAME, SETTINGS_FILE_NAME, Settings, parse_settings
from newsletter.settings.private_files import PRIVATE_FILES
from newsletter.usecases.first_issue import build_first_issue
from newsletter.whole_file import write_whole_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

_SETTINGS = """\
# The settings of this newsletter. `newsletter config show --origin` lists every key there is.
# Passwords do not belong here, for this file goes into git: they come from the environment,
# where each key has a variable such as NEWSLETTER_TRANSPORT__URL.

[newsletter]
name = {name}
from = {sender}
# reply_to = "Name <name@example.org>"
# Where readers reach your pages: links in every issue begin with it.
base_url = {base_url}
language = {language}
# Shown at the end of every issue; the law of many countries asks for it.
postal_address = ""
# Readers' filters know the newsletter by it: leave it as it is, even under a new name.
list_id = {list_id}
# Times in issues are meant in it, such as "Europe/Berlin" or "Asia/Seoul".
timezone = "UTC"

[transport]
# "maildir:FOLDER" keeps every message in a folder of this machine; nothing leaves it.
url = {transport_url}
# Messages per second; 0 for as fast as they are taken.
rate_per_second = 0
"""
_TRANSPORT_URL = "maildir:maildir"


def init_newsletter(
    folder: Path,
    *,
    name: str,
    sender: str,
    base_url: str,
    language: str,
    now: datetime,
    random_bytes: Callable[[int], bytes],
) -> list[Path]:
    """Make a folder, new or not, into a newsletter.

    Args:
        folder: Made if it does not exist; its files are kept.
        name: As readers see it.
        sender: ``Name <address>`` or an address alone.
        base_url: Where readers will reach the pages.
        language: BCP 47; Korean gets a Korean first issue.
        now: The first issue carries its date.
        random_bytes: Returns that many bytes nobody can guess, such as `os.urandom`.

    Returns:
        The files that were written, in that order; the last is newsletter.toml. The secret is
        among them unless there was one already: it is to be backed up.

    Raises:
        SettingsError: A value cannot be used; nothing was written.
        RefusedError: There is a newsletter already, or git tracks its secret; nothing was written.
        UserError: The folder cannot be written; the same call can be repeated.
    """
    settings_file = folder / SETTINGS_FILE_NAME
    settings = parse_settings(
        "",
        path=settings_file,
        overrides={
            "newsletter.name": name,
            "newsletter.from": sender,
            "newsletter.base_url": base_url,
            "newsletter.language": language,
            "transport.url": _TRANSPORT_URL,
        },
    )
    if os.path.lexists(settings_file):
        raise RefusedError(
            f"{settings_file}: there is a newsletter already; it was left as it is."
            " Edit this file, or name another folder."
        )
    _refuse_tracked_secret(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = [
            *_write_gitignore(folder / ".gitignore"),
            *_write_secret(folder, random_bytes),
            *_write_first_issue(folder / "issues", settings, now),
        ]
        write_whole_file(settings_file, _build_settings_text(settings).encode())
    except OSError as error:
        raise UserError(
            f"{error.filename or folder}: cannot be written: {error.strerror}."
            " Once that is mended, run the same command again."
        ) from error
    return [*written, settings_file]


def _refuse_tracked_secret(folder: Path) -> None:
    """Refuse a folder whose key file is in git, deleted or not.

    Raises:
        RefusedError: Says how to take it out.
    """
    import shutil
    import subprocess

    git = shutil.which("git")
    if not git or not folder.is_dir():
        return
    found = subprocess.run(  # noqa: S603 - a fixed program, no shell, the folder as an argument
        [git, "-C", str(folder), "ls-files", "--error-unmatch", "--", KEY_FILE_NAME],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,  # outside a repository and for an unknown file it fails: all is well
    )
    if found.returncode == 0:
        raise RefusedError(
            f"{folder / KEY_FILE_NAME}: git tracks this file, so its secret is none. Take it out"
            f" with: git rm --cached {KEY_FILE_NAME}. If it was ever pushed, delete it as well,"
            " so that a new one is made."
        )


def _write_gitignore(path: Path) -> list[Path]:
    """Append the lines that are missing; other lines, whatever their encoding, are kept."""
    old = path.read_bytes() if path.exists() else b""
    known = {line.strip().decode("ascii", "replace") for line in old.splitlines()}
    missing = [line for line in PRIVATE_FILES if line not in known]
    if not missing:
        return []
    gap = "" if not old else "\n" if old.endswith(b"\n") else "\n\n"
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write("\n".join([f"{gap}# People, mail and secrets stay out of git.", *missing, ""]))
    return [path]


def _write_secret(folder: Path, random_bytes: Callable[[int], bytes]) -> list[Path]:
    """Make a key file unless there is one: from an interrupted run, or brought from elsewhere."""
    try:
        return [create_key_file(folder, random_bytes)]
    except FileExistsError:
        return []


def _write_first_issue(folder: Path, settings: Settings, now: datetime) -> list[Path]:
    """Write an issue into a folder that has none."""
    folder.mkdir(exist_ok=True)
    if any(folder.glob("*.md")):
        return []
    path = folder / f"{now.date().isoformat()}-hello.md"
    text = build_first_issue(
        language=settings.newsletter.language,
        issued_on=now.date(),
        base_url=settings.newsletter.base_url,
    )
    write_whole_file(path, text.encode())
    return [path]


def _build_settings_text(settings: Settings) -> str:
    newsletter = settings.newsletter
    return _SETTINGS.format(
        name=_quote(newsletter.name),
        sender=_quote(str(newsletter.sender)),
        base_url=_quote(newsletter.base_url),
        language=_quote(newsletter.language),
        list_id=_quote(newsletter.list_id),
        transport_url=_quote(_TRANSPORT_URL),
    )


def _quote(text: str) -> str:
    """Write a TOML basic string: JSON's escapes are a part of TOML's."""
    return json.dumps(text, ensure_ascii=False)
