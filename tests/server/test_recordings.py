"""A call over real sockets, and what is asked of Twilio's REST API in it.

It is recorded, but never while a PIN is keyed; and in the end a text message is sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import aiohttp

from ivr.fakes.twilio_rest import FakeTwilio, Recording
from ivr.server.account import RECORDING_PATH
from tests.server.line import BOUND_S, CALLER, NUMBER, PUBLIC, TOKEN, Carrier, serving

FLOWS = {
    "main.yaml": """
title: A recorded line
language: en-US
voice: beeps
steps:
  welcome:
    - say: This call may be recorded.
      interrupt: no
    - record_call: start
    - say: Your PIN, please.
      ask: pin
      digits: 4
      sensitive: yes
      fail: bye
    - say: Thank you. Press 1.
      menu:
        1: bye
      fail: bye
  bye:
    - if: has(call.from)
      sms: ${call.from}
      text: Thank you for calling.
    - say: Goodbye.
      goto: hangup
""",
    "numbers.yaml": f'"{NUMBER}": main\n',
    "settings.yaml": "voices:\n  beeps: {provider: tone, pace: 20}\n",
}


async def until(twilio: FakeTwilio, true: Callable[[], bool]) -> None:
    """Wait until something holds, looking again whenever the API was asked."""
    async with asyncio.timeout(BOUND_S):
        while not true():
            twilio.changed.clear()
            await twilio.changed.wait()


async def recorded(twilio: FakeTwilio, *changes: str) -> Recording:
    """The only recording, once it was told this."""
    await until(twilio, lambda: [tuple(r.changes) for r in twilio.recordings.values()] == [changes])
    return next(iter(twilio.recordings.values()))


def test_a_recording_pauses_while_a_pin_is_keyed_and_a_text_message_follows(
    tmp_path: Path,
) -> None:
    async def scene() -> None:
        async with FakeTwilio() as twilio, aiohttp.ClientSession() as http:
            settings = {
                "public_url": PUBLIC,
                "twilio_tokens": (TOKEN,),
                "twilio_account": twilio.account,
                "twilio_api_key": twilio.key,
                "twilio_api_secret": twilio.secret,
                "twilio_url": twilio.url,
                "sms_from": NUMBER,
            }
            with serving(tmp_path, flows=FLOWS, settings=settings) as line:
                carrier = Carrier(line, http)
                twilio.ring(carrier.sid)
                async with carrier.on_the_line() as stream:
                    await stream.hear(2, event="mark")
                    recording = await recorded(twilio, "paused")
                    assert recording.form["RecordingStatusCallback"] == PUBLIC + RECORDING_PATH
                    await line.until(lambda: len(line.entries("tape")) == 2)
                    for key in "7394":
                        await stream.press(key)
                    await recorded(twilio, "paused", "in-progress")
                    status, _ = await carrier.ask(
                        RECORDING_PATH,
                        RecordingSid=recording.sid,
                        RecordingStatus="completed",
                        RecordingDuration="17",
                        RecordingUrl="https://api.twilio.com/secret-address",
                    )
                    assert status == 204
                    await line.until(lambda: len(line.entries("tape")) == 4)
                    await stream.hear(1, event="mark")
                    await stream.press("1")
                    await until(twilio, lambda: bool(twilio.messages))
                assert [entry["status"] for entry in line.entries("tape")] == [
                    *("started", "paused", "resumed", "completed")
                ]
                assert line.entries("tape")[3]["seconds"] == 17
                assert "secret-address" not in str(line.told)
                assert "7394" not in str(line.told)
            assert recording.sid in twilio.recordings, "nothing sensitive is on it"
            (message,) = twilio.messages
            assert (message.to, message.sender) == (CALLER, NUMBER)
            assert message.body == "Thank you for calling."

    asyncio.run(scene())
