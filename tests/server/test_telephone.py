"""The simulated telephone rings the real server; what the two read differently is a fault."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ivr.calls.record import Entry
from ivr.calls.summary import from_lines
from ivr.phone.answers import parse_answers
from ivr.phone.events import CallEnded, EndedBy, Event, SoundHeard
from ivr.phone.network import Internet
from ivr.phone.recording import Recording
from ivr.phone.telephone import Line as Rung
from ivr.phone.telephone import Telephone
from ivr.stores import open_store
from tests.server.line import FLOWS, LONG, NUMBER, PUBLIC, TOKEN, Line, serving

SHORT = FLOWS | {"main.yaml": FLOWS["main.yaml"].replace(LONG, "For the desk, press 1.")}


WAYS = """
title: Every way out
language: en-US
voice: beeps
numbers: {one: +12125550111, two: +12125550112}
steps:
  main:
    say: Press a key.
    menu: {1: screened, 2: hunt, 3: wait, 4: script, 5: handed, 6: both}
    fail: hangup
  screened:
    transfer: one
    accept: 1
    whisper: A caller for you.
    record_talk: yes
    done: bye
    otherwise: bye
  hunt: {transfer: [one, two], done: bye, otherwise: bye}
  both: {transfer: [one, two], together: yes, done: bye, otherwise: bye}
  wait: {queue: agents, limit: 2m, done: bye, otherwise: bye}
  script:
    twiml: <Response><Pause length="1"/></Response>
    done: bye
    otherwise: bye
  handed: {transfer: "sip:desk@pbx.example", blind: yes, done: bye, otherwise: bye}
  bye: {say: Goodbye., goto: hangup}
"""


async def call(
    line: Line, *keys: str, answers: str = "", caller: str = ""
) -> tuple[str, Recording]:
    """Ring the line over its public address; press one key after the other, each at a sound."""
    waiting = list(keys)

    def listener(event: Event) -> None:
        if isinstance(event, SoundHeard) and waiting:
            asyncio.get_running_loop().call_soon(phone.press, waiting.pop(0))

    rung = Rung(PUBLIC + "/twilio/voice", NUMBER, status_url=PUBLIC + "/twilio/status")
    async with Internet(TOKEN, route={PUBLIC: line.base}) as network:
        told = parse_answers(answers).answer
        caller = caller or "+13125550177"
        phone = Telephone(network, rung, caller=caller, listener=listener, answers=told)
        async with asyncio.timeout(30):
            return phone.call_sid, await phone.call()


def test_the_telephone_finds_no_fault_with_a_call(tmp_path: Path) -> None:
    with serving(tmp_path, flows=SHORT) as line:
        _, recording = asyncio.run(call(line, "2"))
    assert recording.faults == []
    assert isinstance(recording.ended, CallEnded)
    assert recording.ended.by is EndedBy.LINE
    assert [entry["outcome"] for entry in line.entries("end")] == ["hangup"]


ONE, TWO = "+12125550111", "+12125550112"
AWAY = [
    # What is pressed, who answers, who calls; what the record tells of it.
    ("1", f"{ONE}: accepted 1s", "", ["done"]),
    ("1", f"{ONE}: refused", "", ["no_answer"]),
    ("2", f"{ONE}: busy, {TWO}: answered 1s", "", ["busy", "done"]),
    ("6", f"{ONE}: busy, {TWO}: answered 1s", "", ["done"]),
    ("3", "queue agents: answered 1s", "", ["done"]),
    ("3", "queue agents: full", "", ["full"]),
    ("4", "", "", ["done"]),
    ("5", "", "", ["failed"]),
    ("5", "", "sip:robin@pbx.example", ["done"]),
]


def test_the_telephone_finds_no_fault_with_any_way_to_leave_and_to_come_back(
    tmp_path: Path,
) -> None:
    async def everybody(line: Line) -> list[tuple[str, Recording]]:
        calls = (call(line, key, answers=who, caller=caller) for key, who, caller, _ in AWAY)
        return await asyncio.gather(*calls)

    async def records(sids: list[str]) -> list[list[Entry]]:
        async with open_store(str(tmp_path)) as store:
            return [from_lines(await store.records.entries(sid) or b"")[0] for sid in sids]

    with serving(tmp_path, flows=FLOWS | {"main.yaml": WAYS}) as line:
        calls = asyncio.run(everybody(line))
    written = asyncio.run(records([sid for sid, _ in calls]))
    for (key, who, _, outcomes), (_, recording), record in zip(AWAY, calls, written, strict=True):
        assert recording.faults == [], (key, who)
        told = [entry["outcome"] for entry in record if entry["what"] == "return"]
        assert told == outcomes, (key, who)
        assert [entry["what"] for entry in record].count("end") == 1, (key, who)
