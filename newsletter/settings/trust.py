"""Whom a connection trusts: the system's authorities, and those of a file if there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsletter.errors import SettingsError

if TYPE_CHECKING:
    import ssl
    from pathlib import Path


def trust_authorities(ca_file: Path | None, *, label: str) -> ssl.SSLContext:
    """Make what checks certificates.

    Args:
        ca_file: Certificates in PEM; None for the system's alone.
        label: The key that names the file, such as ``[transport] ca_file``.

    Raises:
        SettingsError: The file cannot be used.
    """
    import ssl

    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except OSError as error:
            # Also what OpenSSL raises when it finds no certificate in it.
            raise SettingsError(
                f"{label}: {ca_file} cannot be used: {error.strerror or error}."
                " It must hold certificates in PEM."
            ) from error
    return context
