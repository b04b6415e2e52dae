"""Back from the compiled flow to the words in the file."""

from __future__ import annotations

from ivr.flow import source
from ivr.flow.check.places import Page
from ivr.flow.load import load
from ivr.flow.model import Flow, SayItem
from tests.flow.ring import flows_of

FILE = """\
texts: {bye: Goodbye now.}
steps:
  main:
    - say:
        en: One
          two three.
      menu:
        star: main
      if: call.minutes > 1
    - say: Well, ${texts.bye}
      goto: hangup
"""


def made() -> tuple[Page, Flow]:
    return Page({"main.yaml": source.read("main.yaml", FILE)}), flows_of(FILE).flows["main"]


def test_keys_and_values_are_found_below_an_action() -> None:
    page, flow = made()
    action = flow.steps["main"].actions[0].span
    assert str(page.key(action, "menu", "star")) == "main.yaml:8:9"
    assert str(page.value(action, "menu", "star")) == "main.yaml:8:15"
    assert page.key(action, "ask") == action
    assert page.value(action, "menu", "star", "deeper") == action


def test_words_are_found_in_a_text_of_several_lines() -> None:
    page, flow = made()
    prompt = flow.steps["main"].actions[0].prompt
    assert prompt is not None
    item = prompt.items[0]
    assert isinstance(item, SayItem)
    start = item.texts["en-US"].source.index("two")
    assert str(page.words(item, "en-US", start, start + 3)) == "main.yaml:6:11"
    assert str(page.text(item, "en-US")) == "main.yaml:5:13"


def test_words_of_a_text_that_was_put_into_another_are_the_whole_of_it() -> None:
    page, flow = made()
    prompt = flow.steps["main"].actions[1].prompt
    assert prompt is not None
    item = prompt.items[0]
    assert isinstance(item, SayItem)
    text = item.texts["en-US"].source
    assert text == "Well, Goodbye now."
    assert str(page.words(item, "en-US", 0, 4)) == "main.yaml:10:12"
    assert page.words(item, "en-US", 6, 13) == page.text(item, "en-US")


def test_a_condition_is_found_around_what_it_belongs_to() -> None:
    page, flow = made()
    action = flow.steps["main"].actions[0]
    assert action.condition is not None
    (name,) = action.condition.names
    found = page.in_expression(action.span, action.condition, name.column, name.end_column)
    assert (found.line, found.column, found.end_column) == (9, 11, 23)


def test_without_a_document_a_place_is_where_it_was_asked_for() -> None:
    _, flow = made()
    span = flow.steps["main"].actions[0].span
    assert Page({}).key(span, "menu") == span


def test_words_of_included_and_of_translated_texts_are_found_in_their_own_files() -> None:
    files = {
        "main.yaml": "languages: {en-US: {}, es-US: {}}\ninclude: [shared/a.yaml]\nsteps:\n"
        "  main: {say: Hello you., goto: b}\n  b: {say: '${texts.bye}', goto: hangup}\n",
        "shared/a.yaml": "texts:\n  bye: {en: Bye now., es: Hasta luego.}\n",
        "texts/main.es.yaml": "main.say: Hola usted.\n",
    }
    found = load(files)
    assert found.flows is not None, found.problems
    page = Page(found.documents)
    items = [
        item
        for step in found.flows.flows["main"].steps.values()
        for prompt in step.prompts()
        for item in prompt.items
        if isinstance(item, SayItem)
    ]
    places = [str(page.words(item, code, 6, 9)) for item in items for code in ("en-US", "es-US")]
    assert places == [
        "main.yaml:4:21",
        "texts/main.es.yaml:1:17",
        "shared/a.yaml:2:19",
        "shared/a.yaml:2:33",
    ]
