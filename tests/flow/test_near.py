"""Remedies for misspelt words."""

from __future__ import annotations

from ivr.flow.near import did_you_mean


def test_near_words_are_named_and_short_lists_told() -> None:
    assert did_you_mean("sayy", {"say", "menu"}) == "did you mean “say”?"
    assert did_you_mean("zzz", {"b", "a"}) == "known here: a, b"
    assert did_you_mean("zzz", ()) == ""


def test_long_lists_and_endless_words_are_not_compared() -> None:
    assert did_you_mean("zzz", [f"step{n}" for n in range(25)]) == ""
    assert did_you_mean("say" * 100, ["say" * 99]).startswith("known here")
