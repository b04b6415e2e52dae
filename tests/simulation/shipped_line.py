"""Whole calls on the shipped flows in the shipped voices: webhooks, streams, transfers.

``ring`` plays one scripted call on virtual time through the switchboard, with the settings of
``flows/settings.yaml``, the fake vendor behind it, and takes as a build would have left them. As
in ``vendor_line`` only the sound is made for reading: see ``shipped_words``. Services, functions
and mailboxes answer as they do in ``ivr call``: with the examples of their steps.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path

from ivr.calls.kept import Apologise, Connect, Decision, Dial, Over
from ivr.calls.ladder import placed
from ivr.calls.session import converse
from ivr.calls.studio import Studio
from ivr.calls.switchboard import Switchboard
from ivr.carriers.webhook import Leg, Returned, Ringing
from ivr.cli.answering import Stubbed
from ivr.fakes.elevenlabs import FakeVendor, Pace
from ivr.flow.ahead import next_steps
from ivr.flow.load import load
from ivr.flow.model import FlowSet
from ivr.flow.sayable import sayable
from ivr.flow.world import EMBEDDED
from ivr.outside.functions import Registry
from ivr.prompts.takes import TakeKey, Takes
from ivr.voices import table
from ivr.voices.access import Access
from ivr.voices.base import Voice
from tests.simulation.carrier import ACCOUNT, CALL, Carrier
from tests.simulation.shipped_words import Lexicon, RhythmSound, RhythmVoice, take_off
from tests.simulation.vendor_line import DEAD_AIR_SECONDS_MAX, REAL_TIME, RINGS_SECONDS
from tests.simulation.vendor_words import longest_silence
from tests.virtual import pass_time, run

SHIPPED = Path(__file__).parents[2] / "flows"
ENGLISH, SPANISH, DESK, OWN = "+13125550100", "+13125550110", "+13125550120", "+13125550130"
BANK = "+12125550100"
"""As in ``flows/numbers.yaml``, and one of a flow that is only here."""
CARD, PIN = "4539577291636586", "7391"
VALUES = (
    "Ana Gómez. Tuesday, December 1st, at 9 30 AM. el martes primero de diciembre, a las 9 y 30 de "
    "la mañana. "
    "Robin Vale. 1234 dollars and 50 cents, as of Sunday, November 22nd, at 8 AM."
)
"""What is said of the examples."""
CALLER = "+13125550177"
MONDAY = datetime(2026, 11, 23, 16, 15, tzinfo=UTC)
SUNDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""In Chicago both are Central time: a quarter past ten in the morning, and eight in the evening."""
AFTER_SECONDS = 0.3
"""How long a caller needs to press a key."""
BETWEEN_SECONDS = 0.2
LEG_SECONDS = 25.0
CALL_SECONDS_MAX = 240.0
ROUNDED_SECONDS = 0.0001
"""Of the times in a record."""

OWN_FLOW = """\
ivr: 1
title: Texts that are personal in the middle, at the beginning and alone
timezone: America/Chicago
languages:
  en-US: {voice: sarah}
steps:
  main:
    say: For your account, press 1. For your balance, press 2. For your number, press 3.
    menu:
      1: account
      2: balance
      3: short
  account:
    say: >
      We have found your account under ${call.to | digits}. It was opened for ${call.to}, as you
      know. Please keep that number by hand.
    goto: main
  balance:
    say: ${call.to} is what you owe us. Please pay it soon.
    goto: main
  short:
    say: It is ${call.to}
    goto: hangup
"""
"""Nothing shipped says anything but digits to a caller that a voice must speak; this does."""


@dataclass(frozen=True)
class When:
    """The caller has heard a text to its end, or listened to it so long; then presses keys."""

    text: str
    """A part of it."""
    keys: str = ""
    """Without any they stay silent; ``HANGS_UP`` is no key."""
    listens: float | None = None
    """Press after so many seconds of it, in the midst of it."""


HANGS_UP = "hangs up"


@dataclass(frozen=True)
class Script:
    """One call as its caller plays it."""

    name: str
    called: str
    acts: tuple[When, ...]
    outcome: str
    at: datetime = MONDAY
    leg: str = "no-answer"


MENU, MENU_AGAIN, MENU_ES = "For our opening", "For an appointment, 2", "Para nuestro"
"""The beginning of both forms of the menu, the shorter form, and the Spanish ones."""
NUMBER, CONFIRM = "eight digit patient number", "If that is right"
NUMBER_ES, CONFIRM_ES = "ocho dígitos", "Si es correcto"
MESSAGE, MESSAGE_ES = "leave your name", "Deje su nombre"
SCRIPTS = (
    Script(
        "hours",
        ENGLISH,
        (
            When(MENU, "7"),
            When("one of the choices"),
            When(MENU),
            When("didn't hear"),
            When(MENU, "1"),
            When("We are open"),
            When(MENU_AGAIN, "*"),
            When(MENU, "9"),
            When(MENU_ES, HANGS_UP),
        ),
        "caller_hung_up",
    ),
    Script(
        "number",
        ENGLISH,
        (
            When("Para español", "2"),
            When(NUMBER, "123"),
            When("not eight digits"),
            When(NUMBER, "12345679"),
            When(CONFIRM, "2"),
            When(NUMBER, "12345678"),
            When(CONFIRM, "1"),
            When("find your record"),
            When("Thank you, Ana", "1"),
            When("while I book it"),
            When("You are booked"),
        ),
        "hangup",
    ),
    Script(
        "operator",
        ENGLISH,
        (When(MENU, "0", listens=1.5), When("connect you"), When(MESSAGE), When("Goodbye")),
        "hangup",
    ),
    Script(
        "closed",
        ENGLISH,
        (When("Our offices are closed"), When(MESSAGE), When("Goodbye")),
        "hangup",
        SUNDAY,
    ),
    Script(
        "horario",
        SPANISH,
        (
            When(MENU_ES, "7"),
            When(MENU_ES, "1"),
            When("Nuestro horario es"),
            When(MENU_ES, "0"),
            When("le comunico"),
            When(MESSAGE_ES),
            When("Adiós"),
        ),
        "hangup",
    ),
    Script(
        "número",
        SPANISH,
        (
            When(MENU_ES, "2"),
            When(NUMBER_ES, "12345679"),
            When(CONFIRM_ES, "2"),
            When(NUMBER_ES, "12345678"),
            When(CONFIRM_ES, "1"),
            When("busco su ficha"),
            When("Gracias, Ana", "2"),
            When("le comunico"),
        ),
        "transferred",
        leg="completed",
    ),
    Script(
        "cerrado",
        SPANISH,
        (When("está cerrada"), When(MESSAGE_ES), When("Adiós")),
        "hangup",
        SUNDAY,
    ),
    Script(
        "bank",
        BANK,
        (
            When("card number", CARD),
            When("digit PIN", PIN),
            When("Your available balance"),
            When("To hear that again", "2"),
            When("Please hold"),
            When("All our agents", "1"),
            When("within the hour"),
            When("Thank you for calling"),
        ),
        "hangup",
        leg="busy",
    ),
    Script(
        "desk",
        DESK,
        (When("For sales", "2"), When("River Street"), When("For sales", "1"), When("Nobody can")),
        "hangup",
        leg="busy",
    ),
    Script(
        "personal",
        OWN,
        (
            When("For your account", "1"),
            When("keep that number"),
            When("For your account", "2"),
            When("pay it soon"),
            When("For your account", "3"),
            When("It is"),
        ),
        "hangup",
    ),
)


@dataclass(frozen=True)
class Built:
    """What a build has left: which takes there are."""

    name: str
    has: Callable[[int, str], bool]
    """Whether the take of this text is there, the n-th of all."""


NOTHING = Built("nothing built", lambda number, text: False)
EVERYTHING = Built("all takes", lambda number, text: True)
NO_DIGITS = Built("no takes of digits", lambda number, text: not text[:-1].isdigit())
EVERY_OTHER = Built("every other take", lambda number, text: number % 2 == 0)
STATES = (NOTHING, EVERYTHING, NO_DIGITS, EVERY_OTHER)


@dataclass
class Heard:
    """One call as its caller heard it."""

    script: Script
    vendor: FakeVendor
    lexicon: Lexicon
    carriers: list[tuple[Carrier, float]] = field(default_factory=list)
    """Each stream, and when it ended."""
    entries: list[Mapping[str, object]] = field(default_factory=list)
    acted: list[float] = field(default_factory=list)
    """When the caller pressed a key, or hung up."""
    rang_at: float = 0.0
    decision: Decision | None = None
    outcome: str = ""
    played: int = 0
    """How many acts of the script the caller has come to."""

    def told(self, what: str) -> list[Mapping[str, object]]:
        """The record's entries of one kind."""
        return [entry for entry in self.entries if entry["what"] == what]

    @property
    def falls(self) -> int:
        """How many voices failed on the way."""
        return sum(self._falls().values())

    def _falls(self) -> dict[object, int]:
        found = self.told("heard") + self.told("stopped")
        return {entry["utterance"]: len(entry.get("falls", ())) for entry in found}  # type: ignore[arg-type]

    def dead_air(self) -> float:
        """The longest time the caller heard nothing and waited for us, in seconds.

        Not while we waited for them: that ends with a key, when the time for one is up, or with
        what they say into a mailbox.
        """
        causes = [entry for entry in self.told("asked") if entry["cause"] == "time"]
        causes += [entry for entry in self.told("note") if entry["kind"] == "came_back"]
        # Entries are rounded: what was heard at the same moment must not come before them.
        times_up = [
            self.rang_at + float(str(entry["t"])) / 1000 - ROUNDED_SECONDS for entry in causes
        ]
        return max(
            longest_silence(
                carrier.sounds(),
                carrier.started_at,
                [at for at in (*self.acted, *times_up) if carrier.started_at <= at <= ended_at],
                ended_at,
            )
            for carrier, ended_at in self.carriers
        )

    def right(self) -> Heard:
        """See that the call came to its end, and that every word was heard, whole and once."""
        assert self.outcome == self.script.outcome, f"{self.outcome!r}, {self.decision}"
        assert self.played == len(self.script.acts), f"never heard {self.script.acts[self.played]}"
        assert [entry["reason"] for entry in self.told("failed")] == []
        assert self.told("cut") == []
        assert self.vendor.violations == []
        for carrier, _ in self.carriers:
            assert carrier.faults == []
        audio = b"".join(carrier.audio() for carrier, _ in self.carriers)
        runs, falls = self.lexicon.read(audio), self._falls()
        stopped = {entry["utterance"] for entry in self.told("stopped")}
        for entry in self.told("asked"):
            number = entry["utterance"]
            text = str(entry["text"])
            local = take_off(text, runs, falls.get(number, 0), stopped=number in stopped)
            told = falls.get(number, 0) or self.script.called == DESK
            assert told or not local, f"nobody told why the local voice said some of {text!r}"
        assert not runs, f"more was heard than was to be said: {runs}"
        silence = self.dead_air()
        assert silence <= DEAD_AIR_SECONDS_MAX, f"{silence} s of nothing"
        return self


def ring(script: Script, built: Built, *faults: str, pace: Pace = REAL_TIME) -> Heard:
    """One call from its webhook to its end, on virtual time."""
    lexicon = _lexicon()
    vendor = FakeVendor(pace=pace, faults=faults, sound=RhythmSound(lexicon))
    heard = Heard(script, vendor, lexicon)
    run(_ring(heard, built))
    return heard


@cache
def shipped() -> FlowSet:
    """The shipped flows and voices, and the own flow."""
    files = {path.name: path.read_text("utf-8") for path in SHIPPED.glob("*.yaml")}
    files["own.yaml"] = OWN_FLOW
    files["numbers.yaml"] += f"{OWN}: own\n"
    music = frozenset(path.relative_to(SHIPPED).as_posix() for path in SHIPPED.rglob("*.wav"))
    functions = Registry.load(SHIPPED).specs()
    loaded = load(files, assets=music, functions=functions)
    assert loaded.flows is not None, loaded.problems
    return loaded.flows


@cache
def _lexicon() -> Lexicon:
    texts = [each.words.text for each in sayable(shipped())]
    digits = " ".join("0123456789")
    return Lexicon([*texts, digits, CALLER, OWN, OWN_FLOW, VALUES])


async def _ring(heard: Heard, built: Built) -> None:
    flows, lexicon, vendor = shipped(), heard.lexicon, heard.vendor
    async with vendor:
        studio = _studio(flows, vendor, lexicon, built)
        await studio.open()
        try:
            line = _Line(heard, flows, studio)
            async with asyncio.timeout(CALL_SECONDS_MAX):
                await line.play()
            assert line.board.live == 0, "the call is over"
        finally:
            await studio.aclose()


def _studio(flows: FlowSet, vendor: FakeVendor, lexicon: Lexicon, built: Built) -> Studio:
    """As ``Studio.build`` makes it, but for the local voice; with the takes of a build."""
    access = Access(vendor.key, vendor.url)
    local, specs = RhythmVoice(lexicon), placed(flows.voices)
    voices: dict[str, Voice] = {
        name: local if specs[name].provider == EMBEDDED else table.build(specs[name], access)
        for name in flows.voices_used()
    }
    takes = Takes()
    for number, each in enumerate(sayable(flows)):
        words = each.words
        if built.has(number, words.text):
            key = TakeKey(voices[words.voice].key, words.language, words.text)
            takes.keep(key, lexicon.audio(words.text, take=True))
    return Studio(
        voices,
        takes=takes,
        local=[name for name in voices if voices[name] is local],
        fallbacks={name: spec.fallback for name, spec in flows.voices.items()},
        allowances={
            name: allowed
            for name in voices
            if (allowed := table.allowance(specs[name], access)) is not None
        },
    )


class _Line:
    """A call with its carrier and its caller."""

    def __init__(self, heard: Heard, flows: FlowSet, studio: Studio) -> None:
        self._heard = heard
        self._news = asyncio.Event()
        self.board = Switchboard(
            flows,
            studio,
            archive=None,
            wall_clock=lambda: heard.script.at,
            watch=self._take_down,
            talk=partial(converse, ahead=next_steps, world=Stubbed(flows, (), lambda entry: None)),
        )
        self._carrier: Carrier | None = None
        self._read = 0
        """Entries of the record the caller has looked at."""

    async def play(self) -> None:
        """The call from its webhook to its end."""
        heard, script = self._heard, self._heard.script
        heard.rang_at = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as group:
            caller = group.create_task(self._play_caller())
            decision = self.board.ring(Ringing(CALL, ACCOUNT, CALLER, script.called, over=False))
            while True:
                heard.decision = decision
                match decision:
                    case Connect(stream_id):
                        await pass_time(RINGS_SECONDS)
                        await self._stream(stream_id)
                        leg = None
                    case Dial():
                        await pass_time(LEG_SECONDS)
                        leg = Leg("CA0000000000000000000000000000000a", script.leg)
                    case _:
                        break
                decision = await self.board.after(Returned(CALL, ACCOUNT, over=False, leg=leg))
            caller.cancel()
        assert isinstance(decision, Over | Apologise)
        heard.outcome = str(heard.told("end")[-1]["outcome"])

    async def _stream(self, stream_id: str) -> None:
        carrier = self._carrier = Carrier()
        claim = self.board.claim(stream_id)
        assert claim is not None, "the id works once"
        carrier.start()
        await self.board.run_stream(claim, carrier)
        self._heard.carriers.append((carrier, asyncio.get_running_loop().time()))
        self._carrier = None

    # ----------------------------------------------------------------------- the caller

    def _take_down(self, entry: Mapping[str, object]) -> None:
        self._heard.entries.append(entry)
        self._news.set()

    async def _play_caller(self) -> None:
        for act in self._heard.script.acts:
            await self._hear(act)
            self._heard.played += 1
            await pass_time(AFTER_SECONDS if act.listens is None else act.listens)
            await self._press(act.keys)

    async def _hear(self, act: When) -> None:
        """Wait until a text was heard to its end, or began to be."""
        wanted = "heard" if act.listens is None else "first_frame"
        texts = dict[object, str]()
        while True:
            entries = self._heard.entries
            for entry in entries[: self._read]:
                if entry["what"] == "asked":
                    texts[entry["utterance"]] = str(entry["text"])
            while self._read < len(entries):
                entry = entries[self._read]
                self._read += 1
                if entry["what"] == "asked":
                    texts[entry["utterance"]] = str(entry["text"])
                if entry["what"] == wanted and act.text in texts[entry["utterance"]]:
                    return
            self._news.clear()
            await self._news.wait()

    async def _press(self, keys: str) -> None:
        heard = self._heard
        for number, key in enumerate([keys] if keys == HANGS_UP else keys):
            if number:
                await pass_time(BETWEEN_SECONDS)
            carrier = self._carrier
            assert carrier is not None, "nobody is on the line"
            heard.acted.append(asyncio.get_running_loop().time())
            if key == HANGS_UP:
                carrier.hang_up()
            else:
                carrier.press(key)


def with_acts(script: Script, *acts: When) -> Script:
    """The same call with another caller."""
    return replace(script, acts=acts)


def texts(heard: Heard) -> Sequence[str]:
    """What was to be said, in order."""
    return [str(entry["text"]) for entry in heard.told("asked")]
