"""Every way to leave a stream, with everything that can become of it, as data.

Each way is a flow with a number of its own: it greets the caller by name, says whom they are
connected to, sends them away, and says what became of it, by the same name. ``test_ways`` rings
them all, on virtual time and over sockets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ivr.calls.record import Entry

ONE, TWO = "+12125550111", "+12125550112"
GOOD = "answered 0.2s after 0.1s"
CALLER_BY_SIP = "sip:robin@pbx.example"

_TRANSFER = ("done", "busy", "no_answer", "failed")
_QUEUE = ("done", "full", "too_long", "closed", "failed")
_TWIML = ("done", "failed")

LEGS: Mapping[str, tuple[str, Sequence[str]]] = {
    "number": ("transfer: one", _TRANSFER),
    "limited": ("transfer: one\n    limit: 10s\n    record_talk: yes", _TRANSFER),
    "sip": ("transfer: sip:desk@pbx.example", _TRANSFER),
    "client": ("transfer: client:ana", _TRANSFER),
    "room": ("transfer: conference:room7", _TRANSFER),
    "hunt": ("transfer: [one, two]", _TRANSFER),
    "together": ("transfer: [one, two]\n    together: yes", _TRANSFER),
    "screened": ("transfer: one\n    whisper: <${name}>\n    accept: 1", _TRANSFER),
    "whispered": ("transfer: one\n    whisper: A call for you.", _TRANSFER),
    "blind": ("transfer: sip:desk@pbx.example\n    blind: yes", _TRANSFER),
    "queue": ("queue: agents\n    limit: 1m", _QUEUE),
    "twiml": ("twiml: <Response><Say>${name}</Say></Response>", _TWIML),
    "rings": (f"twiml: <Response><Dial><Number>{ONE}</Number></Dial></Response>", _TWIML),
    "broken": ("twiml: <Response><Pause></Response>", _TWIML),
}


@dataclass(frozen=True, slots=True)
class Way:
    """One call: which way, who answers, and what becomes of it."""

    leg: str
    answers: str
    outcomes: tuple[str, ...]
    """One for each time away; the last is told to the caller."""
    caller: str = "+13125550177"
    slow: bool = False
    """It takes many seconds of Twilio's; ``test_aside`` has it over sockets without them."""


def _each(leg: str, who: str) -> list[Way]:
    """The four outcomes of somebody who is rung."""
    return [
        Way(leg, f"{who}: {GOOD}", ("done",)),
        Way(leg, f"{who}: busy", ("busy",)),
        Way(leg, f"{who}: no_answer after 0.2s", ("no_answer",)),
        Way(leg, f"{who}: failed", ("failed",)),
    ]


WAYS = [
    *_each("number", ONE),
    *_each("sip", "sip:desk@pbx.example"),
    *_each("client", "client:ana"),
    Way("room", f"conference room7: {GOOD}", ("done",)),
    Way("limited", f"{ONE}: {GOOD}", ("done",)),
    Way("limited", f"{ONE}: answered 60s", ("done",), slow=True),
    Way("hunt", f"{ONE}: {GOOD}", ("done",)),
    Way("hunt", f"{ONE}: busy, {TWO}: {GOOD}", ("busy", "done")),
    Way("hunt", f"{ONE}: failed, {TWO}: no_answer after 0.2s", ("failed", "no_answer")),
    Way("hunt", f"{ONE}: no_answer after 0.2s, {TWO}: busy", ("no_answer", "busy")),
    Way("hunt", f"{ONE}: busy, {TWO}: failed", ("busy", "failed")),
    Way("together", f"{ONE}: busy, {TWO}: {GOOD}", ("done",)),
    Way("together", f"{ONE}: busy, {TWO}: busy", ("busy",)),
    Way("together", f"{ONE}: failed, {TWO}: no_answer after 0.2s", ("no_answer",)),
    Way("together", f"{ONE}: failed, {TWO}: failed", ("failed",)),
    *_each("screened", ONE),
    Way("screened", f"{ONE}: {GOOD} key 2", ("no_answer",)),
    Way("screened", f"{ONE}: refused after 0.1s", ("no_answer",)),
    Way("screened", f"{ONE}: machine 0.2s after 0.1s", ("no_answer",), slow=True),
    Way("whispered", f"{ONE}: {GOOD}", ("done",)),
    Way("blind", "", ("done",), CALLER_BY_SIP),
    Way("blind", "", ("failed",)),
    Way("queue", f"queue agents: {GOOD}", ("done",)),
    Way("queue", "queue agents: full", ("full",)),
    Way("queue", "queue agents: too_long", ("too_long",), slow=True),
    Way("queue", "queue agents: failed", ("failed",)),
    Way("twiml", "", ("done",)),
    Way("rings", f"{ONE}: {GOOD}", ("done",)),
    Way("rings", f"{ONE}: busy", ("failed",)),
    Way("broken", "", ("failed",)),
]


def number_of(leg: str) -> str:
    """Which number rings this flow."""
    return f"+1555000{list(LEGS).index(leg):04}"


def _flow(leg: str, outcomes: Sequence[str]) -> str:
    lines = "".join(f"    {outcome}: said_{outcome}\n" for outcome in outcomes)
    said = "".join(
        f'  said_{outcome}: {{say: "It was {outcome}, ${{name}}.", goto: hangup}}\n'
        for outcome in outcomes
    )
    return f"""
title: A way out
language: en-US
voice: beeps
numbers: {{one: {ONE}, two: {TWO}}}
steps:
  main:
    - set: {{name: Robin}}
    - say: Hello ${{name}}.
      goto: away
  away:
    say: I am connecting you.
    {leg}
{lines}{said}"""


FLOWS: Mapping[str, str] = {
    **{f"{name}.yaml": _flow(leg, outcomes) for name, (leg, outcomes) in LEGS.items()},
    "numbers.yaml": "".join(f'"{number_of(name)}": {name}\n' for name in LEGS),
    "settings.yaml": "voices:\n  beeps: {provider: tone, pace: 30}\n",
}


def check(way: Way, record: Sequence[Entry]) -> None:
    """What the record of such a call has to say."""

    def told(what: str) -> list[Entry]:
        return [entry for entry in record if entry["what"] == what]

    asked = [entry["text"] for entry in told("asked")]
    assert asked == [
        "Hello Robin.",
        "I am connecting you.",
        f"It was {way.outcomes[-1]}, Robin.",
    ]
    heard = [entry["utterance"] for entry in told("heard")]
    assert heard == [entry["utterance"] for entry in told("asked")], "to its last sample"
    assert told("stopped") == []
    assert [entry["outcome"] for entry in told("return")] == list(way.outcomes)
    assert len(told("leave")) == len(way.outcomes)
    assert [entry["outcome"] for entry in told("end")] == ["hangup"]
    assert len(told("recorded")) == (way.leg == "limited"), "its talk, and no other's"
    assert len(told("stream")) == 2, "nobody needs a stream to be rung by the next number"
