"""``ivr dev``: a day in short, and what it refuses."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest
from click.testing import CliRunner

from ivr.cli import dev, main
from ivr.cli.dev_screen import Screen
from ivr.server.studio.login import Login
from tests.cli.test_serve import BOUND_S, write
from tests.server.line import FLOWS
from tests.server.studio.test_door import TEST


def test_it_tells_its_address_and_every_save_and_leaves_cleanly(tmp_path: Path) -> None:
    flows = write(tmp_path / "flows", FLOWS)
    (flows / "tests").mkdir()
    (flows / "tests" / "main.test.yaml").write_text(TEST.format("Goodbye"))
    running = subprocess.Popen(
        [sys.executable, "-m", "ivr", "dev", str(flows), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ
        | {"IVR_STORE": str(tmp_path / "var"), "IVR_PUBLIC_URL": "https://a.example"},
    )
    assert running.stdout is not None
    with running:
        try:
            address = re.search(r"http://127\.0\.0\.1:\d+/studio/", running.stdout.readline())
            assert address is not None
            assert "is watched" in running.stdout.readline()
            assert running.stdout.readline().startswith("set 1 · 1 flow · 1 test passed")
            (flows / "main.yaml").write_text(FLOWS["main.yaml"].replace("Goodbye.", "Goodbye!"))
            assert running.stdout.readline().startswith("set 2 · 1 flow · 1 test passed")
            events = urlopen(address[0] + "events", timeout=BOUND_S)
            assert events.readline() == b"event: set\n"
            running.send_signal(signal.SIGINT)
            assert running.wait(BOUND_S) == 0, "an open page keeps nobody from leaving"
            assert running.stdout.read() == "\n"
            events.close()
        finally:
            running.kill()


def test_flows_that_are_broken_from_the_start_are_shown(tmp_path: Path) -> None:
    broken = FLOWS | {"main.yaml": FLOWS["main.yaml"].replace("1: desk", "1: dsek")}
    done = CliRunner().invoke(main, ["dev", str(write(tmp_path / "flows", broken))])
    assert done.exit_code == 2
    assert "error F001" in done.output
    assert "nothing to begin with" in done.output


def test_a_login_is_made_of_a_name_and_a_password_that_is_not_shown() -> None:
    asked = ["dev", "--make-login", "ada"]
    done = CliRunner().invoke(main, asked, input="lovelace\nlovelace\n")
    found = re.search(r"^IVR_STUDIO_LOGIN='(.*)'$", done.output, re.MULTILINE)
    assert found is not None, done.output
    Login.parse(found[1])
    assert "lovelace" not in done.output


def test_where_no_browser_is_the_address_is_enough(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    dev._open("http://127.0.0.1:1/studio/", Screen())
    assert "no browser was found here" in capsys.readouterr().out
