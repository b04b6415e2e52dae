"""``ask … as``: the types on the line, with silence, halves of the day, and confirmations."""

from __future__ import annotations

from datetime import date, time

import pytest

from ivr.flow.messages import Noted, SegmentKind, Speak, Words
from ivr.flow.sayable import sayable
from ivr.flow.state import WaitFor, decode, encode
from ivr.flow.values import Value
from tests.flow.ring import Ring, loaded, problems_of
from tests.flow.steps.test_ask import asking


def ring(options: str, language: str = "en-US") -> Ring:
    return Ring(f"    language: {language}\n" + asking(options))


@pytest.mark.parametrize(
    ("options", "keys", "value"),
    [
        ("as: digits; digits: 4", "0042", "0042"),
        ("as: pin; digits: 4", "1234", "1234"),
        ("as: card", "378282246310005", "378282246310005"),
        ("as: phone", "3125550123", "+13125550123"),
        ("as: date", "12012026", date(2026, 12, 1)),
        ("as: time", "09302", time(21, 30)),
        ("as: time", "9301", time(9, 30)),
        ("as: time", "12301", time(0, 30)),
        ("as: time", "12002", time(12, 0)),
        ("as: money", "12*50", 12.5),
        ("as: number; max: 31", "4", 4),
        ("as: yes_no", "1", True),
        ("as: yes_no", "2", False),
    ],
)
def test_a_whole_entry_goes_on_at_once_with_its_value(
    options: str, keys: str, value: Value
) -> None:
    call = ring(options).presses(keys)
    assert call.step == "done"
    assert call.state.variables["code"] == value
    assert type(call.state.variables["code"]) is type(value)


@pytest.mark.parametrize(
    ("options", "keys"),
    [("as: date", "12012026#"), ("as: phone", "3125550123#"), ("as: money", "1*00#")],
)
def test_the_pound_behind_a_whole_entry_is_swallowed(options: str, keys: str) -> None:
    call = ring(options).presses(keys)
    assert call.notes(Noted.KEY_DROPPED) == ["# after a whole entry"]


def test_what_is_acceptable_ends_after_a_second_and_a_half_and_what_is_not_after_three() -> None:
    call = ring("as: date").presses("12012")
    assert call.state.deadline == call.now + 3_000
    call.presses("0")
    assert call.state.deadline == call.now + 1_500
    assert call.waits().state.variables["code"] == date(2020, 12, 1)


@pytest.mark.parametrize(
    ("options", "keys", "language", "said"),
    [
        ("digits: 4-6", "12#", "en-US", "Sorry, I need 4 to 6 digits."),
        ("as: pin; digits: 4", "12#", "es-US", "Perdón, necesito el PIN completo."),
        ("digits: 4", "12#", "es-US", "Perdón, necesito 4 dígitos."),
        ("as: card", "4111#", "en-US", "Sorry, I need the whole number of the card."),
        ("as: phone", "911#", "es-US", "Perdón, necesito un número de teléfono completo."),
        (
            "as: date",
            "02302026",
            "en-US",
            "Sorry, I need two digits for the month, two for the day, and four for the year.",
        ),
        (
            "as: date",
            "30022026",
            "es-US",
            "Perdón, necesito dos dígitos para el día, dos para el mes y cuatro para el año.",
        ),
        (
            "as: date; min: today",
            "11222026",
            "en-US",
            "Sorry, the first possible date is Monday, November 23rd.",
        ),
        (
            "as: date; max: today + 8 days",
            "02122026",
            "es-ES",
            "Perdón, la última fecha posible es el martes uno de diciembre.",
        ),
        (
            "as: time",
            "1300",
            "en-US",
            "Sorry, I need the hour from 1 to 12, and then two digits for the minutes.",
        ),
        (
            "as: time",
            "2400",
            "es-ES",
            "Perdón, necesito dos dígitos para la hora y dos para los minutos.",
        ),
        ("as: money; max: 500", "501#", "en-US", "Sorry, the largest amount is 500 dollars."),
        ("as: money; min: 1", "0*50", "es-ES", "Perdón, la cantidad más baja es un euro."),
        ("as: number; max: 5", "9", "en-US", "Sorry, the largest number is 5."),
        ("as: number; min: 5", "4#", "es-US", "Perdón, el número más bajo es 5."),
        ("as: number; check: code != 7", "7#", "en-US", "Sorry, that number does not fit."),
        ("as: yes_no", "7", "en-US", "Sorry, 7 is not one of the choices."),
    ],
)
def test_what_does_not_fit_is_told_with_what_can_be_done(
    options: str, keys: str, language: str, said: str
) -> None:
    call = ring(options, language).presses(keys)
    assert call.said == [said, "Your number?"]
    assert call.step == "main"
    assert call.state.wait is not None
    assert call.state.wait.tries == 1


def test_an_author_can_say_it_instead() -> None:
    call = ring("as: date; no_match: Month, day, year please.").presses("02302026")
    assert call.said == ["Month, day, year please.", "Your number?"]


def test_the_check_sees_the_value_not_the_keys() -> None:
    options = "as: date; check: days_between(today(), code) < 3"
    assert ring(options).presses("11242026").step == "done"
    assert ring(options).presses("11282026").step == "main"


# --------------------------------------------------------------------------- star


def test_star_is_the_decimal_point_of_money_and_twice_it_starts_again() -> None:
    call = ring("as: money").presses("12**")
    assert call.said == ["Cleared."]
    assert call.presses("3*5#").state.variables["code"] == 3.5


def test_star_before_the_first_key_is_the_anytime_key_even_of_money() -> None:
    call = ring("as: money").hears_all().presses("*")
    assert call.said == ["Your number?"]


def test_without_such_an_anytime_key_an_amount_may_begin_with_its_point() -> None:
    flow = asking("as: money").replace(", star: repeat", "")
    assert Ring(flow).presses("*50").state.variables["code"] == 0.5


# --------------------------------------------------------------------------- yes or no


def test_anytime_keys_work_where_one_key_is_asked_for() -> None:
    assert ring("as: yes_no").presses("0").step == "operator"
    assert ring("as: yes_no").hears_all().presses("*").said == ["Your number?"]


def test_no_answer_is_told_in_the_authors_words_where_there_are_any() -> None:
    call = ring("as: yes_no; no_match: One or two?").presses("5")
    assert call.said == ["One or two?", "Your number?"]


# --------------------------------------------------------------------------- half of the day

HALF = "For the morning, press 1. For the afternoon or evening, press 2."


def test_a_time_on_a_clock_of_twelve_hours_is_asked_for_its_half() -> None:
    call = ring("as: time").presses("0930")
    assert call.said == [HALF]
    assert "code" not in call.state.variables
    assert call.presses("2").notes(Noted.ENTRY) == ["0930 2"]


def test_on_a_clock_of_twentyfour_hours_nothing_is_asked() -> None:
    assert ring("as: time", "es-ES").presses("1730").step == "done"
    assert ring("as: time; format: 24").presses("1730").step == "done"


def test_another_key_or_silence_asks_for_the_half_again_and_is_a_try() -> None:
    call = ring("as: time; fail: failed").presses("0930").presses("7")
    assert call.said == ["Sorry, 7 is not one of the choices.", HALF]
    assert call.silent().said == ["Sorry, I didn't hear anything.", HALF]
    assert call.silent().step == "failed"


def test_the_half_may_be_typed_ahead_and_repeated() -> None:
    call = ring("as: time").presses("0930").hears_all().presses("*")
    assert call.said == [HALF]
    assert ring("as: time").presses("0930").presses("0").step == "operator"


def test_a_new_stream_asks_for_the_half_again() -> None:
    call = ring("as: time").presses("0930").hears_all()
    call.state = decode(encode(call.state))
    assert call.resumes().said == [HALF]
    assert call.presses("1").state.variables["code"] == time(9, 30)


def test_a_time_that_breaks_a_rule_is_asked_for_as_a_whole() -> None:
    call = ring("as: time; check: code < code").presses("09301")
    assert call.said == ["Sorry, that number does not fit.", "Your number?"]
    assert call.state.wait is not None
    assert (call.state.wait.what, call.state.wait.entry) == (WaitFor.KEYS, "")
    assert call.presses("1000").said == [HALF]


def test_the_half_of_a_sensitive_time_is_in_no_bytes() -> None:
    call = ring("as: time; sensitive: yes").presses("0917")
    assert call.said == [HALF]
    resumed = decode(encode(call.state))
    assert "0917" not in encode(call.state).decode()
    assert resumed.wait is not None
    assert (resumed.wait.what, resumed.wait.entry) == (WaitFor.KEYS, "")
    assert resumed.queue == ()


# --------------------------------------------------------------------------- confirm

TAIL = "If that is right, press 1. To enter it again, press 2."


@pytest.mark.parametrize(
    ("options", "keys", "read"),
    [
        ("as: digits; digits: 4", "1234", "1 2 3 4"),
        ("as: phone", "3125550123", "3 1 2, 5 5 5, 0 1 2 3"),
        ("as: date", "12012026", "Tuesday, December 1st"),
        ("as: time", "09302", "9 30 PM"),
        ("as: money; max: 2000", "1234*50", "1234 dollars and 50 cents"),
        ("as: number; max: 31", "21", "21"),
        ("as: card", "378282246310005", "the card ending in ••••"),
        ("as: pin; digits: 4", "1234", "your entry"),
        ("digits: 4; sensitive: yes", "1234", "your entry"),
        ("as: date; sensitive: yes", "12012026", "your entry"),
    ],
)
def test_a_value_is_read_back_in_its_own_way_and_a_sensitive_one_is_not(
    options: str, keys: str, read: str
) -> None:
    call = ring(f"{options}; confirm: yes").presses(keys)
    assert call.said == [f"I have {read}. {TAIL}"]
    assert call.presses("1").step == "done"


def test_of_a_card_only_its_last_digits_are_spoken() -> None:
    call = ring("as: card; confirm: yes").presses("378282246310005")
    (words,) = (part for u in call.state.queue for part in u.parts if isinstance(part, Words))
    assert words.text == f"I have the card ending in 0 0 0 5. {TAIL}"
    assert words.shown == f"I have the card ending in ••••. {TAIL}"
    assert "0005" not in encode(call.state).decode()


def test_in_spanish_too() -> None:
    call = ring("as: money; confirm: yes", "es-ES").presses("12*50")
    assert call.said == [
        "Tengo 12 euros con 50 céntimos. Si es correcto, oprima 1. Para repetirlo, oprima 2."
    ]


def test_no_asks_again_without_an_error_text() -> None:
    call = ring("as: date; confirm: yes").presses("120120262")
    assert call.said == ["Your number?"]
    assert call.presses("120220261").state.variables["code"] == date(2026, 12, 2)


def test_the_authors_confirmation_reads_the_value() -> None:
    call = ring("as: date; confirm: 'So ${code | date}? 1 or 2.'").presses("12012026")
    assert call.said == ["So Tuesday, December 1st? 1 or 2."]


# --------------------------------------------------------------------------- limits


def test_limits_can_be_values_of_the_call() -> None:
    flow = asking("as: money; max: '${balance}'").replace(
        "    steps:", "    vars: {balance: 20}\n    steps:"
    )
    assert Ring(flow).presses("19*99").step == "done"
    call = Ring(flow).presses("20*01")
    assert call.said == ["Sorry, the largest amount is 20 dollars.", "Your number?"]


def test_a_limit_made_of_a_sensitive_value_is_not_told() -> None:
    flow = asking("as: number; max: '${number(pin)}'").replace(
        "main:", "first: {ask: pin, digits: 2, sensitive: yes, say: Pin?, goto: main}\n      main:"
    )
    call = Ring(flow).presses("05").presses("9")
    assert call.said == ["Sorry, that number does not fit.", "Your number?"]


def test_a_limit_that_is_no_number_is_trouble_not_a_caller_locked_out() -> None:
    flow = asking("as: number; max: '${most}'").replace(
        "    steps:", "    vars: {most: lots}\n    steps:"
    )
    call = Ring(flow).presses("1")
    assert call.notes(Noted.TROUBLE) == ["the limit of an entry is a text, not a number"]


# ----------------------------------------------------------- what can be known before the call

TYPES = {
    "digits: 4-6; confirm: yes": ("12#", "1234#7"),
    "digits: 4; check: luhn": ("12#", "1234"),
    "as: pin; digits: 4; confirm: yes": ("12#", "1234", "12347"),
    "as: card; confirm: yes": ("12#", "3782822463100057"),
    "as: phone; confirm: yes": ("12#", "31255501237"),
    "as: date; min: today; max: today + 9 days; confirm: yes": ("12#", "11222026", "12312026"),
    "as: date; min: 2026-11-23": ("11222026",),
    "as: time; confirm: yes": ("99#", "09307", "093017"),
    "as: time; format: 24; confirm: yes": ("99#", "09307"),
    "as: money; min: 1; max: 5; confirm: yes": ("0#", "9#", "3*507"),
    "as: money; max: '${call.minutes + 2}'": ("0#", "9#"),
    "as: number; min: 1; max: 5; confirm: yes": ("0", "9", "37"),
    "as: yes_no": ("5", "#"),
}


@pytest.mark.parametrize("language", ["en-US", "es-US", "es-ES", "es-MX", "fr-FR", "pt-BR"])
@pytest.mark.parametrize("options", TYPES)
def test_all_that_the_line_says_of_its_own_accord_is_known_before(
    options: str, language: str
) -> None:
    for keys in TYPES[options]:
        call = ring(options, language)
        known = {each.words.text for each in sayable(call.flows)}
        said = [part for key in keys for part in _words(call.presses(key))]
        assert said
        for words in said:
            fixed = [s.text for s in words.segments if s.kind is SegmentKind.FIXED]
            assert {words.text} <= known if words.fixed else set(fixed) <= known


def _words(call: Ring) -> list[Words]:
    spoken = [command.utterance for command in call.commands if isinstance(command, Speak)]
    return [part for utterance in spoken for part in utterance.parts if isinstance(part, Words)]


def test_what_belongs_to_one_type_is_not_made_for_flows_without_it() -> None:
    known = {each.words.text for each in sayable(ring("digits: 4").flows)}
    assert "Sorry, I need 4 digits." in known
    assert "Sorry, I need a whole telephone number." not in known
    assert HALF not in known


# --------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["as: datum"], ("S007", 5, 9)),
        (["as: date", "digits: 8"], ("S006", 6, 5)),
        (["as: phone", "min: 1"], ("S006", 6, 5)),
        (["min: 1"], ("S006", 5, 5)),
        (["as: yes_no", "confirm: yes"], ("S006", 6, 5)),
        (["as: number", "country: US"], ("S006", 6, 5)),
        (["as: date", "check: luhn"], ("S007", 6, 12)),
        (["as: pin", "sensitive: no"], ("S007", 6, 16)),
        (["as: phone", "country: us"], ("S007", 6, 14)),
        (["as: number", "max: lots"], ("S007", 6, 10)),
    ],
)
def test_an_option_that_does_not_fit_the_type_is_refused(
    options: list[str], found: tuple[str, int, int]
) -> None:
    lines = "".join(f"    {option}\n" for option in options)
    flow = f"steps:\n  main:\n    say: A?\n    ask: x\n{lines}    goto: main\n"
    assert problems_of(flow) == [found]


def test_the_remedy_names_what_the_type_takes() -> None:
    flow = "steps:\n  main:\n    say: A?\n    ask: x\n    as: date\n    digits: 8\n    goto: main\n"
    (problem,) = [p for p in loaded(flow).problems if p.code == "S006"]
    assert problem.help == "it takes check, confirm, end_key, format, max, min, sensitive"
