"""Where the words of a finding stand in the file, found only when there is a finding.

The compiled model keeps the place of each text and action; this goes back to the nodes there: to a
key, to the value under it, or to a few characters inside a text, however that text was wrapped or
quoted, also in the files a flow includes and in its translations. Used by the rules, through
:class:`Page`. It reads no file and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as ByName

from ivr.flow.expression import Expression
from ivr.flow.files import translation
from ivr.flow.model import SayItem
from ivr.flow.problems import Span
from ivr.flow.source import Document, Mapping, Node, Scalar, Sequence, place_in
from ivr.flow.text import Template


class Page:
    """The files a flow is made of, for looking places up."""

    def __init__(self, documents: ByName[str, Document]) -> None:
        self._documents = documents
        self._translations: dict[str, list[Scalar]] | None = None

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
        if scalar is None:
            return item.span
        if scalar.text == template.source:
            return self._in(scalar, start, end)
        # A named text was put into it: the words are its own, or the whole of it is meant.
        piece = template.source[start:end]
        at = scalar.text.find(piece) if piece.strip() else -1
        if at < 0:
            return scalar.span
        return self._in(scalar, at, at + len(piece))

    def text(self, item: SayItem, code: str) -> Span:
        """The place of a whole text in one language."""
        scalar = self._text(item.span, code, item.texts[code].source)
        return scalar.span if scalar is not None else item.span

    def in_expression(self, near: Span, expression: Expression, start: int, end: int) -> Span:
        """The place of some characters of a condition written beside or around ``near``."""
        wanted = expression.source.strip()
        for key in ("if", "check"):
            scalar = self._around(near, key)
            if scalar is not None and scalar.text.strip() == wanted:
                return self._in(scalar, start, end)
        return near

    def in_value(self, span: Span, template: Template, start: int, end: int) -> Span:
        """The place of some characters of a computed value somewhere below ``span``."""
        for node in self._below(self._at(span)):
            if isinstance(node, Scalar) and node.text == template.source:
                return self._in(node, start, end)
        return span

    def item(self, span: Span, number: int) -> Span:
        """The place of an entry of the list at ``span``, counted from 0; else ``span``."""
        node = self._at(span)
        if isinstance(node, Sequence) and number < len(node.items):
            return node.items[number].span
        return span

    # ------------------------------------------------------------------ nodes

    def _in(self, scalar: Scalar, start: int, end: int) -> Span:
        document = self._documents.get(scalar.span.file)
        return place_in(document, scalar, start, end) if document is not None else scalar.span

    def _at(self, span: Span) -> Node | None:
        way = self._way(span)
        return way[-1] if way else None

    def _way(self, span: Span) -> list[Node]:
        """The nodes around a place, from the root of its file to the node there; or none."""
        document = self._documents.get(span.file)
        node = document.root if document is not None else None
        way: list[Node] = []
        while node is not None:
            way.append(node)
            if node.span == span:
                return way
            node = next((each for each in _children(node) if _holds(each.span, span)), None)
        return []

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
            node = next(iter(exact + short), None) or node.get("say")
        if isinstance(node, Scalar) and node.text == source:
            return node
        translated = self._translated(span.file, source)
        return translated or (node if isinstance(node, Scalar) else None)

    def _translated(self, file: str, source: str) -> Scalar | None:
        """The text in a file of translators, of this flow."""
        if self._translations is None:
            self._translations = {}
            for name, document in self._documents.items():
                flow = translation(name)
                nodes = self._below(document.root) if flow is not None else ()
                for each in nodes:
                    if flow is not None and isinstance(each, Scalar):
                        self._translations.setdefault(f"{flow[0]}.yaml", []).append(each)
        texts = self._translations.get(file, ())
        return next((each for each in texts if each.text == source), None)

    def _around(self, near: Span, key: str) -> Scalar | None:
        """The text under a key of the map at this place, or of the nearest map around it."""
        way = self._way(near)
        around = [each for each in reversed(way) if isinstance(each, Mapping)]
        for each in around[: 3 if around and way[-1] is around[0] else 2]:
            if isinstance(found := each.get(key), Scalar):
                return found
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


def _children(node: Node) -> Iterator[Node]:
    match node:
        case Mapping(items):
            for name, value in items:
                yield name
                yield value
        case Sequence(items):
            yield from items


def _holds(outer: Span, inner: Span) -> bool:
    """Whether one place lies within the other, of the same file."""
    begins = (outer.line, outer.column) <= (inner.line, inner.column)
    return begins and (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)
