"""From a prompt as written to the parts of an utterance."""

from __future__ import annotations

import pytest

from ivr.flow import text
from ivr.flow.messages import Clip, Noted, Part, Silence, Speak, Words
from ivr.flow.saying import BETWEEN_ITEMS_MS, own_words
from ivr.flow.state import encode
from tests.flow.ring import Ring

VOICES = """
    voices: {anna: {provider: embedded}, jorge: {provider: embedded}, third: {provider: embedded}}
"""


def parts(say: str, *, language: str = "en-US", more: str = "") -> tuple[Part, ...]:
    """The parts of the first utterance of a call that says this."""
    call = Ring(
        f"""
        languages: {{en-US: {{voice: anna}}, es-US: {{voice: jorge}}}}
        vars: {{name: Ana, count: 2, none: null}}
        steps:
          main:
            say: {say}
            {more}
            goto: hangup
        """,
        language=language,
        settings=VOICES,
    )
    return call.told(Speak)[0].utterance.parts


def test_each_language_has_its_voice_unless_the_step_names_another() -> None:
    say = "{en: Hello., es: Hola.}"
    assert parts(say) == (Words("Hello.", "en-US", "anna", True),)
    assert parts(say, language="es-US") == (Words("Hola.", "es-US", "jorge", True),)
    assert parts(say, more="voice: third") == (Words("Hello.", "en-US", "third", True),)


def test_a_missing_translation_is_spoken_in_the_default_language_by_its_voice() -> None:
    assert parts("{en: Hello.}", language="es-US") == (Words("Hello.", "en-US", "anna", True),)


def test_an_item_may_be_in_another_language_than_the_call() -> None:
    said = parts("[{en: Hello., es: Hola.}, {say: Oprima 9., language: es-US}]")
    assert [getattr(part, "voice", "") for part in said] == ["anna", "", "jorge"]


def test_between_two_texts_is_silence_but_not_beside_a_pause_or_a_file() -> None:
    said = parts(
        "[{say: A.}, {say: B.}, {pause: 2s}, {say: C.}, {play: audio/music.wav}, {say: D.}]"
    )
    assert [type(part) for part in said] == [Words, Silence, Words, Silence, Words, Clip, Words]
    assert said[1] == Silence(BETWEEN_ITEMS_MS)
    assert said[3] == Silence(2_000)


def test_an_item_is_left_out_where_its_condition_does_not_hold_or_its_text_is_empty() -> None:
    assert parts("[{say: A., if: count > 2}, {say: B., if: count == 2}]")[0] == Words(
        "B.", "en-US", "anna", True
    )
    assert len(parts('[{say: A.}, {say: "${none}"}]')) == 1


def test_a_value_that_is_not_there_is_left_out_and_noted() -> None:
    call = Ring("steps: {main: {say: 'Dear ${name}.', goto: hangup}}")
    assert [said.replace(" ", "") for said in call.said] == ["Dear."]
    assert call.notes(Noted.TROUBLE) == ["“name” had no value and was left out"]


def test_a_text_with_values_says_which_pieces_it_has_unless_it_is_whole() -> None:
    [words] = parts('"Dear ${name}. Welcome."')
    assert isinstance(words, Words)
    assert [segment.text for segment in words.segments] == ["Dear", "Ana.", "Welcome."]
    [words] = parts('"Dear ${name}. Welcome."', more="whole: yes")
    assert isinstance(words, Words)
    assert words.segments == ()
    assert not words.fixed


SECRET = """
    language: en-US
    steps:
      main:
        say: Card?
        ask: card
        digits: 4
        sensitive: yes
        goto: in
      in: {run: inner, with: {card: "${card}", n: card, plain: x}, goto: hangup}
"""


@pytest.mark.parametrize("read", ["inputs.card", "inputs['card']", "inputs[inputs.n]"])
def test_a_sensitive_value_is_heard_and_shown_nowhere_however_it_is_read(read: str) -> None:
    inner = f"""
        language: en-US
        inputs: [card, n, plain]
        returns: [ok]
        steps: {{s: {{say: "Card ${{{read} | reveal}}, ${{inputs.plain}}.", menu: {{1: s}}}}}}
    """
    call = Ring(SECRET, inner=inner).presses("7391")
    assert call.said == ["Card ••••, x."]
    [part] = call.told(Speak)[0].utterance.parts
    assert isinstance(part, Words)
    assert part.text == "Card 7391, x."
    assert b"7391" not in encode(call.state)


def test_the_lines_own_texts_hide_what_is_secret() -> None:
    template = text.compile("I have ${entry | digits}.")
    open_ = own_words(template, {"entry": "42"}, "en-US", "anna", secret=False)
    assert (open_.text, open_.public) == ("I have 4 2.", "I have 4 2.")
    hidden = own_words(template, {"entry": "42"}, "en-US", "anna", secret=True)
    assert (hidden.text, hidden.public) == ("I have 4 2.", "I have ••••.")
