"""``voicemail``: into a mailbox. What it shares with ``record`` is in test_recording."""

from __future__ import annotations

import pytest

from ivr.flow.messages import KeepMessage
from tests.flow.ring import Ring, problems_of

FLOW = """
    language: en-US
    steps:
      main:
        say: After the tone.
        voicemail: office@acme.example
"""


def test_the_message_goes_to_the_mailbox_of_the_step() -> None:
    message = Ring(FLOW).hears_all().recording
    assert message is not None
    assert message.mailbox == "office@acme.example"
    assert not message.transcribe
    flow = FLOW + "        transcribe: yes\n"
    message = Ring(flow).hears_all().recording
    assert message is not None
    assert message.transcribe


@pytest.mark.parametrize("outcome", ["done", "empty"])
def test_without_a_destination_it_ends_with_a_goodbye(outcome: str) -> None:
    call = Ring(FLOW).hears_all().done(outcome, {"id": "r"})
    assert call.said == ["Thank you for calling. Goodbye."]
    assert len(call.told(KeepMessage)) == (outcome == "done")
    assert call.hears_all().hung_up == "hangup"


def test_what_is_empty_goes_where_done_goes_unless_told_otherwise() -> None:
    flow = FLOW + "        done: thanks\n      thanks: {say: Thanks., goto: hangup}\n"
    assert Ring(flow).hears_all().done("empty").said == ["Thanks."]


def test_a_destination_may_depend_on_a_value() -> None:
    flow = (
        FLOW
        + "        done: [{if: call.minutes > 5, goto: main}, {else: thanks}]\n"
        + "      thanks: {say: Thanks., goto: hangup}\n"
    )
    assert Ring(flow).hears_all().done().said == ["Thanks."]


@pytest.mark.parametrize(
    "written", ["end_key: 12", "max: 1s", "silence: 5m", "beep: maybe", "review: 3", "end_key: [1]"]
)
def test_what_cannot_be_is_told_to_the_author(written: str) -> None:
    flow = f"steps:\n  main:\n    say: Now.\n    voicemail: desk\n    {written}\n"
    assert "S007" in [code for code, _, _ in problems_of(flow)]
