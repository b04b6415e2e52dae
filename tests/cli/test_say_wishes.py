"""What cannot be had is refused before anything is asked; what can be is left alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ivr.cli.say_wishes import (
    TEXT_CHARS_MAX,
    Plan,
    given,
    need_vendor,
    plays_with,
    refuse_buffering,
    refuse_file,
    refuse_silent_format,
    refuse_words_around,
    text_of,
)
from ivr.errors import SettingsError
from ivr.flow.world import VoiceSpec
from ivr.voices.access import Access

HTTP = VoiceSpec("sarah", "elevenlabs", {"voice_id": "x", "socket": "http"})
MULTI = VoiceSpec("sarah", "elevenlabs", {"voice_id": "x"})
EMBEDDED = VoiceSpec("embedded", "embedded")
PLAN = Plan(HTTP, Access(), True, "Hello.", "en-US", None, False)


def test_words_become_one_text_and_a_hyphen_is_standard_input() -> None:
    assert text_of(("press", "one ")) == "press one"
    assert text_of(("-",)) is None
    for wrong in (("",), (" ", " "), ("-", "one"), ("x" * (TEXT_CHARS_MAX + 1),)):
        with pytest.raises(SettingsError):
            text_of(wrong)


def test_switches_are_options_as_they_are_written() -> None:
    made = given(a=None, b=True, c=False, d=["1"], e=3)
    assert made == {"b": "yes", "c": "no", "d": ["1"], "e": "3"}


def test_what_buffers_needs_a_socket() -> None:
    refuse_buffering(MULTI, "--chunk-schedule", raw=False)
    refuse_buffering(HTTP, None, raw=False)
    for spec, raw in ((HTTP, False), (MULTI, True)):
        with pytest.raises(
            SettingsError, match=r"^--chunk-schedule is for sockets.*--socket multi"
        ):
            refuse_buffering(spec, "--chunk-schedule", raw=raw)


def test_words_around_a_text_need_http_and_a_model_that_takes_them() -> None:
    refuse_words_around(PLAN, alone="--raw")
    refuse_words_around(replace(PLAN, before="a", after="b"), alone=None)
    v3 = replace(HTTP, options={**HTTP.options, "model": "eleven_v3"})
    for plan, alone, sentence in (
        (replace(PLAN, after="b"), "--raw", "not with --raw"),
        (replace(PLAN, after="b", text=None), None, "not with standard input"),
        (replace(PLAN, before="a", spec=MULTI), None, "--previous-text .* add --socket http"),
        (replace(PLAN, after="b", spec=EMBEDDED), None, "--next-text is for voices of ElevenLabs"),
        (replace(PLAN, after="b", spec=v3), None, "eleven_v3 takes no --next-text"),
    ):
        with pytest.raises(SettingsError, match=sentence):
            refuse_words_around(plan, alone=alone)


def test_a_switch_of_the_vendor_needs_its_voice() -> None:
    need_vendor("--raw", HTTP)
    with pytest.raises(SettingsError, match="--voice-id"):
        need_vendor("--raw", EMBEDDED)


def test_a_format_no_call_takes_is_saved_and_not_heard() -> None:
    refuse_silent_format(MULTI)
    with pytest.raises(SettingsError, match="--raw -o FILE"):
        refuse_silent_format(replace(MULTI, options={"format": "mp3_44100_128"}))


def test_a_file_is_what_its_name_says(tmp_path: Path) -> None:
    for name, raw, form in (
        ("a.wav", False, None),
        ("a", False, None),
        ("a.mp3", True, "mp3_44100_128"),
        ("a.pcm", True, "pcm_44100"),
        ("a.wav", True, "wav_44100"),
    ):
        refuse_file(tmp_path / name, raw=raw, form=form)
    refuse_file(None, raw=False, form=None)
    for name, raw, sentence in (
        ("a.mp3", False, "--raw --format mp3_44100_128"),
        ("a.OGG", False, "--raw --format opus_48000_64"),
        ("a.wav", True, "leave --raw out"),
        ("no/a.wav", False, "there is no folder"),
    ):
        with pytest.raises(SettingsError, match=sentence):
            refuse_file(tmp_path / name, raw=raw, form=None)


@pytest.mark.parametrize(
    ("form", "command"),
    [
        ("ulaw_8000", "play -t raw -e mu-law -b 8 -r 8000 -c 1 'a b'"),
        ("alaw_8000", "play -t raw -e a-law -b 8 -r 8000 -c 1 'a b'"),
        ("pcm_44100", "play -t raw -e signed -b 16 -r 44100 -c 1 'a b'"),
        ("mp3_44100_128", None),
        ("opus_48000_64", None),
        ("wav_44100", None),
    ],
)
def test_a_file_without_a_header_is_told_with_what_plays_it(form: str, command: str | None) -> None:
    assert plays_with(form, Path("a b")) == command
