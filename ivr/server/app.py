"""The composition root: settings, flows and audio in, a Starlette application out.

Here, and only here, everything is put together. The lifespan opens the voices before the first
request and closes them after the last; every task of the process that outlives a call belongs to
its task group. Called by ``ivr serve``, ``ivr call`` and the tests; ``server/run`` runs the result.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from starlette.applications import Starlette

from ivr.calls.kept import Limits
from ivr.calls.record import Watch
from ivr.calls.studio import Studio
from ivr.calls.switchboard import Switchboard
from ivr.flow.model import FlowSet
from ivr.server import health
from ivr.server.gate import Gate
from ivr.server.house import House
from ivr.server.link import LinkLimits
from ivr.server.twilio import TwilioDoor
from ivr.settings import Settings

RECORDS_FOLDER: Final = "calls"
"""Within the store."""


def _utc() -> datetime:
    return datetime.now(UTC)


def create_app(
    settings: Settings,
    loaded: FlowSet,
    *,
    assets: Mapping[str, bytes],
    watch: Watch | None = None,
    wall_clock: Callable[[], datetime] = _utc,
    limits: Limits | None = None,
    link_limits: LinkLimits | None = None,
) -> Starlette:
    """Put a server together; nothing is opened before its lifespan begins.

    ``assets`` are the audio files of the flow folder by their path. ``watch`` is told of every
    entry of every record at once. Raises :class:`~ivr.errors.SettingsError` for voices that cannot
    be had.
    """
    studio = Studio.build(loaded, assets)
    switchboard = Switchboard(
        loaded,
        studio,
        records=Path(settings.store) / RECORDS_FOLDER,
        wall_clock=wall_clock,
        watch=watch,
        limits=limits,
    )
    house = House(switchboard)
    door = TwilioDoor(Gate(settings), switchboard, link_limits=link_limits)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None, None]:
        await studio.open()
        try:
            studio.warm(loaded.fixed_words())
            # What lives as long as the process is not looked at again by each collection, which
            # would stop every call for its time.
            gc.collect()
            gc.freeze()
            async with asyncio.TaskGroup() as group:
                sweeping = group.create_task(switchboard.sweep_for_ever(), name="sweep")
                try:
                    yield
                finally:
                    sweeping.cancel()
                    await switchboard.aclose()
        finally:
            await studio.aclose()

    app = Starlette(routes=[*door.routes(), health.route(house)], lifespan=lifespan)
    # Twilio follows redirects with a GET and loses the form.
    app.router.redirect_slashes = False
    app.state.house = house
    return app
