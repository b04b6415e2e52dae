"""What this machine has: Python, flows, variables, players and its own voices."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from ivr.cli.doctor_machine import (
    NEEDED,
    Flows,
    check_local_voice,
    check_players,
    check_python,
    check_variables,
    read_flows,
)
from ivr.cli.findings import Finding, State
from ivr.cli.player import MULAW
from ivr.flow.world import EMBEDDED, VoiceSpec
from ivr.settings import Settings
from tests.server.line import FLOWS

LINE = {"IVR_PUBLIC_URL": "https://ivr.example.com", "TWILIO_AUTH_TOKEN": "token-of-ours,another"}
NO_FLOWS = Flows(None, {}, [])
VENDOR_FLOWS = Flows(None, {"sarah": VoiceSpec("sarah", "elevenlabs")}, [])


def variables(environ: Mapping[str, str], flows: Flows = NO_FLOWS) -> Mapping[str, Finding]:
    found = check_variables(Settings.from_environment(environ), flows)
    for each in found:
        for value in ("token-of-ours", "another", "secret-key"):
            assert value not in repr(each)
    return {each.about: each for each in found}


def folder(path: Path, **changes: str) -> Path:
    path.mkdir()
    for name, text in {**FLOWS, **{f"{name}.yaml": text for name, text in changes.items()}}.items():
        (path / name).write_text(text)
    return path


def test_python_is_told_with_the_source_of_its_mu_law() -> None:
    (found,) = check_python()
    assert found.state is State.OK
    assert "audioop of" in found.said


def test_flows_that_load_are_named(tmp_path: Path) -> None:
    flows = read_flows(folder(tmp_path / "flows"), "dev")
    assert flows.flows is not None
    assert list(flows.voices) == [EMBEDDED, "beeps"]
    (found,) = flows.findings
    assert (found.state, found.said) == (State.OK, f"1 flow in {tmp_path / 'flows'} (main)")


def test_flows_with_errors_are_a_problem_and_their_voices_are_looked_at_all_the_same(
    tmp_path: Path,
) -> None:
    broken = FLOWS["main.yaml"].replace("1: desk", "1: dsek")
    flows = read_flows(folder(tmp_path / "flows", main=broken), "dev")
    assert flows.flows is None
    assert "beeps" in flows.voices
    (found,) = flows.findings
    assert found.state is State.PROBLEM
    assert "ivr check" in found.remedy


def test_a_settings_file_that_cannot_be_read_is_told_once(tmp_path: Path) -> None:
    flows = read_flows(folder(tmp_path / "flows", settings="voices: ["), "dev")
    assert [each.state for each in flows.findings] == [State.PROBLEM]
    assert list(flows.voices) == [EMBEDDED]


def test_a_folder_that_is_not_there_is_a_problem_with_the_switch_to_name_it(tmp_path: Path) -> None:
    (found,) = read_flows(tmp_path / "no", "dev").findings
    assert found.state is State.PROBLEM
    assert "--flows" in found.remedy


def test_an_empty_environment_is_no_problem_and_each_variable_says_where_it_is_found() -> None:
    found = variables({})
    assert set(found) == set(NEEDED)
    assert {each.state for each in found.values()} == {State.NOTE}
    assert "Twilio Console" in found["TWILIO_AUTH_TOKEN"].remedy
    assert "elevenlabs.io" in found["ELEVENLABS_API_KEY"].remedy
    assert "https" in found["IVR_PUBLIC_URL"].remedy


def test_what_is_set_is_told_without_its_value() -> None:
    found = variables(
        {**LINE, "ELEVENLABS_API_KEY": "secret-key", "TWILIO_WEBHOOK_KEYS": "id=another"}
    )
    assert {each.state for each in found.values()} == {State.OK}
    assert found["TWILIO_AUTH_TOKEN"].said == "set; 2 tokens and 1 key in TWILIO_WEBHOOK_KEYS"
    assert found["IVR_PUBLIC_URL"].said == "set; https://ivr.example.com"


@pytest.mark.parametrize("name", sorted(LINE))
def test_half_a_line_is_a_problem(name: str) -> None:
    found = variables({**LINE, name: ""})
    assert [each.about for each in found.values() if each.state is State.PROBLEM] == [name]
    assert "ivr serve needs it" in found[name].said


def test_voices_of_the_vendor_without_its_key_are_a_problem_only_where_nobody_speaks_for_them() -> (
    None
):
    for environment, state in (("dev", State.NOTE), ("production", State.PROBLEM)):
        found = variables({"IVR_ENV": environment}, VENDOR_FLOWS)["ELEVENLABS_API_KEY"]
        assert (found.state, "sarah" in found.said) == (state, True)


def test_an_address_of_the_vendor_is_told_by_its_host_alone() -> None:
    url = "https://someone:secret-key@eu.example.com"
    found = variables({"ELEVENLABS_API_KEY": "secret-key", "ELEVENLABS_BASE_URL": url})
    assert found["ELEVENLABS_API_KEY"].said == "set; speech is asked of eu.example.com"


def test_an_unsigned_line_is_noted() -> None:
    assert variables({"IVR_UNSIGNED": "1"})["IVR_UNSIGNED"].state is State.NOTE


def test_a_player_that_plays_one_that_cannot_and_none() -> None:
    deaf = (MULAW, ("sh", "-c", "exec cat > /dev/null"))
    gives_up = (MULAW, ("sh", "-c", "exit 1"))
    gone = (MULAW, ("no-such-player-anywhere",))

    async def work() -> list[Finding]:
        tried = [(gone, deaf), (gone, gives_up), (gone,)]
        return [found for players in tried for found in await check_players(players)]

    plays, cannot, none = asyncio.run(work())
    assert (plays.state, plays.said) == (State.OK, "sh plays")
    assert (cannot.state, "sh finds nothing to play to" in cannot.said) == (State.NOTE, True)
    assert (none.state, none.remedy) == (State.NOTE, "install no-such-player-anywhere")


def test_a_voice_of_this_machine_speaks_and_is_measured() -> None:
    (found,) = asyncio.run(check_local_voice(VoiceSpec("beeps", "tone"), "voice beeps"))
    assert (found.about, found.state) == ("voice beeps", State.OK)
    assert "ms to the first audio" in found.said


def test_a_local_voice_with_a_wrong_option_is_a_problem_with_the_file_to_mend() -> None:
    spec = VoiceSpec("beeps", "tone", {"pitch": "high"})
    (found,) = asyncio.run(check_local_voice(spec, "voice beeps"))
    assert found.state is State.PROBLEM
    assert "settings.yaml" in found.remedy
    (unneeded,) = asyncio.run(check_local_voice(spec, "voice beeps", needed=False))
    assert unneeded.state is State.NOTE
