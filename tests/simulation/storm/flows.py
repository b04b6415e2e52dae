"""The flows callers meet in a storm: the shipped ones, and small ones that are hard on the house.

Each flow has a number of its own to be called by.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from ivr.cli.folder import read_folder
from ivr.flow.load import load
from ivr.flow.model import Entry, FlowSet
from ivr.outside.functions import Registry
from tests.simulation.test_random_worlds import LOADED
from tests.simulation.test_storms import NOTICES

SHIPPED = Path(__file__).parents[3] / "flows"

SECRET = """
title: A line that asks for a number nobody may see
steps:
  main:
    say: For your account, press 1. To leave, press 2.
    menu: {1: number, 2: hangup}
    fail: number
  number:
    say: Please enter your ten digit number.
    ask: secret_digits
    digits: 10
    sensitive: yes
    confirm: yes
    fail: main
    goto: check
  check:
    say: One moment please.
    http: POST https://api.northside.example/check
    body: {number: "${secret_digits}"}
    example: {name: Ana Vale}
    save: found
    error: main
    goto: told
  told:
    say: Thank you, ${found.name}.
    goto: main
"""

ONCE = "order.yaml"
"""Whoever calls here orders at most once."""
ORDER = """
title: A line on which everybody orders once
steps:
  main:
    say: To order, press 1.
    menu: {1: order, 2: hangup}
  order:
    say: One moment, your order is being taken.
    http: POST https://api.northside.example/orders
    body: {from: "${call.from}"}
    example: {id: 7}
    save: taken
    timeout: 8s
    finish: yes
    error: sorry
    goto: thanks
  thanks:
    - say: Thank you. Your order is number ${taken.id}.
      interrupt: no
    - event: ordered
    - say: Goodbye.
      goto: hangup
  sorry: {say: That did not work. Goodbye., goto: hangup}
"""

AWAY = """
title: A line that sends its callers everywhere
numbers: {desk: +13125550123}
steps:
  main:
    say: For a person, press 1. To wait, press 2. For a document, press 3.
    menu: {1: person, 2: line, 3: paper, 4: blind}
    fail: person
  person:
    say: I am connecting you.
    transfer: [desk, +13125550199]
    whisper: A call for you.
    accept: 1
    otherwise: main
  blind: {transfer: "sip:desk@example.com", blind: yes, otherwise: main}
  line: {say: Please wait., queue: line, full: main, otherwise: person}
  paper: {twiml: <Response><Pause/></Response>, done: main, failed: person}
"""


@cache
def shipped() -> FlowSet:
    """The example flows as they are shipped, and the small ones."""
    folder = read_folder(SHIPPED)
    small = {
        "notices.yaml": NOTICES,
        "secret.yaml": SECRET,
        ONCE: ORDER,
        "away.yaml": AWAY,
    }
    loaded = load(
        {**folder.files, **small},
        assets=folder.assets,
        functions=Registry.load(SHIPPED).specs(),
        checked=False,
    )
    assert loaded.flows is not None, loaded.problems
    return _numbered(loaded.flows)


@cache
def mixed() -> FlowSet:
    """One flow that has one of every kind, nested."""
    assert LOADED.flows is not None, LOADED.problems
    return _numbered(LOADED.flows)


def _numbered(flows: FlowSet) -> FlowSet:
    """Every flow can be called."""
    numbers = {
        f"+1999555{place:04}": Entry(id, None) for place, id in enumerate(sorted(flows.flows))
    }
    return replace(flows, numbers=numbers)
