"""The ways of asking ElevenLabs for speech, side by side: which begins soonest?

Every way says the same text some times on one line: the first time it also has to dial, after that
it stands as it does in a call. The ways take turns, never at once, so that none waits for another.
Used by ``ivr say --compare``.
"""

from __future__ import annotations

import statistics
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from rich.table import Table

from ivr.cli.speech import Take, listen
from ivr.errors import SettingsError, VoiceError
from ivr.flow.world import VoiceSpec
from ivr.voices.base import Voice

ROUNDS_MIN: Final = 1
ROUNDS_MAX: Final = 20
ALIKE: Final = 1.05
"""A ratio below it is chance."""
SCHEDULE: Final = ("120", "160", "250", "290")
"""The vendor's own."""
HTTP_ONLY: Final = frozenset({"latency"})
SOCKETS_ONLY: Final = frozenset({"auto_mode", "chunk_length_schedule"})


@dataclass(frozen=True, slots=True)
class Measured:
    """One way of asking: milliseconds to the first audio of each round, and the last sound."""

    way: str
    first_ms: tuple[float, ...] = ()
    took_ms: float = 0
    """Median time until everything was there."""
    rate: float = 0
    """Seconds of sound a second, median."""
    failure: str = ""

    @property
    def cold_ms(self) -> float:
        """The first time: with dialling."""
        return self.first_ms[0]

    @property
    def warm_ms(self) -> float:
        """Later times, in the middle; the first where there was only one."""
        return statistics.median(self.first_ms[1:] or self.first_ms)


def ways(spec: VoiceSpec) -> Mapping[str, VoiceSpec]:
    """The same voice asked in five ways; what a way does not take is left out of it."""
    written = {
        name: option
        for name, option in spec.options.items()
        if name not in HTTP_ONLY | SOCKETS_ONLY | {"socket"}
    }
    schedule = spec.options.get("chunk_length_schedule", SCHEDULE)
    latency = {name: spec.options[name] for name in HTTP_ONLY if name in spec.options}

    def way(**options: object) -> VoiceSpec:
        return replace(spec, options={**written, **options})  # type: ignore[dict-item]

    return {
        "multi (auto mode)": way(socket="multi", auto_mode="yes"),
        "multi (schedule)": way(socket="multi", chunk_length_schedule=schedule),
        "single (auto mode)": way(socket="single", auto_mode="yes"),
        "single (schedule)": way(socket="single", chunk_length_schedule=schedule),
        "http": way(socket="http", **latency),
    }


async def measure(way: str, voice: Voice, text: str, language: str, rounds: int) -> Measured:
    """Say the text so often; a way that fails is measured up to there, and says why."""
    takes: list[Take] = []
    try:
        await voice.open()
        try:
            line = voice.lease("compare", language=language)
            try:
                for _ in range(rounds):
                    takes.append(await _once(line.speak(text, language=language)))
            finally:
                await line.aclose()
        finally:
            await voice.aclose()
    except (VoiceError, SettingsError) as error:
        return Measured(way, failure=str(error))
    return Measured(
        way,
        tuple(take.first_ms or 0.0 for take in takes),
        statistics.median(take.took_ms for take in takes),
        statistics.median(take.rate for take in takes),
    )


def shown(found: Sequence[Measured]) -> Table:
    """The table: quickest first, each with its ratio to the quickest; failures at the end."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("way", "first time", "later times", "against", "all of it", "real time"):
        table.add_column(title, justify="left" if title == "way" else "right", no_wrap=True)
    well = sorted((each for each in found if not each.failure), key=lambda each: each.warm_ms)
    for each in well:
        table.add_row(
            each.way,
            f"{each.cold_ms:.0f} ms",
            f"{each.warm_ms:.0f} ms",
            f"{_ratio(each, well[0]):.2f} x",
            f"{each.took_ms:.0f} ms",
            f"{each.rate:.1f} x",
        )
    for each in found:
        if each.failure:
            table.add_row(each.way, "failed", "", "", "", "")
    return table


def verdict(found: Sequence[Measured]) -> str:
    """Which way is quickest to the first audio in a call, and why others failed."""
    well = sorted((each for each in found if not each.failure), key=lambda each: each.warm_ms)
    lines = failures(found)
    quick = [each for each in well if _ratio(each, well[0]) < ALIKE]
    names = " and ".join(each.way for each in quick)
    if len(well) == 1:
        lines.append(f"Only {names} worked.")
    elif well and len(quick) == len(well):
        lines.append("No way is quicker than the others by 5 % or more.")
    elif well:
        slower = well[len(quick)]
        ratio = _ratio(slower, well[0])
        lines.append(f"Quickest: {names}, {ratio:.2f} times as quick as {slower.way}.")
    return "\n".join(lines)


def failures(found: Sequence[Measured]) -> list[str]:
    """Why ways failed, each reason once."""
    by_reason: dict[str, list[str]] = {}
    for each in found:
        if each.failure:
            by_reason.setdefault(each.failure, []).append(each.way)
    return [f"{' and '.join(names)} failed: {reason}" for reason, names in by_reason.items()]


def _ratio(each: Measured, best: Measured) -> float:
    return each.warm_ms / best.warm_ms if best.warm_ms else 1.0


async def _once(audio: AsyncGenerator[bytes, None]) -> Take:
    take = Take()
    take.asked()
    await listen(audio, take)
    if not take.chunks:
        raise VoiceError("it made no sound of this text", retryable=False)
    return take
