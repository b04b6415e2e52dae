"""The speaker, pulled by hand: what leaves, when, and what counts as heard."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ivr.audio.mulaw import SILENCE
from ivr.calls.clock import Clock
from ivr.calls.record import Record
from ivr.calls.speaker import GAP_MS, LEAD_MS, LOST_MARK_MS, MESSAGE_MS, Speaker
from ivr.flow.messages import Clip, Silence, Utterance, UtteranceFailed, UtteranceHeard, Words
from ivr.prompts.takes import Sound

STREAM = "MZ1"


class Booth:
    """A speaker, the hand that pulls it, and what it has sent."""

    def __init__(self) -> None:
        self.now = 0
        clock = Clock(lambda: self.now / 1000)
        clock.answer()
        self.record = Record("CA1", datetime(2026, 11, 23, tzinfo=UTC), clock)
        self.speaker = Speaker(STREAM, self.record)
        self.sent: list[tuple[int, str, bytes]] = []

    def say(self, id: int, *sounds: Sound, interruptible: bool = True) -> None:
        self.speaker.speak(Utterance(id, (), interruptible, "main", "start"), sounds)

    def rests(self) -> bool:
        return self.speaker.rests

    def pull(self) -> list[str]:
        """Send all that is due now; returns marks by name, and the other events."""
        new = []
        while (text := self.speaker.next_message(self.now)) is not None:
            message = json.loads(text)
            assert message["streamSid"] == STREAM
            event = message["event"]
            audio = base64.b64decode(message["media"]["payload"]) if event == "media" else b""
            self.sent.append((self.now, event, audio))
            new.append(message["mark"]["name"] if event == "mark" else event)
        return new

    def pass_until(self, end_ms: int) -> None:
        """Let the time pass, pulling whenever the speaker wants it."""
        self.pull()
        while (wake := self.speaker.wake_at()) is not None and wake <= end_ms:
            assert wake > self.now, "it wants to be woken, and then does nothing"
            self.now = wake
            self.speaker.overdue(wake)
            self.pull()
        self.now = end_ms

    @property
    def audio(self) -> bytes:
        return b"".join(audio for _, _, audio in self.sent)

    def entries(self, what: str) -> list[dict[str, object]]:
        found = [dict(entry) for entry in self.record.entries if entry["what"] == what]
        return [{k: v for k, v in entry.items() if k not in ("t", "what")} for entry in found]


def ramp(ms: float) -> bytes:
    """Audio in which every byte has its place, and none is silence."""
    size = round(ms * 8)
    return (bytes(range(251)) * (size // 251 + 1))[:size]


# --------------------------------------------------------------------------- sending


def test_the_first_messages_leave_at_once_up_to_the_lead() -> None:
    booth = Booth()
    booth.say(1, Sound(ramp(3_000)))
    assert booth.pull() == ["media"] * (LEAD_MS // MESSAGE_MS)
    assert booth.audio == ramp(LEAD_MS)


def test_the_rest_follows_as_it_is_played_and_a_mark_ends_it() -> None:
    booth = Booth()
    booth.say(1, Sound(ramp(3_000)))
    booth.pass_until(1_999)
    assert booth.sent[-1][1] == "media"
    booth.pass_until(2_000)
    assert [event for _, event, _ in booth.sent[-2:]] == ["media", "mark"]
    assert booth.audio == ramp(3_000)
    assert [at for at, event, _ in booth.sent if event == "media" and at] == [
        200, 400, 600, 800, 1_000, 1_200, 1_400, 1_600, 1_800, 2_000,
    ]  # fmt: skip


@given(
    st.lists(st.floats(min_value=0, max_value=2_500), min_size=1, max_size=4),
    st.lists(st.floats(min_value=0, max_value=900), max_size=3),
)
def test_frames_are_whole_the_audio_is_complete_and_the_lead_is_bounded(
    utterances: list[float], parts: list[float]
) -> None:
    booth = Booth()
    spoken = b""
    for number, ms in enumerate(utterances, 1):
        sounds = [Sound(ramp(each)) for each in (ms, *parts)]
        gap = b"\xff" * (GAP_MS * 8) if number > 1 else b""
        audio = gap + b"".join(bytes(sound.audio) for sound in sounds)
        spoken += audio + b"\xff" * (-len(audio) % 160)
        booth.say(number, *sounds)
    booth.pass_until(60_000)
    assert booth.audio == spoken
    playing_until = 0
    for at, event, audio in booth.sent:
        if event == "media":
            assert audio
            assert len(audio) % 160 == 0
            assert len(audio) <= MESSAGE_MS * 8
            playing_until = max(playing_until, at) + len(audio) // 8
            assert playing_until - at <= LEAD_MS
    assert [event for _, event, _ in booth.sent].count("mark") == len(utterances)


def test_the_last_frame_is_filled_up_with_silence() -> None:
    booth = Booth()
    booth.say(1, Sound(ramp(30)))
    booth.pull()
    assert booth.audio == ramp(30) + b"\xff" * 80


def test_never_more_than_a_second_is_at_the_carrier_however_long_the_text() -> None:
    # Ten minutes is what Twilio would take (31931); the lead is far below it, for any text.
    booth = Booth()
    for number in range(1, 40):
        booth.say(number, Sound(b"a" * (60_000 * 8)))
    booth.pull()
    assert len(booth.audio) == LEAD_MS * 8


def test_queued_texts_are_apart_by_a_breath_and_the_first_one_is_not() -> None:
    booth = Booth()
    booth.say(1, Sound(b"a" * 800))
    booth.say(2, Sound(b"b" * 800))
    booth.say(3, Sound(b"c" * 800))
    booth.pass_until(5_000)
    gap = b"\xff" * GAP_MS * 8
    audio = booth.audio.replace(b"a" * 800 + b"\xff" * 160, b"a" * 800)
    assert audio.replace(b"\xff", b"").count(b"c") == 800
    assert booth.audio.startswith(b"a" * 800 + gap + b"b" * 800 + gap + b"c" * 800)


def test_what_is_asked_when_everything_was_heard_begins_at_once() -> None:
    booth = Booth()
    booth.say(1, Sound(b"a" * 800))
    booth.pull()
    booth.now = 100
    booth.speaker.mark_echoed("g1:u1")
    booth.say(2, Sound(b"b" * 800))
    booth.pull()
    assert booth.audio == b"a" * 800 + b"b" * 800


def test_an_utterance_of_nothing_is_a_mark() -> None:
    booth = Booth()
    booth.say(1)
    booth.say(2, Sound(b""))
    assert booth.pull()[0] == "g1:u1"
    assert booth.pull() == []


# --------------------------------------------------------------------------- sounds that grow


def test_a_live_voice_is_heard_with_its_first_whole_frame() -> None:
    booth = Booth()
    sound = Sound()
    booth.say(1, sound)
    assert booth.pull() == []
    sound.grow(ramp(19))
    assert booth.pull() == []
    sound.grow(ramp(30)[19 * 8 :])
    assert booth.pull() == ["media"]
    assert booth.audio == ramp(20)


def test_while_there_is_audio_to_play_small_pieces_wait_for_company() -> None:
    booth = Booth()
    sound = Sound()
    booth.say(1, sound)
    sound.grow(ramp(600))
    assert booth.pull() == ["media"] * 3
    sound.grow(ramp(60))
    assert booth.pull() == []
    assert booth.speaker.wake_at() == 600 - MESSAGE_MS
    booth.now = 600 - MESSAGE_MS
    assert booth.pull() == ["media"]


def test_a_sound_that_grew_is_worth_a_pull_only_if_something_comes_of_it_sooner() -> None:
    booth, sound = Booth(), Sound()
    booth.say(1, sound)
    booth.pull()
    assert not booth.speaker.stirs(None), "there is nothing yet"
    sound.grow(ramp(60))
    assert booth.speaker.stirs(None), "its first audio is to be written down, and sent"
    booth.pull()
    sound.grow(ramp(10))
    assert not booth.speaker.stirs(None), "that makes no frame"
    sound.grow(ramp(1_500))
    assert booth.speaker.stirs(None), "there is room for it"
    booth.pull()
    wake = booth.speaker.wake_at()
    assert wake is not None
    sound.grow(ramp(200))
    assert not booth.speaker.stirs(wake), "the carrier has all it may have until then"
    assert booth.speaker.stirs(wake + 1)
    assert booth.speaker.stirs(None)


def test_a_sound_that_has_ended_is_worth_a_pull_for_its_mark() -> None:
    booth, sound = Booth(), Sound()
    booth.say(1, sound)
    sound.grow(ramp(40))
    assert booth.pull() == ["media"]
    sound.finish()
    assert booth.speaker.stirs(30)
    assert booth.pull() == ["g1:u1"]
    assert not booth.speaker.stirs(booth.speaker.wake_at())


def test_the_first_audio_of_a_later_part_is_written_down_when_it_comes() -> None:
    booth, first, second = Booth(), Sound(ramp(3_000)), Sound()
    booth.say(1, first, second)
    booth.pull()
    wake = booth.speaker.wake_at()
    booth.now = 50
    second.grow(ramp(20))
    assert booth.speaker.stirs(wake), "though it can wait"
    booth.pull()
    assert [(e["part"], e["ms"]) for e in booth.entries("first_byte")] == [(0, 0.0), (1, 50.0)]


def test_a_voice_that_is_late_makes_a_gap_that_is_written_down_and_not_filled() -> None:
    booth = Booth()
    sound = Sound()
    booth.say(1, sound)
    sound.grow(ramp(100))
    booth.pull()
    booth.now = 350
    sound.grow(ramp(100))
    booth.pull()
    sound.finish()
    booth.pull()
    assert booth.audio == ramp(100) * 2
    assert booth.entries("gap") == [{"utterance": 1, "ms": 250}]


def test_bytes_that_make_no_frame_wait_for_the_next_part() -> None:
    booth = Booth()
    first, second = Sound(), Sound()
    booth.say(1, first, second)
    first.grow(ramp(30))
    first.finish()
    assert booth.pull() == ["media"]
    second.grow(ramp(10))
    assert booth.pull() == ["media"]
    second.finish()
    assert booth.pull() == ["g1:u1"]
    assert booth.audio == ramp(30) + ramp(10)


@given(st.lists(st.integers(1, 3_000), min_size=1, max_size=12), st.integers(0, 300))
def test_what_is_sent_does_not_depend_on_how_the_voice_cut_it(sizes: list[int], every: int) -> None:
    booth = Booth()
    whole = bytes(index % 251 for index in range(sum(sizes)))
    sound = Sound()
    booth.say(1, sound)
    rest = whole
    for size in sizes:
        sound.grow(rest[:size])
        rest = rest[size:]
        booth.pass_until(booth.now + every)
    sound.finish()
    booth.pass_until(booth.now + 60_000)
    assert booth.audio == whole + b"\xff" * (-len(whole) % 160)


# --------------------------------------------------------------------------- what was heard


def test_an_utterance_is_heard_by_the_echo_of_its_mark_and_not_before() -> None:
    booth = Booth()
    booth.say(1, Sound(ramp(100)))
    assert booth.pull() == ["media", "g1:u1"]
    booth.now = 1_000
    assert booth.speaker.overdue(booth.now) == []
    assert booth.speaker.mark_echoed("g1:u1") == [UtteranceHeard(1)]
    assert booth.speaker.idle
    assert booth.speaker.mark_echoed("g1:u1") == []


def test_unknown_echoes_tell_nothing() -> None:
    booth = Booth()
    booth.say(1, Sound(ramp(5_000)))
    booth.pull()
    for name in ("", "g1:u2", "g0:u1", "g1:u1 ", "g1:u1"):  # its own mark was not sent yet
        assert booth.speaker.mark_echoed(name) == []


def test_an_echo_speaks_for_everything_before_it() -> None:
    booth = Booth()
    for number in (1, 2, 3):
        booth.say(number, Sound(ramp(20)))
    booth.pull()
    assert booth.speaker.mark_echoed("g1:u2") == [UtteranceHeard(1), UtteranceHeard(2)]
    assert booth.speaker.mark_echoed("g1:u1") == []
    assert booth.speaker.mark_echoed("g1:u3") == [UtteranceHeard(3)]


def test_a_mark_that_never_comes_back_counts_after_two_seconds() -> None:
    booth = Booth()
    booth.say(1, Sound(ramp(500)))
    booth.pull()
    assert booth.speaker.wake_at() == 500 + LOST_MARK_MS
    assert booth.speaker.overdue(500 + LOST_MARK_MS - 1) == []
    assert booth.speaker.overdue(500 + LOST_MARK_MS) == [UtteranceHeard(1)]
    assert booth.entries("heard")[0]["lost_mark"] is True
    assert booth.speaker.idle


def test_an_utterance_whose_voice_failed_is_told_as_failed_once_its_rest_was_heard() -> None:
    booth = Booth()
    broken, after = Sound(), Sound(b"b" * 160)
    booth.say(1, broken, after)
    broken.grow(b"a" * 160)
    broken.fail("the line broke")
    booth.pull()
    assert booth.audio == b"a" * 160 + b"b" * 160
    assert booth.speaker.mark_echoed("g1:u1") == [UtteranceFailed(1, "the line broke", partly=True)]
    assert booth.entries("failed") == [{"utterance": 1, "reason": "the line broke"}]


def test_the_record_says_how_fast_it_was_and_how_long() -> None:
    booth = Booth()
    sound = Sound()
    booth.now = 1_000
    booth.say(1, sound)
    booth.now = 1_075
    sound.grow(ramp(10))
    booth.pull()
    booth.now = 1_080
    sound.grow(ramp(90))
    sound.finish()
    booth.pull()
    booth.now = 1_200
    booth.speaker.mark_echoed("g1:u1")
    first_byte = {"utterance": 1, "ms": 75.0, "source": "voice", "part": 0}
    assert booth.entries("first_byte") == [first_byte]
    assert booth.entries("first_frame") == [{"utterance": 1, "mark": "g1:u1", "ms": 80.0}]
    assert booth.entries("heard") == [
        {"utterance": 1, "chunks": 2, "bytes": 800, "audio_ms": 100},
    ]


def test_a_take_is_written_down_as_one() -> None:
    booth = Booth()
    booth.say(1, Sound(ramp(100)))
    booth.pull()
    first_byte = {"utterance": 1, "ms": 0.0, "source": "take", "part": 0}
    assert booth.entries("first_byte") == [first_byte]


def test_every_part_has_its_source_and_its_first_byte() -> None:
    booth = Booth()
    begun, late = Sound(), Sound()
    begun.grow(ramp(10))
    clip = Clip("a.wav")
    parts = (Words("a", "en-US", "v", fixed=True), Silence(40), clip, clip)
    sounds = [Sound(ramp(100)), Sound(SILENCE * 320, pause=True), begun, late]
    booth.speaker.speak(Utterance(1, parts, True, "main", "start"), sounds)
    booth.pull()
    booth.now = 30
    begun.finish()
    late.grow(ramp(10))
    booth.pull()
    assert booth.entries("first_byte") == [
        {"utterance": 1, "ms": 0.0, "source": "take", "part": 0},
        {"utterance": 1, "ms": 0.0, "source": "ahead", "part": 2},
        {"utterance": 1, "ms": 30.0, "source": "voice", "part": 3},
    ]
    (asked,) = booth.entries("asked")
    assert asked["parts"] == [
        {"kind": "words"},
        {"kind": "silence", "ms": 40},
        {"kind": "clip", "file": "a.wav"},
        {"kind": "clip", "file": "a.wav"},
    ]


# --------------------------------------------------------------------------- what is heard first


def test_the_first_audible_sample_is_the_first_frame_and_the_silence_in_front() -> None:
    booth = Booth()
    booth.say(1, Sound(SILENCE * 80 + b"a" * 800))
    booth.pull()
    assert booth.entries("audible") == [{"utterance": 1, "ms": 10.0, "lead_ms": 10.0}]


def test_what_is_asked_behind_another_text_is_heard_when_that_one_was_played() -> None:
    booth = Booth()
    booth.say(1, Sound(b"a" * 8 * 400))
    booth.say(2, Sound(b"b" * 800))
    booth.pull()
    heard = [entry["ms"] for entry in booth.entries("audible")]
    assert heard == [0.0, 400.0 + GAP_MS]


def test_a_voice_that_begins_with_silence_is_heard_when_it_is_heard() -> None:
    booth = Booth()
    sound = Sound()
    booth.say(1, sound)
    sound.grow(SILENCE * 160)
    booth.pull()
    assert booth.entries("audible") == []
    booth.now = 50  # the voice was late: 30 ms of nothing in between
    sound.grow(SILENCE * 80 + b"a" * 80)
    booth.pull()
    assert booth.entries("gap") == [{"utterance": 1, "ms": 30}]
    assert booth.entries("audible") == [{"utterance": 1, "ms": 60.0, "lead_ms": 30.0}]


def test_a_pause_alone_is_never_audible_and_nobody_makes_it() -> None:
    booth = Booth()
    pause = Utterance(1, (Silence(100),), True, "main", "start")
    booth.speaker.speak(pause, [Sound(SILENCE * 800, pause=True)])
    booth.pull()
    assert booth.entries("audible") == []
    assert booth.entries("first_byte") == []


def test_between_a_key_and_its_first_frame_nothing_is_measured() -> None:
    booth = Booth()
    booth.say(1, Sound(ramp(1000)), Sound(ramp(100)))
    assert booth.speaker.next_message(0) is not None
    assert [entry["what"] for entry in booth.record.entries] == [
        "asked",
        "first_byte",
        "first_frame",
    ]


# --------------------------------------------------------------------------- being interrupted


def test_a_clear_and_the_answer_are_the_next_messages() -> None:
    booth = Booth()
    booth.say(1, Sound(b"a" * 80_000))
    booth.pass_until(430)
    booth.speaker.stop([1], booth.now)
    booth.say(2, Sound(b"b" * 160))
    assert booth.pull() == ["clear", "media", "g2:u2"]
    assert booth.sent[-2][2] == b"b" * 160
    assert booth.entries("stopped") == [{"utterance": 1, "played_ms": 430}]


def test_after_a_clear_the_lead_is_filled_anew() -> None:
    booth = Booth()
    booth.say(1, Sound(ramp(9_000)))
    booth.pull()
    booth.now = 10
    booth.speaker.stop([1], booth.now)
    booth.say(2, Sound(ramp(9_000)))
    assert booth.pull() == ["clear"] + ["media"] * (LEAD_MS // MESSAGE_MS)


def test_the_marks_a_clear_brings_back_prove_nothing() -> None:
    booth = Booth()
    booth.say(1, Sound(ramp(100)))
    booth.say(2, Sound(ramp(100)), interruptible=False)
    assert booth.pull() == ["media", "g1:u1", *["media"] * 2, "g1:u2"]
    booth.now = 50
    booth.speaker.stop([1], booth.now)
    assert booth.pull() == ["clear", "media", "g2:u2"]
    # The clear echoes both pending marks: neither was heard.
    assert booth.speaker.mark_echoed("g1:u1") == []
    assert booth.speaker.mark_echoed("g1:u2") == []
    assert booth.speaker.mark_echoed("g2:u2") == [UtteranceHeard(2)]


def test_a_notice_behind_what_was_stopped_is_sent_again_whole_and_at_once() -> None:
    booth = Booth()
    booth.say(1, Sound(b"a" * 4_000))
    booth.say(2, Sound(ramp(700)), interruptible=False)
    booth.pull()
    assert len(booth.audio) > 4_000 + GAP_MS * 8, "some of the notice is at the carrier"
    booth.now = 300
    booth.speaker.stop([1], booth.now)
    booth.sent.clear()
    booth.pass_until(booth.now)
    assert booth.audio == ramp(700) + b"\xff" * (-len(ramp(700)) % 160)


def test_a_notice_that_was_not_sent_yet_begins_at_once_too() -> None:
    booth = Booth()
    booth.say(1, Sound(b"a" * 16_000))
    booth.say(2, Sound(ramp(100)), interruptible=False)
    booth.pull()
    booth.speaker.stop([1], booth.now)
    booth.sent.clear()
    booth.pull()
    assert booth.audio == ramp(100)


def test_the_answer_behind_a_notice_keeps_its_breath() -> None:
    booth = Booth()
    booth.say(1, Sound(b"a" * 4_000))
    booth.say(2, Sound(b"n" * 1_600), interruptible=False)
    booth.pull()
    booth.speaker.stop([1], booth.now)
    booth.say(3, Sound(b"b" * 1_600))
    booth.sent.clear()
    booth.pull()
    assert booth.audio == b"n" * 1_600 + b"\xff" * GAP_MS * 8 + b"b" * 1_600


def test_what_was_never_sent_is_dropped_without_a_clear() -> None:
    booth = Booth()
    booth.say(1, Sound(ramp(5_000)))
    booth.say(2, Sound(ramp(100)))
    booth.pull()
    booth.speaker.stop([2], booth.now)
    assert booth.pull() == []
    booth.pass_until(10_000)
    assert [event for _, event, _ in booth.sent].count("clear") == 0
    assert booth.audio == ramp(5_000)
    assert booth.entries("stopped") == [{"utterance": 2, "played_ms": 0}]


def test_what_was_heard_or_never_asked_cannot_be_stopped() -> None:
    booth = Booth()
    booth.say(1, Sound(ramp(100)))
    booth.pull()
    booth.speaker.mark_echoed("g1:u1")
    booth.speaker.stop([1, 7], booth.now)
    assert booth.pull() == []


def test_a_stop_returns_the_sounds_nobody_waits_for() -> None:
    booth = Booth()
    first, second, kept = Sound(), Sound(), Sound()
    booth.say(1, first, second)
    booth.say(2, kept)
    assert booth.speaker.stop([1], 0) == [first, second]


def test_every_clear_begins_a_new_generation() -> None:
    booth = Booth()
    marks = []
    for number in range(1, 6):
        booth.say(number, Sound(ramp(20)))
        marks += [each for each in booth.pull() if each.startswith("g")]
        booth.speaker.stop([number], booth.now)
    assert marks == ["g1:u1", "g2:u2", "g3:u3", "g4:u4", "g5:u5"]


# --------------------------------------------------------------------------- a slow link


def test_a_link_that_makes_us_wait_never_gets_more_than_the_lead() -> None:
    # Each message takes 300 ms to leave; the carrier plays it from then on.
    booth = Booth()
    booth.say(1, Sound(ramp(4_000)))
    playing_until = 0
    arrivals: list[tuple[int, int]] = []
    while not arrivals or booth.now < 10_000:
        text = booth.speaker.next_message(booth.now)
        if text is None:
            wake = booth.speaker.wake_at() or 10_000
            booth.now = min(max(wake, booth.now + 1), 10_000)
            booth.speaker.overdue(booth.now)
            continue
        booth.now += 300
        if "media" in text:
            size = len(base64.b64decode(json.loads(text)["media"]["payload"]))
            playing_until = max(playing_until, booth.now) + size // 8
            arrivals.append((booth.now, playing_until))
    assert all(until - at <= LEAD_MS for at, until in arrivals)
    assert arrivals[-1][1] - arrivals[0][0] >= 4_000
    assert all(first[0] < second[0] for first, second in pairwise(arrivals))


def test_who_is_to_be_quiet_ends_what_was_begun_and_begins_nothing_more() -> None:
    booth = Booth()
    booth.say(1, Sound(ramp(1_500)))
    booth.say(2, Sound(ramp(300)))
    booth.pull()
    booth.speaker.hold(True)
    booth.pass_until(3_000)
    assert booth.audio == ramp(1_500)
    assert not booth.rests(), "nobody knows yet that it was heard"
    assert booth.speaker.mark_echoed("g1:u1") == [UtteranceHeard(1)]
    assert booth.rests()
    assert booth.pull() == []
    assert booth.speaker.wake_at() is None
    assert not booth.speaker.idle, "the second text is for whoever goes on"


def test_an_interrupted_text_is_thrown_out_before_anybody_rests() -> None:
    booth = Booth()
    booth.say(1, Sound(ramp(1_500)))
    booth.pull()
    booth.speaker.hold(True)
    booth.speaker.stop([1], 0)
    assert not booth.rests()
    assert booth.pull() == ["clear"]
    assert booth.rests()
