"""What becomes of a key: the listening step has it, or it waits, or it is dropped.

Called by the machine for every key, and for keys that were typed ahead once a step listens.
LANGUAGE.md §2.2 and §2.4.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from ivr.flow import frames
from ivr.flow.messages import Noted
from ivr.flow.model import Branch, Destination, Input, Recorder
from ivr.flow.scope import scope_of
from ivr.flow.state import Once, WaitFor, copied

if TYPE_CHECKING:
    from ivr.flow.machine import Run

TYPED_KEYS_MAX = 30
"""Keys kept before anybody waits for them (Connect's touch-tone buffer is as long)."""
SAME_KEY_MS = 60
"""A repeat of a key within this time is the same press."""
KEYS = frozenset("0123456789*#")


def pressed(run: Run, key: str) -> None:
    """The caller pressed a key."""
    state = run.state
    bounced = key == state.last_key and state.now - state.last_key_at < SAME_KEY_MS
    state.last_key, state.last_key_at = key, state.now
    if key not in KEYS:
        run.note(Noted.KEY_DROPPED, "not a key of a menu")
    elif bounced:
        run.note(Noted.KEY_DROPPED, "the same press")
    elif key == "#" and state.now < state.swallow_pound_until:
        state.swallow_pound_until = 0
        run.note(Noted.KEY_DROPPED, "# after a whole entry")
    elif state.queue and not state.queue[0].interruptible:
        # Thrown away, and what was typed ahead with it: the notice must be heard.
        state.typed = ""
        run.note(Noted.KEY_DROPPED, "during a text that cannot be interrupted")
    elif run.listening:
        _deliver(run, key)
    elif _recorder_takes(run, key):
        state.caller_acted = True
    elif state.wait is not None and state.wait.what is WaitFor.RECORDING:
        # It is part of what was recorded, and must not answer the question that comes after it.
        run.note(Noted.KEY_DROPPED, "while the caller was recorded")
    elif len(state.typed) < TYPED_KEYS_MAX:
        state.typed += key
        _skip_ahead(run)
    else:
        run.note(Noted.KEY_DROPPED, f"more than {TYPED_KEYS_MAX} keys typed ahead")


def take_typed(run: Run) -> None:
    """Hand the first key that was typed ahead to the step that listens now."""
    state = run.state
    key, state.typed = state.typed[0], state.typed[1:]
    _deliver(run, key)


def _deliver(run: Run, key: str) -> None:
    """Hand a key to the step that is listening; any key it takes stops what may be stopped."""
    state, action = run.state, run.action
    assert state.wait is not None
    if action.fresh and state.queue and state.queue[0].id < state.wait.since:
        run.note(Noted.KEY_DROPPED, "before a step that wants fresh keys")
        return
    state.caller_acted = True
    state.visits = {}
    run.stop_speaking()
    run.answers_key = True
    cast(Input, action.kind).key(run, action, key)


def _recorder_takes(run: Run, key: str) -> bool:
    """Whether the key ends a recording, or the text before it."""
    wait = run.state.wait
    if wait is None or wait.what not in (WaitFor.TURN, WaitFor.RECORDING):
        return False
    kind = run.action.kind
    if getattr(kind, "end_key", "") != key:
        return False
    if wait.what is WaitFor.TURN:
        run.stop_speaking()
    else:
        cast(Recorder, kind).end(run, wait)
    return True


def _skip_ahead(run: Run) -> None:
    """Whoever presses a key need not hear the rest of what comes before the next input step."""
    wait = run.state.wait
    if wait is None:
        return
    turn = wait.what is WaitFor.TURN and wait.once is not Once.EVERYTHING
    if wait.what is WaitFor.ERRAND or turn:
        run.stop_speaking(but=wait.hold)


# --------------------------------------------------------------------------- at any time


def take_anytime(run: Run, key: str) -> bool:
    """Go where the nearest flow says this key leads at any time; False if none does.

    A key of a flow that runs this one takes the caller back into that one, except to ``repeat`` and
    ``back``, which mean the menus of the flow the caller is in.
    """
    found = frames.nearest(run.state, run.flows, lambda flow: flow.anytime.get(key))
    if found is None:
        return False
    depth, destination = found
    branch = _chosen(run, destination, depth)
    if branch is None:
        return False
    run.note(Noted.CHOICE, key)
    if branch.target not in ("repeat", "back"):
        frames.leave(run.state, depth)
    elif branch.condition is not None:
        # It was looked at with the values of its own flow, and holds.
        branch = replace(branch, condition=None)
    return run.go((branch,))


def _chosen(run: Run, destination: Destination, depth: int) -> Branch | None:
    """The branch that applies, with the values of the flow that stands so deep."""
    if all(branch.condition is None for branch in destination):
        return destination[0]
    outer = copied(run.state)
    frames.leave(outer, depth)
    scope = scope_of(outer, run.flows.flows[outer.place.flow], run.flows)
    for branch in destination:
        if branch.condition is None or branch.condition.evaluate(scope):
            return branch
    return None
