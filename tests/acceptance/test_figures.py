"""Figures for whoever watches over the program, as Prometheus asks for them."""

import os
import re
import signal
import socket
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.acceptance.served import Served, ask, make_served, wait_for


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Yield a newsletter that nobody serves yet."""
    made = make_served(tmp_path / "weekly")
    yield made
    if made.process is not None and made.process.poll() is None:
        made.stop(signal.SIGTERM)


@pytest.fixture
def place() -> str:
    """Return a place where nobody listens."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


def start(served: Served, place: str, *options: str) -> None:
    """Start to serve, and wait until figures are shown, too."""
    served.start("--metrics", place, *options)
    wait_for(lambda: "figures are shown" in served.log, what=lambda: served.log)


def read_figures(place: str) -> dict[str, float]:
    """Ask as Prometheus does."""
    body = ask("GET", f"http://{place}/metrics").body
    return {
        name: float(value)
        for name, value in re.findall(r"^(\w+(?:\{.*\})?) (\S+)$", body, re.MULTILINE)
    }


def test_processes_that_serve_together_count_together(served: Served, place: str) -> None:
    """Whichever process answers a reader, and after one of them was killed."""
    start(served, place, "--workers", "2")
    home = 'newsletter_http_requests_total{method="GET",route="/",status="200"}'
    working = 'newsletter_workers_working{worker="outbox"}'
    wait_for(lambda: read_figures(place).get(working) == 2)
    for _ in range(8):
        ask("GET", f"{served.url}/")

    before = read_figures(place)
    os.kill(served.children[-1], signal.SIGKILL)
    wait_for(lambda: "a process ended; it is started again" in served.log)
    wait_for(lambda: read_figures(place).get(working) == 2)

    assert before[home] == 8
    assert read_figures(place)[home] == 8
    ready = ask("GET", f"http://{place}/readyz")
    assert (ready.status, ready.body) == (200, '{"database": "ok", "tables": "ok"}\n')
    assert "Traceback" not in served.log
    assert served.stop() == 0


def test_a_database_that_is_of_another_release_shows_in_figures_and_health(
    served: Served, place: str
) -> None:
    """One process: its own listener tells what its pages tell."""
    start(served, place)
    wait_for(lambda: ask("GET", f"http://{place}/readyz").status == 200)
    served.change("UPDATE alembic_version SET version_num = '9999'")

    assert ask("GET", f"http://{place}/readyz").status == 503
    assert ask("GET", f"http://{place}/healthz").body == "ok\n"
    assert ask("GET", f"http://{place}/").status == 404
    assert read_figures(place)["newsletter_outbox_waiting"] == 0


def test_who_hangs_up_on_an_answer_is_no_mistake_of_ours(served: Served, place: str) -> None:
    """A scraper that is restarted leaves no traceback in the log."""
    start(served, place)
    host, _, port = place.partition(":")
    for _ in range(5):
        with socket.create_connection((host, int(port))) as hasty:
            # A reset, and no polite end: what is still written to it fails.
            hasty.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            hasty.sendall(b"GET /metrics HTTP/1.0\r\n")

    assert ask("GET", f"http://{place}/healthz").status == 200
    assert "Traceback" not in served.log


def test_the_pages_show_no_figures_to_readers(served: Served) -> None:
    """They are the operator's business, and off unless he says where."""
    served.start()

    assert ask("GET", f"{served.url}/metrics").status == 404


def test_who_hangs_up_on_figures_is_no_mistake_of_ours(served: Served, place: str) -> None:
    """A port that is probed by a load balancer would fill the log with tracebacks."""
    start(served, place)
    host, _, port = place.partition(":")
    with socket.create_connection((host, int(port))) as prober:
        prober.sendall(b"GET /met")
        # Closing resets the connection instead of ending it.
        prober.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    assert ask("GET", f"http://{place}/healthz").status == 200
    served.stop()
    assert "Traceback" not in served.log
