"""Texts by language, with others put into them."""

from __future__ import annotations

import pytest

from ivr.flow.model import ClipItem, PauseItem, SayItem
from ivr.flow.read_prompts import by_language, prompt, prompts, whole_texts
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping, Node, read


def field(text: str) -> tuple[Reader, Node]:
    document = read("a.yaml", f"a: {text}")
    assert isinstance(document.root, Mapping)
    return Reader(document, languages=("en-US", "es-US")), document.root.items[0][1]


def test_a_text_without_a_language_is_one_in_the_first() -> None:
    reader, node = field("Hello.")
    said = prompt(reader, node)
    assert said is not None
    (item,) = said.items
    assert isinstance(item, SayItem)
    assert {code: text.source for code, text in item.texts.items()} == {"en-US": "Hello."}


def test_texts_and_files_and_pauses_stand_in_a_list() -> None:
    reader, node = field("[Hello., {pause: 1s}, {play: a.wav}, {es: Hola., if: x}]")
    said = prompt(reader, node)
    assert said is not None
    assert [type(item) for item in said.items] == [SayItem, PauseItem, ClipItem, SayItem]
    assert said.items[-1].condition is not None


def test_a_list_of_reprompts_is_one_text_for_each_time() -> None:
    reader, node = field("[Hello?, {en: Are you there?, es: ¿Está ahí?}]")
    assert len(prompts(reader, node)) == 2


def test_whole_texts_are_said_in_one_go_and_others_stay() -> None:
    reader, node = field("[Hello., {pause: 1s}]")
    said = prompt(reader, node)
    assert said is not None
    text, pause = whole_texts(said.items)
    assert isinstance(text, SayItem)
    assert text.whole
    assert pause == said.items[1]


def test_named_texts_and_the_menu_are_put_in_in_the_same_language() -> None:
    reader, node = field("{en: '${texts.b} ${options}', es: '${texts.b} ${options}'}")
    _, named = field("{en: One., es: Uno.}")
    reader.texts = {"b": named}
    reader.options = {"en-US": "For sales, press 1.", "es-US": "Para ventas, oprima 1."}
    assert by_language(reader, node) == {
        "en-US": "One. For sales, press 1.",
        "es-US": "Uno. Para ventas, oprima 1.",
    }
    assert reader.problems == []


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("{fr: Salut.}", "L002", 5),
        ("{english: Hello.}", "S001", 5),
        ("{en: [a]}", "S007", 9),
        ("[{say: A., langauge: es-US}]", "S001", 15),
        ("${texts.b}", "X002", 4),
        ("${options}", "X002", 4),
    ],
)
def test_a_mistake_in_a_text_is_told_at_its_place(text: str, code: str, column: int) -> None:
    reader, node = field(text)
    prompt(reader, node)
    (problem,) = reader.problems
    assert (problem.code, problem.span.column) == (code, column)
