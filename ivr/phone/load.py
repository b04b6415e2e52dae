"""Many phones in one process: they ring a server, listen, press keys, hang up, and ring again.

All share one clock of frames: every phone has its own place within the 20 ms, as on a real line,
and how late each of its frames left is kept, because numbers of a generator that was late say
nothing about the server. Used by ``ivr bench``; what the numbers mean is decided there.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Final
from urllib.parse import urlsplit

from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from ivr.audio.frames import FRAME_MS
from ivr.phone import twiml
from ivr.phone.load_buffer import Gap
from ivr.phone.load_call import Answer, LoadCall, Piece
from ivr.phone.load_wire import BadWire, Wire, now_ms
from ivr.phone.network import Failure, Internet, Limits
from ivr.phone.verbs import Connect

VALUE_DIGITS: Final = 6
BETWEEN_DIGITS_S: Final = 0.12
"""As fast as a thumb goes; the same key twice within less than that is one press with a bounce."""
ANSWER_S: Final = 5.0
"""A caller who has heard nothing for so long hangs up, and is counted."""
TURN_MS: Final = 1.0
"""Phones take their turns within the 20 ms so far apart."""
_TURNS: Final = int(FRAME_MS / TURN_MS)


@dataclass(frozen=True, slots=True)
class Move:
    """What a caller does next: listens for a while, then presses keys."""

    listen_ms: tuple[float, float]
    """At least and at most, from the first frame of what is being said."""
    key: str = ""
    """Empty: a number of VALUE_DIGITS digits nobody else enters; its last digit counts."""
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Load:
    """How many call, how, and for how long."""

    voice_url: str
    """On loopback, in plain HTTP."""
    token: str
    number: str
    calls: int
    """At the same time."""
    moves: tuple[Move, ...]
    """Done in order and over again, until the call is over."""
    warm_s: float
    """Calls are spread over this time when they begin; nothing of it is counted."""
    measure_s: float
    call_s: tuple[float, float]
    """How long calls last, at least and at most; whoever hangs up rings again."""
    kept: int = 0
    """Of so many calls everything heard is kept; their callers are patient."""
    patience_ms: float = 0
    """They listen for so long before each key."""
    seed: int = 1


@dataclass(slots=True)
class Measured:
    """What happened while it was measured. Times are ``now_ms``, the machine's own clock."""

    began_ms: float = 0.0
    ended_ms: float = 0.0
    keys: list[Answer] = field(default_factory=list)
    starts: list[Answer] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    late_ms: list[float] = field(default_factory=list)
    """Of each turn of 20 ms: how long after its time it came."""
    faults: Counter[str] = field(default_factory=Counter)
    call_ms: float = 0.0
    """Of all calls together."""
    calls: int = 0
    """Begun in all."""
    tracks: list[list[Piece]] = field(default_factory=list)
    """Of the patient callers."""


class Turns:
    """The clock of all phones: each is asked to speak once in 20 ms, at its own place in them."""

    def __init__(self) -> None:
        self._places: list[dict[LoadCall, None]] = [{} for _ in range(_TURNS)]
        self._homes: dict[LoadCall, int] = {}
        self._began = now_ms()
        self._turn = 0
        self._timer: asyncio.TimerHandle | None = None
        self.late_ms: list[float] = []

    def join(self, call: LoadCall, place: int) -> None:
        """From now on it speaks."""
        self._homes[call] = place % _TURNS
        self._places[place % _TURNS][call] = None

    def leave(self, call: LoadCall) -> None:
        """It speaks no more; one that never did is no mistake."""
        place = self._homes.pop(call, None)
        if place is not None:
            del self._places[place][call]

    def run(self) -> None:
        """Take every turn that is due, and come again."""
        while (due := self._began + self._turn * TURN_MS) <= (now := now_ms()):
            place = self._places[self._turn % _TURNS]
            if place:
                self.late_ms.append(now - due)
            for call in place:
                call.speak()
            self._turn += 1
        later = max(0.0, due - now_ms()) / 1000
        self._timer = asyncio.get_running_loop().call_later(later, self.run)

    def stop(self) -> None:
        """No more turns."""
        if self._timer is not None:
            self._timer.cancel()


class Phones:
    """All phones of one load. ``run`` once."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._measured = Measured()
        self._chance = random.Random(load.seed)
        self._values = count(100_000 + load.seed % 100 * 7_919)
        self._turns = Turns()
        self._validator = RequestValidator(load.token)
        self._account = "AC" + secrets.token_hex(16)
        self._live: dict[LoadCall, float] = {}
        """Since when."""

    async def run(self, on_phase: Callable[[str], None] = lambda phase: None) -> Measured:
        """Ring, measure, hang up. ``on_phase`` is told ``begin`` and ``end`` of the measuring."""
        load, measured = self._load, self._measured
        async with Internet(load.token, limits=Limits(webhook_s=ANSWER_S)) as network:
            self._turns.run()
            try:
                async with asyncio.TaskGroup() as group:
                    callers = [
                        group.create_task(self._caller(network, number))
                        for number in range(load.calls)
                    ]
                    await asyncio.sleep(load.warm_s)
                    measured.began_ms = now_ms()
                    self._turns.late_ms.clear()
                    on_phase("begin")
                    await asyncio.sleep(load.measure_s)
                    measured.ended_ms = now_ms()
                    measured.late_ms = list(self._turns.late_ms)
                    on_phase("end")
                    for caller in callers:
                        caller.cancel()
            finally:
                self._turns.stop()
        self._keep_what_counts()
        return measured

    def _keep_what_counts(self) -> None:
        """Leave out what was asked before, and what may have had no time to come."""
        measured = self._measured
        since, until = measured.began_ms, measured.ended_ms

        def counts(answer: Answer) -> bool:
            return since <= answer.asked_ms <= until and not answer.abandoned

        measured.keys = [each for each in measured.keys if counts(each)]
        measured.starts = [each for each in measured.starts if counts(each)]
        measured.gaps = [each for each in measured.gaps if since <= each.at_ms <= until]

    # ------------------------------------------------------------------- one caller

    async def _caller(self, network: Internet, number: int) -> None:
        """Ring again and again, until the load is over."""
        load = self._load
        await asyncio.sleep(load.warm_s * 0.8 * number / max(1, load.calls))
        while True:
            try:
                await self._call(network, number)
            except (BadWire, OSError, TimeoutError) as error:
                self._measured.faults[str(error) or "no answer to a handshake"] += 1
                await asyncio.sleep(0.5)

    async def _call(self, network: Internet, number: int) -> None:
        load, measured = self._load, self._measured
        sid = "CA" + secrets.token_hex(16)
        fields = {
            "CallSid": sid,
            "AccountSid": self._account,
            "From": f"+1312555{number:04d}",
            "To": load.number,
            "CallStatus": "ringing",
            "Direction": "inbound",
            "ApiVersion": "2010-04-01",
        }
        reply = await network.ask("POST", load.voice_url, fields)
        if isinstance(reply, Failure) and not reply.status:
            # The server may close a kept connection in the moment it is used again.
            reply = await network.ask("POST", load.voice_url, fields)
        if isinstance(reply, Failure):
            raise BadWire(reply.text)
        document = twiml.parse(reply.body, reply.content_type, load.voice_url, 0)
        connects = [verb for verb in document.verbs or () if isinstance(verb, Connect)]
        if not connects:
            raise BadWire("the server did not connect the call")
        call, wire = await self._open(connects[0].url, sid, kept=number < load.kept)
        measured.calls += 1
        self._live[call] = now_ms()
        try:
            start = call.open(connects[0].parameters)
            measured.starts.append(start)
            self._turns.join(call, self._chance.randrange(_TURNS))
            life_s = self._chance.uniform(*load.call_s)
            try:
                async with asyncio.timeout(life_s):
                    await self._talk(call, patient=number < load.kept)
            except TimeoutError:
                pass  # the caller has had enough
        finally:
            call.hang_up()
            self._finish(call)
            wire.close()

    async def _open(self, url: str, sid: str, *, kept: bool) -> tuple[LoadCall, Wire]:
        address = urlsplit(url)
        if address.scheme != "ws" or address.hostname is None or address.port is None:
            raise BadWire(f"{url} is no plain address on this machine")
        signature = str(self._validator.compute_signature(url, {}))
        wire = Wire(url, signature, lambda message, now: call.took(message, now))
        call = LoadCall(self._account, sid, "MZ" + secrets.token_hex(16), wire.send)
        call.pieces = [] if kept else None
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(ANSWER_S):
            await loop.create_connection(lambda: wire, address.hostname, address.port)
            await wire.opened
        return call, wire

    async def _talk(self, call: LoadCall, *, patient: bool) -> None:
        """Listen and press, over and over; ends when the line has gone silent."""
        load = self._load
        while True:
            for move in load.moves:
                if not await call.heard(ANSWER_S):
                    self._measured.faults[f"no sound within {ANSWER_S:g} s"] += 1
                    return
                listen_ms = self._chance.uniform(*move.listen_ms)
                if patient:
                    listen_ms = max(listen_ms, load.patience_ms)
                await asyncio.sleep(listen_ms / 1000)
                answer = await self._press(call, move)
                if move.counted:
                    self._measured.keys.append(answer)

    async def _press(self, call: LoadCall, move: Move) -> Answer:
        if move.key:
            return call.press(move.key)
        value = f"{next(self._values):0{VALUE_DIGITS}d}"[-VALUE_DIGITS:]
        for digit in value[:-1]:
            call.press(digit)
            await asyncio.sleep(BETWEEN_DIGITS_S)
        return call.press(value[-1], value)

    def _finish(self, call: LoadCall) -> None:
        """Take down what the call has seen."""
        measured = self._measured
        self._turns.leave(call)
        began = max(self._live.pop(call), measured.began_ms)
        ended = min(now_ms(), measured.ended_ms or now_ms())
        if measured.began_ms:
            measured.call_ms += max(0.0, ended - began)
        measured.gaps += call.buffer.gaps
        measured.faults += call.faults
        if call.pieces is not None:
            measured.tracks.append(call.pieces)


async def ring(load: Load, on_phase: Callable[[str], None] = lambda phase: None) -> Measured:
    """Ring a server with many phones, and tell what they saw."""
    return await Phones(load).run(on_phase)
