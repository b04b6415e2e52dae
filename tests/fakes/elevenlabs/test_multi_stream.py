"""The socket ``multi-stream-input``: contexts, slots, keepalives, and how it is left."""

from __future__ import annotations

import pytest

from ivr.fakes.elevenlabs import Code, FakeVendor, Pace, audio_of
from tests.fakes.elevenlabs.clients import Client, close, dial, run, text

NAMES = "abcde"


async def open_contexts(client: Client, names: str = NAMES) -> None:
    await client.send(*(text(f"{name}. ", name) for name in names))


def test_contexts_speak_side_by_side_each_under_its_name() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor) as client:
            await client.send(text(" "), text("One. "), text(" ", "b"), text("Two. ", "b"))
            await client.send(close("b"), close("a"))
            heard = await client.until_final("a")
            if not any(each.get("isFinal") for each in heard.of("b").messages):
                heard.messages.extend((await client.until_final("b")).messages)
            assert heard.of("a").audio == audio_of("One.")
            assert heard.of("b").audio == audio_of("Two.")
            assert not any("context_id" in message for message in heard.messages)
            assert vendor.violations == []

    run(test())


def test_a_first_text_may_be_words() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor) as client:
            await client.send(text("Hello. ", flush=True), close())
            assert (await client.until_final("a")).text == "Hello."
            assert vendor.violations == []

    run(test())


def test_a_flush_alone_is_never_final() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor, auto_mode="false") as client:
            await client.send(text("Hello. "), {"context_id": "a", "flush": True})
            whole = len(audio_of("Hello."))
            await vendor.witness.until(lambda: vendor.sockets[0].audio_bytes == whole)
            await client.send(text("Two. ", "b"), close("b"))
            heard = await client.until_final("b")
            assert heard.of("a").text == "Hello."
            assert not any(each.get("isFinal") for each in heard.of("a").messages)

    run(test())


def test_closing_completes_what_was_flushed_and_forgets_the_rest() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor, auto_mode="false") as client:
            await client.send(text("One. ", flush=True), text("Two. "), close())
            assert (await client.until_final("a")).text == "One."

    run(test())


def test_the_text_of_a_closing_message_is_ignored() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor) as client:
            await client.send(text("One. "), text("Two. ", close_context=True))
            assert (await client.until_final("a")).text == "One."

    run(test())


def test_text_for_a_closing_context_is_noted_and_ignored() -> None:
    async def test() -> None:
        async with FakeVendor(pace=Pace(first_byte_ms=30)) as vendor, dial(vendor) as client:
            await client.send(text("One. "), close(), text("Two. "))
            assert (await client.until_final("a")).text == "One."
            assert vendor.witness.codes == [Code.TEXT_AFTER_CLOSE]

    run(test())


def test_a_sixth_context_costs_the_whole_socket() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor) as client:
            await open_contexts(client, NAMES + "f")
            heard, code, _ = await client.until_closed()
            assert heard.messages[-1]["error"] == "max_active_conversations"
            assert heard.messages[-1]["contextId"] == "f"
            assert code == 1008
            assert vendor.witness.codes == [Code.TOO_MANY_CONTEXTS]

    run(test())


def test_a_closed_context_holds_its_slot_until_its_final() -> None:
    async def test() -> None:
        async with FakeVendor(pace=Pace(first_byte_ms=50)) as vendor, dial(vendor) as client:
            await open_contexts(client)
            await client.send(close("a"), text("f. ", "f"))
            heard, *_ = await client.until_closed()
            assert heard.messages[-1]["error"] == "max_active_conversations"

    run(test())


def test_the_final_frees_the_slot() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor) as client:
            await open_contexts(client)
            await client.send(close("a"))
            await client.until_final("a")
            await client.send(text("f. ", "f"), close("f"))
            await client.until_final("f")
            assert vendor.violations == []

    run(test())


def test_flushing_an_unknown_id_opens_a_phantom_that_takes_a_slot() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor) as client:
            await open_contexts(client, "abcd")
            await client.send({"context_id": "ghost", "flush": True}, text("e. ", "e"))
            heard, *_ = await client.until_closed()
            assert heard.messages[-1]["error"] == "max_active_conversations"
            assert vendor.witness.codes == [Code.UNOPENED_FLUSH, Code.TOO_MANY_CONTEXTS]

    run(test())


def test_a_keepalive_for_an_unopened_context_becomes_its_first_message() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor) as client:
            await client.send(text(""), text(" ", voice_settings={"stability": 0.5}))
            _, code, reason = await client.until_closed()
            assert code == 1008
            assert reason.startswith("voice_settings field must be provided in the first message")
            assert vendor.witness.codes == [Code.UNOPENED_KEEPALIVE, Code.CHANGED_SETTINGS]

    run(test())


def test_identical_voice_settings_are_welcome_in_every_context() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor) as client:
            settings = {"voice_settings": {"stability": 0.5, "speed": 1.1}}
            await client.send(*(text("One. ", name, **settings) for name in "ab"))
            await client.send(text("Two. ", "a", **settings), close("a"))
            assert (await client.until_final("a")).of("a").text == "One. Two."
            assert vendor.violations == []

    run(test())


def test_keepalives_open_nothing_and_close_nothing() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor) as client:
            await client.send({"text": ""}, text("One. "), {"text": ""}, text(""), close())
            assert (await client.until_final("a")).text == "One."
            assert [said.id for said in vendor.sockets[0].said] == ["a"]
            assert vendor.violations == []

    run(test())


def test_a_keepalive_without_a_name_keeps_the_socket_and_not_the_context() -> None:
    async def test() -> None:
        async with (
            FakeVendor(second_ms=10) as vendor,
            dial(vendor, inactivity_timeout="5") as client,
        ):
            await client.send(text("One. "))
            said = vendor.sockets[0]
            while not said.said or said.said[0].ended_ms is None:
                await client.send({"text": ""})
                await client.round_trip()
            heard = await client.until_final("a")
            assert heard.text == "One."
            await client.send(text("Two. ", "b"), close("b"))
            await client.until_final("b")

    run(test())


def test_a_socket_with_no_input_at_all_is_told_and_closed() -> None:
    async def test() -> None:
        async with FakeVendor(second_ms=2) as vendor, dial(vendor) as client:
            heard, code, _ = await client.until_closed()
            assert heard.messages[-1]["error"] == "input_timeout_exceeded"
            assert "20.0 seconds" in heard.messages[-1]["message"]
            assert code == 1008

    run(test())


def test_leaving_speaks_everything_and_closes_normally() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor, auto_mode="false") as client:
            await client.send(text("One. "), text("Two. ", "b"), {"close_socket": True})
            heard, code, _ = await client.until_closed()
            assert (heard.of("a").text, heard.of("b").text, code) == ("One.", "Two.", 1000)
            assert sum(each.get("isFinal") is True for each in heard.messages) == 2
            assert vendor.violations == []

    run(test())


def test_leaving_an_empty_socket_closes_it_at_once() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor) as client:
            await client.send({"close_socket": True})
            heard, code, _ = await client.until_closed()
            assert (heard.messages, code) == ([], 1000)
            assert vendor.sockets[0].close_code == 1000

    run(test())


def test_text_without_a_name_goes_to_the_context_without_one_and_is_noted() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor) as client:
            await client.send({"text": "One. "}, {"close_context": True})
            assert (await client.until_final(None)).text == "One."
            assert vendor.witness.codes == [Code.UNTAGGED]

    run(test())


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        ([close("nobody")], Code.UNOPENED_CLOSE),
        ([{"text": "One. ", "contextId": "a"}], Code.UNTAGGED),
        ([text("One.")], Code.NO_TRAILING_SPACE),
        ([text("One. ", previous_text="Zero.")], Code.HTTP_FIELD),
        ([text("One. ", colour="red")], Code.UNKNOWN_FIELD),
        ([text("One. ", try_trigger_generation=True)], Code.UNKNOWN_FIELD),
        ([text(" "), text("One. ", xi_api_key="k")], Code.LATE_SETUP),
        ([text(" "), text("One. ", generation_config={})], Code.LATE_SETUP),
        ([{"close_socket": True}, text("One. ")], Code.TEXT_AFTER_CLOSE),
    ],
)
def test_what_the_vendor_puts_up_with_is_noted(
    messages: list[dict[str, object]], code: Code
) -> None:
    async def test() -> None:
        async with FakeVendor(pace=Pace(first_byte_ms=20)) as vendor, dial(vendor) as client:
            await client.send(text("Before. ", "z"), *messages)
            await vendor.witness.until(lambda: code in vendor.witness.codes)

    run(test())


def test_an_id_that_has_ended_is_taken_again_and_noted() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor) as client:
            for words in ("One. ", "Two. "):
                await client.send(text(words), close())
                assert (await client.until_final("a")).text == words.strip()
            assert vendor.witness.codes == [Code.REUSED_CONTEXT]

    run(test())
