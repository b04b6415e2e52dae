"""A third party's Media Streams client rings us: streamdouble, written from Twilio's own text.

It judges framing, marks, and who closed; it knows no signatures, so the line is an unsigned one,
and it drops marks at a ``clear`` where Twilio returns them. It plays in real time.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from streamdouble.protocol import StreamIdentity  # type: ignore[import-untyped]
from streamdouble.scenario import (  # type: ignore[import-untyped]
    Dtmf,
    Expect,
    Scenario,
    Step,
    WaitFor,
)
from streamdouble.session import (  # type: ignore[import-untyped]
    Session,
    SessionConfig,
    SessionResult,
)

from tests.server.line import ACCOUNT, Line, carriers, serving


def ring(store: Path, *steps: Step) -> tuple[SessionResult, Line]:
    """Let streamdouble take these steps on the stream of a call that has rung."""

    async def told(line: Line) -> SessionResult:
        async with carriers(line) as carrier:
            call = carrier()
            path = await call.ring()
            session = Session(
                f"ws://127.0.0.1:{line.port}{path}",
                scenario=Scenario("a call", list(steps)),
                config=SessionConfig(
                    response_timeout_s=5, quiet_period_s=0.3, max_drain_s=3, max_call_s=20
                ),
                # The ids of our webhook; by default it makes its own.
                identity=StreamIdentity(account_sid=ACCOUNT, call_sid=call.sid),
            )
            return await session.run()

    with serving(store, settings={"unsigned": True}) as line:
        return asyncio.run(told(line)), line


def test_streamdouble_finds_nothing_wrong_with_a_call(tmp_path: Path) -> None:
    result, line = ring(
        tmp_path,
        WaitFor("audio", timeout_s=5),
        Dtmf("2"),
        WaitFor("clear", timeout_s=5),
        WaitFor("mark", timeout_s=5),
        Expect("no_violations"),
    )
    assert result.violations == []
    assert result.unknown_events == []
    assert result.failed_expectations == []
    assert result.audio_received
    assert result.clears_received == 1
    assert result.marks_echoed == result.marks_received[-1:]
    assert line.entries("end")[0]["outcome"] == "hangup"


def test_streamdouble_is_refused_with_an_id_of_its_own(tmp_path: Path) -> None:
    async def told(line: Line) -> None:
        with pytest.raises(Exception, match="403"):
            await Session(f"ws://127.0.0.1:{line.port}/media/x", [b"\xff" * 160]).run()

    with serving(tmp_path, settings={"unsigned": True}) as line:
        asyncio.run(told(line))
