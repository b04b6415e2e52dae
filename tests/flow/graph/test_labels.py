"""Labels that strayed are brought back to their line, over nothing that has to be read."""

from __future__ import annotations

from ivr.flow.graph.drawing import Line, LineKind, Node, Point
from ivr.flow.graph.labels import box_of, brought_back, cover


def line(name: str, points: tuple[Point, ...], at: Point | None, width: float = 40) -> Line:
    label = name if at else ""
    return Line(name, "a", "b", "b", label, (name,), LineKind.KEY, points, at, width)


def card(x: float, y: float) -> Node:
    return Node("c", "say", "c", "", "", (), x, y, 60, 40, False)


DOWN = ((100.0, 0.0), (100.0, 200.0))


def test_a_label_that_strayed_comes_to_the_middle_of_its_line() -> None:
    (moved,) = brought_back([], [line("far", DOWN, (400, 50))], 18)
    assert moved.label_at is not None
    assert (moved.label_at[0], abs(moved.label_at[1] - 100) < 6) == (100, True)


def test_one_beside_its_line_stays_where_it_is() -> None:
    beside = line("near", DOWN, (126, 50))
    assert brought_back([], [beside, line("none", DOWN, None)], 18)[0] == beside


def test_it_covers_no_card_no_label_and_no_other_line_if_it_can() -> None:
    other = line("other", ((0.0, 130.0), (300.0, 130.0)), (100, 60))
    moved, _ = brought_back([card(80, 80)], [line("far", DOWN, (400, 50)), other], 18)
    box = box_of(moved, 18)
    assert not cover(box, (80, 80, 140, 120))
    assert not cover(box, box_of(other, 18))
    assert not cover(box, (0, 130, 300, 130.1))
    full = [card(70, y) for y in range(-20, 240, 40)]
    (stays,) = brought_back(full, [line("far", DOWN, (400, 50))], 18)
    assert stays.label_at == (400, 50)
