"""A Tuesday afternoon: the flow is edited in an editor, and the page knows."""

from __future__ import annotations

from array import array
from pathlib import Path

from playwright.sync_api import expect

from ivr.voices.tone import tones
from tests.browser.browsing import Browsing, samples

OLD = "We are closed today."
NEW = "We are closed, and open again tomorrow at nine."


def pcm(sound: list[int]) -> bytes:
    """Samples as bytes, which can be searched for."""
    return array("h", sound).tobytes()


def test_a_mistake_is_shown_at_its_step_and_the_mended_text_is_heard(
    chromium: Browsing, own_studio: str, own_flows: Path
) -> None:
    flow = own_flows / "acme.yaml"
    good = flow.read_text(encoding="utf-8")
    with chromium.visit(own_studio, listens=True) as visit:
        expect(visit.find("#loaded")).to_contain_text("Set 1 loaded")

        flow.write_text(good.replace("1: hours", "1: huors"), encoding="utf-8")
        beside = visit.find(".card-finding")
        expect(beside).to_contain_text("“huors”")
        expect(visit.find(".card.faulty")).to_have_attribute("data-step", "main")
        expect(visit.find(".card.faulty")).to_contain_text("1 error")
        expect(visit.find("#loaded")).to_contain_text("set 1 stays")
        row = visit.find("#checks-list li").first
        expect(row).to_contain_text("acme.yaml:16")
        row.get_by_role("button", name="Show main").click()
        expect(visit.find("#step")).to_contain_text("“huors”")

        flow.write_text(good.replace(OLD, NEW), encoding="utf-8")
        expect(visit.find("#loaded")).to_contain_text("Set 2 loaded")
        expect(beside).to_have_count(0)
        visit.page.get_by_label("Date and time").fill("2026-11-22T12:00")
        visit.ring()
        visit.press("1")
        expect(visit.heard(NEW)).to_be_visible()
        visit.hang_up()
        assert pcm(samples(tones(NEW))) in pcm(visit.played())
        assert pcm(samples(tones(OLD))) not in pcm(visit.played())


def test_a_running_call_stays_on_its_set_and_says_so(
    chromium: Browsing, own_studio: str, own_flows: Path
) -> None:
    flow = own_flows / "acme.yaml"
    with chromium.visit(own_studio) as visit:
        visit.page.get_by_label("Date and time").fill("2026-11-22T12:00")
        visit.ring()
        flow.write_text(flow.read_text(encoding="utf-8").replace(OLD, NEW), encoding="utf-8")
        expect(visit.find("#call-set")).to_contain_text("This call stays on set 1")
        visit.press("1")
        expect(visit.speaking(OLD)).to_be_visible()
        visit.hang_up()
        expect(visit.find("#call-set")).not_to_be_visible()
        visit.ring()
        visit.press("1")
        expect(visit.speaking(NEW)).to_be_visible()
        visit.hang_up()
