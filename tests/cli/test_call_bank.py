"""The shipped bank, rung with everything real: a service, functions, a hunt list, a message.

Its core is a small HTTP server on loopback and its people are the telephone's. What is left of the
calls (screen, logs, records, the store, messages, temporary folders) is searched for what was
keyed.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr.cli import main
from tests.cli.test_call_outside import CARD, PIN, left_behind, service, spellings
from tests.outside.service import Asked, reply

SHIPPED = Path(__file__).parents[2] / "flows"
BALANCE = {"available": {"amount": 77.5, "currency": "USD"}, "as_of": "2026-11-22T08:00"}


def core(asked: Asked) -> bytes:
    """The bank's own system: one customer."""
    if asked.target == "/verify":
        good = json.loads(asked.body) == {"card": CARD, "pin": PIN}
        return reply(200, b'{"id": "c-7", "name": "Ada Lovelace"}') if good else reply(401)
    known = asked.target == "/accounts/c-7/balance"
    return reply(200, json.dumps(BALANCE).encode()) if known else reply(404)


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shipped bank in a folder of its own; everything temporary is made in it."""
    flows = tmp_path / "flows"
    flows.mkdir()
    for name in ("bank.yaml", "identify.yaml", "settings.yaml", "functions.py"):
        shutil.copy(SHIPPED / name, flows)
    settings = (flows / "settings.yaml").read_text("utf-8")
    # The same flows in a voice that needs nothing and is quick: what is tested is not the sound.
    quick = r"\1    provider: tone\n    pace: 40\n"
    settings = re.sub(r"(?m)^(  daniel:\n)(    .*\n)+", quick, settings)
    (flows / "settings.yaml").write_text(settings, "utf-8")
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    # What is temporary stays, so that it can be searched: the store of the call, above all.
    monkeypatch.setattr(
        "tempfile.TemporaryDirectory.cleanup", lambda folder: folder._finalizer.detach()
    )
    monkeypatch.chdir(tmp_path)
    for name in ("IVR_PUBLIC_URL", "TWILIO_AUTH_TOKEN", "IVR_UNSIGNED", "IVR_ENV", "IVR_STORE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def ring(keys: str, *options: str) -> tuple[Result, list[str]]:
    """Ring the bank; what its core was asked for."""
    with service(core) as town:
        settings = Path("flows/settings.yaml")
        text = settings.read_text("utf-8").replace("http://127.0.0.1:9001", f"http://{town.host}")
        settings.write_text(text, "utf-8")
        arguments = ["call", "bank", "--real", "--no-sound", "--keys", keys, *options]
        result = CliRunner().invoke(main, arguments)
    return result, [f"{each.method} {each.target}" for each in town.asked]


def nothing_keyed_is_left(folder: Path, said: str) -> None:
    """Whatever can be read afterwards holds neither card nor PIN in any spelling."""
    (store,) = (folder / "tmp").rglob("ivr.sqlite3")
    assert b"First River Bank" in store.read_bytes(), "the search finds what is there"
    everything = left_behind(folder, said)
    for secret in (CARD, PIN):
        for spelling in spellings(secret):
            assert re.search(spelling, everything, re.IGNORECASE) is None, spelling


def test_all_agents_are_busy_and_a_call_back_is_arranged(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    result, asked = ring(
        f"{CARD} {PIN} 2 1", "--answers", "agents: busy, agents_overflow: declined"
    )
    assert result.exit_code == 0, result.output
    assert asked == ["POST /verify", "GET /accounts/c-7/balance"]
    assert "Thank you, Ada Lovelace. Your available balance is 77 dollars and 50 cents" in (
        result.output
    )
    hunted = re.findall(r"transfers to (\S+) \((\w+)\)\n.*  callee  (.*)", result.output)
    assert hunted == [
        ("+12125550111", "agents", "is busy"),
        ("+12125550112", "agents_overflow", "is busy"),
    ]
    assert "We will call you within the hour" in result.output
    nothing_keyed_is_left(folder, result.output + caplog.text)


def test_nobody_takes_the_call_and_a_message_is_left(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    result, _ = ring(
        f"{CARD} {PIN} 2 2 say:2.5 #", "--answers", "agents: refused, agents_overflow: failed"
    )
    assert result.exit_code == 0, result.output
    assert "agents hears: " in result.output
    assert "Verified customer Ada Lovelace." in result.output, "the whisper, and only to them"
    assert "answers, and does not take the call" in result.output
    assert "cannot be reached" in result.output
    assert "To leave a message, press 2" in result.output
    (message,) = (folder / "var" / "messages" / "bank-night@firstriver.example").glob("*.wav")
    assert message.stat().st_size > 2 * 8_000
    assert message.with_suffix(".json").exists(), "what is beside it is searched"
    nothing_keyed_is_left(folder, result.output + caplog.text)
