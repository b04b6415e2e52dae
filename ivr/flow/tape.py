"""The recording of the whole call: what the flow says about it, and what the machine does itself.

``record_call`` begins, pauses, resumes and stops it; each is done once, however often it is said.
While keys of a sensitive step are pressed the recording is paused without a word from the flow, and
goes on afterwards unless the flow itself wants it paused (LANGUAGE.md §2.11).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.flow.messages import RecordCall, Recording

if TYPE_CHECKING:
    from ivr.flow.machine import Run

_RUNS = (Recording.START.value, Recording.RESUME.value)


def told(run: Run, what: Recording) -> None:
    """The flow wants this done; what is so already is not done again."""
    state = run.state
    on, paused = state.recording in _RUNS, state.recording == Recording.PAUSE.value
    if what is Recording.START and paused:
        what = Recording.RESUME
    match what:
        case Recording.START if not on:
            state.hushed = False
        case Recording.PAUSE if on:
            pass
        case Recording.RESUME if paused:
            pass
        case Recording.STOP if on or paused:
            state.hushed = False
        case _:
            return
    state.recording = what.value
    if not state.hushed:
        # Otherwise it is paused for a sensitive entry; :func:`hush` lets it go on after that.
        run.commands.append(RecordCall(what))


def hush(run: Run) -> None:
    """What is recorded of a call never holds the keys of something sensitive."""
    state = run.state
    secret = state.wait is not None and state.wait.secret and state.ended is None
    on = state.recording in _RUNS
    if secret and on and not state.hushed:
        state.hushed = True
        run.commands.append(RecordCall(Recording.PAUSE))
    elif state.hushed and not secret:
        state.hushed = False
        if on and state.ended is None:
            run.commands.append(RecordCall(Recording.RESUME))
