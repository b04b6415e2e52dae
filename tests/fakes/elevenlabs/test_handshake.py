"""Who gets a socket, who is refused, and how."""

from __future__ import annotations

import pytest

from ivr.fakes.elevenlabs import Code, FakeVendor, Plan
from ivr.fakes.elevenlabs.catalogue import Voice
from tests.fakes.elevenlabs.clients import (
    MULTI,
    SINGLE,
    ask,
    close,
    dial,
    refused,
    run,
    text,
)

KINDS = pytest.mark.parametrize("kind", [SINGLE, MULTI])


async def speaks(vendor: FakeVendor, **how: object) -> bool:
    """Whether a socket that is asked for so speaks."""
    async with dial(vendor, **how) as client:  # type: ignore[arg-type]
        await client.send(text("Hi. "), close())
        return (await client.until_final("a")).text == "Hi."


@KINDS
def test_every_upgrade_is_answered_with_a_trace_id(kind: str) -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor, kind) as client:
            assert client.ws.response is not None
            assert client.ws.response.headers["x-trace-id"] == vendor.sockets[0].trace
            await vendor.witness.until(lambda: vendor.sockets[0].status == 101)

    run(test())


def test_compression_is_offered_and_harmless() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor) as client:
            assert client.ws.response is not None
            offered = client.ws.response.headers["Sec-WebSocket-Extensions"]
            assert offered.startswith("permessage-deflate")

    run(test())


def test_a_key_may_stand_in_four_places() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor:
            minted = await ask(vendor, "POST", "/v1/single-use-token/tts_websocket")
            assert await speaks(vendor, headers={"Authorization": f"Bearer {vendor.key}"})
            assert await speaks(vendor, headers={}, authorization=vendor.key)
            assert await speaks(vendor, headers={}, single_use_token=minted.json["token"])
            assert vendor.violations == []
            assert vendor.key not in repr(vendor.requests)
            assert minted.json["token"] not in repr(vendor.requests)

    run(test())


def test_a_token_opens_one_socket() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor:
            minted = await ask(vendor, "POST", "/v1/single-use-token/tts_websocket")
            once = {"headers": {}, "single_use_token": minted.json["token"]}
            assert await speaks(vendor, **once)
            assert (await refused(vendor, **once))[0] == 403

    run(test())


@KINDS
def test_a_wrong_key_is_refused_at_the_handshake(kind: str) -> None:
    async def test() -> None:
        async with FakeVendor() as vendor:
            status, body = await refused(vendor, kind, headers={"xi-api-key": "sesame"})
            assert (status, body["detail"]["code"]) == (403, "invalid_api_key")
            assert vendor.sockets[0].status == 403
            assert vendor.witness.codes == [Code.BAD_KEY]
            assert "sesame" not in repr(vendor.requests) + repr(vendor.violations)

    run(test())


@KINDS
def test_or_it_is_told_on_the_open_socket(kind: str) -> None:
    async def test() -> None:
        async with (
            FakeVendor(accepts_first=True) as vendor,
            dial(vendor, kind, headers={"xi-api-key": "sesame"}) as client,
        ):
            heard, code, _ = await client.until_closed()
            assert (heard.messages[-1]["error"], code) == ("invalid_api_key", 1008)

    run(test())


@KINDS
@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"model_id": "eleven_v3"}, 403, Code.DIALOGUE_MODEL),
        ({"model_id": "eleven_v4_turbo"}, 403, Code.DIALOGUE_MODEL),
        ({"model_id": "eleven_nothing"}, 404, Code.UNKNOWN_MODEL),
        ({"output_format": "ulaw_16000"}, 400, Code.UNKNOWN_FORMAT),
        ({"output_format": "wav_8000"}, 400, Code.UNKNOWN_FORMAT),
        ({"inactivity_timeout": "181"}, 400, Code.INACTIVITY),
        ({"inactivity_timeout": "20.5"}, 400, Code.INACTIVITY),
        ({"language_code": "xx"}, 400, Code.LANGUAGE),
        ({"apply_text_normalization": "yes"}, 400, Code.BAD_VALUE),
    ],
)
def test_what_cannot_be_spoken_is_refused_at_the_handshake(
    kind: str, query: dict[str, str], status: int, code: Code
) -> None:
    async def test() -> None:
        async with FakeVendor() as vendor:
            answered, body = await refused(vendor, kind, **query)
            assert answered == status
            assert body["detail"]["message"]
            assert vendor.witness.codes == [code]

    run(test())


def test_formats_the_fake_lacks_are_refused_without_blame() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor:
            status, body = await refused(vendor, output_format="mp3_44100_128")
            assert (status, body["detail"]["code"]) == (400, "invalid_output_format")
            assert "The fake vendor makes no mp3_44100_128" in body["detail"]["message"]
            assert vendor.violations == []

    run(test())


@KINDS
def test_an_unknown_voice_is_told_on_the_open_socket(kind: str) -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor, kind, voice="nobody") as client:
            heard, code, _ = await client.until_closed()
            assert (heard.messages[-1]["error"], code) == ("voice_id_does_not_exist", 1008)
            assert vendor.witness.codes == [Code.UNKNOWN_VOICE]

    run(test())


def test_a_voice_beyond_the_plan_needs_a_paid_one() -> None:
    async def test() -> None:
        plan = Plan(tier="free", categories=frozenset({"library"}))
        voices = [Voice("shared", "Shared", category="library")]
        async with FakeVendor(plan=plan, voices=voices) as vendor, dial(vendor) as client:
            heard, code, _ = await client.until_closed()
            assert (heard.messages[-1]["error"], code) == ("paid_plan_required", 1008)

    run(test())


@pytest.mark.parametrize("status", [403, 429, 503])
def test_an_upgrade_can_be_refused_for_no_fault_of_the_client(status: int) -> None:
    async def test() -> None:
        async with FakeVendor(faults=[f"handshake_{status}:once"]) as vendor:
            assert (await refused(vendor))[0] == status
            assert await speaks(vendor)
            assert vendor.violations == []

    run(test())


def test_an_upgrade_can_stay_unanswered() -> None:
    async def test() -> None:
        async with FakeVendor(faults=["handshake_timeout:socket=1"]) as vendor:
            with pytest.raises(TimeoutError):
                async with dial(vendor, open_timeout=0.05):
                    pass
            assert vendor.faults.struck("handshake_timeout") == 1
            assert await speaks(vendor)

    run(test())


def test_a_handshake_takes_its_time() -> None:
    async def test() -> None:
        async with FakeVendor(handshake_ms=40) as vendor:
            began = vendor.witness.now_ms
            async with dial(vendor):
                assert vendor.witness.now_ms - began >= 39

    run(test())
