"""The page to listen: whole in itself, and honest about what it shows."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from ivr.audio.mulaw import SILENCE
from ivr.flow.messages import Words
from ivr.flow.world import VoiceSpec
from ivr.prompts.sheet import BARS, Commands, Entry, page, waveform
from ivr.prompts.shelf import Shelved
from ivr.prompts.takes import TakeKey
from ivr.prompts.wanted import Role, Wanted
from ivr.voices.tone import tones


def entry(
    text: str, voice: str = "sarah", role: Role = Role.OWN, reason: str | None = None
) -> Entry:
    key = TakeKey(voice, "en-US", text)
    words = Words(text, "en-US", voice, fixed=True)
    places = ("main/a", "main/b", "main/c", "main/d", "main/e")
    wanted = Wanted(key, words, VoiceSpec(voice, "tone"), role, places, True)
    take = None if reason is not None else Shelved(key, tones("one two three four"), voice)
    return Entry(wanted, take, reason or "")


class Reader(HTMLParser):
    """What stands in a page: tags with their attributes, and all that is written."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.written: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in {"meta", "input", "path"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        self.written.append(data)

    def rows(self) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.tags if tag == "li"]


def test_every_take_has_its_sound_its_wave_its_text_and_its_figures() -> None:
    one = entry("For sales, press one.")
    read = Reader(page([one], "flows"))
    assert read.open == []
    (row,) = read.rows()
    assert one.take is not None
    assert row["id"] == one.take.id
    assert base64.b64decode(row["data-sound"]) == one.take.audio
    written = " ".join(read.written)
    for shown in (
        "For sales, press one.",
        "1.60 s",
        "−20.0 dBFS",
        "21 char.",
        one.take.id,
        "main/a",
    ):
        assert shown in written
    assert "3 more places" in written
    assert "1 takes, 0:02 min of speech, 0 approved" in written


def test_nothing_is_fetched_from_anywhere() -> None:
    text = page([entry("Hello.")], "flows")
    assert not re.search(r"(?:src|href|url\()\s*=?\s*[\"']?(?:https?:)?//", text)
    assert "http:" not in text
    assert "https:" not in text
    assert "default-src 'none'" in text


def test_no_text_can_become_part_of_the_page() -> None:
    bad = '</script><img src=x onerror="alert(1)">&amp;'
    one = replace(entry(bad), reason="")
    read = Reader(page([one, entry(bad, reason=bad)], bad, Commands(approve=f'"{bad}" TAKES')))
    assert read.open == []
    assert "img" not in [tag for tag, _ in read.tags]
    assert bad in read.written


def test_a_missing_take_is_shown_with_its_reason_and_cannot_be_approved() -> None:
    read = Reader(page([entry("Hello.", reason="it is empty")], "flows"))
    (row,) = read.rows()
    assert "data-sound" not in row
    assert "missing: it is empty" in read.written
    assert not [tag for tag, attributes in read.tags if "data-do" in attributes]


def test_an_approved_take_says_so() -> None:
    one = entry("Hello.")
    assert one.take is not None
    assert "approved" not in Reader(page([one], "flows")).written
    approved = Reader(page([replace(one, take=replace(one.take, approved=True))], "flows"))
    assert "approved" in approved.written
    wishes = [attributes["data-do"] for _, attributes in approved.tags if "data-do" in attributes]
    assert wishes == ["again"]


def test_voices_stand_together_and_those_that_step_in_come_last() -> None:
    entries = [
        entry("a", "embedded", Role.FALLBACK),
        entry("a"),
        entry("a", "adam"),
        entry("b"),
    ]
    written = Reader(page(entries, "flows")).written
    heads = [text.strip() for text in written if text.strip().endswith(", en-US")]
    assert heads == ["adam, en-US", "sarah, en-US", "embedded, en-US"]
    assert any("steps in where the vendor fails" in text for text in written)


def test_the_commands_are_those_of_this_folder() -> None:
    text = page([entry("a")], "flows", Commands("approve TAKES here", "again TAKES there"))
    commands = [at["data-command"] for tag, at in Reader(text).tags if "data-command" in at]
    assert commands == ["approve TAKES here", "again TAKES there"]


@pytest.mark.parametrize("audio", [b"", SILENCE * 8_000, tones("one two"), b"\x00" * 3])
def test_a_waveform_has_as_many_bars_whatever_the_sound(audio: bytes) -> None:
    bars = re.findall(r"M([\d.]+) ([\d.]+)v([\d.]+)", waveform(audio))
    assert len(bars) == BARS
    assert all(float(top) >= 0 and float(top) + float(high) <= 40.1 for _, top, high in bars)
