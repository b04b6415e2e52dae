"""``multi-stream-input``: one socket that speaks several utterances, each in a context of its own.

What is heard for a context that was given up, or that nobody opened, is dropped by its id; ids are
never used again. A slot is free only when the vendor said that its context is final. An error that
names no context ends everything on this socket and nothing anywhere else. Used by ``pool``, which
gives a socket to one call at a time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from ivr.voices.elevenlabs import wire
from ivr.voices.elevenlabs.connection import Connection
from ivr.voices.elevenlabs.failures import IDLE, Failure
from ivr.voices.elevenlabs.options import Config
from ivr.voices.elevenlabs.utterance import Limits, Speech, Utterance

CONTEXTS_MAX = 4
"""At a time on one socket. The vendor's fifth stays free: a sixth ends the whole socket, and the
counts of both sides differ while a final message is on its way."""
ORPHAN_SECONDS = 10.0
"""A context that was given up is final after a moment. One that is not holds its slot for good, and
its socket is not used for anything new."""

log = logging.getLogger(__name__)


class Context:
    """The vendor's side of one utterance: an id that is live until its final message."""

    __slots__ = ("abandoned_at", "id", "utterance")

    def __init__(self, id: str) -> None:
        self.id = id
        self.utterance: Utterance | None = None
        """None when nobody listens any more."""
        self.abandoned_at: float | None = None


class Socket:
    """An open socket and its live contexts."""

    __slots__ = (
        "_config",
        "_connection",
        "_contexts",
        "_count",
        "_limits",
        "_on_change",
        "_quiet",
        "_usable",
        "born",
        "dropped",
        "trace",
    )

    def __init__(
        self, config: Config, connection: Connection, *, trace: str = "", limits: Limits
    ) -> None:
        self._config = config
        self._connection = connection
        self._limits = limits
        self._contexts: dict[str, Context] = {}
        self._count = 0
        self._usable = True
        self._on_change: Callable[[], None] = _nobody
        self._quiet = asyncio.Event()
        self._quiet.set()
        self.trace = trace
        self.born = asyncio.get_running_loop().time()
        self.dropped = 0
        """Messages about contexts to which nobody listens."""

    @property
    def name(self) -> str:
        """For logs."""
        return self._connection.name

    @property
    def live(self) -> int:
        """Contexts that hold a slot."""
        return len(self._contexts)

    @property
    def usable(self) -> bool:
        """Whether it may begin something new at all."""
        return self._usable and not self._connection.closed.is_set()

    @property
    def has_room(self) -> bool:
        """Whether it may begin something new now."""
        return self.usable and len(self._contexts) < CONTEXTS_MAX

    def on_change(self, bell: Callable[[], None] | None) -> None:
        """Call ``bell`` whenever a slot became free, or nothing new may begin any more."""
        self._on_change = bell or _nobody

    # ------------------------------------------------------------------------ its life

    async def run(self) -> Failure:
        """Carry messages until the socket is over; returns how it ended, which may be well."""
        failure = Failure("The connection to ElevenLabs was closed", retryable=True)
        try:
            failure = await self._connection.run(self._receive, self._heartbeat)
            return failure
        finally:
            self._fail_all(failure)
            self._contexts.clear()
            self._quiet.set()
            self._on_change()

    async def quiet(self) -> None:
        """Wait until no context is live."""
        await self._quiet.wait()

    def retire(self, why: str) -> None:
        """Begin nothing new on it; what is being said may end."""
        if self._usable:
            self._usable = False
            log.info("elevenlabs %s: retired, %s", self.name, why)
            self._on_change()

    async def aclose(self) -> None:
        """Say goodbye and close."""
        self._usable = False
        await self._connection.aclose(wire.close_socket())

    def abort(self) -> None:
        """Close without a goodbye."""
        self._usable = False
        self._connection.abort()

    # ------------------------------------------------------------------------ utterances

    def begin(self) -> Speech:
        """Open a context for an utterance; there must be room."""
        assert self.has_room, "a sixth context would end the socket"
        self._count += 1
        context = Context(f"{self.name}-{self._count}")
        utterance = Utterance(
            send=partial(self._send_words, context.id),
            close=partial(self._send_close, context.id),
            format=self._config.format,
            limits=self._limits,
        )
        context.utterance = utterance
        self._contexts[context.id] = context
        self._quiet.clear()
        self._connection.send(wire.open_context(self._config, context.id))
        return Speech(utterance, partial(self.abandon, context))

    def abandon(self, context: Context) -> None:
        """Nobody listens any more: ask the vendor to stop, and drop what still comes."""
        utterance, context.utterance = context.utterance, None
        if utterance is None or context.id not in self._contexts:
            return
        context.abandoned_at = asyncio.get_running_loop().time()
        utterance.close()
        if utterance.failure is not None and utterance.failure.code == "stalled":
            self.retire("it stopped answering")

    def has_orphans(self) -> bool:
        """Whether a context that was given up does not end."""
        late = asyncio.get_running_loop().time() - ORPHAN_SECONDS
        return any(
            context.abandoned_at is not None and context.abandoned_at < late
            for context in self._contexts.values()
        )

    def _send_words(self, context: str, words: str) -> None:
        self._connection.send(wire.text(context, words))

    def _send_close(self, context: str) -> None:
        self._connection.send(wire.close_context(context))

    def _heartbeat(self) -> list[str]:
        """Keeps the socket, and the contexts whose next words are still to come. Never an id that
        was not opened: it would be opened by this."""
        waiting = [
            context.id
            for context in self._contexts.values()
            if context.utterance is not None and not context.utterance.ended
        ]
        return [wire.keepalive(), *map(wire.keepalive, waiting)]

    # ------------------------------------------------------------------------ the vendor's side

    def _receive(self, frame: wire.Frame) -> None:
        if frame.context is None:
            if frame.failure is not None:
                self._broken(frame.failure)
            elif frame.audio:
                self.dropped += 1
            return
        context = self._contexts.get(frame.context)
        if context is None:
            self.dropped += 1
            return
        if context.utterance is None:
            self.dropped += 1
        else:
            context.utterance.receive(frame)
        if frame.failure is not None:
            self.retire("an utterance failed")
        if frame.final:
            del self._contexts[context.id]
            if not self._contexts:
                self._quiet.set()
            self._on_change()

    def _broken(self, failure: Failure) -> None:
        """An error about nobody in particular: it ends what runs here, and only here."""
        self._usable = False
        if failure.code == IDLE and not self._contexts:
            log.debug("elevenlabs %s: closed after being idle", self.name)
        self._fail_all(failure)
        self._on_change()

    def _fail_all(self, failure: Failure) -> None:
        for context in self._contexts.values():
            if context.utterance is not None:
                context.utterance.fail(failure)


def _nobody() -> None:
    """There is no one to tell."""
