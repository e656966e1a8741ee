"""How the fake hears its calls: HTTP on the loopback address, each connection in its own thread."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class FakeAnswer:
    """What is answered to one call."""

    status: int
    headers: dict[str, str]
    body: dict[str, Any] | None


class FakeServer(ThreadingHTTPServer):
    """Hears calls until it is shut down."""

    daemon_threads = True
    #: Calls come at once, each over a connection of its own.
    request_queue_size = 128

    def __init__(
        self,
        port: int,
        answer: Callable[[str, str, bytes], FakeAnswer | None],
        note_connection: Callable[[], None],
    ) -> None:
        """Listen.

        Args:
            port: 0 for any that is free.
            answer: Decides on a request by path, Authorization and body; None closes the
                connection.
            note_connection: Told of each connection.
        """
        super().__init__(("127.0.0.1", port), _Handler)
        self.answer = answer
        self.note_connection = note_connection

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: whoever did not wait for his answer has closed the connection."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FakeServer

    def setup(self) -> None:
        super().setup()
        self.server.note_connection()

    def do_POST(self) -> None:
        """Answer one request."""
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        authorization = self.headers.get("Authorization", "")
        answer = self.server.answer(self.path, authorization, raw)
        if answer is None:
            self.close_connection = True
            return
        content = json.dumps(answer.body).encode() if answer.body else b""
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
        """Log nothing: what is asked of the fake is counted."""
