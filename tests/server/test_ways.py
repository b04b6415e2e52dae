"""Every way to leave a stream and everything that can become of it: each rung twice.

Once on virtual time and, where it does not take long, once over real sockets. The simulated
telephone finds no fault, the caller hears the right words to their end and is still known by name,
and there is one record.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.applications import Starlette

from ivr.calls.record import Entry
from ivr.calls.studio import Studio
from ivr.calls.summary import from_lines
from ivr.calls.switchboard import Switchboard
from ivr.flow.load import load
from ivr.flow.model import FlowSet
from ivr.phone.answers import parse_answers
from ivr.phone.events import CallEnded, Dialled, EndedBy, Event, Queued
from ivr.phone.network import Internet, Network
from ivr.phone.recording import Recording
from ivr.phone.telephone import Line as Rung
from ivr.phone.telephone import Telephone
from ivr.server.gate import Gate
from ivr.server.twilio import TwilioDoor
from ivr.settings import Settings
from ivr.stores import open_store
from tests.server.line import PUBLIC, TOKEN, serving
from tests.server.ways import FLOWS, ONE, WAYS, Way, check, number_of
from tests.server.wired import Wire
from tests.virtual import run


def flows() -> FlowSet:
    loaded = load(FLOWS, checked=False)
    assert loaded.flows is not None, loaded.problems
    return loaded.flows


SET = flows()


HANG_UPS: list[tuple[Way, type[Event]]] = [
    (Way("number", f"{ONE}: answered 20s", ()), Dialled),
    (Way("hunt", f"{ONE}: no_answer", ()), Dialled),
    (Way("screened", f"{ONE}: machine 20s", ()), Dialled),
    (Way("queue", "queue agents: too_long", ()), Queued),
]
"""The caller hangs up as soon as this happens."""


def telephone(network: Network, way: Way, until: type[Event] | None = None) -> Telephone:
    """Somebody who calls, and hangs up as soon as ``until`` happens."""

    def listener(event: Event) -> None:
        if until is not None and isinstance(event, until):
            asyncio.get_running_loop().call_soon(phone.hang_up)

    rung = Rung(PUBLIC + "/twilio/voice", number_of(way.leg), status_url=PUBLIC + "/twilio/status")
    answers = parse_answers(way.answers).answer
    phone = Telephone(network, rung, caller=way.caller, answers=answers, listener=listener)
    return phone


def gave_up(record: list[Entry]) -> None:
    """What the record of a caller who hung up has to say."""
    assert record[-1]["what"] == "end"
    ends = [entry["outcome"] for entry in record if entry["what"] == "end"]
    assert ends == ["caller_hung_up"]


def ring(way: Way, *, until: type[Event] | None = None) -> tuple[Recording, list[Entry]]:
    """Ring on virtual time."""

    async def call() -> tuple[Recording, list[Entry]]:
        record: list[Entry] = []
        studio = Studio.build(SET, {})
        await studio.open()
        board = Switchboard(
            SET,
            studio,
            archive=None,
            wall_clock=lambda: datetime(2026, 11, 23, 10, 15, tzinfo=UTC),
            watch=record.append,
        )
        gate = Gate(Settings(public_url=PUBLIC, twilio_tokens=(TOKEN,)))
        app = Starlette(routes=TwilioDoor(gate, board).routes())

        try:
            async with asyncio.TaskGroup() as streams:
                recording = await telephone(Wire(app, PUBLIC, streams), way, until).call()
        finally:
            await studio.aclose()
        assert board.live == 0
        return recording, record

    return run(call())


@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way.leg} {way.answers}")
def test_the_caller_comes_back_and_hears_what_became_of_it(way: Way) -> None:
    recording, record = ring(way)
    assert recording.faults == []
    check(way, record)


@pytest.mark.parametrize(("way", "until"), HANG_UPS, ids=[way.leg for way, _ in HANG_UPS])
def test_who_hangs_up_while_they_are_away_has_one_record_that_says_so(
    way: Way, until: type[Event]
) -> None:
    recording, record = ring(way, until=until)
    assert recording.faults == []
    gave_up(record)


def test_all_of_them_at_once_over_real_sockets(tmp_path: Path) -> None:
    ways: list[tuple[Way, type[Event] | None]] = [(way, None) for way in WAYS if not way.slow]

    async def rung(way: Way, until: type[Event] | None, line: str) -> tuple[str, Recording]:
        async with Internet(TOKEN, route={PUBLIC: line}) as network:
            phone = telephone(network, way, until)
            async with asyncio.timeout(30):
                return phone.call_sid, await phone.call()

    async def everybody(line: str) -> list[tuple[str, Recording]]:
        return await asyncio.gather(*(rung(*way, line) for way in [*ways, *HANG_UPS]))

    async def records(sids: list[str]) -> list[list[Entry]]:
        async with open_store(str(tmp_path)) as store:
            return [from_lines(await store.records.entries(sid) or b"")[0] for sid in sids]

    with serving(tmp_path, flows=FLOWS) as line:
        calls = asyncio.run(everybody(line.base))
    written = asyncio.run(records([sid for sid, _ in calls]))
    told = zip([*ways, *HANG_UPS], calls, written, strict=True)
    for (way, until), (_, recording), record in told:
        assert recording.faults == [], way
        assert isinstance(recording.ended, CallEnded)
        if until is None:
            assert recording.ended.by is EndedBy.LINE
            check(way, record)
        else:
            gave_up(record)
