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


OUTSIDE = """\
at: 2026-11-23 10:15
answers: {transfer agents: busy, transfer front_desk: no_answer}
calls:
  a call:
"""
PATIENT = "- hears: press 2\n- presses: 2\n- hears: number\n- presses: 12345678\n- hears: I have\n"
CARD = "- hears: card\n- presses: 4111 1111 1111 1111\n- hears: PIN\n- presses: 4711\n"
GET = "GET http://127.0.0.1:9000/patients/12345678"


@pytest.mark.parametrize(
    ("flow", "lines", "wrong", "sentence"),
    [
        (
            "clinic",
            f"{PATIENT}- presses: 1\n- requested: POST /appointments",
            11,
            "the flow is waiting for the caller, but the test says "
            "“requested: POST /appointments”. Last heard: “Thank you, Ana Gómez. The next free "
            "appointment is Tuesday, December 1st, at 9 30 AM. To take it, press 1. To speak with "
            "someone instead, press 2.”. "
            f"So far it has asked for: {GET}",
        ),
        (
            "clinic",
            f"{PATIENT}- presses: 1\n- hears: To take it\n- presses: 1\n- hears: booked",
            12,
            "nothing answers POST http://127.0.0.1:9000/appointments: add it to answers:, or add  "
            "example:  to the step book_it",
        ),
        (
            "clinic",
            "- hears: press 3\n- records: 12s",
            6,
            "the flow is waiting for the caller, but the test says “records: 12s”. "
            "Last heard: “Para español, oprima 9.”",
        ),
        (
            "clinic",
            "- hears: press 3\n- presses: 0\n- transferred\n- hears: the tone\n- hears: Goodbye",
            9,
            "the flow is recording the caller, but the test says “hears: Goodbye”. Last heard: "
            "“Please leave your name and number after the tone. Press pound when you have "
            "finished.”",
        ),
        (
            "bank",
            f"{CARD}- requested: {{request: POST /verify, body: {{pin: '1234'}}}}",
            9,
            "POST http://127.0.0.1:9001/verify: “pin” is “••••”, but the test says "
            "“requested: {request: POST /verify, body: {pin: '1234'}}”",
        ),
        (
            "bank",
            f"{CARD}- hears: press 2\n- presses: 2\n- transferred\n- transferred: fraud",
            12,
            "the caller was transferred to agents_overflow, but the test says "
            "“transferred: fraud”. Last heard: “Please hold for the next agent.”",
        ),
        (
            "bank",
            f"{CARD}- hears: press 2\n- vars: {{customer: {{id: c-1, name: Robin Vale}}}}",
            10,
            "the variable “customer” is {id: c-1001, name: Robin Vale}, but the test says "
            "“vars: {customer: {id: c-1, name: Robin Vale}}”",
        ),
        (
            "bank",
            f"{CARD}- hears: press 2\n- hangs_up\n- ended: hangup",
            11,
            "the call has ended (caller_hung_up), but the test says “ended: hangup”. "
            "Last heard: “To hear that again, press 1. To speak with an agent, press 2. "
            "To finish, press 3.”",
        ),
    ],
)
def test_a_wrong_expectation_of_the_world_fails_at_its_line(
    flow: str, lines: str, wrong: int, sentence: str
) -> None:
    test = OUTSIDE + textwrap.indent(lines, "    ") + "\n"
    script = read(f"tests/{flow}.test.yaml", test, FLOWS)
    assert script.problems == ()
    failure = rehearse(FLOWS, script.calls[0]).failure
    assert failure is not None
    assert failure.sentence == f"line {wrong}: {sentence}"
