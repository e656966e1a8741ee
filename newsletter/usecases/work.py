"""The worker of `newsletter serve`: decides what was asked, sends system messages, lets old go."""

import threading

from newsletter.usecases.installation import Installation


class Worker:
    """One thread's work; of several workers on one database only one works at a time."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation

    def wake(self) -> None:
        """Let the worker look at once; callable from any thread, cheap, never fails."""
        raise NotImplementedError

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; returns within a second of it and `wake`, unless in mid-send.

        A next hop or a database that is away is told in the log and tried again; only a mistake
        of ours ends it.
        """
        raise NotImplementedError
