"""Options of a voice: what is wrong with them is one sentence with its remedy."""

from __future__ import annotations

import pytest

from ivr.errors import SettingsError
from ivr.flow.world import VoiceSpec
from ivr.voices import options


def spec(**given: str) -> VoiceSpec:
    return VoiceSpec("sarah", "embedded", given)


def test_known_options_pass() -> None:
    options.refuse_unknown(spec(speed="1"), ("speaker", "speed"))


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        (("speaker", "speed"), "'speeed'; did you mean 'speed'? there are: speaker, speed"),
        (("volume", "pitch"), "'speeed'; there are: pitch, volume"),
        (("speed",), "'speeed'; did you mean 'speed'? there is only 'speed'"),
        ((), "'speeed'; there are none"),
    ],
)
def test_an_unknown_option_is_refused_with_those_that_exist(
    known: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        options.refuse_unknown(spec(speeed="1"), known)
    assert str(caught.value) == (
        f"settings.yaml: voice 'sarah': embedded has no option {sentence}."
    )


def number(**given: str) -> float:
    return options.number(spec(**given), "speed", default=1.0, low=0.5, high=2)


def test_a_number_is_read_or_its_default_taken() -> None:
    assert number(speed="0.5") == 0.5
    assert number(speed="2") == 2
    assert number() == 1


@pytest.mark.parametrize("text", ["fast", "", "0.4", "2.1", "nan", "inf", "1,5"])
def test_what_is_no_number_in_range_is_refused(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        number(speed=text)
    assert str(caught.value) == (
        f"settings.yaml: voice 'sarah': speed is {text!r}; it takes a number from 0.5 to 2."
    )


def test_whole_numbers_and_switches_are_read_as_written() -> None:
    assert options.whole(spec(), "seed", "7", low=0, high=9) == 7
    assert options.switch(spec(), "ssml", "Yes")
    assert not options.switch(spec(), "ssml", "false")
    assert options.word(spec(speed=" fast "), "speed") == "fast"
    assert options.word(spec(), "speed") is None


@pytest.mark.parametrize("text", ["-1", "10", "1.0", "", "²", "9" * 5_000])
def test_what_is_no_whole_number_in_range_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="a whole number from 0 to 9"):
        options.whole(spec(), "seed", text, low=0, high=9)


def test_a_list_or_a_map_is_refused_where_a_plain_value_belongs() -> None:
    given = VoiceSpec("sarah", "embedded", {"speed": ["1"], "speaker": {"a": "b"}})
    for name in given.options:
        with pytest.raises(SettingsError, match=f"{name} takes one plain value"):
            options.word(given, name)
    with pytest.raises(SettingsError, match="yes or no"):
        options.switch(given, "ssml", "perhaps")
