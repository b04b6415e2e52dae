"""``stream-input``: a socket for one utterance, dialled before it is needed.

The vendor ends the socket with the utterance, so each costs a handshake; one socket is always kept
ready for the next, as long as it is fresh. For ``socket: single``; lines use it where ``pool``
would give them a context. Nothing is retried here.
"""

from __future__ import annotations

import asyncio
import logging

from ivr.voices.elevenlabs import wire
from ivr.voices.elevenlabs.connection import Connection, Refused, dial
from ivr.voices.elevenlabs.failures import Failure
from ivr.voices.elevenlabs.options import Config
from ivr.voices.elevenlabs.utterance import Limits, Speech, Utterance
from ivr.voices.tasks import Tasks

FRESH_SECONDS_MAX = 150.0
"""A socket that waited longer is replaced: the vendor gives it up after 180 at most, and resets of
its timer while nothing was said have been seen to fail."""

log = logging.getLogger(__name__)


class Single:
    """An open socket and its one utterance."""

    __slots__ = ("_connection", "_tasks", "born", "utterance")

    def __init__(
        self, config: Config, connection: Connection, tasks: Tasks, *, limits: Limits
    ) -> None:
        self._connection = connection
        self._tasks = tasks
        self.born = asyncio.get_running_loop().time()
        self.utterance = Utterance(
            send=lambda words: connection.send(wire.single_text(words)),
            close=lambda: connection.send(wire.single_end()),
            format=config.format,
            limits=limits,
        )
        connection.send(wire.single_open(config))

    @property
    def usable(self) -> bool:
        """Whether the utterance may begin."""
        return not self._connection.closed.is_set() and not self.utterance.over

    async def run(self) -> None:
        """Carry messages until the socket is over; sees to its own errors."""
        failure = Failure("The connection to ElevenLabs was closed", retryable=True)
        try:
            failure = await self._connection.run(self.utterance.receive, list)
        except Exception:
            log.exception("elevenlabs %s: broke", self._connection.name)
        finally:
            self.utterance.fail(failure)

    def abandon(self) -> None:
        """The utterance is over, or nobody listens any more."""
        ending = self._connection.aclose(None) if self.utterance.final else self.hang_up()
        self._tasks.finish(ending)

    async def hang_up(self) -> None:
        """Close now; there is no other way to stop the vendor."""
        await self._connection.hang_up()


class Opener:
    """One call's sockets for utterances in one language: the next is always on its way."""

    def __init__(
        self,
        config: Config,
        key: str,
        language_code: str | None,
        tasks: Tasks,
        *,
        name: str,
        limits: Limits,
    ) -> None:
        self._config = config
        self._key = key
        self._url = wire.single_url(config, language_code)
        self._tasks = tasks
        self._name = name
        self._limits = limits
        self._count = 0
        self._next: asyncio.Task[Single | Failure] | None = tasks.start(self._dial())

    async def begin(self) -> Speech:
        """Begin an utterance; raises VoiceError if its socket cannot be opened."""
        opening, self._next = self._next, None
        single = await opening if opening is not None else None
        if not isinstance(single, Single) or not self._is_fresh(single):
            if isinstance(single, Single):
                single.abandon()
            single = await self._dial()
        if isinstance(single, Failure):
            raise single.error(0)
        if self._next is None:
            self._next = self._tasks.start(self._dial())
        return Speech(single.utterance, single.abandon)

    def give_back(self) -> None:
        """The call is over."""
        opening, self._next = self._next, None
        if opening is not None:
            self._tasks.finish(_forget(opening))

    def _is_fresh(self, single: Single) -> bool:
        age = asyncio.get_running_loop().time() - single.born
        return single.usable and age < FRESH_SECONDS_MAX

    async def _dial(self) -> Single | Failure:
        self._count += 1
        name = f"{self._name}-{self._count}"
        try:
            dialled = await dial(self._url, self._key)
        except Refused as refused:
            level = logging.ERROR if refused.failure.alarm else logging.WARNING
            log.log(level, "elevenlabs %s: not connected: %s", name, refused.failure.sentence)
            return refused.failure
        log.info("elevenlabs %s: connected, trace %s", name, dialled.trace or "none")
        connection = Connection(dialled, name)
        single = Single(self._config, connection, self._tasks, limits=self._limits)
        self._tasks.start(single.run())
        return single


async def _forget(opening: asyncio.Task[Single | Failure]) -> None:
    """Close a socket that nobody will use, as soon as it is open."""
    single = await opening
    if isinstance(single, Single):
        await single.hang_up()
