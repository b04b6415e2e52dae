"""Calls the studio's page makes: it plays the carrier's part, and the flow is led as on any line.

A trial is an ordinary call on the switchboard, with a flow, a caller and a clock of its own choice,
and the same media socket as the carrier's. Its record is followed entry by entry, and kept a while
after the call for whoever wants a flow test of it. Used by ``door``.
"""

from __future__ import annotations

import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, assert_never
from zoneinfo import ZoneInfo

from ivr.calls.kept import Apologise, Busy, Connect, Decision, Dial, Enqueue, Over, Perform
from ivr.calls.record import Entry
from ivr.calls.stage import Trial
from ivr.calls.switchboard import Switchboard
from ivr.carriers.webhook import Leg, Returned, Ringing
from ivr.flow.model import Flow, FlowSet
from ivr.flow.phrases import Phrase, phrase
from ivr.server.studio.events import Event, News

TRIALS_MAX: Final = 8
"""Calls at once."""
KEPT_MAX: Final = 30
"""Calls whose records are still there, those that are on included."""
CALLER: Final = "+13125550177"
NUMBER: Final = "+13125550100"
"""What is called where no number leads to the flow."""
LANGUAGE: Final = "en-US"
"""Of the apology, where no flow says which."""

_CALLER = re.compile(r"\+[1-9]\d{1,14}|[a-z]{1,40}|(?:sip|client):[^\s<>\"]{1,200}")
_NUMBER = re.compile(r"\+[1-9]\d{1,14}")

STATUSES: Final[Mapping[str, Leg]] = {
    "done": Leg("", "completed", bridged=True),
    "busy": Leg("", "busy"),
    "no_answer": Leg("", "no-answer"),
    "failed": Leg("", "failed"),
}
"""How a transfer ended, from the flow's words to the carrier's."""
QUEUE_RESULTS: Final[Mapping[str, str]] = {
    "done": "bridged",
    "too_long": "leave",
    "full": "queue-full",
    "failed": "error",
}


class Wrong(Exception):
    """What the page asked for cannot be, with an HTTP status and a sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        self.status = status
        super().__init__(sentence)


@dataclass(slots=True)
class Tried:
    """One call of the page."""

    sid: str
    flows: FlowSet
    """The set it began with."""
    entries: list[Entry] = field(default_factory=list)
    news: News = field(default_factory=News)
    streams: set[str] = field(default_factory=set)
    """Ids of streams it was told to open."""
    away: Dial | Enqueue | Perform | None = None

    @property
    def outcome(self) -> str | None:
        """How it ended; None while it lasts."""
        last = self.entries[-1] if self.entries else {}
        return str(last.get("outcome")) if last.get("what") == "end" else None

    def watch(self, entry: Entry) -> None:
        """Its record has another entry."""
        self.entries.append(entry)
        if entry["what"] == "end":
            self.news.end()
        else:
            self.news.tell()

    def follower(self) -> Callable[[], Sequence[Event]]:
        """What one reader has not been told yet, each time it is asked."""
        told = 0

        def fresh() -> Sequence[Event]:
            nonlocal told
            found = self.entries[told:]
            told += len(found)
            return [("entry", entry) for entry in found]

        return fresh


class Trials:
    """The calls of the page."""

    def __init__(self, board: Switchboard, wall_clock: Callable[[], datetime]) -> None:
        self._board = board
        self._wall_clock = wall_clock
        self._tried: OrderedDict[str, Tried] = OrderedDict()
        self._account = "AC" + secrets.token_hex(16)

    def find(self, sid: str) -> Tried:
        """A call of the page. Raises :class:`Wrong`."""
        found = self._tried.get(sid)
        if found is None:
            raise Wrong(404, "this call is not known any more: ring again")
        return found

    def owns(self, stream_id: str) -> bool:
        """Whether a stream is one of these calls'."""
        return any(stream_id in each.streams for each in self._tried.values())

    def ring(self, wishes: Mapping[str, object]) -> Mapping[str, object]:
        """Begin a call; what the page needs to open its stream. Raises :class:`Wrong`."""
        flows = self._board.flows
        flow = flows.flows.get(_text(wishes, "flow"))
        if flow is None:
            raise Wrong(404, f"there is no flow {_text(wishes, 'flow')!r} any more")
        language = _text(wishes, "language") or None
        spoken = {each.code for each in flow.languages}
        if language is not None and language not in spoken:
            raise Wrong(422, f"the flow {flow.id} speaks {', '.join(sorted(spoken))}")
        caller = _text(wishes, "from") or CALLER
        if not _CALLER.fullmatch(caller):
            raise Wrong(422, "calling from: write a number like +13125550177, or anonymous")
        called = _text(wishes, "to") or _number_of(flows, flow)
        if not _NUMBER.fullmatch(called):
            raise Wrong(422, "the number called: write it like +13125550100")
        started_at = self._moment(_text(wishes, "at"), flow)
        if sum(each.outcome is None for each in self._tried.values()) >= TRIALS_MAX:
            raise Wrong(429, f"{TRIALS_MAX} calls are on already: hang one of them up")
        tried = Tried("CA" + secrets.token_hex(16), flows)
        shown = None if caller.isalpha() else caller
        answer = self._board.ring(
            Ringing(tried.sid, self._account, shown, called, over=False),
            Trial(flow.id, language, started_at, tried.watch),
        )
        self._keep(tried)
        told = self._told(tried, answer)
        if told["next"] != "connect":
            raise Wrong(503, "the line takes no more calls just now")
        return {"call": tried.sid, "account": self._account, **told}

    async def after(self, tried: Tried, news: Mapping[str, object]) -> Mapping[str, object]:
        """A stream is over, or a time away of which ``leg`` says how it ended: what next?"""
        if tried.outcome is not None:
            return {"next": "over", "outcome": tried.outcome}
        word, away = _text(news, "leg"), tried.away
        leg, queue, number = None, "", None
        if word and away is not None:
            number = away.number
            if isinstance(away, Enqueue):
                queue = QUEUE_RESULTS.get(word, "")
            else:
                leg = STATUSES.get(word)
            if leg is None and not queue:
                raise Wrong(422, f"{word!r} is not how it can end")
        returned = Returned(tried.sid, self._account, over=False, leg=leg, queue=queue)
        return self._told(tried, await self._board.after(returned, number=number))

    async def hang_up(self, tried: Tried) -> None:
        """The caller is gone, wherever the call is."""
        await self._board.status(Returned(tried.sid, self._account, over=True, leg=None))

    def _keep(self, tried: Tried) -> None:
        self._tried[tried.sid] = tried
        over = [sid for sid, each in self._tried.items() if each.outcome is not None]
        for sid in over[: max(0, len(self._tried) - KEPT_MAX)]:
            del self._tried[sid]

    def _moment(self, at: str, flow: Flow) -> datetime:
        """What the call's clock says: the flow's own time, or now."""
        if not at:
            return self._wall_clock()
        try:
            moment = datetime.fromisoformat(at)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=ZoneInfo(flow.timezone))
            return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            raise Wrong(422, "date and time: write them like 2026-11-23T10:15") from None

    def _told(self, tried: Tried, decision: Decision) -> dict[str, object]:
        """A decision as the page has it."""
        tried.away = None
        match decision:
            case Connect(stream_id):
                tried.streams.add(stream_id)
                stream = "MZ" + secrets.token_hex(16)
                return {"next": "connect", "stream": stream, "media": f"/media/{stream_id}"}
            case Dial(transfer):
                tried.away = decision
                named = {"name": transfer.name, "number": transfer.number}
                return {"next": "leg", "kind": "transfer", **named, "outcomes": list(STATUSES)}
            case Enqueue(queue):
                tried.away = decision
                named = {"name": queue.name, "number": ""}
                return {"next": "leg", "kind": "queue", **named, "outcomes": list(QUEUE_RESULTS)}
            case Perform(document):
                tried.away = decision
                named = {"name": document.step, "number": ""}
                return {"next": "leg", "kind": "twiml", **named, "outcomes": ["done", "failed"]}
            case Apologise(language, text, heard=heard):
                if heard:
                    return {"next": "over", "outcome": tried.outcome or ""}
                said = text or phrase(Phrase.TROUBLE, language or LANGUAGE)
                return {"next": "say", "text": said}
            case Busy() | Over():
                return {"next": "over", "outcome": tried.outcome or ""}
        assert_never(decision)


def _text(wishes: Mapping[str, object], name: str) -> str:
    """A text of the page's; empty where it says nothing."""
    value = wishes.get(name)
    if value is not None and not isinstance(value, str):
        raise Wrong(422, f"{name} is no text")
    return (value or "").strip()[:256]


def _number_of(flows: FlowSet, flow: Flow) -> str:
    """A number that leads to the flow."""
    return next((called for called, each in flows.numbers.items() if each.flow == flow.id), NUMBER)
