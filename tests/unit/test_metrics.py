import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from newsletter.cli.options import parse_listen
from newsletter.metrics.prometheus import BACKLOG, PrometheusMetrics, compile_figures
from newsletter.sending.run import Ending, Progress
from newsletter.settings.hosts import split_listen
from newsletter.usecases.run_meter import RunMeter

ROOT = Path(__file__).parents[2]


def read_figures(metrics: PrometheusMetrics, backlog: Mapping[str, float]) -> dict[str, float]:
    """Read what Prometheus would."""
    text = compile_figures(metrics, lambda: backlog)().decode()
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


def test_a_run_counts_what_each_commit_added() -> None:
    """The figures of several runs add up; nothing is in flight when they have ended."""
    metrics = PrometheusMetrics()
    for _ in range(2):
        meter = RunMeter(metrics)
        meter.note(Progress(accepted=3, deferred=1, in_flight=4))
        meter.note(Progress(accepted=5, deferred=1, skipped=2, in_flight=1))
        meter.end(Ending.FINISHED)
    RunMeter(metrics).end(None)

    found = read_figures(metrics, {})

    assert found['newsletter_deliveries_total{outcome="accepted"}'] == 10
    assert found['newsletter_deliveries_total{outcome="deferred"}'] == 2
    assert found['newsletter_deliveries_total{outcome="skipped"}'] == 4
    assert found["newsletter_deliveries_in_flight"] == 0
    assert found['newsletter_runs_total{ending="finished"}'] == 2
    assert found['newsletter_runs_total{ending="error"}'] == 1


def test_methods_that_strangers_invent_are_counted_as_one() -> None:
    """Else each would be a series of its own, for ever."""
    metrics = PrometheusMetrics()
    for method in ("GET", "BREW", "kim@example.org"):
        metrics.count_request(method, "(no page)", 404, seconds=0.1)

    names = read_figures(metrics, {})

    methods = {found[1] for name in names if (found := re.search(r'method="([^"]*)"', name))}
    assert methods == {"GET", "other"}


def test_what_an_alarm_waits_for_is_shown_before_it_happens() -> None:
    """Prometheus takes a series that begins with one for no increase."""
    found = read_figures(PrometheusMetrics(), {})

    assert found['newsletter_database_errors_total{kind="lasting"}'] == 0
    assert found['newsletter_deliveries_total{outcome="rejected"}'] == 0
    assert found['newsletter_reader_acts_total{act="sign_up"}'] == 0


def test_the_page_about_figures_names_each_of_them_and_no_other() -> None:
    """An alarm on a name that is not there never rings."""
    page = (ROOT / "docs" / "howto" / "watch-over.md").read_text(encoding="utf-8")
    page = page.replace("`…_in_doubt`", "newsletter_deliveries_in_doubt")
    figures = compile_figures(PrometheusMetrics(), lambda: dict.fromkeys(BACKLOG, 0.0))().decode()

    shown = set(re.findall(r"^# TYPE (\w+)", figures, re.MULTILINE))
    assert set(re.findall(r"\bnewsletter_\w+", page)) == shown


def test_what_waits_is_shown_by_its_name_or_left_out() -> None:
    """A database that does not answer has no figure, which an alarm can see."""
    metrics = PrometheusMetrics()

    assert read_figures(metrics, dict.fromkeys(BACKLOG, 7.0)).items() >= {
        ("newsletter_deliveries_due", 7),
        ("newsletter_deliveries_in_doubt", 7),
        ("newsletter_outbox_waiting", 7),
        ("newsletter_outbox_oldest_seconds", 7),
    }
    assert "newsletter_outbox_waiting" not in read_figures(metrics, {})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("127.0.0.1:9464", ("127.0.0.1", 9464)),
        ("[::1]:0", ("::1", 0)),
        ("metrics.internal:65535", ("metrics.internal", 65535)),
    ],
)
def test_a_place_to_listen_at_is_a_host_and_a_port(text: str, found: tuple[str, int]) -> None:
    """As in URLs; what was read is written the same."""
    assert split_listen(text) == found
    assert parse_listen(text) == text


@pytest.mark.parametrize("text", ["", "9464", ":9464", "127.0.0.1", "::1:80", "a b:1", "h:65536"])
def test_what_is_no_such_place_is_refused(text: str) -> None:
    """With an example of what is."""
    with pytest.raises(ValueError, match="expected"):
        split_listen(text)
