"""One rehearsed call over real sockets: what is shown, what is written, and how it can be ended."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import threading
import wave
from collections import deque
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from ivr.audio.loudness import first_audible_ms
from ivr.audio.mulaw import SILENCE
from ivr.cli.dialogue import Dialogue
from ivr.cli.legs import Known
from ivr.cli.ring import SAYS_MS, Feed, Plan, by_name, ring, speak
from ivr.errors import SettingsError
from ivr.phone.answers import EVERYBODY_ANSWERS, parse_answers
from ivr.phone.events import EndedBy
from ivr.phone.recording import Recording
from ivr.phone.script import parse
from ivr.phone.telephone import Line, Telephone
from tests.phone.lines import CONNECT, HANG_UP, FakeNetwork, FakeSocket
from tests.phone.lines import ring as ring_virtually
from tests.phone.test_network import PUBLIC, SmallLine, server
from tests.virtual import pass_time

PATIENCE_S = 20


def a_plan(wav: Path | None, script: str | None, feed: Feed | None = None) -> Plan:
    return Plan(
        line=Line(PUBLIC + "/voice"),
        token="12345",
        route={},
        caller="+13125550177",
        answers=EVERYBODY_ANSWERS,
        script=None if script is None else parse(script),
        title="A small line",
        facts=("said before it rings",),
        head="flow small",
        wav=wav,
        sound=False,
        feed=feed,
    )


def rung(plan: Plan, line: SmallLine | None = None) -> tuple[Recording, str]:
    """Ring the small line; what happened, and what a pipe would have got."""
    file = io.StringIO()

    async def work() -> Recording:
        async with asyncio.timeout(PATIENCE_S), server((line or SmallLine()).answer) as real:
            return await ring(replace(plan, route={PUBLIC: real}), Console(file=file, width=100))

    return asyncio.run(work()), file.getvalue()


def test_a_call_is_shown_and_written_and_both_say_the_same(tmp_path: Path) -> None:
    wav = tmp_path / "call.wav"
    recording, shown = rung(a_plan(wav, "1"))
    lines = shown.splitlines()
    assert lines[:2] == ["A small line", "said before it rings"]
    assert lines[-1].startswith("ended: the line hung up after 0:0")
    assert " · 2 utterances · first sound " in lines[-1]
    assert lines[-1].endswith(f"{wav} {tmp_path / 'call.txt'}")
    written = (tmp_path / "call.txt").read_text("utf-8").splitlines()
    assert written[0] == "flow small"
    assert "  caller  presses 1" in written[2]
    assert written[3] == next(line for line in lines if "g1:u2" in line).partition("   [")[0]
    with wave.open(str(wav)) as file:
        assert recording.ended is not None
        assert file.getnframes() / 8 == pytest.approx(recording.ended.at_ms, abs=200)


def test_answers_go_by_the_names_of_the_flow_and_take_a_call_with_its_key() -> None:
    callees = {"+13125550111": Known("agents", "4"), "+13125550112": Known("desk", "")}
    plan = replace(a_plan(None, None), callees=callees)
    plan = replace(plan, answers=parse_answers("agents: busy, accepted, desk: answered key 7"))
    answer = by_name(plan, Dialogue({"+13125550111": "agents", "+13125550112": "desk"}))
    assert [str(answer("+13125550111")) for _ in range(2)] == ["busy key 4", "answered 3s key 4"]
    assert str(answer("+13125550112")) == "answered 3s key 7"
    assert str(answer("+13125550113")) == "answered 3s"


def test_who_keys_by_hand_says_something_where_they_are_recorded() -> None:
    async def hands(phone: Telephone) -> None:
        await pass_time(1)
        speak(phone, {"what": "step"})
        await pass_time(1)
        speak(phone, {"what": "listening", "errand": 1})
        await pass_time(6)
        phone.hang_up()

    async def talk(socket: FakeSocket) -> None:
        await socket.event("never")

    recording = ring_virtually(FakeNetwork({"/voice": CONNECT, "/after": HANG_UP}, talk), hands)
    said = bytes(recording.caller.audio)
    first = first_audible_ms(said)
    assert first is not None
    assert 1_900 < first < 2_200
    assert abs(len(said.rstrip(SILENCE)) / 8 - (2_000 + SAYS_MS)) < 100


def test_without_a_wav_nothing_is_written(tmp_path: Path) -> None:
    _, shown = rung(a_plan(None, "hangup"))
    assert "call.wav" not in shown
    assert list(tmp_path.iterdir()) == []


def test_a_wav_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"--wav"):
        rung(a_plan(tmp_path / "missing" / "call.wav", "hangup"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_hangs_up_instead_of_killing_the_call(number: signal.Signals) -> None:
    class Interrupting(SmallLine):
        async def say(self, *args: object) -> None:
            await super().say(*args)  # type: ignore[arg-type]
            os.kill(os.getpid(), number)

    line = Interrupting()
    recording, _ = rung(a_plan(None, None), line)
    assert recording.ended is not None
    assert recording.ended.by is EndedBy.CALLER
    assert recording.faults == []
    assert signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler)


def test_entries_come_from_another_thread_and_give_the_words() -> None:
    feed = Feed()

    class Telling(SmallLine):
        async def say(self, *args: object) -> None:
            mark = str(args[2])
            entries = [
                {"what": "asked", "utterance": mark, "text": f"words of {mark}", "step": "a/b"},
                {"what": "first_frame", "utterance": mark, "mark": mark},
                {"what": "key", "key": "•"} if mark == "g1:u2" else {"what": "step", "step": "a/b"},
            ]
            thread = threading.Thread(target=lambda: deque(map(feed, entries)))
            thread.start()
            thread.join()
            await super().say(*args)  # type: ignore[arg-type]

    feed({"what": "step", "step": "nobody listens yet"})
    recording, shown = rung(a_plan(None, "1", feed), Telling())
    assert "ivr     words of g0:u1" in shown
    assert "ivr     words of g1:u2" in shown
    assert "presses •" in shown
    # The key that is written nowhere is not in the sound either.
    assert set(recording.caller.audio) == {0xFF}
    feed({"what": "end"})  # and nobody listens any more
