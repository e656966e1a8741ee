"""Make a new key beside each that signs messages, under a selector of its own."""

from dataclasses import dataclass

from newsletter.errors import RefusedError
from newsletter.sending.message.signing_keys import list_key_settings, signing_domain_of
from newsletter.settings import Settings
from newsletter.usecases.generate_signing_key import (
    GeneratedKey,
    SigningAlgorithm,
    generate_signing_key,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class RotatedKey:
    """A new key, and the one whose place it is to take."""

    new: GeneratedKey
    #: Where the older key's record is.
    old_dns_name: str


def rotate_signing_keys(settings: Settings, *, year: int) -> list[RotatedKey]:
    """Make a key of each kind that ``[dkim]`` names; the older ones go on signing meanwhile.

    Args:
        settings: Name the keys that sign now.
        year: Of today; the new selectors have it in their names.

    Raises:
        RefusedError: No key signs, or all names for keys of this year are taken.
        UserError: The folder cannot be written.
    """
    keys = list(list_key_settings(settings.dkim))
    if not keys:
        raise RefusedError(
            "section [dkim] names no key, so there is none to renew."
            " Make the first one with: newsletter keys generate dkim"
        )
    domain = signing_domain_of(settings)
    return [
        RotatedKey(
            new=generate_signing_key(settings, SigningAlgorithm(key.kind), year=year),
            old_dns_name=f"{key.selector}._domainkey.{domain}",
        )
        for key in keys
    ]
