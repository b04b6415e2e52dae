"""How a call leaves its stream: to somebody else and back, by trouble, by a hang-up, or for good.

Also how it goes on in a new stream after the old one was lost. LANGUAGE.md §2.3, DESIGN.md §8.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from msgspec.structs import replace

from ivr.flow import errands, frames, going, lost
from ivr.flow.expression import EvaluationError
from ivr.flow.messages import (
    SPEECHLESS,
    TROUBLE,
    HangUp,
    KeepMessage,
    LegOutcome,
    Noted,
    Speak,
)
from ivr.flow.model import Destination, Flow, Leaving, Recorder
from ivr.flow.phrases import Phrase
from ivr.flow.state import Wait, WaitFor

if TYPE_CHECKING:
    from ivr.flow.machine import Run

GONE = "caller_hung_up"
"""Outcome of a call its caller ended."""


# --------------------------------------------------------------------------- away and back


def leave(run: Run) -> None:
    """Everything was heard: end the call, or hand it to somebody else."""
    state = run.state
    assert state.wait is not None
    if state.wait.outcome:
        state.ended = state.wait.outcome
        state.wait = None
        run.commands.append(HangUp(state.ended))
        return
    leaving = cast(Leaving, run.action.kind)
    # An attempt to transfer empties the buffer: those keys were meant for before.
    state.typed = ""
    state.wait = Wait(WaitFor.LEG, target=state.wait.target)
    state.away_since = state.now
    run.commands.append(leaving.command(run, state.wait.target))


def returned(run: Run, outcome: LegOutcome) -> None:
    """The call is back, with how its time away ended."""
    state = run.state
    if state.wait is None or state.wait.what is not WaitFor.LEG:
        # The call was never handed over; it goes on as after a lost stream.
        resumed(run)
        return
    state.away_ms += state.now - state.away_since
    wait, state.wait = state.wait, None
    action = run.action
    cast(Leaving, action.kind).returned(run, action, outcome, wait)
    if state.wait is None and (where := lost.needed_at(run)) is not None:
        _ask_for(run, where)


def resumed(run: Run) -> None:
    """A new stream after the old one broke: say again what was not heard, ask again."""
    state = run.state
    if state.gone_at is not None:
        return  # it is told late: the caller has hung up since
    if not state.answered:
        run.answered()
        return
    if (where := lost.needed_at(run)) is not None:
        # Values of sensitive steps live in one process only; this is another one.
        run.busy = 0
        state.queue = tuple(each for each in state.queue if not each.interruptible)
        run.commands += (Speak(utterance) for utterance in state.queue)
        _ask_for(run, where)
        return
    if state.wait is not None and errands.out(state.wait):
        errands.stream_lost(run, state.wait)
    run.commands += (Speak(utterance) for utterance in state.queue)
    if state.wait is not None:
        _wait_again(run, state.wait)


def _ask_for(run: Run, where: lost.Where) -> None:
    """Go back to where a value is asked for that was lost."""
    frames.leave(run.state, where.depth)
    going.enter(run, where.place)


def _wait_again(run: Run, wait: Wait) -> None:
    """Wait in the new stream for what was waited for in the old one."""
    state = run.state
    match wait.what:
        case WaitFor.LEG:
            returned(run, LegOutcome.FAILED)
        case WaitFor.KEYS | WaitFor.CONFIRM:
            state.wait = replace(wait, until=None)
            if not state.queue and not wait.keys:
                run.ask_again()
        case WaitFor.RECORDING:
            # What was recorded of it went with the stream.
            run.busy = 0
            going.enter(run, state.place)
        case WaitFor.ERRAND if not wait.came:
            errands.ask_once_more(run, wait)
        case WaitFor.PLAYED_OUT | WaitFor.TURN | WaitFor.ERRAND:
            pass


# --------------------------------------------------------------------------- the caller is gone


def hung_up(run: Run) -> None:
    """The caller is gone; what the flow wants done then is done without them."""
    state = run.state
    wait = state.wait
    if state.gone_at is not None:
        return
    if errands.out(wait) and getattr(run.action.kind, "finish", False):
        run.busy = 0
    if wait is not None and wait.errand and wait.what in (WaitFor.RECORDING, WaitFor.CONFIRM):
        # A message is kept, however it ended.
        run.busy = 0
        cast(Recorder, run.action.kind).hung_up(run, wait)
    state.queue, state.typed, state.wait = (), "", None
    found = frames.nearest(state, run.flows, lambda flow: flow.on_hangup)
    if found is None or not state.answered:
        state.ended = GONE
        return
    depth, destination = found
    state.gone_at = state.now
    frames.leave(state, depth)
    if not run.go(destination):
        run.end("")


def keep_message(run: Run) -> None:
    """A call that ends in the review of a message has left that message."""
    wait = run.state.wait
    if wait is not None and wait.what is WaitFor.CONFIRM and wait.errand:
        run.commands.append(KeepMessage(wait.errand))


# --------------------------------------------------------------------------- trouble


def nothing_heard(run: Run) -> None:
    """No voice speaks: apologise; if that was the apology, leave it to the carrier."""
    state = run.state
    last_words = state.wait is not None and state.wait.what is WaitFor.PLAYED_OUT
    if state.apologised:
        state.queue = ()
        run.end(SPEECHLESS)
    elif not last_words:
        # Whoever is on the way to a person, or said goodbye to, goes on without a word.
        run.stop_speaking()
        run.trouble("no voice speaks")


def trouble(run: Run, reason: str) -> None:
    """The flow cannot go on as written: where it says, or an apology; never silence."""
    run.note(Noted.TROUBLE, reason)
    state = run.state
    if state.gone_at is not None:
        run.end("")
        return
    keep_message(run)
    if _rescued(run, lambda flow: flow.on_error):
        return
    state.apologised = True
    own = run.flows.emergency.text(run.language.code)
    if own is not None:
        run.say_text(own, fixed=True)
    else:
        run.say_phrase(Phrase.TROUBLE)
    if not _rescued(run, lambda flow: flow.operator):
        run.end(TROUBLE)


def _rescued(run: Run, where: Callable[[Flow], Destination | None]) -> bool:
    """Go where the nearest flow says a call in trouble goes; once a call."""
    state = run.state
    found = frames.nearest(state, run.flows, where)
    if state.rescued or found is None:
        return False
    state.rescued = True
    depth, destination = found
    frames.leave(state, depth)
    state.visits, state.actions = {}, 0
    try:
        return run.go(destination)
    except EvaluationError as error:
        run.note(Noted.TROUBLE, str(error))
        return False
