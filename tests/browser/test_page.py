"""What holds for the page as a whole: who can use it, what it weighs, and what it looks like."""

from __future__ import annotations

import gzip
import re
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.browsing import NARROW, WIDE, Browsing, Scheme, Visit

PAGE = Path(__file__).parents[2] / "ivr" / "server" / "studio" / "page"
COMPRESSED_BYTES_MAX = 300_000
TARGET_PX_MIN = 24
AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
RULES_MIN = 20
"""Fewer passed rules would mean that nothing was looked at."""
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SMALL_TARGETS = """
  (smallest) => [...document.querySelectorAll("button, input, select, summary")]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest(".stage"))
    .map((one) => [one.closest("label.typed") ?? one, one])
    .filter(([box]) => box.getBoundingClientRect().height < smallest
                    || box.getBoundingClientRect().width < smallest)
    .map(([, one]) => one.id || one.textContent)
"""


def violations(visit: Visit) -> list[str]:
    """What axe-core has to say against the page as it is now."""
    results = visit.page.evaluate("(tags) => axe.run({ runOnly: tags })", TAGS)
    assert len(results["passes"]) > RULES_MIN
    return [
        f"{rule['help']}: {node['html']}"
        for rule in results["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_anybody_can_use_the_page_in_each_of_its_states(
    chromium: Browsing, studio: str, shots: Path, size: tuple[int, int], scheme: Scheme
) -> None:
    # axe-core is injected into the page, which the content security policy would forbid.
    with chromium.visit(studio, size=size, scheme=scheme, listens=True) as visit:
        narrow = size == NARROW

        def look(state: str) -> None:
            visit.page.screenshot(path=shots / f"{scheme}-{size[0]}-{state}.png")
            assert violations(visit) == [], state
            assert visit.page.evaluate(SMALL_TARGETS, TARGET_PX_MIN) == []

        visit.page.add_script_tag(content=AXE)
        look("flow")
        visit.find('.card[data-step="main"]').dispatch_event("click")
        expect(visit.find("#step")).to_be_visible()
        look("step")
        visit.page.get_by_role("button", name="Close").click()
        if narrow:
            visit.page.get_by_role("button", name="Checks").click()
            look("checks")
            visit.page.get_by_role("button", name="Phone").click()
            look("phone")
        visit.ring()
        visit.press("2")
        expect(visit.heard("four digit PIN")).to_be_visible()
        look("call")
        visit.press("4718")
        expect(visit.find("#keep")).to_be_visible()
        look("over")


def test_the_page_is_small() -> None:
    files = [path for path in PAGE.iterdir() if path.suffix in {".html", ".css", ".js", ".svg"}]
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) < COMPRESSED_BYTES_MAX
    assert {"index.html", "main.js", "studio.css", "playout.js"} <= {path.name for path in files}


def test_nothing_on_the_page_needs_a_weaker_policy_or_another_host() -> None:
    index = (PAGE / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", index)
    for path in PAGE.glob("*.*"):
        if path.suffix in {".html", ".css", ".js"}:
            addresses = re.findall(r"(?:https?|wss?)://[^\s\"'`)]+", path.read_text("utf-8"))
            assert set(addresses) <= {"http://www.w3.org/2000/svg"}, path.name


def test_the_flow_is_walked_by_keyboard_and_a_step_tells_its_ways(visit: Visit) -> None:
    keyboard = visit.page.keyboard
    visit.find("#viewport").focus()
    stage = visit.find("#stage")
    before = stage.get_attribute("style")
    keyboard.press("ArrowRight")
    keyboard.press("+")
    assert stage.get_attribute("style") != before
    keyboard.press("f")
    for card in visit.find(".card").all():
        expect(card).to_be_in_viewport(ratio=1)
    keyboard.press("Tab")
    expect(visit.find(".card:focus")).to_have_attribute("data-step", "main")
    keyboard.press("ArrowDown")
    chosen = visit.find(".card:focus").get_attribute("data-step")
    assert chosen != "main"
    keyboard.press("Enter")
    expect(visit.page.get_by_role("complementary", name=chosen)).to_be_visible()
    keyboard.press("Escape")
    expect(visit.find("#step")).not_to_be_visible()


def test_the_picture_is_dragged_and_zoomed_and_a_drag_chooses_nothing(visit: Visit) -> None:
    card, mouse = visit.find('.card[data-step="main"]'), visit.page.mouse
    before = card.bounding_box()
    assert before is not None
    x, y = before["x"] + 20, before["y"] + 20
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 60, y + 40, steps=4)
    mouse.up()
    dragged = card.bounding_box()
    assert dragged is not None
    assert dragged["x"] - before["x"] > 40
    expect(visit.find("#step")).not_to_be_visible()
    visit.page.keyboard.down("Control")
    mouse.wheel(0, -100)
    visit.page.keyboard.up("Control")
    zoomed = card.bounding_box()
    assert zoomed is not None
    assert zoomed["width"] > 1.2 * dragged["width"]
    card.click()
    expect(visit.find("#step")).to_be_visible()


def test_the_flow_is_drawn_in_the_language_that_is_chosen(visit: Visit) -> None:
    card = visit.find('.card[data-step="main"]')
    expect(card).to_contain_text("For our hours press 1")
    visit.page.get_by_label("Language of the texts").select_option("es-US")
    expect(card).to_contain_text("Para el horario oprima 1")


def test_a_server_that_is_gone_is_noticed(visit: Visit) -> None:
    visit.page.route("**/studio/calls", lambda route: route.abort())
    visit.page.get_by_role("button", name="Ring").click()
    expect(visit.find("#trouble")).to_contain_text("Is ivr dev still running?")
    visit.complaints.clear()  # the browser, too, says so
