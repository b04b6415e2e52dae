"""Deadlines: how long the caller may be silent, an errand may take, and the call may last.

The machine wants to be woken at one moment only, the first of them all; this says which that is,
and what happens when it has come. LANGUAGE.md §2.2 and §2.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from msgspec.structs import replace

from ivr.flow import errands, leaving
from ivr.flow.messages import Noted
from ivr.flow.model import Input
from ivr.flow.phrases import Phrase
from ivr.flow.state import WaitFor

if TYPE_CHECKING:
    from ivr.flow.machine import Run

LIMIT_WARNING_MS = 120_000
"""How long before its limit a call is told."""
ALONE_MS = 10_000
"""How long a flow may go on after the caller has hung up."""
_ELSEWHERE = (WaitFor.PLAYED_OUT, WaitFor.LEG, WaitFor.RECORDING)
"""While a call says goodbye, is with somebody else or is being recorded, no limit cuts it."""


def arm(run: Run) -> None:
    """Start the clock of silence once everything was heard, and set the one deadline."""
    state = run.state
    wait = state.wait
    if state.ended is not None or not state.answered:
        state.deadline = None
        return
    if wait is not None and wait.until is None and not state.queue:
        if run.listening:
            quiet = run.patience_ms(wait.quiet_ms)
            wait = state.wait = replace(wait, until=state.now + quiet)
        elif errands.out(wait) and wait.what is WaitFor.ERRAND and state.gone_at is None:
            wait = state.wait = replace(wait, until=state.now + errands.HOLD_AFTER_MS)
    times = [_limit_at(run), None if state.gone_at is None else state.gone_at + ALONE_MS]
    if wait is not None:
        times += [wait.until, wait.limit]
    state.deadline = min((t for t in times if t is not None), default=None)


def passed(run: Run) -> None:
    """Do what is due now."""
    state, now = run.state, run.state.now
    if state.gone_at is not None and now >= state.gone_at + ALONE_MS:
        run.note(Noted.TROUBLE, "what follows a hang-up took too long")
        run.end("")
        return
    limit = _limit_at(run)
    if limit is not None and now >= limit:
        _limit_reached(run)
        return
    wait = state.wait
    if wait is None:
        return
    if wait.limit is not None and now >= wait.limit:
        errands.give_up(run, wait)
    elif wait.until is not None and now >= wait.until:
        state.wait = replace(wait, until=None)
        if wait.what is WaitFor.ERRAND:
            errands.fill_the_time(run)
        else:
            action = run.action
            cast(Input, action.kind).timeout(run, action)


def _limit_at(run: Run) -> int | None:
    """When the call is told about its limit, and then when it ends."""
    state = run.state
    if state.gone_at is not None or (state.wait is not None and state.wait.what in _ELSEWHERE):
        return None
    limit = run.flows.flows[state.facts.flow].call_limit_ms
    told = state.limit_warned or limit <= 2 * LIMIT_WARNING_MS
    return limit + state.away_ms - (0 if told else LIMIT_WARNING_MS)


def _limit_reached(run: Run) -> None:
    """The caller is told that the call will end soon, or that it ends."""
    state = run.state
    if state.now < run.flows.flows[state.facts.flow].call_limit_ms + state.away_ms:
        state.limit_warned = True
        run.say_phrase(Phrase.LIMIT_SOON)
        if run.listening and state.wait is not None and not state.wait.keys:
            # The clock of silence starts again when this was heard.
            state.wait = replace(state.wait, until=None)
        return
    leaving.keep_message(run)
    run.stop_speaking()
    run.say_phrase(Phrase.LIMIT)
    run.end("limit")
