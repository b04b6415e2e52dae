"""Many phones against a real server of ours, a few calls for a moment; and the clock they share."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from pathlib import Path

import pytest

from ivr.flow.load import load
from ivr.phone.load import VALUE_DIGITS, Load, Measured, Move, Turns, ring
from ivr.phone.load_call import LoadCall
from ivr.server.app import create_app
from ivr.server.run import Server
from ivr.server.twilio import VOICE_PATH
from ivr.settings import Settings

FLOW = """
title: Small
voice: beeps
steps:
  main:
    say: Press one, or press two if you want to.
    menu: {1: other, 2: number}
  other:
    say: This is another text, and one goes back.
    menu: {1: main}
  number:
    say: Your number.
    ask: pin
    digits: 6
    goto: main
"""


@pytest.fixture(scope="module")
def voice_url(tmp_path_factory: pytest.TempPathFactory) -> Generator[str, None, None]:
    files = {"main.yaml": FLOW, "settings.yaml": "voices:\n  beeps: {provider: tone}\n"}
    loaded = load(files)
    assert loaded.flows is not None, loaded.problems
    store: Path = tmp_path_factory.mktemp("store")
    server = Server(create_app(Settings(unsigned=True, store=str(store)), loaded.flows, assets={}))
    port = server.start()
    yield f"http://127.0.0.1:{port}{VOICE_PATH}"
    server.stop()


def load_of(
    url: str, *moves: Move, calls: int = 3, kept: int = 0, call_s: float = 0.4, s: float = 1.2
) -> Load:
    return Load(
        voice_url=url,
        token="token",
        number="+13125550100",
        calls=calls,
        moves=moves,
        warm_s=0.1,
        measure_s=s,
        call_s=(call_s, call_s),
        kept=kept,
    )


def test_calls_begin_again_and_their_keys_are_answered(voice_url: str) -> None:
    phases: list[str] = []
    load = load_of(voice_url, Move((20.0, 60.0), "1"), kept=1)
    measured = asyncio.run(ring(load, phases.append))
    assert phases == ["begin", "end"]
    assert not measured.faults
    assert measured.calls > 3
    assert measured.keys
    assert measured.starts
    for answer in (*measured.keys, *measured.starts):
        assert answer.first_frame_ms is not None
        assert answer.audible_ms is not None
        assert measured.began_ms <= answer.asked_ms <= answer.first_frame_ms <= answer.audible_ms
    assert measured.tracks
    assert all(piece.audio for track in measured.tracks for piece in track)
    assert 0 < measured.call_ms <= 3 * (measured.ended_ms - measured.began_ms) + 1
    assert measured.began_ms < measured.ended_ms
    assert measured.late_ms


def test_a_number_is_entered_digit_by_digit_and_no_two_are_the_same(voice_url: str) -> None:
    moves = (Move((10.0, 20.0), "2", counted=False), Move((10.0, 20.0)))
    measured = asyncio.run(ring(load_of(voice_url, *moves, call_s=10, s=2.5)))
    values = [answer.value for answer in measured.keys]
    assert values
    assert len(set(values)) == len(values)
    assert all(len(value) == VALUE_DIGITS and value.isdigit() for value in values)
    assert all(answer.first_frame_ms is not None for answer in measured.keys)


def test_a_line_that_answers_nothing_is_a_fault_and_no_crash() -> None:
    measured: Measured = asyncio.run(
        ring(load_of("http://127.0.0.1:9/twilio/voice", Move((0.0, 0.0), "1"), calls=1))
    )
    assert measured.calls == 0
    assert sum(measured.faults.values()) >= 1


def test_every_phone_speaks_once_in_twenty_milliseconds_at_its_own_place() -> None:
    async def work() -> None:
        sent: dict[str, int] = {"a": 0, "b": 0}
        enough = asyncio.Event()

        def phone(name: str) -> LoadCall:
            def send(message: bytes) -> None:
                sent[name] += 1
                if min(sent.values()) >= 3:
                    enough.set()

            return LoadCall("AC1", "CA1", "MZ1", send)

        turns, first, second = Turns(), phone("a"), phone("b")
        turns.join(first, 0)
        turns.join(second, 27)
        turns.run()
        async with asyncio.timeout(5):
            await enough.wait()
        assert abs(sent["a"] - sent["b"]) <= 1
        turns.leave(first)
        turns.leave(phone("a"))
        turns.stop()
        assert turns.late_ms
        assert min(turns.late_ms) >= 0

    asyncio.run(work())
