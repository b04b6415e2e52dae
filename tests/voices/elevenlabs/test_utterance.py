"""One utterance by itself: what is owed, when it is safe to close, and when it took too long."""

from __future__ import annotations

import asyncio
import json

from ivr.voices.elevenlabs.failures import Failure
from ivr.voices.elevenlabs.utterance import Ahead, Limits, Utterance
from ivr.voices.elevenlabs.wire import Frame
from tests.virtual import pass_time, run

LIMITS = Limits(first_audio=3, more_audio=2, last_words=1)


class Vendor:
    """Notes what the utterance sends."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def utterance(self) -> Utterance:
        return Utterance(
            send=self.sent.append,
            close=lambda: self.sent.append("CLOSE"),
            format="ulaw_8000",
            limits=LIMITS,
        )


def frame(audio: bytes = b"", *, final: bool = False, alignment: bytes = b"") -> Frame:
    return Frame("c", audio, final, None, alignment)


def aligned(text: str) -> bytes:
    return json.dumps({"chars": list(text)}).encode()


def test_it_is_closed_after_the_first_audio_and_only_once() -> None:
    vendor = Vendor()
    it = vendor.utterance()
    it.say("Hi.")
    it.end()
    assert vendor.sent == ["Hi."]
    it.receive(frame(b"a"))
    it.receive(frame(b"b"))
    assert vendor.sent == ["Hi.", "CLOSE"]
    assert it.take() == b"ab"
    it.receive(frame(final=True))
    assert it.over
    assert it.error() is None


def test_audio_that_came_before_the_end_of_the_words_closes_it_at_the_end() -> None:
    vendor = Vendor()
    it = vendor.utterance()
    it.say("Hi.")
    it.receive(frame(b"a"))
    assert vendor.sent == ["Hi."]
    it.end()
    assert vendor.sent == ["Hi.", "CLOSE"]


def test_the_last_words_are_waited_for_a_moment_and_then_it_is_closed_anyway() -> None:
    vendor = Vendor()
    it = vendor.utterance()
    it.say("One. ")
    it.receive(frame(b"a"))
    it.say("Two.")
    it.end()
    assert "CLOSE" not in vendor.sent
    assert it.patience == LIMITS.last_words
    it.overdue()
    assert vendor.sent[-1] == "CLOSE"
    assert not it.over
    assert it.patience == LIMITS.first_audio


def test_nothing_is_owed_while_words_are_awaited() -> None:
    it = Vendor().utterance()
    seen = [it.patience]
    it.say("One. ")
    seen.append(it.patience)
    it.receive(frame(b"a"))
    seen.append(it.patience)
    it.end()
    seen.append(it.patience)
    assert seen == [None, LIMITS.first_audio, None, LIMITS.more_audio]


def test_no_audio_in_time_is_a_failure_that_may_be_tried_again() -> None:
    it = Vendor().utterance()
    it.say("Hi.")
    it.end()
    it.overdue()
    error = it.error()
    assert error is not None
    assert error.retryable
    assert error.spoken == 0


def test_silence_in_the_middle_is_a_failure_unless_all_was_said() -> None:
    for told, fails in (("Hi", True), ("Hi you.", False)):
        it = Vendor().utterance()
        it.say("Hi you.")
        it.end()
        it.receive(frame(b"a" * 80, alignment=aligned(told)))
        it.overdue()
        assert it.over
        error = it.error()
        assert (error is not None) is fails
        if error is not None:
            assert error.spoken == 2


def test_a_final_without_audio_is_a_failure() -> None:
    it = Vendor().utterance()
    it.say("Hi.")
    it.end()
    it.receive(frame(final=True))
    error = it.error()
    assert error is not None
    assert error.retryable


def test_a_final_long_before_the_audio_that_was_told_of_is_a_failure() -> None:
    times = {"charStartTimesMs": [0, 1500], "charDurationsMs": [100, 1000]}
    told = json.dumps({"chars": ["a", "b"], **times}).encode()
    for heard_ms, fails in ((1100, True), (1200, False), (2500, False)):
        it = Vendor().utterance()
        it.say("ab")
        it.end()
        it.receive(frame(b"a" * heard_ms * 8, alignment=told))
        it.receive(frame(final=True))
        assert it.over
        error = it.error()
        assert (error is not None) is fails
        if error is not None:
            assert (error.retryable, error.spoken) == (True, 1)


def test_what_fails_keeps_its_first_reason_and_the_audio_before_it() -> None:
    it = Vendor().utterance()
    it.say("Hi.")
    it.receive(frame(b"a"))
    it.fail(Failure("first", retryable=False))
    it.fail(Failure("second", retryable=True))
    assert it.take() == b"a"
    error = it.error()
    assert str(error) == "first"


def test_nothing_is_sent_to_close_what_is_over() -> None:
    vendor = Vendor()
    it = vendor.utterance()
    it.say("Hi.")
    it.receive(frame(b"a", final=True))
    it.close()
    assert "CLOSE" not in vendor.sent


def test_news_wake_a_reader_and_are_told_once() -> None:
    async def scenario() -> None:
        it = Vendor().utterance()
        async with asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(it.news())
            it.say("Hi.")
        assert waiting.done()
        it.take()
        async with asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(it.news())
            it.receive(frame(b"a"))
        assert it.take() == b"a"

    run(scenario())


def test_a_vendor_that_never_stops_is_stopped() -> None:
    it = Vendor().utterance()
    it.say("Hi.")
    for _ in range(65):
        it.receive(frame(bytes(1024 * 1024)))
        it.take()
    error = it.error()
    assert "never stopped" in str(error)


def test_what_comes_after_its_end_is_not_heard() -> None:
    utterance = Vendor().utterance()
    utterance.say("Hi.")
    utterance.end()
    utterance.receive(frame(b"x" * 80))
    utterance.receive(frame(final=True))
    utterance.receive(frame(b"y" * 80))
    assert utterance.take() == b"x" * 80


def test_it_is_unsaid_until_its_audio_covers_all_words() -> None:
    utterance = Vendor().utterance()
    utterance.say("Hi you.")
    utterance.end()
    unsaid = [utterance.unsaid]
    for words in ("Hi ", "you."):
        utterance.receive(frame(b"x" * 800, alignment=aligned(words)))
        unsaid.append(utterance.unsaid)
    assert unsaid == [False, True, False]


def test_audio_is_ahead_of_its_hearer_as_long_as_it_lasts() -> None:
    async def hear() -> list[bool]:
        ahead, seen = Ahead("ulaw_8000"), list[bool]()
        seen.append(bool(ahead))
        ahead.came(800)
        ahead.came(800)
        for _ in range(3):
            await pass_time(0.099)
            seen.append(bool(ahead))
        await pass_time(1)
        ahead.came(80)
        seen.append(bool(ahead))
        return seen

    assert run(hear()) == [False, True, True, False, True]
