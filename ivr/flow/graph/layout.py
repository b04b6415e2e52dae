"""Where everything goes: the layered layout of ``graphlay``, for cards and labels of our size.

graphlay ranks the cards, keeps crossings few, routes lines around cards at right angles, and
reserves room for labels; it is deterministic and takes milliseconds. It is asked in several ways,
because none is the best for every flow, and the best answer is taken, moved to the upper left
corner and rounded.

Which lines lead upwards is decided here, so that every step stands below the one from which a
caller comes to it first: a line is turned round for the layout if it leads to a step that is still
being gone through (depth first, in file order). Any other way of breaking the circles may put the
start in the middle.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import graphlay

from ivr.flow.graph.drawing import Drawing, Line, LineKind, Node, Point
from ivr.flow.graph.labels import brought_back
from ivr.flow.graph.measure import broken, width_of
from ivr.flow.graph.parts import Card, Parts, Way

MARGIN = 20.0
CARD_W = 216.0
CARD_PAD = 12.0
TITLE_SIZE = 14.0
TEXT_SIZE = 12.0
LABEL_SIZE = 12.0
ROW_H = 17.0
TEXT_ROWS = 2
SMALL_H = 30.0
LABEL_H = 18.0
LABEL_PAD = 5.0
INNER = CARD_W - 2 * CARD_PAD
"""The room for words on a card."""

WIDE = 2_000.0
"""More is scrolled sideways on every screen."""
DOWN, SIDEWAYS = "topbottom", "leftright"
_PRESET = "process_map"
_EVEN = dict.fromkeys(LineKind, 1.0)
_PLAIN_WAY = {**dict.fromkeys(LineKind, 2.0), LineKind.FAILURE: 1.0}
_STRAIGHT_ON = {**dict.fromkeys(LineKind, 3.0), LineKind.NEXT: 6.0, LineKind.FAILURE: 1.0}
"""How much it matters that a line is short and straight."""
_TRIES = (_STRAIGHT_ON, _PLAIN_WAY, _EVEN)


def lay_out(parts: Parts, findings: Mapping[str, int]) -> Drawing:
    """A place for every card, line and label."""
    laid = _best(parts)
    nodes = [
        _node(card, laid.centers[number], findings.get(card.step, 0))
        for number, card in enumerate(parts.cards)
    ]
    routed = [_line(way, laid.routes[number]) for number, way in enumerate(parts.ways)]
    edges = brought_back(nodes, routed, LABEL_H)
    width, height = _extent(nodes, edges)
    return Drawing(
        flow=parts.flow.id,
        title=parts.flow.title,
        language=parts.language,
        width=width,
        height=height,
        nodes=tuple(nodes),
        edges=tuple(edges),
    )


def card_size(card: Card) -> tuple[float, float]:
    """The width and height of a card with its words."""
    if "/" in card.step:
        return round(width_of(card.title, TEXT_SIZE) + 2 * CARD_PAD, 1), SMALL_H
    rows = 1 + bool(card.about) + len(_rows(card))
    return CARD_W, round(2 * CARD_PAD + rows * ROW_H, 1)


def label_width(label: str) -> float:
    """The room a label takes along its line; none without words."""
    return round(width_of(label, LABEL_SIZE, bold=True) + 2 * LABEL_PAD, 1) if label else 0.0


# --------------------------------------------------------------------------- asking


@dataclass(frozen=True, slots=True)
class _Route:
    points: tuple[Point, ...]
    label_at: Point


@dataclass(frozen=True, slots=True)
class _Laid:
    """An answer: places in the order of the cards and of the ways."""

    centers: tuple[Point, ...]
    routes: tuple[_Route, ...]


def _best(parts: Parts) -> _Laid:
    """From top to bottom, as people scroll; from left to right where that is much too wide."""
    upwards = _upwards(parts)
    laid = _best_of(parts, upwards, DOWN)
    if laid.bounds["max"]["x"] - laid.bounds["min"]["x"] > WIDE:
        laid = min(laid, _best_of(parts, upwards, SIDEWAYS), key=_covered_and_wide)
    return _moved(laid, upwards)


def _best_of(parts: Parts, upwards: frozenset[int], direction: str) -> graphlay.Layout:
    """The best of several layouts: nothing covered, few crossings, few bends, little room."""
    # Words lie along lines that go sideways, and need their length of them.
    room = {"reservation": "always" if direction == SIDEWAYS else "when_needed"}
    options = {"direction": direction, "labels": room}
    layouts = [
        graphlay.layout(_graph(parts, upwards, weights), preset=_PRESET, options=options)
        for weights in _TRIES
    ]
    return min(layouts, key=lambda layout: _worth(layout.metrics()))


def _covered_and_wide(layout: graphlay.Layout) -> tuple[float, float]:
    metrics = layout.metrics()
    return _worth(metrics)[0], metrics["width"]


def _upwards(parts: Parts) -> frozenset[int]:
    """The ways, by number, that lead to a card which is still being gone through."""
    leaving: dict[str, list[int]] = {card.step: [] for card in parts.cards}
    for number, way in enumerate(parts.ways):
        leaving[way.source].append(number)
    found: set[int] = set()
    seen: set[str] = set()
    inside: dict[str, Iterator[int]] = {}
    """The cards that are being gone through, each with the ways that are left of it."""
    for root in sorted(parts.cards, key=lambda card: not card.start):
        waiting = [root.step]
        while waiting or inside:
            if waiting:
                step = waiting.pop()
                if step not in seen:
                    seen.add(step)
                    inside[step] = iter(leaving[step])
                continue
            following = next(inside[next(reversed(inside))], None)
            if following is None:
                inside.popitem()
            elif (target := parts.ways[following].target) not in inside:
                waiting.append(target)
            elif target != parts.ways[following].source:
                found.add(following)
    return frozenset(found)


def _graph(
    parts: Parts, upwards: frozenset[int], weights: Mapping[LineKind, float]
) -> graphlay.Graph:
    graph = graphlay.Graph()
    for card in parts.cards:
        width, height = card_size(card)
        graph.node(card.step, width=width, height=height, rank="first" if card.start else "free")
    for number, way in enumerate(parts.ways):
        room = {"width": label_width(way.label), "height": LABEL_H}
        label = {"label_size": room} if way.label else {}
        ends = (way.target, way.source) if number in upwards else (way.source, way.target)
        graph.edge(*ends, weight=weights[way.kind], **label)
    return graph


def _worth(metrics: Mapping[str, Any]) -> tuple[float, ...]:
    """Less is better, the first number above all."""
    covered = ("node_overlaps", "node_edge_hits", "label_label_overlaps", "label_node_overlaps")
    return (
        sum(metrics[name] for name in covered),
        metrics["label_edge_hits"],
        metrics["crossings"],
        metrics["bends"],
        metrics["area"],
    )


def _moved(layout: graphlay.Layout, upwards: frozenset[int]) -> _Laid:
    """Everything seen from the upper left corner, and every line from its beginning."""
    corners = [_point(corner) for edge in layout.edges for corner in edge["points"]]
    for node in layout.nodes:
        (x, y), size = _point(node["center"]), node["size"]
        corners.append((x - size["width"] / 2, y - size["height"] / 2))
    for edge in layout.edges:
        if (anchor := edge.get("label_anchor")) is not None:
            corners.append(_point(anchor))
    left, top = (min((corner[axis] for corner in corners), default=0.0) for axis in (0, 1))

    def moved(at: Mapping[str, float]) -> Point:
        x, y = _point(at)
        return round(x - left + MARGIN, 1), round(y - top + MARGIN, 1)

    return _Laid(
        centers=tuple(moved(node["center"]) for node in layout.nodes),
        routes=tuple(
            _Route(
                points=tuple(
                    moved(corner) for corner in edge["points"][:: -1 if number in upwards else 1]
                ),
                label_at=moved(edge.get("label_anchor") or edge["points"][0]),
            )
            for number, edge in enumerate(layout.edges)
        ),
    )


def _point(at: Mapping[str, float]) -> Point:
    return at["x"], at["y"]


# --------------------------------------------------------------------------- putting together


def _node(card: Card, center: Point, findings: int) -> Node:
    w, h = card_size(card)
    return Node(
        step=card.step,
        kind=card.kind,
        title=card.title,
        about=card.about,
        text=card.text,
        lines=_rows(card),
        x=round(center[0] - w / 2, 1),
        y=round(center[1] - h / 2, 1),
        w=w,
        h=h,
        start=card.start,
        findings=findings,
    )


def _rows(card: Card) -> tuple[str, ...]:
    return broken(card.text, TEXT_SIZE, INNER, TEXT_ROWS)


def _line(way: Way, route: _Route) -> Line:
    return Line(
        id=f"{way.source}>{way.target}:{way.kind.value}",
        source=way.source,
        target=way.target,
        leads_to=way.leads_to,
        label=way.label,
        names=way.names,
        kind=way.kind,
        points=route.points,
        label_at=route.label_at if way.label else None,
        label_w=label_width(way.label),
    )


def _extent(nodes: Iterable[Node], edges: Sequence[Line]) -> tuple[float, float]:
    """How wide and how high the drawing is, with everything in it."""
    xs = [node.x + node.w for node in nodes]
    ys = [node.y + node.h for node in nodes]
    for line in edges:
        xs += [x for x, _ in line.points]
        ys += [y for _, y in line.points]
        if line.label_at is not None:
            xs.append(line.label_at[0] + line.label_w / 2)
            ys.append(line.label_at[1] + LABEL_H / 2)
    return round(max(xs, default=0.0) + MARGIN, 1), round(max(ys, default=0.0) + MARGIN, 1)
