"""One media stream on virtual time: pace, marks, keys, and what a server can do wrong in it."""

from __future__ import annotations

import asyncio
import base64

import pytest

from ivr.phone.events import Cleared, KeyPressed, StreamEnded, StreamStarted
from ivr.phone.recording import Recording
from ivr.phone.stream import OUTBOX_MAX, Mouth
from ivr.phone.telephone import Telephone
from tests.phone.lines import (
    CONNECT,
    HANG_UP,
    NOTHING,
    TONE,
    FakeNetwork,
    FakeSocket,
    Talk,
    ring,
    says_hello,
)
from tests.virtual import pass_time


def line(*talks: Talk) -> FakeNetwork:
    return FakeNetwork({"/voice": CONNECT, "/after": HANG_UP}, *talks)


def faults(recording: Recording) -> list[tuple[int, str]]:
    return [(fault.code, fault.text) for fault in recording.faults]


def test_a_stream_begins_with_connected_and_start_and_ends_in_silence() -> None:
    network = line(says_hello)
    recording = ring(network)
    sent = network.sockets[0].sent
    assert [message["event"] for message in sent[:3]] == ["connected", "start", "media"]
    assert sent[1]["start"]["customParameters"] == {"flow": "main"}
    assert faults(recording) == []


def test_fifty_frames_a_second_are_sent_on_absolute_time() -> None:
    network = line(says_hello)
    ring(network)
    media = [m["media"] for m in network.sockets[0].sent if m["event"] == "media"]
    assert 50 <= len(media) <= 52
    assert [m["timestamp"] for m in media[:3]] == ["0", "20", "40"]
    assert [m["chunk"] for m in media[:3]] == ["1", "2", "3"]
    assert {m["payload"] for m in media} == {base64.b64encode(b"\xff" * 160).decode()}


def test_a_mark_comes_back_at_the_millisecond_its_audio_was_played() -> None:
    network = line(says_hello)
    recording = ring(network)
    (segment,) = recording.segments
    assert segment.start_ms == 0
    assert segment.end_ms == 1000
    assert [m["mark"]["name"] for m in network.sockets[0].sent if m["event"] == "mark"] == ["g0:u1"]
    (ended,) = [e for e in recording.events if isinstance(e, StreamEnded)]
    assert ended == StreamEnded(1000, 1, by_server=True, close_code=1000)


def test_the_first_sound_is_measured_from_start_and_from_a_key_to_new_sound() -> None:
    async def talk(socket: FakeSocket) -> None:
        sid = await socket.started()
        await pass_time(0.1)
        socket.media(sid, NOTHING[: 400 * 8] + TONE)
        socket.mark(sid, "g0:u1")
        await socket.event("dtmf")
        socket.media(sid, TONE[:160])  # still the old sentence: not what the key was answered with
        socket.clear(sid)
        await pass_time(0.05)
        socket.media(sid, TONE)
        socket.mark(sid, "g1:u2")
        await socket.event("mark")
        await socket.event("mark")
        socket.shut()

    async def hands(phone: Telephone) -> None:
        await pass_time(0.7)
        phone.press("1")

    recording = ring(line(talk), hands)
    assert [(s.after, round(s.ms)) for s in recording.sounds] == [("answer", 500), ("1", 50)]


def test_a_clear_returns_the_pending_marks_at_once() -> None:
    async def talk(socket: FakeSocket) -> None:
        sid = await socket.started()
        for number in range(3):
            socket.media(sid, TONE)
            socket.mark(sid, f"g0:u{number}")
        await pass_time(1.5)
        socket.clear(sid)
        names = [(await socket.event("mark"))["mark"]["name"] for _ in range(3)]
        assert names == ["g0:u0", "g0:u1", "g0:u2"]
        socket.shut()

    recording = ring(line(talk))
    assert [(s.mark, s.cut, round(s.end_ms)) for s in recording.segments] == [
        ("g0:u0", False, 1000),
        ("g0:u1", True, 1500),
        ("g0:u2", True, 1500),
    ]
    (cleared,) = [e for e in recording.events if isinstance(e, Cleared)]
    assert (round(cleared.at_ms), round(cleared.lost_ms)) == (1500, 1500)
    assert faults(recording) == []


def test_a_mark_between_two_frames_of_the_caller_does_not_wait_for_the_next() -> None:
    times: list[float] = []

    async def talk(socket: FakeSocket) -> None:
        sid = await socket.started()
        await pass_time(0.005)
        socket.media(sid, TONE)
        socket.mark(sid, "g0:u1")
        await socket.event("mark")
        times.append(asyncio.get_running_loop().time())
        socket.shut()

    ring(line(talk))
    assert times == [1.005]


def test_keys_go_out_as_dtmf_and_are_heard_in_the_recording() -> None:
    async def hands(phone: Telephone) -> None:
        await pass_time(0.5)
        phone.press("5")

    network = line(says_hello)
    recording = ring(network, hands)
    (dtmf,) = [m for m in network.sockets[0].sent if m["event"] == "dtmf"]
    assert dtmf["dtmf"] == {"track": "inbound_track", "digit": "5"}
    assert recording.keys == [KeyPressed(500, "5", sent=True)]
    assert recording.caller.audio[:4000] == b"\xff" * 4000
    assert recording.caller.audio[4000:4640] != b"\xff" * 640


def test_what_the_caller_says_goes_out_frame_by_frame_and_into_the_recording() -> None:
    async def hands(phone: Telephone) -> None:
        await pass_time(0.0)
        phone.say(b"\x01" * 250)

    network = line(says_hello)
    recording = ring(network, hands)
    spoken = [
        base64.b64decode(m["media"]["payload"])
        for m in network.sockets[0].sent
        if m["event"] == "media"
    ]
    assert b"".join(spoken).strip(b"\xff") == b"\x01" * 250
    assert bytes(recording.caller.audio).strip(b"\xff") == b"\x01" * 250


def test_hanging_up_says_stop_last_and_never_faults_the_server() -> None:
    async def talk(socket: FakeSocket) -> None:
        sid = await socket.started()
        for _ in range(100):
            socket.media(sid, TONE)
            await pass_time(0.1)

    async def hands(phone: Telephone) -> None:
        await pass_time(0.333)
        phone.hang_up()

    network = line(talk)
    recording = ring(network, hands)
    assert network.sockets[0].sent[-1]["event"] == "stop"
    assert network.sockets[0].sent[-1]["stop"]["callSid"].startswith("CA")
    assert faults(recording) == []
    assert recording.ended is not None
    assert round(recording.ended.at_ms) == 333


def test_what_the_server_says_after_the_hang_up_is_nobodys_fault() -> None:
    class SlowGoodbye(FakeSocket):
        async def send(self, text: str) -> None:
            await super().send(text)
            if '"stop"' in text:
                await pass_time(0.5)

    async def talk(socket: FakeSocket) -> None:
        await socket.event("stop")
        socket.raw("nonsense")
        await socket.event("never")

    async def hands(phone: Telephone) -> None:
        await pass_time(0.1)
        phone.hang_up()

    network = line(talk)
    network.socket_type = SlowGoodbye
    assert faults(ring(network, hands)) == []


def test_numbers_run_on_without_a_hole() -> None:
    async def hands(phone: Telephone) -> None:
        for key in "1#":
            await pass_time(0.2)
            phone.press(key)
        await pass_time(0.1)
        phone.hang_up()

    network = line(says_hello)
    ring(network, hands)
    numbers = [m["sequenceNumber"] for m in network.sockets[0].sent[1:]]
    assert numbers == [str(n + 1) for n in range(len(numbers))]


@pytest.mark.parametrize(
    ("code", "fault"),
    [(1000, []), (1001, []), (1012, []), (1011, [31921]), (1008, [31921]), (None, [31903])],
)
def test_how_the_server_closes(code: int | None, fault: list[int]) -> None:
    async def talk(socket: FakeSocket) -> None:
        await socket.started()
        socket.shut(code)

    recording = ring(line(talk))
    assert [f.code for f in recording.faults] == fault


def test_a_close_that_cuts_off_the_last_words_is_a_fault() -> None:
    async def talk(socket: FakeSocket) -> None:
        sid = await socket.started()
        socket.media(sid, TONE)
        socket.mark(sid, "g0:u1")
        await pass_time(0.25)
        socket.shut()

    recording = ring(line(talk))
    assert faults(recording) == [(0, "the last 750 ms of what was said were cut off by the close")]
    assert [(s.mark, s.cut, round(s.end_ms)) for s in recording.segments] == [("g0:u1", True, 250)]


def test_bad_messages_are_told_with_their_time_and_the_stream_goes_on() -> None:
    async def talk(socket: FakeSocket) -> None:
        sid = await socket.started()
        await pass_time(0.04)
        socket.raw(b"\x00\x01")
        socket.tell(event="clear", streamSid="MZother")
        socket.tell(event="bye", streamSid=sid)
        socket.media(sid, b"\xff" * 100)
        await says_goodbye(socket, sid)

    async def says_goodbye(socket: FakeSocket, sid: str) -> None:
        socket.mark(sid, "end")
        await socket.event("mark")
        socket.shut()

    recording = ring(line(talk))
    assert [(f.code, round(f.at_ms)) for f in recording.faults] == [
        (31950, 40),
        (31951, 40),
        (31951, 40),
        (0, 40),
    ]
    assert recording.segments[0].mark == "end"


def test_ten_minutes_of_audio_are_dropped_and_told_once() -> None:
    async def talk(socket: FakeSocket) -> None:
        sid = await socket.started()
        for _ in range(603):
            socket.media(sid, TONE)
        await pass_time(0.1)
        socket.clear(sid)
        socket.shut()

    assert [f.code for f in ring(line(talk)).faults] == [31931]


def test_a_server_that_takes_nothing_is_told_once_and_can_still_be_hung_up_on() -> None:
    class Clogged(FakeSocket):
        async def send(self, text: str) -> None:
            await pass_time(3600)

    async def talk(socket: FakeSocket) -> None:
        await socket.event("never")

    async def hands(phone: Telephone) -> None:
        await pass_time((OUTBOX_MAX + 100) * 0.02)
        phone.hang_up()

    network = line(talk)
    network.socket_type = Clogged
    recording = ring(network, hands, dead_air_ms=None)
    assert [f.code for f in recording.faults] == [31930]
    assert recording.ended is not None


def test_the_start_tells_how_long_the_handshake_took() -> None:
    recording = ring(line(says_hello))
    (started,) = [e for e in recording.events if isinstance(e, StreamStarted)]
    assert (started.at_ms, started.number, started.took_ms) == (0, 1, 0)


def test_a_mouth_fills_its_last_frame_with_silence() -> None:
    mouth = Mouth()
    mouth.say(b"\x01" * 170)
    assert mouth.frame() == b"\x01" * 160
    assert mouth.frame() == b"\x01" * 10 + b"\xff" * 150
    assert mouth.frame() is None
