"""Pictures can be read: nothing covers anything, and lines cross no more than dot's."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

import pytest

from ivr.flow.graph import Drawing, draw
from ivr.flow.graph.drawing import Point
from ivr.flow.graph.layout import LABEL_H, card_size
from ivr.flow.graph.parts import parts_of
from ivr.flow.model import Flow
from tests.flow.graph.flows import NAMES, flow, named, picture

Box = tuple[float, float, float, float]
DOT_SECONDS_MAX = 60


def boxes(drawing: Drawing) -> Iterator[tuple[str, Box]]:
    """Every card and every label."""
    for node in drawing.nodes:
        yield node.step, (node.x, node.y, node.x + node.w, node.y + node.h)
    for line in drawing.edges:
        if line.label_at is not None:
            x, y = line.label_at
            w, h = line.label_w / 2, LABEL_H / 2
            yield line.id, (x - w, y - h, x + w, y + h)


def cover(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def enters(box: Box, start: Point, end: Point) -> bool:
    """Whether a straight piece of a line goes through the inside of a box."""
    lowest, highest = (
        (min(start[0], end[0]), min(start[1], end[1])),
        (
            max(start[0], end[0]),
            max(start[1], end[1]),
        ),
    )
    inner = (box[0] + 1, box[1] + 1, box[2] - 1, box[3] - 1)
    return cover(inner, (*lowest, highest[0] + 0.01, highest[1] + 0.01))


def crossings(lines: Sequence[Sequence[Point]]) -> int:
    """How often lines cross; pieces that only touch do not."""
    pieces = [list(pairwise(line)) for line in lines]
    around = [_around(line) for line in lines]
    return sum(
        _cross(a, b, c, d)
        for one, other in combinations(range(len(lines)), 2)
        if cover(around[one], around[other])
        for a, b in pieces[one]
        for c, d in pieces[other]
    )


def _around(line: Sequence[Point]) -> Box:
    xs, ys = zip(*line, strict=True)
    return min(xs) - 1, min(ys) - 1, max(xs) + 1, max(ys) + 1


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    def side(p: Point, q: Point, r: Point) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


@pytest.mark.parametrize("name", NAMES)
def test_nothing_covers_anything(name: str) -> None:
    drawing = picture(name)
    found = list(boxes(drawing))
    assert [(a, b) for (a, one), (b, other) in combinations(found, 2) if cover(one, other)] == []
    cards = {node.step for node in drawing.nodes}
    for line in drawing.edges:
        for start, end in pairwise(line.points):
            through = [name for name, box in found if name in cards and enters(box, start, end)]
            assert through == [], line.id


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_in_the_picture_and_lines_end_at_their_cards(name: str) -> None:
    drawing = picture(name)
    places = dict(boxes(drawing))
    for x1, y1, x2, y2 in places.values():
        assert 0 <= x1 < x2 <= drawing.width
        assert 0 <= y1 < y2 <= drawing.height
    for line in drawing.edges:
        for card, (x, y) in ((line.source, line.points[0]), (line.target, line.points[-1])):
            x1, y1, x2, y2 = places[card]
            assert x1 - 1 <= x <= x2 + 1
            assert y1 - 1 <= y <= y2 + 1


@pytest.mark.parametrize("name", NAMES)
def test_the_start_comes_first_and_the_same_flow_gives_the_same_picture(name: str) -> None:
    drawing = picture(name)
    (start,) = [node for node in drawing.nodes if node.start]
    steps = [node for node in drawing.nodes if "/" not in node.step]
    above = [node.step for node in steps if node.y + node.h < start.y]
    before = [node.step for node in steps if node.x + node.w < start.x]
    assert [] in (above, before)
    assert draw(named(name)) == drawing


def test_a_step_stands_below_the_one_from_which_callers_come_to_it_first() -> None:
    for name, above, below in (
        ("frontdesk", "main", "address"),
        ("clinic", "main", "opening_hours"),
        ("clinic", "find_patient", "unknown_patient"),
        ("clinic", "book_it", "slot_gone"),
        ("identify", "pin", "wrong_pin"),
    ):
        nodes = {node.step: node for node in picture(name).nodes}
        assert nodes[above].y + nodes[above].h < nodes[below].y, below


@pytest.mark.parametrize("name", NAMES)
def test_labels_stand_at_their_lines(name: str) -> None:
    drawing = picture(name)
    for line in drawing.edges:
        if line.label_at is not None:
            x, y = line.label_at
            near = (x - line.label_w / 2 - 12, y - 24, x + line.label_w / 2 + 12, y + 24)
            assert any(enters(near, a, b) for a, b in pairwise(line.points)), line.id


def test_one_step_alone_is_drawn_too() -> None:
    drawing = draw(flow("steps:\n  a: {say: Hi., menu: {1: repeat}}\n"))
    assert [node.step for node in drawing.nodes] == ["a"]


@pytest.mark.skipif(shutil.which("dot") is None, reason="graphviz is not there")
@pytest.mark.parametrize("name", NAMES)
def test_lines_cross_no_more_than_those_of_dot(name: str) -> None:
    ours = crossings([line.points for line in picture(name).edges])
    assert ours <= crossings(list(dots_lines(named(name))))


def dots_lines(flow: Flow) -> Iterator[list[Point]]:
    """The lines of the same cards, labels and ways as ``dot`` draws them."""
    parts = parts_of(flow)
    names = {card.step: f"n{number}" for number, card in enumerate(parts.cards)}
    rows = ["digraph {", 'node [shape=box, fixedsize=true, label=""]; ranksep=0.8;']
    for card in parts.cards:
        width, height = (inches / 72 for inches in card_size(card))
        rows.append(f"{names[card.step]} [width={width}, height={height}];")
    for way in parts.ways:
        label = json.dumps(way.label)
        rows.append(f"{names[way.source]} -> {names[way.target]} [label={label}, fontsize=12];")
    done = subprocess.run(
        ["dot", "-Tjson"],
        input="\n".join([*rows, "}"]),
        capture_output=True,
        text=True,
        check=True,
        timeout=DOT_SECONDS_MAX,
    )
    for edge in json.loads(done.stdout)["edges"]:
        for drawn in edge["_draw_"]:
            if drawn["op"] in ("b", "B"):
                yield _curve([(x, y) for x, y in drawn["points"]])


def _curve(controls: list[Point]) -> list[Point]:
    """A row of Bézier curves as short straight pieces."""
    points = controls[:1]
    for first in range(0, len(controls) - 1, 3):
        a, b, c, d = controls[first : first + 4]
        for step in range(1, 9):
            t = step / 8
            u = 1 - t
            weights = (u**3, 3 * u * u * t, 3 * u * t * t, t**3)
            points.append(
                (
                    sum(w * p[0] for w, p in zip(weights, (a, b, c, d), strict=True)),
                    sum(w * p[1] for w, p in zip(weights, (a, b, c, d), strict=True)),
                )
            )
    return points
