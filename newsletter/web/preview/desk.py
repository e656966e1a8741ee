"""What lies on the desk: the newsletter as it is now, and the last good look at every issue.

A mistake in an issue, a template or the settings takes nothing away: what was seen last stays
beside the words about the mistake. Requests come from several threads; one renders at a time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, RLock
from typing import TypeAlias

from newsletter.checks.check import Checker
from newsletter.errors import NewsletterError
from newsletter.issues.folder import list_issue_files
from newsletter.rendering.finding import Finding
from newsletter.usecases.installation import Installation
from newsletter.usecases.list_issues import ListedIssue, list_issues
from newsletter.usecases.preview_issue import Preview, check_preview, preview_issue
from newsletter.web.preview.failure import Failure, describe_failure

_Stamp: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """One issue as it can be seen now."""

    #: The last that could be rendered; None when there was none yet.
    preview: Preview | None
    #: Why there is nothing newer.
    failure: Failure | None = None


class Desk:
    """The state of a preview server.

    Args:
        open_newsletter: Reads the settings and opens the newsletter; called again when the
            settings have changed.
        named: An issue that the user asked for; it may lie anywhere.

    Raises:
        NewsletterError: It cannot be opened the first time.
    """

    def __init__(
        self, open_newsletter: Callable[[], Installation], *, named: Path | None = None
    ) -> None:
        self._open_newsletter = open_newsletter
        self._named = named.resolve() if named else None
        self._lock, self._checking = RLock(), Lock()
        self._generation = 0
        self._looks: dict[Path, tuple[_Stamp, Look]] = {}
        self._findings: dict[Path, tuple[Preview, tuple[Finding, ...]]] = {}
        self._failure: Failure | None = None
        self.installation = open_newsletter()
        self._checker = Checker(self.installation.settings)

    @property
    def folder(self) -> Path:
        """The newsletter's folder."""
        return self.installation.settings.folder

    @property
    def named(self) -> Path | None:
        """The issue that the user asked for."""
        return self._named

    def list_issues(self) -> tuple[ListedIssue, ...]:
        """List the issues, the newest first."""
        return list_issues(self.installation, others=[self._named] if self._named else [])

    def find_issue(self, key: str) -> Path | None:
        """Find an issue by what `key_of` calls it; nothing else on the disk has such a name."""
        files = [*([self._named] if self._named else []), *list_issue_files(self.folder)]
        return next((path for path in files if self.key_of(path) == key), None)

    def key_of(self, path: Path) -> str:
        """Name an issue in addresses of the preview: by its path, since it may be broken."""
        try:
            return path.resolve().relative_to(self.folder).as_posix()
        except ValueError:
            return path.resolve().as_posix()

    def look_at(self, path: Path) -> Look:
        """Render an issue, unless nothing has changed since it was rendered."""
        with self._lock:
            last = self._looks.get(path)
            if self._failure:
                return Look(preview=last[1].preview if last else None, failure=self._failure)
            stamp = self._stamp(path)
            if last and last[0] == stamp:
                return last[1]
            try:
                look = Look(preview=preview_issue(self.installation.settings, path))
            except NewsletterError as error:
                look = Look(
                    preview=last[1].preview if last else None,
                    failure=describe_failure(error, folder=self.folder),
                )
            self._looks[path] = stamp, look
            return look

    def check(self, path: Path) -> tuple[Finding, ...]:
        """Check an issue; one that is broken has the findings it had before."""
        look, last = self.look_at(path), self._findings.get(path)
        preview = look.preview
        if look.failure or preview is None:
            return last[1] if last else ()
        # A lock of its own: the next save is rendered meanwhile.
        with self._checking:
            if last is None or last[0] is not preview:
                settings = self.installation.settings
                last = preview, check_preview(preview, self._checker, settings)
                self._findings[path] = last
        return last[1]

    def warm(self) -> None:
        """Render the issue that is shown first, so that nobody waits for the libraries to load."""
        issues = [self._named] if self._named else [each.path for each in self.list_issues()]
        for path in issues[:1]:
            self.look_at(path)
            self.check(path)

    def note_change(self, *, in_settings: bool) -> None:
        """Take it that files have changed: nothing rendered before is taken for new."""
        with self._lock:
            self._generation += 1
            if in_settings:
                self._reopen()
            # It remembers what the theme does by itself.
            self._checker = Checker(self.installation.settings)

    def close(self) -> None:
        """Close the database."""
        self.installation.database.close()

    def _reopen(self) -> None:
        try:
            fresh = self._open_newsletter()
        except NewsletterError as error:
            self._failure = describe_failure(error, folder=self.folder)
            return
        self._failure = None
        self.installation.database.close()
        self.installation = fresh

    def _stamp(self, path: Path) -> _Stamp:
        try:
            found = path.stat()
        except OSError:
            return self._generation, 0, 0
        return self._generation, found.st_mtime_ns, found.st_size
