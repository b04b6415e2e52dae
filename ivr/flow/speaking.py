"""The queue of what is being said: putting texts into it, and stopping them. LANGUAGE.md §2.1.

The queue is the state's; the driver is told what to say and what to drop. What the texts are made
of is put together in :mod:`ivr.flow.saying`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ivr.flow.messages import Part, Silence, Speak, StopSpeaking, Utterance

if TYPE_CHECKING:
    from ivr.flow.machine import Run


def speak(run: Run, parts: tuple[Part, ...], *, interruptible: bool) -> None:
    """Say this after everything that is queued; nobody is there to hear it after a hang-up."""
    state = run.state
    if not parts or state.gone_at is not None:
        return
    pause = run.flow.after_key_ms
    if pause and run.answers_key and not state.queue:
        parts = (Silence(pause), *parts)
    run.answers_key = False
    state.said += 1
    place = state.place
    utterance = Utterance(state.said, parts, interruptible, place.flow, place.step)
    state.queue = (*state.queue, utterance)
    if not interruptible:
        state.typed = ""
    run.commands.append(Speak(utterance))


def stop(run: Run, which: Callable[[Utterance], bool]) -> None:
    """Drop these from the queue, wherever they are."""
    queue = run.state.queue
    dropped = tuple(each.id for each in queue if which(each))
    if dropped:
        run.state.queue = tuple(each for each in queue if each.id not in dropped)
        run.commands.append(StopSpeaking(dropped))
