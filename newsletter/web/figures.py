"""Figures and health for whoever watches over the program: a listener of its own, off by default.

Readers never come here, and it knows no secret; all the same it is nobody's business but the
operator's, so it listens where he says and nowhere else.
"""

import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from newsletter.log import Log
from newsletter.settings.hosts import bracket_host, split_listen
from newsletter.usecases.installation import Installation
from newsletter.usecases.look_at_health import is_well, look_at_health
from newsletter.usecases.measure_backlog import BacklogMeter
from newsletter.web.bind import bind

#: Whoever asks and does not go on asking is hung up on.
_TIMEOUT_SECONDS: Final = 10.0

_log = Log(__name__)


@contextmanager
def figures_shown(
    installation: Installation,
    listen: str,
    *,
    is_worker_alive: Callable[[], bool] | None = None,
) -> Iterator[None]:
    """Answer ``/metrics``, ``/healthz`` and ``/readyz`` as long as the block runs.

    Args:
        installation: Whose figures. Those of its own `metrics` are shown, or, when these take note
            of nothing, what several processes have counted together.
        listen: ``HOST:PORT``; empty for nowhere.
        is_worker_alive: Whether this process's worker threads run; None where it has none.

    Raises:
        TemporaryError, UserError: As in `bind`.
    """
    if not listen:
        yield
        return
    from newsletter.metrics.prometheus import CONTENT_TYPE, PrometheusMetrics, compile_figures

    metrics = installation.metrics
    own = metrics if isinstance(metrics, PrometheusMetrics) else None
    figures = compile_figures(own, BacklogMeter(installation).measure)

    def look() -> Mapping[str, str]:
        return look_at_health(installation.database, is_worker_alive=is_worker_alive)

    host, port = split_listen(listen)
    with _Server(host, port, CONTENT_TYPE, figures, look) as server:
        thread = threading.Thread(target=server.serve_forever, name="figures", daemon=True)
        thread.start()
        shown = f"{bracket_host(host)}:{server.server_address[1]}"
        _log.info("figures are shown", url=f"http://{shown}/metrics")
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    """One thread for each who asks; none of them holds up the end."""

    daemon_threads = True

    def __init__(
        self,
        host: str,
        port: int,
        figures_type: str,
        figures: Callable[[], bytes],
        look: Callable[[], Mapping[str, str]],
    ) -> None:
        super().__init__((host, port), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = bind(host, port, said_by="--metrics or [metrics] listen")
        self.server_address = self.socket.getsockname()
        self.figures_type = figures_type
        self.figures = figures
        self.look = look

    def handle_error(self, _request: object, _client_address: object) -> None:
        """Say so with a traceback, unless the other side only hung up."""
        if isinstance(sys.exception(), ConnectionError | TimeoutError):
            return
        _log.fallen("a question for figures was not answered")


class _Handler(BaseHTTPRequestHandler):
    timeout = _TIMEOUT_SECONDS
    server: _Server
    server_version = "newsletter"
    sys_version = ""

    def do_GET(self) -> None:
        """GET /metrics, /healthz: 200; /readyz: 200 or 503; anything else: 404."""
        match self.path.partition("?")[0]:
            case "/metrics":
                self._answer(200, self.server.figures_type, self.server.figures())
            case "/healthz":
                self._answer(200, "text/plain", b"ok\n")
            case "/readyz":
                found = self.server.look()
                status = 200 if is_well(found) else 503
                self._answer(status, "application/json", json.dumps(found).encode() + b"\n")
            case _:
                self._answer(404, "text/plain", b"/metrics, /healthz, /readyz\n")

    def log_message(self, *_: object) -> None:
        """Tell nothing of each question: they come every few seconds."""

    def _answer(self, status: int, media_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)
