"""Faults read as an operator reads Twilio's debugger."""

from __future__ import annotations

from ivr.phone.faults import Fault


def test_a_fault_says_twilios_code_and_name_and_what_happened() -> None:
    fault = Fault(31951, "unknown event 'bye'", 40)
    assert str(fault) == "31951 stream invalid message: unknown event 'bye'"


def test_what_twilio_says_nothing_about_has_no_code() -> None:
    fault = Fault(0, "the last 750 ms were cut off", 40)
    assert str(fault) == "the last 750 ms were cut off"
    assert fault.name == "heard by the caller"
