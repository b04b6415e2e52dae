"""A test from the record of a call: it makes the same call again."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from ivr.rehearsal.caller import rehearse
from ivr.rehearsal.read import read
from ivr.rehearsal.recorded import Entry, NoTest, recorded
from tests.rehearsal.stage import SHOP, flows_of, shipped_flows, world_of

WEBHOOK: Entry = {
    "t": 0.0,
    "what": "webhook",
    "call": "CA1",
    "flow": "main",
    "from": "+13125550188",
    "to": "+13125550100",
    "started_at": "2026-11-23T16:15:30.5+00:00",
}
NOTICE = "This call may be recorded."
MENU = "For sales, press 1. For your order, press 2."


def asked(number: int, text: str, cause: str = "answer", *, interruptible: bool = True) -> Entry:
    return {
        "what": "asked",
        "utterance": number,
        "text": text,
        "interruptible": interruptible,
        "cause": cause,
    }


def heard(number: int) -> Entry:
    return {"what": "heard", "utterance": number}


def stopped(number: int, played_ms: float) -> Entry:
    return {"what": "stopped", "utterance": number, "played_ms": played_ms}


def key(pressed: str) -> Entry:
    return {"what": "key", "key": pressed}


BEGIN = [WEBHOOK, asked(1, NOTICE, interruptible=False), asked(2, MENU)]


def lines(entries: Iterable[Entry], flow: str = SHOP) -> list[str]:
    """The lines of the test, which must be one that goes as recorded."""
    flows = flows_of(flow)
    text = recorded(entries, flows).text
    script = read("tests/recorded.test.yaml", text, flows)
    assert script.problems == (), text
    made = rehearse(flows, script.calls[0])
    assert made.failure is None, f"{made.failure}\n{text}"
    return [line.strip().removeprefix("- ") for line in text.partition("steps:\n")[2].splitlines()]


def test_what_was_heard_and_pressed_is_heard_and_pressed_again() -> None:
    entries = [
        *BEGIN,
        heard(1),
        key("2"),
        stopped(2, 900.0),
        asked(3, "Please enter your order number.", "key"),
        key("4"),
        key("2"),
        key("#"),
        stopped(3, 400.0),
        asked(4, "Thank you. I found order 4 2. Goodbye.", "key"),
        heard(4),
        {"what": "end", "outcome": "hangup"},
    ]
    assert lines(entries) == [
        "hears: This call may be recorded.",
        "hears: For sales, press 1. For your order, press 2.",
        "presses: 2",
        "hears: Please enter your order number.",
        "presses: 4 2 pound",
        "hears: Thank you. I found order 4 2. Goodbye.",
        "ended: hangup",
    ]


def test_silence_transfers_and_hanging_up_are_repeated() -> None:
    sorry = "Sorry, I didn't hear anything."
    entries = [
        *BEGIN,
        heard(1),
        heard(2),
        {"what": "note", "kind": "no_input", "detail": "try 1 of 3"},
        asked(3, sorry, "time"),
        asked(4, MENU, "time"),
        heard(3),
        key("1"),
        stopped(4, 700.0),
        asked(5, "One moment.", "key"),
        heard(5),
        {"what": "leave", "target": "transfer", "number": "+13125550123", "name": "sales_desk"},
        {"what": "return", "outcome": "busy"},
        asked(6, "Nobody is there.", "return"),
        asked(7, MENU, "return"),
        heard(6),
        {"what": "end", "outcome": "caller_hung_up"},
    ]
    found = lines(entries)
    assert found[2:4] == ["silent", f"hears: {sorry}"]
    assert found[-4:] == [
        "transferred: sales_desk",
        "hears: Nobody is there.",
        "hears: For sales, press 1. For your order, press 2.",
        "hangs_up",
    ]
    text = recorded(entries, flows_of()).text
    assert "    answers:\n      transfer sales_desk: busy\n" in text
    assert "    at: 2026-11-23 16:15:30\n    from: +13125550188\n    to: +13125550100\n" in text


def test_a_key_after_a_notice_is_pressed_after_it() -> None:
    flow = """
    steps:
      main: {say: Listen to this., interrupt: no, menu: {1: bye}}
      bye: {say: Goodbye., goto: hangup}
    """
    entries = [
        WEBHOOK,
        asked(1, "Listen to this.", interruptible=False),
        heard(1),
        key("1"),
        asked(2, "Goodbye.", "key"),
        heard(2),
        {"what": "end", "outcome": "hangup"},
    ]
    assert lines(entries, flow)[1] == "presses: {keys: 1, after: 1454ms}"


def test_a_key_that_bounced_is_pressed_once() -> None:
    bounce: Entry = {"what": "note", "kind": "key_dropped", "detail": "the same press"}
    entries = [*BEGIN, heard(1), key("2"), key("2"), bounce, stopped(2, 100.0)]
    assert lines(entries)[-1] == "presses: 2"


def test_what_a_record_hides_or_a_test_cannot_repeat_is_told() -> None:
    made = recorded([*BEGIN, heard(1), key("•"), {"what": "cut", "reason": "x"}], flows_of())
    assert "presses: 0" in made.text
    assert made.doubts == (
        "keys of a sensitive step are in no record; 0 stands for each",
        "the line was lost on the way; a test has no such line",
    )


def test_masked_values_are_skipped_and_odd_characters_are_quoted() -> None:
    made = recorded([WEBHOOK, asked(1, "Your code: ••••, “ok” # 1."), heard(1)], flows_of())
    assert '- hears: "Your code: … , “ok” # 1."' in made.text
    assert read("tests/x.test.yaml", made.text, flows_of()).problems == ()


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        ([], "the record is of the flow None"),
        ([{**WEBHOOK, "flow": "other"}], "the record is of the flow other, which is not"),
        ([{**WEBHOOK, "started_at": "soon"}], "the record does not say when"),
        ([WEBHOOK], "nothing was said or done"),
    ],
)
def test_a_record_that_makes_no_test_says_why(entries: list[Entry], why: str) -> None:
    with pytest.raises(NoTest, match=why):
        recorded(entries, flows_of())


def test_a_withheld_number_stays_withheld() -> None:
    entries = [{**WEBHOOK, "flow": "clinic", "from": None}, asked(1, "Welcome"), heard(1)]
    text = recorded(entries, shipped_flows()).text
    assert "    at: 2026-11-23 10:15:30\n    from: withheld\n" in text


def note(kind: str, detail: str, at: float = 0.0) -> Entry:
    return {"t": at, "what": "note", "kind": kind, "detail": detail}


def in_world(*entries: Entry) -> tuple[str, list[str]]:
    """The test of a call to the flow that asks the world outside, and its lines."""
    flows = world_of()
    begin = [{**WEBHOOK, "from": "+13125550177"}, asked(1, "Choose.")]
    made = recorded([*begin, *entries], flows)
    script = read("tests/recorded.test.yaml", made.text, flows)
    assert script.problems == (), made.text
    rehearsed = rehearse(flows, script.calls[0])
    assert rehearsed.failure is None, f"{rehearsed.failure}\n{made.text}"
    lines = made.text.partition("steps:\n")[2].splitlines()
    return made.text, [line.strip().removeprefix("- ") for line in lines]


def test_what_services_answered_is_answered_again_in_turn() -> None:
    get = "GET http://127.0.0.1:9000/v1/people/%2B13125550177"
    text, _ = in_world(
        key("1"),
        asked(2, "Looking.", "key"),
        note("asked_for", get),
        note("came_back", "not_found"),
        asked(3, "Unknown.", "heard"),
        heard(3),
        asked(4, "Choose.", "heard"),
        key("1"),
        note("asked_for", get),
        note("came_back", "409"),
        asked(5, "Taken.", "key"),
        heard(5),
        asked(6, "Choose.", "heard"),
        key("1"),
        note("asked_for", get),
        note("came_back", "goto"),
        asked(7, "Hello Ana.", "key"),
        heard(7),
    )
    assert "      GET /v1/people/+13125550177: [404, 409, 200]\n" in text


def test_what_functions_and_messages_came_to_is_repeated() -> None:
    text, _ = in_world(
        key("7"),
        note("asked_for", "do book_table"),
        note("came_back", "full"),
        asked(2, "All lines are full.", "key"),
        heard(2),
        asked(3, "Choose.", "heard"),
        key("6"),
        note("asked_for", "sms"),
        note("came_back", "failed"),
        asked(4, "Broken.", "key"),
        heard(4),
    )
    assert "      do book_table: {outcome: full}\n      sms: failed\n" in text


def test_a_message_is_spoken_again_for_as_long() -> None:
    tone = note("asked_for", "a recording", 10_000.0)
    begin = [key("5"), asked(2, "After the tone.", "key"), heard(2), tone]
    pound: Entry = {"t": 18_500.0, "what": "key", "key": "#"}
    _, lines = in_world(*begin, pound, note("came_back", "done", 18_600.0))
    assert lines[-2:] == ["records: 8s", "presses: pound"]
    _, lines = in_world(*begin, note("came_back", "done", 21_500.0))
    assert lines[-1] == "records: 6s"
    _, lines = in_world(*begin, note("came_back", "empty", 15_500.0))
    assert lines[-1] == "silent"
    gone: Entry = {"t": 14_500.0, "what": "end", "outcome": "caller_hung_up"}
    _, lines = in_world(*begin, gone)
    assert lines[-2:] == ["records: 4s", "hangs_up"]


def test_a_queue_and_a_document_come_back_as_they_did() -> None:
    text, lines = in_world(
        key("4"),
        asked(2, "Waiting.", "key"),
        heard(2),
        {"what": "leave", "target": "queue", "name": "support", "step": "support"},
        {"what": "return", "outcome": "full"},
        asked(3, "All lines are full.", "return"),
        heard(3),
        asked(4, "Choose.", "heard"),
        key("9"),
        {"what": "leave", "target": "twiml", "name": "script", "step": "script"},
        {"what": "return", "outcome": "failed"},
        asked(5, "Broken.", "return"),
        heard(5),
    )
    assert "      queue support: full\n      twiml script: failed\n" in text
    assert "queued: support" in lines


def test_transfers_that_came_back_in_different_ways_are_a_list() -> None:
    desk: Entry = {"what": "leave", "number": "+13125550123", "name": "desk"}
    night: Entry = {"what": "leave", "number": "+13125550124", "name": "night"}
    again = [asked(3, "Nobody.", "return"), heard(3), asked(4, "Choose.", "heard"), key("3")]
    text, _ = in_world(
        key("3"),
        asked(2, "Connecting.", "key"),
        heard(2),
        desk,
        {"what": "return", "outcome": "busy"},
        night,
        {"what": "return", "outcome": "no_answer"},
        *again,
        asked(5, "Connecting.", "key"),
        heard(5),
        desk,
        {"what": "return", "outcome": "done"},
        {"what": "end", "outcome": "transferred"},
    )
    assert "      transfer desk: [busy, done]\n      transfer night: no_answer\n" in text
