"""Make a key for DKIM signatures, and say what DNS and the settings have to be told of it."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from newsletter.errors import RefusedError, UserError
from newsletter.key_file import create_private
from newsletter.sending.message.private_key import (
    build_dns_record,
    generate_ed25519,
    generate_rsa,
    write_pem,
)
from newsletter.sending.message.signing_keys import signing_domain_of
from newsletter.settings import Settings

#: In the newsletter's folder.
KEYS_FOLDER = "keys"
#: Selectors of one year end in these, in this order.
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class SigningAlgorithm(StrEnum):
    """The kinds of key."""

    #: What every receiver checks.
    RSA = "rsa"
    #: A second signature beside the first, for receivers that know it (RFC 8463).
    ED25519 = "ed25519"


@dataclass(frozen=True, kw_only=True, slots=True)
class GeneratedKey:
    """A key on the disk, and who is to be told what."""

    algorithm: SigningAlgorithm
    domain: str
    selector: str
    file: Path
    #: Without quotes; see `newsletter.sending.message.private_key.quote_txt`.
    dns_record: str

    @property
    def dns_name(self) -> str:
        """Where the record belongs."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def settings(self) -> dict[str, str]:
        """What belongs into section ``[dkim]``."""
        return {
            "domain": self.domain,
            f"{self.algorithm}_selector": self.selector,
            f"{self.algorithm}_key_file": f"{KEYS_FOLDER}/{self.file.name}",
        }


def generate_signing_key(
    settings: Settings, algorithm: SigningAlgorithm, *, selector: str = "", year: int
) -> GeneratedKey:
    """Write ``keys/dkim-SELECTOR.pem``, readable by its owner only and out of git.

    Args:
        settings: Name the folder and the domain.
        algorithm: Of the key.
        selector: Empty for the next free one of this year, such as ``nl2026a``.
        year: Of today.

    Raises:
        RefusedError: There is a key of that selector.
        UserError: The folder cannot be written.
    """
    folder = settings.folder / KEYS_FOLDER
    selector = selector or _find_free_selector(folder, algorithm, year)
    file = _file_of(folder, selector)
    key = generate_rsa() if algorithm is SigningAlgorithm.RSA else generate_ed25519()
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        _keep_out_of_git(folder)
        create_private(file, write_pem(key))
    except FileExistsError:
        raise RefusedError(
            f"{file}: there is a key already; it was left as it is. Take another --selector:"
            " a receiver must never find two keys under one name."
        ) from None
    except OSError as error:
        where = error.filename or folder
        raise UserError(f"{where}: cannot be written: {error.strerror}") from error
    return GeneratedKey(
        algorithm=algorithm,
        domain=signing_domain_of(settings),
        selector=selector,
        file=file,
        dns_record=build_dns_record(key),
    )


def _find_free_selector(folder: Path, algorithm: SigningAlgorithm, year: int) -> str:
    suffix = "" if algorithm is SigningAlgorithm.RSA else "-ed25519"
    for letter in _LETTERS:
        selector = f"nl{year}{letter}{suffix}"
        if not _file_of(folder, selector).exists():
            return selector
    raise RefusedError(f"{folder}: all names for keys of {year} are taken; give a --selector")


def _file_of(folder: Path, selector: str) -> Path:
    return folder / f"dkim-{selector}.pem"


def _keep_out_of_git(folder: Path) -> None:
    """Ignore the folder from inside: whoever moves or renames it takes the rule along."""
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
