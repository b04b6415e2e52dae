"""Errands: when one is sent out, what the caller hears meanwhile, and what it came to.

A step that asks something of the world outside (``http``, ``do``, ``sms``, a recording) takes its
turn, sends its errand out, and goes on once the answer is there and its texts were heard. Who does
the errand is the driver's to know. LANGUAGE.md §2.9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from msgspec.structs import replace

from ivr.flow import speaking
from ivr.flow.expression import EvaluationError
from ivr.flow.messages import (
    Cancel,
    Errand,
    ErrandDone,
    Hold,
    Narration,
    Noted,
    RequestAnswered,
    Utterance,
    Words,
)
from ivr.flow.model import Action, Turning, Working
from ivr.flow.phrases import Phrase, phrase
from ivr.flow.state import Once, Wait, WaitFor

if TYPE_CHECKING:
    from ivr.flow.machine import Run

HOLD_AFTER_MS = 1_000
"""Silence that a caller is left in while something is looked up; then it is filled."""
HOLD_MS = 8_000
"""How long that sounds before the caller is told that we are still there."""
GRACE_MS = 1_000
"""An errand that is so much later than its own limit is given up by the machine itself."""
NARRATION_MS_MAX = 600_000
"""How long text may go on that is spoken as it comes."""


def out(wait: Wait | None) -> int:
    """The errand somebody outside is still busy with; 0 if there is none."""
    if wait is None or wait.came or wait.what not in (WaitFor.ERRAND, WaitFor.RECORDING):
        return 0
    return wait.errand


# --------------------------------------------------------------------------- out


def turn_has_come(run: Run, wait: Wait) -> bool:
    """Whether all was heard that must be heard before the step does what it does."""
    queue = run.state.queue
    if wait.once is Once.EVERYTHING:
        return not queue
    if wait.once is Once.NOTICES:
        return not any(each.id < wait.since and not each.interruptible for each in queue)
    return True


def take_up(run: Run) -> None:
    """It is the step's turn."""
    action = run.action
    cast(Turning, action.kind).begin(run, action)


def begin(run: Run, errand: Errand, name: str, limit_ms: int, what: WaitFor) -> None:
    """Send an errand out and wait for it."""
    cancel_forgotten(run, None)
    state = run.state
    since = state.wait.since if state.wait is not None else 0
    limit = state.now + limit_ms + GRACE_MS
    state.wait = Wait(what, errand=errand.id, since=since, limit=limit)
    run.commands.append(errand)
    run.note(Noted.ASKED_FOR, name)


def cancel_forgotten(run: Run, wait: Wait | None) -> None:
    """Give up the errand that was out before this event, if nobody waits for it any more."""
    if run.busy and run.busy != out(wait):
        run.commands.append(Cancel(run.busy))
        run.busy = 0


# --------------------------------------------------------------------------- meanwhile


def fill_the_time(run: Run) -> None:
    """Music or a soft tone, and that we are still there."""
    wait = run.state.wait
    assert wait is not None
    language = run.language
    words = Words(phrase(Phrase.STILL_HERE, language.code), language.code, language.voice, True)
    kind = cast(Working, run.action.kind)
    run.say_parts((Hold(kind.hold, HOLD_MS), words))
    run.state.wait = replace(wait, hold=run.state.said, until=None)


def _narrate(run: Run, wait: Wait, action: Action) -> None:
    """What it brings is text that is still coming: it is spoken, and the errand goes on."""
    speaking.stop(run, lambda each: each.id == wait.hold)
    language = run.language
    private = bool(getattr(action.kind, "reads_secrets", lambda run: False)(run))
    voice = action.voice or language.voice
    part = Narration(wait.errand, language.code, voice, private)
    run.say_parts((part,), interruptible=action.interruptible)
    limit = run.state.now + NARRATION_MS_MAX
    run.state.wait = replace(wait, until=None, limit=limit, hold=0)


def _narrates(utterance: Utterance, errand: int) -> bool:
    """Whether it waits for this errand's text."""
    return any(isinstance(part, Narration) and part.errand == errand for part in utterance.parts)


# --------------------------------------------------------------------------- back


def came_back(run: Run, event: RequestAnswered | ErrandDone) -> None:
    """What an errand brought; nothing, if nobody waits for it any more."""
    wait = run.state.wait
    if wait is None or not event.id or out(wait) != event.id:
        return
    action = run.action
    kind = cast(Working, action.kind)
    if isinstance(event, ErrandDone) and event.narrates:
        if run.state.gone_at is None:
            _narrate(run, wait, action)
        else:
            # There is nobody to hear it, so it need not be brought.
            _settled(run, wait, event.outcome)
        return
    run.busy = 0
    problem = event.problem
    try:
        outcome = kind.answered(run, action, event)
    except EvaluationError as error:
        # Too much to keep, say: to the flow that is as if it had not worked.
        outcome, problem = kind.lost(), str(error)
    _settled(run, wait, outcome)
    if problem:
        run.note(Noted.TROUBLE, problem)


def _settled(run: Run, wait: Wait, outcome: str) -> None:
    """The errand is over; the step goes on once its texts were heard too."""
    run.note(Noted.CAME_BACK, outcome)
    speaking.stop(run, lambda each: each.id == wait.hold)
    run.state.wait = replace(
        wait, what=WaitFor.ERRAND, came=outcome, until=None, limit=None, hold=0
    )


def give_up(run: Run, wait: Wait) -> None:
    """Nobody answered in time."""
    speaking.stop(run, lambda each: _narrates(each, wait.errand))
    _settled(run, wait, cast(Working, run.action.kind).lost())
    run.note(Noted.TROUBLE, "nobody answered in time")


def stream_lost(run: Run, wait: Wait) -> None:
    """What filled the time, or came as text, ended with the stream and is not said again."""
    run.state.queue = tuple(
        each
        for each in run.state.queue
        if each.id != wait.hold and not _narrates(each, wait.errand)
    )
    run.state.wait = replace(wait, hold=0, until=None)


def ask_once_more(run: Run, wait: Wait) -> None:
    """The stream was lost, and the errand with it: what is safe is asked again."""
    kind = cast(Working, run.action.kind)
    run.busy = 0
    if kind.again:
        run.state.wait = Wait(WaitFor.TURN, since=wait.since, once=Once.AT_ONCE)
    else:
        _settled(run, wait, kind.lost())
        run.note(Noted.TROUBLE, "the line was lost while this was asked")


def over(run: Run) -> None:
    """Go on with what the errand came to, now that the texts were heard too."""
    wait, action = run.state.wait, run.action
    assert wait is not None
    cast(Working, action.kind).done(run, action, wait.came)
