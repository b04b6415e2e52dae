"""What a build says before, while and after it works."""

from __future__ import annotations

import io

from rich.console import Console, RenderableType

from ivr.cli.bill import SHOWN_MAX, Bar, forecast, outcome
from ivr.flow.messages import Words
from ivr.flow.world import VoiceSpec
from ivr.prompts.build import Failed, Made
from ivr.prompts.shelf import Shelved
from ivr.prompts.takes import TakeKey
from ivr.prompts.wanted import Role, Wanted
from ivr.voices.access import Access
from ivr.voices.tone import tones


def want(text: str, voice: str = "sarah", provider: str = "elevenlabs") -> Wanted:
    words = Words(text, "en-US", voice, fixed=True)
    key = TakeKey(voice, "en-US", text)
    return Wanted(key, words, VoiceSpec(voice, provider), Role.OWN, ("main/a",), True)


def shown(what: RenderableType) -> str:
    file = io.StringIO()
    Console(file=file, width=200).print(what)
    return file.getvalue()


def test_only_what_a_vendor_speaks_is_counted_as_cost() -> None:
    missing = [want("a" * 1_000), want("b" * 200), want("c" * 500, "embedded", "embedded")]
    output = shown(forecast(missing, 10, Access("key")))
    assert "7 of 10 takes are there. 3 takes to make: 1,200 characters" in output
    rows = [row.split() for row in output.splitlines()]
    assert ["sarah", "elevenlabs", "en-US", "2", "1,200"] in rows
    assert ["embedded", "embedded", "en-US", "1", "500", "free"] in rows
    assert "needs ELEVENLABS_API_KEY" in shown(forecast(missing, 10, Access()))
    assert "costs nothing" in shown(forecast(missing[2:], 10, Access()))


def test_every_failure_is_named_with_its_text_place_and_reason() -> None:
    one = want("Hello [there].")
    made = Made(one, Shelved(one.key, tones("one two three"), "sarah"), ("level",))
    output = shown(outcome([made, Failed(want("Goodbye."), "it is empty")]))
    assert "1 take made, 1.2 s of speech; 1 mended." in output
    assert "1 take of sarah could not be made: it is empty" in output
    assert "“Goodbye.”  main/a" in output


def test_many_failures_of_one_kind_are_counted() -> None:
    failed = [Failed(want(f"Text {number}."), "no [key]") for number in range(SHOWN_MAX + 5)]
    output = shown(outcome(failed))
    assert output.count("Text ") == SHOWN_MAX
    assert "no [key]" in output
    assert "and 5 more" in output


def test_a_terminal_sees_a_bar_and_a_pipe_does_not() -> None:
    result = Failed(want("Hello [there]."), "")
    for terminal, sees in ((True, True), (False, False)):
        file = io.StringIO()
        with Bar(3, Console(file=file, force_terminal=terminal, width=120)) as bar:
            bar.moved(result)
        assert ("making takes" in file.getvalue()) is sees
