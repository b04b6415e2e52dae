"""The flows of the bench: right in every respect, and each says what its mix is about."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from ivr.cli.bench_mixes import MIXES, Mix, files
from ivr.flow import machine
from ivr.flow.load import load
from ivr.flow.messages import CallAnswered, KeyPressed, Speak, Words
from ivr.flow.model import FlowSet
from ivr.flow.problems import Severity
from ivr.flow.state import CallFacts
from ivr.phone.load import Move
from tests.flow.ring import MONDAY


@pytest.fixture(scope="module")
def flows() -> FlowSet:
    loaded = load(files("http://127.0.0.1:1", "http://127.0.0.1:2"))
    assert loaded.flows is not None
    assert not [p for p in loaded.problems if p.severity is Severity.ERROR]
    return loaded.flows


def walk(flows: FlowSet, mix: Mix, moves: Iterable[Move]) -> list[list[Words]]:
    """The words that are said after each of these moves."""
    facts = CallFacts("CA1", "+13125550177", mix.number, MONDAY, mix.name, None)
    state = machine.answer(flows, facts)
    turn = machine.handle(flows, state, CallAnswered(), 0)
    heard, now = [], 0
    for move in moves:
        for key in move.key or "123456":
            now += 100
            turn = machine.handle(flows, turn.state, KeyPressed(key), now)
        said = [each.utterance for each in turn.commands if isinstance(each, Speak)]
        heard.append([part for each in said for part in each.parts if isinstance(part, Words)])
    return heard


def by_name(name: str) -> Mix:
    return next(mix for mix in MIXES if mix.name == name)


def test_each_mix_has_a_number_that_leads_to_its_flow(flows: FlowSet) -> None:
    for mix in MIXES:
        entry = flows.entry_for(mix.number)
        assert entry is not None
        assert entry.flow == mix.name


@pytest.mark.parametrize("mix", MIXES, ids=lambda mix: mix.name)
def test_every_move_is_answered_with_something_to_hear(flows: FlowSet, mix: Mix) -> None:
    for moves in (mix.loaded, mix.alone):
        assert all(walk(flows, mix, moves * 3))


def test_fixed_texts_hold_no_value(flows: FlowSet) -> None:
    mix = by_name("fixed")
    assert all(words.fixed for said in walk(flows, mix, mix.loaded) for words in said)


@pytest.mark.parametrize("name", ["templated", "live", "lookahead"])
def test_the_text_after_a_counted_key_holds_a_value(flows: FlowSet, name: str) -> None:
    mix = by_name(name)
    for move, said in zip(mix.alone, walk(flows, mix, mix.alone), strict=True):
        live = [words.text for words in said if not words.fixed]
        assert bool(live) == move.counted
        if not move.key:
            assert all("123456" in text for text in live)
