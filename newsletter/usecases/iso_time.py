"""How times are told to machines."""

from datetime import UTC, datetime


def iso_time(milliseconds: int | None) -> str | None:
    """Write a time for machines: RFC 3339, UTC."""
    if milliseconds is None:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
