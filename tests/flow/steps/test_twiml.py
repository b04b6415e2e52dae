"""``twiml``: a document of the carrier's own language."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from ivr.flow.messages import LegOutcome, RunTwiml, secret_marker
from tests.flow.ring import Ring, problems_of

FLOW = """
    language: en-US
    vars: {name: "x"}
    steps:
      main:
        say: One moment.
        twiml: '<Response><Pay a="${name}" k="${secrets.pay_key}">${name}</Pay></Response>'
        failed: broken
        otherwise: other
      broken: {say: Broken., goto: hangup}
      other: {say: Other., goto: hangup}
"""


def document(flow: str) -> str:
    [command] = Ring(flow).hears_all().told(RunTwiml)
    return command.document


def test_the_text_is_heard_before_the_caller_leaves() -> None:
    call = Ring(FLOW)
    assert call.told(RunTwiml) == []
    assert len(call.hears_all().told(RunTwiml)) == 1


@pytest.mark.parametrize(
    "value", ["</Pay><Hangup/>", "a & b", "\" x='1'", "]]>", "é", "a\\nb", "\\x00\\x01\\x02\\x1f"]
)
def test_a_value_never_becomes_a_part_of_the_document(value: str) -> None:
    written = document(
        FLOW.replace(
            'name: "x"',
            f'name: "{value}"'
            if '"' not in value
            else f"name: '{value.replace(chr(39), chr(39) * 2)}'",
        )
    )
    written = written.replace(secret_marker("pay_key"), "k")
    [pay] = ElementTree.fromstring(written)
    assert (pay.tag, sorted(pay.attrib), list(pay)) == ("Pay", ["a", "k"], [])


def test_a_secret_is_a_marker() -> None:
    assert f'k="{secret_marker("pay_key")}"' in document(FLOW)
    call = Ring(FLOW).hears_all()
    assert "pay_key" not in repr(call.commands)


@pytest.mark.parametrize(
    ("outcome", "text"), [(LegOutcome.FAILED, "Broken."), (LegOutcome.BUSY, "Other.")]
)
def test_each_outcome_goes_where_it_is_told_or_otherwise(outcome: LegOutcome, text: str) -> None:
    assert Ring(FLOW).hears_all().leg(outcome).said == [text]


def test_a_document_that_is_done_ends_the_call_unless_the_flow_goes_on() -> None:
    assert Ring(FLOW).hears_all().leg(LegOutcome.DONE).hung_up == "transferred"
    going_on = FLOW.replace("failed: broken", "done: other")
    assert Ring(going_on).hears_all().leg(LegOutcome.DONE).said == ["Other."]


def test_without_a_destination_it_ends_with_a_goodbye() -> None:
    flow = FLOW.replace("        failed: broken\n        otherwise: other\n", "")
    call = Ring(flow).hears_all().leg(LegOutcome.FAILED)
    assert call.said == ["Thank you for calling. Goodbye."]
    assert call.hears_all().hung_up == "not_connected"


def test_a_value_that_cannot_be_computed_is_an_apology_and_the_caller_stays() -> None:
    call = Ring(FLOW.replace('a="${name}"', 'a="${name - 1}"')).hears_all()
    assert call.told(RunTwiml) == []
    assert "technical problem" in call.said[0]
    assert call.hung_up == "trouble"


@pytest.mark.parametrize("value", ["Response", "[x]"])
def test_what_is_no_document_is_told_to_the_author(value: str) -> None:
    flow = f"steps:\n  main:\n    twiml: {value}\n    otherwise: hangup\n"
    assert "S007" in [code for code, _, _ in problems_of(flow)]
