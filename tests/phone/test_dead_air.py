"""Dead air: what a caller who is made to wait may not have to hear, and what is none."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from ivr.audio.frames import BYTES_PER_MS
from ivr.audio.mulaw import SILENCE
from ivr.phone.dead_air import DEAD_AIR_MS, Entry, Pause, Span, dead_air, passing, told
from ivr.phone.recording import Recording
from ivr.phone.telephone import Telephone
from tests.phone.lines import CONNECT, HANG_UP, TONE, FakeNetwork, FakeSocket, Page, Talk, ring
from tests.virtual import pass_time

DIAL = '<Response><Dial action="/back" timeout="20"><Number>+13125550123</Number></Dial></Response>'

SHORT = TONE[:800]

Hands = Callable[[Telephone], Coroutine[Any, Any, None]]


def quiet(ms: float) -> bytes:
    return SILENCE * round(ms * BYTES_PER_MS)


def presses(*moments: tuple[float, str], stays: float = 5.0) -> Hands:
    """A caller who presses keys at these seconds, and hangs up so long after the last one."""

    async def hands(phone: Telephone) -> None:
        for at, key in moments:
            await pass_time(at - phone.now_ms / 1000)
            phone.press(key)
        await pass_time(stays)
        phone.hang_up()

    return hands


def call(talk: Talk, hands: Hands | None = None, entries: list[Entry] | None = None) -> Recording:
    async def with_record(phone: Telephone) -> None:
        for entry in entries or ():
            phone.entry(entry)
        if hands is not None:
            await hands(phone)

    return ring(FakeNetwork({"/voice": CONNECT, "/after": HANG_UP}, talk), with_record)


def found(recording: Recording) -> list[tuple[int, int]]:
    """The faults of dead air: from when on and how long, in whole milliseconds."""
    words = [fault.text.split() for fault in recording.faults]
    lengths = [int(word[4].replace(",", "")) for word in words if word[:2] == ["nothing", "was"]]
    return [(round(f.at_ms), ms) for f, ms in zip(recording.faults, lengths, strict=True)]


def answers(after: float, audio: bytes = TONE, *, clear_at: float | None = None) -> Talk:
    """A line that greets, and answers the first key so many seconds later."""

    async def talk(socket: FakeSocket) -> None:
        sid = await socket.started()
        socket.media(sid, TONE)
        socket.mark(sid, "g0:u1")
        await socket.event("dtmf")
        if clear_at is not None:
            await pass_time(clear_at)
            socket.clear(sid)
        await pass_time(after - (clear_at or 0))
        socket.media(sid, audio)
        socket.mark(sid, "g1:u2")
        await socket.event("never")

    return talk


# --------------------------------------------------------------------------- spans alone


def test_only_silence_in_which_something_was_owed_is_dead_air() -> None:
    silent = [Span(0, 500), Span(1000, 4000), Span(9000, 9500)]
    owed = [Span(300, 2000, "at the start"), Span(3500, 5000, "after key 2")]
    assert dead_air(silent, owed) == (
        Span(300, 500, "at the start"),
        Span(1000, 2000, "at the start"),
        Span(3500, 4000, "after key 2"),
    )


def test_waits_that_touch_are_one_wait_and_the_last_reason_counts() -> None:
    owed = [Span(0, 1000, "at the start"), Span(1010, 3000, "after key 1")]
    assert dead_air([Span(500, 2500)], owed) == (Span(500, 2500, "at the start"),)
    assert dead_air([Span(1500, 2500)], owed) == (Span(1500, 2500, "after key 1"),)


def test_a_written_pause_is_taken_off_and_nothing_more() -> None:
    owed, pause = [Span(0, 9000)], Pause(Span(3000, 6000), 2000)
    assert dead_air([Span(3500, 6000)], owed, [pause]) == (Span(3500, 4000),)
    assert dead_air([Span(4000, 6000)], owed, [pause]) == ()
    assert dead_air([Span(6500, 9000)], owed, [pause]) == (Span(6500, 9000),)


def test_exactly_the_limit_is_allowed() -> None:
    assert passing([Span(0, DEAD_AIR_MS)]) == ()
    assert passing([Span(0, DEAD_AIR_MS + 0.125)]) != ()


def test_it_is_told_in_one_sentence() -> None:
    assert told(Span(4200, 7400, "after key 2"), 1200) == (
        "nothing was heard for 3,200 ms after key 2, from 4.2 s on; 1,200 ms is the most"
    )


# --------------------------------------------------------------------------- by the wire alone


@pytest.mark.parametrize("seconds", [0.0, 1.1, 1.3, 4.0])
def test_from_the_start_to_the_first_sound_the_line_owes(seconds: float) -> None:
    async def talk(socket: FakeSocket) -> None:
        sid = await socket.started()
        await pass_time(seconds)
        socket.media(sid, TONE)
        socket.mark(sid, "g0:u1")
        await socket.event("mark")
        socket.shut()

    recording = call(talk)
    assert found(recording) == ([(0, round(seconds * 1000))] if seconds > 1.2 else [])
    assert recording.dead_air_ms == pytest.approx(seconds * 1000, abs=1)


def test_a_silent_first_second_counts_like_none_at_all() -> None:
    async def talk(socket: FakeSocket) -> None:
        sid = await socket.started()
        socket.media(sid, quiet(1500) + SHORT)
        socket.mark(sid, "g0:u1")
        await socket.event("mark")
        socket.shut()

    assert found(call(talk)) == [(0, 1500)]


def test_a_line_that_never_says_anything_is_caught() -> None:
    async def talk(socket: FakeSocket) -> None:
        await socket.event("never")

    assert found(call(talk, presses((0, "1"), stays=3))) == [(0, 3000)]


def test_while_the_line_listens_it_owes_nothing() -> None:
    recording = call(answers(0.1), presses((9, "1"), stays=9))
    assert found(recording) == []
    assert recording.dead_air_ms == pytest.approx(100, abs=20)


def test_from_a_key_to_its_answer_the_line_owes() -> None:
    silent_beginning = quiet(1500) + SHORT
    assert found(call(answers(0.1, silent_beginning), presses((3, "1")))) == [(3000, 1600)]


def test_a_long_time_after_a_key_may_be_patience_and_is_not_held_against_a_foreign_line() -> None:
    assert found(call(answers(3.0), presses((3, "1")))) == []
    assert found(call(answers(3.0, clear_at=0.1), presses((3, "1")))) == []


def test_between_the_digits_of_an_entry_the_line_owes_nothing() -> None:
    digits = [(3.0, "1"), (5.0, "2"), (7.0, "3")]
    assert found(call(answers(4.1), presses(*digits))) == []


def starves(silence: float, *, mark: bool) -> Talk:
    """A voice that stops in the middle for so long, and goes on, or only marks its end."""

    async def talk(socket: FakeSocket) -> None:
        sid = await socket.started()
        socket.media(sid, TONE)
        await pass_time(1 + silence)
        if not mark:
            socket.media(sid, TONE)
        socket.mark(sid, "g0:u1")
        await socket.event("mark")
        socket.shut()

    return talk


@pytest.mark.parametrize("mark", [True, False])
def test_a_hole_in_an_utterance_counts_until_it_goes_on_or_is_over(mark: bool) -> None:
    assert found(call(starves(1.0, mark=mark))) == []
    assert found(call(starves(2.0, mark=mark))) == [(1000, 2000)]


def test_an_utterance_that_never_ends_is_caught_when_the_caller_gives_up() -> None:
    async def talk(socket: FakeSocket) -> None:
        sid = await socket.started()
        socket.media(sid, TONE)
        await socket.event("never")

    assert found(call(talk, presses((0, "1"), stays=4))) == [(1000, 3000)]


def test_silence_that_was_sent_inside_an_utterance_may_be_meant() -> None:
    async def talk(socket: FakeSocket) -> None:
        sid = await socket.started()
        socket.media(sid, TONE)
        socket.media(sid, quiet(1900) + SHORT)
        socket.mark(sid, "g0:u1")
        await socket.event("mark")
        socket.shut()

    assert found(call(talk)) == []


@pytest.mark.parametrize(("seconds", "silences"), [(0.5, []), (2.0, [2000])])
def test_after_a_transfer_the_line_owes_again(seconds: float, silences: list[int]) -> None:
    async def greets(socket: FakeSocket) -> None:
        sid = await socket.started()
        socket.media(sid, TONE)
        socket.mark(sid, "g0:u1")
        await socket.event("mark")
        socket.shut()

    async def comes_back(socket: FakeSocket) -> None:
        await socket.started()
        await pass_time(seconds)
        await greets_again(socket)

    async def greets_again(socket: FakeSocket) -> None:
        sid = socket.sent[-1]["streamSid"]
        socket.media(sid, TONE)
        socket.mark(sid, "g0:u2")
        await socket.event("mark")
        socket.shut()

    pages: dict[str, Page | list[Page]] = {"/voice": CONNECT, "/back": CONNECT}
    pages["/after"] = [DIAL, HANG_UP]
    recording = ring(FakeNetwork(pages, greets, comes_back))
    assert len(recording.legs) == 1
    assert [ms for _, ms in found(recording)] == silences


def test_it_can_be_left_unjudged() -> None:
    async def talk(socket: FakeSocket) -> None:
        await socket.event("never")

    network = FakeNetwork({"/voice": CONNECT, "/after": HANG_UP}, talk)
    recording = ring(network, presses((0, "1"), stays=9), dead_air_ms=None)
    assert recording.faults == []
    assert recording.dead_air_ms is None


# --------------------------------------------------------------------------- with the record


def record(*entries: dict[str, object]) -> list[Entry]:
    """Entries on the server's clock, whose webhook was 100 ms before the answer."""
    return [
        {**entry, "t": float(str(entry["t"])) + 100}
        for entry in ({"t": 0, "what": "stream", "number": 1}, *entries)
    ]


def asked(t: float, utterance: int, cause: str, *pauses: int) -> dict[str, object]:
    parts = [{"kind": "words"}, *({"kind": "silence", "ms": ms} for ms in pauses)]
    return {"t": t, "what": "asked", "utterance": utterance, "cause": cause, "parts": parts}


def heard(t: float, utterance: int) -> dict[str, object]:
    return {"t": t, "what": "heard", "utterance": utterance}


GREETING = (asked(0, 1, "answer"), heard(1000, 1))


def test_a_late_answer_is_caught_where_the_record_says_that_the_key_caused_it() -> None:
    entries = record(
        *GREETING,
        {"t": 3000, "what": "key", "key": "2"},
        asked(3001, 2, "key"),
        heard(7000, 2),
    )
    recording = call(answers(3.0), presses((3, "2")), entries)
    assert found(recording) == [(3000, 3000)]
    assert "after key 2" in recording.faults[0].text


def test_patience_between_keys_is_none_where_the_record_says_that_time_passed() -> None:
    entries = record(
        *GREETING,
        {"t": 3000, "what": "key", "key": "2"},
        asked(6000, 2, "time"),
        heard(7000, 2),
    )
    assert found(call(answers(3.0), presses((3, "2")), entries)) == []


def pauses_inside(sent: float) -> Talk:
    """A second of sound, silence that was sent, and sound again."""

    async def talk(socket: FakeSocket) -> None:
        sid = await socket.started()
        socket.media(sid, TONE)
        socket.media(sid, quiet(sent) + SHORT)
        socket.mark(sid, "g0:u1")
        await socket.event("mark")
        socket.shut()

    return talk


@pytest.mark.parametrize(
    ("sent", "written", "ms"),
    [(1900, (2000,), []), (1900, (), [1900]), (1900, (500,), [1400]), (1900, (1000, 1000), [])],
)
def test_silence_that_was_sent_is_dead_air_unless_it_was_written(
    sent: float, written: tuple[int, ...], ms: list[int]
) -> None:
    entries = record(asked(0, 1, "answer", *written), heard(1000 + sent + 100, 1))
    assert [ms for _, ms in found(call(pauses_inside(sent), None, entries))] == ms


def test_a_pause_of_one_utterance_excuses_no_other() -> None:
    entries = record(
        asked(0, 1, "answer", 2000),
        asked(0, 2, "answer"),
        heard(900, 1),
        heard(3000, 2),
    )
    assert [ms for _, ms in found(call(pauses_inside(1900), None, entries))] == [1900]


def test_a_record_without_a_stream_changes_nothing() -> None:
    entries: list[Entry] = [{"t": "?", "what": "asked"}, {"what": 3}]
    assert found(call(answers(0.1), presses((3, "2")), entries)) == []
