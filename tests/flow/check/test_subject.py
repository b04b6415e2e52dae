"""What the rules look at."""

from __future__ import annotations

from ivr.flow import text
from ivr.flow.check.subject import Role, Subject, blanked
from tests.flow.check.told import subject_of

FLOW = """\
languages: {en-US: {}, es-US: {}}
steps:
  main:
    - say: {en: Welcome to us., es: Hola.}
    - say:
        - {en: Press 1., es: Oprima 1., if: call.language == 'es-US'}
        - pause: 1s
      menu: {1: main}
      no_match: {en: Once more., es: Otra vez.}
      repeat: {en: So., es: Bien.}
"""


def subject(flow: str = FLOW) -> Subject:
    return subject_of(flow)


def test_every_prompt_is_known_with_when_it_is_said() -> None:
    roles = [each.role for each in subject().spoken]
    assert roles == [Role.PROMPT, Role.PROMPT, Role.REPROMPT, Role.REPEAT]


def test_a_question_begins_with_what_was_said_before_it_in_its_step() -> None:
    looked = subject()
    ((step, action, _),) = looked.menus
    assert len(looked.question(step, action)) == 2


def test_a_prompt_takes_as_long_as_a_caller_of_a_language_hears_it() -> None:
    looked = subject()
    ((_, action, _),) = looked.menus
    assert action.prompt is not None
    assert looked.seconds(action.prompt, "en-US") == 1.0
    assert looked.seconds(action.prompt, "es-US") == 1.0 + 2 / 2.6


def test_placeholders_are_blanked_out_without_moving_the_words() -> None:
    source = "Hi ${a | digits}, press 1."
    words = blanked(text.compile(source))
    assert len(words) == len(source)
    assert words.index("press") == source.index("press")
    assert "digits" not in words


def test_what_several_rules_ask_for_is_made_once() -> None:
    looked, made = subject(), []
    for _ in range(2):
        looked.once("key", lambda: made.append(1))
    assert made == [1]
