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
from ivr.server.run import listen
from tests.server.line import FLOWS

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


def test_a_port_in_use_is_one_sentence(flows: Path) -> None:
    with listen("127.0.0.1", 0) as sock:
        port = str(sock.getsockname()[1])
        said = refusal(flows, "--port", port)
    assert f"ivr: port {port} on 127.0.0.1 is in use" in said


# --------------------------------------------------------------------------- the process


@contextmanager
def serving(
    flows: Path, store: Path, *arguments: str
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


def test_it_lets_a_call_end_and_leaves_at_once_at_the_second_signal(
    flows: Path, tmp_path: Path
) -> None:
    with serving(flows, tmp_path / "var") as (process, base):
        assert "<Connect" in ask(f"{base}/twilio/voice", RING)[1]
        process.send_signal(signal.SIGINT)
        while ask(f"{base}/health")[0] == 200:
            pass
        assert "<Connect" in ask(f"{base}/twilio/voice", RING | {"CallSid": "CA2"})[1]
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=BOUND_S)
    assert process.returncode == 0
    assert re.search("leaving: [12] calls? may go on for up to 60 s", err)
    assert len(list((tmp_path / "var").rglob("*.jsonl"))) == 2
