"""The words of the table: each option is one of its kind, each kind and each outcome has a name."""

from __future__ import annotations

import dataclasses

from ivr.flow.edit.diff_words import OPTIONS, does, whens
from ivr.flow.steps import KINDS
from ivr.flow.steps.question import Question
from ivr.flow.steps.recording import Limits
from tests.flow.edit.versions import OLD

FLOW = OLD.flows.flows["main"]
ACTIONS = [action for step in FLOW.steps.values() for action in step.actions if action.kind]
RETURN = OLD.flows.flows["other"].steps["ask"].actions[0]


def test_every_option_of_the_table_is_a_field_of_its_kind() -> None:
    for action in (*ACTIONS, RETURN):
        assert action.kind is not None
        known = set(action.kind.__dataclass_fields__)  # type: ignore[attr-defined]
        known |= {f"question.{field.name}" for field in dataclasses.fields(Question)}
        known |= {f"limits.{field.name}" for field in dataclasses.fields(Limits)}
        assert OPTIONS.get(action.kind.kind, {}).keys() <= known


def test_every_kind_says_what_it_does() -> None:
    said = {a.kind.kind: does(a.kind, FLOW) for a in (*ACTIONS, RETURN) if a.kind is not None}
    assert said == {
        "menu": "offers 2 choices",
        "ask": "asks for the code",
        "http": "asks a service (POST ${settings.api}/calls)",
        "run": "leads through the flow other",
        "set": "remembers tries",
        "language": "switches to Spanish",
        "record_call": "starts the recording of the call",
        "send_keys": "plays the keys 12w3",
        "event": "reports the event settled",
        "sms": "sends a text message",
        "do": "calls the function schedule",
        "queue": "lets callers wait in the queue support",
        "twiml": "hands the call to TwiML",
        "transfer": "rings desk (+12125550111) and sales (+12125550112)",
        "record": "records what the caller says",
        "voicemail": "takes a message for desk",
        "return": "ends the flow as done",
    }
    assert said.keys() == KINDS.keys()
    assert does(None, FLOW) == "only speaks"


def test_every_way_of_every_kind_has_a_name() -> None:
    ways = {
        f"{action.kind.kind} {edge.label}": whens(action.kind, edge.label)
        for action in ACTIONS
        if action.kind is not None
        for edge in action.kind.edges()
    }
    assert ways["menu 1"] == "pressing 1"
    assert ways["menu fail"] == "the second try without a choice"
    assert ways["http 409"] == "the answer 409"
    assert ways["http error"] == "no usable answer"
    assert ways["run done"] == "the outcome “done”"
    assert ways["run otherwise"] == "anything else"
    assert ways["transfer busy"] == "a busy line"
    assert ways["queue full"] == "a full queue"
    assert ways["voicemail empty"] == "leaving no message"
    assert ways["do failed"] == "a failure"
    assert all(ways.values())
