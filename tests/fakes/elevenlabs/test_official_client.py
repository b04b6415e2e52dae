"""The vendor's own Python package talks to the fake unchanged.

Needs ``elevenlabs`` (the ``dev`` extra); only the address of its sockets is set by hand, because it
would insist on TLS.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ivr.fakes.elevenlabs import FLASH, Code, FakeVendor, audio_of

elevenlabs = pytest.importorskip("elevenlabs", reason="the vendor's package is not installed")

pytestmark = pytest.mark.filterwarnings(
    "ignore:ConnectionClosed.code is deprecated:DeprecationWarning"  # it still asks for it
)

WORDS = ["Hello there, ", "please hold the line. ", "Goodbye."]
"""Its text chunker adds what white space is missing."""


@pytest.fixture(scope="module")
def vendor() -> Iterator[FakeVendor]:
    with FakeVendor().in_thread() as vendor:
        yield vendor


@pytest.fixture
def client(vendor: FakeVendor) -> Iterator[Any]:
    httpx = pytest.importorskip("httpx")  # comes with it; a client of our own, to be closed
    vendor.faults.clear()
    with httpx.Client(timeout=5) as http:
        client = elevenlabs.ElevenLabs(
            api_key=vendor.key, base_url=vendor.url, timeout=5, httpx_client=http
        )
        client.text_to_speech._ws_base_url = vendor.url.replace("http", "ws", 1)
        yield client


def speech(client: Any, vendor: FakeVendor, method: str, **more: Any) -> bytes:
    """What it makes of all chunks of one of its methods."""
    chunks = getattr(client.text_to_speech, method)(
        vendor.voice,
        model_id=FLASH,
        output_format="ulaw_8000",
        **({"text": "".join(WORDS)} | more),
    )
    return b"".join(chunks)


@pytest.mark.parametrize("method", ["stream", "convert"])
def test_it_speaks_over_http(client: Any, vendor: FakeVendor, method: str) -> None:
    settings = elevenlabs.VoiceSettings(stability=0.5, speed=1.1)
    assert speech(client, vendor, method, voice_settings=settings) == audio_of("".join(WORDS))
    assert vendor.requests[-1].headers["user-agent"].startswith("elevenlabs/")
    assert vendor.violations == []


@pytest.mark.parametrize("method", ["stream_with_timestamps", "convert_with_timestamps"])
def test_it_reads_timings(client: Any, vendor: FakeVendor, method: str) -> None:
    made = getattr(client.text_to_speech, method)(
        vendor.voice, text="Hi.", model_id=FLASH, output_format="ulaw_8000"
    )
    items = [made] if method.startswith("convert") else list(made)
    assert items[0].alignment.characters[0] == "H"
    assert items[0].alignment.character_start_times_seconds[0] == 0
    assert items[0].audio_base_64


def test_it_speaks_over_the_socket(client: Any, vendor: FakeVendor) -> None:
    audio = speech(client, vendor, "convert_realtime", text=iter(WORDS))
    assert audio == audio_of("".join(WORDS))
    assert vendor.sockets[-1].kind == "stream-input"
    assert vendor.violations == []


def test_it_raises_what_the_socket_is_closed_with(client: Any, vendor: FakeVendor) -> None:
    vendor.faults.set("quota")
    with pytest.raises(elevenlabs.core.ApiError) as raised:
        speech(client, vendor, "convert_realtime", text=iter(WORDS))
    assert raised.value.status_code == 1008
    assert raised.value.body["error"] == "quota_exceeded"


def test_it_raises_what_http_refuses(client: Any, vendor: FakeVendor) -> None:
    vendor.faults.set("quota")
    with pytest.raises(elevenlabs.core.ApiError) as raised:
        speech(client, vendor, "stream")
    assert raised.value.status_code == 401
    assert raised.value.body["detail"]["code"] == "quota_exceeded"


def test_it_reads_the_listings(client: Any, vendor: FakeVendor) -> None:
    assert client.voices.get(vendor.voice).name == "Anna"
    assert client.voices.get_all().voices[0].voice_id == vendor.voice
    assert FLASH in {model.model_id for model in client.models.list()}
    assert client.user.subscription.get().tier == "creator"
    assert client.tokens.single_use.create("tts_websocket").token
    assert Code.BAD_KEY not in vendor.witness.codes
