"""The flow sets of a process: exchanged whole, and nothing of an old one is left."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from starlette.applications import Starlette

from ivr.carriers.webhook import Returned, Ringing
from ivr.errors import SettingsError
from ivr.flow.load import load
from ivr.server.app import create_app
from ivr.server.editions import Edition
from ivr.server.sets import Sets
from ivr.settings import Settings
from tests.server.line import BOUND_S, FLOWS, NUMBER


def edition(goodbye: str, settings: str = FLOWS["settings.yaml"]) -> Edition:
    main = FLOWS["main.yaml"].replace("Goodbye.", goodbye)
    loaded = load(FLOWS | {"main.yaml": main, "settings.yaml": settings})
    assert loaded.flows is not None, loaded.problems
    return Edition(loaded.flows)


def served(tmp_path: Path, story: Callable[[Starlette, Sets], Awaitable[None]]) -> None:
    app = create_app(Settings(store=str(tmp_path), unsigned=True), edition("One.").flows, assets={})

    async def live() -> None:
        async with asyncio.timeout(BOUND_S), app.router.lifespan_context(app):
            await story(app, app.state.house.sets)
        assert app.state.house.sets.alive == 0

    asyncio.run(live())


def test_old_sets_are_closed_when_their_last_call_ends_and_nothing_is_left(tmp_path: Path) -> None:
    async def story(app: Starlette, sets: Sets) -> None:
        board, closing = app.state.house.switchboard, asyncio.Event()
        sets.listen(closing.set)
        for number in range(2, 5):
            await sets.exchange(edition(f"Set {number}."))
            board.ring(Ringing(f"CA{number}", "AC1", None, NUMBER, False))
        studios = [weakref.ref(board._calls[f"CA{number}"].stage.studio) for number in (2, 3)]
        assert (sets.now.number, sets.alive) == (4, 3), "the first had no call"
        for number in (2, 3):
            await board.status(Returned(f"CA{number}", "AC1", over=True, leg=None))
        while sets.alive > 1:
            await closing.wait()
            closing.clear()
        gc.collect()
        assert [studio() for studio in studios] == [None, None]
        assert board.stage is sets.now.stage

    served(tmp_path, story)


def test_a_set_whose_voice_does_not_open_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cannot(self: object) -> None:
        raise SettingsError("the voice has no key")

    async def story(app: Starlette, sets: Sets) -> None:
        before = sets.now
        monkeypatch.setattr("ivr.voices.tone.Tone.open", cannot)
        with pytest.raises(SettingsError, match="no key"):
            await sets.exchange(edition("Two.", "voices:\n  beeps: {provider: tone, delay_ms: 3}"))
        assert (sets.now, sets.alive) == (before, 1)
        await sets.exchange(edition("Two."))  # the voice it has is open
        assert sets.now.number == 3

    served(tmp_path, story)
