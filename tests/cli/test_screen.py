"""What a call looks like in a terminal, in a pipe and in a file."""

from __future__ import annotations

import io

from rich.console import Console

from ivr.cli.dialogue import Dialogue
from ivr.cli.screen import Pipe, Terminal, last_line, plain, transcript
from ivr.phone.events import (
    CallEnded,
    EndedBy,
    Faulted,
    Gap,
    KeyPressed,
    Segment,
    SegmentBegan,
    SegmentEnded,
    SoundHeard,
)
from ivr.phone.faults import Fault
from ivr.phone.recording import Recording
from tests.cli.test_dialogue import HOURS, OPEN, asks, ended, said


def a_call() -> Dialogue:
    """A prompt, a key into it, and the answer."""
    dialogue = Dialogue()
    asks(dialogue, 1, "g0:u1", HOURS)
    dialogue.happened(SegmentBegan(20, 1))
    dialogue.happened(SoundHeard(34, "answer", 34))
    dialogue.happened(KeyPressed(1000, "1", sent=True))
    dialogue.happened(ended(1, None, 20, 1001, cut=True))
    asks(dialogue, 2, "g1:u2", OPEN)
    said(dialogue, 2, "g1:u2", 1012, 3000)
    dialogue.happened(CallEnded(4000, EndedBy.CALLER))
    return dialogue


WRITTEN = """\
  0.0  ivr     For our opening…
  1.0  caller  presses 1
  1.0  ivr     (stops) We are open Monday to Friday.
  4.0  caller  hangs up
"""


def test_the_transcript_is_told_as_flow_tests_are() -> None:
    text = transcript("flow clinic   called at Mon 10:15", a_call().lines, "ended: well")
    assert text == "flow clinic   called at Mon 10:15\n" + WRITTEN + "ended: well\n"


def test_a_pipe_gets_each_line_once_when_it_can_change_no_more() -> None:
    file = io.StringIO()
    dialogue = Dialogue()
    pipe = Pipe(dialogue, Console(file=file))
    pipe.open("Clinic", ["flow clinic"])
    asks(dialogue, 1, "g0:u1", HOURS)
    dialogue.happened(SegmentBegan(20, 1))
    pipe.refresh(500)
    assert file.getvalue() == "Clinic\nflow clinic\n"
    dialogue.happened(ended(1, None, 20, 1001, cut=True))
    pipe.refresh(1100)
    pipe.refresh(1200)
    dialogue.happened(CallEnded(1300, EndedBy.CALLER))
    pipe.close("ended", well=True)
    assert file.getvalue().splitlines()[2:] == [
        "  0.0  ivr     For our opening…",
        "  1.3  caller  hangs up",
        "ended",
    ]


def test_a_pipe_says_how_long_the_caller_waited() -> None:
    file = io.StringIO()
    pipe = Pipe(a_call(), Console(file=file))
    pipe.close("ended", well=True)
    assert "  0.0  ivr     For our opening…   [34 ms]" in file.getvalue()


def told(dialogue: Dialogue) -> None:
    """The server tells of a key and its answer, with their times."""
    dialogue.entry({"what": "key", "t": 1000, "key": "1"})
    asked = {"utterance": 1, "step": "clinic/main", "text": OPEN, "cause": "key"}
    dialogue.entry({"what": "asked", "t": 1000.2, **asked})
    dialogue.entry({"what": "first_byte", "utterance": 1, "ms": 0.1, "source": "take", "part": 0})
    dialogue.entry({"what": "first_frame", "utterance": 1, "ms": 0.7, "mark": "g1:u1"})
    dialogue.happened(KeyPressed(1000, "1", sent=True))
    dialogue.happened(SegmentBegan(1004, 1))
    dialogue.happened(SoundHeard(1024, "1", 24))
    dialogue.happened(ended(1, "g1:u1", 1004, 3000, cut=False))


def test_a_pipe_gets_the_waterfall_below_the_words_and_the_telephone_s_time_in_it() -> None:
    file = io.StringIO()
    dialogue = Dialogue()
    told(dialogue)
    Pipe(dialogue, Console(file=file)).close("ended", well=True)
    assert file.getvalue().splitlines()[1:3] == [
        f"  1.0  ivr     {OPEN}",
        "               key 1 → frame 0.9 ms → audible 24 ms · take",
    ]


def test_a_terminal_has_it_in_eighty_columns_or_stage_by_stage() -> None:
    for stages, rows in ((False, ["key 1 → frame 0.9 ms → audible 24 ms"]), (True, STAGES)):
        file = io.StringIO()
        console = Console(file=file, force_terminal=False, width=80)
        dialogue = Dialogue()
        terminal = Terminal(dialogue, console, "h hangs up", stages=stages)
        terminal.open("Clinic", [])
        told(dialogue)
        terminal.close("ended", well=True)
        lines = [line.rstrip() for line in file.getvalue().splitlines()]
        assert max(map(len, lines)) <= 80
        place = next(number for number, line in enumerate(lines) if OPEN in line)
        assert "ms" not in lines[place]
        for number, row in enumerate(rows, place + 1):
            assert lines[number].strip().startswith(row.split()[0])
            assert row.split()[-1] in lines[number]


STAGES = ["text 0.2", "take byte", "frame 0.9", "audible 24"]


def test_a_terminal_shows_the_words_as_they_are_spoken_and_where_the_caller_is() -> None:
    file = io.StringIO()
    dialogue = Dialogue()
    console = Console(file=file, force_terminal=True, width=80, color_system=None)
    terminal = Terminal(dialogue, console, "h hangs up")
    terminal.open("Clinic", ["flow clinic"])
    dialogue.entry({"what": "step", "step": "clinic/main"})
    asks(dialogue, 1, "g0:u1", HOURS)
    dialogue.happened(SegmentBegan(0, 1))
    terminal.refresh(900)
    assert "For our opening" in file.getvalue()
    assert "hours" not in file.getvalue()
    assert "0:00   clinic/main   h hangs up" in file.getvalue()
    dialogue.happened(ended(1, None, 0, 1001, cut=True))
    dialogue.happened(CallEnded(1300, EndedBy.CALLER))
    terminal.close("ended: well", well=True)
    last = file.getvalue().splitlines()[-4:]
    assert "hangs up" in "".join(last)
    assert last[-1] == "ended: well"


def test_a_terminals_lines_are_all_there_in_the_end_each_once() -> None:
    file = io.StringIO()
    console = Console(file=file, force_terminal=False, width=80)
    dialogue = a_call()
    terminal = Terminal(dialogue, console, "h hangs up")
    terminal.open("Clinic", [])
    for now in range(0, 9000, 80):
        terminal.refresh(now)
    terminal.close("ended", well=False)
    text = file.getvalue()
    for words in ("For our opening…", "presses 1", "(stops) We are open", "34 ms"):
        assert text.count(words) == 1, words


def test_a_voice_without_words_is_shown_by_its_time_and_mark() -> None:
    dialogue = Dialogue()
    dialogue.happened(SegmentBegan(1000, 1))
    assert plain(dialogue.lines[0]) == "  1.0  ivr     (speaks)"
    dialogue.happened(SegmentEnded(3500, Segment(1, "g0:u1", 0, 1000, 3500, None, cut=False)))
    assert plain(dialogue.lines[0]) == "  1.0  ivr     (speaks 2.5 s, mark g0:u1)"


def test_the_last_line_has_the_measures() -> None:
    dialogue = a_call()
    dialogue.key_waits.extend([10, 20, 30])
    recording = Recording()
    recording.add(SoundHeard(34, "answer", 34.4))
    recording.add(CallEnded(42_000, EndedBy.CALLER))
    assert last_line(recording, dialogue, ["call.wav", "call.txt"]) == (
        "ended: the caller hung up after 0:42 · 2 utterances · first sound 34 ms "
        "· after keys 10, 20, 30 ms · call.wav call.txt"
    )
    dialogue.key_waits.extend([40, 500, 60])
    assert "after keys 35, at worst 500 ms" in last_line(recording, dialogue, [])


def test_the_last_line_has_the_longest_silence_where_it_was_judged() -> None:
    recording = Recording(dead_air_ms=1234.4)
    recording.add(CallEnded(500, EndedBy.LINE))
    assert "dead air 1,234 ms at most" in last_line(recording, Dialogue(), [])


def test_the_last_line_has_what_went_wrong() -> None:
    recording = Recording()
    gaps = (Gap(100, 20), Gap(300, 80.4))
    recording.add(SegmentEnded(500, Segment(1, "a", 0, 0, 500, None, cut=False, gaps=gaps)))
    recording.add(Faulted(1, Fault(31951, "unknown event", 1)))
    recording.add(CallEnded(500, EndedBy.LINE))
    line = last_line(recording, Dialogue(), [])
    assert "2 gaps, the worst 80 ms" in line
    assert "1 fault of the server" in line
