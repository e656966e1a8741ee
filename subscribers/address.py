"""Email addresses: text from outside becomes an address by `EmailAddress.parse` or not at all."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from subscribers.errors import InvalidAddressError

#: RFC 5321 section 4.5.3.1.3, less the angle brackets; in bytes.
_MAX_ADDRESS_BYTES = 254
#: Nearly every address in a list: ASCII, nothing quoted, nothing to normalise but the domain's
#: case. Such an address is known to be good without asking email-validator, which takes thirty
#: times longer; a test holds the two to the same answers.
_PLAIN = re.compile(
    r"([a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*)"
    r"@((?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+([A-Za-z]{2,63}))"
)


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """An address that was parsed once, with its two spellings.

    Equality is by spelling; whether two addresses reach the same person is told by `key`.
    """

    #: As people write it: NFC, the domain in Unicode and lower case, the local part's case kept.
    text: str

    @classmethod
    def parse(cls, text: str) -> "EmailAddress":
        """Make an address from text that came from outside.

        Raises:
            InvalidAddressError: Says what is wrong, without repeating the text.

        Source:
            RFC 5321 section 4.1.2 and RFC 6531; quoted local parts, domain literals and
            special-use domains (RFC 6761) are refused, as nobody subscribes with them.
        """
        text = text.strip()
        return cls(_normalise_plain(text) or _normalise(text))

    @classmethod
    def restore(cls, text: str) -> "EmailAddress":
        """Take back an address that `parse` made and a store kept; nothing is checked."""
        return cls(text)

    @property
    def domain(self) -> str:
        """The domain in Unicode and lower case."""
        return self.text.rpartition("@")[2]

    @property
    def wire(self) -> str:
        """The spelling for SMTP: the domain in ASCII (IDNA 2008).

        Only a local part outside ASCII keeps it from being ASCII as a whole: such an address
        needs a next hop with SMTPUTF8 (RFC 6531).
        """
        if self.text.isascii():
            return self.text
        import idna

        local, _, domain = self.text.rpartition("@")
        return f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"

    @property
    def key(self) -> str:
        """What identifies the person: case folded, the domain in ASCII.

        Dots and ``+tags`` are kept: only the receiving host knows what they mean.
        """
        if self.text.isascii():
            return self.text.lower()
        local, _, domain = self.wire.rpartition("@")
        # Folding may take a letter apart that NFC had composed.
        return f"{unicodedata.normalize('NFC', local.casefold())}@{domain}"

    @property
    def masked(self) -> str:
        """Enough for the owner to know it and for nobody else: ``k•••@example.org``."""
        return f"{self.text[0]}•••@{self.domain}"

    def __str__(self) -> str:
        return self.text


def _normalise_plain(text: str) -> str | None:
    """Normalise a plain address; None for one that has to be looked at more closely."""
    found = _PLAIN.fullmatch(text) if len(text) <= _MAX_ADDRESS_BYTES else None
    if found is None:
        return None
    domain = found[2].lower()
    # Two hyphens may be Punycode.
    if "--" in domain or found[3].lower() in _reserved_top_domains():
        return None
    return f"{found[1]}@{domain}"


@cache
def _reserved_top_domains() -> frozenset[str]:
    """Under which top-level domains some names are reserved."""
    from email_validator import SPECIAL_USE_DOMAIN_NAMES

    return frozenset(name.rpartition(".")[2] for name in SPECIAL_USE_DOMAIN_NAMES)


def _normalise(text: str) -> str:
    from email_validator import EmailNotValidError, validate_email
    from idna import IDNAError

    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError as error:
        # What idna says repeats the domain. `from None`: a traceback would show it, too.
        if isinstance(error.__cause__, IDNAError):
            raise InvalidAddressError("The part after the @-sign is no domain name.") from None
        raise InvalidAddressError(str(error)) from None
