"""A run of an issue in figures: what each commit brought, for the metrics and the log."""

from newsletter.metrics.metrics import OUTCOMES, Metrics
from newsletter.sending.run import Ending, Progress


class RunMeter:
    """Passes on what has been added since the commit before."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        #: Deliveries of this run by how their attempt ended.
        self.counts = dict.fromkeys(OUTCOMES, 0)
        self._in_flight = 0

    def note(self, progress: Progress) -> None:
        """Take note of how far the run is; called after each commit that brought outcomes."""
        now = {name: getattr(progress, name) for name in OUTCOMES}
        added = {name: now[name] - self.counts[name] for name in OUTCOMES}
        self.counts = now
        self._metrics.count_deliveries({name: count for name, count in added.items() if count})
        self._note_in_flight(progress.in_flight)

    def end(self, ending: Ending | None) -> str:
        """Take note of the end, None for an error; return the word for it."""
        word = "error" if ending is None else ending.name.lower()
        self._note_in_flight(0)
        self._metrics.count_run(word)
        return word

    def _note_in_flight(self, count: int) -> None:
        self._metrics.add_in_flight(count - self._in_flight)
        self._in_flight = count
