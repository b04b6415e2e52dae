"""The takes on disk: whole or not there, and never believed without proof."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.errors import SettingsError
from ivr.prompts.shelf import (
    HEADER_BYTES_MAX,
    MAGIC,
    PART_SECONDS_MAX,
    PLACES_MAX,
    Damage,
    Shelf,
    Shelved,
    digest,
)
from ivr.prompts.takes import TakeKey

BOUND_S = 10
KEY = TakeKey("tone 1", "en-US", "Hello.")
TAKE = Shelved(KEY, b"\x12\x34" * 400, "beeps", ("main/start", "main/bye"))


def file_of(shelf: Shelf) -> Path:
    (path,) = shelf.folder.glob("*.take")
    return path


def test_a_take_comes_back_as_it_was_put(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "not" / "there")
    assert shelf.find(KEY) is None
    shelf.put(TAKE)
    assert Shelf(shelf.folder).find(KEY) == TAKE
    assert list(shelf.all()) == [TAKE]


def test_its_name_is_the_same_in_every_process_and_on_every_machine() -> None:
    assert digest(KEY) == "e6d3cd48cdd07851084e338ed0c4945c"
    assert TAKE.id == digest(KEY)[:8]


@pytest.mark.parametrize("field", TakeKey._fields)
def test_everything_that_shapes_the_sound_shapes_the_name(field: str) -> None:
    assert digest(KEY._replace(**{field: "other"})) != digest(KEY)


def test_words_do_not_slip_from_one_field_into_the_next() -> None:
    assert digest(TakeKey("a", "bc", "d")) != digest(TakeKey("ab", "c", "d"))


def test_a_text_of_any_letters_is_kept_to_the_letter(tmp_path: Path) -> None:
    take = replace(TAKE, key=TakeKey("v", "es-US", 'Adiós, "señor".\nلا 🙂\t'))
    Shelf(tmp_path).put(take)
    assert Shelf(tmp_path).find(take.key) == take


def damaged(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    return lambda path: _ignore(path.write_bytes(change(path.read_bytes())))


def _ignore(_: object) -> None:
    pass


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (damaged(lambda data: b""), "does not begin as a take"),
        (damaged(lambda data: data[: len(MAGIC) + 20]), "header cannot be understood"),
        (damaged(lambda data: data[:-1]), "799 bytes of sound instead of 800"),
        (damaged(lambda data: data + b"\xff"), "801 bytes of sound instead of 800"),
        (damaged(lambda data: data[:-1] + b"\x35"), "not what was written"),
        (damaged(lambda data: data.replace(b"Hello", b"Hullo")), "another take than its name"),
        (damaged(lambda data: data.replace(b"ivr-take 1", b"ivr-take 2")), "does not begin"),
        (damaged(lambda data: MAGIC + b"[1]\n"), "header cannot be understood"),
        (damaged(lambda data: MAGIC + b"{" * HEADER_BYTES_MAX + data), "cannot be understood"),
        (damaged(lambda data: MAGIC + b"\xff\xfe\n" + data), "header cannot be understood"),
    ],
)
def test_a_damaged_take_counts_as_missing_and_says_why(
    tmp_path: Path, damage: Callable[[Path], None], reason: str
) -> None:
    shelf = Shelf(tmp_path)
    shelf.put(TAKE)
    damage(file_of(shelf))
    found = shelf.look(KEY)
    assert isinstance(found, Damage)
    assert reason in found.reason
    assert shelf.find(KEY) is None
    assert shelf.read([KEY], 10_000) == ([], [found])
    assert [type(each) for each in shelf.all()] == [Damage]
    shelf.put(TAKE)
    assert shelf.find(KEY) == TAKE


def test_a_take_cut_anywhere_is_never_taken_for_a_whole_one(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.put(TAKE)
    whole = file_of(shelf).read_bytes()
    for end in range(len(whole)):
        file_of(shelf).write_bytes(whole[:end])
        assert isinstance(shelf.look(KEY), Damage), end


def test_a_folder_in_the_place_of_a_take_is_damage_too(tmp_path: Path) -> None:
    (tmp_path / f"{digest(KEY)}.take").mkdir()
    found = Shelf(tmp_path).look(KEY)
    assert isinstance(found, Damage)
    assert "cannot be read" in found.reason


def test_takes_are_read_in_order_as_long_as_they_fit(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    takes = [replace(TAKE, key=KEY._replace(text=text)) for text in "abc"]
    for take in takes:
        shelf.put(take)
    keys = [take.key for take in takes]
    assert shelf.read([KEY, *keys], 1_700) == (takes[:2], [])
    assert shelf.read(reversed(keys), 10**9) == (takes[::-1], [])


def test_an_approval_is_written_into_the_take(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.put(TAKE)
    shelf.approve(TAKE)
    assert shelf.find(KEY) == replace(TAKE, approved=True)
    shelf.approve(TAKE, False)
    assert shelf.find(KEY) == TAKE


def test_what_is_removed_is_gone_and_may_be_removed_again(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.put(TAKE)
    shelf.remove(TAKE)
    shelf.remove(TAKE)
    assert list(shelf.all()) == []


def test_places_are_bounded(tmp_path: Path) -> None:
    many = tuple(f"main/step{number}" for number in range(PLACES_MAX + 10))
    Shelf(tmp_path).put(replace(TAKE, places=many))
    found = Shelf(tmp_path).find(KEY)
    assert found is not None
    assert found.places == many[:PLACES_MAX]


def test_a_half_written_file_is_no_take_and_is_found_when_it_is_old(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.put(TAKE)
    half = tmp_path / ".abc.part"
    half.write_bytes(b"ivr-ta")
    assert list(shelf.all()) == [TAKE]
    assert list(shelf.leftovers()) == []
    old = half.stat().st_mtime - PART_SECONDS_MAX - 1
    os.utime(half, (old, old))
    assert list(shelf.leftovers()) == [half]


def test_nothing_but_the_take_is_left_of_writing_it(tmp_path: Path) -> None:
    Shelf(tmp_path).put(TAKE)
    assert [path.name for path in tmp_path.iterdir()] == [f"{digest(KEY)}.take"]


def test_others_may_read_what_one_has_written(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.put(TAKE)
    assert file_of(shelf).stat().st_mode & 0o777 == 0o644


def test_a_folder_that_cannot_be_written_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(SettingsError, match=r"file/takes cannot be written .*IVR_TAKES"):
        Shelf(tmp_path / "file" / "takes").put(TAKE)
    with (
        pytest.raises(SettingsError, match="cannot be written"),
        Shelf(tmp_path / "file").building(),
    ):
        pass


def test_only_one_builds_at_a_time_and_the_other_is_told_and_waits(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    waits, enters = threading.Event(), threading.Event()

    def second() -> None:
        with Shelf(tmp_path).building(waits.set):
            enters.set()

    other = threading.Thread(target=second)
    with shelf.building(lambda: pytest.fail("nobody else builds")):
        other.start()
        assert waits.wait(BOUND_S)
        assert not enters.is_set()
    other.join(BOUND_S)
    assert enters.is_set()


def test_of_many_that_write_the_same_take_a_reader_sees_one_whole(tmp_path: Path) -> None:
    takes = [replace(TAKE, audio=bytes([number]) * 4_000) for number in range(4)]
    stop = threading.Event()

    def write(take: Shelved) -> None:
        while not stop.is_set():
            Shelf(tmp_path).put(take)

    Shelf(tmp_path).put(takes[0])
    writers = [threading.Thread(target=write, args=(take,)) for take in takes]
    for writer in writers:
        writer.start()
    try:
        seen = [Shelf(tmp_path).look(KEY) for _ in range(200)]
    finally:
        stop.set()
        for writer in writers:
            writer.join(BOUND_S)
    assert all(each in takes for each in seen)
