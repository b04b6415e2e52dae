"""Makes the takes that are missing: asks the voices, has each take judged, and shelves it.

Every take is shelved as soon as it is made, so an interrupted build goes on where it stopped. A
voice that refuses because it has too much to do is asked less at a time, and later again. Asking
before money is spent, showing how far it is, and writing the lock file are the command's
(``ivr build``); who may ask the vendor is ``quota``'s.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Final, Protocol

from ivr.errors import SettingsError, VoiceError
from ivr.flow.messages import Words
from ivr.prompts.gate import Passed, examine
from ivr.prompts.quota import Priority, Quota
from ivr.prompts.shelf import Shelf, Shelved
from ivr.prompts.wanted import Wanted
from ivr.voices.base import Voice

ATTEMPTS_MAX: Final = 3
"""For a take that the gate refuses or that breaks off: each costs its characters again."""
BUSY_MAX: Final = 6
"""For a voice that makes no sound at all: it has too much to do, or cannot be reached. After so
many in a row it is given up, whatever the texts were."""
BUSY_SECONDS: Final = (0.5, 1.0, 2.0, 4.0, 8.0)
"""How long it is not asked after each of these in a row; the last goes on."""
TOGETHER: Final = 2
"""Takes that are made at once in the beginning."""
TOGETHER_UNTOLD_MAX: Final = 3
"""And at the most, until the vendor has said what it allows."""
TOGETHER_MAX: Final = 10
"""And at the most even where it allows more."""
EASED_AFTER: Final = 10
"""Where a voice had too much to do, so many takes later one more is asked for at a time."""
ALIKE_MAX: Final = 3
"""So many final refusals in a row with the same words, and a voice is not asked any more."""
RENDER_SECONDS_MAX: Final = 120.0
"""For one take; six minutes of speech are made in less."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a voice made of a text."""

    audio: bytes
    together_max: int | None = None
    """How many requests its vendor answers at once, where it told."""


class Renderer(Protocol):
    """Somebody who speaks texts for the build."""

    async def render(self, words: Words) -> Rendered:
        """Speak a whole text. Raises :class:`~ivr.errors.VoiceError`."""
        ...


@dataclass(frozen=True, slots=True)
class Made:
    """A take that was made and shelved."""

    wanted: Wanted
    take: Shelved
    mended: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """A take that could not be made."""

    wanted: Wanted
    reason: str


Result = Made | Failed


class VoiceRenderer:
    """Any open voice, through one line of it."""

    def __init__(self, voice: Voice) -> None:
        """The voice must be open while this is used."""
        self._line = voice.lease("build")

    async def render(self, words: Words) -> Rendered:
        """Speak a text, and wait for all of it."""
        audio = bytearray()
        async with aclosing(self._line.speak(words.text, language=words.language)) as speech:
            try:
                async for chunk in speech:
                    audio += chunk
            except VoiceError as error:
                error.spoken = error.spoken if audio else 0
                raise
        return Rendered(bytes(audio))

    async def aclose(self) -> None:
        """Give the line back."""
        await self._line.aclose()


class Account:
    """One vendor account, or this machine: the voices whose turns are taken together."""

    def __init__(self, renderers: Mapping[str, Renderer], together_max: int | None = None) -> None:
        """``renderers`` by the names of their voices; ``together_max`` takes are made at once,
        whatever the vendor allows."""
        self.renderers = renderers
        self.quota = Quota(together_max or TOGETHER, reserved=0)
        self._told = together_max is not None
        self._together_max = together_max or TOGETHER_UNTOLD_MAX
        self._busy = 0
        """Refusals in a row."""
        self._eases_after = 0
        """Takes until one more may be made at a time."""

    def went_well(self, together_max: int | None) -> None:
        """A take came; ``together_max`` is what the vendor said it allows."""
        self._busy = 0
        if together_max is not None and not self._told:
            # One lane is left to callers, who may be on the same account.
            self._together_max = max(1, min(together_max - 1, TOGETHER_MAX))
        self._eases_after -= 1
        limit = self.quota.limit
        if limit > self._together_max:
            self.quota.limit = self._together_max
        elif limit < self._together_max and self._eases_after <= 0:
            self.quota.limit = limit + 1

    def went_badly(self) -> None:
        """It has too much to do: it is asked less at a time, and not at once."""
        seconds = BUSY_SECONDS[min(self._busy, len(BUSY_SECONDS) - 1)]
        self._busy += 1
        self._eases_after = EASED_AFTER
        self.quota.limit -= 1
        self.quota.rest(seconds)


async def make(
    missing: Iterable[Wanted], account: Account, shelf: Shelf, told: Callable[[Result], None]
) -> None:
    """Make takes; ``told`` hears of each when it is on the shelf, or when it is given up.

    Raises :class:`~ivr.errors.SettingsError` when the shelf cannot be written.
    """
    waiting = deque(missing)
    patience = {each.spec.name: _Patience() for each in waiting}

    async def work() -> None:
        while waiting:
            each = waiting.popleft()
            told(await _make_one(each, account, shelf, patience[each.spec.name]))

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(len(waiting), TOGETHER_MAX)):
                group.create_task(work())
    except* SettingsError as errors:
        raise errors.exceptions[0] from None


class _Patience:
    """With one voice: it ends when the voice goes on saying no, or nothing."""

    def __init__(self) -> None:
        self.over = ""
        """Why it is not asked any more."""
        self._busy = 0
        self._refusals: Counter[str] = Counter()

    def spoke(self) -> None:
        self._busy = 0
        self._refusals.clear()

    def silent(self, reason: str) -> None:
        self._busy += 1
        if self._busy >= BUSY_MAX:
            self.over = reason

    def refused(self, reason: str) -> None:
        self._refusals[reason] += 1
        if self._refusals[reason] >= ALIKE_MAX:
            self.over = reason


async def _make_one(wanted: Wanted, account: Account, shelf: Shelf, patience: _Patience) -> Result:
    """Ask until there is a take that may be heard, or no hope for one."""
    renderer = account.renderers[wanted.spec.name]
    attempts = busy = 0
    while True:
        try:
            async with account.quota.turn(Priority.BUILD), _bounded():
                if patience.over:
                    return Failed(wanted, patience.over)
                rendered = await renderer.render(wanted.words)
        except VoiceError as error:
            reason = str(error).rstrip(".")
            if not error.retryable:
                patience.refused(reason)
                return Failed(wanted, reason)
            if error.spoken == 0:
                busy += 1
                patience.silent(reason)
                account.went_badly()
            else:
                attempts += 1
        else:
            patience.spoke()
            account.went_well(rendered.together_max)
            judged = examine(rendered.audio, wanted.words.text, wanted.pace)
            if isinstance(judged, Passed):
                take = Shelved(wanted.key, judged.audio, wanted.spec.name, wanted.places)
                shelf.put(take)
                return Made(wanted, take, judged.mended)
            reason = judged.reason
            attempts += 1
        if attempts == ATTEMPTS_MAX or busy == BUSY_MAX:
            return Failed(wanted, f"{reason} (asked {attempts + busy} times)")


@asynccontextmanager
async def _bounded() -> AsyncGenerator[None]:
    try:
        async with asyncio.timeout(RENDER_SECONDS_MAX):
            yield
    except TimeoutError:
        raise VoiceError(
            f"it did not finish within {RENDER_SECONDS_MAX:g} s", retryable=True
        ) from None
