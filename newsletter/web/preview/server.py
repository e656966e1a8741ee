"""Serves the preview to this machine, and to nobody else, until it is stopped."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Final

import uvicorn
from starlette.applications import Starlette

from newsletter.errors import RefusedError
from newsletter.log import Log
from newsletter.usecases.installation import Installation
from newsletter.web.preview.app import create_app
from newsletter.web.preview.desk import Desk
from newsletter.web.preview.events import Events
from newsletter.web.preview.watch import watch_newsletter

_log = Log(__name__)

LOOPBACK: Final = "127.0.0.1"
#: Ports tried after the one that was asked for.
_MORE_PORTS: Final = 20


def serve_preview(
    open_newsletter: Callable[[], Installation],
    *,
    port: int,
    named: Path | None = None,
    on_ready: Callable[[int], None],
) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Args:
        open_newsletter: See `Desk`.
        port: Asked for; when it is taken, the next free one. 0 for any.
        named: The issue to be shown first.
        on_ready: Called with the port once pages are answered.

    Raises:
        NewsletterError: The newsletter cannot be opened.
        RefusedError: No port is free.
    """
    desk, events = Desk(open_newsletter, named=named), Events()
    try:
        with _bind(port) as bound:
            _serve(desk, events, bound, on_ready)
    finally:
        desk.close()


def _serve(
    desk: Desk, events: Events, bound: socket.socket, on_ready: Callable[[int], None]
) -> None:
    port = bound.getsockname()[1]

    @asynccontextmanager
    async def watching(_app: Starlette) -> AsyncIterator[None]:
        stop = asyncio.Event()

        def tell(changed: Collection[Path]) -> None:
            in_settings = any(path.suffix == ".toml" for path in changed)
            desk.note_change(in_settings=in_settings)
            events.publish("change", files=sorted(path.name for path in changed))

        async def watch() -> None:
            try:
                await watch_newsletter(desk.folder, desk.named, tell, stop)
            except* OSError as errors:
                # The system watches so many files and no more (inotify's limits, say).
                why = errors.exceptions[0]
                _log.warning(
                    "saves cannot be watched: press r in the page after one", reason=str(why)
                )

        watcher = asyncio.create_task(watch())
        warmer = asyncio.create_task(asyncio.to_thread(desk.warm))
        yield
        stop.set()
        await asyncio.gather(watcher, warmer)

    app = create_app(
        desk, events, hosts=[f"{LOOPBACK}:{port}", f"localhost:{port}"], lifespan=watching
    )
    config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
    server = _Server(config, events, lambda: on_ready(port))
    # uvicorn raises the signal again when everything is closed.
    with suppress(KeyboardInterrupt):
        server.run(sockets=[bound])


class _Server(uvicorn.Server):
    """Ends the open event streams first, for which it would otherwise wait for ever."""

    def __init__(
        self, config: uvicorn.Config, events: Events, on_started: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._events = events
        self._on_started = on_started
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the sockets, then tell that pages are answered."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        if self.started:
            self._on_started()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take Ctrl-C or SIGTERM."""
        if self._loop:
            self._loop.call_soon_threadsafe(self._events.close)
        super().handle_exit(sig if sig == signal.SIGTERM else signal.SIGINT, frame)


def _bind(port: int) -> socket.socket:
    """Take the port, or the next one that is free."""
    for tried in range(port, port + _MORE_PORTS) if port else [0]:
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        # A port that was just left by another server can be had at once.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((LOOPBACK, tried))
        except (OSError, OverflowError):
            bound.close()
            continue
        return bound
    raise RefusedError(
        f"no port from {port} to {port + _MORE_PORTS - 1} is free; choose another with --port"
    )
