"""Whole calls that ask the world: a bank over real sockets, a keyed PIN nowhere, text as it comes.

``ivr call --real`` rings a flow whose services are a small HTTP server on loopback and whose
functions stand in the folder's ``functions.py``. Everything the call leaves behind, on the screen
and on the disk, is then searched for what the caller keyed.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import logging
import re
import threading
import wave
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from click.testing import CliRunner, Result

from ivr.cli import main
from tests.outside.service import Asked, Service, reply

CARD, PIN, TOKEN = "4539577291636586", "7391", "s3cret-token-of-the-bank"

BANK = """\
title: A bank
voice: beeps
steps:
  card:
    say: Card?
    ask: card
    digits: 16
    check: luhn
    sensitive: yes
    fail: hangup
    goto: pin
  pin:
    - say: Your P I N?
      ask: pin
      digits: 4
      sensitive: yes
      fail: hangup
    - say: One moment.
      http: POST ${settings.core}/verify
      headers: {Authorization: "Bearer ${secrets.bank}"}
      body: {card: "${card}", pin: "${pin}"}
      save: person
      example: {id: c-1001, name: Robin Vale}
      status: {401: wrong}
      error: failed
      goto: balance
  balance:
    http: GET ${settings.core}/accounts/${person.id}/balance
    save: account
    example: {amount: 12.5}
    error: failed
    goto: told
  told:
    - say: ${person.name}, card ending in ${card | last 4 | digits}, has ${account.amount | number}.
    - do: schedule_callback
      with: {number: "${default(call.from, '')}", card: "${card}"}
      failed: failed
    - do: story
      failed: failed
      goto: hangup
  wrong: {say: Wrong., goto: hangup}
  failed: {say: Failed., goto: hangup}
"""
FUNCTIONS = '''\
"""What the bank's developers registered."""

from collections.abc import AsyncIterator

from ivr.outside import function

CALLED = []


@function
async def schedule_callback(number: str, card: str) -> None:
    """Ring a caller back."""
    CALLED.append((number, card))


@function
async def story() -> AsyncIterator[str]:
    """A text that comes word by word."""
    for word in ("Once ", "upon ", "a ", "time."):
        yield word
'''


@contextmanager
def service(behaviour: Callable[[Asked], bytes]) -> Generator[Service]:
    """A service in a thread of its own; ivr's server is in another."""
    ready, stop = threading.Event(), threading.Event()
    found: list[Service] = []

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(behaviour(asked))

    async def serve() -> None:
        async with Service(answer) as running:
            found.append(running)
            ready.set()
            await asyncio.to_thread(stop.wait, 60)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert ready.wait(10)
        yield found[0]
    finally:
        stop.set()
        thread.join(10)


def bank(asked: Asked) -> bytes:
    """Knows one customer."""
    if asked.target == "/verify":
        keyed = json.loads(asked.body)
        good = keyed == {"card": CARD, "pin": PIN}
        body = {"id": "c-1001", "name": "Robin Vale", "notes": "not for callers"}
        return reply(200, json.dumps(body).encode()) if good else reply(401)
    if asked.target == "/accounts/c-1001/balance":
        return reply(200, b'{"amount": 1234.5, "currency": "USD"}')
    return reply(404)


def prepare(folder: Path, patch: pytest.MonkeyPatch) -> Path:
    """A folder with the bank's flow, as the current one; everything temporary is made in it."""
    flows = folder / "flows"
    (folder / "tmp").mkdir()
    flows.mkdir()
    (flows / "bank.yaml").write_text(BANK, "utf-8")
    (flows / "functions.py").write_text(FUNCTIONS, "utf-8")
    for name in ("IVR_PUBLIC_URL", "TWILIO_AUTH_TOKEN", "IVR_UNSIGNED", "IVR_ENV"):
        patch.delenv(name, raising=False)
    patch.setenv("IVR_SECRET_BANK", TOKEN)
    patch.setattr("tempfile.tempdir", str(folder / "tmp"))
    patch.chdir(folder)
    return folder


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return prepare(tmp_path, monkeypatch)


@dataclass(frozen=True)
class Real:
    """A call in which everything was really asked, and what it left."""

    folder: Path
    output: str
    log: str
    asked: list[Asked]


@pytest.fixture(name="real", scope="module")
def _real(tmp_path_factory: pytest.TempPathFactory) -> Generator[Real]:
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    with pytest.MonkeyPatch.context() as patch:
        folder = prepare(tmp_path_factory.mktemp("bank"), patch)
        logging.getLogger().addHandler(handler)
        try:
            with service(bank) as town:
                settings_for(folder, f"http://{town.host}")
                result = call("--real")
        finally:
            logging.getLogger().removeHandler(handler)
        assert result.exit_code == 0, result.output
        yield Real(folder, result.output, log.getvalue(), town.asked)


def settings_for(folder: Path, core: str) -> None:
    quick = "voices:\n  beeps: {provider: tone, pace: 40}\n"  # what is tested is not the sound
    text = quick + "environments:\n  dev: {core: '" + core + "'}\n"
    (folder / "flows" / "settings.yaml").write_text(text, "utf-8")


def call(*arguments: str) -> Result:
    options = ("--no-sound", "--keys", f"{CARD} {PIN}", *arguments)
    return CliRunner().invoke(main, ["call", "bank", *options])


def spellings(secret: str) -> list[str]:
    """Every form in which it could have slipped out."""
    names = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    plain = re.escape(secret)
    found = [rf"(?<![\d.]){plain}(?![\d.])" if len(secret) < 6 else plain]
    found += [re.escape(separator.join(secret)) for separator in (" ", ", ", "-", "%20")]
    if secret.isdigit():
        found.append(r"\W+".join(names[int(digit)] for digit in secret))
    data = secret.encode()
    for shift in range(3):
        # Base64 of it wherever it stands in a longer text: without its uncertain first and last.
        coded = base64.b64encode(b"\0" * shift + data).decode().rstrip("=")
        middle = coded[(shift * 4 + 2) // 3 : -1]
        if len(middle) > 4:
            found.append(re.escape(middle))
    found.append(re.escape(quote(secret, safe="")) if not secret.isdigit() else plain)
    return [each for each in found if each != plain or len(secret) >= 6]


def left_behind(folder: Path, output: str) -> str:
    """Everything that can be read afterwards, but the sources and sounds."""
    kept = [
        path.read_bytes().decode("utf-8", "replace")
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in (".wav", ".yaml", ".py", ".pyc")
    ]
    return "\n".join([output, *kept])


def test_a_bank_is_really_asked_and_what_was_keyed_is_nowhere(real: Real) -> None:
    assert [each.target for each in real.asked] == ["/verify", "/accounts/c-1001/balance"]
    assert json.loads(real.asked[0].body) == {"card": CARD, "pin": PIN}
    assert real.asked[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert "Robin Vale, card ending in ••••, has" in real.output
    assert "Once upon a time." in real.output
    everything = left_behind(real.folder, real.output + real.log)
    assert "Robin Vale" in everything, "the search finds what is there"
    for secret in (CARD, PIN, TOKEN):
        for spelling in spellings(secret):
            assert re.search(spelling, everything, re.IGNORECASE) is None, spelling


def test_the_keys_cannot_be_heard_in_the_sound_that_is_kept(real: Real) -> None:
    with wave.open(str(real.folder / "call.wav")) as file:
        frames = file.readframes(file.getnframes())
    sides = np.frombuffer(frames, "<i2").reshape(-1, 2)
    assert not sides[:, 0].any(), "the caller's side"
    assert sides[:, 1].any(), "the line's side"


def test_without_being_told_to_nothing_is_asked_and_the_screen_says_who_answered(
    folder: Path,
) -> None:
    with service(bank) as town:
        core = f"http://{town.host}"
        settings_for(folder, core)
        result = call("--answers", "GET */balance: 503")
    assert result.exit_code == 0, result.output
    assert town.asked == []
    assert f"POST {core}/verify: 200, from the step's example:" in result.output
    assert f"GET {core}/accounts/c-1001/balance: 503, from --answers" in result.output
    assert "Failed." in result.output


def test_a_service_that_refuses_leads_where_the_flow_says(folder: Path) -> None:
    with service(lambda asked: reply(401)) as town:
        settings_for(folder, f"http://{town.host}")
        result = call("--real")
    assert result.exit_code == 0, result.output
    assert "Wrong." in result.output
