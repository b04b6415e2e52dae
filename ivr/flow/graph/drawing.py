"""What a drawing of a flow is: cards with places, lines with corners, and labels with places.

Lengths are in CSS pixels, x to the right and y down, from the upper left corner of the drawing.
Made by :mod:`ivr.flow.graph.layout`; read by whoever shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

Point = tuple[float, float]


class LineKind(Enum):
    """Why a caller takes a way."""

    KEY = "key"
    """They pressed it."""
    OUTCOME = "outcome"
    """Something answered, in one of several ways."""
    NEXT = "next"
    """The step was done."""
    FAILURE = "failure"
    """It could not be done."""


@dataclass(frozen=True, slots=True)
class Node:
    """A card: a step, or where a call ends or comes from."""

    step: str
    """The step's name; of anything else a name that no step can have, with a ``/`` in it."""
    kind: str
    """What the step does (``say`` and ``goto`` without a kind); ``end``, ``back``, ``flow``,
    ``to`` (a step that very many lead to), ``anytime``, ``on_hangup``, ``on_error`` of the
    other cards."""
    title: str
    about: str
    """The kinds of its actions with what they are about: ``transfer front_desk``."""
    text: str
    """What the caller hears first there, whole; values stand as ``‹name›``."""
    lines: tuple[str, ...]
    """The first words of ``text``, broken to fit the card."""
    x: float
    y: float
    w: float
    h: float
    start: bool
    findings: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A way from one card to another."""

    id: str
    source: str
    target: str
    """The card it ends at."""
    leads_to: str
    """The step callers come to by it: its target, or the step a card ``to`` names."""
    label: str
    names: tuple[str, ...]
    """The keys or outcomes it stands for, as the machine's records name them."""
    kind: LineKind
    points: tuple[Point, ...]
    label_at: Point | None
    """The middle of its label."""
    label_w: float = 0.0


@dataclass(frozen=True, slots=True)
class Drawing:
    """A flow with a place for everything."""

    flow: str
    title: str
    language: str
    width: float
    height: float
    nodes: tuple[Node, ...]
    edges: tuple[Line, ...]


def as_data(drawing: Drawing) -> dict[str, Any]:
    """The drawing as JSON has it: what the studio's page reads, and ``ivr graph`` prints."""
    return {
        "flow": drawing.flow,
        "title": drawing.title,
        "language": drawing.language,
        "width": drawing.width,
        "height": drawing.height,
        "nodes": [
            {
                "step": node.step,
                "kind": node.kind,
                "title": node.title,
                "about": node.about,
                "text": node.text,
                "lines": list(node.lines),
                "x": node.x,
                "y": node.y,
                "w": node.w,
                "h": node.h,
                "start": node.start,
                "findings": node.findings,
            }
            for node in drawing.nodes
        ],
        "edges": [
            {
                "id": line.id,
                "from": line.source,
                "to": line.target,
                "leads_to": line.leads_to,
                "label": line.label,
                "names": list(line.names),
                "kind": line.kind.value,
                "points": [list(point) for point in line.points],
                "label_at": list(line.label_at) if line.label_at is not None else None,
                "label_w": line.label_w,
            }
            for line in drawing.edges
        ],
    }
