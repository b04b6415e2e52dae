"""The composition root: settings, flows and audio in, a Starlette application out.

Here, and only here, everything is put together. What belongs to one flow set is ``sets``', which
puts another in its place when the folder is saved; what is here outlives them all. The lifespan
opens the voices before the first request and closes them after the last; every task of the process
that outlives a call belongs to its task group. Called by ``ivr serve``, ``ivr dev``, ``ivr call``
and the tests; ``server/run`` runs the result.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from starlette.applications import Starlette

from ivr.calls.archive import Archive
from ivr.calls.errands import World
from ivr.calls.kept import Limits
from ivr.calls.record import Watch
from ivr.calls.switchboard import Switchboard
from ivr.calls.voicemail import Voicemail
from ivr.flow.model import FlowSet
from ivr.outside.functions import Registry
from ivr.outside.http import HttpDesk
from ivr.outside.world import Outside
from ivr.server import health, tidy
from ivr.server.account import LineAccount
from ivr.server.editions import Edition
from ivr.server.gate import Gate
from ivr.server.house import House
from ivr.server.lasting import Around, Behind, going_on
from ivr.server.ledger import Ledger
from ivr.server.link import LinkLimits
from ivr.server.mailroom import Mailroom
from ivr.server.notices import Notices
from ivr.server.recordings import Recordings
from ivr.server.reload import Reloader, Reloading
from ivr.server.sets import Composed, Sets
from ivr.server.studio.door import StudioDoor, StudioWishes
from ivr.server.studio.trials import Trials
from ivr.server.twilio import TwilioDoor, only_the_carrier
from ivr.server.world import LiveWorld
from ivr.settings import Settings
from ivr.stores import open_store
from ivr.stores.messages import Messages


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
    world: World | Callable[[FlowSet], World] | None = None,
    reloading: Reloading | None = None,
    studio: StudioWishes | None = None,
) -> Starlette:
    """Put a server together; nothing is opened before its lifespan begins.

    ``assets`` are the audio files of the flow folder by their path. ``watch`` is told of every
    entry of every record at once. ``functions`` are those ``do`` may call; ``world`` stands in for
    everything flows ask for, in simulated calls, or says who does for a flow set. With
    ``reloading`` a folder that is saved is read again; with ``studio`` there is one. Raises
    :class:`~ivr.errors.SettingsError` for voices that cannot be had.
    """

    def world_of(edition: Edition) -> Composed:
        """What a set asks the world with; what outlives sets is made outside of it."""
        if world is not None:
            stand_in = world(edition.flows) if callable(world) else world
            return stand_in, contextlib.nullcontext()
        flows = edition.flows
        desk = HttpDesk(flows.allowed_hosts, settings.environment, settings.secrets.get)
        outside = Outside(desk, edition.functions)
        events = mailroom.events_of(flows)
        return LiveWorld(outside, voicemail, events, account, ledger), outside

    store = open_store(settings.store)
    archive = Archive(store, keep_days=settings.keep_records_days, folder=settings.folder)
    account = LineAccount(
        settings, store, lambda parcel: mailroom.post.put(parcel), wall_clock=wall_clock
    )
    ledger = Ledger(store.outbox)
    mailroom = Mailroom(
        settings,
        store,
        wall_clock=wall_clock,
        senders=account.senders,
        folder=settings.folder,
    )
    messages = Messages(settings.messages_folder)
    notices = Notices(
        messages,
        lambda: switchboard.flows,
        lambda flows, *event: mailroom.events_of(flows).tell(*event),
        None if settings.smtp_url is None else mailroom.post.put,
    )
    voicemail = Voicemail(messages, lambda: switchboard.flows.mailboxes, kept=notices)
    first = Edition(loaded, assets, functions or Registry())
    sets = Sets(settings, first, world_of=world_of, wall_clock=wall_clock)
    stage = sets.now.stage
    switchboard = Switchboard(
        stage.flows,
        stage.studio,
        archive=archive,
        wall_clock=wall_clock,
        watch=watch,
        limits=limits,
        talk=stage.talk,
        world=stage.world,
        # A call that only plays at being one ends with its process.
        store=store if world is None else None,
    )
    sets.serve(switchboard)
    house = House(switchboard, sets, archive, mailroom.post)
    workshop = (
        None if studio is None else StudioDoor(studio, house, Trials(switchboard, wall_clock))
    )
    door = TwilioDoor(
        Gate(settings),
        switchboard,
        link_limits=link_limits,
        admits=only_the_carrier if workshop is None else workshop.admits_stream,
    )
    around: dict[str, Around] = {
        "sweep": switchboard.sweep_for_ever,
        "tidy": tidy.collect_for_ever,
    }
    if world is None:
        around["messages"] = voicemail.tidy_for_ever
    rehearsals = None if workshop is None else workshop.rehearsals
    if rehearsals is not None:
        around["flow tests"] = rehearsals.run_for_ever
    if reloading is not None:
        saved = None if rehearsals is None else rehearsals.again
        around["reload"] = Reloader(reloading, sets, saved).run_for_ever
    behind: dict[str, Behind] = {
        "records": archive,
        "recordings of calls": account.tapes,
        "ledger": ledger,
        "post": mailroom.post,
    }

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None, None]:
        async with store, account, mailroom:
            await sets.open()
            try:
                with tidy.collecting_rarely():
                    async with going_on(around, behind, switchboard.aclose):
                        yield
            finally:
                await sets.aclose()

    told = Recordings(account.tapes).routes(door.webhook)
    routes = [*door.routes(), *told, health.route(house), *(workshop.routes() if workshop else ())]
    app = Starlette(routes=routes, lifespan=lifespan)
    # Twilio follows redirects with a GET and loses the form.
    app.router.redirect_slashes = False
    app.state.house = house
    return app
