"""Voices that several flow sets speak with, opened once: a reload loads no model again.

A set has its own voices by name, but two entries that say the same are one voice: the same models
and sockets, held until the last set that has it is closed. Each is opened and closed by a task of
its own, because who opens a voice must close it. Made by ``server/sets``, one for a process.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from ivr.flow.world import VoiceSpec
from ivr.voices import table
from ivr.voices.access import Access
from ivr.voices.base import Line, Voice
from ivr.voices.tasks import Tasks


@dataclass(slots=True, eq=False)
class _Held:
    """A voice that is open, or being opened, and how many sets have it."""

    spec: VoiceSpec
    voice: Voice
    opened: asyncio.Future[None]
    users: int = 0
    unwanted: asyncio.Event = field(default_factory=asyncio.Event)
    closed: asyncio.Event = field(default_factory=asyncio.Event)


class Roster:
    """The voices of a process."""

    def __init__(self) -> None:
        self._held: list[_Held] = []
        self._tasks = Tasks()

    async def open(self) -> None:
        """From now on voices can be opened. In the task that will call ``aclose``."""
        await self._tasks.open()

    async def aclose(self) -> None:
        """End; every set has been closed before."""
        await self._tasks.aclose()

    def build(self, spec: VoiceSpec, access: Access) -> Shared:
        """The voice of a settings entry, not yet open; SettingsError for what cannot be."""
        return Shared(self, spec, table.build(spec, access))

    async def enter(self, spec: VoiceSpec, voice: Voice) -> Voice:
        """An open voice for this entry: one that is there, or this one. Raises what it raises."""
        held = next((each for each in self._held if each.spec == spec), None)
        if held is None:
            held = _Held(spec, voice, asyncio.get_running_loop().create_future())
            self._held.append(held)
            self._tasks.finish(self._keep(held))
        held.users += 1
        try:
            await asyncio.shield(held.opened)
        except BaseException:
            self._let_go(held)
            raise
        return held.voice

    async def leave(self, voice: Voice) -> None:
        """A set is closed; returns when the voice is, if nobody else has it."""
        held = next(each for each in self._held if each.voice is voice)
        if self._let_go(held):
            await held.closed.wait()

    def _let_go(self, held: _Held) -> bool:
        held.users -= 1
        if held.users == 0:
            self._held.remove(held)
            held.unwanted.set()
        return held.users == 0

    async def _keep(self, held: _Held) -> None:
        """A voice from its opening to its end."""
        try:
            await held.voice.open()
        except Exception as error:
            if not held.opened.done():
                held.opened.set_exception(error)
            return
        if not held.opened.done():
            held.opened.set_result(None)
        await held.unwanted.wait()
        try:
            await held.voice.aclose()
        finally:
            held.closed.set()


class Shared:
    """One set's hold on a voice. A :class:`~ivr.voices.base.Voice` itself."""

    def __init__(self, roster: Roster, spec: VoiceSpec, voice: Voice) -> None:
        self._roster = roster
        self._spec = spec
        self._voice = voice

    @property
    def key(self) -> str:
        """The voice's own."""
        return self._voice.key

    def speaks(self, language: str) -> bool:
        """Whether the voice can say texts of this language."""
        return self._voice.speaks(language)

    async def open(self) -> None:
        """Open it, unless another set has."""
        self._voice = await self._roster.enter(self._spec, self._voice)

    def lease(self, call: str, *, language: str | None = None) -> Line:
        """A line of the voice."""
        return self._voice.lease(call, language=language)

    async def aclose(self) -> None:
        """Close it, unless another set has it."""
        await self._roster.leave(self._voice)
