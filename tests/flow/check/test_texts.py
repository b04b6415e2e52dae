"""How texts sound."""

from __future__ import annotations

import pytest

from tests.flow.check.told import told

FLOW = "steps:\n  main:\n    say: 'SAY'\n    goto: hangup\n"


@pytest.mark.parametrize(
    ("code", "say", "column"),
    [
        ("P002", "That was wrong.", 20),
        ("P002", "Código incorrecto.", 18),
        ("P003", "You owe $12.50 now.", 19),
        ("P003", "Since 2026-12-24.", 17),
        ("P003", "At 9:30 we open.", 14),
        ("P003", "Call 3125550123.", 16),
        ("P003", "See https://a.example now.", 15),
        ("P004", "Ask the mgr w/ the key.", 23),
        ("P004", "Then press # now.", 22),
        ("P004", "Well done 🎉 then.", 21),
        ("P004", "This is IMPORTANT now.", 19),
        ("P004", "Our approx. time.", 15),
        ("P005", "Please listen carefully to us.", 18),
        ("P005", "Our menu has changed.", 15),
    ],
)
def test_an_offence_is_told_at_its_words(code: str, say: str, column: int) -> None:
    assert told(FLOW.replace("SAY", say), code) == [(3, column)]


@pytest.mark.parametrize(
    "say",
    [
        "You find us at 12 River Street, in Springfield.",
        "Hang up and dial 9 1 1.",
        "Please enter your PIN for the USA.",
        "The error-free way of life.".replace("error-free", "carefree"),
        "Write a letter of importance to us.",
        "Since twenty twenty six, at 5 o clock.",
        "${call.from | phone} is no URL like a.com, says ${call.id}.".replace(" like a.com", ""),
    ],
)
def test_ordinary_texts_are_left_alone(say: str) -> None:
    for code in ("P002", "P003", "P004", "P005"):
        assert told(FLOW.replace("SAY", say), code) == []


def test_what_stands_in_a_placeholder_is_not_said() -> None:
    say = '${choose(call.minutes > 12345, "wrong", "dept.")}'
    for code in ("P002", "P003", "P004"):
        assert told(FLOW.replace("SAY", say), code) == []


def test_p001_counts_words_and_pauses_of_one_language() -> None:
    words = "word " * 50
    assert told(FLOW.replace("SAY", words), "P001") == []
    assert told(FLOW.replace("SAY", words + "word " * 3), "P001") == [(3, 10)]
    pause = "steps:\n  main:\n    say:\n      - WORDS\n      - pause: 2s\n    goto: hangup\n"
    assert told(pause.replace("WORDS", words), "P001") == [(4, 7)]


def test_p001_an_item_for_another_language_is_not_counted_where_its_condition_says_so() -> None:
    half = "word " * 30
    flow = (
        "languages: {en-US: {}, es-US: {}}\nsteps:\n  main:\n    say:\n"
        f"      - {{en: {half}, es: {half}}}\n"
        f"      - {{en: {half}, es: {half}, if: call.language == 'IS'}}\n    goto: hangup\n"
    )
    assert told(flow.replace("IS", "fr-FR"), "P001") == []
    assert told(flow.replace("IS", "es-US"), "P001") == [(5, 7)]


def test_p006_a_short_notice_may_be_unstoppable_and_a_menu_may_not() -> None:
    notice = "steps:\n  main:\n    say: SAY\n    interrupt: no\n    goto: hangup\n"
    assert told(notice.replace("SAY", "word " * 20), "P006") == []
    assert told(notice.replace("SAY", "word " * 22), "P006") == [(4, 5)]
    assert told(notice.replace("goto: hangup", "menu: {1: main}"), "P006") == [(4, 5)]


def test_a_named_text_is_wrong_only_once_however_often_it_is_said() -> None:
    flow = (
        "texts: {bye: That was wrong.}\nsteps:\n"
        "  a: {say: '${texts.bye}', goto: b}\n  b: {say: '${texts.bye}', goto: hangup}\n"
    )
    assert told(flow, "P002") == [(1, 23)]


TYPED = """\
vars: {count: 3, name: Ana}
steps:
  main:
    say: Now?
    ask: code
    as: AS
    goto: told
  told: {say: 'SAY', goto: hangup}
"""


@pytest.mark.parametrize(
    ("kind", "say", "told_of"),
    [
        ("digits", "It is ${code}.", True),
        ("digits", "It is ${code | digits}.", False),
        ("digits", "It is ${code | last 4}.", False),
        ("digits", "It is ${code | reveal}.", True),
        ("phone", "It is ${code}.", True),
        ("number", "It is ${code}.", True),
        ("number", "It is ${code + 1}.", True),
        ("number", "It is ${code | number}.", False),
        ("money", "It is ${code | money}.", False),
        ("date", "It is ${code}.", False),
        ("time", "It is ${code}.", False),
        ("yes_no", "It is ${code}.", False),
        ("digits", "It is ${count}.", True),
        ("digits", "It is ${name}.", False),
    ],
)
def test_p003_a_number_is_not_said_without_a_formatter(kind: str, say: str, told_of: bool) -> None:
    found = told(TYPED.replace("AS", kind).replace("SAY", say), "P003")
    assert found == ([(8, 22)] if told_of else [])


@pytest.mark.parametrize(
    "said",
    [
        "That is wrong",
        "Wrong. Again",
        "(wrong)",
        "is “wrong”, sorry",
        "wrong.”",
        "¡¿Wrong?!",
        "it:wrong",
        "wrong…)",
        "so,wrong,so",
        "WRONG",
    ],
)
def test_p002_a_word_is_found_whatever_stands_around_it(said: str) -> None:
    flow = f"steps: {{main: {{say: '{said}', goto: hangup}}}}"
    assert len(told(flow, "P002")) == 1


def test_texts_nobody_hears_are_not_judged_by_how_they_sound() -> None:
    flow = """\
    steps:
      main:
        say: Hello.
        sms: +13125550123
        text: "Wrong dept. #5? See www.example.com on 2026-12-24."
        goto: hangup
    """
    assert [code for code in ("P001", "P002", "P003", "P004", "P005") if told(flow, code)] == []


def test_what_the_other_side_of_a_transfer_hears_is_judged_like_any_text() -> None:
    flow = """\
    steps:
      main:
        say: Please hold.
        transfer: +13125550123
        whisper: WHISPER
        otherwise: main
    """
    assert told(flow.replace("WHISPER", "A wrong one."), "P002") == [(5, 16)]
    assert told(flow.replace("WHISPER", "Go on. " * 40), "P001") == [(5, 14)]
    assert told(flow.replace("WHISPER", "For sales, press 7."), "M002") == []


def test_p001_a_text_message_that_is_cut_is_told() -> None:
    flow = "steps: {main: {sms: +13125550123, text: 'TEXT', goto: hangup}}"
    assert told(flow.replace("TEXT", "word " * 319), "P001") == []
    assert told(flow.replace("TEXT", "word " * 321), "P001") == [(1, 41)]
