"""Deliveries one by one: whose they are, and why they stand where they do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsletter.cli.output import print_table, talk
from newsletter.usecases.iso_time import iso_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsletter.usecases.list_deliveries import DeliveryLine


def print_lines(lines: Sequence[DeliveryLine], next_after: int | None) -> None:
    """Print whose deliveries they are, and why they stand where they do."""
    if not lines:
        talk("Nobody.")
        return
    rows = [
        [str(each.reason.subscriber_id), each.address or "(erased)", each.reason.words]
        for each in lines
    ]
    print_table(["number", "address", "why"], rows)
    if next_after:
        talk(f"\nMore: --after {next_after}")


def describe_line(line: DeliveryLine) -> dict[str, object]:
    """Describe one delivery for machines."""
    return {
        "number": line.reason.subscriber_id,
        "address": str(line.address) if line.address else None,
        "reason": line.reason.words,
        "attempts": line.reason.attempts,
        "next_attempt_at": iso_time(line.reason.next_at_ms or None),
    }
