"""Voices that several flow sets have."""

from __future__ import annotations

import asyncio

import pytest

from ivr.errors import SettingsError
from ivr.flow.world import VoiceSpec
from ivr.voices.access import Access
from ivr.voices.shared import Roster, Shared
from ivr.voices.tone import Tone
from tests.virtual import pass_time, run

SLOW = VoiceSpec("beeps", "tone", {"delay_ms": "40"})


@pytest.fixture
def acts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What happens to voices of tones, in order."""
    found: list[str] = []

    async def opens(self: Tone) -> None:
        await pass_time(0.1)
        found.append(f"open {self.delay_ms}")

    async def closes(self: Tone) -> None:
        found.append(f"close {self.delay_ms}")

    monkeypatch.setattr(Tone, "open", opens)
    monkeypatch.setattr(Tone, "aclose", closes)
    return found


def test_equal_entries_are_one_voice_until_the_last_set_is_closed(acts: list[str]) -> None:
    async def story() -> None:
        roster = Roster()
        await roster.open()
        old, new = (roster.build(SLOW, Access()) for _ in range(2))
        other = roster.build(VoiceSpec("beeps", "tone"), Access())
        assert old.key == new.key
        await asyncio.gather(old.open(), new.open(), other.open())
        assert sorted(acts) == ["open 0", "open 40"]
        await old.aclose()
        assert new.lease("CA1") is not None
        await new.aclose()
        assert acts[2:] == ["close 40"]
        again = roster.build(SLOW, Access())
        await again.open()
        assert acts[3:] == ["open 40"], "what was closed is opened anew"
        await again.aclose()
        await other.aclose()
        await roster.aclose()

    run(story())


def test_a_voice_that_does_not_open_tells_everybody_who_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def cannot(self: Tone) -> None:
        await pass_time(0.1)
        raise SettingsError("it has no key")

    monkeypatch.setattr(Tone, "open", cannot)

    async def story() -> None:
        roster = Roster()
        await roster.open()
        made: list[Shared] = [roster.build(SLOW, Access()) for _ in range(2)]
        told = await asyncio.gather(*(each.open() for each in made), return_exceptions=True)
        assert [str(each) for each in told] == ["it has no key"] * 2
        await roster.aclose()

    run(story())
