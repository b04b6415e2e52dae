"""Who pays for the live tests, and whether they run at all: only with ``--live``.

One account for a whole run, looked at before anything is said: a key or a voice that does not work
is one failure with what to do about it, and the tests behind it are skipped.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from ivr.cli.asking import Asker
from ivr.cli.doctor_vendor import check_vendor
from ivr.cli.findings import Finding, State
from ivr.cli.voices import VENDOR, access_of, read_voices
from ivr.flow.world import Option, VoiceSpec
from ivr.settings import Settings
from ivr.voices import table
from ivr.voices.access import Access
from tests.live.purse import PaidVoice, Purse

FLOWS: Final = Path(__file__).parent.parent.parent / "flows"
NOT_LIVE: Final = "speaks with the real ElevenLabs: only with --live"
PURSE: Final = pytest.StashKey[Purse]()


@dataclass(frozen=True, slots=True)
class Account:
    """A key, where it is asked, a voice of its account, and what may be spent."""

    access: Access = field(repr=False)
    spec: VoiceSpec
    purse: Purse
    findings: tuple[Finding, ...]

    def asked(self, **options: Option) -> VoiceSpec:
        """The voice, asked like this."""
        return VoiceSpec("live", VENDOR, {"voice_id": self.spec.options["voice_id"], **options})

    def voice(self, **options: Option) -> PaidVoice:
        """The voice, asked like this and paid for; not yet open."""
        return PaidVoice(table.build(self.asked(**options), self.access), self.purse)


@pytest.fixture(scope="session")
def looked(request: pytest.FixtureRequest) -> Account | str:
    """The account, or why there is none; looked up once, which costs nothing."""
    if hasattr(request.config, "workerinput"):
        return "--live counts what it spends in one process: leave --numprocesses out"
    settings = Settings.from_environment(os.environ)
    if settings.elevenlabs_key is None:
        return "--live needs ELEVENLABS_API_KEY: make one at elevenlabs.io → Developers → API Keys"
    voice_id = os.environ.get("ELEVENLABS_VOICE_ID", "").strip()
    named = [VoiceSpec("live", VENDOR, {"voice_id": voice_id})] if voice_id else []
    written = read_voices(FLOWS, settings.environment).values()
    spec = next(each for each in (*named, *written) if each.provider == VENDOR)
    access = access_of(settings)
    findings = asyncio.run(_look(access, spec))
    problems = [each for each in findings if each.state is State.PROBLEM]
    if problems:
        told = "; ".join(f"{each.about}: {each.said} → {each.remedy}" for each in problems)
        ours = any(each.about == f"voice {spec.name}" for each in problems)
        return f"{told}; ELEVENLABS_VOICE_ID={voice_id or '…'} names it" if ours else told
    purse = request.config.stash[PURSE] = Purse()
    return Account(access, spec, purse, findings)


async def _look(access: Access, spec: VoiceSpec) -> tuple[Finding, ...]:
    async with aiohttp.ClientSession() as session:
        return tuple(await check_vendor(access, [spec], Asker(session)))


_TOLD: Final = pytest.StashKey[bool]()


@pytest.fixture
def account(request: pytest.FixtureRequest) -> Account:
    """The account that pays, or one failure for all the tests that need it."""
    if not request.config.getoption("--live"):
        pytest.skip(NOT_LIVE)
    found: Account | str = request.getfixturevalue("looked")
    if isinstance(found, Account):
        return found
    if request.config.stash.get(_TOLD, False):
        pytest.skip("the account cannot be used, as was told once")
    request.config.stash[_TOLD] = True
    pytest.fail(found, pytrace=False)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """What was spent, behind everything else."""
    purse = config.stash.get(PURSE, None)
    if purse is not None:
        terminalreporter.write_line(
            f"live: {purse.spent} of at most {purse.most} characters were said"
        )
