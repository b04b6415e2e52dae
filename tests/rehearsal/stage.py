"""Flows and test files written in a test, and a machine that is watched at every event."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from ivr.cli.folder import load_folder, read_folder
from ivr.flow import machine
from ivr.flow.load import load
from ivr.flow.machine import Turn
from ivr.flow.messages import Event, HangUp, LegOutcome
from ivr.flow.model import FlowSet
from ivr.flow.state import CallFacts, State, decode, encode
from ivr.flow.world import FunctionSpec, Parameter
from ivr.outside.functions import Registry
from ivr.rehearsal.caller import Rehearsed, facts_of, rehearse
from ivr.rehearsal.line import Handle, Line
from ivr.rehearsal.read import read
from ivr.rehearsal.script import Script
from ivr.rehearsal.stubs import legs
from ivr.rehearsal.transcript import render

ROOT = Path(__file__).parent.parent.parent
SHIPPED = ROOT / "flows"

SHOP = """
title: A shop
languages:
  en-US: {}
  es-US: {}
numbers:
  sales_desk: +13125550123
anytime:
  star: repeat
steps:
  notice:
    say: {en: This call may be recorded., es: Grabamos esta llamada.}
    interrupt: no
    goto: main
  main:
    say: {en: "For sales, press 1. For your order, press 2.", es: Para ventas oprima 1.}
    menu:
      1: sales
      2: order
      9: spanish
    fail: sales
  spanish:
    language: es-US
    goto: main
  order:
    say: {en: Please enter your order number., es: Marque su pedido.}
    ask: order_number
    digits: 2-4
    goto: found
  found:
    say: {en: "Thank you. I found order ${order_number | digits}. Goodbye.", es: Gracias.}
    goto: hangup
  sales:
    say: {en: One moment., es: Un momento.}
    transfer: sales_desk
    ring: 20s
    otherwise: nobody
  nobody:
    say: {en: Nobody is there., es: No hay nadie.}
    goto: main
"""
"""A flow that has one of everything."""

ODD = """
title: Odd corners
languages: {en-US: {}, es-US: {}, de-DE: {}}
limits: {call: 5m}
vars: {lap: 0}
numbers: {desk: +13125550123}
anytime: {0: desk, star: repeat, 9: back, pound: start}
steps:
  first:
    - say: {en: Hello., es: Hola., de: Hallo.}
    - set: {lap: "${lap + 1}"}
    - say: {en: "Round ${lap}.", es: "${lap}.", de: "${lap}."}
      interrupt: no
      if: lap < 3
    - goto: choose
  choose:
    say: {en: "Choose one or twelve.", es: Elija., de: Bitte.}
    repeat: {en: Again., es: Otra vez., de: Nochmal.}
    no_input: [{en: Nothing., es: Nada., de: Nichts.}, {en: Still nothing., es: Nada., de: Nichts.}]
    menu:
      {1: code, 12: notice, 2: spanish, 3: german, 4: /other, 5: start, 6: fresh, 7: back,
      8: repeat, 88: loop}
    tries: 2
    fail: {no_input: desk, no_match: bye}
  code:
    say: {en: Your code., es: Su clave., de: Ihr Code.}
    ask: code
    digits: 2-4
    check: code != '11'
    confirm: yes
    tries: 2
    goto:
      - if: code == '42'
        goto: hangup
      - if: contains(code, '7')
        goto: desk
      - else: choose
  notice:
    say: {en: Listen to this., es: Oiga., de: Achtung.}
    interrupt: no
    menu: {1: choose, 2: desk}
  fresh:
    say: {en: Fresh keys., es: Teclas., de: Tasten.}
    fresh: yes
    menu: {1: choose, 2: code}
    type_ahead: no
    wait: 500ms
  loop:
    say: {en: Loop., es: Bucle., de: Schleife.}
    goto: loop2
  loop2:
    goto: loop
  spanish: {language: es-US, goto: choose}
  german: {language: de-DE, goto: start}
  desk:
    say: {en: Ringing., es: Llamando., de: Es klingelt.}
    transfer: desk
    ring: 20s
    limit: 30s
    done: choose
    busy: choose
    otherwise: back
  bye:
    - pause: 500ms
    - say: {en: Bye., es: Bye., de: Bye.}
      goto: hangup
"""
"""A flow of odd corners: keys that begin others, loops, retries, languages, times and limits."""

OTHER = """
steps:
  main:
    say: The other flow.
    menu: {1: /main, 2: hangup, 3: repeat, 4: back}
"""
"""The flow that one leads to."""


WORLD = """
title: Everything outside
languages: {en-US: {}}
numbers: {desk: +13125550123, night: +13125550124}
vars: {code: null}
on_hangup: afterwards
steps:
  main:
    say: Choose.
    menu:
      {1: find, 2: order, 3: talk, 4: support, 5: message, 6: text, 7: table, 8: note, 9: script,
      0: secret}
    fail: bye
  find:
    say: Looking.
    http: GET ${settings.api}/people/${call.from}
    save: found
    example: {name: Ana, age: 40}
    not_found: unknown
    status: {409: taken}
    error: broken
    goto: known
  known: {say: "Hello ${found.name}.", goto: main}
  unknown: {say: Unknown., goto: main}
  taken: {say: Taken., goto: main}
  broken: {say: Broken., goto: main}
  order:
    http: POST ${settings.api}/orders
    body: {item: tea, count: 2, for: {name: "${call.from}"}}
    error: broken
    goto: ordered
  ordered: {say: Ordered., goto: main}
  talk:
    say: Connecting.
    transfer: [desk, night]
    otherwise: nobody
  nobody: {say: Nobody., goto: main}
  support:
    say: Waiting.
    queue: support
    full: full
    otherwise: nobody
  full: {say: All lines are full., goto: main}
  message:
    say: After the tone.
    voicemail: box
    review: yes
    done: kept
    empty: empty
  kept: {say: Kept., goto: main}
  empty: {say: Nothing was said., goto: main}
  text:
    sms: ${call.from}
    text: Your code is 4 2.
    failed: broken
    goto: sent
  sent: {say: Sent., goto: main}
  table:
    do: book_table
    with: {people: 2}
    save: booking
    full: full
    failed: broken
    goto: booked
  booked: {say: "Booked number ${booking.number}.", goto: main}
  note:
    - event: gave_up
      with: {why: tired, times: 2}
    - say: Noted.
      goto: main
  script:
    twiml: <Response><Pause/></Response>
    done: main
    failed: broken
  secret:
    say: Your PIN.
    ask: pin
    digits: 4
    sensitive: yes
    goto: check
  check:
    http: POST ${settings.api}/verify
    body: {pin: "${pin}", by: telephone}
    example: {}
    error: broken
    goto: known
  bye: {say: Goodbye., goto: hangup}
  afterwards:
    - http: POST ${settings.api}/calls
      body: {id: "${call.id}"}
      example: {}
      error: hangup
    - event: over
      goto: hangup
"""
"""A flow that asks the world outside for everything there is."""

SETTINGS = """
environments: {dev: {api: "http://127.0.0.1:9000/v1"}}
allowed_hosts: [127.0.0.1]
mailboxes: {box: {keep: 30d}}
"""
FUNCTIONS = {
    "book_table": FunctionSpec(
        "book_table", (Parameter("people", "whole number", True),), ("full",)
    ),
    "chat": FunctionSpec("chat", (), ("agent",), streams=True),
}


def world_of(main: str = WORLD) -> FlowSet:
    """The flow that asks the world outside, or another one in the same world."""
    texts = {"main.yaml": textwrap.dedent(main), "settings.yaml": SETTINGS}
    loaded = load(texts, functions=FUNCTIONS, checked=False)
    assert loaded.flows is not None, loaded.problems
    return loaded.flows


def flows_of(main: str = SHOP, *, assets: tuple[str, ...] = (), **files: str) -> FlowSet:
    """Compile flows, each by its file's name; the first is ``main``."""
    texts = {
        f"{name}.yaml": textwrap.dedent(text) for name, text in {"main": main, **files}.items()
    }
    loaded = load(texts, assets=frozenset(assets), checked=False)
    assert loaded.flows is not None, loaded.problems
    return loaded.flows


def planted_flows(folder: Path) -> FlowSet:
    """A copy of these in which something was planted that the checker would find, too."""
    files = read_folder(folder)
    specs = Registry.load(folder).specs()
    loaded = load(files.files, assets=files.assets, functions=specs, checked=False)
    assert loaded.flows is not None, loaded.problems
    return loaded.flows


def shipped_flows() -> FlowSet:
    """The flows of this repository."""
    loaded = load_folder(read_folder(SHIPPED), environment="dev")
    assert loaded.flows is not None, loaded.problems
    return loaded.flows


def line_to(
    flows: FlowSet,
    *,
    clips: Mapping[str, int] | None = None,
    answers: Mapping[str, LegOutcome] | None = None,
    handle: Handle | None = None,
) -> Line:
    """A line to the flow ``main``, answered."""
    called_at = datetime(2026, 11, 23, 16, 15, tzinfo=UTC)
    facts = CallFacts("CA1", "+13125550177", "+13125550100", called_at, "main", None)
    line = Line(flows, facts, legs(answers or {}), clips or {}, handle or careful)
    line.answer()
    return line


def script_of(test: str, flows: FlowSet, file: str = "tests/main.test.yaml") -> Script:
    """Read a test file."""
    return read(file, textwrap.dedent(test), flows)


def problems_of(test: str, flows: FlowSet | None = None) -> list[tuple[str, int, int, str]]:
    """What is found in a test file: code, line, column, message."""
    found = script_of(test, flows or flows_of()).problems
    return [(p.code, p.span.line, p.span.column, p.message) for p in found]


def made(lines: str, main: str | FlowSet = SHOP, **circumstances: str) -> Rehearsed:
    """Make one call; ``lines`` are those of its test, after ``calls:`` and ``a call:``."""
    flows = flows_of(main) if isinstance(main, str) else main
    top = "".join(f"{key}: {value}\n" for key, value in circumstances.items())
    body = textwrap.indent(textwrap.dedent(lines).strip("\n"), "    ")
    script = read("tests/main.test.yaml", f"{top}calls:\n  a call:\n{body}\n", flows)
    assert script.problems == (), script.problems
    guarded = machine.answer(flows, facts_of(script.calls[0].setting)).guarded
    # What is sensitive, or comes piece by piece, is in no bytes.
    plain = guarded or any(spec.streams for spec in flows.functions.values())
    return rehearse(flows, script.calls[0], handle=machine.handle if plain else careful)


def transcript(call: Rehearsed) -> list[str]:
    """What was said and done."""
    return render(call.entries)


def failure(call: Rehearsed) -> str:
    """The message of a call that failed; the lines of the test begin in line 3."""
    assert call.failure is not None, "the call passed"
    return call.failure.sentence


def careful(flows: FlowSet, state: State, event: Event, now: int, /) -> Turn:
    """The machine, watched: what it is given stays as it was, and its bytes are as good as it.

    Not for flows with sensitive steps: their values are not in the bytes, on purpose.
    """
    written = encode(state)
    before = decode(written)
    assert state == before, "the state's bytes are not the whole of it"
    turn = machine.handle(flows, state, event, now)
    assert state == before, "the machine changed the state it was given"
    again = machine.handle(flows, decode(written), event, now)
    assert again.commands == turn.commands, "the state's bytes lead to other commands"
    after = decode(encode(turn.state))
    assert decode(encode(again.state)) == after, "the state's bytes lead to another state"
    assert sum(isinstance(command, HangUp) for command in turn.commands) <= 1
    return Turn(after, turn.commands)
