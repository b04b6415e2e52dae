"""What the expressions and texts of a flow can read: ``call.*``, ``hours.*``, variables and so on.

Pure; the time is the call's own: when it was answered plus the machine's ``now``, on the clock of
the flow's time zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from ivr.flow.model import Flow, FlowSet
from ivr.flow.state import State
from ivr.flow.values import Value

CALL_FIELDS = frozenset({"from", "to", "id", "language", "started", "minutes", "patience"})


def local_time(state: State, flow: Flow) -> datetime:
    """Now on the flow's own clock, aware."""
    return _on_the_clock(state.facts.started_at, state.now, flow.timezone)


@lru_cache(maxsize=1_000)
def _on_the_clock(started_at: datetime, now: int, timezone: str) -> datetime:
    """The same for everything that is asked while one event is worked on."""
    return (started_at + timedelta(milliseconds=now)).astimezone(ZoneInfo(timezone))


def scope_of(state: State, flow: Flow, flows: FlowSet) -> Mapping[str, Value]:
    """Everything a flow can read at this moment."""
    now = local_time(state, flow)
    call: dict[str, Value] = {
        "from": state.facts.caller,
        "to": state.facts.called,
        "id": state.facts.id,
        "language": state.language,
        "started": _on_the_clock(state.facts.started_at, 0, flow.timezone),
        "minutes": state.now // 60_000,
        "patience": state.patience,
    }
    scope: dict[str, Value] = dict(state.variables)
    scope["inputs"] = dict(state.inputs)
    scope["call"] = call
    scope["hours"] = {name: hours.at(now) for name, hours in flow.hours.items()}
    scope["settings"] = dict(flows.settings_for(state.facts.called))
    scope["numbers"] = dict(flow.numbers)
    scope["now"] = now
    return scope
