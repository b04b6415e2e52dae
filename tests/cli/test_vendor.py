"""``ivr vendor``: what it says, that it speaks, and that it leaves without a word."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from click.testing import CliRunner

import ivr
from ivr.cli import main
from ivr.fakes.elevenlabs import KINDS, VOICE, audio_of

BOUND_S = 30
WORDS = "Nobody shall read this."


@contextmanager
def vending(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """``ivr vendor`` in a process of its own, and where it answers."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ivr", "vendor", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(ivr.__file__).parent.parent),
            "PYTHONUNBUFFERED": "1",
        },
    )
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        said = re.search(r"plays ElevenLabs at (http://127\.0\.0\.1:\d+), voice (\w+)\n", first)
        assert said is not None, (first, process.stderr and process.stderr.read())
        yield process, said[1]
    finally:
        process.kill()
        process.communicate()


def ask(url: str, key: str, text: str = WORDS) -> tuple[int, bytes]:
    """Ask for speech; the status and the body."""
    request = Request(
        f"{url}/v1/text-to-speech/{VOICE}/stream?output_format=ulaw_8000",
        json.dumps({"text": text, "model_id": "eleven_flash_v2_5", "colour": "red"}).encode(),
        {"xi-api-key": key, "Content-Type": "application/json"},
    )
    try:
        with urlopen(request, timeout=BOUND_S) as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        with error:
            return error.code, error.read()


def leave(process: subprocess.Popen[str], how: signal.Signals) -> tuple[str, str]:
    """Tell it to end; what it had still said, and what went wrong."""
    process.send_signal(how)
    assert process.wait(BOUND_S) == 0
    assert process.stdout is not None
    assert process.stderr is not None
    # Not communicate(): it would lose what readline() has taken in beyond its line.
    return process.stdout.read(), process.stderr.read()


def refusal(*arguments: str) -> str:
    """What it says before it exits with 2."""
    done = CliRunner().invoke(main, ["vendor", *arguments])
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output
    return done.output


def test_it_speaks_tells_how_to_use_it_and_leaves_quietly() -> None:
    arguments = ("--voice", "tone", "--first-byte", "1ms", "--fault", "http_503:request=2")
    with vending(*arguments) as (process, url):
        assert ask(url, "x") == (200, audio_of(WORDS))
        assert ask(url, "x")[0] == 503
        assert ask(url, "sesame")[0] == 401
        out, err = leave(process, signal.SIGINT)
    assert f"ELEVENLABS_BASE_URL={url} ELEVENLABS_API_KEY=x\n" in out
    assert f"{VOICE} (Anna)" in out
    assert "http_503: request=2\n" in out
    spoken = rf"#1 speaks: voice {VOICE}, eleven_flash_v2_5, ulaw_8000, {len(WORDS)} characters\n"
    assert re.search(spoken, out)
    assert "#3 no key, or a wrong one: a wrong key\n" in err
    assert "#1 a field the message does not have: colour\n" in err
    assert "Traceback" not in err
    assert "sesame" not in out + err
    assert WORDS not in out + err


def test_a_chosen_key_is_not_shown() -> None:
    with vending("--voice", "tone", "--key", "sesame") as (process, url):
        assert ask(url, "sesame")[0] == 200
        out, err = leave(process, signal.SIGTERM)
    assert "ELEVENLABS_API_KEY=<your --key>\n" in out
    assert "sesame" not in out + err


def test_it_really_speaks_unless_told_otherwise() -> None:
    with vending("--first-byte", "0ms") as (process, url):
        status, audio = ask(url, "x", "Hello there.")
        assert status == 200
        assert 4_000 < len(audio) < 24_000
        assert audio != audio_of("Hello there.")
        leave(process, signal.SIGINT)


def test_all_faults_are_listed() -> None:
    done = CliRunner().invoke(main, ["vendor", "--list-faults"])
    assert done.exit_code == 0
    assert [line.split()[0] for line in done.output.splitlines()] == list(KINDS)


def test_an_unknown_fault_is_one_sentence() -> None:
    assert refusal("--fault", "nope").startswith("ivr: there is no fault 'nope': choose one of ")


def test_a_fault_at_no_point_is_one_sentence() -> None:
    assert "the fault quota cannot strike at 'sometimes'" in refusal("--fault", "quota:sometimes")


def test_an_empty_key_is_one_sentence() -> None:
    assert refusal("--key", "") == "ivr: the key is empty: choose one with --key, like --key x\n"


@pytest.mark.parametrize("text", ["75", "75 ms", "-1ms", "fast"])
def test_a_duration_has_its_unit(text: str) -> None:
    assert f"{text} is no duration: write 75ms or 0.2s" in refusal(f"--first-byte={text}")


def test_a_port_in_use_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = refusal("--voice", "tone", "--port", port)
    assert said.startswith(f"ivr: cannot listen on 127.0.0.1:{port} (")
    assert said.endswith("choose another --port\n")
