"""Sound, both ways, to the last sample."""

from __future__ import annotations

from array import array
from itertools import takewhile

from playwright.sync_api import expect

from ivr.audio import mulaw
from ivr.audio.frames import FRAME_BYTES
from ivr.voices.tone import tones
from tests.browser.browsing import Browsing, Visit, audio_of, is_silence, samples

HELLO = "Hello. For our hours press 1, for your account press 2, for a person press 0."


def test_mu_law_in_the_page_is_that_of_telephones(visit: Visit) -> None:
    decoded, encoded = visit.page.evaluate(
        """async () => {
          const { PCM, encode } = await import("/studio/page/mulaw.js");
          const all = Array.from({ length: 65536 }, (_, i) => encode(i - 32768));
          return [Array.from(PCM), all];
        }"""
    )
    assert decoded == list(array("h", mulaw.decode(bytes(range(256)))))
    assert bytes(encoded) == mulaw.encode(array("h", range(-32768, 32768)).tobytes())


def test_what_is_played_is_what_was_said_to_the_last_sample(
    chromium: Browsing, studio: str
) -> None:
    with chromium.visit(studio, listens=True) as visit:
        visit.ring()
        expect(visit.heard(HELLO)).to_be_visible()
        assert visit.played() == samples(tones(HELLO))
        visit.hang_up()


def test_a_key_silences_what_is_being_said(chromium: Browsing, studio: str) -> None:
    with chromium.visit(studio, listens=True) as visit:
        visit.ring()
        visit.press("2")
        expect(visit.heard("Please key your four digit PIN.")).to_be_visible()
        asked = samples(tones("Please key your four digit PIN."))
        played = visit.played()
        before = played[: len(played) - len(asked)]
        assert played[len(before) :] == asked
        until_clear = takewhile(lambda message: message["event"] != "clear", visit.received)
        sent = samples(b"".join(audio_of(until_clear)))
        assert before == sent[: len(before)]
        assert len(before) < len(sent)
        expect(visit.said("Hello.")).to_contain_text("cut short")
        visit.hang_up()


def test_the_caller_is_silent_until_the_microphone_is_switched_on(
    chromium: Browsing, studio: str
) -> None:
    with chromium.visit(studio, microphone=True) as visit:
        visit.ring()
        expect(visit.heard("Hello.")).to_be_visible()
        frames = visit.frames()
        assert frames
        assert all(is_silence(frame) and len(frame) == FRAME_BYTES for frame in frames)
        microphone = visit.page.get_by_role("button", name="Microphone off")
        microphone.click()
        expect(visit.find("#microphone")).to_have_attribute("aria-pressed", "true")
        visit.press("1")  # something else happens meanwhile: the fake device beeps once a second
        expect(visit.heard("We are")).to_be_visible()
        spoken = [frame for frame in visit.frames() if not is_silence(frame)]
        assert len(spoken) > 5
        assert {len(frame) for frame in spoken} == {FRAME_BYTES}
        visit.hang_up()


def test_without_a_microphone_the_call_goes_on_and_the_page_says_so(visit: Visit) -> None:
    visit.ring()
    visit.page.get_by_role("button", name="Microphone off").click()
    expect(visit.find("#trouble")).to_contain_text("caller stays silent")
    expect(visit.heard("Hello.")).to_be_visible()
    visit.hang_up()
