"""``include:``: definitions that several flows share, put beside a flow's own before it is read.

Only nodes are put together here, and every node knows the place and the file it was written in, so
whatever is found in a shared definition later is told where it stands. Steps are not shared in this
way: every step has one home, and flows share them by ``run``. Called by :mod:`ivr.flow.load_flow`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ivr.flow.files import can_be_included, is_flow_file
from ivr.flow.problems import Severity
from ivr.flow.reader import Reader, did_you_mean
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.source import Node, Scalar, Sequence

DEFINITIONS = ("languages", "numbers", "hours", "texts", "anytime", "defaults")
"""What may stand in a file that is included."""
DEPTH_MAX = 4
"""How far a file may be included by files that are included themselves."""
HIDDEN = "N003"
PAGES = {
    HIDDEN: """A name that is defined here and in an included file: the one here is used.

    Usually that is meant, but a change in the shared file will not be heard here. The same is told
    of a translation of a text that the flow has in that language itself.

    Wrong::

        include: [shared/common.yaml]     # front_desk stands there too
        numbers: {front_desk: +13125550199}

    Right: delete one of the two, or leave it so.
    """,
}


@dataclass(frozen=True, slots=True)
class Merged:
    """A flow's map with what it includes."""

    root: MappingNode
    files: frozenset[str]
    """The files that were included."""


def merged(reader: Reader, root: MappingNode) -> Merged:
    """The flow with the definitions of all files it includes.

    A name of its own comes before an included one, and what is included earlier before what is
    included later. The reader knows the documents and is told what is wrong.
    """
    gathering = _Gathering(reader)
    gathering.below(root, (reader.document.file,))
    for _, included in gathering.found:
        root = _with_definitions(reader, root, included)
    return Merged(root, frozenset(gathering.seen))


@dataclass(slots=True)
class _Gathering:
    """The included files in the order in which their names count."""

    reader: Reader
    found: list[tuple[str, MappingNode]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def below(self, root: MappingNode, chain: tuple[str, ...]) -> None:
        """Take in what this file includes; ``chain`` are the files that led to it, and it."""
        node = root.get("include")
        if node is None:
            return
        for each in node.items if isinstance(node, Sequence) else (node,):
            name = self.reader.word(each, "a file like shared/common.yaml")
            if name is not None and self._may_include(name, each, chain):
                self._include(name, chain)

    def _include(self, name: str, chain: tuple[str, ...]) -> None:
        if name in self.seen:
            return  # by two ways, and it says the same both times
        self.seen.add(name)
        root = self.reader.documents[name].root
        included = self.reader.mapping(root, "a map of definitions") if root is not None else None
        if included is None:
            return
        self._check_keys(name, included)
        self.found.append((name, included))
        self.below(included, (*chain, name))

    def _check_keys(self, file: str, root: MappingNode) -> None:
        """One word about the first thing that cannot be included; the rest would repeat it."""
        for name, _ in root.items:
            if name.text not in (*DEFINITIONS, "include"):
                remedy = did_you_mean(name.text, DEFINITIONS)
                if name.text == "steps":
                    remedy = "make it a flow of its own, and let others  run: it"
                message = f"“{name.text}” cannot be included from {file}, only definitions can"
                self.reader.report("S001", message, name.span, remedy)
                return

    def _may_include(self, name: str, node: Node, chain: tuple[str, ...]) -> bool:
        documents = self.reader.documents
        if name in chain:
            way = " → ".join((*chain[chain.index(name) :], name))
            message = f"{name} would include itself: {way}"
            self.reader.report("S007", message, node.span, "leave this include out")
        elif name in documents and is_flow_file(name):
            message = f"“{name}” is a flow, and flows cannot be included"
            remedy = "run it by a step (run:), or move what is shared to shared/common.yaml"
            self.reader.report("S007", message, node.span, remedy)
        elif name not in documents or not can_be_included(name):
            message = f"there is no file {name} that could be included"
            known = [each for each in documents if can_be_included(each)]
            remedy = did_you_mean(name, known) or "put it into shared/, and name it from the folder"
            self.reader.report("S007", message, node.span, remedy)
        elif len(chain) > DEPTH_MAX:
            message = f"{name} is included {len(chain)} files deep; {DEPTH_MAX} is the most"
            self.reader.report("S007", message, node.span, "include it in the flow itself")
        else:
            return True
        return False


def _with_definitions(reader: Reader, root: MappingNode, included: MappingNode) -> MappingNode:
    """The map with the definitions of one included file put behind its own."""
    own = dict(zip(root.keys(), root.items, strict=True))
    language = own.get("language")
    for name, node in included.items:
        if name.text not in DEFINITIONS:
            continue
        before = own.get(name.text)
        if name.text == "languages" and before is None and language is not None:
            _tell_hidden(reader, language[0], name)
        elif before is None:
            own[name.text] = (name, node)
        else:
            joined = _joined(reader, before[1], node, deep=name.text == "defaults")
            own[name.text] = (before[0], joined)
    return MappingNode(tuple(own.values()), root.span)


def _joined(reader: Reader, first: Node, second: Node, *, deep: bool) -> Node:
    """The names of two maps; where both have one, the first's counts. ``deep``: in those too."""
    if not isinstance(first, MappingNode):
        return first  # whoever reads it tells that it is none
    found = reader.mapping(second, "a map, as in the files that include this one")
    names: Mapping[str, tuple[Scalar, Node]] = dict(zip(first.keys(), first.items, strict=True))
    own = dict(names)
    for name, node in found.items if found else ():
        before = names.get(name.text)
        if before is None:
            own[name.text] = (name, node)
        elif deep and isinstance(before[1], MappingNode) and isinstance(node, MappingNode):
            own[name.text] = (before[0], _joined(reader, before[1], node, deep=False))
        else:
            _tell_hidden(reader, before[0], name)
    return MappingNode(tuple(own.values()), first.span)


def _tell_hidden(reader: Reader, winner: Scalar, hidden: Scalar) -> None:
    place = f"{hidden.span.file}, line {hidden.span.line}"
    message = f"“{winner.text}” stands here and in {place}; the one here is used"
    reader.tell(HIDDEN, message, winner.span, Severity.INFO, "delete one of the two if not meant")
