"""``ivr say`` as a person types it: the embedded voice, beeps, and the fake vendor."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import ivr
from ivr.audio import wav
from ivr.cli import main
from ivr.fakes.elevenlabs import VOICE, FakeVendor, text_of
from ivr.voices.tone import tones

BOUND_S = 60
KEY = "a-key-nobody-may-see"
SETTINGS = f"""\
voices:
  beeps: {{provider: tone}}
  sarah:
    provider: elevenlabs
    voice_id: {VOICE}
    settings: {{stability: 0.4}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, and an environment with nothing in it."""
    for name in tuple(os.environ):
        if name.startswith(("IVR_", "TWILIO_", "ELEVENLABS_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def settings(folder: Path) -> Path:
    """A settings.yaml with beeps first, and a voice of the vendor."""
    (folder / "flows").mkdir()
    (folder / "flows" / "settings.yaml").write_text(SETTINGS)
    return folder


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch, settings: Path) -> Generator[FakeVendor]:
    """The fake vendor, and an environment that leads there."""
    with FakeVendor(key=KEY).in_thread() as running:
        monkeypatch.setenv("ELEVENLABS_BASE_URL", running.url)
        monkeypatch.setenv("ELEVENLABS_API_KEY", KEY)
        yield running
        assert not running.violations


def say(*arguments: str) -> Result:
    result = CliRunner().invoke(main, ["say", "--no-sound", *arguments])
    assert "Traceback" not in result.output
    assert KEY not in result.output
    return result


def said(*arguments: str) -> str:
    result = say(*arguments)
    assert result.exit_code == 0, result.output
    return result.output


# --------------------------------------------------------------------------- voices of this machine


def test_without_settings_and_without_a_key_the_embedded_voice_speaks(folder: Path) -> None:
    output = said("Hello, and welcome.", "-o", "hello.wav")
    assert "embedded (embedded)" in output
    assert re.search(r"^first audio  \d+ ms", output, re.M)
    assert re.search(r"^sound +\d+\.\d\d s in \d+ chunks?, [\d,]+ bytes", output, re.M)
    assert re.search(r"^made in +\d+\.\d\d s, \d+\.\d times as fast as it plays$", output, re.M)
    assert len(wav.read(Path("hello.wav").read_bytes())) > 4_000


def test_the_first_voice_of_the_settings_speaks_and_the_file_is_what_a_caller_hears(
    settings: Path,
) -> None:
    said("For sales, press one.", "-o", "sales.wav")
    assert wav.read(Path("sales.wav").read_bytes()) == tones("For sales, press one.")


def test_several_words_are_one_text(settings: Path) -> None:
    said("press", "one", "-o", "a.wav")
    assert wav.read(Path("a.wav").read_bytes()) == tones("press one")


def test_what_is_said_is_played_by_the_player_of_the_machine(
    settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    player = settings / "bin" / "aplay"
    player.parent.mkdir()
    player.write_text(f"#!/bin/sh\nexec /bin/cat > '{settings / 'heard'}'\n")
    player.chmod(0o755)
    monkeypatch.setenv("PATH", str(player.parent))
    result = CliRunner().invoke(main, ["say", "Press one."])
    assert result.exit_code == 0, result.output
    assert "played by aplay" in result.output
    assert (settings / "heard").read_bytes().endswith(tones("Press one."))


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ([""], 2, "there is nothing to say"),
        (["x" * 5_001], 2, "at most 5,000 are spoken"),
        (["hi", "--voice", "sara"], 2, "there are: embedded, beeps, sarah"),
        (["hi", "--voice", "beeps", "--model", "m"], 2, "--voice-id"),
        (["hi", "--voice", "embedded", "--language", "xx"], 1, "does not speak xx"),
        (["hi", "--voice", "embedded", "--speed", "9"], 2, "speed is '9.0'"),
        (["hi", "--compare"], 2, "--compare is for voices of ElevenLabs"),
        (["hi", "--raw", "-o", "x"], 2, "--raw is for voices of ElevenLabs"),
        (["hi", "-o", "nowhere/a.wav"], 2, "there is no folder nowhere"),
        (["hi", "--latency", "5"], 2, "0<=x<=4"),
        (["hi", "--voice", "sarah"], 2, "ELEVENLABS_API_KEY is not set"),
        (["hi", "--voice", "sarah", "--latency", "3"], 2, "HTTP endpoint only"),
        (["hi", "--voice", "sarah", "--chunk-schedule", "10"], 2, "whole number from 50 to 500"),
        (["hi", "--voice", "sarah", "--format", "mp3_44100_128"], 2, "--raw -o FILE"),
        (["hi", "--voice", "sarah", "--raw"], 2, "-o FILE"),
        (["hi", "--voice", "sarah", "--speed", "2"], 2, "from 0.7 to 1.2"),
        (["-", "--voice", "sarah", "--compare"], 2, "give a text"),
        (["-", "hello", "--voice", "sarah"], 2, "leave one of them out"),
        (["hi", "-o", "a.mp3"], 2, "--raw --format mp3_44100_128"),
        (["hi", "--voice", "sarah", "--raw", "-o", "a.wav"], 2, "leave --raw out"),
        (["hi", "--voice", "sarah", "--next-text", "you"], 2, "add --socket http"),
        (["hi", "--voice", "beeps", "--next-text", "you"], 2, "is for voices of ElevenLabs"),
        (["-", "--voice", "sarah", "--previous-text", "you"], 2, "not with standard input"),
        (["hi", "--voice", "sarah", "--compare", "--next-text", "you"], 2, "not with --compare"),
        (
            ["hi", "--voice", "sarah", "--socket", "http", "--chunk-schedule", "50"],
            2,
            "use --socket multi",
        ),
        (["hi", "--voice", "sarah", "--model", "eleven_v3"], 2, "socket: http, or use"),
        (["hi", "--voice", "sarah", "--format", "opus_44100_64"], 2, "nearest is opus_48000_64"),
    ],
)
def test_what_cannot_be_said_is_one_sentence(
    settings: Path, arguments: list[str], code: int, sentence: str
) -> None:
    result = say(*arguments)
    assert (result.exit_code, sentence in result.output) == (code, True), result.output
    assert not sentence.startswith("--") or result.output.count("\n") == 1, "one sentence"


def test_a_text_of_which_nothing_can_be_said_is_a_failure(settings: Path) -> None:
    result = say("...", "--voice", "embedded", "-o", "a.wav")
    assert result.exit_code == 1
    assert "no sound" in result.output
    assert not Path("a.wav").exists()


# --------------------------------------------------------------------------- the vendor


def test_the_vendor_speaks_the_text_as_the_switches_ask(vendor: FakeVendor) -> None:
    switches = "--similarity 0.5 --no-speaker-boost --model eleven_turbo_v2_5 --language es-US"
    said("Hola.", "--voice", "sarah", *switches.split(), "-o", "a.wav")
    assert text_of(wav.read(Path("a.wav").read_bytes())) == "Hola."
    (socket,) = [each for each in vendor.sockets if each.said]
    assert socket.path.endswith("/multi-stream-input")
    assert (socket.query["model_id"], socket.query["language_code"]) == ("eleven_turbo_v2_5", "es")
    settings = {"stability": 0.4, "similarity_boost": 0.5, "use_speaker_boost": False}
    assert settings in [message.data.get("voice_settings") for message in socket.messages]


def test_a_voice_id_alone_is_a_voice(vendor: FakeVendor) -> None:
    said("Hi.", "--voice-id", VOICE, "--socket", "single", "--chunk-schedule", "50,90")
    # The next socket may be open already; it has said no words yet.
    (socket,) = [
        each
        for each in vendor.sockets
        if any("Hi." in str(message.data.get("text")) for message in each.messages)
    ]
    assert socket.path.endswith("/stream-input")
    assert socket.query["auto_mode"] == "false"
    wanted = {"chunk_length_schedule": [50, 90]}
    assert socket.messages[0].data["generation_config"] == wanted


def test_latency_and_seed_go_over_http(vendor: FakeVendor) -> None:
    said("Hi.", "--voice-id", VOICE, "--socket", "http", "--latency", "3", "--seed", "7")
    (request,) = [each for each in vendor.requests if each.method == "POST"]
    assert request.query["optimize_streaming_latency"] == "3"
    assert request.body is not None
    assert request.body["seed"] == 7


def test_the_words_around_a_text_go_with_it_over_http(vendor: FakeVendor) -> None:
    around = ["--previous-text", "Well.", "--next-text", "You."]
    said("Hi.", "--voice-id", VOICE, "--socket", "http", *around)
    (request,) = [each for each in vendor.requests if each.method == "POST"]
    assert request.body is not None
    assert (request.body["previous_text"], request.body["next_text"]) == ("Well.", "You.")


def test_what_fails_in_every_way_says_why(
    vendor: FakeVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELEVENLABS_API_KEY", "another-key")
    result = say("Hello.", "--voice", "sarah", "--compare", "--rounds", "1")
    assert result.exit_code == 1
    assert "failed in every way: " in result.stderr
    assert result.stderr.count("ELEVENLABS_API_KEY") == 1
    vendor.witness.violations.clear()


def test_the_vendors_bytes_are_written_as_they_come(vendor: FakeVendor) -> None:
    output = said("Hi.", "--voice", "sarah", "--raw", "--format", "alaw_8000", "-o", "a.alaw")
    assert f"bytes        {len(Path('a.alaw').read_bytes()):,} in" in output
    assert "maximum-concurrent-requests  10" in output
    assert "plays with   play -t raw -e a-law -b 8 -r 8000 -c 1 a.alaw" in output


def test_all_ways_are_compared_after_saying_what_that_costs(vendor: FakeVendor) -> None:
    output = said("Hello.", "--voice", "sarah", "--compare", "--rounds", "2")
    assert "5 ways, 2 times each, 60 characters" in output
    for way in ("multi (auto mode)", "multi (schedule)", "single (auto mode)", "http"):
        assert re.search(rf"^{re.escape(way)} +\d+ ms +\d+ ms +\d+\.\d\d x", output, re.M), output
    *_, after_the_table = re.split(r"\d x *\n", output)
    assert after_the_table.startswith(("Quickest: ", "No way is quicker"))


def test_a_voice_that_fails_is_one_sentence_and_1(
    vendor: FakeVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor.faults.set("quota")
    result = say("Hello.", "--voice", "sarah")
    assert result.exit_code == 1
    (sentence,) = result.stderr.splitlines()
    assert sentence.startswith("ivr: sarah: ")
    assert "credits" in sentence


def test_what_was_spoken_before_a_failure_is_written(vendor: FakeVendor) -> None:
    vendor.faults.set("quota:chunk=3")
    result = say("A long sentence of many words.", "--voice", "sarah", "-o", "a.wav")
    assert result.exit_code == 1
    assert "written      a.wav" in result.output
    assert wav.read(Path("a.wav").read_bytes())


# --------------------------------------------------------------------------- standard input


def process(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "ivr", "say", "-", "--no-sound", *arguments],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(ivr.__file__).parent.parent),
            "PYTHONUNBUFFERED": "1",
            **{name: os.environ[name] for name in os.environ if name.startswith("ELEVENLABS_")},
        },
    )


@pytest.mark.parametrize(("first", "socket"), [("One. ", "multi"), ("Hello there. ", "http")])
def test_what_is_typed_is_spoken_before_it_has_ended(
    first: str, socket: str, vendor: FakeVendor, settings: Path
) -> None:
    running = process(settings, "--voice", "sarah", "--socket", socket, "-o", "a.wav")
    assert running.stdin is not None
    assert running.stdout is not None
    running.stdin.write(first.encode())
    running.stdin.flush()
    assert b"sarah (elevenlabs" in running.stdout.readline()
    assert b"first audio" in running.stdout.readline(), "told while the input is open"
    running.stdin.write(b"And goodbye.\n")
    output, errors = running.communicate(timeout=BOUND_S)
    assert running.returncode == 0, errors
    assert b"after the first word" in output
    heard = text_of(wav.read((settings / "a.wav").read_bytes()))
    assert "".join(heard.split()) == "".join(f"{first}And goodbye.".split())


def test_ctrl_c_ends_it_quietly_and_keeps_what_was_spoken(settings: Path) -> None:
    running = process(settings, "--voice", "beeps", "-o", "a.wav")
    assert running.stdin is not None
    assert running.stdout is not None
    assert b"beeps (tone)" in running.stdout.readline()
    running.send_signal(signal.SIGINT)
    output, errors = running.communicate(timeout=BOUND_S)
    assert (running.returncode, errors) == (130, b""), output
