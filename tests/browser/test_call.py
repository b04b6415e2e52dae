"""Calls from the page: by mouse, by keyboard, by touch; what is shown of them, and kept."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import WebSocketRoute, expect

from tests.browser.browsing import NARROW, Browsing, Visit


def test_a_call_by_mouse_shows_words_keys_path_and_times(visit: Visit) -> None:
    visit.ring()
    expect(visit.speaking("For our hours press 1")).to_contain_text("being said")
    visit.press("1")
    expect(visit.said("For our hours").first).to_contain_text("cut short")
    expect(visit.speaking(re.compile("We are (open|closed)"))).to_be_visible()  # type: ignore[arg-type]
    expect(visit.find(".pressed kbd")).to_have_text("1")
    expect(visit.find(".card.here")).to_have_attribute("data-step", "hours")
    expect(visit.find(".card.here")).to_contain_text("caller is here")
    assert visit.walked() == ["hours", "main"]
    expect(visit.find(".way.key.walked")).to_have_count(1)
    figures = visit.find(".said", "We are").locator(".fall-figures")
    for stage in ("asked", "first byte", "first frame", "audible"):
        expect(figures).to_contain_text(re.compile(rf"{stage}\s*[\d.,]+ ms"))
    expect(visit.find(".said", "We are")).to_contain_text(
        re.compile(r"after key 1 · take · heard here after [\d.,]+ ms")
    )
    visit.hang_up()
    expect(visit.find("#call-state")).to_contain_text("the caller hung up")
    expect(visit.find(".card.here")).to_have_count(0)


def test_a_whole_call_needs_no_mouse_and_hides_sensitive_keys(visit: Visit) -> None:
    keyboard = visit.page.keyboard
    for _ in range(40):
        keyboard.press("Tab")
        if visit.find("#ring:focus").count():
            break
    keyboard.press("Enter")
    expect(visit.speaking("Hello.")).to_be_visible()
    keyboard.press("2")
    expect(visit.speaking("four digit PIN")).to_be_visible()
    for key in "4718":
        keyboard.press(key)
    expect(visit.said("Thank you.")).to_be_visible()
    expect(visit.find("#call-state")).to_contain_text("the flow hung up")
    pressed = visit.find(".pressed kbd").all_inner_texts()
    assert pressed == ["2", "•", "•", "•", "•"]
    expect(visit.find("body")).not_to_contain_text("4718")
    expect(visit.find("#told")).to_contain_text("Thank you.")
    assert visit.find("#ring:focus").count() == 1  # Enter would ring again


def test_keys_typed_into_a_field_or_switched_off_dial_nothing(visit: Visit) -> None:
    visit.ring()
    visit.page.get_by_label("Language of the texts").focus()
    visit.page.keyboard.press("1")  # chooses in the list, if anything
    visit.page.get_by_label("The keyboard dials, too").uncheck()
    visit.page.keyboard.press("0")
    visit.press("2")  # the mouse still does
    expect(visit.said("four digit PIN")).to_be_visible()
    assert [each["dtmf"]["digit"] for each in visit.sent if each["event"] == "dtmf"] == ["2"]
    visit.hang_up()


def test_a_small_screen_is_touched_and_shows_one_thing_at_a_time(
    chromium: Browsing, studio: str
) -> None:
    with chromium.visit(studio, size=NARROW) as visit:
        expect(visit.find("#phone")).not_to_be_visible()
        visit.page.get_by_role("button", name="Phone").tap()
        visit.page.get_by_role("button", name="Ring").tap()
        expect(visit.speaking("Hello.")).to_be_visible()
        visit.page.get_by_role("button", name="2", exact=True).tap()
        expect(visit.speaking("four digit PIN")).to_be_visible()
        visit.page.get_by_role("button", name="Flow", exact=True).tap()
        expect(visit.find(".card.here")).to_be_in_viewport()
        expect(visit.find("#phone")).not_to_be_visible()
        visit.page.get_by_role("button", name="Phone").tap()
        visit.page.get_by_role("button", name="Hang up", exact=True).tap()
        expect(visit.find("#call-state")).to_contain_text("Over")
        width = visit.page.evaluate("document.documentElement.scrollWidth")
        assert width == NARROW[0]


def test_a_call_begins_as_any_number_at_any_time_in_any_language(visit: Visit) -> None:
    visit.page.get_by_label("Calling from").fill("+13125550188")
    visit.page.get_by_label("Date and time").fill("2026-11-22T12:00")  # a Sunday
    visit.page.get_by_label("Language", exact=True).select_option("es-US")
    visit.ring()
    expect(visit.speaking("Para el horario")).to_be_visible()
    visit.press("1")
    expect(visit.speaking("Hoy no abrimos.")).to_be_visible()
    visit.hang_up()
    visit.page.get_by_text("The test as it will be written").click()
    expect(visit.find("#keep-yaml")).to_contain_text("from: +13125550188")
    visit.page.get_by_role("button", name="Other caller").click()
    expect(visit.page.get_by_label("Calling from")).to_be_focused()


def test_what_cannot_be_is_said_in_a_sentence(visit: Visit) -> None:
    visit.page.get_by_label("Number called").fill("Acme")
    visit.page.get_by_role("button", name="Ring").click()
    expect(visit.find("#trouble")).to_contain_text("write it like +13125550100")
    visit.complaints.clear()  # the browser, too, says that the server refused


def test_a_transfer_asks_who_picks_up_and_the_caller_comes_back(visit: Visit) -> None:
    visit.ring()
    visit.press("0")
    leg = visit.page.get_by_role("group", name="Who picks up?")
    expect(leg).to_contain_text("+13125550123")
    expect(leg.get_by_role("button")).to_have_text(
        ["Somebody answers", "Busy", "Nobody answers", "Cannot be reached"]
    )
    leg.get_by_role("button", name="Busy").click()
    expect(visit.said("Nobody is there")).to_be_visible()
    expect(visit.find("#transcript")).to_contain_text("comes back: busy")
    expect(visit.find("#call-state")).to_contain_text("the flow hung up")
    assert visit.walked() == ["desk", "main", "nobody"]
    expect(visit.find(".way.walked")).to_have_count(3)  # the last one to the hang-up
    assert [each["event"] for each in visit.sent].count("start") == 2


def test_a_line_that_is_lost_is_taken_up_again(visit: Visit) -> None:
    lines: list[WebSocketRoute] = []

    def connect(line: WebSocketRoute) -> None:
        lines.append(line.connect_to_server())

    visit.page.route_web_socket("**/media/*", connect)
    visit.page.reload()
    visit.ring()
    visit.press("2")
    expect(visit.speaking("four digit PIN")).to_be_visible()
    lines[0].close()
    expect(visit.find("#transcript")).to_contain_text("the line was cut")
    expect(visit.said("four digit PIN")).to_have_count(2)
    expect(visit.speaking("four digit PIN")).to_be_visible()
    assert len(lines) == 2
    visit.hang_up()
    visit.complaints.clear()  # of the stand-in between page and line, which goes on sending


def test_a_call_is_kept_as_a_test_and_run(
    chromium: Browsing, own_studio: str, own_flows: Path
) -> None:
    with chromium.visit(own_studio) as visit:
        visit.ring()
        visit.press("2")
        expect(visit.speaking("four digit PIN")).to_be_visible()
        visit.hang_up()
        visit.page.get_by_label("What it shows").fill("asks for the PIN")
        visit.page.get_by_role("button", name="Save and run it").click()
        expect(visit.find("#keep-result")).to_contain_text("Passed. It is in tests/")
        (written,) = (own_flows / "tests").glob("*.yaml")
        text = written.read_text(encoding="utf-8")
        assert "asks for the PIN" in text
        assert "hears: Please key your four digit PIN." in text
        expect(visit.find("#checks-line")).to_contain_text("1 test passed")
