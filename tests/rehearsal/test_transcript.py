"""The shape of a transcript."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from ivr.rehearsal.transcript import Entry, Transcript, heading, render, render_entry, spell


def test_a_call_reads_as_in_the_style_guide() -> None:
    transcript = Transcript()
    transcript.says(0, "Welcome to Acme. For sales press 1.")
    transcript.presses(2_400, "9")
    transcript.stops(2_400)
    transcript.says(2_400, "Sorry, 9 is not one of the choices.")
    transcript.caller(7_000, "says nothing for 5s")
    transcript.ivr(12_000, "transfers to +15550100 (sales)")
    assert render(transcript.entries) == [
        "  0.0  ivr     Welcome to Acme. For sales press 1.",
        "  2.4  caller  presses 9",
        "  2.4  ivr     (stops) Sorry, 9 is not one of the choices.",
        "  7.0  caller  says nothing for 5s",
        " 12.0  ivr     transfers to +15550100 (sales)",
    ]


def test_a_stop_stays_alone_when_nothing_is_said_at_that_moment() -> None:
    transcript = Transcript()
    transcript.stops(2_400)
    transcript.says(2_900, "Thank you.")
    assert [entry.what for entry in transcript.entries] == ["(stops)", "Thank you."]


def test_a_stop_is_no_word_between_keys() -> None:
    transcript = Transcript()
    transcript.says(0, "Your number, please.")
    for at, key in ((1_000, "1"), (1_250, "2"), (1_500, "3")):
        transcript.presses(at, key)
        if key == "1":
            transcript.stops(at)
    assert [entry.what for entry in transcript.entries[1:]] == ["presses 123", "(stops)"]


def test_keys_with_nothing_between_them_share_a_line_at_the_time_of_the_first() -> None:
    transcript = Transcript()
    for at, key in enumerate("12*#3"):
        transcript.presses(at * 1_000, key)
    transcript.says(9_000, "Thank you.")
    transcript.presses(9_500, "4")
    assert transcript.entries == [
        Entry(0, "caller", "presses 12 star pound 3"),
        Entry(9_000, "ivr", "Thank you."),
        Entry(9_500, "caller", "presses 4"),
    ]


def test_an_entry_without_a_time_keeps_its_columns() -> None:
    assert render_entry(Entry(None, "ivr", "Hello.")) == "       ivr     Hello."
    assert render_entry(Entry(61_250, "caller", "hangs up")) == " 61.2  caller  hangs up"


def test_the_heading_names_the_day_in_english_on_the_flows_clock() -> None:
    moment = datetime(2026, 11, 23, 10, 15, tzinfo=ZoneInfo("America/Chicago"))
    assert heading("clinic", moment) == "flow clinic   called at Mon 2026-11-23 10:15"


def test_lengths_are_spelled_in_seconds() -> None:
    assert [spell(0), spell(5_000), spell(2_500)] == ["0s", "5s", "2.5s"]
