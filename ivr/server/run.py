"""Runs the application: uvicorn with our limits, until it is told to leave.

``Server.run`` blocks (``ivr serve``); ``start`` and ``stop`` run it in a thread (``ivr call`` and
tests). At the first signal nobody new is let in, and each call goes on in another process from its
next quiet moment; one that has none in a stated time is cut there, and goes on all the same. Where
calls cannot outlive the process they may end in that time. The second signal ends it at once.
uvicorn alone would close every open stream at the first signal, with 1012.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import signal
import socket
import threading
from collections.abc import Callable, Generator
from types import FrameType
from typing import Final

import uvicorn
from starlette.applications import Starlette

from ivr.errors import SettingsError
from ivr.server.house import House
from ivr.server.wire import StreamProtocol, WebProtocol

MESSAGE_BYTES_MAX: Final = 65_536
"""Of one WebSocket message; 20 ms of audio are about 400. A longer one closes with 1009."""
SOCKET_BUFFER_BYTES: Final = 65_536
"""Of the operating system, each way: several seconds of audio. Left to itself it keeps minutes for
a peer that does not read, and takes in thousands of messages at once from one that floods."""
BACKLOG: Final = 512
CONNECTIONS_MAX: Final = 2_000
"""Beyond it webhooks are answered 503; each call has one connection, and idle ones are dropped."""
PING_SECONDS: Final = 10
"""Between pings, and for the answer: a peer that vanished is noticed after twice that."""
DRAIN_SECONDS: Final = 10.0
"""How long a server that is told to leave waits for a quiet moment of each call, or for its end."""
FORCED_SECONDS: Final = 5
"""For what still runs when the waiting is over: streams put their calls aside, records are kept."""
START_SECONDS_MAX: Final = 120
"""Voices are opened first; an embedded one loads its model."""

log = logging.getLogger(__name__)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens, with a port chosen by the system for 0.

    Raises :class:`~ivr.errors.SettingsError` when it cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol must be named: asyncio switches Nagle's delay off only where it sees TCP.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Accepted sockets inherit both.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BUFFER_BYTES)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BUFFER_BYTES)
        sock.bind((host, port))
        sock.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        sock.close()
        raise SettingsError(_why_not(host, port, error)) from None
    return sock


class Server:
    """An application and the address it is served at."""

    def __init__(
        self,
        app: Starlette,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        drain_s: float = DRAIN_SECONDS,
    ) -> None:
        """Port 0 lets the system choose one; see :meth:`start`, or ``on_start`` of :meth:`run`."""
        self._app = app
        self._host = host
        self._port = port
        self._drain_s = drain_s
        self._uvicorn: _Uvicorn | None = None
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None

    def run(self, on_start: Callable[[int], None] = lambda port: None) -> None:
        """Serve in this thread until a signal, or :meth:`stop` from another one.

        ``on_start`` is told the port as soon as requests are answered. Raises
        :class:`~ivr.errors.SettingsError` for an address or a voice that cannot be had.
        """
        self._serve(listen(self._host, self._port), on_start)

    def start(self) -> int:
        """Serve in a thread of its own; returns the port once requests are answered.

        Raises what :meth:`run` raises.
        """
        assert self._thread is None, "a server is started once"
        sock = listen(self._host, self._port)
        ready = threading.Event()
        thread = threading.Thread(
            target=self._serve_in_thread, args=(sock, ready), name="ivr server", daemon=True
        )
        self._thread = thread
        thread.start()
        if not ready.wait(START_SECONDS_MAX):
            self.stop()
            raise SettingsError(f"the voices did not open within {START_SECONDS_MAX} seconds")
        if self._failure is not None:
            thread.join()
            raise self._failure
        port: int = sock.getsockname()[1]
        return port

    def stop(self) -> None:
        """End it without waiting for calls; returns when everything is closed and written."""
        if self._uvicorn is not None:
            self._uvicorn.hurry()
        if self._thread is not None:
            self._thread.join()

    def _serve_in_thread(self, sock: socket.socket, ready: threading.Event) -> None:
        try:
            self._serve(sock, lambda port: ready.set())
        except BaseException as error:
            self._failure = error
        finally:
            ready.set()

    def _serve(self, sock: socket.socket, on_start: Callable[[int], None]) -> None:
        config = _config(self._app)
        house: House = self._app.state.house
        port = sock.getsockname()[1]
        self._uvicorn = _Uvicorn(config, house, self._drain_s, lambda: on_start(port))
        with sock, asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(_with_lifespan(self._app, self._uvicorn, sock))


async def _with_lifespan(app: Starlette, server: uvicorn.Server, sock: socket.socket) -> None:
    """Serve within the application's lifespan.

    Not uvicorn's own handling of it, which turns every error at the start into a traceback in the
    log and exit code 3.
    """
    async with app.router.lifespan_context(app):
        await server.serve(sockets=[sock])


def _config(app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="auto",  # uvloop where it is installed
        http=WebProtocol,
        ws=StreamProtocol,
        ws_max_size=MESSAGE_BYTES_MAX,
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PING_SECONDS,
        ws_per_message_deflate=False,  # Twilio documents none, and 31924 was seen with it
        lifespan="off",
        log_config=None,
        # Its lines for each socket hold the path, and so the stream's id.
        log_level="warning",
        access_log=False,
        proxy_headers=False,  # who asks is told by the peer and the signature, not by headers
        server_header=False,
        backlog=BACKLOG,
        limit_concurrency=CONNECTIONS_MAX,
        timeout_graceful_shutdown=FORCED_SECONDS,
    )


class _Uvicorn(uvicorn.Server):
    """uvicorn, which leaves only when the calls have, or when it is hurried."""

    def __init__(
        self, config: uvicorn.Config, house: House, drain_s: float, on_start: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._house = house
        self._drain_s = drain_s
        self._on_start = on_start
        self._hurried = False
        self._leave_by: float | None = None

    def hurry(self) -> None:
        """Leave at once. May be called from any thread."""
        self._hurried = True
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        self._on_start()

    async def on_tick(self, counter: int) -> bool:
        """Asked ten times a second whether to leave now."""
        if not await super().on_tick(counter):
            return False
        now, board = asyncio.get_running_loop().time(), self._house.switchboard
        if self._leave_by is None:
            self._leave_by = now + self._drain_s
            self._house.leave()
            if board.moving:
                # Who asks for a call of ours finds the process that goes on with it.
                for server in self.servers:
                    server.close()
            if (calls := board.staying) and not self._hurried:
                noun = "call" if calls == 1 else "calls"
                what = "elsewhere, at a quiet moment within" if board.moving else "for up to"
                log.warning("leaving: %d %s may go on %s %g s", calls, noun, what, self._drain_s)
        calls = board.staying
        return self._hurried or not calls or now >= self._leave_by

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal: leave when the calls have; another one: leave at once."""
        if self.should_exit:
            self._hurried = True
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Take SIGINT and SIGTERM while serving, in the main thread.

        uvicorn raises them once more when it is done, which would end the process before the
        lifespan has closed the voices and kept the records.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        taken = (signal.SIGINT, signal.SIGTERM)
        before = {sig: signal.signal(sig, self.handle_exit) for sig in taken}
        try:
            yield
        finally:
            for sig, handler in before.items():
                signal.signal(sig, handler)


def _why_not(host: str, port: int, error: Exception) -> str:
    """One sentence for the operator."""
    if not isinstance(error, OSError):
        return f"port {port} does not exist: choose one from 1 to 65535, or 0 for any free one"
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is in use: stop what uses it, or choose another with --port"
    if error.errno == errno.EACCES:
        return f"port {port} is not open to this user: choose one above 1023 with --port"
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine: choose one with --host, like 127.0.0.1"
    return f"cannot listen on {host}:{port}: {error.strerror or error}"
