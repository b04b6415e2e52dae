"""What is heard while a caller is away, asked and fetched over real sockets as Twilio does."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from collections.abc import Awaitable, Callable, Generator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from yarl import URL

from ivr.audio import wav
from ivr.server.addresses import Addresses, Whisper
from ivr.settings import Settings
from tests.server.line import (
    NUMBER,
    PUBLIC,
    TOKEN,
    Carrier,
    Line,
    carriers,
    path_of,
    serving,
    stream_path,
)

FLOWS = {
    "main.yaml": """
title: Ways out
language: en-US
voice: beeps
numbers: {desk: +12125550111}
steps:
  main:
    - set: {name: Robin}
    - say: Press a key.
      menu: {1: desk, 2: wait, 3: script, 4: broken}
      fail: hangup
  desk:
    transfer: desk
    accept: 1
    whisper:
      - say: A caller for you.
      - say: It is ${name}.
    no_answer: nobody
    otherwise: other
  wait:
    queue: agents
    limit: 1m
    too_long: nobody
    otherwise: other
  script:
    twiml: <Response><Say>${name}</Say><Play>https://x.example/${secrets.room}</Play></Response>
    done: nobody
    otherwise: other
  broken:
    twiml: <Response><Say>${name}</Response>
    failed: nobody
    otherwise: other
  nobody: {say: Nobody was there., goto: hangup}
  other: {say: Something else happened., goto: hangup}
""",
    # Its first words are made before the line opens, so there is a take of them.
    "known.yaml": """
title: What is known
language: en-US
voice: beeps
steps:
  main: {say: A caller for you., goto: hangup}
""",
    "numbers.yaml": f'"{NUMBER}": main\n',
    "settings.yaml": "voices:\n  beeps: {provider: tone}\n",
}
SETTINGS: dict[str, Any] = {
    "public_url": PUBLIC,
    "twilio_tokens": (TOKEN,),
    "secrets": {"room": 'a"<b'},
}
CALLEE = "CA" + "9" * 32

Story = Callable[[Line, Carrier], Awaitable[None]]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Generator[Line, None, None]:
    """One line for all of them: nothing here is about a server's beginning or end."""
    store = tmp_path_factory.mktemp("store")
    with serving(store, flows=FLOWS, settings=SETTINGS) as line:
        yield line


def play(line: Line, story: Story) -> None:
    async def told() -> None:
        line.told.clear()
        async with carriers(line) as carrier:
            await story(line, carrier())

    asyncio.run(told())


async def sent_away(call: Carrier, key: str) -> ET.Element:
    """The caller presses a key; the whole document with which they leave."""
    async with call.on_the_line() as stream:
        await stream.press(key)
        assert await stream.until_closed() == 1000
    status, body = await call.ask("/twilio/after")
    assert status == 200, body
    return ET.fromstring(body)


async def document(call: Carrier, url: str, **fields: str) -> ET.Element:
    status, body = await call.ask(path_of(url), headers=None, **fields)
    assert status == 200, body
    return ET.fromstring(body)


async def fetched(call: Carrier, url: str) -> tuple[int, str, bytes]:
    """A sound, as Twilio fetches it: without a signature."""
    target = URL(call.line.base + urlsplit(url).path, encoded=True)
    async with call._http.get(target) as reply:
        return reply.status, reply.headers["Content-Type"], await reply.read()


def test_whoever_answers_is_told_who_calls_and_takes_the_call_with_a_key(served: Line) -> None:
    async def story(line: Line, call: Carrier) -> None:
        dial = (await sent_away(call, "1"))[0]
        url = dial[0].attrib["url"]
        assert "Robin" not in url
        callee = {"CallSid": CALLEE, "ParentCallSid": call.sid}
        gather, hang_up = await document(call, url, **callee)
        play_, say = gather
        assert (say.tag, say.text, say.attrib) == ("Say", "It is Robin.", {"language": "en-US"})
        assert hang_up.tag == "Hangup"
        status, kind, sound = await fetched(call, play_.text or "")
        assert (status, kind) == (200, "audio/wav")
        assert len(wav.read(sound)) > 8_000
        key = gather.attrib["action"]
        assert [v.tag for v in await document(call, key, **callee, Digits="2")] == ["Hangup"]
        assert list(await document(call, key, **callee, Digits="1")) == []
        end = {"DialCallStatus": "completed", "DialCallSid": CALLEE}
        assert (await call.back(dial, **end)).tag == "Hangup"
        assert line.entries("return")[0]["outcome"] == "done"

    play(served, story)


def test_a_mailbox_that_answers_presses_no_key_and_gets_no_caller(served: Line) -> None:
    async def story(line: Line, call: Carrier) -> None:
        dial = (await sent_away(call, "1"))[0]
        callee = {"CallSid": CALLEE, "ParentCallSid": call.sid}
        assert (await document(call, dial[0].attrib["url"], **callee))[1].tag == "Hangup"
        back = await call.back(dial, DialCallStatus="completed", DialBridged="false")
        async with call.stream(stream_path(back)) as stream:
            await stream.until_closed()
        assert line.entries("return")[0]["outcome"] == "no_answer"

    play(served, story)


def test_who_waits_hears_music_and_a_word_now_and_then_but_not_for_ever(served: Line) -> None:
    async def story(line: Line, call: Carrier) -> None:
        queue, behind = await sent_away(call, "2")
        assert (queue.tag, queue.text, behind.tag) == ("Enqueue", "agents", "Redirect")
        first, again = await document(call, queue.attrib["waitUrl"], QueueTime="0")
        _, _, music = await fetched(call, first.text or "")
        assert len(wav.read(music)) == 45 * 8_000
        word, second, last = await document(call, again.text or "", QueueTime="46")
        assert word.tag in ("Play", "Say")
        _, _, rest = await fetched(call, second.text or "")
        assert len(wav.read(rest)) == 14 * 8_000, "the minute is over then"
        (leave,) = await document(call, last.text or "", QueueTime="61")
        assert leave.tag == "Leave"
        back = await call.back(queue, QueueResult="leave", QueueTime="61")
        async with call.stream(stream_path(back)) as stream:
            await stream.until_closed()
        assert line.entries("leave")[0]["name"] == "agents"
        assert line.entries("return")[0]["outcome"] == "too_long"

    play(served, story)


def test_an_authors_document_gets_its_secrets_only_when_it_is_sent(served: Line) -> None:
    async def story(line: Line, call: Carrier) -> None:
        say, play_, back = await sent_away(call, "3")
        assert (say.text, play_.text) == ("Robin", 'https://x.example/a"<b')
        status, body = await call.ask(path_of(back.text or ""))
        assert (status, ET.fromstring(body)[0].tag) == (200, "Connect")
        assert line.entries("leave")[0]["target"] == "twiml"

    play(served, story)
    files = Path(served.settings.store).rglob("*.sqlite3*")
    assert b'a"<b' not in b"".join(path.read_bytes() for path in files)


def test_a_document_that_is_none_is_not_sent_and_the_caller_hears_so(
    served: Line, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(line: Line, call: Carrier) -> None:
        back = (await sent_away(call, "4"))[0]
        async with call.stream(stream_path(back)) as stream:
            await stream.until_closed()
        assert line.entries("return")[0]["outcome"] == "failed"

    play(served, story)
    assert "the document of broken: it is no XML" in caplog.text


def test_nobody_hears_anything_at_an_address_that_is_none_of_ours(served: Line) -> None:
    async def story(line: Line, call: Carrier) -> None:
        dial = (await sent_away(call, "1"))[0]
        url = dial[0].attrib["url"]
        for path in ("/twilio/whisper/x.1.y", "/twilio/taken/x", "/twilio/wait/x"):
            assert (await call.ask(path))[0] == 403
        stranger = {"CallSid": CALLEE, "ParentCallSid": "CA" + "7" * 32}
        assert (await call.ask(path_of(url), headers=None, **stranger))[0] == 403
        unsigned = {"X-Twilio-Signature": "nonsense"}
        assert (await call.ask(path_of(url), headers=unsigned))[0] == 403
        assert (await fetched(call, url.replace("whisper", "sound")))[0] == 403
        old = Addresses(Settings(**SETTINGS), now=lambda: 0.0).sign(Whisper(call.sid, 1, "1"))
        assert (await call.ask(f"/twilio/whisper/{old}"))[0] == 403
        # A transfer that is over has nothing more to tell, and its key takes no call.
        await call.back(dial, DialCallStatus="busy")
        assert [v.tag for v in await document(call, url, CallSid=CALLEE)] == ["Hangup"]

    play(served, story)
