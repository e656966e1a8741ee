"""Sections whose values depend on each other, made of values that were parsed one by one.

A builder raises ValueError; its message goes on after ``[section]`` and begins with the key.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from newsletter.settings.model import (
    BouncesSettings,
    DatabaseSettings,
    DkimSettings,
    Mailbox,
    NewsletterSettings,
    TransportSettings,
)
from newsletter.settings.smtp_url import parse_smtp_url
from newsletter.settings.urls import add_password

#: Of a domain name's label (RFC 1035), so that the whole stays one.
MAX_LABEL_CHARACTERS = 63


def build_newsletter(
    *, name: str, sender: Mailbox, list_id: str = "", **others: Any
) -> NewsletterSettings:
    """Make the section of the publication, with a List-Id if it has none of its own."""
    return NewsletterSettings(
        name=name, sender=sender, list_id=list_id or _build_list_id(name, sender), **others
    )


def build_database(*, url: str, password: str = "") -> DatabaseSettings:
    """Make the section of the database, with the password in the URL."""
    return DatabaseSettings(url=add_password(url, password) if password else url)


def build_transport(*, url: str, password: str = "", **others: Any) -> TransportSettings:
    """Make the section of the transport; a user and a password come together or not at all."""
    scheme = url.partition(":")[0]
    is_smtp = scheme in {"smtp", "smtps"}
    if password and not is_smtp:
        raise ValueError(f"password: is set, but {scheme}: takes none")
    if is_smtp:
        server = parse_smtp_url(url)
        if server.user and not password:
            raise ValueError(
                "password: is not set, but the URL names a user;"
                " set NEWSLETTER_TRANSPORT__PASSWORD or NEWSLETTER_TRANSPORT__PASSWORD_FILE"
            )
        if password and not server.user:
            raise ValueError("password: is set, but the URL names no user, as in smtp://USER@HOST")
    return TransportSettings(url=url, password=password, **others)


def build_dkim(**values: Any) -> DkimSettings:
    """Make the section of the signatures; a key and its selector come together or not at all."""
    for kind in ("rsa", "ed25519"):
        selector, key_file = f"{kind}_selector", f"{kind}_key_file"
        for present, absent in ((selector, key_file), (key_file, selector)):
            if values.get(present) and not values.get(absent):
                raise ValueError(f"{absent}: is not set, and {present} is")
    return DkimSettings(**values)


def build_bounces(*, mailbox: str = "", password: str = "", **others: Any) -> BouncesSettings:
    """Make the section of the mailbox; a password alone is for one that a command names."""
    if mailbox.startswith("imaps:") and not password:
        raise ValueError(
            "password: is not set, but mailbox names a server;"
            " set NEWSLETTER_BOUNCES__PASSWORD or NEWSLETTER_BOUNCES__PASSWORD_FILE"
        )
    return BouncesSettings(mailbox=mailbox, password=password, **others)


def _build_list_id(name: str, sender: Mailbox) -> str:
    """Name the list after the newsletter, inside of the sender's domain (RFC 2919 section 3)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)
    label = "-".join(words)[:MAX_LABEL_CHARACTERS].rstrip("-") or "newsletter"
    return f"{label}.{sender.address.wire.rpartition('@')[2]}"
