"""How commands speak of a segment; for people and machines."""

from __future__ import annotations


def format_segment(name: str, text: str) -> str:
    """Write a segment with its name, if it is saved under one; empty for everyone."""
    return f"{name} ({text})" if name else text


def describe_segment(name: str, text: str) -> dict[str, object]:
    """Tell machines of a segment; null for everyone, and for one that is not saved."""
    return {"segment": text or None, "segment_name": name or None}
