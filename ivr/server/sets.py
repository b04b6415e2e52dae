"""The flow sets of a running server: the one calls begin with, and those that calls still have.

A set is everything that changes when the folder is saved: its flows, its clips, its functions and
the hosts they may ask, the studio that speaks for it. What outlives sets is here as well, once for
the process: takes, the shelf they are kept on, and the voices that several sets speak with. A new
set is put together in a thread, opened, and its first words are made, all while the old one
answers; then it takes its place between two turns of the event loop. An old set is closed when its
last call has ended. Made by ``server/app``; ``server/reload`` brings new ones.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final

from ivr.calls.errands import World
from ivr.calls.session import converse
from ivr.calls.stage import Stage
from ivr.calls.studio import Studio
from ivr.calls.switchboard import Switchboard
from ivr.errors import SettingsError
from ivr.flow import speech
from ivr.flow.ahead import next_steps, worth_asking
from ivr.flow.messages import Words
from ivr.flow.model import FlowSet
from ivr.flow.sayable import opening, sayable
from ivr.prompts.shelf import Shelf, Shelved
from ivr.prompts.shelving import Shelving
from ivr.prompts.takes import TAKES_BYTES_MAX, TakeKey, Takes
from ivr.prompts.wanted import Role, Wanted, heard, wanted
from ivr.server.editions import Edition, Finding
from ivr.server.quietly import quietly
from ivr.settings import Settings
from ivr.voices.access import Access
from ivr.voices.shared import Roster
from ivr.voices.tasks import Tasks

OPENING_SECONDS_MAX: Final = 5.0
"""For making the first words of the flows; start-up waits no longer for them."""
RELOAD_SECONDS_MAX: Final = 0.4
"""The same for a set that was saved: whoever calls next to hear it is waiting."""
CLOSING_SECONDS_MAX: Final = 10.0
"""For all sets to be closed when the process ends."""

Composed = tuple[World, AbstractAsyncContextManager[object]]
"""The world of a set, and what is to be opened before it is asked anything."""

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class FlowsInUse:
    """One set with everything that belongs to it."""

    edition: Edition
    stage: Stage
    opens: AbstractAsyncContextManager[object]
    wanted: Sequence[Wanted]
    """Every take it needs."""
    shelved: Sequence[TakeKey]
    """Of those, what callers will hear, and what steps in for it: taken in from disk."""
    opening: Sequence[Words]
    """The first words of its flows."""
    sayable: Sequence[Words]
    """All its fixed words."""
    loaded_at: datetime
    findings: tuple[Finding, ...] = ()
    """What is worth knowing of it; nothing that kept it from being used."""
    retired: asyncio.Event = field(default_factory=asyncio.Event)
    """Another has taken its place."""

    @property
    def flows(self) -> FlowSet:
        """Its flows, compiled."""
        return self.edition.flows

    @property
    def number(self) -> int:
        """Of this process's sets, from 1."""
        return self.stage.number


class Sets:
    """All flow sets of a process."""

    def __init__(
        self,
        settings: Settings,
        first: Edition,
        *,
        world_of: Callable[[Edition], Composed],
        wall_clock: Callable[[], datetime],
        findings: tuple[Finding, ...] = (),
    ) -> None:
        """Put the first set together. Raises :class:`~ivr.errors.SettingsError` for what cannot be.

        ``world_of`` puts the world of a set together.
        """
        self._settings = settings
        self._world_of = world_of
        self._wall_clock = wall_clock
        self._access = Access(settings.elevenlabs_key, settings.elevenlabs_url)
        self._roster = Roster()
        self._shelf = Shelf(settings.takes_folder)
        self._shelving = Shelving(self._shelf, ())
        self._takes = Takes(on_keep=self._shelving.keep)
        self._lives = Tasks()
        self._closed: list[asyncio.Event] = []
        self._listeners: list[Callable[[], None]] = []
        self._board: Switchboard | None = None
        self._numbers = 0
        self.now = self._put_together(first, findings)
        """The set calls begin with."""
        self._shelving.expect(self.now.wanted)
        self.refused: tuple[Finding, ...] = ()
        """Why what was saved last is not in use; empty where it is."""

    # ----------------------------------------------------------------------- their lives

    async def open(self) -> None:
        """Open the first set. Called once, in the task that will call ``aclose``."""
        async with AsyncExitStack() as opened:
            await self._roster.open()
            opened.push_async_callback(self._roster.aclose)
            await self._lives.open()
            opened.push_async_callback(self._lives.aclose)
            await self._begin(self.now, OPENING_SECONDS_MAX)
            opened.pop_all()

    def serve(self, board: Switchboard) -> None:
        """From now on new sets are given to this switchboard, which has the first one."""
        self._board = board
        board.exchange(self.now.stage)

    async def aclose(self) -> None:
        """Close every set; their calls have been ended."""
        self.now.retired.set()
        async with AsyncExitStack() as last:
            last.callback(self._listeners.clear)
            last.push_async_callback(asyncio.to_thread, self._shelving.close)
            last.push_async_callback(self._roster.aclose)
            last.push_async_callback(self._lives.aclose)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSING_SECONDS_MAX):
                    for closed in list(self._closed):
                        await closed.wait()

    @property
    def alive(self) -> int:
        """Sets that are open: the one in use, and those that calls still have."""
        return len(self._closed)

    # ----------------------------------------------------------------------- changes

    async def exchange(self, edition: Edition, findings: tuple[Finding, ...] = ()) -> None:
        """Put a new set in the place of the old one; returns when calls begin with it.

        Raises :class:`~ivr.errors.SettingsError` for one that cannot be opened; nothing has changed
        then.
        """
        assert self._board is not None, "a server answers"
        new = await quietly(self._put_together, edition, findings)
        await self._begin(new, RELOAD_SECONDS_MAX)
        old, self.now = self.now, new
        self._board.exchange(new.stage)
        self._shelving.expect(new.wanted)
        self.refused = ()
        old.retired.set()
        log.info("set %d answers (%s)", new.number, new.flows.hash)
        self._tell()

    def refuse(self, findings: tuple[Finding, ...]) -> None:
        """What was saved cannot be used; the set that answers goes on."""
        assert findings, "there is a reason"
        self.refused = findings
        self._tell()

    def accept(self, findings: tuple[Finding, ...]) -> None:
        """What was saved last says what the set in use says already."""
        self.now.findings, self.refused = findings, ()
        self._tell()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Tell of every change, at once; returns how to stop that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _tell(self) -> None:
        for listener in list(self._listeners):
            listener()

    # ----------------------------------------------------------------------- one set

    def _put_together(self, edition: Edition, findings: tuple[Finding, ...]) -> FlowsInUse:
        """Everything of a set, nothing of it open. May take its time; a thread can do it."""
        flows = edition.flows
        _require_keys(self._settings, self._access, flows)
        studio = Studio.build(
            flows,
            edition.assets,
            takes=self._takes,
            access=self._access,
            build=self._roster.build,
        )
        world, opens = self._world_of(edition)
        talk = partial(converse, ahead=next_steps if worth_asking(flows) else None, world=world)
        texts = sayable(flows)
        needed = wanted(flows, self._access, texts)
        keys = [each.key for each in heard(flows, self._access, texts)]
        keys += [each.key for each in needed if each.role is Role.FALLBACK]
        # Slow tables are there before the first call of the set rings.
        speech.prepare({lang.code for flow in flows.flows.values() for lang in flow.languages})
        self._numbers += 1
        stage = Stage(flows, studio, talk, world, self._numbers)
        return FlowsInUse(
            edition,
            stage,
            opens,
            needed,
            tuple(dict.fromkeys(keys)),
            tuple(opening(flows)),
            tuple(each.words for each in texts),
            self._wall_clock(),
            findings,
        )

    async def _begin(self, new: FlowsInUse, first_words_s: float) -> None:
        """Open a set, in a task that lives as long as it does. Raises what its voices raise."""
        opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lives.finish(self._live(new, first_words_s, opened))
        try:
            await opened
        except BaseException:
            new.retired.set()
            raise

    async def _live(
        self, new: FlowsInUse, first_words_s: float, opened: asyncio.Future[None]
    ) -> None:
        """A set from its opening to its last call's end."""
        closed = asyncio.Event()
        self._closed.append(closed)
        try:
            async with AsyncExitStack() as stack:
                await self._open(new, first_words_s, stack)
                if not opened.done():
                    opened.set_result(None)
                new.stage.studio.warm(new.sayable)
                await new.retired.wait()
                await new.stage.empty.wait()
                log.info("set %d is closed, its last call is over", new.number)
        except Exception as error:
            if opened.done():
                log.exception("set %d did not close as it should", new.number)
            else:
                opened.set_exception(error)
        finally:
            self._closed.remove(closed)
            closed.set()
            self._tell()

    async def _open(self, new: FlowsInUse, first_words_s: float, stack: AsyncExitStack) -> None:
        studio = new.stage.studio
        await studio.open()
        stack.push_async_callback(studio.aclose)
        await stack.enter_async_context(new.opens)
        await self._restore(new)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(first_words_s):
                await studio.make(new.opening)

    async def _restore(self, new: FlowsInUse) -> None:
        """Take in from disk what is there, as far as it fits."""
        missing = [key for key in new.shelved if key not in self._takes]
        if missing:
            for take in await quietly(self._read, missing):
                self._takes.restore(take.key, take.audio)

    def _read(self, keys: Sequence[TakeKey]) -> Sequence[Shelved]:
        found, damages = self._shelf.read(keys, TAKES_BYTES_MAX)
        for damage in damages:
            log.warning("take %s is damaged and not used: %s", damage.path.name, damage.reason)
        return found


def _require_keys(settings: Settings, access: Access, flows: FlowSet) -> None:
    """A production line refuses to start without what the vendors let us in with."""
    if settings.environment == "production" and access.elevenlabs_key is None:
        keyless = [v.name for v in flows.voices.values() if v.provider == "elevenlabs"]
        if keyless:
            raise SettingsError(
                f"ELEVENLABS_API_KEY is not set, and the voice {keyless[0]} needs it: make a key "
                "at elevenlabs.io → Developers → API keys (only IVR_ENV=dev does without)"
            )
