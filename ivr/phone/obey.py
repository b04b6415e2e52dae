"""Documents that one side alone hears: a whisper to a callee, the music of a queue, a gather.

They hold ``<Say>``, ``<Play>``, ``<Pause>``, ``<Gather>``, ``<Redirect>``, ``<Hangup>`` and, while
the caller waits in a queue, ``<Leave>``. Who listens is a :class:`Listener`: the caller, or whoever
was called. Used by ``dial``, ``queue`` and ``telephone``.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from enum import Enum
from typing import Final, Protocol

from ivr.phone.events import Noted
from ivr.phone.exchange import MS, Ask, Exchange
from ivr.phone.faults import UNREPORTED
from ivr.phone.verbs import (
    Gather,
    Hangup,
    Leave,
    Pause,
    Play,
    PlayKeys,
    Redirect,
    Say,
    Untold,
    Verb,
)

SAY_MS_MAX: Final = 3_000
"""Twilio's own voice is not simulated: its text is shown, and waited for no longer than this."""
WORDS_PER_SECOND: Final = 2.6
KEY_MS: Final = 200
"""Of a key that is played to the other side."""
DOCUMENTS_MAX: Final = 100
"""So many documents one after the other; more is a loop."""

Sounding = Say | Play | PlayKeys | Pause


class Way(Enum):
    """How a document ended."""

    END = "end"
    """At its end: there is nothing more in it."""
    HANGUP = "hangup"
    LEAVE = "leave"
    FAILED = "failed"
    """It could not be had."""


class Listener(Protocol):
    """Whoever hears a document and has keys to press."""

    def fields(self) -> Mapping[str, str]:
        """Of webhooks about this leg."""
        ...

    async def hear(self, text: str, ms: float, audio: bytes) -> None:
        """Hear this for so long; ``audio`` is empty where there is none to be had."""
        ...

    def attend(self) -> asyncio.Event:
        """From now on keys are taken; the event is set at the first."""
        ...

    async def key(self, within_s: float) -> str | None:
        """The next key; None if none comes in time."""
        ...

    def leave_off(self) -> None:
        """Keys are taken no more."""
        ...


async def sound(exchange: Exchange, listener: Listener, verb: Sounding) -> None:
    """Something that is only heard."""
    match verb:
        case Say(text):
            spoken_ms = len(text.split()) / WORDS_PER_SECOND * MS
            await listener.hear(f"Twilio's voice says: {text}", min(SAY_MS_MAX, spoken_ms), b"")
        case Play(url, loop):
            audio, ms = await exchange.sound(url)
            times = 0
            while True:
                times += 1
                await listener.hear(f"Twilio plays {url}" if times == 1 else "", ms, audio)
                if times == loop or not ms:
                    return
        case PlayKeys(keys):
            await listener.hear(f"Twilio presses {keys}", len(keys) * KEY_MS, b"")
        case Pause(seconds):
            await listener.hear("", seconds * MS, b"")


async def gather(exchange: Exchange, listener: Listener, verb: Gather, here: str) -> Ask | None:
    """Wait for keys while the prompts are heard; None: nothing came, go on with the next verb."""
    first = listener.attend()
    try:
        for prompt in verb.inside:
            if not first.is_set():
                await exchange.unless(sound(exchange, listener, prompt), first)
        digits, finished = "", False
        while (key := await listener.key(verb.timeout_s)) is not None:
            if verb.finish_on and key == verb.finish_on:
                finished = True
                break
            digits += key
            if len(digits) == verb.digits:
                break
    finally:
        listener.leave_off()
    if not digits and not finished and not verb.on_empty:
        return None
    return Ask(verb.action or here, verb.method, {"Digits": digits})


async def obey(
    exchange: Exchange,
    listener: Listener,
    ask: Ask,
    *,
    where: str,
    may_leave: bool = False,
    least_ms: float = 0,
) -> Way:
    """Walk through a document and those it leads to.

    ``where`` is for faults: ``in a whisper``. A document that is over sooner than ``least_ms`` is
    waited out, so that asking it again and again is no storm.
    """
    began_ms = exchange.now_ms
    for _ in range(DOCUMENTS_MAX):
        verbs = await exchange.fetch(ask, listener.fields())
        if verbs is None:
            return Way.FAILED
        following = await _walk(exchange, listener, verbs, ask, where, may_leave=may_leave)
        if isinstance(following, Way):
            if following is Way.END:
                await asyncio.sleep(max(0.0, began_ms + least_ms - exchange.now_ms) / MS)
            return following
        ask = following
    exchange.witness.fault(UNREPORTED, f"{DOCUMENTS_MAX} TwiML documents {where} and no end")
    return Way.FAILED


async def _walk(
    exchange: Exchange,
    listener: Listener,
    verbs: tuple[Verb, ...],
    ask: Ask,
    where: str,
    *,
    may_leave: bool,
) -> Ask | Way:
    for verb in verbs:
        match verb:
            case Say() | Play() | PlayKeys() | Pause():
                await sound(exchange, listener, verb)
            case Gather():
                following = await gather(exchange, listener, verb, ask.url)
                if following is not None:
                    return following
            case Redirect(url, method):
                return Ask(url, method)
            case Hangup():
                return Way.HANGUP
            case Leave() if may_leave:
                return Way.LEAVE
            case _:
                exchange.witness.fault(12200, f"<{_name(verb)}> {where}")
    return Way.END


def _name(verb: Verb) -> str:
    return verb.name if isinstance(verb, Untold) else type(verb).__name__


class Caller:
    """The caller, as somebody who hears Twilio's own documents."""

    def __init__(self, exchange: Exchange, *, patience_ms: float = math.inf) -> None:
        """Nothing is listened to for longer than ``patience_ms``."""
        self._exchange = exchange
        self._patience_ms = patience_ms
        self._keys: asyncio.Queue[str] = asyncio.Queue()
        self._first = asyncio.Event()
        self.extra: Mapping[str, str] = {}
        """More fields of its webhooks."""

    def fields(self) -> Mapping[str, str]:
        """Of the call itself."""
        return {**self._exchange.fields(), **self.extra}

    async def hear(self, text: str, ms: float, audio: bytes) -> None:
        """It is told, and heard in the recording."""
        if text:
            self._exchange.witness.tell(Noted(self._exchange.now_ms, text))
        await self._exchange.pass_time(min(ms, self._patience_ms), audio)

    def attend(self) -> asyncio.Event:
        """What the caller presses now is taken."""
        self._keys, self._first = asyncio.Queue(), asyncio.Event()
        self._exchange.keypad = self._press
        return self._first

    async def key(self, within_s: float) -> str | None:
        """The next one."""
        try:
            async with asyncio.timeout(within_s):
                return await self._keys.get()
        except TimeoutError:
            return None

    def leave_off(self) -> None:
        """Nobody takes keys."""
        self._exchange.keypad = None

    def _press(self, key: str) -> None:
        self._keys.put_nowait(key)
        self._first.set()
