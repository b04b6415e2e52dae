"""Where the words of a finding stand in the file, found only when there is a finding.

The compiled model keeps the place of each text and action; this goes back to the nodes there: to a
key, to the value under it, or to a few characters inside a text, however that text was wrapped or
quoted. Used by the rules, through :class:`Page`. It reads no file and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.expression import Expression
from ivr.flow.model import SayItem
from ivr.flow.problems import Span
from ivr.flow.source import Document, Mapping, Node, Scalar, Sequence, place_in
from ivr.flow.text import Template

Corner = tuple[int, int, int, int]


class Page:
    """One flow file, for looking places up."""

    def __init__(self, document: Document | None) -> None:
        self._document = document
        self._nodes: dict[Corner, Node] | None = None
        self._above: dict[Corner, Mapping] = {}

    def key(self, span: Span, *path: str) -> Span:
        """The place of a key: ``("menu", "3")`` below the map at ``span``; else ``span``."""
        found = self._entry(span, path)
        return found[0].span if found else span

    def value(self, span: Span, *path: str) -> Span:
        """The place of the value under a key; else ``span``."""
        found = self._entry(span, path)
        return found[1].span if found else span

    def words(self, item: SayItem, code: str, start: int, end: int) -> Span:
        """The place of some characters of a text, counted in its template's source."""
        template = item.texts[code]
        scalar = self._text(item.span, code, template.source)
        if scalar is None or self._document is None:
            return item.span
        if scalar.text == template.source:
            return place_in(self._document, scalar, start, end)
        # A named text was put into it: the words are its own, or the whole of it is meant.
        piece = template.source[start:end]
        at = scalar.text.find(piece) if piece.strip() else -1
        if at < 0:
            return scalar.span
        return place_in(self._document, scalar, at, at + len(piece))

    def text(self, item: SayItem, code: str) -> Span:
        """The place of a whole text in one language."""
        scalar = self._text(item.span, code, item.texts[code].source)
        return scalar.span if scalar is not None else item.span

    def in_expression(self, near: Span, expression: Expression, start: int, end: int) -> Span:
        """The place of some characters of a condition written beside or around ``near``."""
        wanted = expression.source.strip()
        for key in ("if", "check"):
            scalar = self._around(near, key)
            if scalar is not None and scalar.text.strip() == wanted and self._document is not None:
                return place_in(self._document, scalar, start, end)
        return near

    def in_value(self, span: Span, template: Template, start: int, end: int) -> Span:
        """The place of some characters of a computed value somewhere below ``span``."""
        for node in self._below(self._at(span)):
            if isinstance(node, Scalar) and node.text == template.source and self._document:
                return place_in(self._document, node, start, end)
        return span

    # ------------------------------------------------------------------ nodes

    def _at(self, span: Span) -> Node | None:
        if self._nodes is None:
            self._nodes = {}
            if self._document is not None and self._document.root is not None:
                self._index(self._document.root)
        return self._nodes.get(_corner(span))

    def _index(self, root: Node) -> None:
        assert self._nodes is not None
        waiting: list[tuple[Node, Mapping | None]] = [(root, None)]
        while waiting:
            node, above = waiting.pop()
            corner = _corner(node.span)
            self._nodes[corner] = node
            if above is not None:
                self._above[corner] = above
            match node:
                case Mapping(items):
                    waiting += [(value, node) for _, value in items]
                    for name, _ in items:
                        self._nodes.setdefault(_corner(name.span), name)
                case Sequence(items):
                    waiting += [(item, above) for item in items]

    def _entry(self, span: Span, path: tuple[str, ...]) -> tuple[Node, Node] | None:
        node: Node | None = self._at(span)
        name: Scalar | None = None
        for key in path:
            pairs = node.items if isinstance(node, Mapping) else ()
            found = next((pair for pair in pairs if pair[0].text == key), None)
            if found is None:
                return None
            name, node = found
        return (name, node) if name is not None and node is not None else None

    def _text(self, span: Span, code: str, source: str) -> Scalar | None:
        node = self._at(span)
        if isinstance(node, Mapping):
            exact = [v for name, v in node.items if name.text == code]
            short = [v for name, v in node.items if code.startswith(name.text + "-")]
            found: Node | None = next(iter(exact + short), None) or node.get("say")
            return found if isinstance(found, Scalar) else None
        return node if isinstance(node, Scalar) else None

    def _around(self, near: Span, key: str) -> Scalar | None:
        """The text under a key of the map at this place, or of the nearest map around it."""
        node = self._at(near)
        above: Mapping | None = node if isinstance(node, Mapping) else None
        corner = _corner(near)
        for _ in range(3):
            if above is not None and isinstance(found := above.get(key), Scalar):
                return found
            above = self._above.get(corner)
            if above is None:
                return None
            corner = _corner(above.span)
        return None

    def _below(self, node: Node | None) -> Iterator[Node]:
        waiting = [node] if node is not None else []
        while waiting:
            each = waiting.pop()
            yield each
            match each:
                case Mapping(items):
                    waiting += [value for _, value in reversed(items)]
                case Sequence(items):
                    waiting += reversed(items)


def _corner(span: Span) -> Corner:
    return (span.line, span.column, span.end_line, span.end_column)
