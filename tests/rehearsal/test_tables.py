"""Calls that are written once and made several times: tables, languages, shared beginnings."""

from __future__ import annotations

from ivr.rehearsal.caller import rehearse
from ivr.rehearsal.script import Hears, Presses
from ivr.rehearsal.words import Wanted
from tests.rehearsal.stage import flows_of, problems_of, script_of

TABLE = """
calls:
  every key:
    each:
      - {key: 1, words: One moment}
      - {key: 2, words: order number}
    steps:
      - hears: For sales
      - presses: ${key}
      - hears: ${ words }
"""


def test_a_table_is_one_call_a_row_with_its_values_in_the_lines() -> None:
    flows = flows_of()
    script = script_of(TABLE, flows)
    assert [call.name for call in script.calls] == [
        "every key (key: 1, words: One moment)",
        "every key (key: 2, words: order number)",
    ]
    first, second = (tuple(d.verb for d in call.directions) for call in script.calls)
    assert first[1:] == (Presses("1", 0), Hears(Wanted(("onemoment",))))
    assert second[1:] == (Presses("2", 0), Hears(Wanted(("ordernumber",))))
    assert script.calls[0].directions[2].written == "hears: One moment"


def test_a_row_that_goes_wrong_is_named_with_the_line() -> None:
    flows = flows_of()
    script = script_of(TABLE.replace("order number", "card number"), flows)
    passed, wrong = (rehearse(flows, call) for call in script.calls)
    assert passed.failure is None
    assert wrong.failure is not None
    assert wrong.failure.direction.span.line == 10
    assert "but the test says “hears: card number”" in wrong.failure.sentence


def test_without_a_table_a_placeholder_is_a_word_like_any_other() -> None:
    assert script_of("calls: {a: [{hears: '${x}'}]}", flows_of()).problems == ()


LANGUAGES = """
languages: [en-US, es]
calls:
  both:
    - hears: {en: For sales, es: Para ventas}
  only one:
    language: es-US
    steps: [hears: Para ventas]
"""


def test_a_call_for_several_languages_is_made_in_each() -> None:
    flows = flows_of()
    script = script_of(LANGUAGES, flows)
    assert script.problems == ()
    assert [call.name for call in script.calls] == ["both (en-US)", "both (es-US)", "only one"]
    assert [call.setting.language for call in script.calls] == ["en-US", "es-US", "es-US"]
    assert all(rehearse(flows, call).failure is None for call in script.calls)
    assert script.calls[1].directions[0].written == "hears: Para ventas"


def test_words_that_miss_in_a_language_are_reported() -> None:
    found = problems_of(LANGUAGES.replace(", es: Para ventas", ""))
    assert [(code, line, message) for code, line, _, message in found] == [
        ("L001", 5, "nothing is said here for es-US")
    ]


def test_a_language_nobody_declared_is_reported_in_the_words_too() -> None:
    found = problems_of(LANGUAGES.replace("es: Para ventas", "es: Para ventas, fr: Pour"))
    assert [(code, message) for code, *_, message in found] == [
        ("L002", "the language fr is not declared in languages:")
    ]


SHARED = """
shared:
  reaches the menu:
    - hears: This call may be recorded
    - hears: For sales
  orders:
    - as in: reaches the menu
    - presses: 2
calls:
  a call:
    - as in: orders
    - hears: order number
"""


def test_a_shared_beginning_stands_for_its_lines_at_their_own_places() -> None:
    flows = flows_of()
    script = script_of(SHARED, flows)
    assert script.problems == ()
    assert [d.span.line for d in script.calls[0].directions] == [4, 5, 8, 12]
    assert rehearse(flows, script.calls[0]).failure is None
    wrong = script_of(SHARED.replace("For sales", "For salt"), flows)
    failure = rehearse(flows, wrong.calls[0]).failure
    assert failure is not None
    assert failure.sentence.startswith("line 5: ")


def test_a_beginning_that_begins_with_itself_is_reported() -> None:
    found = problems_of(SHARED.replace("as in: reaches the menu", "as in: orders"))
    assert ("F013", 7, 14, "“orders” begins with itself") in found
