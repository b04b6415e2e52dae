"""``ivr call`` as a person types it, against its own server and against another one."""

from __future__ import annotations

import asyncio
import io
import json
import re
import threading
import wave
from collections.abc import Generator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from aiohttp import web
from click.testing import CliRunner, Result

from ivr.cli import main
from tests.phone.test_network import SmallLine, server

FLOW = """\
title: A small clinic
timezone: America/Chicago
languages: {en-US: {voice: beeps}, es-US: {voice: beeps}}
numbers:
  front_desk: +13125550123
hours:
  clinic: {mon-fri: "8:00-17:30"}
steps:
  main:
    goto:
      - if: hours.clinic.open
        goto: open
      - else: shut
  open:
    say: {en: "Hello.", es: "Hola."}
    menu:
      1: desk
      2: secret
    fail: hangup
  shut:
    say: {en: "Closed.", es: "Cerrado."}
    goto: hangup
  desk:
    transfer: front_desk
    otherwise: open
  secret:
    say: {en: "Number?", es: "¿Número?"}
    ask: pin
    digits: 4
    sensitive: yes
    goto: done
    fail: hangup
  done:
    say: {en: "Thanks.", es: "Gracias."}
    goto: hangup
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A flows folder, and an empty current one."""
    flows = tmp_path / "flows"
    flows.mkdir()
    (flows / "clinic.yaml").write_text(FLOW, "utf-8")
    (flows / "settings.yaml").write_text("voices:\n  beeps: {provider: tone}\n", "utf-8")
    for name in ("IVR_PUBLIC_URL", "TWILIO_AUTH_TOKEN", "IVR_UNSIGNED", "IVR_ENV"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["call", *arguments])


PAUSE = """\
voice: beeps
steps:
  main:
    say: [Hello., {pause: 1500ms}, Goodbye.]
    goto: hangup
"""


def test_every_prompt_has_its_waterfall_below_it(folder: Path) -> None:
    options = ("clinic", "--no-sound", "--no-wav", "--keys")
    shown = call(*options, "1", "--answers", "front_desk: busy").output.splitlines()
    below = [after for line, after in pairwise(shown) if "ivr     Hello." in line]
    for line, before in zip(below, ("answer", "back from transfer"), strict=True):
        assert re.fullmatch(rf" {{15}}{before} → frame [\d.]+ ms → audible [\d.]+ ms · \w+", line)
    stages = call(*options, "", "--waterfall").output
    assert "first byte" in stages


def test_a_caller_who_is_left_in_silence_for_too_long_fails_the_call(folder: Path) -> None:
    two = "steps: {main: [{say: Hello.}, {say: Goodbye., goto: hangup}]}\nvoice: beeps\n"
    (folder / "flows" / "two.yaml").write_text(two, "utf-8")
    options = ("two", "--no-sound", "--no-wav", "--keys", "wait:9")
    assert call(*options).exit_code == 0
    # There are 300 ms between two texts.
    strict = call(*options, "--dead-air", "200")
    assert strict.exit_code == 1
    assert re.search(r"fault +nothing was heard for [23]\d\d ms in the middle", strict.output)
    assert "200 ms is the most" in strict.output


def test_a_pause_that_was_written_is_no_dead_air(folder: Path) -> None:
    (folder / "flows" / "pause.yaml").write_text(PAUSE, "utf-8")
    held = call("pause", "--no-sound", "--no-wav", "--keys", "wait:9")
    assert held.exit_code == 0, held.output
    longest = re.search(r"dead air (\d+) ms at most", held.output)
    assert longest is not None
    assert int(longest[1]) < 1200


def test_a_call_from_the_first_ring_to_the_last_word(folder: Path) -> None:
    result = call("clinic", "--no-sound", "--keys", "1", "--answers", "front_desk: busy")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "A small clinic"
    assert "10:15 America/Chicago" in result.stdout
    assert "en-US beeps (tone)" in result.stdout
    dialogue = [line[7:] for line in (folder / "call.txt").read_text("utf-8").splitlines()[1:-1]]
    assert dialogue[:5] == [
        "ivr     Hello.",
        "caller  presses 1",
        "ivr     transfers to +13125550123 (front_desk)",
        "callee  is busy",
        "ivr     Hello.",
    ]
    assert "fault" not in result.stdout
    entries = [json.loads(line) for line in (folder / "call.jsonl").read_text("utf-8").splitlines()]
    assert entries[0]["what"] == "webhook"
    assert entries[-1]["what"] == "end"
    with wave.open(str(folder / "call.wav")) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    assert sound[:, 0].any(), "the key's tone"
    assert sound[:, 1].any(), "the line"


def test_keys_of_a_sensitive_step_are_written_nowhere(folder: Path) -> None:
    result = call("clinic", "--no-sound", "--keys", "2 7391")
    assert result.exit_code == 0, result.output
    assert "presses ••••" in result.stdout
    text = (folder / "call.txt").read_text("utf-8")
    assert "presses ••••" in text
    assert "7391" not in text + result.stdout
    assert "ended: the line hung up" in text


def test_the_clock_and_the_language_are_the_callers_choice(folder: Path) -> None:
    result = call("--no-sound", "--no-wav", "--keys", "", "--at", "Sun 3:00", "--language", "es-US")
    assert result.exit_code == 0, result.output
    assert "ivr     Cerrado." in result.stdout
    assert not (folder / "call.wav").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nosuch"], "there is no flow 'nosuch'; there are clinic"),
        (["--flows", "elsewhere"], "does not exist"),
        (["clinic", "--language", "fr"], "it speaks en-US, es-US"),
        (["clinic", "--keys", "abc"], "'abc' is no key"),
        (["clinic", "--at", "tomorrow"], "write  Mon 10:15"),
        (["clinic", "--answers", "front_desk: perhaps"], "is no answer"),
        (["clinic", "--answers", "no_such_file"], "No such file"),
        (["clinic", "--from", "Ann Smith"], "write a number"),
        (["clinic", "--to", "911"], "write a number"),
        (["clinic", "--set", "clinic_api"], "NAME=VALUE"),
        (["clinic", "--url", "http://127.0.0.1:1"], "FLOW is for a server of our own"),
        (["--at", "now", "--url", "http://127.0.0.1:1"], "--at is for"),
        (["--url", "ftp://127.0.0.1"], "is no address"),
        (["--url", "https://ivr.example.com"], "TWILIO_AUTH_TOKEN is not set"),
    ],
)
def test_what_cannot_be_called_ends_with_2_and_a_sentence(
    folder: Path, arguments: list[str], said: str
) -> None:
    result = call(*arguments)
    assert result.exit_code == 2
    assert said in result.output


def test_flows_with_errors_are_shown_and_not_called(folder: Path) -> None:
    (folder / "flows" / "clinic.yaml").write_text("steps:\n  main:\n    goto: nowhere\n", "utf-8")
    result = call("clinic")
    assert result.exit_code == 2
    assert "F001" in result.output
    assert "there is nothing to call" in result.output


@contextmanager
def line_in_a_thread(line: SmallLine) -> Generator[str, None, None]:
    """Another server, somewhere else."""
    ready, stop = threading.Event(), threading.Event()
    addresses: list[str] = []

    async def serve() -> None:
        async with server(line.answer) as real:
            addresses.append(real)
            ready.set()
            await asyncio.get_running_loop().run_in_executor(None, stop.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    ready.wait()
    try:
        yield addresses[0]
    finally:
        stop.set()
        thread.join()


def test_another_server_is_rung_by_its_public_address(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IVR_PUBLIC_URL", "https://ivr.example.com")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "12345")
    with line_in_a_thread(SmallLine()) as real:
        result = call("--url", real + "/voice", "--no-sound", "--keys", "1")
    assert result.exit_code == 0, result.output
    assert f"https://ivr.example.com/voice, at {real}" in result.stdout
    assert "mark g1:u2)" in result.stdout
    assert "12345" not in result.output


def test_a_server_that_breaks_the_protocol_ends_with_1(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Sloppy(SmallLine):
        async def say(self, socket: web.WebSocketResponse, sid: str, mark: str) -> None:
            await socket.send_json({"event": "clear", "streamSid": sid, "why": "no reason"})
            await super().say(socket, sid, mark)

    monkeypatch.setenv("IVR_PUBLIC_URL", "https://ivr.example.com")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "12345")
    with line_in_a_thread(Sloppy()) as real:
        result = call("--url", real + "/voice", "--no-sound", "--keys", "1")
    assert result.exit_code == 1
    assert "31951 stream invalid message: clear with a field too many: why" in result.stdout
    assert "2 faults of the server" in result.stdout


def test_a_server_that_is_not_there_ends_with_1_and_writes_no_sound(folder: Path) -> None:
    result = call("--url", "http://127.0.0.1:1", "--no-sound")
    assert result.exit_code == 1
    assert "11205" in result.stdout
    assert not (folder / "call.wav").exists()


def test_answers_are_read_from_a_file(folder: Path) -> None:
    (folder / "answers.txt").write_text("front_desk: no_answer\n", "utf-8")
    result = call("clinic", "--answers", "answers.txt", "--keys", "hangup", "--no-sound")
    assert "transfers: front_desk: no_answer, others: answered 3s (--answers)" in result.stdout


def test_output_in_a_pipe_has_no_escapes(folder: Path) -> None:
    result = call("clinic", "--keys", "hangup", "--no-sound")
    assert "\x1b" not in result.stdout
    assert io.StringIO(result.stdout).readline() == "A small clinic\n"
