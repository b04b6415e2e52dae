"""Random callers in random worlds: whatever both do, the machine keeps every rule to the end.

The line checks the machine at every event (``Line._check``, ``errands``). The flow has one of every
kind, nested, with notices, things that are sensitive, and steps for callers who have hung up.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import UTC

import pytest

from ivr.flow.load import load
from ivr.flow.messages import LegOutcome
from ivr.flow.state import CallFacts
from ivr.flow.values import Value
from ivr.rehearsal.draws import Presses, acts, literals
from ivr.rehearsal.line import Line
from ivr.rehearsal.read import MOMENT
from ivr.rehearsal.stubs import Comes, Reply, Result, Stub
from tests.rehearsal.stage import FUNCTIONS, SETTINGS

SEEDS = range(400)
VALUES: list[Value] = [None, ["hello there", "my friend"], "yes"]
ACTS_MAX = 400
STEPS_MAX = 500
"""Far above what is left of a call whose caller is gone."""

MIX = """
title: Mixed
languages: {en-US: {}}
numbers: {desk: +13125550123}
vars: {n: 0}
on_hangup: after
on_error: oops
anytime: {0: desk, star: repeat, 9: back}
steps:
  first:
    - say: Recorded.
      interrupt: no
    - record_call: start
    - run: who
      with: {card: "${n}"}
      save: who
      known: main
      otherwise: desk
  main:
    say: Choose one two three four five.
    menu: {1: slow, 2: msg, 3: q, 4: secret, 5: chatty, 6: said}
    fail: desk
  slow:
    - say: A long text that goes on and on while it is being looked up for the caller who waits.
      http: GET ${settings.api}/x/${who.id}
      save: found
      example: {a: 1}
      timeout: 2s
      error: main
      not_found: main
    - say: Please wait.
      interrupt: no
      http: POST ${settings.api}/y
      body: {n: "${found.a}"}
      example: {}
      error: main
      finish: yes
      goto: main
  msg: {say: Speak now please., voicemail: box, review: yes, done: main, empty: msg2}
  msg2: {record: voice, review: yes, empty: main, goto: main}
  q: {say: Wait., queue: s, full: main, otherwise: desk}
  secret:
    - record_call: pause
    - say: PIN.
      ask: pin
      digits: 4
      sensitive: yes
      confirm: yes
      fail: main
    - record_call: resume
    - run: who
      with: {card: "${pin}"}
      otherwise: main
  chatty: {say: Hm., do: chat, agent: desk, failed: main, goto: main}
  said:
    - sms: ${call.from}
      text: Hello ${n}.
      say: Sent.
      interrupt: no
    - send_keys: 12w3
    - set: {n: "${n + 1}"}
    - event: e
      with: {n: "${n}"}
    - twiml: <Response/>
      done: main
      failed: desk
  desk: {say: Ringing., transfer: [desk, +13125550199], whisper: A call., otherwise: main}
  oops: {say: Something went wrong., goto: main}
  after:
    - http: POST ${settings.api}/end
      body: {n: "${n}"}
      example: {}
      finish: yes
      error: hangup
    - do: book_table
      with: {people: 1}
      full: hangup
      failed: hangup
    - event: over
      goto: hangup
"""

WHO = """
returns: [known, unknown]
inputs: [card]
vars: {k: 0}
steps:
  a:
    say: Your number please.
    ask: num
    digits: 3-5
    sensitive: yes
    fail: lost
    goto: b
  b:
    say: Checking.
    http: POST ${settings.api}/who
    body: {number: "${num}", c: "${inputs.card}"}
    save: p
    example: {id: x1}
    status: {401: a}
    error: lost
    goto: ok
  ok: {return: known, value: "${p}"}
  lost: {return: unknown}
"""

LOADED = load(
    {"main.yaml": MIX, "who.yaml": WHO, "settings.yaml": SETTINGS, "numbers.yaml": "default: main"},
    functions=FUNCTIONS,
    checked=False,
)


def world(chance: random.Random) -> tuple[Stub, ...]:
    """Answers of every kind, some of them late."""

    def outcomes(*names: str) -> tuple[Comes, ...]:
        return tuple(Comes(LegOutcome(chance.choice(names))) for _ in range(3))

    replies = tuple(
        Reply(
            chance.choice([200, 200, 200, 404, 401, 500, None]),
            as_example=True,
            after_ms=chance.choice([0, 50, 200, 900, 1_500, 2_500, 9_000]),
        )
        for _ in range(6)
    )
    results = tuple(
        Result(
            chance.choice(["done", "done", "failed", "full", "agent"]),
            value=chance.choice(VALUES),
            after_ms=chance.choice([0, 200, 1_500, 9_000]),
        )
        for _ in range(3)
    )
    sent = Result(chance.choice(["done", "failed"]), after_ms=chance.choice([0, 100, 3_000, 8_000]))
    return (
        Stub("transfer", "*", outcomes("done", "busy", "no_answer", "failed")),
        Stub("queue", "*", outcomes("done", "full", "closed", "too_long", "failed")),
        Stub("twiml", "*", outcomes("done", "failed")),
        Stub("http", "*", replies),
        Stub("do", "*", results),
        Stub("sms", "*", (sent,)),
    )


def act(line: Line, chance: random.Random, known: Mapping[str, Sequence[str]]) -> None:
    """One thing a caller does, or lets happen."""
    dice = chance.random()
    if line.away is not None or line.gone:
        line.step()
    elif dice < 0.01 and line.now:
        line.hang_up()
    elif line.message is not None and not line.message.talked_ms and dice < 0.7:
        line.talk(chance.choice([500, 3_000, 9_000, 400_000]))
    elif line.waiting and dice < 0.85:
        drawn = acts(line.flows, line.state, known, chance)
        presses(line, chance.choice([a for a in drawn if isinstance(a, Presses)]).keys, chance)
    elif dice < 0.15:
        presses(line, chance.choice("0123456789*#"), chance)
    else:
        line.step()


def presses(line: Line, keys: str, chance: random.Random) -> None:
    for key in keys:
        line.run_until(line.now + chance.choice([10, 250, 250, 600]))
        if line.over is not None or line.away is not None:
            return
        line.press(key)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_call_keeps_the_rules_and_ends(seed: int) -> None:
    assert LOADED.flows is not None, LOADED.problems
    chance = random.Random(seed)
    caller = chance.choice([None, "+13125550177"])
    started = MOMENT.replace(tzinfo=UTC)
    facts = CallFacts("CA1", caller, "+13125550100", started, "main", None)
    line = Line(LOADED.flows, facts, world(chance))
    known = {flow.id: literals(flow) for flow in LOADED.flows.flows.values()}
    line.answer()
    for _ in range(ACTS_MAX):
        if line.over is None:
            act(line, chance, known)
    if line.over is None and not line.gone:
        line.hang_up()
    for _ in range(STEPS_MAX):
        if line.over is None:
            line.step()
    assert line.over in ("transferred", "caller_hung_up", "trouble", "limit")
