"""Time for tests: an event loop whose clock jumps to the next timer whenever nothing is ready.

Nine thousand seconds of a call pass in a moment, in the same order each time, and what would hang
raises. No thread is ever waited for, and no network: where a server of this loop is dialled, by its
address and port as ever, the two ends are joined by a socket pair, which the kernel fills while it
is written to. So real clients and real servers talk on virtual time, byte for byte as they would on
loopback; but nothing is lost or late, and TCP itself (its buffers, its resets) is not there. A test
of those uses ``asyncio.run`` instead.

Used by every test of asynchronous code: ``run(a_call())``, and inside it ``await pass_time(2.5)``,
which refuses to run where it would really wait.
"""

from __future__ import annotations

import asyncio
import selectors
import socket
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

TURNS_MAX = 3_000_000  # turns of one loop; far above a long call's (about two for each frame)

T = TypeVar("T")
_Factory = Callable[[], asyncio.BaseProtocol]
_Address = tuple[Any, ...]
"""Host and port first."""


class Deadlock(AssertionError):
    """Every task waits, and no timer is set: nothing could ever happen again."""


class Endless(AssertionError):
    """The loop turned more often than any test needs."""


class LeftBehind(AssertionError):
    """The coroutine ended, and something of it stayed: a task, or an error nobody looked at."""


class _Clock(selectors.SelectSelector):
    """Asked by the loop to wait for so many seconds, it moves the time and returns at once."""

    def __init__(self, turns_max: int) -> None:
        super().__init__()
        self.now = 0.0
        self.turns_left = turns_max
        self._numbers: dict[Any, int] = {}
        """When each socket was registered; numbers of files differ from run to run."""
        self._count = 0

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """As ever, and remember the order."""
        key = super().register(fileobj, events, data)
        self._count += 1
        self._numbers[key.fd] = self._count
        return key

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Whatever is ready without waiting; the clock moves only when nothing is."""
        self.turns_left -= 1
        if self.turns_left < 0:
            raise Endless(f"still turning at {self.now:g} s of virtual time; {_whereabouts()}")
        ready = sorted(super().select(0), key=lambda each: self._numbers[each[0].fd])
        if not ready and timeout is None:
            raise Deadlock(
                f"at {self.now:g} s nothing is ready and no timer is set (virtual tests wait for "
                f"no thread and no socket); {_whereabouts()}"
            )
        if not ready and timeout is not None and timeout > 0:
            self.now = round(self.now + timeout, 9)  # whole nanoseconds: 0.1 + 0.2 is 0.3
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop that begins at time 0.0 and never waits."""

    def __init__(self, turns_max: int = TURNS_MAX) -> None:
        self._virtual = _Clock(turns_max)
        super().__init__(self._virtual)
        self.complaints: list[dict[str, Any]] = []
        self.set_exception_handler(lambda _, context: self.complaints.append(context))
        self._servers: dict[_Address, tuple[asyncio.Server, _Factory]] = {}
        """Those of this loop, by the address they really have; nobody comes in there."""
        self._dialled: dict[socket.socket, _Address] = {}
        """Sockets of clients who connect first and ask for a protocol afterwards."""

    def time(self) -> float:
        """Seconds of virtual time since the loop was made."""
        return self._virtual.now

    async def create_server(self, protocol_factory: _Factory, *where: Any, **how: Any) -> Any:
        """A server as ever, and known to this loop's own clients."""
        server = await super().create_server(protocol_factory, *where, **how)
        for each in server.sockets:
            self._servers[each.getsockname()[:2]] = (server, protocol_factory)
        return server

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        """Connect to a server; to one of this loop in name only, see ``create_connection``."""
        if self._factory_at(address) is None:
            return await super().sock_connect(sock, address)
        self._dialled[sock] = address[:2]
        return None

    async def create_connection(
        self,
        protocol_factory: Callable[[], Any],
        host: Any = None,
        port: Any = None,
        *,
        sock: socket.socket | None = None,
        **how: Any,
    ) -> Any:
        """A connection as ever; to a server of this loop it is a socket pair."""
        address = (host, port) if sock is None else self._dialled.pop(sock, ())
        answering = self._factory_at(address)
        if answering is None:
            connect = super().create_connection
            return await connect(protocol_factory, host, port, sock=sock, **how)
        if sock is not None:
            sock.close()
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            end.setblocking(False)
        await self.connect_accepted_socket(answering, theirs)
        return await super().create_connection(protocol_factory, sock=ours)

    def _factory_at(self, address: _Address) -> _Factory | None:
        """Who answers there, if it is a server of this loop that still listens."""
        server, factory = self._servers.get(address[:2], (None, None))
        return factory if server is not None and server.is_serving() else None


def run(coroutine: Coroutine[Any, Any, T], *, turns_max: int = TURNS_MAX) -> T:
    """Run a coroutine to its end on virtual time and return its result.

    Raises what the coroutine raises; ``Deadlock`` when everything waits for nothing; ``Endless``
    after ``turns_max`` turns of the loop; ``LeftBehind`` when a task is still there at the end or
    an error reached nobody.
    """
    loop = VirtualLoop(turns_max)
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        result = runner.run(coroutine)
        left = asyncio.all_tasks(loop)
        if left:
            raise LeftBehind("tasks left when the coroutine had ended: " + _places(left))
    if loop.complaints:
        said = "; ".join(f"{c['message']}: {c.get('exception')!r}" for c in loop.complaints)
        raise LeftBehind(f"errors nobody looked at: {said}")
    return result


async def pass_time(seconds: float) -> None:
    """Let virtual time pass; 0 lets everybody else have a turn. Tests never really sleep."""
    assert isinstance(asyncio.get_running_loop(), VirtualLoop), "tests wait on virtual time only"
    await asyncio.sleep(seconds)


def _whereabouts() -> str:
    return "waiting: " + (_places(asyncio.all_tasks()) or "no task at all")


def _places(tasks: set[asyncio.Task[Any]]) -> str:
    return ", ".join(sorted(f"{task.get_name()} in {_place(task)}" for task in tasks))


def _place(task: asyncio.Task[Any]) -> str:
    """Where a task waits: its innermost coroutine, as function and line."""
    inner: Any = task.get_coro()
    while getattr(getattr(inner, "cr_await", None), "cr_frame", None) is not None:
        inner = inner.cr_await
    frame = getattr(inner, "cr_frame", None)
    name = getattr(inner, "__qualname__", "an awaitable")
    return f"{name} (line {frame.f_lineno})" if frame is not None else name
