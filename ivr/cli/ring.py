"""One rehearsed call: a telephone, the hands and ears of a person, a screen, and two files.

Everything here is the same for a server that was started for this one call and for one that runs
somewhere else; ``call.py`` decides which, and what the call is about.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

from rich.console import Console

from ivr.cli.dialogue import Dialogue
from ivr.cli.keyboard import Keyboard
from ivr.cli.legs import Known
from ivr.cli.player import PLAYERS, find_player
from ivr.cli.screen import Pipe, Screen, Terminal, last_line, transcript
from ivr.errors import SettingsError
from ivr.phone.answers import Answer, Answers, Asked
from ivr.phone.babble import babble
from ivr.phone.dead_air import DEAD_AIR_MS
from ivr.phone.events import EndedBy
from ivr.phone.network import Internet
from ivr.phone.recording import Recording
from ivr.phone.script import Script, perform
from ivr.phone.telephone import Line, Telephone

REFRESH_S: Final = 0.08
"""Twelve pictures a second: words appear one by one."""
LAST_ENTRY_S: Final = 0.5
"""How long the server may take to write down that the call has ended."""
HINT: Final = "keys 0-9 * #   h hangs up"
NO_KEYBOARD_HINT: Final = "Ctrl-C hangs up"

SAYS_MS: Final = 5_000
"""What a caller without a microphone says after the tone."""

Entry = Mapping[str, object]


class Feed:
    """Carries the entries of a server's record from its thread to the loop of the call."""

    def __init__(self) -> None:
        self.takers: list[Callable[[Entry], None]] = []
        self.ended = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self) -> None:
        """From now on, into the running loop."""
        self._loop = asyncio.get_running_loop()

    def close(self) -> None:
        """No more."""
        self._loop = None

    def __call__(self, entry: Entry) -> None:
        """The server's side, in any thread."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._arrived, entry)

    def _arrived(self, entry: Entry) -> None:
        for take in self.takers:
            take(entry)
        if entry.get("what") == "end":
            self.ended.set()


@dataclass(frozen=True, slots=True)
class Plan:
    """What call is made, and what becomes of it."""

    line: Line
    token: str
    """Signs webhooks and handshakes as Twilio would."""
    route: Mapping[str, str]
    """Public origins that are really somewhere else."""
    caller: str
    answers: Answers
    script: Script | None
    """None: a person's hands, if there is a keyboard."""
    title: str
    facts: tuple[str, ...]
    """What the screen says before it rings."""
    head: str
    """The first line of the transcript."""
    wav: Path | None
    sound: bool
    callees: Mapping[str, Known] = field(default_factory=dict)
    """Whom the flows may ring, by address; nobody where they are not known."""
    feed: Feed | None = None
    stages: bool = False
    """Waterfalls are drawn stage by stage."""
    dead_air_ms: float = DEAD_AIR_MS
    """The most a caller who is made to wait may be left without a sound."""


async def ring(plan: Plan, console: Console) -> Recording:
    """Make the call, show it, write its files. Raises ``SettingsError`` if they cannot be."""
    dialogue = Dialogue({address: known.name for address, known in plan.callees.items()})
    if plan.feed is not None:
        plan.feed.takers = [dialogue.entry]
        plan.feed.open()
    try:
        async with AsyncExitStack() as stack:
            recording, screen = await _call(plan, console, dialogue, stack)
    finally:
        if plan.feed is not None:
            plan.feed.close()
    for secret in dialogue.secrets:
        recording.hush(secret)
    files = _write(plan, recording, dialogue)
    well = not recording.faults and recording.ended is not None
    screen.close(last_line(recording, dialogue, files), well=well)
    return recording


async def _call(
    plan: Plan, console: Console, dialogue: Dialogue, stack: AsyncExitStack
) -> tuple[Recording, Screen]:
    internet = await stack.enter_async_context(Internet(plan.token, route=plan.route))
    player = await find_player() if plan.sound else None
    if player is not None:
        stack.push_async_callback(player.aclose)
    phone = Telephone(
        internet,
        plan.line,
        caller=plan.caller,
        answers=by_name(plan, dialogue),
        listener=dialogue.happened,
        ear=None if player is None else player.hear,
        dead_air_ms=plan.dead_air_ms,
    )
    if plan.feed is not None:
        plan.feed.takers.append(phone.entry)
        if plan.script is None:
            plan.feed.takers.append(partial(speak, phone))
    keyboard = Keyboard(phone.press, phone.hang_up)
    screen: Screen = Pipe(dialogue, console, stages=plan.stages)
    if console.is_terminal:
        hint = HINT if keyboard.works else NO_KEYBOARD_HINT
        screen = Terminal(dialogue, console, hint, stages=plan.stages)
    stack.enter_context(_Signals(phone.hang_up))
    stack.enter_context(keyboard)
    if plan.sound:
        names = ", ".join(command[0] for _, command in PLAYERS)
        heard = f"sound by {player.name}" if player else f"no sound: none of {names} works here"
    screen.open(plan.title, (*plan.facts, *((heard,) if plan.sound else ())))
    async with asyncio.TaskGroup() as group:
        helpers = [group.create_task(_refresh(screen, phone))]
        if plan.script is not None:
            helpers.append(group.create_task(perform(plan.script, phone)))
        recording = await phone.call()
        if plan.feed is not None and recording.ended and recording.ended.by is not EndedBy.FAILED:
            await _until(plan.feed.ended, LAST_ENTRY_S)
        for helper in helpers:
            helper.cancel()
    return recording, screen


def speak(phone: Telephone, entry: Entry) -> None:
    """Nobody has a microphone here: who keys by hand speaks by itself where they are recorded."""
    if entry.get("what") == "listening":
        phone.say(babble(SAYS_MS))


def by_name(plan: Plan, dialogue: Dialogue) -> Callable[[str], Answer]:
    """Answers are written by the names of the flow; the carrier only knows numbers.

    Who takes a call with a key presses the one the flow asks for, unless the answer says another.
    """
    asked = Asked(plan.answers)

    def answer(number: str) -> Answer:
        found = asked.answer(*filter(None, (dialogue.name_of(number), number)))
        known = plan.callees.get(number)
        return replace(found, key=known.accept) if known and not found.key else found

    return answer


async def _refresh(screen: Screen, phone: Telephone) -> None:
    while True:
        await asyncio.sleep(REFRESH_S)
        screen.refresh(phone.now_ms)


async def _until(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return


class _Signals:
    """A context in which Ctrl-C and a polite end of the process hang up instead."""

    def __init__(self, hang_up: Callable[[], None]) -> None:
        self._hang_up = hang_up

    def __enter__(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._hang_up)

    def __exit__(self, *_: object) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.remove_signal_handler(number)


def _write(plan: Plan, recording: Recording, dialogue: Dialogue) -> list[str]:
    """The WAV and the transcript beside it; returns their names. Nothing heard, nothing written."""
    if plan.wav is None or not recording.line.audio:
        return []
    text_file = plan.wav.with_suffix(".txt")
    last = last_line(recording, dialogue, ())
    try:
        plan.wav.write_bytes(recording.wav())
        text_file.write_text(transcript(plan.head, dialogue.lines, last), "utf-8")
    except OSError as error:
        raise SettingsError(
            f"{plan.wav} cannot be written: {error.strerror}; name another file with --wav"
        ) from None
    return [str(plan.wav), str(text_file)]


def console() -> Console:
    """The terminal or pipe that ``ivr call`` writes to."""
    return Console(file=sys.stdout, highlight=False)
