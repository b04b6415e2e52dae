"""Callers on paper, on virtual time: when each key is pressed, and when the caller hangs up."""

from __future__ import annotations

import asyncio

import pytest

from ivr.audio.loudness import first_audible_ms
from ivr.audio.mulaw import SILENCE
from ivr.phone.events import EndedBy
from ivr.phone.recording import Recording
from ivr.phone.script import GIVES_UP_MS, HangUp, Press, Say, Wait, parse, perform
from ivr.phone.telephone import Telephone
from tests.phone.lines import CONNECT, HANG_UP, TONE, FakeNetwork, FakeSocket, Talk, ring
from tests.virtual import pass_time

SECOND = 8000


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("", ()),
        ("2", (Press("2", at_once=False),)),
        ("2 12345678#", (Press("2", at_once=False), Press("12345678#", at_once=False))),
        ("!2 *!", (Press("2", at_once=True), Press("*", at_once=True))),
        ("wait:3 1", (Wait(3000), Press("1", at_once=False))),
        ("wait:0.5s hangup", (Wait(500), HangUp())),
        ("say:4s #", (Say(4000), Press("#", at_once=False))),
    ],
)
def test_scripts_are_read(text: str, script: tuple[object, ...]) -> None:
    assert parse(text) == script


@pytest.mark.parametrize(
    "text", ["x", "1,2", "!", "wait:", "wait:x", "wait:601", "say:", "say:hello", "1" * 201, "-1"]
)
def test_what_is_no_script_says_why(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse(text)


def call(script: str, *talks: Talk, pages: dict[str, str] | None = None) -> Recording:
    async def hands(phone: Telephone) -> None:
        await perform(parse(script), phone)

    table = {"/voice": CONNECT, "/after": HANG_UP, **(pages or {})}
    return ring(FakeNetwork(table, *talks), hands)


def pressed(recording: Recording) -> list[tuple[str, int]]:
    return [(key.key, round(key.at_ms)) for key in recording.keys]


async def menu(socket: FakeSocket) -> None:
    """Says a second, then answers every key with another second, at once."""
    sid = await socket.started()
    number = 0
    while True:
        number += 1
        socket.clear(sid)
        socket.media(sid, TONE)
        socket.mark(sid, f"g{number}:u{number}")
        await socket.event("dtmf")


def test_a_key_is_pressed_when_the_line_has_been_quiet_for_a_moment() -> None:
    recording = call("1 2", menu)
    # 1000 ms of prompt and 300 of quiet, on the next frame; then the same again.
    assert pressed(recording) == [("1", 1300), ("2", 2600)]
    assert recording.faults == []


def test_after_the_last_key_the_caller_hears_the_answer_out_and_hangs_up() -> None:
    recording = call("1", menu)
    assert recording.ended is not None
    assert recording.ended.by is EndedBy.CALLER
    assert round(recording.ended.at_ms) == 1300 + 1000 + 1000


def test_keys_of_one_word_follow_each_other_quickly() -> None:
    async def talk(socket: FakeSocket) -> None:
        sid = await socket.started()
        socket.media(sid, TONE)
        socket.mark(sid, "g0:u1")
        for _ in range(4):
            await socket.event("dtmf")
        socket.media(sid, TONE)
        socket.mark(sid, "g0:u2")
        await socket.event("never")

    recording = call("123#", talk)
    assert pressed(recording) == [("1", 1300), ("2", 1420), ("3", 1540), ("#", 1660)]


def test_an_exclamation_mark_presses_at_once_into_what_is_said() -> None:
    recording = call("!1 2", menu)
    assert pressed(recording) == [("1", 20), ("2", 1320)]
    assert [key.sent for key in recording.keys] == [True, True]


def test_wait_keeps_quiet_and_counts_from_the_last_key() -> None:
    assert pressed(call("1 wait:3 !2", menu)) == [("1", 1300), ("2", 1300 + 120 + 3000)]


def test_a_caller_who_says_something_says_it_at_the_next_question() -> None:
    recording = call("1 say:2s hangup", menu)
    assert recording.ended is not None
    began = 1300 + 1000 + 300
    assert abs(recording.ended.at_ms - (began + 2000)) <= 40
    said = bytes(recording.caller.audio)
    assert first_audible_ms(said) is not None
    assert abs(len(said.rstrip(SILENCE)) // 8 - (began + 2000)) <= 40


def test_hangup_hangs_up_there() -> None:
    recording = call("wait:0.5 hangup", menu)
    assert recording.ended is not None
    assert round(recording.ended.at_ms) == 520


def test_a_voice_that_starves_is_not_taken_for_a_question() -> None:
    async def talk(socket: FakeSocket) -> None:
        sid = await socket.started()
        socket.media(sid, TONE)
        await pass_time(3)  # the voice is slow in the middle of its sentence
        socket.media(sid, TONE)
        socket.mark(sid, "g0:u1")
        await socket.event("never")

    assert pressed(call("1", talk)) == [("1", 4300)]


def test_two_texts_close_together_are_one() -> None:
    async def talk(socket: FakeSocket) -> None:
        sid = await socket.started()
        socket.media(sid, TONE)
        socket.mark(sid, "g0:u1")
        await pass_time(1.25)
        socket.media(sid, TONE)
        socket.mark(sid, "g0:u2")
        await socket.event("never")

    assert pressed(call("1", talk)) == [("1", 2560)]


def test_a_line_that_says_nothing_to_a_key_wants_more_keys() -> None:
    async def talk(socket: FakeSocket) -> None:
        sid = await socket.started()
        socket.media(sid, TONE)
        socket.mark(sid, "g0:u1")
        await socket.event("never")

    # 1200 ms after the first key, not 300: an answer might still be on its way.
    assert pressed(call("1 2", talk)) == [("1", 1300), ("2", 2500)]


def test_dead_air_is_a_fault_and_ends_the_call() -> None:
    async def talk(socket: FakeSocket) -> None:
        await socket.event("never")

    recording = call("1", talk)
    assert recording.faults[0].text == "nothing was heard for 20 seconds"
    assert recording.ended is not None
    assert round(recording.ended.at_ms) == GIVES_UP_MS
    assert recording.keys == []


def test_dead_air_after_half_a_sentence_is_dead_air_too() -> None:
    async def talk(socket: FakeSocket) -> None:
        sid = await socket.started()
        socket.media(sid, TONE)
        await socket.event("never")

    recording = call("1", talk)
    assert recording.ended is not None
    assert round(recording.ended.at_ms) == 1000 + GIVES_UP_MS


def test_a_caller_on_paper_waits_through_a_transfer_and_goes_on_after_it() -> None:
    async def leaves(socket: FakeSocket) -> None:
        sid = await socket.started()
        socket.media(sid, TONE)
        socket.mark(sid, "g0:u1")
        await socket.event("mark")
        await socket.event("dtmf")
        socket.shut()

    dial = '<Response><Dial action="/dialled">+13125550123</Dial></Response>'
    recording = call("1 2", leaves, menu, pages={"/after": dial, "/dialled": CONNECT})
    # The first word at 1300; back after 1 s of ringing and 3 s of talk; a prompt and a pause more.
    assert pressed(recording) == [("1", 1300), ("2", 6600)]


def test_a_line_that_hangs_up_first_ends_the_script() -> None:
    async def talk(socket: FakeSocket) -> None:
        await socket.started()
        await pass_time(0.5)
        socket.shut()

    recording = call("1 2 3", talk)
    assert recording.keys == []
    assert recording.ended is not None
    assert recording.ended.by is EndedBy.LINE


def test_a_caller_on_paper_waits_while_the_line_looks_something_up() -> None:
    async def hands(phone: Telephone) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(perform(parse("1"), phone))
            while phone.stream is None:
                await pass_time(0.1)
            phone.entry({"what": "note", "kind": "asked_for", "detail": "GET https://a.example/"})
            await pass_time(5)
            phone.entry({"what": "note", "kind": "came_back", "detail": "goto"})

    recording = ring(FakeNetwork({"/voice": CONNECT, "/after": HANG_UP}, menu), hands)
    [(key, at_ms)] = pressed(recording)
    assert key == "1"
    assert at_ms >= 5_000


def test_a_recording_is_asked_of_the_caller_and_keys_may_end_it() -> None:
    async def hands(phone: Telephone) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(perform(parse("1"), phone))
            while phone.stream is None:
                await pass_time(0.1)
            phone.entry({"what": "note", "kind": "asked_for", "detail": "a recording"})

    recording = ring(FakeNetwork({"/voice": CONNECT, "/after": HANG_UP}, menu), hands)
    [(_, at_ms)] = pressed(recording)
    assert at_ms < 4_000
