"""The composition root: what is opened, closed, told and refused."""

from __future__ import annotations

import asyncio
import gc
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.applications import Starlette

from ivr.calls.kept import Limits
from ivr.calls.record import Entry
from ivr.calls.summary import from_lines
from ivr.carriers.webhook import Ringing
from ivr.errors import SettingsError
from ivr.flow.load import load
from ivr.flow.model import FlowSet
from ivr.server.app import create_app
from ivr.settings import Settings
from tests.server.line import FLOWS, NUMBER
from tests.stores.kept import parked_in

RINGING = Ringing("CA1", "AC1", "+15559990000", NUMBER, False)


def flow_set(**files: str) -> FlowSet:
    loaded = load(FLOWS | {f"{name}.yaml": text for name, text in files.items()})
    assert loaded.flows is not None, loaded.problems
    return loaded.flows


def app(store: Path, told: list[Entry] | None = None, **limits: float) -> Starlette:
    return create_app(
        Settings(store=str(store), unsigned=True),
        flow_set(),
        assets={},
        watch=None if told is None else told.append,
        wall_clock=lambda: datetime(2026, 11, 22, 10, 15, tzinfo=UTC),
        limits=Limits(**limits),  # type: ignore[arg-type]
    )


def test_whoever_is_on_the_line_when_the_process_ends_is_parked_for_the_next_one(
    tmp_path: Path,
) -> None:
    told: list[Entry] = []
    served = app(tmp_path, told)

    async def story() -> None:
        async with served.router.lifespan_context(served):
            served.state.house.switchboard.ring(RINGING)

    asyncio.run(story())
    assert [entry["what"] for entry in told] == ["webhook"]
    assert told[0]["started_at"] == "2026-11-22T10:15:00+00:00"
    (parked,) = parked_in(tmp_path)
    assert (parked.call, from_lines(parked.entries)) == ("CA1", (told, []))


def test_calls_that_never_come_back_are_swept_away_meanwhile(tmp_path: Path) -> None:
    ended = asyncio.Event()
    told: list[Entry] = []
    served = app(tmp_path, told, claim_s=0.1, sweep_s=0.1)

    async def story() -> None:
        async with served.router.lifespan_context(served):
            board = served.state.house.switchboard
            board._watch = lambda entry: ended.set() if entry["what"] == "end" else None
            board.ring(RINGING)
            async with asyncio.timeout(10):
                await ended.wait()

    asyncio.run(story())


def test_what_lives_as_long_as_the_process_is_not_collected_again_and_again(
    tmp_path: Path,
) -> None:
    gc.unfreeze()
    served = app(tmp_path)

    async def story() -> None:
        async with served.router.lifespan_context(served):
            assert gc.get_freeze_count() > 0

    asyncio.run(story())
    gc.unfreeze()


def test_a_file_that_cannot_be_played_is_refused_before_anything_is_opened(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"audio/a\.wav"):
        create_app(
            Settings(store=str(tmp_path), unsigned=True),
            flow_set(),
            assets={"audio/a.wav": b"no sound"},
        )


def test_a_voice_that_does_not_open_ends_the_start_with_its_own_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = app(tmp_path)

    async def cannot(self: object) -> None:
        raise SettingsError("the voice has no key")

    monkeypatch.setattr("ivr.voices.tone.Tone.open", cannot)

    async def story() -> None:
        async with served.router.lifespan_context(served):
            raise AssertionError("it must not start")

    with pytest.raises(SettingsError, match="no key"):
        asyncio.run(story())
