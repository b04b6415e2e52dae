"""The lock file: made to be reviewed, and kept between machines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ivr.errors import SettingsError
from ivr.flow.messages import Words
from ivr.flow.world import VoiceSpec
from ivr.prompts.lock import (
    HASH_CHARS,
    Line,
    line_of,
    read_lock,
    settle,
    shortened,
    unmet,
    write_lock,
)
from ivr.prompts.shelf import Shelf, Shelved
from ivr.prompts.takes import TakeKey
from ivr.prompts.wanted import Role, Wanted
from ivr.voices.tone import tones


def want(text: str, voice: str = "sarah", language: str = "en-US", role: Role = Role.OWN) -> Wanted:
    key = TakeKey(f"the voice {voice}", language, text)
    words = Words(text, language, voice, fixed=True)
    return Wanted(key, words, VoiceSpec(voice, "tone"), role, (), True)


def take(wanted: Wanted, sound: str = "") -> Shelved:
    return Shelved(wanted.key, tones(sound or wanted.key.text + " and more"), wanted.spec.name)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "takes")


def settled(takes: list[Wanted], shelf: Shelf, before: list[Line] | None = None) -> list[Line]:
    lines, disputed = settle(takes, shelf, {line.take: line for line in before or []})
    assert not disputed
    return list(lines)


def test_a_line_says_what_a_reviewer_wants_to_know() -> None:
    wanted = want("For sales, press one.")
    line = line_of(take(wanted), "sarah")
    assert str(line) == (
        f"sarah       en-US  {line.take}  {line.audio}     2.32   -20.0     21  -         "
        '"For sales, press one."'
    )
    assert len(line.audio) == HASH_CHARS


def test_lines_stand_by_voice_language_and_text(shelf: Shelf, tmp_path: Path) -> None:
    takes = [want("b"), want("a"), want("a", language="de-DE"), want("z", "adam")]
    for each in takes:
        shelf.put(take(each))
    lines = settled(takes, shelf)
    assert [(line.voice, line.language, line.text) for line in lines] == [
        ("adam", "en-US", "z"),
        ("sarah", "de-DE", "a"),
        ("sarah", "en-US", "a"),
        ("sarah", "en-US", "b"),
    ]
    assert settled(takes[::-1], shelf) == lines


def test_what_is_written_is_read_and_not_written_again(shelf: Shelf, tmp_path: Path) -> None:
    texts = ['Say "hello".\n', "Adiós 🙂", "two  spaces", "# no comment", "tab\t\\"]
    takes = [want(text) for text in texts]
    for each in takes:
        shelf.put(replace(take(each), approved=each.key.text == texts[0]))
    lines = settled(takes, shelf)
    assert write_lock(tmp_path, lines)
    assert list(read_lock(tmp_path).values()) == lines
    before = (tmp_path / "takes.lock").stat().st_mtime_ns
    assert not write_lock(tmp_path, lines)
    assert (tmp_path / "takes.lock").stat().st_mtime_ns == before
    assert (
        sum(" approved " in row for row in (tmp_path / "takes.lock").read_text().split("\n")) == 2
    )


def test_another_sound_is_another_line_though_nothing_else_changed(shelf: Shelf) -> None:
    wanted = want("Hello.")
    shelf.put(take(wanted, "one two three"))
    (before,) = settled([wanted], shelf)
    shelf.put(take(wanted, "one two four"))
    (after,) = settled([wanted], shelf, [before])
    assert after == replace(before, audio=after.audio)
    assert after.audio != before.audio


def test_a_take_of_another_machine_keeps_its_line_until_nothing_says_it(shelf: Shelf) -> None:
    wanted = want("Hello.")
    line = line_of(take(wanted), "sarah")
    assert settled([wanted], shelf, [line]) == [line]
    assert settled([], shelf, [line]) == []


def test_a_stand_in_of_a_machine_without_a_key_is_in_no_lock(shelf: Shelf) -> None:
    wanted = want("Hello.", role=Role.STAND_IN)
    shelf.put(take(wanted))
    assert settled([wanted], shelf) == []


def test_an_approval_comes_along_with_the_lock_where_the_sound_is_the_same(shelf: Shelf) -> None:
    wanted = want("Hello.")
    shelf.put(take(wanted))
    approved = line_of(replace(take(wanted), approved=True), "sarah")
    assert settled([wanted], shelf, [approved]) == [approved]
    here = shelf.find(wanted.key)
    assert here is not None
    assert here.approved


def test_another_sound_does_not_take_over_an_approval(shelf: Shelf) -> None:
    wanted = want("Hello.")
    shelf.put(take(wanted, "another sound altogether"))
    approved = line_of(replace(take(wanted), approved=True), "sarah")
    lines, (disputed,) = settle([wanted], shelf, {approved.take: approved})
    assert lines == [approved]
    assert (disputed.line, disputed.here) == (approved, shelf.find(wanted.key))
    (line,), nothing = settle([wanted], shelf, {approved.take: approved}, frozenset({wanted.key}))
    assert (line.approved, nothing) == (False, [])


def test_a_merge_that_is_half_done_is_told_with_its_line(tmp_path: Path) -> None:
    assert read_lock(tmp_path) == {}
    (tmp_path / "takes.lock").write_text("# head\n<<<<<<< ours\n")
    with pytest.raises(SettingsError, match=r"takes\.lock:2 is no line of a lock file"):
        read_lock(tmp_path)
    (tmp_path / "takes.lock").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="cannot be read"):
        read_lock(tmp_path)


def test_a_lock_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be written"):
        write_lock(tmp_path / "no folder", [])


def test_what_is_missing_or_another_take_than_the_lock_says_is_told(shelf: Shelf) -> None:
    good, gone, other = want("Good."), want("Gone."), want("Other.")
    for each in (good, other):
        shelf.put(take(each))
    lines = {line.take: line for line in settled([good, other], shelf)}
    shelf.put(take(other, "another sound altogether"))
    missing, changed = unmet([good, gone, other], shelf, lines)
    assert missing == "sarah has no take of “Gone.” (en-US)"
    assert "“Other.”, is not the one in takes.lock" in changed
    assert unmet([good], shelf, {}) == []


def test_a_long_text_is_shortened_where_it_is_only_named() -> None:
    assert shortened("a  b\nc") == "“a b c”"
    assert shortened("x" * 60) == "“" + "x" * 39 + "…”"
