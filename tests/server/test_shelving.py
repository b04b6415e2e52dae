"""Takes and the served line: prompts come from disk, and what is a caller's never goes there."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ivr.fakes.elevenlabs import VOICE, FakeVendor, audio_of
from ivr.flow.load import load
from ivr.prompts.shelf import Shelf, Shelved
from ivr.prompts.takes import Takes
from ivr.prompts.wanted import wanted
from ivr.stores import FILE
from ivr.voices.access import Access
from tests.server.line import BOUND_S, NUMBER, PUBLIC, TOKEN, Line, Stream, carriers, serving

WELCOME = "Welcome to the bank."
BALANCE = "seven hundred and thirteen"
FLOWS = {
    "main.yaml": f"""
language: en-US
voice: sarah
vars: {{balance: {BALANCE}}}
steps:
  main:
    say: ["{WELCOME}", "You have ${{balance}}."]
    goto: hangup
""",
    "numbers.yaml": f'"{NUMBER}": main\n',
    "settings.yaml": f"voices:\n  sarah: {{provider: elevenlabs, voice_id: {VOICE}}}\n",
}
SIGNED: Mapping[str, Any] = {"public_url": PUBLIC, "twilio_tokens": (TOKEN,)}
NOBODY = "http://127.0.0.1:9"
"""Where no vendor answers."""


@pytest.fixture
def vendor() -> Generator[FakeVendor]:
    with FakeVendor().in_thread() as running:
        yield running


def access(vendor: FakeVendor, **changes: str) -> dict[str, Any]:
    return {**SIGNED, "elevenlabs_key": vendor.key, "elevenlabs_url": vendor.url, **changes}


async def call(line: Line, until: bytes | None = None) -> bytes:
    """Ring and listen until this was heard, or to the end; what was heard."""
    heard = bytearray()
    async with carriers(line) as carrier, carrier().on_the_line() as stream:
        async with asyncio.timeout(BOUND_S):
            while until is None or until not in heard:
                message = await _next(stream)
                if message is None:
                    return bytes(heard)
                heard += message
        await stream.stop()
    return bytes(heard)


async def _next(stream: Stream) -> bytes | None:
    """The next audio; marks come back at once. None when the call is over."""
    async for text in stream.socket:
        message = json.loads(text)
        if message["event"] == "mark":
            await stream.say(message)
        elif message["event"] == "media":
            return base64.b64decode(message["media"]["payload"])
    return None


def shelved(store: Path) -> dict[str, Shelved]:
    """What is on the shelf, by text."""
    found = [each for each in Shelf(store / "takes").all() if isinstance(each, Shelved)]
    return {each.key.text: each for each in found}


def takes_of(line: Line) -> Takes:
    takes: Takes = line.app.state.house.switchboard.stage.studio._takes
    return takes


def test_what_belongs_to_a_caller_reaches_no_disk_and_ends_with_the_call(
    vendor: FakeVendor, tmp_path: Path
) -> None:
    with serving(tmp_path, flows=FLOWS, settings=access(vendor)) as line:
        heard = asyncio.run(call(line))
        kept = [key.text for key in takes_of(line)._takes]
    said = " ".join(said.text for each in vendor.requests for said in each.said)
    assert BALANCE in said, "the vendor did say it"
    assert len(heard) > len(audio_of(WELCOME)) * 2
    assert WELCOME in kept
    assert not [text for text in kept if "seven" in text]
    assert WELCOME in shelved(tmp_path)
    sound = audio_of(BALANCE)
    for path in (path for path in tmp_path.rglob("*") if path.is_file()):
        content = path.read_bytes()
        assert sound[480:-480] not in content, path
        if FILE not in path.name:  # the record of a call says what was said in it
            assert b"seven" not in content, path


def test_a_prompt_that_was_paid_for_once_is_never_paid_for_again(
    vendor: FakeVendor, tmp_path: Path
) -> None:
    with serving(tmp_path, flows=FLOWS, settings=access(vendor)) as line:
        asyncio.run(call(line, audio_of(WELCOME)))
    count = len([1 for each in vendor.requests for said in each.said if WELCOME in said.text])
    assert count == 1
    with serving(tmp_path, flows=FLOWS, settings=access(vendor)) as line:
        assert audio_of(WELCOME) in asyncio.run(call(line, audio_of(WELCOME)))
    assert count == len(
        [1 for each in vendor.requests for said in each.said if WELCOME in said.text]
    )


def shelve(folder: Path, url: str) -> Shelved:
    """Put the take of the welcome on a shelf, as a build does."""
    flows = load(FLOWS).flows
    assert flows is not None
    (key,) = (
        each.key
        for each in wanted(flows, Access("x", url))
        if each.words.text == WELCOME and each.spec.provider == "elevenlabs"
    )
    take = Shelved(key, audio_of(WELCOME), "sarah")
    Shelf(folder).put(take)
    return take


def test_a_vendor_that_is_gone_is_not_heard_in_a_prompt_that_was_built(tmp_path: Path) -> None:
    take = shelve(tmp_path / "built", NOBODY)
    settings = {**SIGNED, "elevenlabs_key": "x", "elevenlabs_url": NOBODY}
    settings["takes"] = str(tmp_path / "built")
    with serving(tmp_path / "store", flows=FLOWS, settings=settings) as line:
        assert take.audio in asyncio.run(call(line, take.audio))


def test_a_damaged_take_is_not_played_but_made(
    vendor: FakeVendor, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shelve(tmp_path / "takes", vendor.url)
    (path,) = (tmp_path / "takes").glob("*.take")
    path.write_bytes(path.read_bytes()[:-10] + b"\x00" * 10)
    with serving(tmp_path, flows=FLOWS, settings=access(vendor)) as line:
        assert audio_of(WELCOME) in asyncio.run(call(line, audio_of(WELCOME)))
    assert "is damaged and not used: its sound is not what was written" in caplog.text
    assert WELCOME in " ".join(said.text for each in vendor.requests for said in each.said)
    assert shelved(tmp_path)[WELCOME].audio == audio_of(WELCOME), "and the call mended it"


def test_a_folder_of_takes_that_is_read_only_serves_as_well(
    vendor: FakeVendor, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    settings = access(vendor, takes=str(tmp_path / "file" / "takes"))
    with serving(tmp_path, flows=FLOWS, settings=settings) as line:
        assert audio_of(WELCOME) in asyncio.run(call(line, audio_of(WELCOME)))
