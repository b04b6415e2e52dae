"""A test from the record of a call: it makes the same call again."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from ivr.rehearsal.caller import rehearse
from ivr.rehearsal.read import read
from ivr.rehearsal.recorded import Entry, NoTest, recorded
from tests.rehearsal.stage import SHOP, flows_of, shipped_flows

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
