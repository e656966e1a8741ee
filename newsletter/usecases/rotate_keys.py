"""Add a new secret: it signs new links, and links in messages already sent go on working."""

import os

from newsletter.errors import RefusedError
from newsletter.key_file import add_secret
from newsletter.settings import Settings


def rotate_keys(settings: Settings) -> int:
    """Add a secret to the key file; return its number.

    Suppressions, the ledger and Message-IDs stay with the first secret for good: they have to be
    found, and repeated, years later.

    Raises:
        RefusedError: The environment gives the secrets, so that there is no file to add to.
        SettingsError: The key file is missing, shared or damaged; it was not changed.
    """
    if settings.secrets is not None:
        raise RefusedError(
            "the secrets come from the environment, and this command changes the key file only."
            f" Add a line {len(settings.secrets) + 1}:SECRET to NEWSLETTER_SECRET_KEY or to the"
            " file that NEWSLETTER_SECRET_KEY_FILE names, and never take one away."
        )
    return add_secret(settings, os.urandom)
