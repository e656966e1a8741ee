"""A SendGrid of one's own on this machine: it keeps what it accepts and misbehaves when told.

    python -m newsletter.sending.transports.sendgrid.fake --port 4011

Then ``[sendgrid] host = "http://127.0.0.1:4011"`` and any key. It enforces the documented rules of
Mail Send, read a second time and apart from what builds the requests, so that one can tell on
the other. With ``--events-to http://127.0.0.1:8000/webhooks/sendgrid`` it tells what became of the
messages, as `fake_events` says.
"""

import argparse
import json
import ssl
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from newsletter.sending.transports.sendgrid import fake_rules
from newsletter.sending.transports.sendgrid.fake_events import EventSender
from newsletter.sending.transports.sendgrid.fake_messages import AcceptedCall
from newsletter.sending.transports.sendgrid.fake_server import FakeAnswer, FakeServer


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """How one call goes wrong."""

    #: None closes the connection without an answer.
    status: int | None = 202
    #: The call is accepted all the same: a sender that repeats it sends twice.
    is_kept: bool = False
    #: Before the answer.
    wait_seconds: float = 0.0
    #: With 429: when the next call is welcome; None says nothing about it.
    reset_after_seconds: float | None = None


class FakeSendGrid:
    """The server; a context manager that runs it in a thread of its own."""

    def __init__(
        self,
        *,
        port: int = 0,
        api_key: str | None = None,
        invalid: Collection[str] = (),
        wait_seconds: float = 0.0,
        most_kept: int | None = None,
        scopes: Collection[str] = ("mail.send",),
        tls: ssl.SSLContext | None = None,
        now_seconds: Callable[[], float] = time.time,
        on_accepted: Callable[[AcceptedCall], None] = lambda _: None,
    ) -> None:
        """Listen on the loopback address.

        Args:
            port: 0 for any that is free.
            api_key: The only key that is welcome; None for any.
            invalid: Addresses that are none, however they look.
            wait_seconds: Before each answer.
            most_kept: The latest accepted calls that are kept; None for all.
            scopes: What the key may do.
            tls: With a certificate for 127.0.0.1; None for plain HTTP.
            now_seconds: Since 1970, UTC; what the end of a 429 is reckoned from.
            on_accepted: Told of each accepted call before it is answered.
        """
        self.calls: deque[AcceptedCall] = deque(maxlen=most_kept)
        #: Status of every answer, and None for a connection closed without one.
        self.answers: list[int | None] = []
        self.connections = 0
        self.recipients = 0
        self._api_key = api_key
        self._invalid = frozenset(invalid)
        self._scopes = list(scopes)
        self._wait_seconds = wait_seconds
        self._now_seconds = now_seconds
        self._on_accepted = on_accepted
        self._troubles: deque[Trouble] = deque()
        self._numbers = count(1)
        self._lock = threading.Lock()
        self._is_closing = threading.Event()
        self._server = FakeServer(port, self.answer, self.tell_scopes, self.note_connection)
        self._scheme = "http"
        if tls:
            self._scheme = "https"
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        """What to set as ``[sendgrid] host``."""
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def misbehave(self, *troubles: Trouble) -> None:
        """Let the next calls go wrong in this way, one after the other."""
        self._troubles.extend(troubles)

    def list_messages(self) -> list[EmailMessage]:
        """List what all recipients would get, in the order of acceptance."""
        return [message for call in self.calls for message in call.build_messages()]

    def note_connection(self) -> None:
        """Count a connection."""
        with self._lock:
            self.connections += 1

    def answer(self, path: str, authorization: str, raw: bytes) -> FakeAnswer | None:
        """Decide on one request; None closes the connection."""
        with self._lock:
            trouble = self._troubles.popleft() if self._troubles else None
        answer = self._decide(path, authorization, raw, trouble)
        if trouble and trouble.is_kept and trouble.status != 202:
            self._accept(json.loads(raw))
        # Wakes up when the server closes, which would wait for this thread.
        self._is_closing.wait(self._wait_seconds + (trouble.wait_seconds if trouble else 0.0))
        with self._lock:
            self.answers.append(answer.status if answer else None)
        return answer

    def tell_scopes(self, path: str, authorization: str) -> FakeAnswer:
        """Say what a key may do."""
        if path != "/v3/scopes":
            return _refuse(404, "not found")
        if not self._is_welcome(authorization):
            return _refuse(401, "authorization required")
        return FakeAnswer(200, {}, {"scopes": self._scopes})

    def _decide(
        self, path: str, authorization: str, raw: bytes, trouble: Trouble | None
    ) -> FakeAnswer | None:
        if trouble and trouble.status is None:
            return None
        if trouble and trouble.status != 202:
            return _refuse(trouble.status or 0, "as told", headers=self._extra_headers(trouble))
        return self._find_refusal(path, authorization, raw) or self._take(json.loads(raw))

    def _find_refusal(self, path: str, authorization: str, raw: bytes) -> FakeAnswer | None:
        if path != "/v3/mail/send":
            return _refuse(404, "not found")
        if not self._is_welcome(authorization):
            return _refuse(401, "The provided authorization grant is invalid, expired, or revoked")
        if len(raw) >= fake_rules.REQUEST_BYTES:
            return _refuse(413, "content too large")
        try:
            body = json.loads(raw)
        except ValueError:
            return _refuse(400, "Bad Request")
        violations = fake_rules.find_violations(body, invalid=self._invalid)
        return FakeAnswer(400, {}, {"errors": violations}) if violations else None

    def _take(self, body: dict[str, Any]) -> FakeAnswer:
        if body.get("mail_settings", {}).get("sandbox_mode", {}).get("enable"):
            return FakeAnswer(200, {}, None)
        return FakeAnswer(202, {"X-Message-Id": self._accept(body)}, None)

    def _is_welcome(self, authorization: str) -> bool:
        scheme, _, key = authorization.partition(" ")
        return scheme == "Bearer" and bool(key) and self._api_key in {None, key}

    def _extra_headers(self, trouble: Trouble) -> dict[str, str]:
        if trouble.status and 300 <= trouble.status < 400:
            return {"Location": f"{self.url}/elsewhere"}
        if trouble.reset_after_seconds is None:
            return {}
        reset_at = self._now_seconds() + trouble.reset_after_seconds
        return {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": f"{reset_at:.0f}"}

    def _accept(self, body: dict[str, Any]) -> str:
        with self._lock:
            message_id = f"fake-{next(self._numbers)}"
            call = AcceptedCall(message_id, body)
            self.calls.append(call)
            self.recipients += len(body["personalizations"])
        self._on_accepted(call)
        return message_id


def _refuse(status: int, message: str, *, headers: dict[str, str] | None = None) -> FakeAnswer:
    return FakeAnswer(status, headers or {}, {"errors": [{"message": message, "field": None}]})


def main() -> None:
    """Run the server until it is interrupted, then tell what came."""
    parser = argparse.ArgumentParser(description="A SendGrid of one's own, on this machine.")
    parser.add_argument("--port", type=int, default=4011)
    parser.add_argument("--api-key", help="the only key that is welcome")
    parser.add_argument("--wait", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--events-to", metavar="URL", help="where to tell what became of them")
    parser.add_argument(
        "--events-key", metavar="FILE", type=Path, help="signs that; made if there is none"
    )
    options = parser.parse_args()
    key: Path | None = options.events_key
    events = EventSender.load(key) if key else EventSender()

    def tell(call: AcceptedCall) -> None:
        # Not in the call's own thread, which has yet to answer it.
        arguments = (options.events_to, events.tell(call))
        threading.Thread(target=events.post, args=arguments, daemon=True).start()

    fake = FakeSendGrid(
        port=options.port,
        api_key=options.api_key,
        wait_seconds=options.wait,
        most_kept=1,
        on_accepted=tell if options.events_to else lambda _: None,
    )
    with fake, suppress(KeyboardInterrupt):
        sys.stdout.write(f"Listening on {fake.url}; Ctrl+C ends it.\n")
        if options.events_to:
            sys.stdout.write(f'[sendgrid] webhook_public_key = "{events.public_key}"\n')
        sys.stdout.flush()
        threading.Event().wait()
    sys.stdout.write(
        f"\n{len(fake.answers)} calls, {fake.connections} connections,"
        f" {fake.recipients} recipients\n"
    )


if __name__ == "__main__":
    main()
