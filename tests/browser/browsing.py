"""A person in front of the page: opens it, rings, presses keys, and hears what comes.

Chromium is the machine's own, found by its name. A visit fails at its end if the page wrote an
error to the console, asked another host for anything, or broke its content security policy.
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
import shutil
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator, Page, Response, WebSocket, expect, sync_playwright

from ivr.audio.mulaw import SILENCE, decode

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "chrome")
ARGUMENTS: Final = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--use-fake-device-for-media-stream", "--autoplay-policy=user-gesture-required"),
)
WIDE: Final = (1280, 800)
NARROW: Final = (390, 844)
PATIENCE_MS: Final = 20_000
"""Only a broken page, or a very busy machine, takes so long for anything."""
LISTEN: Final = Path(__file__).parent / "listen.js"
GONE: Final = re.compile(r"/studio/(?:calls/\w+/)?events$")
"""Streams of events end when the page leaves; the browser calls that a failure."""

Scheme = Literal["light", "dark"]


def samples(mulaw: bytes) -> list[int]:
    """What such audio sounds like, without its silence."""
    return [sample for sample in array("h", decode(mulaw)) if sample]


@dataclass(slots=True)
class Visit:
    """One page, from its opening on, with all that was said on its media sockets."""

    page: Page
    sent: list[dict[str, Any]] = field(default_factory=list)
    """Messages of the page to the line."""
    received: list[dict[str, Any]] = field(default_factory=list)
    """And of the line to the page."""
    complaints: list[str] = field(default_factory=list)

    def find(self, selector: str, text: str | None = None) -> Locator:
        """A part of the page."""
        return self.page.locator(selector, has_text=text)

    def open_flow(self, width: int = WIDE[0]) -> None:
        """On a small screen: show the flow."""
        if width < WIDE[0]:
            self.page.get_by_role("button", name="Flow", exact=True).click()

    def ring(self) -> None:
        """Press the button, and wait until somebody speaks."""
        self.page.get_by_role("button", name=re.compile("^Ring")).click()
        expect(self.speaking()).to_be_visible()

    def press(self, keys: str) -> None:
        """Keys of the phone, by mouse."""
        names = {"*": "star", "#": "pound"}
        for key in keys:
            pad = self.page.get_by_role("group", name="Keys of the phone")
            pad.get_by_role("button", name=names.get(key, key), exact=True).click()

    def hang_up(self) -> None:
        """Hang up, and wait until the page says so."""
        self.page.get_by_role("button", name="Hang up", exact=True).click()
        expect(self.find("#call-state")).to_contain_text("Over")

    def said(self, text: str) -> Locator:
        """An utterance of the transcript."""
        return self.find(".said", text)

    def speaking(self, text: str | None = None) -> Locator:
        """The utterance that is being said."""
        return self.find(".said[data-state=now]", text)

    def heard(self, text: str) -> Locator:
        """An utterance that was played to its end."""
        return self.find(".said[data-state=heard]", text)

    def played(self) -> list[int]:
        """Every sample that went to the speaker, without silence; for a visit that listens."""
        found: list[int] = self.page.evaluate("window.heard")
        return found

    def frames(self) -> list[bytes]:
        """The audio the page has sent."""
        return audio_of(self.sent)

    def walked(self) -> list[str]:
        """The steps the caller's path goes through."""
        cards = self.page.locator(".card.walked").all()
        return sorted(card.get_attribute("data-step") or "" for card in cards)


def audio_of(messages: Iterable[dict[str, Any]]) -> list[bytes]:
    """The audio in messages of a media stream."""
    media = (each["media"] for each in messages if each["event"] == "media")
    return [base64.b64decode(each["payload"]) for each in media]


def is_silence(frame: bytes) -> bool:
    """Whether nothing is in a frame."""
    return not frame.strip(SILENCE)


@dataclass(frozen=True, slots=True)
class Browsing:
    """A browser that is running."""

    browser: Browser

    @contextlib.contextmanager
    def visit(
        self,
        address: str,
        *,
        size: tuple[int, int] = WIDE,
        scheme: Scheme = "light",
        listens: bool = False,
        microphone: bool = False,
        scale: float = 1.0,
        flow: str = "",
    ) -> Iterator[Visit]:
        """Open the page. Who ``listens`` can ask what was played; small screens are touched."""
        context = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,
            has_touch=size[0] < WIDE[0],
            bypass_csp=listens,
            permissions=["microphone"] if microphone else [],
            device_scale_factor=scale,
            reduced_motion="reduce",
            locale="en-US",
        )
        context.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        if listens:
            context.add_init_script(path=LISTEN)
        page = context.new_page()
        visit = Visit(page)
        _watch(visit, urlsplit(address).netloc)
        try:
            page.goto(f"{address}#{flow}")
            expect(page.locator(".card").first).to_be_attached()
            yield visit
            assert not visit.complaints, visit.complaints
        finally:
            context.close()


def _watch(visit: Visit, host: str) -> None:
    page = visit.page

    def answered(response: Response) -> None:
        if urlsplit(response.url).netloc != host and not response.url.startswith("data:"):
            visit.complaints.append(f"asked elsewhere: {response.url}")

    def wrote(kind: str, text: str, where: str) -> None:
        if kind in ("error", "warning") and not GONE.search(where):
            visit.complaints.append(f"{kind}: {text}")

    def opened(socket: WebSocket) -> None:
        socket.on("framesent", lambda text: visit.sent.append(json.loads(text)))
        socket.on("framereceived", lambda text: visit.received.append(json.loads(text)))

    page.on("response", answered)
    page.on("console", lambda line: wrote(line.type, line.text, line.location["url"]))
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    page.on("websocket", opened)


@contextlib.contextmanager
def browsing() -> Iterator[Browsing]:
    """Start the machine's Chromium."""
    chromium = next(filter(None, map(shutil.which, NAMES)), None)
    assert chromium is not None, "no Chromium here; Debian and Ubuntu: apt install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        try:
            yield Browsing(browser)
        finally:
            browser.close()
