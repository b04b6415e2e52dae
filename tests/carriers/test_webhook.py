"""Twilio's webhook forms, as plain values."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.carriers import webhook
from ivr.errors import BadMessage

RING = {
    "CallSid": ["CA1"],
    "AccountSid": ["AC1"],
    "From": ["+15551230000"],
    "To": ["+15550001111"],
    "CallStatus": ["ringing"],
    "Direction": ["inbound"],
    "StirVerstat": ["TN-Validation-Passed-A"],
    "SomethingNew": ["2027"],
}

READERS = (
    webhook.ringing,
    webhook.returned,
    webhook.stream_news,
    webhook.answered,
    webhook.waiting,
)


def test_a_ringing_call_names_itself_and_its_numbers() -> None:
    assert webhook.ringing(RING) == webhook.Ringing(
        call_sid="CA1", account_sid="AC1", caller="+15551230000", called="+15550001111", over=False
    )


def test_older_names_of_the_numbers_are_understood() -> None:
    form = {"CallSid": ["CA1"], "Caller": ["+1555"], "Called": ["+1666"]}
    ringing = webhook.ringing(form)
    assert (ringing.caller, ringing.called, ringing.account_sid) == ("+1555", "+1666", "")


@pytest.mark.parametrize(
    "number",
    [
        "",
        "anonymous",
        "Anonymous",
        "RESTRICTED",
        "+266696687",
        "+7378742833",
        "2562533",
        "+8656696",
    ],
)
def test_a_withheld_number_is_no_number(number: str) -> None:
    assert webhook.ringing({**RING, "From": [number]}).caller is None


def test_a_number_in_texas_is_not_taken_for_a_withheld_one() -> None:
    # +7378742833 spells RESTRICTED; +1 737 874 2833 is somebody's telephone in Austin.
    assert webhook.ringing({**RING, "From": ["+17378742833"]}).caller == "+17378742833"


def test_a_sip_caller_keeps_its_address() -> None:
    assert webhook.ringing({**RING, "From": ["sip:u@h"]}).caller == "sip:u@h"


@pytest.mark.parametrize("sid", [[], [""], ["CA 1"], ["../etc"], ["C" * 65], ["CA1\n"]])
def test_a_webhook_without_a_usable_call_is_malformed(sid: list[str]) -> None:
    form = {**RING, "CallSid": sid}
    for read in READERS:
        with pytest.raises(BadMessage):
            read(form)


def test_a_call_without_a_called_number_is_malformed() -> None:
    with pytest.raises(BadMessage):
        webhook.ringing({**RING, "To": [""]})


@pytest.mark.parametrize("status", ["completed", "busy", "failed", "no-answer", "canceled"])
def test_a_call_that_is_over_says_so(status: str) -> None:
    assert webhook.returned({"CallSid": ["CA1"], "CallStatus": [status]}).over
    assert webhook.ringing({**RING, "CallStatus": [status]}).over


@pytest.mark.parametrize("status", ["", "ringing", "in-progress", "queued", "tomorrow"])
def test_a_call_that_goes_on_says_so(status: str) -> None:
    assert not webhook.returned({"CallSid": ["CA1"], "CallStatus": [status]}).over


def test_a_finished_dial_says_how_it_ended() -> None:
    form = {"CallSid": ["CA1"], "DialCallSid": ["CA2"], "DialCallStatus": ["no-answer"]}
    assert webhook.returned(form).leg == webhook.Leg("CA2", "no-answer")


@pytest.mark.parametrize(
    ("said", "bridged"), [("true", True), ("false", False), ("", None), ("maybe", None)]
)
def test_a_finished_dial_says_whether_they_were_ever_connected(
    said: str, bridged: bool | None
) -> None:
    form = {"CallSid": ["CA1"], "DialCallStatus": ["completed"], "DialBridged": [said]}
    leg = webhook.returned(form | {"RecordingUrl": ["https://api.example/RE1"]}).leg
    assert leg == webhook.Leg("", "completed", bridged, "https://api.example/RE1")


def test_a_handed_over_caller_and_a_queue_say_how_they_ended() -> None:
    handed = webhook.returned({"CallSid": ["CA1"], "ReferCallStatus": ["busy"]})
    assert handed.leg == webhook.Leg("", "busy")
    queue = webhook.returned({"CallSid": ["CA1"], "QueueResult": ["queue-full"]})
    assert (queue.leg, queue.queue) == (None, "queue-full")


def test_whoever_answers_is_known_by_their_own_leg_and_by_its_parent() -> None:
    form = {"CallSid": ["CA2"], "ParentCallSid": ["CA1"], "Digits": ["1"]}
    assert webhook.answered(form) == webhook.Answered("CA2", "CA1", "1", False)
    gone = webhook.answered({"CallSid": ["CA2"], "CallStatus": ["completed"]})
    assert (gone.parent_sid, gone.digits, gone.over) == ("", "", True)


@pytest.mark.parametrize(
    ("said", "seconds"), [("90", 90), ("", 0), ("-1", 0), ("1e9", 0), ("9" * 20, 0)]
)
def test_how_long_somebody_waits_is_a_number_or_nothing(said: str, seconds: int) -> None:
    form = {"CallSid": ["CA1"], "QueueTime": [said], "QueuePosition": ["3"]}
    assert webhook.waiting(form) == webhook.Waiting("CA1", seconds, 3, False)


def test_a_stream_that_is_over_says_nothing_of_a_dial() -> None:
    assert webhook.returned({"CallSid": ["CA1"]}).leg is None


def test_news_of_a_stream_are_read() -> None:
    form = {
        "CallSid": ["CA1"],
        "StreamSid": ["MZ1"],
        "StreamEvent": ["stream-error"],
        "StreamError": ["31921"],
    }
    assert webhook.stream_news(form) == webhook.StreamNews("CA1", "MZ1", "stream-error", "31921")


def test_long_values_are_cut() -> None:
    ringing = webhook.ringing({**RING, "From": ["+" + "1" * 9000]})
    assert ringing.caller is not None
    assert len(ringing.caller) == webhook.TEXT_CHARS_MAX


forms = st.dictionaries(
    st.sampled_from(
        ["CallSid", "From", "To", "CallStatus", "DialCallStatus", "StreamEvent", "QueueTime"]
    ),
    st.lists(st.text(max_size=20), max_size=2),
)


@given(forms)
def test_any_form_is_read_or_malformed(form: dict[str, list[str]]) -> None:
    for read in READERS:
        with contextlib.suppress(BadMessage):
            read(form)
