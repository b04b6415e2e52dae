"""Where a call goes: to a step, back, again, into another flow. LANGUAGE.md §5.2.

Which branch of a destination applies is the machine's to say (``Run.go``); this does what the
target of that branch means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.flow.messages import Noted
from ivr.flow.state import Place

if TYPE_CHECKING:
    from ivr.flow.machine import Run

VISITS_MAX = 10
"""Visits of one step without anything from the caller."""
MENUS_MAX = 10
"""How far ``back`` remembers."""


def to(run: Run, target: str) -> None:
    """Go to a step, ``/flow``, or one of ``hangup``, ``start``, ``back``, ``repeat``."""
    state = run.state
    match target:
        case "hangup":
            run.end("hangup")
        case "start":
            enter(run, _start(run))
        case "back":
            if len(state.menus) > 1:
                state.menus = state.menus[:-1]
            enter(run, state.menus[-1] if state.menus else _start(run))
        case "repeat":
            _repeat(run)
        case _ if target.startswith("/"):
            # There is no way back to the flows before it, nor to their values.
            flow = run.flows.flows[target[1:]]
            state.frames, state.menus = (), ()
            state.variables, state.inputs = dict(flow.vars), {}
            state.sensitive = frozenset()
            enter(run, Place(flow.id, flow.start))
        case _:
            enter(run, Place(state.place.flow, target))


def enter(run: Run, place: Place) -> None:
    """Be at a step."""
    run.state.place = place
    run.state.wait = None
    run.note(Noted.STEP, place.name)
    _count_visit(run, place)


def _count_visit(run: Run, place: Place) -> None:
    """Too often without anything from the caller, and the flow runs in a circle."""
    state = run.state
    visits = state.visits.get(place.name, 0) + 1
    state.visits = {**state.visits, place.name: visits}
    if visits > VISITS_MAX:
        run.trouble(f"step {place.step} was entered {VISITS_MAX} times without the caller")


def remember_menu(run: Run) -> None:
    """This is where ``repeat`` asks again and ``back`` returns to."""
    state = run.state
    if not state.menus or state.menus[-1] != state.place:
        state.menus = (*state.menus, state.place)[-MENUS_MAX:]


def _repeat(run: Run) -> None:
    """Ask the last question from its start; it is no try."""
    state = run.state
    if run.listening:
        # All of it again, not the shorter text for those who come back.
        state.seen -= {state.place.name}
        run.ask_again()
        _count_visit(run, state.place)
        return
    place = state.menus[-1] if state.menus else _start(run)
    state.seen -= {place.name}
    enter(run, place)


def _start(run: Run) -> Place:
    return Place(run.flow.id, run.flow.start)
