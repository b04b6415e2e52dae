"""The flow tests of this repository pass, and any process could have taken their calls over."""

from __future__ import annotations

import pytest

from ivr.rehearsal.caller import rehearse
from ivr.rehearsal.read import SUFFIX, read
from ivr.rehearsal.script import CallScript
from tests.rehearsal.stage import SHIPPED, careful, shipped_flows

FLOWS = shipped_flows()


def calls() -> list[CallScript]:
    found: list[CallScript] = []
    for file in sorted((SHIPPED / "tests").rglob(f"*{SUFFIX}")):
        script = read(f"tests/{file.name}", file.read_text("utf-8"), FLOWS)
        assert script.problems == ()
        found += script.calls
    return found


CALLS = calls()


def test_every_flow_is_tested() -> None:
    entries = {flow.id for flow in FLOWS.flows.values() if not flow.returns}
    assert {call.setting.flow for call in CALLS} == entries


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.setting.flow}: {call.name}")
def test_the_call_goes_as_its_author_says(call: CallScript) -> None:
    made = rehearse(FLOWS, call)
    assert made.failure is None, made.failure and made.failure.sentence


OPEN = [call for call in CALLS if call.setting.flow != "bank"]
"""Calls in which nothing sensitive is keyed: such values are in no bytes, on purpose."""


@pytest.mark.parametrize("call", OPEN, ids=lambda call: f"{call.setting.flow}: {call.name}")
def test_the_call_goes_the_same_way_with_its_state_through_bytes_at_every_event(
    call: CallScript,
) -> None:
    assert rehearse(FLOWS, call, handle=careful) == rehearse(FLOWS, call)
