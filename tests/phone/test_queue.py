"""Waiting in a queue: what the server is asked and plays, and every way out."""

from __future__ import annotations

import pytest

from ivr.phone.answers import parse_answer
from ivr.phone.events import EndedBy, QueueLeft
from ivr.phone.network import Reply
from ivr.phone.recording import Recording
from ivr.phone.telephone import Telephone
from tests.phone.lines import HANG_UP, TONE, FakeNetwork, Page, ring
from tests.virtual import pass_time

ENQUEUE = '<Enqueue action="/queued" waitUrl="/wait">sales</Enqueue>'
MUSIC = Reply(200, "audio/x-mulaw", TONE)
WAIT = "<Response><Play>/music</Play><Say>You are next.</Say></Response>"


def line(wait: Page | list[Page] = WAIT, then: str = "<Say>Sorry.</Say>") -> FakeNetwork:
    return FakeNetwork(
        {
            "/voice": f"<Response>{ENQUEUE}{then}</Response>",
            "/queued": HANG_UP,
            "/wait": wait,
            "/music": MUSIC,
            "/key": "<Response><Leave/></Response>",
        }
    )


def waits(network: FakeNetwork, answer: str, **options: object) -> Recording:
    answers = {"queue sales": parse_answer(answer)}
    return ring(network, answers=lambda address: answers[address], **options)  # type: ignore[arg-type]


def test_the_wait_document_is_played_again_and_again_until_somebody_takes_the_call() -> None:
    network = line()
    recording = waits(network, "answered 5s after 7s")
    (fields,) = network.fields("/queued")
    assert (fields["QueueResult"], fields["QueueTime"]) == ("bridged", "7")
    asked = network.fields("/wait")
    assert [each["QueuePosition"] for each in asked[:3]] == ["3", "2", "1"]
    assert {each["QueueSid"] for each in asked} == {fields["QueueSid"]}
    assert asked[0]["CallSid"] == fields["CallSid"]
    assert bytes(recording.line.audio[:8000]) == TONE, "the music is heard"
    assert [e for e in recording.events if isinstance(e, QueueLeft)] == [
        QueueLeft(12_000, "bridged", 7, 5)
    ]
    assert recording.faults == []


@pytest.mark.parametrize(("answer", "result"), [("full", "queue-full"), ("failed", "system-error")])
def test_a_queue_that_takes_nobody_says_so_at_once(answer: str, result: str) -> None:
    network = line()
    waits(network, answer)
    assert network.fields("/queued")[0]["QueueResult"] == result
    assert network.fields("/wait") == []


def test_a_document_may_leave_the_queue_and_then_action_is_asked() -> None:
    network = line([WAIT, "<Response><Leave/></Response>"])
    waits(network, "too_long")
    (fields,) = network.fields("/queued")
    assert fields["QueueResult"] == "leave"
    assert int(fields["QueueTime"]) > 60, "waiting is shorter here than in life"


def test_where_nobody_ever_comes_long_music_is_not_waited_for() -> None:
    network = line([WAIT, "<Response><Leave/></Response>"])
    network.pages["/music"] = [Reply(200, "audio/x-mulaw", TONE * 45)]
    recording = waits(network, "too_long")
    assert recording.ended is not None
    assert recording.ended.at_ms < 7_000


def test_without_an_action_the_verb_after_the_queue_is_next() -> None:
    network = line("<Response><Leave/></Response>", "<Redirect>/queued</Redirect>")
    network.pages["/voice"] = [
        "<Response><Enqueue waitUrl='/wait'>sales</Enqueue><Redirect>/queued</Redirect></Response>"
    ]
    waits(network, "too_long")
    (fields,) = network.fields("/queued")
    assert "QueueResult" not in fields


def test_a_key_in_the_queue_is_gathered_and_stops_the_music() -> None:
    gather = '<Response><Gather numDigits="1" action="/key"><Play loop="0">/music</Play></Gather>'

    async def hands(phone: Telephone) -> None:
        await pass_time(4.5)
        phone.press("7")

    network = line(gather + "</Response>")
    recording = waits(network, "too_long", hands=hands)
    assert network.fields("/key")[0]["Digits"] == "7"
    assert network.fields("/queued")[0]["QueueResult"] == "leave"
    assert [(key.sent, key.gathered) for key in recording.keys] == [(False, True)]


def test_a_caller_who_hangs_up_while_waiting_has_action_asked_and_not_executed() -> None:
    async def hands(phone: Telephone) -> None:
        await pass_time(3)
        phone.hang_up()

    network = line()
    recording = waits(network, "too_long", hands=hands)
    (fields,) = network.fields("/queued")
    assert (fields["QueueResult"], fields["CallStatus"]) == ("hangup", "completed")
    assert recording.ended is not None
    assert recording.ended.by is EndedBy.CALLER


def test_a_wait_document_that_hangs_up_ends_the_call() -> None:
    network = line(HANG_UP)
    recording = waits(network, "too_long")
    assert recording.ended is not None
    assert recording.ended.by is EndedBy.LINE


def test_an_empty_wait_document_is_asked_once_a_second_and_no_more() -> None:
    network = line("<Response/>")
    waits(network, "answered after 3.5s")
    assert len(network.fields("/wait")) == 4


@pytest.mark.parametrize(
    ("file", "part"),
    [
        (Reply(200, "text/html", b"<html/>"), "text/html"),
        (Reply(200, "audio/wav", b"no wave"), "no WAV file"),
        (Reply(200, "audio/x-mulaw", b""), "nothing in it"),
    ],
)
def test_a_file_twilio_could_not_play_is_a_fault(file: Reply, part: str) -> None:
    network = line()
    network.pages["/music"] = [file]
    recording = waits(network, "answered after 1s")
    assert part in recording.faults[0].text


def test_the_files_of_strangers_are_not_fetched() -> None:
    network = line("<Response><Play>https://music.test/a.mp3</Play></Response>")
    recording = waits(network, "answered after 4s")
    assert network.fetched == []
    assert recording.faults == []


@pytest.mark.parametrize("at_ms", range(200, 6_000, 430))
def test_hanging_up_at_any_moment_of_waiting_leaves_nothing(at_ms: int) -> None:
    async def hands(phone: Telephone) -> None:
        await pass_time(at_ms / 1000)
        phone.hang_up()

    network = line()
    waits(network, "answered 9s", hands=hands)
    assert len(network.fields("/queued")) == 1
