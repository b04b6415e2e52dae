"""The carrier's side of one call, and its caller: webhooks, streams, times away, and bad manners.

It obeys what it is told as Twilio does, and asks again where nobody answered: whichever process
lives. Its caller presses what comes to mind, has so much patience, and hangs up at last.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from ivr.calls.call import Call
from ivr.calls.kept import Apologise, Busy, Claim, Connect, Decision, Dial, Enqueue, Over, Perform
from ivr.calls.switchboard import Switchboard
from ivr.carriers.webhook import Leg, Returned, Ringing
from ivr.flow.machine import secret_now
from ivr.flow.steps.ask import Ask
from tests.simulation.carrier import ACCOUNT, Carrier
from tests.simulation.storm.process import Down, Process
from tests.simulation.storm.weather import Weather
from tests.virtual import pass_time

DECISIONS_MAX = 60
SECRET_DIGITS = 10
AGAIN_SECONDS = 0.25
"""Between two tries to reach anybody."""
REPLAY_SECONDS = 0.2
"""From the beginning of a stream until its id is tried once more."""
FEW = 4
"""Digits that are never too many."""
SHORTEST = 1e-6
"""Seconds; the virtual clock has whole nanoseconds."""
SIDS = "ghjkmnpqrtuvwxyz"
"""No digits in an id: what looks like a secret is one."""

T = TypeVar("T")


class StormLink(Carrier):
    """One stream, which may be half-open: cut, and its server hears nothing of that."""

    def __init__(self, *, delay: float, stream: str, half_open: bool) -> None:
        super().__init__(delay=delay, stream=stream)
        self.over = asyncio.Event()
        """The carrier knows that it is over."""
        self.stalls: list[tuple[float, float]] = []
        self.ended_at = 0.0
        self._half_open = half_open

    def cut(self) -> None:
        """Over, for the carrier at least."""
        if not self.over.is_set():
            self.ended_at = self._now()
            self.over.set()
        super().cut()

    def stall(self, seconds: float) -> None:
        """Take nothing for so long, and remember when."""
        self.stalls.append((self._now(), self._now() + seconds))
        super().stall(seconds)

    @property
    def stalled(self) -> bool:
        """Whether it takes nothing just now, so that its server may be behind."""
        return any(start <= self._now() < end + 1 for start, end in self.stalls)

    def break_off(self) -> None:
        """The line is gone; a server behind a half-open one only finds out by itself."""
        if self._half_open:
            self.ended_at, self.closed = self._now(), True
            self._forget_marks()
            self.over.set()
        else:
            self.cut()

    def say(self, text: str) -> bool:
        """As ever; what is sent into a half-open line is gone."""
        return (self._half_open and self.over.is_set()) or super().say(text)

    def spans(self) -> list[tuple[float, float]]:
        """From when to when there was any sound, in seconds; a piece with any is one."""
        found = []
        for piece in self._played:
            begin = len(piece.audio) - len(piece.audio.lstrip(b"\xff"))
            end = len(piece.audio.rstrip(b"\xff"))
            if begin < end:
                found.append((piece.start + begin / 8000, piece.start + end / 8000))
        return found


@dataclass(slots=True)
class Stream:
    """What was seen of one stream."""

    link: StormLink
    process: str
    entries: list[dict[str, object]] = field(default_factory=list)
    """What the record says of it."""
    shift_ms: float = 0.0
    """From the loop's time to the record's."""
    first: int = 0
    """Entries of the record that were there before."""


@dataclass(slots=True)
class Seen:
    """What was seen of one call."""

    sid: str
    called: str
    flow: str
    secret: str
    """The number its caller enters where nobody may see it."""
    streams: list[Stream] = field(default_factory=list)
    decisions: list[str] = field(default_factory=list)
    hung_up: bool = False
    told: str = ""
    """What the carrier was told last."""
    ended: bool = False
    replayed: int = 0
    """Stream ids that worked twice."""
    misled: bool = False
    """A stream of it was cut, refused, or nobody answered."""


class House(Protocol):
    """Whom the carrier reaches."""

    def choose(self) -> Process | None:
        """One of those that answer."""
        ...


class Line:
    """One call."""

    def __init__(self, number: int, weather: Weather, flow: tuple[str, str], house: House) -> None:
        """``flow`` is its number and its name."""
        self.dice = dice = weather.dice(f"caller {number}")
        self.weather = weather
        self.house = house
        sid = "CA" + "".join(dice.choices(SIDS, k=12))
        secret = "".join(dice.choices("0123456789", k=SECRET_DIGITS))
        self.seen = Seen(sid, flow[0], flow[1], secret)
        self.link: StormLink | None = None
        self.call: Call | None = None
        """As the process has it that talks to it now."""
        self.patience = dice.choice([3, 10, 25, 50, 90]) * dice.uniform(0.5, 1.2)
        self._delay = dice.choice([0.0, 0.0, 0.02, 0.08])
        self._hangs_up_at = 0.0
        self._numbers = itertools.count(1)
        self._asked: list[Callable[[Switchboard], Awaitable[object]]] = []
        """Every webhook so far."""

    # ----------------------------------------------------------------------- the carrier

    async def ring(self) -> None:
        """The call from its first webhook to the last."""
        seen, dice = self.seen, self.dice
        await pass_time(dice.uniform(0.0, 30.0))
        self._hangs_up_at = round(_now() + self.patience, 6)
        ringing = Ringing(seen.sid, ACCOUNT, "+15550123", seen.called, over=False)
        decision: Decision = await self._webhook(lambda board: board.rings(ringing))
        for _ in range(DECISIONS_MAX):
            seen.decisions.append(type(decision).__name__)
            seen.told = seen.decisions[-1]
            back: tuple[Leg | None, str, int | None] = (None, "", None)
            match decision:
                case Connect(stream_id):
                    await self._stream(stream_id)
                case Dial() | Enqueue() | Perform():
                    back = await self._away(decision)
                case Apologise() | Busy() | Over():
                    break
            if seen.hung_up:
                break
            decision = await self._after(*back)
        await self._tell_the_end()
        seen.ended = True

    async def _after(self, leg: Leg | None, queue: str, number: int | None) -> Decision:
        returned = Returned(self.seen.sid, ACCOUNT, over=False, leg=leg, queue=queue)
        token = f"token {next(self._numbers)}"
        return await self._webhook(lambda board: board.after(returned, token, number))

    async def _tell_the_end(self) -> None:
        """The call is over; whoever the carrier asks is told, in one way or in two."""
        over = Returned(self.seen.sid, ACCOUNT, over=True, leg=None)
        ways = self.dice.choice([("status",), ("after",), ("after", "status"), ("status", "after")])
        for way in ways:
            await pass_time(self.dice.choice([0.0, 0.1, 2.0]))
            if way == "status":
                await self._webhook(lambda board: board.status(over))
            else:
                await self._webhook(lambda board: board.after(over, "the end"))

    async def _webhook(self, question: Callable[[Switchboard], Awaitable[T]]) -> T:
        """Ask whoever answers until somebody does; perhaps once more, the answer being lost."""
        again = self.dice.random() < self.weather.lost_answers
        self._asked.append(question)
        while True:
            process = self.house.choose()
            try:
                if process is None:
                    raise Down
                answer = await process.ask(question)
            except Down:
                self.seen.misled = True
                await pass_time(AGAIN_SECONDS)
                continue
            await pass_time(self.dice.choice([0.0, 0.03, 0.1]))
            if not again:
                return answer
            again = False

    async def _late(self, process: Process) -> None:
        """A webhook of long ago comes once more, to whoever has the call; nobody waits for it."""
        if self._asked[:-1]:
            try:
                await process.ask(self.dice.choice(self._asked[:-1]))
            except Down:
                self.seen.misled = True

    async def _away(self, decision: Dial | Enqueue | Perform) -> tuple[Leg | None, str, int | None]:
        """The caller is somewhere else for a while; how the carrier says it ended."""
        dice = self.dice
        await self._waits(dice.choice([0.0, 2.0, 8.0]) * dice.random())
        if self.seen.hung_up:
            return None, "", None
        status = dice.choice(["completed", "completed", "busy", "no-answer", "failed", "strange"])
        leg = Leg("CAleg", status, dice.choice([None, True, False]))
        match decision:
            case Dial(number=number):
                if status == "completed" and (process := self.house.choose()) is not None:
                    process.board.taken(self.seen.sid, number)
                return leg, "", number
            case Enqueue(number=number):
                return None, dice.choice(["bridged", "leave", "queue-full", "error"]), number
            case Perform(number=number):
                return dice.choice([None, leg]), "", number

    async def _waits(self, seconds: float) -> None:
        """So long, or until the caller has no more patience."""
        left = self._hangs_up_at - _now()
        await pass_time(max(0.0, min(seconds, left)))
        self.seen.hung_up = self.seen.hung_up or seconds >= left

    # ----------------------------------------------------------------------- streams

    async def _stream(self, stream_id: str) -> None:
        dice, weather = self.dice, self.weather
        await self._waits(dice.uniform(0.03, 0.5))
        if self.seen.hung_up:
            return
        process, claim = await self._admitted(stream_id)
        if process is None or claim is None:
            self.seen.misled = True
            return
        foreign = dice.random() < weather.refusals
        cut_after = dice.randint(1, 60) if dice.random() < weather.cuts else None
        link = StormLink(
            delay=self._delay,
            stream="MZ" + "".join(dice.choices(SIDS, k=12)),
            half_open=dice.random() < weather.half_open,
        )
        self.seen.misled = self.seen.misled or foreign or cut_after is not None
        self.seen.streams.append(Stream(link, process.name))
        self.link = link
        link.start({"callSid": "CAstranger" if foreign else self.seen.sid})
        process.serve(claim, link)
        link.cut_after = cut_after
        if dice.random() < weather.replays and not await self._over_within(link, REPLAY_SECONDS):
            self.seen.replayed += (await self._admitted(stream_id, process))[1] is not None
        await self._talk(process, link)
        self.link = self.call = None

    async def _admitted(
        self, stream_id: str, process: Process | None = None
    ) -> tuple[Process | None, Claim | None]:
        """Whether somebody lets a stream in: the door's two questions."""

        async def knock(board: Switchboard) -> Claim | None:
            return board.claim(stream_id) or await board.claim_of_another(stream_id)

        process = process or self.house.choose()
        try:
            return process, None if process is None else await process.ask(knock)
        except Down:
            return None, None

    # ----------------------------------------------------------------------- the caller

    async def _talk(self, process: Process, link: StormLink) -> None:
        """Listen and press keys until the stream is over, or patience."""
        dice = self.dice
        while not link.over.is_set():
            pause = dice.choice([0.0, 0.2, 0.7, 2.0, 5.0, 12.0]) * dice.random()
            pause = round(min(pause, self._hangs_up_at - _now()), 6)
            if pause > 0 and await self._over_within(link, pause):
                return
            if _now() >= self._hangs_up_at - SHORTEST:
                self.seen.hung_up = True
                link.hang_up()
                return
            await self._do_something(process, link)

    async def _over_within(self, link: StormLink, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await link.over.wait()
        except TimeoutError:
            return False
        return True

    async def _do_something(self, process: Process, link: StormLink) -> None:
        dice, weather = self.dice, self.weather
        if dice.random() < weather.stalls:
            link.stall(round(dice.uniform(0.1, 5.0), 3))
        if dice.random() < weather.late / 4:
            await self._late(process)
        if dice.random() < weather.cuts / 10:
            self.seen.misled = True
            link.break_off()
            return
        if self._is_secret():
            await self._enter_secret(link)
            return
        match dice.randrange(10):
            case 0:
                for _ in range(dice.randint(2, 6)):
                    link.press(dice.choice("0123456789*#"))
            case 1:
                link.deliver(dice.choice(["{", '{"event":"new"}', '{"event":"mark"}']))
                link.echo(dice.choice(["g1:u1", "g2:u3", "nonsense", ""]))
            case 2:
                link.talk(dice.randint(1, 30))
            case _:
                link.press(dice.choice("1111222334567890*#"))

    def _is_secret(self) -> bool:
        state = None if self.call is None else self.call.state
        return state is not None and secret_now(state)

    def _longest(self) -> int:
        """How many digits are asked for at most."""
        assert self.call is not None, "somebody asks"
        assert self.call.state is not None, "and knows what"
        place = self.call.state.place
        step = self.call.flows.flows[place.flow].steps[place.step]
        asks = (action.kind for action in step.actions if isinstance(action.kind, Ask))
        wait = self.call.state.wait
        longest = min(getattr(ask.entry, "longest", FEW) for ask in asks if ask.sensitive)
        return longest - (0 if wait is None else len(wait.entry))

    async def _enter_secret(self, link: StormLink) -> None:
        """Digit by digit, as long as they are asked for, and no more than that."""
        for digit in self.seen.secret[: self.dice.choice([3, *[self._longest()] * 4])]:
            if not self._is_secret() or link.over.is_set() or link.stalled:
                return
            link.press(digit)
            if await self._over_within(link, self.dice.choice([0.05, 0.1, 0.4])):
                return
        if self.dice.random() < 0.7:
            link.press("#")
            await self._over_within(link, 1.0)
            link.press("1")


def _now() -> float:
    return asyncio.get_running_loop().time()
