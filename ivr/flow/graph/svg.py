"""A drawing as an SVG document of its own: readable alone, in a page, in light and in dark.

Colours follow the reader's scheme, and the words are in the reader's system font. Nothing in it
comes from elsewhere, and nothing runs. Called by ``ivr graph``.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from math import dist

from ivr.flow.graph.drawing import Drawing, Line, LineKind, Node, Point
from ivr.flow.graph.layout import (
    CARD_PAD,
    LABEL_H,
    LABEL_SIZE,
    ROW_H,
    TEXT_SIZE,
    TITLE_SIZE,
)
from ivr.flow.graph.measure import shorten

RADIUS = 8.0
"""Of the corners of cards and lines."""
ARROW = 7.0
_STYLE = """\
svg{--paper:#fff;--card:#fff;--edge:#c9ced6;--ink:#1c2430;--soft:#5b6675;--line:#64748b;\
--quiet:#aab2bd;--key:#1d5fbf;--start:#1a7f4b;--small:#f1f4f8;color-scheme:light dark}
@media (prefers-color-scheme:dark){svg{--paper:#14181f;--card:#1d232d;--edge:#3b4555;\
--ink:#e8ecf2;--soft:#a3adbb;--line:#8a97a9;--quiet:#5d6878;--key:#7db3ff;--start:#54c98a;\
--small:#262d39}}
text{font-family:system-ui,sans-serif;fill:var(--ink)}
.paper{fill:var(--paper)}
.card{fill:var(--card);stroke:var(--edge)}
.small .card{fill:var(--small)}
.start .card{stroke:var(--start);stroke-width:2.5}
.title{font-weight:700}
.about,.words{fill:var(--soft)}
.words{fill:var(--ink)}
.flag{fill:var(--start);font-weight:700}
.way{fill:none;stroke:var(--line);stroke-width:1.6}
.head{fill:var(--line);stroke:none}
.key .way{stroke:var(--key)}.key .head{fill:var(--key)}.key text{fill:var(--key);font-weight:700}
.failure .way{stroke:var(--quiet);stroke-width:1;stroke-dasharray:4 4}
.failure .head{fill:var(--quiet)}.failure text{fill:var(--soft)}
.under{fill:var(--paper)}
"""


def svg(drawing: Drawing) -> str:
    """The whole picture."""
    return "\n".join([*_rows(drawing), ""])


def _rows(drawing: Drawing) -> Iterator[str]:
    w, h = _number(drawing.width), _number(drawing.height)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" '
        f'viewBox="0 0 {w} {h}" role="img">'
    )
    yield f"<title>{escape(drawing.title)}</title>"
    yield f"<style>{_STYLE}</style>"
    yield f'<rect class="paper" width="{w}" height="{h}"/>'
    # Quiet lines first, so that the others cross over them; labels last, so that none is crossed.
    lines = sorted(drawing.edges, key=lambda line: line.kind is not LineKind.FAILURE)
    for line in lines:
        yield from _line(line)
    for node in drawing.nodes:
        yield from _node(node)
    for line in lines:
        yield from _label(line)
    yield "</svg>"


# --------------------------------------------------------------------------- cards


def _node(node: Node) -> Iterator[str]:
    small = not node.step or "/" in node.step
    classes = " ".join(
        ["node", node.kind, *(["small"] if small else []), *(["start"] if node.start else [])]
    )
    yield f'<g class="{classes}">'
    yield f"<title>{escape(_whole(node))}</title>"
    radius = node.h / 2 if small else RADIUS
    yield (
        f'<rect class="card" x="{_number(node.x)}" y="{_number(node.y)}" '
        f'width="{_number(node.w)}" height="{_number(node.h)}" rx="{_number(radius)}"/>'
    )
    room = node.w - 2 * CARD_PAD
    if small:
        middle = node.y + node.h / 2 + TEXT_SIZE * 0.35
        yield _text("about", node.x + node.w / 2, middle, TEXT_SIZE, node.title, middle=True)
    else:
        y = node.y + CARD_PAD + ROW_H * 0.8
        x = node.x + CARD_PAD
        title = shorten(node.title, TITLE_SIZE, room, bold=True)
        yield _text("title", x, y, TITLE_SIZE, title)
        if node.about:
            y += ROW_H
            yield _text("about", x, y, TEXT_SIZE, shorten(node.about, TEXT_SIZE, room))
        for row in node.lines:
            y += ROW_H
            yield _text("words", x, y, TEXT_SIZE, row)
    if node.start:
        yield _text("flag", node.x + 2, node.y - 5, TEXT_SIZE, "start")
    yield "</g>"


def _whole(node: Node) -> str:
    """What a reader is shown who points at the card."""
    return "\n".join(part for part in (node.title, node.about, node.text) if part)


def _text(cls: str, x: float, y: float, size: float, words: str, *, middle: bool = False) -> str:
    anchor = ' text-anchor="middle"' if middle else ""
    return (
        f'<text class="{cls}" x="{_number(x)}" y="{_number(y)}" '
        f'font-size="{_number(size)}"{anchor}>{escape(words)}</text>'
    )


# --------------------------------------------------------------------------- lines


def _line(line: Line) -> Iterator[str]:
    *_, before, tip = line.points
    yield f'<g class="{line.kind.value}"><path class="way" d="{_path(line.points)}"/>'
    yield f'<path class="head" d="{_head(before, tip)}"/></g>'


def _label(line: Line) -> Iterator[str]:
    if line.label_at is None:
        return
    x, y = line.label_at
    yield f'<g class="{line.kind.value}">'
    yield (
        f'<rect class="under" x="{_number(x - line.label_w / 2)}" y="{_number(y - LABEL_H / 2)}" '
        f'width="{_number(line.label_w)}" height="{_number(LABEL_H)}" rx="4"/>'
    )
    yield _text("label", x, y + LABEL_SIZE * 0.35, LABEL_SIZE, line.label, middle=True)
    yield "</g>"


def _path(points: tuple[Point, ...]) -> str:
    """Through all points, its corners rounded, its end where the arrow's head begins."""
    *_, before, tip = points
    end = _towards(tip, before, ARROW - 1)
    parts = [f"M{_pair(points[0])}"]
    for a, corner, b in zip(points, points[1:-1], points[2:], strict=False):
        radius = min(RADIUS, dist(a, corner) / 2, dist(corner, b) / 2)
        into, out = _towards(corner, a, radius), _towards(corner, b, radius)
        parts.append(f"L{_pair(into)}Q{_pair(corner)} {_pair(out)}")
    return "".join([*parts, f"L{_pair(end)}"])


def _head(before: Point, tip: Point) -> str:
    length = dist(before, tip) or 1.0
    dx, dy = (tip[0] - before[0]) / length * ARROW, (tip[1] - before[1]) / length * ARROW
    base = (tip[0] - dx, tip[1] - dy)
    left = (base[0] - dy * 0.55, base[1] + dx * 0.55)
    right = (base[0] + dy * 0.55, base[1] - dx * 0.55)
    return f"M{_pair(tip)}L{_pair(left)}L{_pair(right)}Z"


def _towards(start: Point, goal: Point, by: float) -> Point:
    """The point that is so far from the first on the way to the other."""
    length = dist(start, goal)
    part = min(by / length, 1.0) if length else 0.0
    return start[0] + (goal[0] - start[0]) * part, start[1] + (goal[1] - start[1]) * part


def _pair(point: Point) -> str:
    return f"{_number(point[0])} {_number(point[1])}"


def _number(value: float) -> str:
    """A length without needless digits."""
    return f"{value:.1f}".removesuffix(".0")
