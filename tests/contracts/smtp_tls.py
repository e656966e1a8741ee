"""Certificates of an authority made for a test, and what trusts it."""

import ssl
from datetime import UTC, datetime
from pathlib import Path

import trustme

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class Authority:
    """A certificate authority that nobody but a test trusts."""

    def __init__(self) -> None:
        self._ca = trustme.CA()

    def serve(self, *names: str, until: datetime | None = None) -> ssl.SSLContext:
        """Return what a server of that name needs."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert(*names, not_after=until).configure_cert(context)
        return context

    def trust(self) -> ssl.SSLContext:
        """Return what a client of such a server needs."""
        context = ssl.create_default_context()
        self._ca.configure_trust(context)
        return context

    def write_trust(self, file: Path) -> Path:
        """Write the authority's own certificate."""
        self._ca.cert_pem.write_to_path(str(file))
        return file

    def write_server(self, file: Path, *names: str) -> Path:
        """Write a server's key and certificates into one file."""
        self._ca.issue_cert(*names).private_key_and_cert_chain_pem.write_to_path(str(file))
        return file
