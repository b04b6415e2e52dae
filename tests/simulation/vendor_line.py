"""Whole calls in a vendor's voice: real flow, real client, fake vendor, simulated caller.

``ring`` plays one call on virtual time and returns what the caller heard. Nothing in between is
replaced: settings, voices, studio, speaker and session are the product's, the vendor speaks its
wire protocol, and the carrier plays what it is sent. Only the sound is made for reading, see
``vendor_words``: the audio that came out of the telephone tells which words were heard, how much of
each, in whose voice, and when; no log is asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import (
    Awaitable,
    Callable,
    Collection,
    Mapping,
    Sequence,
)
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from ivr.calls.call import Call
from ivr.calls.clock import Clock
from ivr.calls.ladder import placed
from ivr.calls.record import Record
from ivr.calls.session import Ended, Exit, converse, prepare
from ivr.calls.studio import Studio
from ivr.fakes.elevenlabs import VOICE, FakeVendor, Pace, Sound
from ivr.flow.load import load
from ivr.flow.model import FlowSet
from ivr.flow.state import CallFacts
from ivr.voices import table
from ivr.voices.access import Access
from ivr.voices.base import Voice
from tests.simulation.carrier import ACCOUNT, CALL, Carrier
from tests.simulation.vendor_words import (
    Lexicon,
    Run,
    Spoken,
    WordSound,
    WordVoice,
    longest_silence,
    nothing_more,
    spoken_of,
)
from tests.virtual import pass_time, run

RINGS_SECONDS = 0.4
"""From the webhook to the stream: what the first words have to be made in."""
LISTENS_SECONDS_MAX = 60.0

STARTED_AT = datetime(2026, 11, 23, 16, 15, tzinfo=UTC)
"""A Monday morning in Chicago."""

FLOW = """\
ivr: 1
title: A small clinic
timezone: America/Chicago
languages:
  en-US: {voice: vendor}
steps:
  welcome:
    say: Welcome to this small clinic.
    interrupt: no
    goto: main
  main:
    say: Press 1 to hear our number.
    menu:
      1: number
  number:
    say: You called ${call.to | digits}.
    goto: goodbye
  goodbye:
    say: Thanks for calling us, goodbye everyone.
    goto: hangup
"""
TRANSCRIPT = (
    "Welcome to this small clinic.",
    "Press 1 to hear our number.",
    "You called 1 2 0 3, 4 6 5 7.",
    "Thanks for calling us, goodbye everyone.",
)
"""What the caller of ``FLOW`` must hear who presses 1 after the menu."""
MENU = TRANSCRIPT[1]


# --------------------------------------------------------------------------- a call


@dataclass(frozen=True)
class Place:
    """A point of the vendor's work, as its faults name them."""

    utterance: str
    where: str
    """``socket=1,context=2`` or ``request=3``."""
    chunks: int


@dataclass
class Heard:
    """One call as its caller heard it, and what is known of it afterwards."""

    carrier: Carrier
    exit: Exit
    entries: Sequence[Mapping[str, object]]
    pressed: list[float]
    lexicon: Lexicon
    vendor: FakeVendor
    ended_at: float

    @property
    def runs(self) -> list[Run]:
        """The words, where the vendor speaks in words."""
        return self.lexicon.read(self.carrier.audio())

    @property
    def asked(self) -> list[str]:
        """What was to be said, utterance by utterance."""
        return [str(entry["text"]) for entry in self.entries if entry["what"] == "asked"]

    def told(self, what: str) -> list[Mapping[str, object]]:
        """The record's entries of one kind."""
        return [entry for entry in self.entries if entry["what"] == what]

    def falls_of(self, utterance: int) -> list[str]:
        """The voices that failed for an utterance, counted from 1, as the record has them."""
        entries = [
            e for e in self.told("heard") + self.told("stopped") if e["utterance"] == utterance
        ]
        falls = (entry.get("falls", []) for entry in entries)
        return [str(fall) for each in falls if isinstance(each, list) for fall in each]

    @property
    def falls(self) -> list[str]:
        """The same of all utterances."""
        return [fall for number in range(1, len(self.asked) + 1) for fall in self.falls_of(number)]

    def spoken(self) -> list[Spoken]:
        """Read the words against what was to be said; AssertionError where they differ.

        Every word is heard whole (but for ``CUT_MS`` at its end), once, in its order. One thing
        may be heard besides: the beginning of a word in which a voice broke off, once, directly
        before another voice says that word whole. Nobody takes the word back within an utterance.
        """
        runs = self.runs
        return [spoken_of(text, runs) for text in self.asked] + nothing_more(runs)

    def dead_air(self) -> float:
        """The longest time the caller heard nothing and waited for us, in seconds.

        From the beginning of the stream to its end, but for the time in which the caller was to
        press a key and had heard the whole menu. Silence counts, also where it was sent.
        """
        carrier = self.carrier
        return longest_silence(carrier.sounds(), carrier.started_at, self.pressed, self.ended_at)


@dataclass(frozen=True)
class Ladder:
    """Who speaks, and who goes on; the names of voices in ``settings.yaml``."""

    socket: str = "multi"
    middle: bool = False
    """Whether the vendor's HTTP stands between the first voice and the local one."""
    local: bool = True
    """Whether the local voice is the last one."""
    format: str = "ulaw_8000"

    def settings(self) -> str:
        """``settings.yaml``."""
        rest = [*(["web"] if self.middle else []), *(["local"] if self.local else [])]
        options = f"provider: elevenlabs, voice_id: {VOICE}, format: {self.format}"
        return (
            "voices:\n"
            f"  vendor: {{{options}, socket: {self.socket}, fallback: [{', '.join(rest)}]}}\n"
            f"  web: {{{options}, socket: http}}\n"
            "  local: {provider: tone}\n"
        )


REAL_TIME = Pace(first_byte_ms=150, speed=1.0)
"""The worst that still works: the caller has heard everything whenever something goes wrong."""
QUICK = Pace(first_byte_ms=150, speed=8.0)
"""As the real one is said to be."""


def ring(
    *faults: str,
    ladder: Ladder | None = None,
    pace: Pace = REAL_TIME,
    flow: str = FLOW,
    transcript: Sequence[str] = TRANSCRIPT,
    sound: Sound | None = None,
    caller: Caller | None = None,
    rings: float = RINGS_SECONDS,
    studio: Builder | None = None,
) -> Heard:
    """One call from its webhook to its end, on virtual time; ``rings`` seconds until its stream.

    ``transcript`` is everything that can be said. Without a ``caller`` there is one who presses 1
    when the menu was heard to its end.
    """
    flows = _load((ladder or Ladder()).settings(), flow)
    lexicon = Lexicon(transcript)
    vendor = FakeVendor(pace=pace, faults=faults, sound=sound or WordSound(lexicon))
    caller = caller or presses_after(lexicon.ends(MENU))
    return run(_ring(flows, lexicon, vendor, caller, rings, studio or in_words))


@cache
def _load(settings: str, flow: str) -> FlowSet:
    # Checked it is elsewhere; here flows may be as odd as a test needs them.
    loaded = load({"settings.yaml": settings, "clinic.yaml": flow}, checked=False)
    assert loaded.flows is not None, loaded.problems
    return loaded.flows


async def _ring(
    flows: FlowSet,
    lexicon: Lexicon,
    vendor: FakeVendor,
    caller: Caller,
    rings: float,
    build: Builder,
) -> Heard:
    async with vendor:
        studio = build(flows, vendor, lexicon)
        await studio.open()
        try:
            call = call_of(flows, studio)
            carrier = Carrier()
            prepare(call, studio)
            await pass_time(rings)
            async with asyncio.TaskGroup() as group:
                stream = group.create_task(converse(call, carrier, studio))
                carrier.start()
                pressed = await caller(carrier, vendor)
            ended_at = asyncio.get_running_loop().time()
            carrier.cut()
            await studio.give_back(call.booth)
        finally:
            await studio.aclose()
    entries = call.record.entries
    return Heard(carrier, stream.result(), entries, pressed, lexicon, vendor, ended_at)


Caller = Callable[[Carrier, FakeVendor], Awaitable[list[float]]]
"""Who listens, presses keys, and tells when."""


def presses_after(ends: Collection[bytes], key: str = "1") -> Caller:
    """A caller who presses a key 300 ms after one of these sounds was heard."""

    async def caller(carrier: Carrier, vendor: FakeVendor) -> list[float]:
        async with asyncio.timeout(LISTENS_SECONDS_MAX):
            while not any(end in carrier.audio() for end in ends):
                await pass_time(0.1)
        await pass_time(0.3)
        carrier.press(key)
        return [asyncio.get_running_loop().time()]

    return caller


Builder = Callable[[FlowSet, FakeVendor, Lexicon], Studio]
"""How the studio of a call is made."""


def as_built(flows: FlowSet, vendor: FakeVendor, lexicon: Lexicon) -> Studio:
    """From settings.yaml alone; the local voice speaks in tones that are no words."""
    return Studio.build(flows, {}, access=Access(vendor.key, vendor.url))


def in_words(flows: FlowSet, vendor: FakeVendor, lexicon: Lexicon) -> Studio:
    """As ``Studio.build`` makes it, but for the local voice."""
    access = Access(vendor.key, vendor.url)
    used, local = flows.voices_used(), WordVoice(lexicon)
    voices: dict[str, Voice] = {
        name: local if name == "local" else table.build(spec, access)
        for name, spec in placed(flows.voices).items()
        if name in used
    }
    fallbacks = {name: spec.fallback for name, spec in flows.voices.items()}
    return Studio(voices, local=["local"], fallbacks=fallbacks)


def call_of(flows: FlowSet, studio: Studio) -> Call:
    """A call that has just been announced by its webhook."""
    clock = Clock(asyncio.get_running_loop().time)
    facts = CallFacts(CALL, "+15550123", "+12034657", STARTED_AT, "clinic", None)
    return Call(facts, ACCOUNT, flows, clock, Record(CALL, STARTED_AT, clock), studio.lease(CALL))


def places(vendor: FakeVendor) -> list[Place]:
    """Every utterance that the vendor spoke in a call, and where its faults can strike it."""
    found, sockets, requests = list[Place](), 0, 0
    for asked in vendor.requests:
        sockets += asked.is_socket
        requests += not asked.is_socket
        for said in asked.said:
            where = f"socket={sockets},context={said.number}"
            if not asked.is_socket:
                where = f"request={requests}"
            found.append(Place(" ".join(said.texts).strip(), where, said.chunks))
    return found


def right(heard: Heard, transcript: Sequence[str] = TRANSCRIPT) -> Heard:
    """See that the caller heard the right words once, and never nothing for too long.

    And that the record tells who said them, where that was not the voice that was asked.
    """
    assert heard.exit == Ended("hangup"), heard.exit
    assert heard.carrier.faults == []
    assert heard.asked == list(transcript)
    assert heard.told("failed") == []
    assert heard.dead_air() <= DEAD_AIR_SECONDS_MAX
    assert heard.vendor.violations == []
    for number, spoken in enumerate(heard.spoken(), 1):
        falls = heard.falls_of(number)
        assert spoken.changes <= len(falls), f"{spoken} of {falls}"
        if not spoken.local_rest:
            assert not any(LOCAL in fall for fall in falls), f"{falls} for {spoken}"
        elif spoken.local_rest == spoken.text and not spoken.changes:
            assert falls[-1].endswith((LOCAL, "s ago")), f"{falls} for {spoken}"
        else:
            rest = f"{LOCAL} with the last {len(spoken.local_rest)} characters"
            assert falls[-1].endswith(rest), f"{falls} for {spoken}"
    return heard


LOCAL = "; local goes on"
DEAD_AIR_SECONDS_MAX = 1.2
"""The promise of a ladder whose last voice is a local one."""
