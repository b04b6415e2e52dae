"""What the fake vendor is asked of a key, an account and its voices, and what is told of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

import pytest
from aiohttp import web

from ivr.cli.doctor_machine import SAMPLE
from ivr.cli.doctor_vendor import check_concurrency, check_speech, check_vendor
from ivr.cli.findings import Finding, State
from ivr.cli.voices import VENDOR
from ivr.fakes.elevenlabs import VOICE, FakeVendor, Plan
from ivr.fakes.elevenlabs.catalogue import Voice
from ivr.flow.world import Option, VoiceSpec
from ivr.voices.access import Access
from tests.cli.web import asking, site

OK, NOTE, PROBLEM = State.OK, State.NOTE, State.PROBLEM


def spec(name: str = "sarah", **options: Option) -> VoiceSpec:
    return VoiceSpec(name, VENDOR, {"voice_id": VOICE, **options})


SARAH = spec()


async def looked(url: str, specs: Sequence[VoiceSpec], key: str | None) -> list[Finding]:
    async with asking() as asker:
        return list(await check_vendor(Access(key, url), specs, asker))


def told(
    *specs: VoiceSpec, vendor: FakeVendor | None = None, key: str | None = "fake-key"
) -> list[Finding]:
    async def work() -> list[Finding]:
        async with vendor or FakeVendor() as running:
            found = await looked(running.url, specs, key)
            assert running.characters_used == 0
            return found

    found = asyncio.run(work())
    assert "fake-key" not in repr(found)
    return found


def states(found: Sequence[Finding]) -> list[tuple[str, State]]:
    return [(each.about, each.state) for each in found]


def test_a_key_that_works_is_told_with_plan_quota_and_voices() -> None:
    account, concurrency, voice = told(SARAH)
    assert states([account, concurrency, voice]) == [
        ("ElevenLabs account", OK),
        ("concurrency", OK),
        ("voice sarah", OK),
    ]
    assert "plan creator, 1,000,000 of 1,000,000 characters left" in account.said
    assert "10 Flash generations at once" in concurrency.said
    assert "voice and model exist" in voice.said


def test_a_wrong_key_is_told_once_as_such_and_the_voices_are_not_blamed() -> None:
    account, voice = told(SARAH, key="not-the-key")
    assert (account.state, "refuses the key (401)" in account.said) == (PROBLEM, True)
    assert "ELEVENLABS_API_KEY" in account.remedy
    assert (voice.about, voice.state) == ("voice sarah", NOTE)
    assert "not-the-key" not in repr([account, voice])


def test_without_a_key_options_are_looked_at_and_nobody_is_asked() -> None:
    good, bad = told(SARAH, spec("mateo", model="eleven_flash"), key=None)
    assert (good.about, good.state) == ("voice sarah", NOTE)
    assert (bad.about, bad.state) == ("voice mateo", PROBLEM)
    assert "did you mean" in bad.said


def test_a_voice_the_account_has_not_is_a_problem_with_the_place_of_its_id() -> None:
    *_, voice = told(spec(voice_id="nosuch"))
    assert (voice.about, voice.state) == ("voice sarah", PROBLEM)
    assert "nosuch" in voice.said
    assert "copy the ID" in voice.remedy


def test_what_is_told_of_several_voices_is_told_once() -> None:
    *_, wrong, right = told(
        spec(voice_id="nosuch"), spec("alto", socket="http"), spec("bass", voice_id="nosuch")
    )
    assert states([wrong, right]) == [("voices sarah, bass", PROBLEM), ("voice alto", OK)]


def test_options_that_cannot_work_do_not_hide_the_account_and_do_not_repeat_the_name() -> None:
    account, _, voices = told(spec(model="eleven_v3"), spec("bass", model="eleven_v3"))
    assert (account.about, account.state) == ("ElevenLabs account", OK)
    assert states([voices]) == [("voices sarah, bass", PROBLEM)]
    assert voices.said.startswith("eleven_v3 speaks over HTTP only; set socket: http")
    assert voices.remedy == "correct it in settings.yaml"


def test_a_wrong_address_of_the_vendor_is_blamed_itself_and_the_key_is_not_sent() -> None:
    found = asyncio.run(looked("http://elevenlabs.example.com", [SARAH], "some-key"))
    assert states(found) == [("ELEVENLABS_BASE_URL", PROBLEM)]


def test_a_key_that_no_request_can_carry_is_blamed_itself_and_not_shown() -> None:
    found = asyncio.run(looked("https://elevenlabs.example.com", [SARAH], "some\nkey"))
    assert states(found) == [("ELEVENLABS_API_KEY", PROBLEM)]
    assert "some" not in found[0].said


def test_a_deprecated_model_and_a_default_voice_are_noted() -> None:
    voices = [Voice(VOICE, "Anna", category="premade")]
    found = told(spec(model="eleven_turbo_v2_5"), vendor=FakeVendor(voices=voices))
    notes = [each.said for each in found if each.state is NOTE]
    assert len(notes) == 2
    assert "deprecated" in notes[0]
    assert "withdraws on 2026-12-31" in notes[1]


@pytest.mark.parametrize(("left", "state"), [(0, PROBLEM), (9_999, NOTE), (10_000, OK)])
def test_little_quota_is_noted_and_none_is_a_problem(left: int, state: State) -> None:
    account = told(vendor=FakeVendor(plan=Plan(character_limit=left)))[0]
    assert account.state is state
    assert f"{left:,} of {left:,} characters left" in account.said


def account_told(status: int, body: object) -> Finding:
    async def answer(request: web.Request) -> web.Response:
        assert request.path == "/v1/user/subscription"
        assert request.headers["xi-api-key"] == "some-key"
        return web.Response(status=status, text=json.dumps(body), content_type="application/json")

    async def work() -> list[Finding]:
        async with site(answer) as url:
            return await looked(url, [], "some-key")

    (found, *_) = asyncio.run(work())
    return found


def test_an_account_that_goes_on_beyond_its_quota_is_no_problem_and_renewal_is_told() -> None:
    plan = {
        "tier": "scale",
        "character_count": 5_000_000,
        "character_limit": 2_000_000,
        "can_extend_character_limit": True,
        "allowed_to_extend_character_limit": True,
        "next_character_count_reset_unix": 1_800_000_000,
    }
    found = account_told(200, plan)
    assert (found.state, "0 of 2,000,000" in found.said) == (NOTE, True)
    assert "new ones on 2027-01-15" in found.said
    assert account_told(200, plan | {"can_extend_character_limit": False}).state is PROBLEM


@pytest.mark.parametrize("body", [[], {}, {"tier": 7, "character_count": "many"}])
def test_an_answer_nobody_understands_is_a_note(body: object) -> None:
    assert account_told(200, body).state is NOTE


def test_a_key_for_speech_alone_works() -> None:
    found = account_told(401, {"detail": {"status": "missing_permissions"}})
    assert (found.state, found.said.startswith("the key works")) == (NOTE, True)


def test_a_vendor_in_trouble_is_a_problem_that_passes() -> None:
    found = account_told(503, {"detail": {"code": "service_unavailable"}})
    assert (found.state, "status.elevenlabs.io" in found.remedy) == (PROBLEM, True)


def test_a_vendor_nobody_reaches_is_one_problem() -> None:
    account, voice = asyncio.run(looked("http://127.0.0.1:1", [SARAH], "some-key"))
    assert (account.state, "nobody listens there" in account.said) == (PROBLEM, True)
    assert voice.state is NOTE


# --------------------------------------------------------------------------- with --speak


def test_speech_is_measured_twice_on_one_line_and_its_cost_is_told() -> None:
    async def work() -> None:
        async with FakeVendor() as vendor:
            access = Access(vendor.key, vendor.url)
            (speech,) = await check_speech(SARAH, access)
            assert speech.state is OK
            assert f"(about {2 * len(SAMPLE)} characters used)" in speech.said
            (concurrency,) = await check_concurrency(SARAH, access)
            assert "1 of 10 requests at once" in concurrency.said
            spaces = 2 * 2  # of the sockets' own messages
            assert vendor.characters_used == 3 * len(SAMPLE) + spaces
            assert not vendor.violations

    asyncio.run(work())


def test_an_account_that_is_busy_with_others_is_noted() -> None:
    async def answer(request: web.Request) -> web.Response:
        limits = {"current-concurrent-requests": "5", "maximum-concurrent-requests": "5"}
        return web.Response(body=b"\xff" * 800, content_type="audio/basic", headers=limits)

    async def work() -> Sequence[Finding]:
        async with site(answer) as url:
            return await check_concurrency(SARAH, Access("some-key", url))

    (found,) = asyncio.run(work())
    assert (found.state, "5 of 5 requests at once" in found.said) == (NOTE, True)
    assert "what else speaks" in found.remedy


def test_a_voice_that_does_not_speak_is_a_problem() -> None:
    async def work() -> None:
        async with FakeVendor(faults=["quota"]) as vendor:
            access = Access(vendor.key, vendor.url)
            (speech,) = await check_speech(SARAH, access)
            assert (speech.state, "credits" in speech.said) == (PROBLEM, True)
            (concurrency,) = await check_concurrency(SARAH, access)
            assert concurrency.state is NOTE

    asyncio.run(work())
