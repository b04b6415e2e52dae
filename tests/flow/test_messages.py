"""Events and commands."""

from __future__ import annotations

from ivr.flow.messages import Clip, Silence, Utterance, Words


def test_what_may_be_written_down_of_an_utterance_hides_what_is_hidden() -> None:
    hidden = Words("Your PIN is 7391.", "en-US", "sarah", fixed=False, shown="Your PIN is ••••.")
    plain = Words("Goodbye.", "en-US", "sarah", fixed=True)
    utterance = Utterance(1, (hidden, Silence(300), Clip("a.wav"), plain), True, "bank", "pin")
    assert utterance.shown == "Your PIN is ••••. Goodbye."
    assert hidden.public == "Your PIN is ••••."
    assert plain.public == "Goodbye."


def test_parts_are_equal_by_what_they_say() -> None:
    assert Words("A.", "en-US", "v", fixed=True) == Words("A.", "en-US", "v", fixed=True)
    assert len({Silence(1), Silence(1), Clip("a"), Clip("a")}) == 2
