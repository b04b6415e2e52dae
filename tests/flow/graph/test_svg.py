"""The picture as SVG: well-formed, complete, quiet where it should be, in light and in dark."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from ivr.flow.graph import draw
from ivr.flow.graph.layout import CARD_PAD, TEXT_SIZE, TITLE_SIZE
from ivr.flow.graph.measure import width_of
from ivr.flow.graph.svg import svg
from tests.flow.graph.flows import NAMES, SHIPPED, flow, picture

_SVG = "{http://www.w3.org/2000/svg}"


def drawn(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_step_and_every_label_is_there(name: str) -> None:
    drawing = picture(name)
    root = drawn(svg(drawing))
    words = [element.text for element in root.iter(f"{_SVG}text")]
    assert {node.title for node in drawing.nodes} <= set(words)
    assert [line.label for line in drawing.edges if line.label] != []
    assert {line.label for line in drawing.edges if line.label} <= set(words)
    assert len(root.findall(f"{_SVG}g[@class='failure']")) == sum(
        1 + (line.label_at is not None) for line in drawing.edges if line.kind.value == "failure"
    )


def test_no_words_are_wider_than_their_card() -> None:
    for name in NAMES:
        for group in drawn(svg(picture(name))).findall(f"{_SVG}g"):
            card = group.find(f"{_SVG}rect[@class='card']")
            for text in group.findall(f"{_SVG}text") if card is not None else ():
                bold = text.get("class") == "title"
                wide = width_of(text.text or "", float(text.get("font-size", "0")), bold=bold)
                assert card is not None
                assert wide <= float(card.get("width", "0")) - 2 * CARD_PAD + 0.1, text.text
    assert TITLE_SIZE > TEXT_SIZE


def test_it_follows_the_readers_colours_and_fetches_nothing() -> None:
    text = svg(picture("clinic"))
    assert "prefers-color-scheme:dark" in text
    assert "font-family:system-ui" in text
    assert "href" not in text
    assert "url(" not in text
    assert "<script" not in text


def test_words_of_authors_are_words_and_no_markup() -> None:
    evil = flow('title: "<b>&"\nsteps:\n  a: {say: "<script>x</script> & ]]>", goto: hangup}\n')
    root = drawn(svg(draw(evil)))
    assert root.findtext(f"{_SVG}title") == "<b>&"
    assert not list(root.iter(f"{_SVG}script"))


def test_the_start_is_marked() -> None:
    root = drawn(svg(picture("clinic")))
    (start,) = [g for g in root.findall(f"{_SVG}g") if "start" in (g.get("class") or "").split()]
    words = [text.text for text in start.findall(f"{_SVG}text")]
    assert (words[0], words[-1]) == ("welcome", "start")
