"""One storm from its first call to the last record: ``play(seed)`` tells its story.

Two processes on one store; blows come as the weather has them, and who falls is started again. When
every caller is gone it waits until the house has settled, and looks into every corner.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime, timedelta

from ivr.calls.call import Call
from ivr.calls.link import Link
from ivr.calls.parking import CALL_SECONDS_MAX
from ivr.calls.summary import from_lines
from ivr.stores.base import Parked
from ivr.stores.sqlite import SqliteStore
from tests.simulation.shipped_line import MONDAY, SUNDAY
from tests.simulation.storm.checks import Story
from tests.simulation.storm.flows import mixed, shipped
from tests.simulation.storm.line import Line, StormLink, Stream
from tests.simulation.storm.process import Process
from tests.simulation.storm.weather import LATEST_SECONDS, PROCESSES, Blow, Weather, forecast
from tests.virtual import Deadlock, Endless, LeftBehind, pass_time, run

SETTLE_SECONDS = 400.0
"""Every timer of a call that is over has rung by then: its record is written, by whomever."""
LOOK_SECONDS = 10.0
TURNS_MAX = 600_000


def play(seed: int) -> Story:
    """One storm, the same one for the same seed."""
    story = Story(forecast(seed))
    with _overheard(story):
        try:
            run(_Scene(story).play(), turns_max=TURNS_MAX)
        except (LeftBehind, Deadlock, Endless) as error:
            story.left = f"{type(error).__name__}: {error}"
        except Exception as errors:
            story.faults.append(f"the storm itself broke: {_first(errors)!r}")
    return story


class _Scene:
    """Everybody who takes part."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.weather: Weather = story.weather
        self.flows = mixed() if self.weather.mixed else shipped()
        self.lines: dict[str, Line] = {}
        self._dice = self.weather.dice("carrier")
        self._begins = SUNDAY if self.weather.sunday else MONDAY
        self._talking: dict[str, list[tuple[Process, Link]]] = {}
        self._lives = [0] * PROCESSES
        self._everybody: list[Process] = []
        """Every process there was."""

    async def play(self) -> None:
        """From the first call to the last record."""
        self.processes: list[Process | None] = [None] * PROCESSES
        async with (
            SqliteStore(None, wall_clock=self._now) as self.store,
            asyncio.TaskGroup() as group,
        ):
            for place in range(PROCESSES):
                self._start(place, group)
            await pass_time(0)
            blows = group.create_task(self._blow(group))
            async with asyncio.TaskGroup() as calls:
                for number in range(self.weather.callers):
                    calls.create_task(self._call(number).ring())
                calls.create_task(self._look())
            await blows
            await self._settle()
            await self._read()
            for process in self.processes:
                if process is not None:
                    process.leave()

    def choose(self) -> Process | None:
        """One of the processes that answer, as a proxy before them would choose."""
        there = [process for process in self.processes if process is not None and process.answers]
        return self._dice.choice(there) if there else None

    # ----------------------------------------------------------------------- who takes part

    def _call(self, number: int) -> Line:
        called = self._dice.choice(sorted(self.flows.numbers))
        entry = self.flows.numbers[called]
        line = Line(number, self.weather, (called, entry.flow), self)
        self.story.calls.append(line.seen)
        self.lines[line.seen.sid] = line
        return line

    def _start(self, place: int, group: asyncio.TaskGroup) -> None:
        self._lives[place] += 1
        process = Process(
            f"process {place}, life {self._lives[place]}",
            self.flows,
            self.store,
            self.weather,
            wall_clock=self._now,
            skew=self.weather.skew[place],
            effects=self.story.effects,
            talks=self,
        )
        self.processes[place] = process
        self._everybody.append(process)
        group.create_task(process.run())

    async def _blow(self, group: asyncio.TaskGroup) -> None:
        """The blows, one after the other; somebody always answers."""
        for blow in self.weather.blows:
            await pass_time(max(0.0, blow.at - asyncio.get_running_loop().time()))
            await self._strike(blow, group)
        await pass_time(max(0.0, LATEST_SECONDS - asyncio.get_running_loop().time()))

    async def _strike(self, blow: Blow, group: asyncio.TaskGroup) -> None:
        process = self.processes[blow.process]
        assert process is not None, "it was started again before the next blow"
        if blow.kind == "jump":
            process.skew += blow.seconds
            return
        if blow.kind == "kill":
            await process.kill()
        else:
            process.leave()
        await pass_time(blow.seconds)
        self._start(blow.process, group)
        await pass_time(0)

    def _now(self) -> datetime:
        """What a clock says that is right."""
        return self._begins + timedelta(seconds=asyncio.get_running_loop().time())

    # ----------------------------------------------------------------------- who talks to whom

    def begins(self, process: Process, call: Call, link: Link) -> None:
        """A process talks to a caller."""
        assert isinstance(link, StormLink)
        talking = self._talking.setdefault(call.sid, [])
        for other, open_link in talking:
            assert isinstance(open_link, StormLink)
            if other.alive and not open_link.over.is_set():
                told = f"{call.sid}: {process.name} talks, and so does {other.name}"
                self.story.overlaps.append(told)
        talking.append((process, link))
        self.lines[call.sid].call = call
        stream = self._stream_of(call, link)
        stream.shift_ms = call.record.now_ms() - asyncio.get_running_loop().time() * 1000
        stream.first = len(call.record.entries)

    def ends(self, process: Process, call: Call, link: Link) -> None:
        """It does so no more."""
        self._talking[call.sid].remove((process, link))
        stream = self._stream_of(call, link)
        assert isinstance(link, StormLink)
        entries = call.record.entries[stream.first :]
        until_ms = link.ended_at * 1000 if link.over.is_set() else float("inf")
        stream.entries = [
            dict(entry)
            for entry in entries
            if float(str(entry["t"])) - stream.shift_ms <= until_ms + 1
        ]

    def _stream_of(self, call: Call, link: Link) -> Stream:
        streams = self.lines[call.sid].seen.streams
        return next(stream for stream in streams if stream.link is link)

    # ----------------------------------------------------------------------- looking

    async def _look(self) -> None:
        """Now and then at all the bytes of the store, while anybody is on the line."""
        while any(not seen.ended for seen in self.story.calls):
            await pass_time(LOOK_SECONDS)
            self._photograph()

    async def _settle(self) -> None:
        """Until every call is written down, and every timer has rung."""
        if await self._settled(SETTLE_SECONDS):
            return
        # Who died knew that a call was over, and nobody else was told: the last timer is for that.
        written = {summary.call for summary in await self.store.records.search()}
        for each in await self._parked():
            if each.call in written:
                self.story.held.append(f"the store: {each.call}, whose record is written")
        for process in self.processes:
            stale = written.intersection([] if process is None else process.board._calls)
            if process is not None and stale:
                self.story.held.append(f"{process.name}: {stale}, whose records are written")
        await pass_time(CALL_SECONDS_MAX)
        await self._settled(SETTLE_SECONDS)

    async def _settled(self, seconds: float) -> bool:
        begun = asyncio.get_running_loop().time()
        while asyncio.get_running_loop().time() - begun < seconds:
            await pass_time(LOOK_SECONDS)
            if any(process is not None and _held(process) for process in self.processes):
                continue
            records = len(await self.store.records.search())
            if records >= len(self.story.calls) and not await self._parked():
                return True
        return False

    async def _read(self) -> None:
        self._photograph()
        for summary in await self.store.records.search():
            entries, damaged = from_lines(await self.store.records.entries(summary.call) or b"")
            self.story.faults += [f"{summary.call}: a damaged record"] if damaged else []
            self.story.records.append((summary, entries))
        for process in self.processes:
            self.story.held += [] if process is None else _held(process)
        for process in self._everybody:
            self.story.faults += process.faults
            asked = [each for each in process.store.unwritten if len(each) == 3]
            self.story.unwritten |= {(str(each[1]), str(each[2])) for each in asked}
        self.story.held += [
            f"the store: {each.call}, {each.phase}" for each in await self._parked()
        ]

    async def _parked(self) -> list[Parked]:
        return await self.store.calls.overdue(datetime.max.replace(tzinfo=self._begins.tzinfo))

    def _photograph(self) -> None:
        connection = self.store.worker._connection
        assert connection is not None, "the store is open"
        self.story.bytes += connection.serialize()


def _held(process: Process) -> list[str]:
    """What a process still has though all calls are over."""
    board, studio = process.board, process.studio
    tables = {
        "calls": board.live,
        "stream ids": len(board._stream_ids),
        "calls to be parked": len(board._parking._waiting),
        "bereaved": len(board._others._bereaved),
        "calls on the stage": board.stage.calls,
        "records": process.archive.waiting,
        "sounds being made": len(studio._making),
        "links": len(process.links),
    }
    return [f"{process.name}: {number} {name}" for name, number in tables.items() if number]


@contextmanager
def _overheard(story: Story) -> Generator[None, None, None]:
    """Whatever is logged meanwhile belongs to the story, and to nobody else."""

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            story.log.append(record.getMessage())
            if record.exc_info and record.exc_info[1] is not None:
                story.log.append(repr(record.exc_info[1]))
                story.faults.append(f"{record.getMessage()}: {record.exc_info[1]!r}")

    house, listening = logging.getLogger("ivr"), Listening()
    before = house.level, house.propagate
    house.addHandler(listening)
    house.setLevel(logging.INFO)
    house.propagate = False
    try:
        yield
    finally:
        house.removeHandler(listening)
        house.setLevel(before[0])
        house.propagate = before[1]


def _first(errors: BaseException) -> BaseException:
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
