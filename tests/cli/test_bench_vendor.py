"""The two vendors of the bench: what they note, and that they share a clock with everybody."""

from __future__ import annotations

import asyncio
import threading
import time
from multiprocessing import Pipe

import aiohttp

from ivr.cli.bench_vendor import KEY, QUICK_MS, SLOW_MS, Desk, Notes, serve
from ivr.cli.bench_voice import hum
from ivr.fakes.elevenlabs import FLASH, VOICE


async def say(url: str, text: str) -> bytes:
    address = f"{url}/v1/text-to-speech/{VOICE}/stream?output_format=ulaw_8000"
    body = {"text": text, "model_id": FLASH}
    async with (
        aiohttp.ClientSession() as http,
        http.post(address, json=body, headers={"xi-api-key": KEY}) as reply,
    ):
        assert reply.status == 200
        return await reply.read()


def test_a_text_is_noted_with_its_times_on_the_machine_s_clock() -> None:
    async def work() -> tuple[bytes, float, float, Notes]:
        desk = Desk(5.0)
        async with desk.vendor as vendor:
            began = time.monotonic() * 1000
            audio = await say(vendor.url, "order 123456")
            return audio, began, time.monotonic() * 1000, desk.take()

    audio, began, ended, notes = asyncio.run(work())
    assert audio == hum(12, live=True)
    (spoken,) = notes.spoken
    assert spoken.text == "order 123456"
    assert spoken.first_ms is not None
    assert began <= spoken.asked_ms <= spoken.first_ms <= ended
    assert notes.sockets == 0


def test_notes_are_given_once() -> None:
    async def work() -> tuple[Notes, Notes]:
        desk = Desk(0.0)
        async with desk.vendor as vendor:
            await say(vendor.url, "one")
            return desk.take(), desk.take()

    first, second = asyncio.run(work())
    assert [each.text for each in first.spoken] == ["one"]
    assert second == Notes((), 0, ())


def test_both_vendors_answer_until_the_pipe_is_closed() -> None:
    ours, theirs = Pipe()
    thread = threading.Thread(target=serve, args=(theirs, frozenset[int]()))
    thread.start()
    try:
        assert ours.poll(20)
        quick, slow = ours.recv()
        assert QUICK_MS < SLOW_MS
        for url in (quick, slow):
            asyncio.run(say(url, f"hello {len(url)}"))
        ours.send("notes")
        assert ours.poll(20)
        notes = ours.recv()
        assert len(notes.spoken) == 2
    finally:
        ours.close()
        thread.join(20)
    assert not thread.is_alive()
