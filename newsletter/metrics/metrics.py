"""What is counted, and how the rest of the program says so. As it is here, nobody listens.

Whatever is counted for many messages is counted once for each commit. No label holds an address, a
name or anything else that grows with the audience.
"""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

#: What readers do that matters.
ReaderAct: TypeAlias = Literal["sign_up", "confirmation", "unsubscription"]
#: How the attempt of a delivery ends.
OUTCOMES: Final = ("accepted", "rejected", "deferred", "in_doubt", "skipped")
#: What a database refuses: passes by itself, has to be mended, is a mistake of ours.
ErrorKind: TypeAlias = Literal["temporary", "lasting", "mistake"]


class Metrics:
    """Takes note of nothing; `PrometheusMetrics` does."""

    def count_deliveries(self, counts: Mapping[str, int]) -> None:
        """Count deliveries by how their attempt ended, since the last call."""

    def add_in_flight(self, count: int) -> None:
        """Say that a run has so many more intents open, or fewer if it is negative."""

    def count_run(self, ending: str) -> None:
        """Count a run of an issue by why it ended."""

    def count_system_messages(self, outcome: str, count: int) -> None:
        """Count messages of the outbox by how their attempt ended."""

    def count_reader(self, act: ReaderAct) -> None:
        """Count what a reader did."""

    def count_report(self, kind: str) -> None:
        """Count something new that came back about a message."""

    def count_request(self, method: str, route: str, status: int, *, seconds: float) -> None:
        """Count a request that was answered, or hung up on.

        Args:
            method: As asked.
            route: As the log shows it: with ``…`` for whatever the reader filled in.
            status: Of HTTP; 499 for a reader who hung up.
            seconds: How long it took.
        """

    def observe_commit(self, seconds: float) -> None:
        """Take note of how long a commit took, the sync of the disk included."""

    def count_database_error(self, kind: ErrorKind) -> None:
        """Count what the database refused."""

    def set_working(self, worker: str, *, is_working: bool) -> None:
        """Say whether a worker of this process works, or waits for work."""
