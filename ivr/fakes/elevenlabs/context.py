"""One stream of speech on a socket: its text gathers, is spoken in a task, and comes to an end.

``stream-input`` has one of these, ``multi-stream-input`` up to five. What messages open, feed and
close it is theirs; here is what happens then, with every fault that belongs to a context.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from enum import Enum

from ivr.errors import VoiceError
from ivr.fakes.elevenlabs import wire
from ivr.fakes.elevenlabs.buffer import Buffer
from ivr.fakes.elevenlabs.conversation import Conversation
from ivr.fakes.elevenlabs.faults import Place
from ivr.fakes.elevenlabs.messages import ClientMessage
from ivr.fakes.elevenlabs.speech import Chunk, TooMany
from ivr.fakes.elevenlabs.witness import Code, Said

_RACES = ("close_race", "close_race_silent")


class State(Enum):
    """How far a context is."""

    OPEN = "takes text"
    CLOSING = "says what was flushed; its slot is still taken"
    ENDED = "its last message is out, its slot free"


class Context:
    """A context; its first message has opened it, and must be ``take``n like all others."""

    def __init__(
        self,
        line: Conversation,
        first: ClientMessage,
        tag: Mapping[str, object],
        on_end: Callable[[], None],
    ) -> None:
        """``tag`` names it in every message; ``on_end`` is called when its last one is out."""
        assert line.voice is not None
        self.state = State.OPEN
        self.number = len(line.asked.said) + 1
        self.last_input = asyncio.get_running_loop().time()
        self._line = line
        self._settings = first.voice_settings
        self._tag = tag
        self._on_end = on_end
        self._said = Said(first.context_id, self.number, line.works.witness.now_ms)
        self._place = replace(line.place, context=self.number)
        self._fresh = True
        self._buffer = Buffer(auto_mode=line.query.auto_mode, schedule=first.schedule)
        self._texts: asyncio.Queue[tuple[str, float] | None] = asyncio.Queue()
        self._race: str | None = None
        self._last: Chunk | None = None
        query = line.query
        self._delivery = line.works.delivery(query.form, query.model, query.language, line.voice)
        line.asked.said.append(self._said)
        line.tasks.create_task(self._run())

    def take(self, message: ClientMessage) -> None:
        """Take a message's text and settings. Raises ``HangUp`` for settings that have changed."""
        self.last_input = asyncio.get_running_loop().time()
        if not self._fresh and message.setup:
            self._line.report(Code.LATE_SETUP, ", ".join(sorted(message.setup)))
        self._fresh = False
        if message.voice_settings is not None and message.voice_settings != self._settings:
            self._line.report(Code.CHANGED_SETTINGS, f"context {self.number}")
            raise self._line.failure(
                "voice_settings field must be provided in the first message and then either be "
                "not provided or not change.",
                "invalid_input_message",
                self._tag,
            )
        text = message.text or ""
        if text:
            self._said.texts.append(text)
            self._line.works.witness.changed()
            if not text[-1].isspace():
                self._line.report(Code.NO_TRAILING_SPACE, f"context {self.number}")
        self._generate(self._buffer.push(text, flush=message.flush, trigger=message.trigger))

    def close(self, *, flush: bool) -> None:
        """No more text; what is buffered is spoken with ``flush`` and forgotten without."""
        assert self.state is State.OPEN
        self.state = State.CLOSING
        self._said.close_asked_ms = self._line.works.witness.now_ms
        if flush:
            self._generate(self._buffer.push("", flush=True))
        if self._said.chunks == 0 and self._said.generated and not flush:
            strikes = self._line.works.faults.strikes
            self._race = next((race for race in _RACES if strikes(race, self._place)), None)
        self._texts.put_nowait(None)

    def _generate(self, text: str) -> None:
        if text:
            self._said.generated.append(text)
            self._line.works.account.characters_used += len(text)
            self._line.works.witness.generates(self._line.asked, self._said)
            self._texts.put_nowait((text, asyncio.get_running_loop().time()))

    async def _run(self) -> None:
        while (due := await self._texts.get()) is not None:
            await self._speak(*due)
        strikes = self._line.works.faults.strikes
        if self._race == "close_race_silent" or strikes("no_final", self._place):
            return  # and its slot stays taken
        await self._line.send(wire.final_message(self._tag))
        if self._last is not None and strikes("late_audio", self._place):
            await self._send(self._last)
        self.state = State.ENDED
        self._said.ended_ms = self._line.works.witness.now_ms
        self._line.works.witness.changed()
        self._on_end()

    async def _speak(self, text: str, asked_at: float) -> None:
        works = self._line.works
        chunks = self._delivery.chunks(
            text,
            asked_at=asked_at,
            odd=works.faults.strikes("odd_chunks", self._place) is not None,
            timing_first=works.faults.strikes("timing_first", self._place) is not None,
        )
        mute = works.faults.strikes("zero_audio", self._place) is not None
        try:
            async with works.lanes.lane(), aclosing(chunks):
                async for chunk in chunks:
                    if self._said.chunks == 0:
                        await self._hold_first()
                    if self._race is not None or mute:
                        return
                    await self._line.moment(self._next, self._tag)
                    await self._send(chunk)
        except TooMany:
            limit = works.lanes.limit
            raise self._line.failure(
                f"You have reached the limit of {limit} concurrent requests.",
                "concurrent_limit_exceeded",
                self._tag,
            ) from None
        except VoiceError as error:
            raise self._line.failure(str(error), "invalid_text", self._tag) from None

    async def _hold_first(self) -> None:
        """Faults that delay the first chunk."""
        faults = self._line.works.faults
        if (slow := faults.strikes("slow_first_byte", self._next)) is not None:
            await self._line.works.pause(slow.ms)
        for race in _RACES:
            if (armed := faults.armed(race, self._place)) is not None:
                await self._line.works.pause(armed.ms)

    async def _send(self, chunk: Chunk) -> None:
        ready_ms = self._line.works.witness.now_ms
        await self._line.send_audio(chunk.audio, chunk.letters, self._tag, self._next)
        self._last = chunk
        self._said.chunks += 1
        self._said.audio_bytes += len(chunk.audio)
        if self._said.first_chunk_ms is None:
            self._said.first_chunk_ms = ready_ms
        self._line.works.witness.changed()

    @property
    def _next(self) -> Place:
        return replace(self._place, chunk=self._said.chunks + 1)
