"""What a seed picks: which nuisances come, how often and when; the same each time."""

from __future__ import annotations

import random
from dataclasses import dataclass

PROCESSES = 2
LATEST_SECONDS = 70.0
"""Nothing new happens to the processes and to the store after that."""


@dataclass(frozen=True, slots=True)
class Blow:
    """Something that happens to one of the processes."""

    at: float
    process: int
    kind: str
    """``kill``, ``leave`` (asked to, as at a deploy) or ``jump`` (its wall clock)."""
    seconds: float
    """Until it runs again; how far its clock jumps."""


@dataclass(frozen=True, slots=True)
class Spell:
    """For a while the store is not as it should be."""

    start: float
    end: float
    slow: float
    """Seconds an operation takes; 0: every one fails."""


@dataclass(frozen=True, slots=True)
class Weather:
    """One storm."""

    seed: int
    mixed: bool
    """Which flows."""
    sunday: bool
    """The shipped offices are closed."""
    callers: int
    blows: tuple[Blow, ...]
    spells: tuple[Spell, ...]
    skew: tuple[float, ...]
    """How far the wall clock of each process is off."""
    voices_fail: float
    """How likely each chunk of a voice is its last one."""
    voice_delay_ms: int
    chunk_ms: int
    cuts: float
    """How likely a stream is cut after some messages, and the next ones likewise."""
    stalls: float
    half_open: float
    """How likely whoever serves a stream that was cut hears nothing of it."""
    refusals: float
    """How likely a stream names another call."""
    replays: float
    lost_answers: float
    """How likely the answer to a webhook is lost, so that it is asked again."""
    late: float
    """How likely a webhook of long ago comes once more."""

    def dice(self, name: str) -> random.Random:
        """Chance of one of those who take part, so that nobody's depends on another's."""
        return random.Random(f"{self.seed} {name}")


def forecast(seed: int) -> Weather:
    """The weather of a seed: every nuisance is left out now and then, and so are all of them."""
    dice = random.Random(f"{seed} weather")

    def sometimes(share: float, most: float) -> float:
        """With that likelihood something up to ``most``, else nothing."""
        drawn = dice.uniform(most / 4, most)
        return drawn if dice.random() < share else 0.0

    calm = dice.random() < 0.08
    share = 0.0 if calm else 0.4
    return Weather(
        seed=seed,
        mixed=dice.random() < 0.35,
        sunday=dice.random() < 0.2,
        callers=dice.randint(2, 5),
        blows=() if calm else _blows(dice),
        spells=() if calm else _spells(dice),
        skew=tuple(round(sometimes(share, 3.0), 3) for _ in range(PROCESSES)),
        voices_fail=sometimes(share, 0.15),
        voice_delay_ms=dice.choice([0, 0, 40, 200]),
        chunk_ms=dice.choice([60, 110, 200, 5_000]),
        cuts=sometimes(share, 0.5),
        stalls=sometimes(share, 0.1),
        half_open=sometimes(share, 0.5),
        refusals=sometimes(share, 0.1),
        replays=sometimes(share, 0.6),
        lost_answers=sometimes(share, 0.3),
        late=sometimes(share, 0.4),
    )


def _blows(dice: random.Random) -> tuple[Blow, ...]:
    found = []
    for _ in range(dice.choice([0, 0, 1, 1, 2, 3])):
        kind = dice.choice(["kill", "kill", "leave", "jump"])
        far = dice.choice([-30.0, -2.0, 2.0, 30.0])
        seconds = far if kind == "jump" else dice.uniform(0.5, 12.0)
        at = dice.uniform(0.0, LATEST_SECONDS)
        found.append(Blow(at, dice.randrange(PROCESSES), kind, seconds))
    return tuple(sorted(found, key=lambda blow: blow.at))


def _spells(dice: random.Random) -> tuple[Spell, ...]:
    found = []
    for _ in range(dice.choice([0, 0, 0, 1, 2])):
        start = dice.uniform(0.0, LATEST_SECONDS)
        slow = dice.choice([0.0, 0.3, 0.9, 4.0])
        found.append(Spell(start, start + dice.uniform(0.2, 20.0), slow))
    return tuple(found)
