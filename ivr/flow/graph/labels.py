"""Puts a label back to its line where the layout found no place for it nearby.

A label that stands far from its line is read as another line's. On the line itself there is nearly
always room: the label covers a piece of it. Called by :mod:`ivr.flow.graph.layout`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from math import dist

from ivr.flow.graph.drawing import Line, Node, Point

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""
STEP = 6.0
"""How finely places along a line are tried."""
AWAY_MAX = 12.0
"""From a label's edge to its line."""
GAP = 2.0


def brought_back(nodes: Sequence[Node], lines: Sequence[Line], height: float) -> list[Line]:
    """The lines, each label at its line."""
    placed = list(lines)
    for number, line in enumerate(placed):
        if line.label_at is not None and _away(line, height):
            found = _place(number, nodes, placed, height)
            placed[number] = replace(line, label_at=found or line.label_at)
    return placed


def box_of(line: Line, height: float, at: Point | None = None) -> Box:
    """The room a label takes, where it is or would be."""
    x, y = at or line.label_at or line.points[0]
    return x - line.label_w / 2, y - height / 2, x + line.label_w / 2, y + height / 2


def cover(one: Box, other: Box) -> bool:
    """Whether two boxes have anything in common."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _away(line: Line, height: float) -> bool:
    left, top, right, bottom = box_of(line, height)
    near = (left - AWAY_MAX, top - AWAY_MAX, right + AWAY_MAX, bottom + AWAY_MAX)
    return not any(cover(near, piece) for piece in _pieces(line))


def _place(
    number: int, nodes: Sequence[Node], lines: Sequence[Line], height: float
) -> Point | None:
    """On the line, the nearer to its middle the better; over as few other lines as can be."""
    line = lines[number]
    taken = [
        (node.x - GAP, node.y - GAP, node.x + node.w + GAP, node.y + node.h + GAP) for node in nodes
    ]
    others = [each for place, each in enumerate(lines) if place != number]
    taken += [box_of(each, height) for each in others if each.label_at is not None]
    pieces = [piece for each in others for piece in _pieces(each)]
    best: dict[int, Point] = {}
    for point in _along(line.points):
        box = box_of(line, height, point)
        if not any(cover(box, each) for each in taken):
            best.setdefault(sum(cover(box, piece) for piece in pieces), point)
    return best[min(best)] if best else None


def _along(points: Sequence[Point]) -> Iterator[Point]:
    """Places on a line, from its middle outwards."""
    places: list[tuple[float, Point]] = []
    whole = sum(dist(a, b) for a, b in pairwise(points))
    gone = 0.0
    for a, b in pairwise(points):
        length = dist(a, b)
        for step in range(int(length // STEP) + 1):
            part = min(step * STEP / length, 1.0) if length else 0.0
            x, y = a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part
            places.append((abs(gone + length * part - whole / 2), (round(x, 1), round(y, 1))))
        gone += length
    yield from (point for _, point in sorted(places))


def _pieces(line: Line) -> Iterator[Box]:
    """The straight pieces of a line, as thin boxes."""
    for a, b in pairwise(line.points):
        yield min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]) + 0.1, max(a[1], b[1]) + 0.1
