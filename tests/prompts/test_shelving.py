"""What a vendor says during calls comes to disk, if it is a prompt and nothing else."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.audio.mulaw import SILENCE
from ivr.fakes.elevenlabs import audio_of
from ivr.flow.messages import Words
from ivr.flow.world import VoiceSpec
from ivr.prompts.shelf import Shelf, Shelved
from ivr.prompts.shelving import BACKLOG_MAX, Shelving
from ivr.prompts.takes import TakeKey
from ivr.prompts.wanted import Role, Wanted

TEXT = "For sales, press one."
KEY = TakeKey("the voice sarah", "en-US", TEXT)
WANTED = Wanted(
    KEY,
    Words(TEXT, "en-US", "sarah", fixed=True),
    VoiceSpec("sarah", "elevenlabs"),
    Role.OWN,
    ("main/menu",),
    True,
)
AUDIO = audio_of(TEXT)


def shelved(folder: Path, *takes: tuple[TakeKey, bytes], wanted: Wanted = WANTED) -> list[Shelved]:
    shelving = Shelving(Shelf(folder), [wanted])
    for key, audio in takes:
        shelving.keep(key, audio)
    shelving.close()
    return [each for each in Shelf(folder).all() if isinstance(each, Shelved)]


def test_a_prompt_of_the_flows_is_shelved_with_its_place(tmp_path: Path) -> None:
    assert shelved(tmp_path, (KEY, AUDIO)) == [Shelved(KEY, AUDIO, "sarah", ("main/menu",))]


def test_what_no_flow_lists_never_comes_to_disk(tmp_path: Path) -> None:
    personal = KEY._replace(text="Hello Ann, your balance is 12 dollars.")
    assert shelved(tmp_path, (personal, audio_of(personal.text))) == []
    assert list(tmp_path.iterdir()) == []


def test_what_costs_nothing_is_not_shelved(tmp_path: Path) -> None:
    local = replace(WANTED, spec=VoiceSpec("embedded", "embedded"))
    assert shelved(tmp_path, (KEY, AUDIO), wanted=local) == []


def test_it_passes_the_same_gate_as_in_a_build(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    late = SILENCE * 4_000 + AUDIO
    (take,) = shelved(tmp_path / "late", (KEY, late))
    assert take.audio.endswith(AUDIO)
    assert len(take.audio) < len(late)
    with caplog.at_level(logging.WARNING):
        assert shelved(tmp_path / "short", (KEY, AUDIO[:4_000])) == []
    assert "cut short" in caplog.text
    assert TEXT not in caplog.text


def test_a_take_that_is_there_stays(tmp_path: Path) -> None:
    approved = Shelved(KEY, AUDIO[::-1], "sarah", approved=True)
    Shelf(tmp_path).put(approved)
    assert shelved(tmp_path, (KEY, AUDIO)) == [approved]


def test_a_folder_that_is_read_only_is_told_of_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    with caplog.at_level(logging.WARNING):
        assert shelved(tmp_path / "file" / "takes", (KEY, AUDIO), (KEY, AUDIO)) == []
    assert caplog.text.count("nothing more is shelved") == 1


def test_what_waits_for_the_disk_is_bounded(tmp_path: Path) -> None:
    slow = threading.Event()

    class SlowShelf(Shelf):
        puts = 0

        def find(self, key: TakeKey) -> Shelved | None:
            slow.wait(10)
            SlowShelf.puts += 1
            return None

        def put(self, take: Shelved) -> None:
            """Nowhere."""

    shelving = Shelving(SlowShelf(tmp_path), [WANTED])
    for _ in range(BACKLOG_MAX + 50):
        shelving.keep(KEY, AUDIO)
    slow.set()
    shelving.close()
    assert SlowShelf.puts == BACKLOG_MAX
