"""From what a user names, a path or a URL, to an inbox that is open."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from newsletter.errors import NotFoundError, SettingsError, UserError
from newsletter.reports.inbox.imap import open_imap
from newsletter.reports.inbox.inbox import Inbox
from newsletter.reports.inbox.mail_files import FilesInbox
from newsletter.reports.inbox.maildir import MaildirInbox
from newsletter.settings import BouncesSettings
from newsletter.settings.imap_url import parse_imap_url
from newsletter.settings.trust import trust_authorities


@contextmanager
def open_inbox(place: str, bounces: BouncesSettings) -> Iterator[Inbox]:
    """Open a maildir, an IMAP folder, an mbox, a message or a folder of messages.

    Args:
        place: ``imaps://USER@HOST/FOLDER``, ``maildir:PATH`` or a path.
        bounces: Has the password, and whom to trust.

    Raises:
        NotFoundError: There is nothing of that name.
        UserError: It cannot be read, or what it names is neither.
        TemporaryError: The server does not answer.
    """
    if place.startswith("imaps:"):
        try:
            server = parse_imap_url(place)
        except ValueError as error:
            raise UserError(f"the URL of the mailbox {error}") from None
        if not bounces.password:
            raise SettingsError(
                "[bounces] password: is not set; set NEWSLETTER_BOUNCES__PASSWORD, or"
                " NEWSLETTER_BOUNCES__PASSWORD_FILE to the name of a file that holds it"
            )
        tls = trust_authorities(bounces.ca_file, label="[bounces] ca_file")
        with open_imap(server, bounces.password, tls) as inbox:
            yield inbox
        return
    if "://" in place:
        raise UserError(
            "the URL of the mailbox is of another kind than these: imaps://USER@HOST/FOLDER,"
            " maildir:PATH"
        )
    path = Path(place.removeprefix("maildir:"))
    try:
        yield _open_path(path, is_maildir=place.startswith("maildir:"))
    except OSError as error:
        raise UserError(f"{error.filename or path}: cannot be read: {error.strerror}") from error


def _open_path(path: Path, *, is_maildir: bool) -> Inbox:
    if not path.exists():
        raise NotFoundError(f"{path}: there is no such maildir, folder or file")
    if (path / "new").is_dir() and (path / "cur").is_dir():
        return MaildirInbox(path)
    if is_maildir:
        raise UserError(f"{path}: is no maildir: it has no folders new and cur")
    return FilesInbox(path)
