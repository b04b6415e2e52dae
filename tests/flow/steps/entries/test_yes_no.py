"""``yes_no``: one key, true or false."""

from __future__ import annotations

from ivr.flow.steps.entries import Misfit
from tests.flow.steps.entries.keyed import entry_of, ground, pace


def test_one_is_yes_two_is_no_and_nothing_else_is() -> None:
    entry = entry_of("yes_no")
    assert entry.value("1", ground()) is True
    assert entry.value("2", ground()) is False
    assert isinstance(entry.value("3", ground()), Misfit)


def test_the_first_key_decides() -> None:
    entry = entry_of("yes_no")
    assert pace(entry, "1") == "!"
    assert not entry.takes_star("")
    assert list(entry.misfits("en-US")) == []
    assert (entry.read_back("en-US"), entry.wanted, entry.may_say(8)) == ("", "", True)
