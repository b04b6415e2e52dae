"""Everybody a line tells things to is down at once: no caller waits, and nothing is lost.

The mail server refuses, who is told of events breaks off, Twilio's API answers one thing badly and
another not at all. The call is over before anybody has taken anything; another process delivers it
all, once.
"""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from ivr.audio import wav
from ivr.audio.mulaw import decode, encode
from ivr.calls.mic import ECHO_MS
from ivr.fakes.twilio_rest import FakeTwilio
from ivr.stores import open_store
from ivr.stores.base import Parcel, Store
from tests.calls.voices import silence, speech
from tests.outside.service import Service, drops, reply, says
from tests.outside.test_mail import Postmaster
from tests.server.line import BOUND_S, CALLER, NUMBER, PUBLIC, TOKEN, Carrier, Line, serving
from tests.server.test_recordings import until
from tests.server.test_voicemail import says as speaks

SAID = speech(3_000)


def flows(hook: str) -> dict[str, str]:
    return {
        "main.yaml": """
title: A line that tells everybody
language: en-US
voice: beeps
steps:
  main:
    - say: This call may be recorded.
      interrupt: no
    - record_call: start
    - event: called
    - if: has(call.from)
      sms: ${call.from}
      text: Thank you for calling.
      failed: sorry
    - voicemail: desk@acme.example
      done: bye
  sorry: {say: No message could be sent., goto: hangup}
  bye: {say: Goodbye., goto: hangup}
""",
        "numbers.yaml": f'"{NUMBER}": main\n',
        "settings.yaml": f"voices:\n  beeps: {{provider: tone, pace: 30}}\nevents: {hook}\n",
    }


async def call(line: Line, carrier: Carrier) -> None:
    """Leave a message and press the end key; the line says goodbye and hangs up."""
    async with carrier.on_the_line() as stream:
        await stream.hear(2, event="mark")  # the notice, and the tone
        await line.until_told("listening")
        await speaks(stream, silence(ECHO_MS) + SAID)
        await stream.press("#")
        assert await stream.until_closed() == 1000
    await line.until_told("end")


async def tried(store: Store) -> list[Parcel]:
    """What waits to be sent, once each was tried."""
    async with asyncio.timeout(BOUND_S):
        while True:
            waiting = await store.outbox.waiting(10)
            if len(waiting) == 4 and all(parcel.tries for parcel in waiting):
                return waiting


def test_who_is_down_costs_no_caller_a_moment_and_is_told_later_once(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            FakeTwilio() as twilio,
            Service(drops) as hook,
            Postmaster(refuses="451 not now").open() as postmaster,
            aiohttp.ClientSession() as http,
            open_store(str(tmp_path)) as store,
        ):
            twilio.fail("slow", path="Recordings")
            twilio.fail("http_500", path="Messages")
            settings = {
                "public_url": PUBLIC,
                "twilio_tokens": (TOKEN,),
                "twilio_account": twilio.account,
                "twilio_api_key": twilio.key,
                "twilio_api_secret": twilio.secret,
                "twilio_url": twilio.url,
                "sms_from": NUMBER,
                "smtp_url": f"smtp://127.0.0.1:{postmaster.port}",
                "mail_from": "ivr@acme.example",
            }
            lasting = flows(hook.url("/ivr"))
            with serving(tmp_path, flows=lasting, settings=settings) as line:
                carrier = Carrier(line, http)
                twilio.ring(carrier.sid)
                await call(line, carrier)
                said = [entry["text"] for entry in line.entries("asked") if entry["text"]]
                assert said == ["This call may be recorded.", "Goodbye."]
                assert line.entries("end")[0]["outcome"] == "hangup"
                # It is over, and nobody has taken anything.
                assert (twilio.messages, twilio.recordings, postmaster.got) == ([], {}, [])
                waiting = await tried(store)
                twilio.let_go.set()
                await until(twilio, lambda: bool(twilio.recordings))
            kinds = sorted(parcel.kind for parcel in waiting)
            assert kinds == ["event", "event", "mail", "sms"]
            hook.behaviour, postmaster.refuses = says(reply(200)), None
            before = len(hook.asked)
            for parcel in waiting:
                await store.outbox.again(parcel.id, datetime.now(UTC))
            with serving(tmp_path, flows=lasting, settings=settings):
                async with asyncio.timeout(BOUND_S):
                    while await store.outbox.count() != (0, 0):
                        pass
            told = [json.loads(asked.body)["event"] for asked in hook.asked[before:]]
            assert sorted(told) == ["called", "voicemail"]
            assert [(message.to, message.body) for message in twilio.messages] == [
                (CALLER, "Thank you for calling.")
            ]
            (letter,) = postmaster.got
            (attached,) = letter.iter_attachments()
            sound = wav.read(attached.get_content())
            assert encode(decode(SAID)).startswith(sound[:8_000])

    asyncio.run(story())
