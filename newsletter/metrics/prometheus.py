"""Metrics as Prometheus reads them; the only file that knows its library."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, get_args

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from newsletter.metrics.metrics import OUTCOMES, ErrorKind, Metrics, ReaderAct
from newsletter.metrics.sharing import get_shared_folder

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
#: From a fast disk's commit to one that holds everybody up.
_COMMIT_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30)
_REQUEST_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)
#: Others are strangers' inventions, of which there is no end.
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "OPTIONS"})

#: Name and help of what is asked of the database each time somebody looks.
BACKLOG: Final[Mapping[str, str]] = {
    "deliveries_due": "Deferred deliveries whose next attempt is due.",
    "deliveries_in_doubt": "Deliveries that may or may not have left, and wait for a decision.",
    "outbox_waiting": "System messages that have not left yet.",
    "outbox_oldest_seconds": "Age of the oldest of them.",
}


class PrometheusMetrics(Metrics):
    """Counts in this process, or in a folder that several share."""

    def __init__(self) -> None:
        """Begin to count."""
        # When a figure was first there is nothing that anybody asked for.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # its own
        self.registry = CollectorRegistry()
        registry = self.registry
        self._deliveries = Counter(
            "newsletter_deliveries",
            "Deliveries by how their attempt ended.",
            ["outcome"],
            registry=registry,
        )
        self._in_flight = Gauge(
            "newsletter_deliveries_in_flight",
            "Messages that are about to leave or wait for their answer.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._runs = Counter(
            "newsletter_runs", "Runs of issues by why they ended.", ["ending"], registry=registry
        )
        self._system_messages = Counter(
            "newsletter_system_messages",
            "Confirmations and the like by how their attempt ended.",
            ["outcome"],
            registry=registry,
        )
        self._readers = Counter(
            "newsletter_reader_acts",
            "Sign-ups asked for, confirmations, unsubscriptions.",
            ["act"],
            registry=registry,
        )
        self._reports = Counter(
            "newsletter_reports",
            "What came back about messages, each once, by kind.",
            ["kind"],
            registry=registry,
        )
        self._requests = Counter(
            "newsletter_http_requests",
            "Requests by route and status.",
            ["method", "route", "status"],
            registry=registry,
        )
        self._request_seconds = Histogram(
            "newsletter_http_request_seconds",
            "How long requests took.",
            ["route"],
            buckets=_REQUEST_SECONDS,
            registry=registry,
        )
        self._commit_seconds = Histogram(
            "newsletter_commit_seconds",
            "How long commits took.",
            buckets=_COMMIT_SECONDS,
            registry=registry,
        )
        self._database_errors = Counter(
            "newsletter_database_errors",
            "What the database refused, by kind.",
            ["kind"],
            registry=registry,
        )
        self._working = Gauge(
            "newsletter_workers_working",
            "Workers that work or wait for work; one that fell is missing.",
            ["worker"],
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._begin_at_zero()

    def _begin_at_zero(self) -> None:
        """Show what has not happened yet: a series that begins with one has never increased."""
        for outcome in OUTCOMES:
            self._deliveries.labels(outcome)
        for act in get_args(ReaderAct):
            self._readers.labels(act)
        for kind in get_args(ErrorKind):
            self._database_errors.labels(kind)

    def count_deliveries(self, counts: Mapping[str, int]) -> None:
        """Count deliveries by how their attempt ended, since the last call."""
        for outcome, count in counts.items():
            self._deliveries.labels(outcome).inc(count)

    def add_in_flight(self, count: int) -> None:
        """Say that a run has so many more intents open, or fewer if it is negative."""
        self._in_flight.inc(count)

    def count_run(self, ending: str) -> None:
        """Count a run of an issue by why it ended."""
        self._runs.labels(ending).inc()

    def count_system_messages(self, outcome: str, count: int) -> None:
        """Count messages of the outbox by how their attempt ended."""
        self._system_messages.labels(outcome).inc(count)

    def count_reader(self, act: ReaderAct) -> None:
        """Count what a reader did."""
        self._readers.labels(act).inc()

    def count_report(self, kind: str) -> None:
        """Count something new that came back about a message."""
        self._reports.labels(kind).inc()

    def count_request(self, method: str, route: str, status: int, *, seconds: float) -> None:
        """Count a request that was answered, or hung up on."""
        known = method if method in _METHODS else "other"
        self._requests.labels(known, route, str(status)).inc()
        self._request_seconds.labels(route).observe(seconds)

    def observe_commit(self, seconds: float) -> None:
        """Take note of how long a commit took, the sync of the disk included."""
        self._commit_seconds.observe(seconds)

    def count_database_error(self, kind: ErrorKind) -> None:
        """Count what the database refused."""
        self._database_errors.labels(kind).inc()

    def set_working(self, worker: str, *, is_working: bool) -> None:
        """Say whether a worker of this process works, or waits for work."""
        self._working.labels(worker).set(int(is_working))


class _Backlog(Collector):
    """What waits, asked anew whenever somebody looks."""

    def __init__(self, measure: Callable[[], Mapping[str, float]]) -> None:
        self._measure = measure

    def describe(self) -> Iterable[Metric]:
        """Say what there will be, without asking for it."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Ask."""
        for name, value in self._measure().items():
            yield GaugeMetricFamily(f"newsletter_{name}", BACKLOG[name], value)


def compile_figures(
    metrics: PrometheusMetrics | None, measure: Callable[[], Mapping[str, float]]
) -> Callable[[], bytes]:
    """Make the function that writes all figures in Prometheus's text format.

    Args:
        metrics: Of this process; None for those that several processes share.
        measure: Asks for what `BACKLOG` names; may leave out what cannot be had just now.
    """
    backlog = CollectorRegistry()
    backlog.register(_Backlog(measure))
    shared = CollectorRegistry()
    if metrics is None:
        MultiProcessCollector(shared, path=get_shared_folder())  # type: ignore[no-untyped-call]  # its own
    counted = metrics.registry if metrics else shared
    return lambda: generate_latest(counted) + generate_latest(backlog)


def forget_process(pid: int) -> None:
    """Let nothing more be in flight and nobody work in a process that has ended."""
    mark_process_dead(pid, get_shared_folder())  # type: ignore[no-untyped-call]  # its own
