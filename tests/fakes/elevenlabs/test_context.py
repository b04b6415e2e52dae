"""A context's speech and every fault that belongs to one, seen on the wire."""

from __future__ import annotations

import asyncio

import pytest

from ivr.fakes.elevenlabs import FakeVendor, Pace, Plan, audio_of
from tests.fakes.elevenlabs.clients import SINGLE, Client, close, dial, run, text

LONG = "Thank you for calling, please hold the line. "


async def is_silent(client: Client) -> bool:
    """Whether nothing more comes though the vendor has taken all that was sent."""
    await client.round_trip()
    try:
        async with asyncio.timeout(0.05):
            await client.ws.recv()
    except TimeoutError:
        return True
    return False


def test_alignment_comes_when_asked_for_with_times_from_the_start_of_its_chunk() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor, sync_alignment="true") as client:
            await client.send(text("Hello there. "), close())
            heard = await client.until_final("a")
            timings = [each["alignment"] for each in heard.messages if each.get("audio")]
            assert (
                "".join(char for timing in timings for char in timing["chars"]) == "Hello there. "
            )
            assert timings[0]["charStartTimesMs"] == [0, 60]
            assert timings[1]["charStartTimesMs"] == [27, 87]  # the first chunk lasts 93 ms
            assert set(timings[0]) == {"chars", "charStartTimesMs", "charDurationsMs"}

    run(test())


def test_without_asking_alignment_is_null() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor) as client:
            await client.send(text("Hello. "), close())
            heard = await client.until_final("a")
            assert {each["alignment"] for each in heard.messages if each.get("audio")} == {None}

    run(test())


def test_some_messages_have_no_audio() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor) as client:
            await client.send(text(LONG), close())
            heard = await client.until_final("a")
            assert any(
                each.get("audio", "") is None and not each["isFinal"] for each in heard.messages
            )
            assert any("audio" not in each for each in heard.messages)

    run(test())


def test_no_chunk_but_the_last_is_a_whole_number_of_frames() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor) as client:
            await client.send(text(LONG), close())
            heard = await client.until_final("a")
            assert all(len(chunk) % 160 for chunk in heard.chunks[:-1])

    run(test())


def test_the_plan_limits_generations_and_idle_sockets_cost_nothing() -> None:
    async def test() -> None:
        plan = Plan(concurrency=1, queue_ms=1)
        async with (
            FakeVendor(plan=plan, pace=Pace(first_byte_ms=60)) as vendor,
            dial(vendor) as idle,
            dial(vendor) as client,
        ):
            await client.send(text("One. "), text("Two. ", "b"))
            heard, *_ = await client.until_closed()
            assert heard.messages[-1]["error"] == "concurrent_limit_exceeded"
            await idle.send(text("Three. "), close())
            assert (await idle.until_final("a")).text == "Three."

    run(test())


# --------------------------------------------------------------------------- faults


def test_closing_too_early_is_a_final_without_audio() -> None:
    async def test() -> None:
        async with FakeVendor(faults=["close_race"]) as vendor, dial(vendor) as client:
            await client.send(text("Hello. "), close())
            heard = await client.until_final("a")
            assert heard.messages == [{"audio": None, "isFinal": True, "contextId": "a"}]
            assert vendor.faults.struck("close_race") == 1

    run(test())


def test_closing_after_the_first_audio_wins_the_race() -> None:
    async def test() -> None:
        async with FakeVendor(faults=["close_race"]) as vendor, dial(vendor) as client:
            await client.send(text("Hello. "))
            first = await client.chunk()
            await client.send(close())
            heard = await client.until_final("a")
            heard.messages.insert(0, first)
            assert heard.text == "Hello."
            assert vendor.faults.struck("close_race") == 0

    run(test())


def test_the_race_can_end_in_nothing_at_all() -> None:
    async def test() -> None:
        async with FakeVendor(faults=["close_race_silent"]) as vendor, dial(vendor) as client:
            await client.send(text("Hello. "), close())
            await vendor.witness.until(lambda: vendor.faults.struck("close_race_silent") == 1)
            assert await is_silent(client)

    run(test())


def test_a_context_can_end_without_audio_whenever_it_is_closed() -> None:
    async def test() -> None:
        async with FakeVendor(faults=["zero_audio:context=2"]) as vendor, dial(vendor) as client:
            await client.send(text("One. "), close())
            assert (await client.until_final("a")).text == "One."
            await client.send(text("Two. ", "b"), close("b"))
            assert (await client.until_final("b")).audio == b""

    run(test())


@pytest.mark.parametrize("kind", ["multi", "single"])
def test_the_final_can_be_missing(kind: str) -> None:
    async def test() -> None:
        async with FakeVendor(faults=["no_final"]) as vendor:
            path = SINGLE if kind == "single" else "multi-stream-input"
            async with dial(vendor, path) as client:
                if kind == "single":
                    await client.send({"text": " "}, {"text": "One. "}, {"text": ""})
                else:
                    await client.send(text("One. "), close())
                await vendor.witness.until(lambda: vendor.faults.struck("no_final") == 1)
                await client.chunk()
                while not await is_silent(client):
                    pass
                assert vendor.sockets[0].said[0].audio_bytes == len(audio_of("One."))
                assert vendor.sockets[0].close_code is None

    run(test())


def test_a_context_without_its_final_keeps_its_slot() -> None:
    async def test() -> None:
        async with FakeVendor(faults=["no_final:once"]) as vendor, dial(vendor) as client:
            await client.send(text("One. "), close())
            await vendor.witness.until(lambda: vendor.faults.struck("no_final") == 1)
            await client.send(*(text("Two. ", name) for name in "bcdef"))
            heard, *_ = await client.until_closed()
            assert heard.messages[-1]["error"] == "max_active_conversations"

    run(test())


def test_audio_can_come_after_the_final() -> None:
    async def test() -> None:
        async with FakeVendor(faults=["late_audio"]) as vendor, dial(vendor) as client:
            await client.send(text("One. "), close())
            heard = await client.until_final("a")
            late = await client.receive()
            assert (late["contextId"], bool(late["audio"])) == ("a", True)
            assert heard.text == "One."

    run(test())


def test_the_first_byte_can_be_slow() -> None:
    async def test() -> None:
        faults = ["slow_first_byte:context=1,ms=80"]
        async with FakeVendor(faults=faults) as vendor, dial(vendor) as client:
            await client.send(text("Slow. "), text("Quick. ", "b"))
            assert (await client.chunk())["contextId"] == "b"
            await client.send(close("a"))
            await client.until_final("a")
            slow = vendor.sockets[0].context("a")
            assert (slow.first_chunk_ms or 0) - slow.opened_ms >= 79

    run(test())


def test_chunks_can_be_cut_within_samples() -> None:
    async def test() -> None:
        async with (
            FakeVendor(faults=["odd_chunks"]) as vendor,
            dial(vendor, output_format="pcm_16000") as client,
        ):
            await client.send(text(LONG), close())
            heard = await client.until_final("a")
            assert all(len(chunk) % 2 for chunk in heard.chunks[:-1])
            assert heard.audio == audio_of(LONG, "pcm_16000")

    run(test())


def test_all_timing_can_stand_on_the_first_message() -> None:
    async def test() -> None:
        async with (
            FakeVendor(faults=["timing_first"]) as vendor,
            dial(vendor, sync_alignment="true") as client,
        ):
            await client.send(text(LONG), close())
            heard = await client.until_final("a")
            timings = [each["alignment"] for each in heard.messages if each.get("audio")]
            assert "".join(timings[0]["chars"]) == LONG
            assert set(map(str, timings[1:])) == {"None"}

    run(test())
