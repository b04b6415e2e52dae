"""The live tests, run as a person runs them, but against the fake vendor: here is no key."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from ivr.fakes.elevenlabs import FakeVendor
from ivr.fakes.elevenlabs.witness import Code
from tests.live.purse import CHARACTERS_MAX

ROOT = Path(__file__).parent.parent.parent
LIVE = "tests/live/test_elevenlabs.py"
BOUND_S = 60


def live(*options: str, key: str, url: str) -> subprocess.CompletedProcess[str]:
    """``pytest --live`` with an environment of its own."""
    environment = {
        "PATH": os.environ["PATH"],
        "ELEVENLABS_API_KEY": key,
        "ELEVENLABS_BASE_URL": url,
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", LIVE, *options],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=BOUND_S,
    )
    assert not key or key not in done.stdout + done.stderr
    return done


def test_they_pass_say_little_and_count_no_less_than_the_vendor_does() -> None:
    with FakeVendor(key="the-right-key").in_thread() as vendor:
        done = live("--live", key="the-right-key", url=vendor.url)
        billed, violations = vendor.characters_used, vendor.violations
    assert done.returncode == 0, done.stdout
    assert re.search(r"^\d+ passed in", done.stdout, re.M), "none is skipped"
    said = re.search(r"live: (\d+) of at most (\d+) characters", done.stdout)
    assert said is not None
    assert 0 < billed <= int(said[1]) < int(said[2]) == CHARACTERS_MAX == 500
    assert {each.code for each in violations} == {Code.UNKNOWN_VOICE}, "one test asks for one"


def test_with_a_wrong_key_they_fail_once_and_say_what_to_do_and_nothing_is_said() -> None:
    with FakeVendor(key="the-right-key").in_thread() as vendor:
        done = live("--live", key="the-wrong-key", url=vendor.url)
        assert vendor.characters_used == 0
    assert done.returncode == 1
    assert done.stdout.count("ElevenLabs refuses the key (401)") == 1, done.stdout
    assert "copy the key again into ELEVENLABS_API_KEY" in done.stdout
    assert re.search(r"^\d+ skipped, 1 error in", done.stdout, re.M)
