"""The pictures of the studio in the README, anew: ``python -m tests.browser.pictures [FOLDER]``.

Rings the clinic of ``flows/`` in a real browser and photographs the page: wide and light, wide and
dark, and on a telephone. The flows are copied first, for one picture shows a mistake in them.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import expect

from tests.browser.browsing import NARROW, Browsing, Scheme, browsing
from tests.browser.server import studio_of

FLOWS: Final = Path(__file__).parents[2] / "flows"
PICTURES: Final = FLOWS / "pictures"
FLOW: Final = "clinic"
MONDAY: Final = "2026-11-23T10:15"
MISTAKE: Final = ("2: patient", "2: pacient")
DESK: Final = (1280, 800)


def main(folder: Path) -> None:
    """Make them all."""
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        flows = Path(place) / "flows"
        shutil.copytree(FLOWS, flows, ignore=shutil.ignore_patterns("pictures", "__pycache__"))
        with studio_of(flows) as address, browsing() as browser:
            schemes: tuple[Scheme, ...] = ("light", "dark")
            for scheme in schemes:
                picture_call(browser, address, scheme, folder / f"studio-{scheme}.png")
            picture_telephone(browser, address, folder / "studio-phone.png")
            picture_mistake(browser, address, flows, folder / "studio-mistake.png")


def picture_call(browser: Browsing, address: str, scheme: Scheme, target: Path) -> None:
    """A caller has pressed 2 and is asked for a number."""
    with browser.visit(address, size=DESK, scheme=scheme, flow=FLOW) as visit:
        visit.page.get_by_label("Date and time").fill(MONDAY)
        visit.ring()
        expect(visit.speaking("For our opening hours")).to_be_visible()
        visit.press("2")
        expect(visit.speaking("eight digit patient number")).to_be_visible()
        expect(visit.said("eight digit patient number")).to_contain_text(re.compile("audible"))
        visit.page.screenshot(path=target)
        visit.hang_up()


def picture_telephone(browser: Browsing, address: str, target: Path) -> None:
    """The same on a small screen, where the caller asked for a person."""
    with browser.visit(address, size=NARROW, flow=FLOW) as visit:
        visit.page.get_by_role("button", name="Phone").tap()
        visit.page.get_by_label("Date and time").fill(MONDAY)
        visit.ring()
        expect(visit.speaking("For our opening hours")).to_be_visible()
        visit.press("0")
        expect(visit.page.get_by_role("group", name="Who picks up?")).to_be_visible()
        visit.page.screenshot(path=target)
        visit.hang_up()


def picture_mistake(browser: Browsing, address: str, flows: Path, target: Path) -> None:
    """A mistake was saved; calls go on with the set before."""
    with browser.visit(address, size=DESK, flow=FLOW) as visit:
        flow = flows / f"{FLOW}.yaml"
        flow.write_text(flow.read_text(encoding="utf-8").replace(*MISTAKE), encoding="utf-8")
        expect(visit.find(".card-finding")).to_be_visible()
        visit.page.screenshot(path=target)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES)
