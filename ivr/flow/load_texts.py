"""``texts/clinic.es.yaml``: the texts of the flow ``clinic`` in another language, by translators.

Each line is the place of a text in the flow and its translation::

    welcome.say: Bienvenido.        the step welcome; of a list of actions, the first that has say
    welcome.2.say: Adiós.           the second action of the step; lists count from 1
    main.no_input.1: ¿Hola?         the first text of a list
    main.menu.1.for: nuestro horario
    texts.closing: Cerramos pronto.

They are put beside the texts they translate, as if they stood there, before the flow is read. What
stands in the flow itself comes first. Called by :mod:`ivr.flow.load_flow`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ivr.flow.files import TEXTS_FOLDER, flow_id, flow_ids, translation
from ivr.flow.load_include import HIDDEN, Merged
from ivr.flow.near import did_you_mean
from ivr.flow.problems import Problem, Severity, Span
from ivr.flow.reader import Reader
from ivr.flow.source import Document, Node, Scalar, Sequence
from ivr.flow.source import Mapping as MappingNode

NAMED_TEXTS = "texts"
TEXT_KEYS = frozenset(
    {"say", "no_input", "no_match", "repeat", "confirm", "whisper", "for", "text"}
)
"""Keys under which a text stands."""
_DATA = frozenset({"with", "body", "query", "headers", "example", "set", "value"})
"""Keys under which none does, whatever the keys below are called."""


def translated(reader: Reader, root: MappingNode) -> Merged:
    """The flow with the texts of its translators. The reader is told what is wrong with them."""
    files: set[str] = set()
    own = flow_id(reader.document.file)
    for name, document in reader.documents.items():
        flow, language = translation(name) or ("", "")
        if flow == own:
            files.add(name)
            root = _with_translation(reader, root, document, language)
    return Merged(root, frozenset(files))


def stray(documents: Mapping[str, Document]) -> list[Problem]:
    """The files for translators that belong to no flow."""
    problems: list[Problem] = []
    known = flow_ids(documents)
    for name in documents:
        found = translation(name)
        where = Span(name, 1, 1, 1, 1)
        if found is None and name.startswith(TEXTS_FOLDER):
            message = f"{name} is no name of a translation"
            remedy = "name it by flow and language, like texts/clinic.es.yaml"
            problems.append(Problem("S007", message, where, remedy))
        elif found is not None and found[0] not in known:
            message = f"there is no flow “{found[0]}” to translate"
            problems.append(Problem("F001", message, where, did_you_mean(found[0], known)))
    return problems


def _with_translation(
    reader: Reader, root: MappingNode, document: Document, language: str
) -> MappingNode:
    if not any(c == language or c.startswith(f"{language}-") for c in reader.languages):
        where = Span(document.file, 1, 1, 1, 1)
        message = f"the flow does not speak {language}"
        reader.report("L002", message, where, did_you_mean(language, reader.languages))
        return root
    found = document.root
    entry = reader.mapping(found, "a map like  welcome.say: Hola.") if found is not None else None
    flow = _Flow(root, _Pairs(root.get("steps")), _Pairs(root.get(NAMED_TEXTS)))
    for name, value in entry.items if entry else ():
        if not isinstance(value, Scalar):
            reader.wrong_type(value, "a text")
            continue
        _Translation(reader, name, language, value).put_into(flow)
    return flow.whole()


class _Pairs:
    """The values of a map while they are changed one by one: each is found at once."""

    def __init__(self, node: Node | None) -> None:
        self._node = node
        self._pairs = list(node.items) if isinstance(node, MappingNode) else []
        self._places = {name.text: place for place, (name, _) in enumerate(self._pairs)}

    def __contains__(self, name: str) -> bool:
        return name in self._places

    def names(self) -> tuple[str, ...]:
        """The keys in file order."""
        return tuple(self._places)

    def get(self, name: str) -> Node:
        """The value under a key that is there."""
        return self._pairs[self._places[name]][1]

    def put(self, name: str, value: Node) -> None:
        """Another value under a key that is there."""
        place = self._places[name]
        self._pairs[place] = (self._pairs[place][0], value)

    def whole(self) -> Node | None:
        """The map as it is now; what was given where that is no map."""
        if not isinstance(self._node, MappingNode):
            return self._node
        return MappingNode(tuple(self._pairs), self._node.span)


@dataclass(frozen=True, slots=True)
class _Flow:
    """A flow while it is translated."""

    root: MappingNode
    steps: _Pairs
    texts: _Pairs

    def whole(self) -> MappingNode:
        """The flow with its translations."""
        new = {"steps": self.steps.whole(), NAMED_TEXTS: self.texts.whole()}
        pairs = ((name, new.get(name.text) or value) for name, value in self.root.items)
        return MappingNode(tuple(pairs), self.root.span)


@dataclass(frozen=True, slots=True)
class _Translation:
    """One line of a translator's file."""

    reader: Reader
    name: Scalar
    language: str
    text: Scalar

    def put_into(self, flow: _Flow) -> None:
        """Put this text into the flow, or report why it cannot be."""
        words = self.name.text.split(".")
        # A step's name may hold points, so the longest one that fits is meant.
        for length in range(len(words) - 1, 0, -1):
            place, rest = ".".join(words[:length]), tuple(words[length:])
            if place in flow.steps:
                flow.steps.put(place, self._below(flow.steps.get(place), rest, place))
                return
            if place == NAMED_TEXTS:
                self._put_into_texts(flow, rest)
                return
        step, names = words[0], flow.steps.names()
        message = f"there is no step called “{step}” to translate"
        remedy = did_you_mean(step, names) or "write the name of a step, a point, and say"
        self.reader.report("F001", message, self.name.span, remedy)

    def _put_into_texts(self, flow: _Flow, path: tuple[str, ...]) -> None:
        name, rest = path[0], path[1:]
        if name in flow.texts:
            flow.texts.put(name, self._below(flow.texts.get(name), rest, NAMED_TEXTS))
        else:
            # There is no such text: this only tells it.
            self._below(flow.root, (NAMED_TEXTS, *path))

    def _below(self, node: Node, path: tuple[str, ...], key: str = "") -> Node:
        """The node with the text put in where the path leads; as it is after a report.

        ``key`` is the last one on the way that is no number of a list.
        """
        if not path:
            return self._beside(node, key)
        step, rest = path[0], path[1:]
        if step in _DATA and key not in ("steps", NAMED_TEXTS):
            return self._refuse(node)
        if isinstance(node, MappingNode) and node.get(step) is not None:
            place = node.keys().index(step)
            name, value = node.items[place]
            under = key if key == NAMED_TEXTS else step
            pair = (name, self._below(value, rest, under))
            return MappingNode((*node.items[:place], pair, *node.items[place + 1 :]), node.span)
        if isinstance(node, Sequence) and (number := _number(node, step)) is not None:
            inner = self._below(node.items[number], rest if step.isdecimal() else path, key)
            return Sequence((*node.items[:number], inner, *node.items[number + 1 :]), node.span)
        message = f"there is no “{step}” to translate there"
        self.reader.report("S001", message, self.name.span, did_you_mean(step, _known(node)))
        return node

    def _beside(self, node: Node, key: str) -> Node:
        """A text with its translation."""
        if isinstance(node, MappingNode) and (said := node.get("say")) is not None:
            place = node.keys().index("say")
            pair = (node.items[place][0], self._beside(said, "say"))
            return MappingNode((*node.items[:place], pair, *node.items[place + 1 :]), node.span)
        if key in (*TEXT_KEYS, NAMED_TEXTS):
            own = Scalar(self.language, False, self.text.span)
            if isinstance(node, Scalar) and not (key == "confirm" and node.text in ("yes", "no")):
                first = Scalar(self.reader.languages[0], False, node.span)
                return MappingNode(((first, node), (own, self.text)), node.span)
            if isinstance(node, MappingNode) and any(map(self._is_language, node.keys())):
                return self._beside_others(node, own)
        return self._refuse(node)

    def _is_language(self, key: str) -> bool:
        return any(code == key or code.startswith(f"{key}-") for code in self.reader.languages)

    def _refuse(self, node: Node) -> Node:
        message = f"“{self.name.text}” is no text that can be translated"
        remedy = "name one text: of a list by its number, like main.say.2"
        self.reader.report("S007", message, self.name.span, remedy)
        return node

    def _beside_others(self, node: MappingNode, own: Scalar) -> MappingNode:
        short = self.language.split("-")[0]
        for name, _ in node.items:
            if name.text in (self.language, short):
                message = f"{name.text} stands in {name.span.file} too; the text there is used"
                remedy = "delete one of the two"
                self.reader.tell(HIDDEN, message, self.name.span, Severity.INFO, remedy)
                return node
        return MappingNode((*node.items, (own, self.text)), node.span)


def _number(node: Sequence, step: str) -> int | None:
    """Which entry of a list is meant: by its number from 1, or the first that has this key."""
    if step.isdecimal():
        number = int(step) - 1 if len(step) < 6 else -1
        return number if 0 <= number < len(node.items) else None
    having = (n for n, each in enumerate(node.items) if step in _known(each))
    return next(having, None)


def _known(node: Node) -> tuple[str, ...]:
    """The keys of a map, the numbers of a list."""
    match node:
        case MappingNode():
            return node.keys()
        case Sequence(items):
            return tuple(str(number + 1) for number in range(len(items)))
        case Scalar():
            return ()
