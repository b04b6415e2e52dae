"""A caller on paper: which keys are pressed when, for a call nobody has to sit through.

``2 12345678# wait:3 1`` presses 2 at the first question, the number at the next, keeps quiet for
three seconds, presses 1 at the question after that, listens to what follows, and hangs up at the
next question. ``!2`` presses at once, into whatever is being said. ``hangup`` hangs up there.

*A question* is what a caller takes for one: the line has said what it had to say and keeps quiet.
A telephone only has ears, so it is told apart like this: everything received was played, the last
thing received was a mark (or a clear) and not audio, and that for ``QUIET_MS``. A voice that is
slow to deliver leaves no mark behind, and is not taken for a question. After keys, something new
must have been said first, or nothing for ``UNANSWERED_MS``: the line may want more keys.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Protocol

from ivr.audio.frames import FRAME_MS
from ivr.phone.babble import babble
from ivr.phone.protocol import KEYS
from ivr.phone.recording import Recording
from ivr.phone.stream import Stream

QUIET_MS = 300
"""Silence that makes a question, in the middle of a script."""
LAST_QUIET_MS = 1000
"""Silence that makes the question at which a script's caller hangs up."""
UNANSWERED_MS = 1200
"""Silence after a key that nothing was said to: shorter than any flow's patience between keys."""
GIVES_UP_MS = 20_000
"""Nothing heard and nothing received for so long: the caller gives up, and it is a fault."""
KEY_SPACING_MS = 120
"""Between two keys of one word; quick fingers, and longer than the shortest tone that counts."""
WAIT_S_MAX = 600
KEYS_MAX = 200
"""Of a whole script."""


@dataclass(frozen=True, slots=True)
class Press:
    """Press these keys at the next question, or at once."""

    keys: str
    at_once: bool


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing for so long, counted from the last key."""

    ms: int


@dataclass(frozen=True, slots=True)
class Say:
    """Speak for so long, at the next question."""

    ms: int


@dataclass(frozen=True, slots=True)
class HangUp:
    """Hang up, at once."""


Line = Press | Wait | Say | HangUp
Script = tuple[Line, ...]

_WAIT = re.compile(r"(wait|say):(\d+(?:\.\d+)?)s?")


def parse(text: str) -> Script:
    """Read a script. Raises ``ValueError`` with a sentence that names the word it stumbled over."""
    lines: list[Line] = []
    for word in text.split():
        keys = word.removeprefix("!").removesuffix("!")
        if word == "hangup":
            lines.append(HangUp())
        elif found := _WAIT.fullmatch(word):
            if float(found[2]) > WAIT_S_MAX:
                raise ValueError(f"{word!r} is longer than {WAIT_S_MAX} s")
            ms = round(float(found[2]) * 1000)
            lines.append(Wait(ms) if found[1] == "wait" else Say(ms))
        elif keys and all(key in KEYS for key in keys):
            lines.append(Press(keys, at_once=keys != word))
        else:
            raise ValueError(
                f"{word!r} is no key: write keys 0-9 * #, !keys to press them at once, "
                "wait:SECONDS, say:SECONDS or hangup"
            )
    if sum(len(line.keys) for line in lines if isinstance(line, Press)) > KEYS_MAX:
        raise ValueError(f"more than {KEYS_MAX} keys")
    return tuple(lines)


class Hands(Protocol):
    """What a script needs of a telephone."""

    @property
    def now_ms(self) -> float: ...
    @property
    def recording(self) -> Recording: ...
    @property
    def stream(self) -> Stream | None: ...
    @property
    def held(self) -> bool: ...
    def press(self, key: str) -> None: ...
    def say(self, mulaw: bytes) -> None: ...
    def hang_up(self) -> None: ...
    def fault(self, text: str) -> None: ...


async def perform(script: Script, phone: Hands) -> None:
    """Be the caller of this script, and hang up at its end. Cancel it when the call is over.

    It begins when the call is answered: nobody presses keys into the ringing.
    """
    while phone.stream is None:  # noqa: ASYNC110 (a telephone listens frame by frame)
        await asyncio.sleep(FRAME_MS / 1000)
    for line in script:
        match line:
            case Press(keys, at_once):
                if not (at_once or await _question(phone, QUIET_MS, UNANSWERED_MS)):
                    return
                for key in keys:
                    phone.press(key)
                    await asyncio.sleep(KEY_SPACING_MS / 1000)
            case Wait(ms):
                await asyncio.sleep(ms / 1000)
            case Say(ms):
                if not await _question(phone, QUIET_MS, UNANSWERED_MS):
                    return
                phone.say(babble(ms))
                await asyncio.sleep(ms / 1000)
            case HangUp():
                phone.hang_up()
                return
    if await _question(phone, LAST_QUIET_MS, GIVES_UP_MS):
        phone.hang_up()


async def _question(phone: Hands, quiet_ms: float, unanswered_ms: float) -> bool:
    """Listen, frame by frame, until the line asks something. False after dead air: hung up."""
    keys = phone.recording.keys
    pressed_ms = keys[-1].at_ms if keys else None
    while True:
        stream, now_ms = phone.stream, phone.now_ms
        if stream is not None:
            silent_ms = stream.silent_since_ms
            if silent_ms is not None and now_ms - silent_ms >= quiet_ms and not phone.held:
                if _answered(phone.recording, pressed_ms):
                    return True
                if pressed_ms is not None and now_ms - pressed_ms >= unanswered_ms:
                    return True
            dead_ms = stream.dead_since_ms
            if dead_ms is not None and now_ms - max(dead_ms, pressed_ms or 0) >= GIVES_UP_MS:
                phone.fault(f"nothing was heard for {GIVES_UP_MS // 1000} seconds")
                phone.hang_up()
                return False
        await asyncio.sleep(FRAME_MS / 1000)


def _answered(recording: Recording, pressed_ms: float | None) -> bool:
    """Whether something new was heard since the last key, or anything at all where none was."""
    since_ms = -1.0 if pressed_ms is None else pressed_ms
    return any(
        segment.received_ms >= since_ms and not segment.cut for segment in recording.segments
    )
