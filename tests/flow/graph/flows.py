"""Flows to draw: small ones as text, the shipped ones, and forty steps as people write them."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

from ivr.flow.graph import Drawing, draw
from ivr.flow.load import load
from ivr.flow.model import Flow

SHIPPED = ("bank", "clinic", "frontdesk", "identify")
_FOLDER = Path(__file__).parents[3] / "flows"
_ASSETS = frozenset({"music/soft-piano.wav"})


def flow(text: str) -> Flow:
    """The flow of one file."""
    found = load({"main.yaml": text}, checked=False)
    assert found.flows is not None, found.problems
    return found.flows.flows["main"]


@cache
def shipped(name: str) -> Flow:
    """A flow of the project's own folder."""
    files = {file.name: file.read_text("utf-8") for file in _FOLDER.glob("*.yaml")}
    found = load(files, assets=_ASSETS, checked=False)
    assert found.flows is not None, found.problems
    return found.flows.flows[name]


@cache
def forty() -> Flow:
    """Menus below menus, look-ups that can fail, a way back from each, and one operator for all."""
    return flow(tree(40))


FORTY = "forty"
NAMES = (*SHIPPED, FORTY)


def named(name: str) -> Flow:
    """One of all these."""
    return forty() if name == FORTY else shipped(name)


@cache
def picture(name: str) -> Drawing:
    """Its drawing, made once for all tests."""
    return draw(named(name))


def tree(steps: int, seed: int = 7) -> str:
    """A line of so many steps; the same seed makes the same."""
    chance = random.Random(seed)
    below: dict[int, list[int]] = {number: [] for number in range(steps - 3)}
    above: dict[int, int] = {}
    free = 1
    for number in below:
        for _ in range(1 if number % 3 == 2 else chance.choice((2, 3, 3, 4))):
            if free < len(below):
                below[number].append(free)
                above[free] = number
                free += 1
    lines = ["numbers: {desk: +13125550123}", "anytime: {0: operator, star: repeat}", "steps:"]
    for number, following in below.items():
        lines.append(_step(number, following, above.get(number, 0), chance))
    lines += [
        "  operator: {say: Please hold., transfer: desk, otherwise: message}",
        "  message: {say: Leave a message., voicemail: desk}",
        "  goodbye: {say: Goodbye., goto: hangup}",
    ]
    return "\n".join(lines) + "\n"


def _step(number: int, below: list[int], above: int, chance: random.Random) -> str:
    name, back = f"  step_{number}:", f"step_{above}"
    if number % 3 == 2:
        goto = f"step_{below[0]}" if below else "goodbye"
        return (
            f"{name}\n    say: One moment while I look up number {number}.\n"
            f"    http: GET https://api.example/{number}\n    example: {{a: 1}}\n"
            f"    not_found: {back}\n    error: operator\n    goto: {goto}"
        )
    if not below:
        goto = chance.choice(("goodbye", "step_0", back))
        return f"{name}\n    say: This is what there is to know about it.\n    goto: {goto}"
    said = " ".join(f"For topic {each}, press {key}." for key, each in enumerate(below, 1))
    keys = ", ".join(f"{key}: step_{each}" for key, each in enumerate(below, 1))
    return f"{name}\n    say: {said}\n    menu: {{{keys}, 9: {back}}}\n    fail: operator"
