"""The shipped bank, rung with answers: the balance is spoken, and what was keyed is nowhere."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from ivr.cli import main
from tests.cli.test_call_outside import CARD, PIN, left_behind, spellings

SHIPPED = Path(__file__).parents[2] / "flows"
ANSWERS = """\
answers:
  POST /verify: {id: c-7, name: Ada Lovelace}
  GET /accounts/c-7/balance: {available: {amount: 77.5, currency: USD}, as_of: 2026-11-22T08:00}
"""


def test_the_balance_is_spoken_and_card_and_pin_are_in_nothing_that_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    flows = tmp_path / "flows"
    flows.mkdir()
    for name in ("bank.yaml", "identify.yaml", "settings.yaml", "functions.py"):
        shutil.copy(SHIPPED / name, flows)
    settings = (flows / "settings.yaml").read_text("utf-8")
    # The same flows in a voice that needs nothing: what is tested is not how it sounds.
    settings = re.sub(r"(?m)^(  daniel:\n)(    .*\n)+", r"\1    provider: tone\n", settings)
    (flows / "settings.yaml").write_text(settings, "utf-8")
    (tmp_path / "answers.yaml").write_text(ANSWERS, "utf-8")
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    monkeypatch.chdir(tmp_path)
    for name in ("IVR_PUBLIC_URL", "TWILIO_AUTH_TOKEN", "IVR_UNSIGNED", "IVR_ENV"):
        monkeypatch.delenv(name, raising=False)
    options = ("--no-sound", "--keys", f"{CARD} {PIN}", "--answers", "answers.yaml")
    result = CliRunner().invoke(main, ["call", "bank", *options])
    assert result.exit_code == 0, result.output
    assert "Thank you, Ada Lovelace. Your available balance is 77 dollars and 50 cents" in (
        result.output
    )
    assert "from --answers" in result.output
    everything = left_behind(tmp_path, result.output + caplog.text)
    assert "Ada Lovelace" in (tmp_path / "call.txt").read_text("utf-8"), "files are written"
    for secret in (CARD, PIN):
        for spelling in spellings(secret):
            assert re.search(spelling, everything, re.IGNORECASE) is None, spelling
