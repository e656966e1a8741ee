"""The installation's secret on disk: made once, never overwritten, read only when nobody else can.

Without it no link that was ever sent works, and no suppression is found: it is to be backed up.
"""

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from newsletter.errors import SettingsError
from newsletter.settings import KEY_FILE_NAME, Settings
from newsletter.settings.secrets import SECRET_BYTES, build_secret_line, parse_secrets
from newsletter.whole_file import sync_folder
from subscribers.keyring import Keyring

_HEADER = """\
# The secret of this newsletter: links, Message-IDs and hashes are made from it. Back it up with the
# database, keep it out of git, and never change a line: a newer secret is added below as 2:...
"""


def create_key_file(folder: Path, random_bytes: Callable[[int], bytes]) -> Path:
    """Write a key file with one new secret, readable by its owner only.

    The file appears whole or not at all.

    Args:
        folder: Where newsletter.toml is or will be.
        random_bytes: Returns that many bytes nobody can guess, such as `os.urandom`.

    Raises:
        FileExistsError: There is one; it was not touched.
        OSError: The folder cannot be written.
    """
    path = folder / KEY_FILE_NAME
    line = build_secret_line(1, random_bytes(SECRET_BYTES))
    create_private(path, f"{_HEADER}{line}\n")
    return path


def create_private(path: Path, text: str) -> None:
    """Write a new file that only its owner may read; it appears whole or not at all.

    Raises:
        FileExistsError: There is one; it was not touched.
        OSError: Its folder cannot be written.
    """
    with _draft(path, text) as draft:
        # Unlike a rename, a link never replaces a file.
        path.hardlink_to(draft)
        sync_folder(path.parent)


def add_secret(settings: Settings, random_bytes: Callable[[int], bytes]) -> int:
    """Add a new secret behind the others, which stay; return its number.

    The file is replaced whole or not at all, and stays private.

    Args:
        settings: Say where the key file is.
        random_bytes: Returns that many bytes nobody can guess, such as `os.urandom`.

    Raises:
        SettingsError: There is no key file, others may read it, or it is damaged.
        OSError: The folder cannot be written.
    """
    number = load_keyring(settings).newest_version + 1
    path = settings.key_file
    text = path.read_text(encoding="utf-8")
    line = build_secret_line(number, random_bytes(SECRET_BYTES))
    with _draft(path, f"{text.rstrip()}\n{line}\n") as draft:
        draft.replace(path)
        sync_folder(path.parent)
    return number


def load_keyring(settings: Settings) -> Keyring:
    """Make the keys from the environment's secrets or, without any, from the key file.

    Raises:
        SettingsError: There is no key file, others than its owner may read it, or it is damaged;
            says how to mend it.
    """
    if settings.secrets is not None:
        return Keyring(settings.secrets)
    path = settings.key_file
    try:
        text = read_private(path, "the key file")
    except FileNotFoundError:
        raise SettingsError(
            f"{path}: the key file is missing. Bring it back from a backup: with another secret,"
            " links in issues already sent stop working and suppressions are not found."
            " Or set NEWSLETTER_SECRET_KEY or NEWSLETTER_SECRET_KEY_FILE."
        ) from None
    except OSError as error:
        raise SettingsError(f"{path}: the key file cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: the key file is damaged: it is no text in UTF-8") from None
    try:
        return Keyring(_FileSecrets(path, parse_secrets(text)))
    except ValueError as error:
        raise SettingsError(f"{path}: the key file is damaged: {error}") from error


class _FileSecrets(Mapping[int, bytes]):
    """The secrets of a key file; one that was added since is found when a link asks for it.

    So a server that runs for months knows the links that others make with a newer secret.
    """

    def __init__(self, path: Path, secrets: dict[int, bytes]) -> None:
        self._path = path
        self._secrets = secrets
        self._read_at_ns = self._changed_at_ns()

    def __getitem__(self, version: int) -> bytes:
        if version not in self._secrets:
            self._look_again()
        return self._secrets[version]

    def __iter__(self) -> Iterator[int]:
        return iter(self._secrets)

    def __len__(self) -> int:
        return len(self._secrets)

    def _look_again(self) -> None:
        """Read the file if it changed; what is wrong with it by now must not end a server."""
        changed_at_ns = self._changed_at_ns()
        if changed_at_ns == self._read_at_ns:
            return
        self._read_at_ns = changed_at_ns
        with suppress(OSError, UnicodeDecodeError, ValueError):
            found = parse_secrets(read_private(self._path, "the key file"))
            # Secrets are added, never replaced: another file is none of this installation's.
            if self._secrets.items() <= found.items():
                self._secrets = found

    def _changed_at_ns(self) -> int:
        try:
            return self._path.stat().st_mtime_ns
        except OSError:
            return 0


@contextmanager
def _draft(path: Path, text: str) -> Iterator[Path]:
    """Write a private file beside the one meant, synced; it is gone afterwards."""
    # Its name begins like the other's, so that the same line of .gitignore covers it.
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def read_private(path: Path, what: str) -> str:
    """Read a file that neither the group nor others may use.

    Args:
        path: The file.
        what: How messages call it, such as ``the key file``.

    Raises:
        OSError: It is not there, or cannot be read.
        UnicodeDecodeError: It is no text in UTF-8.
        SettingsError: It is shared; says which command makes it private.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise SettingsError(f"{path}: {what} is no regular file")
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SettingsError(
            f"{path}: others on this machine may read {what} (mode"
            f" {stat.S_IMODE(status.st_mode):03o}). Make it private with: chmod 600 {path}"
        )
    return path.read_text(encoding="utf-8")
