"""Calls of the page, on a switchboard that only answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import pytest

from ivr.calls.kept import Apologise, Connect, Decision, Dial, Enqueue, Over, Perform
from ivr.calls.stage import Trial
from ivr.carriers.webhook import Returned, Ringing
from ivr.flow.load import load
from ivr.flow.messages import JoinQueue, RunTwiml, Transfer
from ivr.server.studio.trials import KEPT_MAX, Trials, Tried, Wrong
from tests.server.line import FLOWS, NUMBER
from tests.virtual import run

NOW = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)
CHICAGO = FLOWS["main.yaml"].replace("anytime:", "timezone: America/Chicago\nanytime:")


class Board:
    """Answers with what it is told to, and knows what it was asked."""

    def __init__(self) -> None:
        loaded = load(FLOWS | {"main.yaml": CHICAGO})
        assert loaded.flows is not None
        self.flows = loaded.flows
        self.rung: list[tuple[Ringing, Trial]] = []
        self.told: list[tuple[Returned, int | None]] = []
        self.next: Decision = Over()

    def ring(self, ringing: Ringing, trial: Trial) -> Decision:
        self.rung.append((ringing, trial))
        return Connect("stream-1")

    async def after(self, returned: Returned, number: int | None = None) -> Decision:
        self.told.append((returned, number))
        return self.next


def trials() -> tuple[Trials, Board]:
    board = Board()
    return Trials(cast("Any", board), lambda: NOW), board


def test_the_clock_is_the_flows_own_and_the_number_one_that_leads_there() -> None:
    made, board = trials()
    made.ring({"flow": "main", "at": "2026-07-01T09:30", "from": "anonymous", "to": None})
    made.ring({"flow": "main", "at": None, "language": "en-US", "from": "+13125550143"})
    (first, summer), (second, now) = board.rung
    assert (first.caller, first.called) == (None, NUMBER)
    assert summer.started_at == datetime(2026, 7, 1, 14, 30, tzinfo=UTC)
    assert (second.caller, now.started_at, now.language) == ("+13125550143", NOW, "en-US")
    assert made.owns("stream-1")
    assert not made.owns("stream-2")


@pytest.mark.parametrize(
    ("away", "word", "kind", "carrier"),
    [
        (Dial(Transfer("desk", "+15550100", 1, None, None, "s"), 3), "busy", "transfer", "busy"),
        (Enqueue(JoinQueue("sales", None, None, "s"), 3), "too_long", "queue", "leave"),
        (Perform(RunTwiml("<Response/>", "pay"), 3), "failed", "twiml", "failed"),
    ],
)
def test_how_a_time_away_ended_is_told_in_the_carriers_words(
    away: Dial | Enqueue | Perform, word: str, kind: str, carrier: str
) -> None:
    async def story() -> None:
        made, board = trials()
        told = made.ring({"flow": "main"})
        tried = made.find(str(told["call"]))
        board.next = away
        leg = await made.after(tried, {})
        assert (leg["next"], leg["kind"]) == ("leg", kind)
        assert word in cast("list[str]", leg["outcomes"])
        with pytest.raises(Wrong, match="'gone'"):
            await made.after(tried, {"leg": "gone"})
        board.next = Apologise(None, "We are sorry.")
        assert await made.after(tried, {"leg": word}) == {"next": "say", "text": "We are sorry."}
        returned, number = board.told[-1]
        status = returned.queue or (returned.leg and returned.leg.status)
        assert (status, number) == (carrier, 3)

    run(story())


def test_records_of_calls_that_are_over_are_kept_only_so_long() -> None:
    made, board = trials()
    sids = []
    for _ in range(KEPT_MAX + 2):
        sids.append(str(made.ring({"flow": "main"})["call"]))
        board.rung[-1][1].watch({"what": "end", "outcome": "hangup"})
    with pytest.raises(Wrong):
        made.find(sids[0])
    assert made.find(sids[-1]).outcome == "hangup"


def test_each_reader_is_told_every_entry_once() -> None:
    async def story() -> None:
        tried = Tried("CA1", Board().flows)
        tried.watch({"what": "webhook"})
        first = tried.follower()
        assert len(first()) == 1
        tried.watch({"what": "end", "outcome": "done"})
        assert [entry for _, entry in first()] == [{"what": "end", "outcome": "done"}]
        assert len(tried.follower()()) == 2
        assert tried.news.over

    run(story())
