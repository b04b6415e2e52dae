"""Waiting for files to change."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ivr.cli.watch import LOOK_S, changes, pause
from ivr.server.watching import look


def scripted(*acts: Callable[[], object]) -> Callable[[], None]:
    """A pause in which, each time, the next of these happens; then somebody presses Ctrl-C."""
    left = iter(acts)

    def wait() -> None:
        for act in left:
            act()
            return
        raise KeyboardInterrupt

    return wait


def nothing() -> None:
    """A look at which nothing is new."""


def told(folder: Path, *acts: Callable[[], object]) -> Iterator[list[str]]:
    found = changes([folder], pause=scripted(*acts))
    try:
        for files in found:
            yield [str(file.relative_to(folder)) for file in files]
    except KeyboardInterrupt:
        return


def test_a_file_that_is_new_changed_or_gone_is_told(tmp_path: Path) -> None:
    file = tmp_path / "main.yaml"
    acts = [
        lambda: file.write_text("a"),
        nothing,
        nothing,
        lambda: file.write_text("ab"),
        nothing,
        file.unlink,
        nothing,
    ]
    assert list(told(tmp_path, *acts)) == [["main.yaml"]] * 3


def test_a_file_saved_in_two_goes_is_told_once(tmp_path: Path) -> None:
    file = tmp_path / "tests.yaml"
    acts = [lambda: file.write_text("a"), lambda: file.write_text("abc"), nothing]
    assert list(told(tmp_path, *acts)) == [["tests.yaml"]]


def test_a_change_of_the_same_length_is_seen_by_its_time(tmp_path: Path) -> None:
    file = tmp_path / "main.yaml"
    file.write_text("a")
    before = look([tmp_path])
    os.utime(file, ns=(1, 1))
    assert look([tmp_path]) != before


def test_hidden_files_are_left_out(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/index").write_text("a")
    (tmp_path / ".main.yaml.swp").write_text("a")
    (tmp_path / "main.yaml").write_text("a")
    assert [path.name for path in look([tmp_path])] == ["main.yaml"]


def test_a_pause_is_short() -> None:
    assert 0 < LOOK_S <= 1
    pause()


def test_it_goes_on_until_it_is_interrupted(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        next(changes([tmp_path], pause=scripted(nothing, nothing)))
