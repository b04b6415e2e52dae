"""Storms: fixed seeds, fresh ones, and faults planted to see that the checkers name them.

A seed that fails is played again with ``python -m tests.simulation.storm --seeds 1 --from SEED
--tell``. Fresh seeds come from ``IVR_STORM_SEED`` (CI's run number, say) or else from the clock.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable

import pytest

import ivr.flow.machine
from ivr.calls.endings import Endings
from ivr.calls.kept import Kept
from ivr.calls.ladder import Ladders
from ivr.calls.parking import Parking
from ivr.calls.record import Record
from ivr.calls.speaker import Speaker
from ivr.calls.stream_ids import StreamIds, digest
from ivr.calls.switchboard import Switchboard
from ivr.flow.messages import Request, RequestAnswered
from ivr.server.world import LiveWorld
from tests.simulation.storm.checks import Kind, findings
from tests.simulation.storm.scene import play
from tests.virtual import pass_time

FIXED = range(300)
FRESH_COUNT = 200
FRESH_BEGIN = 1_000_000
"""No fixed seed is one of them."""
DRAWN = int(os.environ.get("IVR_STORM_SEED") or time.time()) % 1_000_000
FRESH = range(FRESH_BEGIN + DRAWN * 1_000, FRESH_BEGIN + DRAWN * 1_000 + FRESH_COUNT)
SEEDS_MAX = 30
"""A planted fault shows within so many storms."""


def check(seed: int) -> None:
    found = findings(play(seed))
    again = f"python -m tests.simulation.storm --seeds 1 --from {seed} --tell"
    assert not found, "\n".join([again, *map(str, found)])


@pytest.mark.parametrize("seed", FIXED)
def test_nothing_goes_wrong_in_a_storm(seed: int) -> None:
    check(seed)


@pytest.mark.parametrize("seed", FRESH)
def test_nothing_goes_wrong_in_a_storm_nobody_has_seen(seed: int) -> None:
    check(seed)


def test_the_same_seed_is_the_same_storm() -> None:
    one, other = play(3), play(3)
    assert [seen.decisions for seen in one.calls] == [seen.decisions for seen in other.calls]
    assert one.effects == other.effects
    assert [entries for _, entries in one.records] == [entries for _, entries in other.records]


# --------------------------------------------------------------------------- planted faults

Plant = Callable[[pytest.MonkeyPatch], None]


def lost_marks(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Speaker, "mark_echoed", lambda speaker, name: ())


def double_ends(patch: pytest.MonkeyPatch) -> None:
    add = Record.add

    def again(record: Record, what: str, **fields: object) -> float:
        record.ended = False
        return add(record, what, **fields)

    patch.setattr(Record, "add", again)


def lost_records(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("ivr.calls.archive.Archive.keep", lambda archive, record: None)


def shown_digits(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ivr.flow.machine, "secret_now", lambda state: False)


def stuck_tasks(patch: pytest.MonkeyPatch) -> None:
    rings = Switchboard.rings

    async def forgets(board: Switchboard, *asked: object) -> object:
        group = asyncio.TaskGroup()
        await group.__aenter__()
        group.create_task(asyncio.Event().wait())
        return await rings(board, *asked)  # type: ignore[arg-type]

    patch.setattr(Switchboard, "rings", forgets)


def double_effects(patch: pytest.MonkeyPatch) -> None:
    ask = LiveWorld.ask

    async def twice(world: LiveWorld, call: str, request: Request) -> RequestAnswered:
        await world._outside.ask(request)
        return await ask(world, call, request)

    patch.setattr(LiveWorld, "ask", twice)


def ids_that_work_twice(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(StreamIds, "claim", lambda ids, id: ids._issued.get(digest(id)))


def kept_calls(patch: pytest.MonkeyPatch) -> None:
    async def forgets(endings: Endings, kept: Kept) -> None:
        assert endings._archive is not None
        endings._archive.keep(kept.call.record)

    patch.setattr(Endings, "clean_up", forgets)


def slow_voices(patch: pytest.MonkeyPatch) -> None:
    speak: Callable[..., Awaitable[bool]] = Ladders.speak

    async def late(ladders: Ladders, *asked: object, **wishes: object) -> bool:
        await pass_time(2)
        return await speak(ladders, *asked, **wishes)

    patch.setattr(Ladders, "speak", late)


def broken_stores(patch: pytest.MonkeyPatch) -> None:
    def breaks(parking: Parking, kept: Kept) -> None:
        raise ValueError("planted")

    patch.setattr(Parking, "_packed", breaks)


PLANTED: dict[Plant, Kind] = {
    lost_marks: Kind.MARK,
    double_ends: Kind.RECORD,
    lost_records: Kind.RECORD,
    shown_digits: Kind.LEAK,
    stuck_tasks: Kind.LEFT,
    double_effects: Kind.EFFECT,
    ids_that_work_twice: Kind.STREAMS,
    kept_calls: Kind.HELD,
    slow_voices: Kind.SILENCE,
    broken_stores: Kind.FAULT,
}


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: str(plant.__name__))
def test_a_planted_fault_is_found_and_named(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    storms = ({finding.kind for finding in findings(play(seed))} for seed in range(SEEDS_MAX))
    assert any(PLANTED[plant] in kinds for kinds in storms)
