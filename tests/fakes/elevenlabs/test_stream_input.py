"""The socket ``stream-input``: a stream of text, a stream of audio, and its end."""

from __future__ import annotations

import pytest

from ivr.fakes.elevenlabs import Code, FakeVendor, Pace, audio_of
from tests.fakes.elevenlabs.clients import SINGLE, dial, run

OPENING: dict[str, object] = {"text": " "}
END: dict[str, object] = {"text": ""}


def test_the_empty_text_ends_stream_and_socket() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor, SINGLE) as client:
            await client.send(OPENING, {"text": "Hello there. "}, END)
            heard, code, reason = await client.until_closed()
            assert heard.audio == audio_of("Hello there.")
            assert [each for each in heard.messages if each.get("isFinal")] == [heard.messages[-1]]
            assert (code, reason) == (1000, "")
            assert vendor.violations == []

    run(test())


def test_no_message_names_a_context() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor, SINGLE) as client:
            await client.send(OPENING, {"text": "Hello there. "}, END)
            heard, *_ = await client.until_closed()
            assert not any("contextId" in message for message in heard.messages)

    run(test())


def test_text_gathers_until_the_end_without_auto_mode() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor, SINGLE, auto_mode="false") as client:
            await client.send(OPENING, {"text": "One "}, {"text": "two. "}, END)
            heard, *_ = await client.until_closed()
            assert heard.text == "One two."
            assert vendor.sockets[0].said[0].generated == [" One two. "]

    run(test())


def test_a_flush_speaks_at_once_and_is_never_final() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor, SINGLE, auto_mode="false") as client:
            await client.send(OPENING, {"text": "One. ", "flush": True})
            whole = len(audio_of("One."))
            await vendor.witness.until(lambda: vendor.sockets[0].audio_bytes == whole)
            await client.send({"text": "Two. "}, END)
            heard, *_ = await client.until_closed()
            assert heard.text == "One. Two."
            assert [each["isFinal"] for each in heard.messages if each.get("isFinal")] == [True]

    run(test())


def test_a_trigger_speaks_what_is_long_enough() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor, SINGLE, auto_mode="false") as client:
            short, long = {"text": "One. ", "try_trigger_generation": True}, "x" * 49 + " "
            await client.send(OPENING, short, {"text": long, "try_trigger_generation": True})
            await client.chunk()
            assert vendor.sockets[0].said[0].generated == [" One. " + long]

    run(test())


def test_the_schedule_of_the_first_message_counts() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor, SINGLE, auto_mode="false") as client:
            first = OPENING | {"generation_config": {"chunk_length_schedule": [50]}}
            await client.send(first, {"text": "x" * 48 + " "})
            await client.chunk()
            assert vendor.violations == []

    run(test())


def test_voice_settings_may_be_null_and_repeated_and_not_changed() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor, SINGLE) as client:
            settings = {"voice_settings": {"stability": 0.5}}
            await client.send(OPENING | settings, {"text": "a ", "voice_settings": None})
            await client.send({"text": "b ", **settings})
            await client.send({"text": "c ", "voice_settings": {"stability": 0.6}})
            heard, code, reason = await client.until_closed()
            assert code == 1008
            assert heard.messages[-1]["code"] == 1008
            assert reason.startswith("voice_settings field must be provided in the first message")
            assert vendor.witness.codes == [Code.CHANGED_SETTINGS]
            assert vendor.sockets[0].said[0].texts == [" ", "a ", "b "]

    run(test())


def test_an_idle_stream_is_told_and_closed_with_a_short_reason() -> None:
    async def test() -> None:
        async with (
            FakeVendor(second_ms=5) as vendor,
            dial(vendor, SINGLE, inactivity_timeout="3") as client,
        ):
            await client.send(OPENING)
            heard, code, reason = await client.until_closed()
            [error] = heard.messages
            assert error["error"] == "input_timeout_exceeded"
            assert "within the timeout of 3.0 seconds" in error["message"]
            assert code == error["code"] == 1008
            assert len(reason.encode()) == 123
            assert error["message"].startswith(reason)

    run(test())


def test_a_stream_that_was_never_begun_is_idle_too() -> None:
    async def test() -> None:
        async with FakeVendor(second_ms=1) as vendor, dial(vendor, SINGLE) as client:
            heard, code, _ = await client.until_closed()
            assert (heard.messages[0]["error"], code) == ("input_timeout_exceeded", 1008)

    run(test())


def test_a_stream_that_is_ending_is_not_idle() -> None:
    async def test() -> None:
        async with (
            FakeVendor(second_ms=50, pace=Pace(first_byte_ms=300)) as vendor,
            dial(vendor, SINGLE, inactivity_timeout="3") as client,
        ):
            await client.send(OPENING, {"text": "Hi. "}, END)
            heard, code, _ = await client.until_closed()
            assert (heard.text, code) == ("Hi.", 1000)

    run(test())


def test_a_space_keeps_the_stream_alive() -> None:
    async def test() -> None:
        async with (
            FakeVendor(second_ms=20) as vendor,
            dial(vendor, SINGLE, inactivity_timeout="5") as client,
        ):
            await client.send(OPENING)
            opened = vendor.witness.now_ms
            while vendor.witness.now_ms < opened + 300:  # thrice what it may be idle
                await client.send({"text": " "})
                await client.round_trip()
            await client.send({"text": "Hi. "}, END)
            heard, code, _ = await client.until_closed()
            assert (heard.text, code) == ("Hi.", 1000)

    run(test())


@pytest.mark.parametrize("first", [{"text": "Hello. "}, {"text": "  "}, {"flush": True}])
def test_a_first_message_that_is_no_single_space_is_noted(first: dict[str, object]) -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor, SINGLE) as client:
            await client.send(first)
            await client.round_trip()
            assert vendor.witness.codes == [Code.FIRST_TEXT]

    run(test())


def test_text_after_the_end_is_noted_and_not_spoken() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor, SINGLE) as client:
            await client.send(OPENING, {"text": "One. "}, END, {"text": "Two. "})
            heard, code, _ = await client.until_closed()
            assert (heard.text, code) == ("One.", 1000)
            assert vendor.witness.codes == [Code.TEXT_AFTER_CLOSE]

    run(test())


def test_context_ids_are_unknown_here() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor, SINGLE) as client:
            await client.send(OPENING | {"context_id": "a"})
            await client.round_trip()
            assert vendor.witness.codes == [Code.UNKNOWN_FIELD]

    run(test())
