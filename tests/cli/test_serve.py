"""``ivr serve``: what it refuses in one sentence, and that it answers and leaves."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from click.testing import CliRunner

import ivr
from ivr.cli import main
from ivr.fakes.elevenlabs import FLASH, VOICE, FakeVendor
from ivr.fakes.elevenlabs.catalogue import MODELS
from ivr.server.run import listen
from tests.server.line import FLOWS
from tests.stores.kept import parked_in

LINE = {"IVR_PUBLIC_URL": "https://ivr.example.com", "TWILIO_AUTH_TOKEN": "a-secret-token"}
BOUND_S = 30


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    """A folder of flows that are right."""
    return write(tmp_path / "flows", FLOWS)


def write(folder: Path, files: Mapping[str, str]) -> Path:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def refusal(flows: Path, *arguments: str, env: Mapping[str, str] | None = None) -> str:
    """What it says before it exits with 2."""
    none = {name: "" for name in (*LINE, "IVR_UNSIGNED", "IVR_ENV", "IVR_STORE")}
    given = none | dict(LINE if env is None else env)
    done = CliRunner().invoke(main, ["serve", str(flows), *arguments], env=given)
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output
    assert "a-secret-token" not in done.output
    return done.output


@pytest.mark.parametrize("name", sorted(LINE))
def test_a_missing_variable_is_named_with_the_place_to_find_it(flows: Path, name: str) -> None:
    said = refusal(flows, env={**LINE, name: ""})
    assert said.startswith(f"ivr: {name} (")
    assert said.count("\n") == 1


def test_an_unsigned_server_is_not_opened_to_others(flows: Path) -> None:
    said = refusal(flows, "--host", "0.0.0.0", env={"IVR_UNSIGNED": "1"})
    assert "--host 0.0.0.0 would be open to others" in said


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert re.search(r"the flows folder .*/no does not exist", refusal(tmp_path / "no"))


def test_broken_flows_are_shown_with_every_problem_at_its_line(tmp_path: Path) -> None:
    broken = FLOWS["main.yaml"].replace("1: desk", "1: dsek").replace("2: bye", "2: by")
    said = refusal(write(tmp_path / "flows", FLOWS | {"main.yaml": broken}))
    assert re.search(r"flows/main\.yaml:\d+:\d+ error F001 ", said)
    assert "dsek" in said
    assert "^^^^" in said
    assert said.splitlines()[-1].startswith("ivr: the flows in ")


def test_an_unknown_provider_of_a_voice_is_one_sentence(tmp_path: Path) -> None:
    settings = FLOWS["settings.yaml"].replace("tone", "cloud")
    said = refusal(write(tmp_path / "flows", FLOWS | {"settings.yaml": settings}))
    assert "cloud" in said


def test_a_clip_that_cannot_be_played_is_one_sentence(flows: Path) -> None:
    (flows / "hello.wav").write_bytes(b"no sound")
    assert "hello.wav" in refusal(flows).splitlines()[-1]


def test_a_port_that_cannot_be_is_told(flows: Path) -> None:
    assert "70000 is not in the range" in refusal(flows, "--port", "70000")


def test_a_port_in_use_is_one_sentence(flows: Path) -> None:
    with listen("127.0.0.1", 0) as sock:
        port = str(sock.getsockname()[1])
        said = refusal(flows, "--port", port)
    assert f"ivr: port {port} on 127.0.0.1 is in use" in said


# --------------------------------------------------------------------------- the vendor's voices


NOWHERE = ("--host", "192.0.2.1")
"""No address of this machine (RFC 5737): a line that should have been refused ends there."""


def with_vendor(voice_id: str, model: str = "eleven_flash_v2_5") -> Mapping[str, str]:
    """The flows, spoken by a voice of ElevenLabs; who steps in for it is at once there."""
    voice = f"{{provider: elevenlabs, voice_id: {voice_id}, model: {model}, fallback: [local]}}"
    return FLOWS | {
        "settings.yaml": f"voices:\n  beeps: {voice}\n  local: {{provider: tone}}\n",
    }


def to_vendor(url: str, key: str = "fake-key") -> Mapping[str, str]:
    """The environment that leads to a vendor on this machine."""
    return LINE | {"ELEVENLABS_BASE_URL": url, "ELEVENLABS_API_KEY": key}


def test_a_voice_id_that_the_vendor_does_not_know_is_one_sentence(tmp_path: Path) -> None:
    with FakeVendor().in_thread() as vendor:
        flows = write(tmp_path / "flows", with_vendor("gone"))
        said = refusal(flows, *NOWHERE, env=to_vendor(vendor.url))
    assert said.splitlines()[-1] == (
        "ivr: settings.yaml: voice 'beeps': the ElevenLabs account has no voice with the ID gone; "
        "set voice_id to one of its voices."
    )


def test_a_model_that_the_vendor_does_not_offer_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.fakes.elevenlabs.http.MODELS", {FLASH: MODELS[FLASH]})
    with FakeVendor().in_thread() as vendor:
        flows = write(tmp_path / "flows", with_vendor(VOICE, "eleven_flash_v2"))
        said = refusal(flows, *NOWHERE, env=to_vendor(vendor.url)).splitlines()[-1]
    assert said.startswith("ivr: settings.yaml: voice 'beeps': the model eleven_flash_v2 is not")
    assert said.endswith(f"set model to one of: {FLASH}.")


@pytest.mark.parametrize("model", ["eleven_flash_v9", "eleven_v3"])
def test_a_model_that_cannot_be_spoken_with_is_refused_without_asking_anybody(
    tmp_path: Path, model: str
) -> None:
    flows = write(tmp_path / "flows", with_vendor(VOICE, model))
    said = refusal(flows, *NOWHERE, env=to_vendor("http://127.0.0.1:9"))
    assert model in said
    assert "use eleven_flash_v2_5" in said or "did you mean" in said


def test_a_key_that_the_vendor_refuses_is_one_sentence(tmp_path: Path) -> None:
    with FakeVendor().in_thread() as vendor:
        flows = write(tmp_path / "flows", with_vendor(VOICE))
        said = refusal(flows, *NOWHERE, env=to_vendor(vendor.url, "a-secret-token"))
    assert said.splitlines()[-1].startswith("ivr: ElevenLabs refused the key; set ELEVENLABS_API_")


# --------------------------------------------------------------------------- the process


@contextmanager
def serving(
    flows: Path, store: Path, *arguments: str, env: Mapping[str, str] | None = None
) -> Generator[tuple[subprocess.Popen[str], str]]:
    """``ivr serve`` in a process of its own, and where it answers."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ivr", "serve", str(flows), "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(ivr.__file__).parent.parent),
            "PYTHONUNBUFFERED": "1",
            "IVR_UNSIGNED": "1",
            "IVR_STORE": str(store),
            **(env or {}),
        },
    )
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        said = re.search(r"answers on (127\.0\.0\.1:\d+), with 1 flow\n", lines[0])
        assert said is not None, (lines, process.stderr and process.stderr.read())
        base = f"http://{said[1]}"
        assert lines[1:] == [
            f"  a call comes in      {base}/twilio/voice\n",
            f"  call status changes  {base}/twilio/status\n",
        ]
        yield process, base
    finally:
        process.kill()
        process.communicate()


def ask(url: str, fields: Mapping[str, str] | None = None) -> tuple[int, str]:
    data = None if fields is None else urlencode(fields).encode()
    try:
        with urlopen(Request(url, data), timeout=BOUND_S) as reply:
            return reply.status, reply.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


RING = {"CallSid": "CA1", "AccountSid": "AC1", "From": "+15559990000", "To": "+15550001111"}


def test_it_answers_and_leaves_at_the_first_signal(flows: Path, tmp_path: Path) -> None:
    with serving(flows, tmp_path / "var") as (process, base):
        assert ask(f"{base}/health")[0] == 200
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=BOUND_S)
    assert process.returncode == 0
    assert "Traceback" not in err


def test_it_puts_a_call_aside_for_the_next_process_and_leaves(flows: Path, tmp_path: Path) -> None:
    with serving(flows, tmp_path / "var") as (process, base):
        assert "<Connect" in ask(f"{base}/twilio/voice", RING)[1]
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=BOUND_S)
    assert process.returncode == 0
    assert len(parked_in(tmp_path / "var")) == 1


@pytest.mark.parametrize("there", [True, False])
def test_it_answers_although_its_vendor_cannot_be_reached_and_says_so_in_one_line(
    tmp_path: Path, there: bool
) -> None:
    flows = write(tmp_path / "flows", with_vendor(VOICE))
    with FakeVendor().in_thread() as vendor:
        url = vendor.url if there else "http://127.0.0.1:9"
        env = {"ELEVENLABS_BASE_URL": url, "ELEVENLABS_API_KEY": vendor.key}
        with serving(flows, tmp_path / "var", env=env) as (process, base):
            assert "<Connect" in ask(f"{base}/twilio/voice", RING)[1]
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=BOUND_S)
    warnings = [line for line in err.splitlines() if "could not be checked" in line]
    assert len(warnings) == (0 if there else 1)
    assert all("the voice could not be checked: beeps" in each for each in warnings)


# --------------------------------------------------------------------------- takes


def built(flows: Path, takes: Path) -> None:
    done = CliRunner().invoke(main, ["build", str(flows), "--takes", str(takes)])
    assert done.exit_code == 0, done.output


def test_locked_names_what_has_no_take_and_the_command_that_makes_it(
    flows: Path, tmp_path: Path
) -> None:
    said = refusal(flows, "--locked", "--takes", str(tmp_path / "takes"))
    assert said.startswith("ivr: --locked does not start with takes missing in ")
    assert "beeps has no take of “" in said
    assert re.search(r"; and \d+ more\. Run {2}ivr build ", said)
    assert said.count("\n") == 1


def test_locked_does_not_start_with_one_take_missing_damaged_or_changed(
    flows: Path, tmp_path: Path
) -> None:
    takes = tmp_path / "takes"
    built(flows, takes)
    arguments = ("--locked", "--takes", str(takes))
    (path,) = (each for each in takes.glob("*.take") if b"One moment." in each.read_bytes())
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    assert "beeps has no take of “One moment.” (en-US). Run" in refusal(flows, *arguments)
    path.unlink()
    assert "beeps has no take of “One moment.” (en-US). Run" in refusal(flows, *arguments)
    path.write_bytes(whole)
    lock = flows / "takes.lock"
    audio = next(line for line in lock.read_text().splitlines() if "One moment." in line).split()[3]
    lock.write_text(lock.read_text().replace(audio, "0" * len(audio)))
    assert "“One moment.”, is not the one in takes.lock" in refusal(flows, *arguments)


def test_locked_starts_when_every_take_is_there(flows: Path, tmp_path: Path) -> None:
    takes = tmp_path / "takes"
    built(flows, takes)
    with listen("127.0.0.1", 0) as sock:
        port = str(sock.getsockname()[1])
        said = refusal(flows, "--locked", "--takes", str(takes), "--port", port)
    assert "missing" not in said
    assert port in said, "it came as far as its port, which is in use"
