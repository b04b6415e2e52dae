"""``ivr doctor`` as a person types it; and the list of variables that goes with it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ivr import settings
from ivr.cli import main
from ivr.cli.doctor_machine import VARIABLES
from ivr.fakes.elevenlabs import VOICE, FakeVendor
from tests.cli.web import line
from tests.server.line import FLOWS, TOKEN

ROOT = Path(__file__).parent.parent.parent
KEY = "sk_0123456789_nobody_may_see"
VOICES = (
    f"voices:\n  beeps: {{provider: tone}}\n  sarah: {{provider: elevenlabs, voice_id: {VOICE}}}\n"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder with flows, and an environment with nothing in it."""
    for name in tuple(os.environ):
        if name.startswith(("IVR_", "TWILIO_", "ELEVENLABS_")):
            monkeypatch.delenv(name)
    (tmp_path / "flows").mkdir()
    for name, text in FLOWS.items():
        (tmp_path / "flows" / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def doctor(*arguments: str, env: dict[str, str] | None = None) -> Result:
    result = CliRunner().invoke(main, ["doctor", *arguments], env=env)
    assert "Traceback" not in result.output
    for secret in (TOKEN, KEY):
        assert secret not in result.output
    return result


def findings(*arguments: str, env: dict[str, str] | None = None) -> dict[str, dict[str, str]]:
    result = doctor("--json", *arguments, env=env)
    told: dict[str, Any] = json.loads(result.output)
    problems = sum(each["state"] == "problem" for each in told["findings"])
    assert told["problems"] == problems
    assert result.exit_code == (1 if problems else 0)
    return {each["about"]: each for each in told["findings"]}


def test_with_nothing_set_it_says_what_works_now_and_what_a_line_needs(folder: Path) -> None:
    result = doctor()
    assert result.exit_code == 0, result.output
    *lines, empty, closing = result.output.splitlines()
    assert empty == ""
    assert all(re.match(r"(ok|note) +\S", each) for each in lines), result.output
    assert re.search(
        r"^ok +voice beeps +tone, speaks .* ms to the first audio", result.output, re.M
    )
    assert re.search(r"^(ok|problem) +voice embedded", result.output, re.M)
    assert closing.startswith("Nothing is broken. make call rings the flows in this terminal")
    assert "needs IVR_PUBLIC_URL and TWILIO_AUTH_TOKEN" in closing


def test_a_problem_is_counted_and_ends_with_1(folder: Path) -> None:
    (folder / "flows" / "main.yaml").write_text("steps: [")
    result = doctor()
    assert result.exit_code == 1
    assert re.search(
        r"^problem +flows +\d+ errors? in flows.* → ivr check flows", result.output, re.M
    )
    assert result.output.splitlines()[-1].startswith("1 problem to mend")


def test_a_whole_line_is_looked_at_from_the_key_to_the_stream(folder: Path) -> None:
    (folder / "flows" / "settings.yaml").write_text(VOICES)
    with line(folder / "var") as url, FakeVendor(key=KEY).in_thread() as vendor:
        env = {
            "IVR_PUBLIC_URL": url,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "ELEVENLABS_API_KEY": KEY,
            "ELEVENLABS_BASE_URL": vendor.url,
        }
        found = findings("--speak", env=env)
        assert not vendor.violations
    fine = ["signed call", "unsigned call", "stream", "ElevenLabs account", "voice sarah"]
    assert {name: found[name]["state"] for name in [*fine, "speech sarah"]} == dict.fromkeys(
        [*fine, "speech sarah"], "ok"
    )
    assert found["service"]["state"] == "note", "it serves the flows without sarah"
    assert found["Twilio numbers"]["state"] == "note"
    assert "requests at once are running" in found["concurrency"]["said"], "measured, not guessed"


def test_without_the_switch_no_character_is_spent(folder: Path) -> None:
    (folder / "flows" / "settings.yaml").write_text(VOICES)
    with FakeVendor(key=KEY).in_thread() as vendor:
        env = {"ELEVENLABS_API_KEY": KEY, "ELEVENLABS_BASE_URL": vendor.url}
        found = findings(env=env)
        assert vendor.characters_used == 0
    assert found["voice sarah"]["state"] == "ok"
    assert "speech sarah" not in found


def test_a_variable_that_cannot_be_read_is_a_problem_and_the_rest_is_looked_at(
    folder: Path,
) -> None:
    for url in ("ivr.example.com", "http://ivr.example.com", "https://me:pass@ivr.example.com"):
        found = findings(env={"IVR_PUBLIC_URL": url, "TWILIO_AUTH_TOKEN": TOKEN, "IVR_ENV": "a b"})
        assert found["IVR_PUBLIC_URL"]["state"] == found["IVR_ENV"]["state"] == "problem"
        assert found["IVR_PUBLIC_URL"]["said"].startswith("must ")
        assert ".env.example" in found["IVR_PUBLIC_URL"]["remedy"]
        assert found["TWILIO_AUTH_TOKEN"]["said"] == "set; 1 token"
        assert found["voice beeps"]["state"] == "ok"


def test_of_two_variables_that_exclude_each_other_the_less_safe_one_is_the_problem(
    folder: Path,
) -> None:
    env = {"IVR_PUBLIC_URL": "http://127.0.0.1:1", "TWILIO_AUTH_TOKEN": TOKEN, "IVR_UNSIGNED": "1"}
    found = findings(env=env)
    assert found["IVR_UNSIGNED"]["state"] == "problem"
    assert "remove one of the two" in found["IVR_UNSIGNED"]["said"]
    assert found["IVR_PUBLIC_URL"]["remedy"], "it is looked at"


def test_a_name_nobody_knows_is_one_problem_and_the_line_behind_it_is_not_blamed(
    folder: Path,
) -> None:
    env = {"IVR_PUBLIC_URL": "https://ivr.nowhere.invalid", "TWILIO_AUTH_TOKEN": TOKEN}
    found = findings(env=env)
    assert [name for name, each in found.items() if each["state"] == "problem"] == [
        "IVR_PUBLIC_URL"
    ]
    assert found["service"]["state"] == "note"


def test_with_a_key_that_does_not_work_nobody_tries_to_speak(folder: Path) -> None:
    (folder / "flows" / "settings.yaml").write_text(VOICES)
    with FakeVendor(key="another").in_thread() as vendor:
        env = {"ELEVENLABS_API_KEY": KEY, "ELEVENLABS_BASE_URL": vendor.url}
        found = findings("--speak", env=env)
        assert not vendor.sockets
    assert found["ElevenLabs account"]["state"] == "problem"
    assert "speech sarah" not in found


def test_an_address_of_this_machine_is_not_called_a_line_that_takes_calls(folder: Path) -> None:
    with line(folder / "var") as url:
        env = {"IVR_PUBLIC_URL": url, "TWILIO_AUTH_TOKEN": TOKEN}
        result = doctor(env=env)
    assert result.exit_code == 0, result.output
    assert "Twilio cannot reach 127.0.0.1" in result.output.splitlines()[-1]


def test_a_secret_in_the_wrong_place_is_not_shown_either(folder: Path) -> None:
    env = {"TWILIO_AUTH_TOKEN": f"{TOKEN},{KEY}", "IVR_PUBLIC_URL": f"http://127.0.0.1:1/{KEY}"}
    result = doctor(env=env)
    assert result.exit_code == 1
    assert "••••" in result.output


def test_the_example_of_an_environment_has_every_variable_empty_and_explained() -> None:
    text = (ROOT / ".env.example").read_text()
    read = set(re.findall(r'_[a-z]+\(\s*environ, "([A-Z_]+)"', _source(settings)))
    assert len(read) >= 8, "the pattern no longer finds the variables of settings.py"
    written = re.findall(r"^([A-Z_]+)=(.*)$", text, re.M)
    secrets = {name for name, _ in written if name.startswith(settings.SECRET_PREFIX)}
    assert {name for name, _ in written} == read | secrets
    assert secrets == {
        f"{settings.SECRET_PREFIX}{name.upper()}"
        for flow in (ROOT / "flows").glob("*.yaml")
        for name in re.findall(r"\$\{secrets\.(\w+)", flow.read_text("utf-8"))
    }, "the secrets of the shipped flows"
    assert set(VARIABLES) == read, "what the doctor reads one by one"
    assert len(written) == len(read) + len(secrets)
    assert not any(value for _, value in written)
    for name, _ in written:
        assert re.search(rf"^#.*[a-z].*\n{name}=$", text, re.M), f"{name} is not explained"


def _source(module: Any) -> str:
    return Path(module.__file__).read_text()
