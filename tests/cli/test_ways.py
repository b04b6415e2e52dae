"""The ways of asking, measured against the fake vendor and told in a table."""

from __future__ import annotations

import asyncio
import io

import pytest
from rich.console import Console

from ivr.cli.voices import VENDOR, build
from ivr.cli.ways import Measured, measure, shown, verdict, ways
from ivr.fakes.elevenlabs import VOICE, FakeVendor
from ivr.flow.world import VoiceSpec
from ivr.voices.access import Access
from ivr.voices.tone import Tone
from tests.virtual import run

SPEC = VoiceSpec("sarah", VENDOR, {"voice_id": VOICE, "latency": "3", "settings": {"speed": "1.1"}})
TEXT = "For sales press one."


def page(*found: Measured) -> list[list[str]]:
    out = io.StringIO()
    Console(file=out, width=100).print(shown(found))
    return [
        [cell.strip() for cell in line.split("  ") if cell.strip()]
        for line in out.getvalue().splitlines()
    ]


def test_each_way_takes_what_it_can_use_and_all_the_rest_is_the_same() -> None:
    found = ways(SPEC)
    assert len(found) == 5
    for way, spec in found.items():
        assert spec.options["voice_id"] == VOICE
        assert spec.options["settings"] == {"speed": "1.1"}
        assert ("latency" in spec.options) == (way == "http")
        assert way.startswith(str(spec.options["socket"]))
        build(spec, Access())


def test_the_voices_own_schedule_is_the_one_compared() -> None:
    spec = VoiceSpec("s", VENDOR, {"voice_id": VOICE, "chunk_length_schedule": ["50", "90"]})
    assert ways(spec)["multi (schedule)"].options["chunk_length_schedule"] == ["50", "90"]


def test_the_first_time_and_later_times_are_kept_apart() -> None:
    found = run(measure("way", Tone(delay_ms=80), TEXT, "en-US", 3))
    assert found.first_ms == pytest.approx((80, 80, 80))
    assert found.rate > 1
    one = Measured("a", (300.0, 80.0, 90.0))
    assert (one.cold_ms, one.warm_ms) == (300, 85)
    assert Measured("a", (300.0,)).warm_ms == 300


def test_every_way_speaks_with_the_vendor_and_asks_as_often_as_it_should() -> None:
    async def work() -> None:
        async with FakeVendor() as vendor:
            access = Access(vendor.key, vendor.url)
            for way, spec in ways(SPEC).items():
                before = vendor.characters_used
                found = await measure(way, build(spec, access), TEXT, "en-US", 2)
                assert not found.failure, (way, found.failure)
                assert len(found.first_ms) == 2
                assert vendor.characters_used - before == pytest.approx(2 * len(TEXT), abs=4)
            assert not vendor.violations

    asyncio.run(work())


def test_a_way_that_fails_says_why_and_the_others_go_on() -> None:
    async def work() -> None:
        async with FakeVendor(faults=["http_500"]) as vendor:
            access = Access(vendor.key, vendor.url)
            found = await measure("http", build(ways(SPEC)["http"], access), TEXT, "en-US", 2)
            assert found.failure

    asyncio.run(work())


def test_a_text_without_sound_is_a_failure() -> None:
    assert "no sound" in run(measure("way", Tone(), " ", "en-US", 1)).failure


QUICK = Measured("multi", (200.0, 80.0), 300, 5)
SLOW = Measured("single", (200.0, 160.0), 400, 4)
ALIKE = Measured("http", (90.0, 81.0), 300, 5)
BROKEN = Measured("single (schedule)", failure="refused")


def test_the_table_has_the_quickest_first_with_ratios_and_failures_last() -> None:
    assert page(SLOW, BROKEN, QUICK)[1:] == [
        ["multi", "200 ms", "80 ms", "1.00 x", "300 ms", "5.0 x"],
        ["single", "200 ms", "160 ms", "2.00 x", "400 ms", "4.0 x"],
        ["single (schedule)", "failed"],
    ]


def test_the_verdict_names_the_quickest_and_makes_no_winner_of_chance() -> None:
    assert verdict([SLOW, QUICK]) == "Quickest: multi, 2.00 times as quick as single."
    assert verdict([SLOW, QUICK, ALIKE]).startswith("Quickest: multi and http, 2.00 times")
    assert verdict([QUICK, ALIKE]).startswith("No way is quicker")
    assert verdict([BROKEN, QUICK]) == "single (schedule) failed: refused\nOnly multi worked."
    both = verdict([BROKEN, Measured("http", failure="refused"), QUICK]).splitlines()[0]
    assert both == "single (schedule) and http failed: refused", "each reason once"
    assert verdict([BROKEN]) == "single (schedule) failed: refused"
