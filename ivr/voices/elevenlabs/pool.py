"""The sockets of one voice in one language: dialled ahead, leased to one call at a time, kept warm.

Everything that runs here belongs to the application and ends with the voice; a call only leases. A
socket goes back to the warm ones after the last final message of the call that had it, and is
closed if that does not come. A socket that the vendor closes while nothing is said is normal and
told to nobody but the log. Used by the lines in ``voice``.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable

from ivr.errors import VoiceError
from ivr.voices.elevenlabs import wire
from ivr.voices.elevenlabs.connection import HANDSHAKE_SECONDS, Connection, Refused, dial
from ivr.voices.elevenlabs.failures import Failure
from ivr.voices.elevenlabs.multi import Socket
from ivr.voices.elevenlabs.options import Config
from ivr.voices.elevenlabs.utterance import Limits, Speech
from ivr.voices.tasks import Tasks

WARM_MAX = 16
"""Sockets that wait for a call."""
WARM_SECONDS_MAX = 300.0
SOCKETS_MAX = 1_000
"""Open at once for one voice and language."""
SOCKETS_PER_LEASE_MAX = 3
"""Of four utterances each."""
DRAIN_SECONDS_MAX = 5.0
"""From the end of a call to the last final message."""
BACKOFF_SECONDS_MIN = 0.1
BACKOFF_SECONDS_MAX = 5.0
DIALS_MAX = 6
"""In a row for one lease while nobody asks it for anything."""
REDIAL_AGE_SECONDS_MIN = 5.0
"""A socket that lived shorter is not dialled again by itself."""
REFUSED_SECONDS = 15.0
"""After a refusal that only a person can mend, nobody dials for so long."""
WORTH_WAITING_SECONDS = 0.5
"""A caller waits no longer for the next attempt; another voice is quicker."""

log = logging.getLogger(__name__)


class Backoff:
    """When to dial again after failures: twice as long each time, and not all at once."""

    __slots__ = ("_random", "failures")

    def __init__(self, chance: Callable[[], float] = random.random) -> None:
        """``chance`` gives numbers from 0 to 1."""
        self._random = chance
        self.failures = 0
        """In a row."""

    def seconds(self) -> float:
        """How long to wait now: between half and all of what doubles with each failure."""
        if not self.failures:
            return 0.0
        whole: float = min(
            BACKOFF_SECONDS_MAX, BACKOFF_SECONDS_MIN * 2 ** min(self.failures - 1, 16)
        )
        return whole * (0.5 + 0.5 * self._random())


class Pool:
    """The sockets for one voice and one language."""

    def __init__(
        self,
        config: Config,
        key: str,
        language_code: str | None,
        tasks: Tasks,
        *,
        name: str,
        limits: Limits,
        chance: Callable[[], float] = random.random,
        handshake_seconds: float = HANDSHAKE_SECONDS,
    ) -> None:
        """``tasks`` is the voice's: what runs here ends with it. ``name`` is for logs."""
        self._config = config
        self._key = key
        self._url = wire.multi_url(config, language_code)
        self.tasks = tasks
        self._name = name
        self._limits = limits
        self._handshake_seconds = handshake_seconds
        self._count = 0
        self._warm: dict[Socket, asyncio.TimerHandle] = {}
        """The last one was used last."""
        self._closed = False
        self.backoff = Backoff(chance)
        self.open: set[Socket] = set()
        """All of them, leased or warm."""
        self.last_failure: Failure | None = None
        """Why the last attempt failed; None after one that did not."""
        self._refused_until = 0.0

    def lease(self, call: str) -> Lease:
        """A hold for one call. A socket for it is taken or dialled at once, in the background."""
        lease = Lease(self, call)
        lease.ensure()
        return lease

    @property
    def warm(self) -> int:
        """How many sockets wait for a call."""
        return len(self._warm)

    def take_warm(self) -> Socket | None:
        """The socket that was used last, if one waits."""
        while self._warm:
            socket, timer = self._warm.popitem()
            timer.cancel()
            if socket.has_room:
                return socket
        return None

    def refusal(self) -> Failure | None:
        """Why nobody should dial now; None if there is no reason."""
        refused = asyncio.get_running_loop().time() < self._refused_until
        return self.last_failure if refused else None

    async def connect(self, call: str) -> Socket:
        """Dial a new socket and let it run; raises Refused."""
        if len(self.open) >= SOCKETS_MAX:
            raise Refused(Failure(f"{SOCKETS_MAX} sockets to ElevenLabs are open", retryable=True))
        self._count += 1
        name = f"{self._name}-{self._count}"
        try:
            dialled = await dial(self._url, self._key, seconds=self._handshake_seconds)
        except Refused as refused:
            self.backoff.failures += 1
            self._note(refused.failure)
            level = logging.ERROR if refused.failure.alarm else logging.WARNING
            log.log(level, "elevenlabs %s: not connected: %s", name, refused.failure.sentence)
            raise
        self.backoff.failures = 0
        self.last_failure = None
        log.info("elevenlabs %s: connected for %s, trace %s", name, call, dialled.trace or "none")
        connection = Connection(dialled, name)
        socket = Socket(self._config, connection, trace=dialled.trace, limits=self._limits)
        self.open.add(socket)
        self.tasks.start(self._run(socket))
        return socket

    def give_back(self, socket: Socket) -> None:
        """A call needs it no more: keep it warm once nothing of that call is live on it."""
        socket.on_change(None)
        if socket not in self.open:
            return
        if socket.usable and not socket.live and len(self._warm) < WARM_MAX and not self._closed:
            loop = asyncio.get_running_loop()
            self._warm[socket] = loop.call_later(WARM_SECONDS_MAX, self._cool, socket)
        else:
            self.tasks.start(self._drain(socket))

    async def aclose(self) -> None:
        """Say goodbye on every socket; their tasks are the voice's to wait for."""
        self._closed = True
        for timer in self._warm.values():
            timer.cancel()
        self._warm.clear()
        async with asyncio.TaskGroup() as goodbyes:
            for socket in list(self.open):
                goodbyes.create_task(socket.aclose())

    def _note(self, failure: Failure) -> None:
        self.last_failure = failure
        if failure.alarm:
            self._refused_until = asyncio.get_running_loop().time() + REFUSED_SECONDS

    async def _run(self, socket: Socket) -> None:
        """A socket's life. A bug of ours costs the socket, not the application its lifespan."""
        try:
            failure = await socket.run()
            if failure.alarm:
                self._note(failure)
            level = logging.ERROR if failure.alarm else logging.INFO
            log.log(level, "elevenlabs %s: over: %s", socket.name, failure.sentence)
        except Exception:
            log.exception("elevenlabs %s: broke", socket.name)
        finally:
            self.open.discard(socket)
            if (timer := self._warm.pop(socket, None)) is not None:
                timer.cancel()

    async def _drain(self, socket: Socket) -> None:
        """Wait for the last final message, then keep it, or close it."""
        try:
            async with asyncio.timeout(DRAIN_SECONDS_MAX):
                await socket.quiet()
        except TimeoutError:
            log.info("elevenlabs %s: an utterance did not end after its call", socket.name)
            socket.abort()
            return
        if socket.usable and len(self._warm) < WARM_MAX and not self._closed:
            self.give_back(socket)
        else:
            await socket.aclose()

    def _cool(self, socket: Socket) -> None:
        """It waited long enough."""
        if self._warm.pop(socket, None) is not None:
            self.tasks.start(socket.aclose())


class Lease:
    """One call's sockets: the first is there, or on its way, before anything is to be said."""

    def __init__(self, pool: Pool, call: str) -> None:
        self._pool = pool
        self._call = call
        self._sockets: list[Socket] = []
        self._dialling: asyncio.Task[None] | None = None
        self._dials_at = 0.0
        """When the next attempt of a running dial begins or began, on the loop's clock."""
        self._failed = 0
        """Attempts."""
        self._changed = asyncio.Event()
        self._over = False

    def ensure(self) -> None:
        """See to it that there is a socket with room, or that one is being dialled."""
        if self._over or self._dialling is not None or self._pool.refusal() is not None:
            return
        for socket in self._sockets:
            if socket.has_orphans():
                socket.retire("an utterance on it does not end")
        if any(socket.has_room for socket in self._sockets):
            return
        if sum(socket.usable for socket in self._sockets) >= SOCKETS_PER_LEASE_MAX:
            return
        warm = self._pool.take_warm()
        if warm is not None:
            self._add(warm)
        else:
            self._dialling = self._pool.tasks.start(self._dial())

    async def socket(self) -> Socket:
        """A socket with room, as soon as there is one.

        Raises VoiceError when an attempt to connect fails meanwhile, or at once when none is going
        to be made soon: a caller is waiting, and another voice may be quicker.
        """
        failed = self._failed
        while not self._over:
            self.ensure()
            room = next((each for each in self._sockets if each.has_room), None)
            if room is not None:
                return room
            failure = self._pool.refusal()
            if failure is None and self._pool.last_failure is not None:
                wait = self._dials_at - asyncio.get_running_loop().time()
                if self._failed != failed or (self._dialling and wait > WORTH_WAITING_SECONDS):
                    failure = self._pool.last_failure
            if failure is not None:
                raise failure.error(0)
            changed = self._changed
            await changed.wait()
        raise VoiceError("the line was given back", retryable=False)

    async def begin(self) -> Speech:
        """Begin an utterance; raises VoiceError as ``socket`` does."""
        socket = await self.socket()
        return socket.begin()

    def give_back(self) -> None:
        """The call is over."""
        self._over = True
        for socket in self._sockets:
            self._pool.give_back(socket)
        self._sockets.clear()
        self._tell()

    async def _dial(self) -> None:
        clock = asyncio.get_running_loop().time
        try:
            for _ in range(DIALS_MAX):
                seconds = self._pool.backoff.seconds()
                self._dials_at = clock() + seconds
                self._tell()
                await asyncio.sleep(seconds)
                if self._over:
                    return
                try:
                    self._add(await self._pool.connect(self._call))
                    return
                except Refused as refused:
                    self._failed += 1
                    self._tell()
                    if not refused.failure.retryable:
                        return
        finally:
            self._dialling = None
            self._tell()

    def _add(self, socket: Socket) -> None:
        if self._over:  # the call was shorter than its handshake; the next one has it
            self._pool.give_back(socket)
            return
        self._sockets.append(socket)
        socket.on_change(self._notice)
        self._tell()

    def _notice(self) -> None:
        """A slot is free, or a socket is no longer usable: have another ready before it is needed.

        One that was closed as soon as it was open is not dialled again until somebody wants to
        speak: who refuses us that way would do it again.
        """
        gone = [each for each in self._sockets if not each.usable and not each.live]
        for socket in gone:
            self._sockets.remove(socket)
            self._pool.give_back(socket)
        now = asyncio.get_running_loop().time()
        if any(now - socket.born >= REDIAL_AGE_SECONDS_MIN for socket in gone):
            self.ensure()
        self._tell()

    def _tell(self) -> None:
        """Wake everybody who waits for a change."""
        self._changed.set()
        self._changed = asyncio.Event()
