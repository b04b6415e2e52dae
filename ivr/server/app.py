"""The composition root: settings, flows and audio in, a Starlette application out.

Here, and only here, everything is put together. The lifespan opens the voices before the first
request and closes them after the last; every task of the process that outlives a call belongs to
its task group. Called by ``ivr serve``, ``ivr call`` and the tests; ``server/run`` runs the result.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from starlette.applications import Starlette

from ivr.calls.errands import World
from ivr.calls.kept import Limits
from ivr.calls.record import Watch
from ivr.calls.session import converse
from ivr.calls.studio import Studio
from ivr.calls.switchboard import Switchboard
from ivr.errors import SettingsError
from ivr.flow import speech
from ivr.flow.ahead import next_steps, worth_asking
from ivr.flow.model import FlowSet
from ivr.flow.sayable import opening, sayable
from ivr.outside.functions import Registry
from ivr.outside.http import HttpDesk
from ivr.outside.world import Outside
from ivr.prompts.shelf import Shelf
from ivr.prompts.shelving import Shelving
from ivr.prompts.takes import TAKES_BYTES_MAX, Takes
from ivr.prompts.wanted import Role, heard, wanted
from ivr.server import health, tidy
from ivr.server.gate import Gate
from ivr.server.house import House
from ivr.server.link import LinkLimits
from ivr.server.twilio import TwilioDoor
from ivr.settings import Settings
from ivr.voices.access import Access

RECORDS_FOLDER: Final = "calls"
"""Within the store."""


OPENING_SECONDS_MAX: Final = 5
"""For making the first words of the flows; start-up waits no longer for them."""

log = logging.getLogger(__name__)


def _access(settings: Settings, flows: FlowSet) -> Access:
    """What the vendors let us in with; a production line refuses to start without it."""
    access = Access(settings.elevenlabs_key, settings.elevenlabs_url)
    if settings.environment == "production" and access.elevenlabs_key is None:
        keyless = [v.name for v in flows.voices.values() if v.provider == "elevenlabs"]
        if keyless:
            raise SettingsError(
                f"ELEVENLABS_API_KEY is not set, and the voice {keyless[0]} needs it: make a key "
                "at elevenlabs.io → Developers → API keys (only IVR_ENV=dev does without)"
            )
    return access


async def _restore(takes: Takes, shelf: Shelf, flows: FlowSet, access: Access) -> None:
    """Take in from disk what callers will hear, and what steps in for it, as far as it fits."""
    keys = [each.key for each in heard(flows, access)]
    keys += [each.key for each in wanted(flows, access) if each.role is Role.FALLBACK]
    found, damages = await asyncio.to_thread(shelf.read, dict.fromkeys(keys), TAKES_BYTES_MAX)
    for take in found:
        takes.restore(take.key, take.audio)
    for damage in damages:
        log.warning("take %s is damaged and not used: %s", damage.path.name, damage.reason)


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
    functions: Registry | None = None,
    world: World | None = None,
) -> Starlette:
    """Put a server together; nothing is opened before its lifespan begins.

    ``assets`` are the audio files of the flow folder by their path. ``watch`` is told of every
    entry of every record at once. ``functions`` are those ``do`` may call; ``world`` stands in for
    everything flows ask for, in simulated calls. Raises :class:`~ivr.errors.SettingsError` for
    voices that cannot be had.
    """
    access = _access(settings, loaded)
    shelf = Shelf(settings.takes_folder)
    shelving = Shelving(shelf, wanted(loaded, access))
    takes = Takes(on_keep=shelving.keep)
    studio = Studio.build(loaded, assets, takes=takes, access=access)
    outside = Outside(
        HttpDesk(loaded.allowed_hosts, settings.environment, settings.secrets.get),
        functions or Registry(),
    )
    performer: World = outside if world is None else world
    switchboard = Switchboard(
        loaded,
        studio,
        records=Path(settings.store) / RECORDS_FOLDER,
        wall_clock=wall_clock,
        watch=watch,
        limits=limits,
        talk=partial(converse, ahead=next_steps if worth_asking(loaded) else None, world=performer),
        world=performer,
    )
    house = House(switchboard)
    door = TwilioDoor(Gate(settings), switchboard, link_limits=link_limits)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None, None]:
        opened = contextlib.AsyncExitStack()
        await studio.open()
        try:
            await opened.enter_async_context(outside)
            await _restore(takes, shelf, loaded, access)
            # Slow tables and the first words of every flow are ready before the first call rings.
            speech.prepare({lang.code for flow in loaded.flows.values() for lang in flow.languages})
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(OPENING_SECONDS_MAX):
                    await studio.make(opening(loaded))
            studio.warm(each.words for each in sayable(loaded))
            with tidy.collecting_rarely():
                async with asyncio.TaskGroup() as group:
                    lasting = (
                        group.create_task(switchboard.sweep_for_ever(), name="sweep"),
                        group.create_task(tidy.collect_for_ever(), name="tidy"),
                    )
                    try:
                        yield
                    finally:
                        for task in lasting:
                            task.cancel()
                        await switchboard.aclose()
        finally:
            await opened.aclose()
            await studio.aclose()
            await asyncio.to_thread(shelving.close)

    app = Starlette(routes=[*door.routes(), health.route(house)], lifespan=lifespan)
    # Twilio follows redirects with a GET and loses the form.
    app.router.redirect_slashes = False
    app.state.house = house
    return app
