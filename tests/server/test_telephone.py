"""The simulated telephone rings the real server; what the two read differently is a fault."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ivr.phone.events import CallEnded, EndedBy, Event, SoundHeard
from ivr.phone.network import Internet
from ivr.phone.recording import Recording
from ivr.phone.telephone import Line as Rung
from ivr.phone.telephone import Telephone
from tests.server.line import FLOWS, LONG, NUMBER, PUBLIC, TOKEN, Line, serving

SHORT = FLOWS | {"main.yaml": FLOWS["main.yaml"].replace(LONG, "For the desk, press 1.")}


async def call(line: Line, *keys: str) -> Recording:
    """Ring the line over its public address; press one key after the other, each at a sound."""
    waiting = list(keys)

    def listener(event: Event) -> None:
        if isinstance(event, SoundHeard) and waiting:
            asyncio.get_running_loop().call_soon(phone.press, waiting.pop(0))

    rung = Rung(PUBLIC + "/twilio/voice", NUMBER, status_url=PUBLIC + "/twilio/status")
    async with Internet(TOKEN, route={PUBLIC: line.base}) as network:
        phone = Telephone(network, rung, listener=listener)
        async with asyncio.timeout(30):
            return await phone.call()


def test_the_telephone_finds_no_fault_with_a_call(tmp_path: Path) -> None:
    with serving(tmp_path, flows=SHORT) as line:
        recording = asyncio.run(call(line, "2"))
    assert recording.faults == []
    assert isinstance(recording.ended, CallEnded)
    assert recording.ended.by is EndedBy.LINE
    assert [entry["outcome"] for entry in line.entries("end")] == ["hangup"]
