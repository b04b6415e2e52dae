"""Ten tests of the clinic, one wrong expectation each: the line that fails, and what it says."""

from __future__ import annotations

import textwrap

import pytest

from ivr.rehearsal.caller import rehearse
from ivr.rehearsal.read import read
from tests.rehearsal.stage import shipped_flows

FLOWS = shipped_flows()
TOP = """\
flow: clinic
at: 2026-11-23 10:15
answers: {transfer front_desk: busy}
calls:
  a call:
"""


@pytest.mark.parametrize(
    ("lines", "wrong", "sentence"),
    [
        (
            "- hears: press 1\n- hears: Please hold",
            7,
            "the flow is waiting for the caller, but the test says “hears: Please hold”. "
            "Last heard: “Para español, oprima 9.”",
        ),
        (
            "- hears: press 1\n- presses: 1\n- hears: We are open Sunday",
            8,
            "the flow is waiting for the caller, but the test says “hears: We are open Sunday”. "
            "Last heard: “Para español, oprima 9.”",
        ),
        (
            "- hears_exactly: welcome to Northside Clinic.",
            6,
            "the flow is waiting for the caller, but the test says "
            "“hears_exactly: welcome to Northside Clinic.”. Last heard: “Para español, oprima 9.”",
        ),
        (
            "- hears: press 1\n- presses: 9\n- hears: oprima 1\n- never_hears: horario\n- hangs_up",
            9,
            "the caller heard “Para nuestro horario, oprima 1. Para una cita, 2. "
            "Para dejar un mensaje, 3. Para hablar con alguien, 0.”, but the test says "
            "“never_hears: horario”",
        ),
        (
            "- hears: press 1\n- presses: 0\n- ended: hangup",
            8,
            "the flow is recording the caller, but the test says “ended: hangup”. Last heard: "
            "“Please leave your name and number after the tone. Press pound when you have "
            "finished.”",
        ),
        (
            "- hears: press 1\n- presses: 1\n- transferred: front_desk",
            8,
            "the flow is waiting for the caller, but the test says “transferred: front_desk”. "
            "Last heard: “Para español, oprima 9.”",
        ),
        (
            "- hears: press 1\n- presses: 0\n- transferred\n- presses: 1",
            9,
            "the caller is connected to front_desk, where no key reaches the flow, but the test "
            "says “presses: 1”. Last heard: “Please hold while I connect you.”",
        ),
        (
            "- hears: press 1\n- presses: 2\n- hears: number\n- call: {language: es-US}",
            9,
            "the call’s “language” is “en-US”, but the test says “call: {language: es-US}”",
        ),
        (
            "- hears: press 1\n- presses: 2\n- hears: number\n- presses: 12345678\n"
            "- hears: I have\n- vars: {patient_number: 12345679}",
            11,
            "the variable “patient_number” is “12345678”, but the test says "
            "“vars: {patient_number: 12345679}”",
        ),
        (
            "- hears: press 1\n- silent\n- at_step: patient\n- took: less than 9s",
            8,
            "the caller is at clinic/main, but the test says “at_step: patient”. "
            "Last heard: “Sorry, I didn't hear anything.”",
        ),
    ],
)
def test_a_wrong_expectation_fails_at_its_line_with_what_really_happened(
    lines: str, wrong: int, sentence: str
) -> None:
    script = read("tests/clinic.test.yaml", TOP + textwrap.indent(lines, "    ") + "\n", FLOWS)
    assert script.problems == ()
    failure = rehearse(FLOWS, script.calls[0]).failure
    assert failure is not None
    assert failure.direction.span.line == wrong
    assert failure.sentence == f"line {wrong}: {sentence}"
