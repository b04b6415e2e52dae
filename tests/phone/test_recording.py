"""The recording: both tracks at the call's times, and a WAV that is what it says."""

from __future__ import annotations

import io
import wave

import numpy as np

from ivr.audio import mulaw
from ivr.phone.events import CallEnded, EndedBy, Faulted, KeyPressed
from ivr.phone.faults import Fault
from ivr.phone.recording import FAULTS_MAX, Recording, Track
from ivr.phone.tones import key_tone


def test_a_track_has_no_holes_and_later_audio_lies_over_earlier() -> None:
    track = Track()
    track.put(b"aaaaaaaa", 2)
    assert track.audio == b"\xff" * 16 + b"a" * 8
    track.put(b"bbbb", 2.5)
    assert track.audio == b"\xff" * 16 + b"aaaabbbb"
    track.reach(4)
    assert len(track.audio) == 32
    track.reach(1)
    assert len(track.audio) == 32


def test_the_wav_has_the_caller_left_and_the_line_right_at_their_times() -> None:
    recording = Recording()
    recording.line.put(b"\x10" * 800, 100)
    recording.add(KeyPressed(500, "5", sent=True))
    with wave.open(io.BytesIO(recording.wav())) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, 8000, 2)
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    assert len(sound) == (500 + 80) * 8
    assert np.flatnonzero(sound[:, 1]).tolist() == list(range(800, 1600))
    tone = np.frombuffer(mulaw.decode(key_tone("5")), "<i2")
    assert np.array_equal(sound[4000:, 0], tone)
    assert not sound[:4000, 0].any()


def test_a_key_that_must_be_kept_nowhere_is_silent() -> None:
    recording = Recording()
    keys = [KeyPressed(at_ms, "7", sent=True) for at_ms in (0, 200)]
    for key in keys:
        recording.add(key)
    recording.hush(keys[0])
    assert bytes(recording.caller.audio[:1600]) == b"\xff" * 1600
    assert bytes(recording.caller.audio[1600:]) == key_tone("7")


def test_faults_of_a_server_gone_mad_are_limited() -> None:
    recording = Recording()
    for number in range(FAULTS_MAX + 50):
        recording.add(Faulted(number, Fault(31951, "again", number)))
    assert len(recording.faults) == FAULTS_MAX


def test_a_recording_is_complete_once_the_call_ended() -> None:
    recording = Recording()
    assert recording.ended is None
    recording.add(CallEnded(1000, EndedBy.LINE))
    assert recording.ended == CallEnded(1000, EndedBy.LINE)
