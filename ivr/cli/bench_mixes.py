"""What the bench's callers hear and do: four mixes, each with a flow of its own and its habits.

| mix | what is spoken after the key that is measured |
|---|---|
| fixed | a text without values: its take is there before the call |
| templated | a fixed beginning of two seconds, a value nobody knew before the key, a fixed end |
| live | a text that is its value: nothing of it can be known before the key |
| lookahead | a text with a value known since the call began; 2 s of listening before the key |

Used by ``bench_run``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ivr.phone.load import Move

LISTEN_MS: Final = (400.0, 4_500.0)
"""Callers under load: some interrupt at once, some hear the text to its end."""
BRISK_MS: Final = (200.0, 600.0)
"""The one caller, of whom many keys are wanted."""
AHEAD_MS: Final = (2_000.0, 4_500.0)
AHEAD_BRISK_MS: Final = (2_000.0, 2_200.0)
DIAL_MS: Final = (150.0, 400.0)
"""From the first word of the question to the first digit."""
PATIENCE_MS: Final = 5_000.0
"""Long enough for every text of these flows."""


@dataclass(frozen=True, slots=True)
class Mix:
    """One mix."""

    name: str
    number: str
    voice: str
    """``quick`` or ``slow``."""
    flow: str
    loaded: tuple[Move, ...]
    """What each of many callers does."""
    alone: tuple[Move, ...]
    """What the only caller does."""
    pairs: bool = False
    """The first sound after the key is the vendor's, made for this key: it has an added time."""
    joins: bool = False
    """Fixed and live parts meet in its texts."""
    patient: bool = False
    """Callers listen for at least 2 s before each key."""


_FIXED = """
title: Fixed texts
voice: slow
steps:
  main:
    say: Welcome to the bench. For our hours, press 1. For our address, press 2.
    menu: {1: open, 2: place, star: repeat}
  open:
    say: We are open from Monday to Friday, from eight to five. For our address, press 2.
    menu: {1: main, 2: place}
  place:
    say: You find us on the ground floor of the old mill. To start over, press 1.
    menu: {1: main, 2: open}
"""

_TEMPLATED = """
title: A fixed beginning, a value, a fixed end
voice: slow
steps:
  main:
    say: Please enter your number.
    ask: pin
    digits: 6
    wait: 20s
    goto: result
  result:
    say: Thank you, and your order with us is ${"order " + pin}, and to go on press one.
    menu: {1: main}
    wait: 20s
"""

_LIVE = """
title: A text that is its value
voice: quick
steps:
  main:
    say: Please enter your number.
    ask: pin
    digits: 6
    wait: 20s
    goto: result
  result:
    say: ${"order " + pin + " is on its way to you"}
    menu: {1: main}
    wait: 20s
"""

_LOOKAHEAD = """
title: Values that are known early
voice: slow
steps:
  main:
    say: Hello. To hear the number you are calling from, press 1.
    menu: {1: yours}
    wait: 20s
  yours:
    say: ${"caller " + default(call.from, "unknown") + ", press 1"}
    menu: {1: again}
    wait: 20s
  again:
    say: ${"once more, " + default(call.from, "unknown") + ", press 1"}
    menu: {1: yours}
    wait: 20s
"""

_TURNS = ("1", "2", "1", "1", "2", "2")


def _asking(listen_ms: tuple[float, float]) -> tuple[Move, ...]:
    """Enter a number, hear what it is, go back."""
    return (Move(DIAL_MS), Move(listen_ms, "1", counted=False))


MIXES: Final = (
    Mix(
        "fixed",
        "+13125550101",
        "slow",
        _FIXED,
        loaded=tuple(Move(LISTEN_MS, key) for key in _TURNS),
        alone=tuple(Move(BRISK_MS, key) for key in _TURNS),
    ),
    Mix(
        "templated",
        "+13125550102",
        "slow",
        _TEMPLATED,
        loaded=_asking(LISTEN_MS),
        alone=_asking(BRISK_MS),
        joins=True,
    ),
    Mix(
        "live",
        "+13125550103",
        "quick",
        _LIVE,
        loaded=_asking(LISTEN_MS),
        alone=_asking(BRISK_MS),
        pairs=True,
    ),
    Mix(
        "lookahead",
        "+13125550104",
        "slow",
        _LOOKAHEAD,
        loaded=(Move(AHEAD_MS, "1"),),
        alone=(Move(AHEAD_BRISK_MS, "1"),),
        patient=True,
    ),
)


def files(quick_url: str, slow_url: str) -> Mapping[str, str]:
    """The flow folder of all mixes, its voices at these addresses."""
    voice = (
        "{provider: elevenlabs, voice_id: fakeVoiceAnna00000001, model: eleven_flash_v2_5, "
        "concurrency: 1000, ahead_per_hour: 100000000, "
        'base_url: "%s"}'
    )
    return {
        **{f"{mix.name}.yaml": mix.flow for mix in MIXES},
        "settings.yaml": f"voices:\n  quick: {voice % quick_url}\n  slow: {voice % slow_url}\n",
        "numbers.yaml": "".join(f"{mix.number}: {mix.name}\n" for mix in MIXES),
    }
