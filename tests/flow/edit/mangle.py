"""The same file as somebody in a hurry would have typed it: other indents, spaces, breaks, quotes,
empty lines, and comments wherever one may stand. Written against the rules of YAML and not against
the layout that is tested.
"""

from __future__ import annotations

import json
from random import Random

from ivr.flow.source import Mapping, Node, Scalar, Sequence

_COMMENT = "{mark} {number}: “quoted”, [x] - y: 'z'   # again"


class Mangler:
    """Types a tree; ``comments`` are those it has put in, in file order."""

    def __init__(self, random: Random) -> None:
        self.comments: list[str] = []
        self._random = random
        self._lines: list[str] = []
        self._below = 1_000
        """How deep a comment may be: below a block text it would be a part of it."""

    def typed(self, root: Node) -> str:
        """The whole file."""
        self._between(0)
        self._block(root, self._random.choice([0, 0, 0, 1, 3]))
        self._between(0)
        end = self._random.choice(["\n", "\r\n"])
        return self._random.choice(["", "\ufeff"]) + end.join(self._lines) + end

    def _block(self, node: Node, indent: int, begun: str = "") -> None:
        """A map or a list on lines of its own; ``begun`` is a dash it may share a line with."""
        assert isinstance(node, Mapping | Sequence)
        for number in range(len(node.items)):
            head = begun if number == 0 and begun else " " * indent
            if number:
                self._between(indent)
            if isinstance(node, Mapping):
                key, value = node.items[number]
                self._value(head + self._scalar(key) + ":", value, indent, dash=False)
            else:
                self._value(head + "-", node.items[number], indent, dash=True)

    def _value(self, head: str, value: Node, indent: int, *, dash: bool) -> None:
        random = self._random
        gap = " " * random.randint(1, 3)
        deeper = indent + random.randint(1, 5)
        match value:
            case Scalar(text="", quoted=False):
                self._row(head)
            case Scalar() if value.quoted and value.text[-1:] == "\n" and self._one_in(2):
                self._row(head + gap + "|", plain=False)
                for line in value.text[:-1].split("\n"):
                    self._lines.append(" " * deeper + line if line else "")
                self._below = indent
            case Scalar():
                written = self._scalar(value)
                rows = self._broken(written) if "\n" not in value.text else [written]
                if self._one_in(6):
                    self._row(head)
                    self._between(deeper)
                    head, gap = " " * deeper, ""
                for row in rows[:-1]:
                    self._lines.append(head + gap + row + " " * random.randint(0, 2))
                    head, gap = " " * deeper, ""
                self._row(head + gap + rows[-1], plain=not value.quoted)
            case _ if not value.items or (self._small(value) and self._one_in(2)):
                self._row(head + gap + self._brackets(value), plain=False)
            case Mapping() | Sequence():
                if dash and self._one_in(2):
                    spaces = " " * random.randint(1, 4)
                    self._block(value, len(head) + len(spaces), head + spaces)
                    return
                self._row(head, plain=False)
                # A list may stand no deeper than its key.
                flat = isinstance(value, Sequence) and not dash and self._one_in(3)
                deeper = indent if flat else deeper
                self._between(deeper)
                self._block(value, deeper)

    def _small(self, node: Node) -> bool:
        """Whether it may stand in brackets: texts with commas, braces or breaks may not."""
        match node:
            case Scalar(text, quoted):
                return quoted or (not set(text) & set("{}[],:#?&*") and bool(text))
            case Sequence(items):
                return all(map(self._small, items))
            case Mapping(items):
                return all(self._small(key) and self._small(value) for key, value in items)

    def _brackets(self, node: Node) -> str:
        space = " " * self._random.randint(0, 2)
        match node:
            case Scalar():
                return self._scalar(node)
            case Sequence(items):
                inner = f"{space},{space} ".join(map(self._brackets, items))
                return f"[{space}{inner}{space}]"
            case Mapping(items):
                pairs = [f"{self._scalar(k)}{space}: {space}{self._brackets(v)}" for k, v in items]
                return f"{{{space}" + f"{space},{space}".join(pairs) + f"{space}}}"

    def _scalar(self, scalar: Scalar) -> str:
        if not scalar.quoted:
            return scalar.text
        single = "'" + scalar.text.replace("'", "''") + "'"
        double = json.dumps(scalar.text, ensure_ascii=False)
        return single if "\n" not in scalar.text and self._one_in(2) else double

    def _broken(self, written: str) -> list[str]:
        """Broken at single spaces, which read the same as line breaks."""
        words = written.split(" ")
        if "" in words or "\\" in written or not self._one_in(3):
            return [written]
        rows = [words[0]]
        for word in words[1:]:
            if self._one_in(5) and word[:1] not in "#-?:" and not word.endswith(":"):
                rows.append(word)
            else:
                rows[-1] += " " + word
        return rows

    def _row(self, text: str, *, plain: bool = True) -> None:
        """A line, perhaps with a comment behind it, or spaces."""
        self._below = 1_000
        if self._one_in(6):
            text += " " * self._random.randint(2 if plain else 1, 30) + self._comment()
        self._lines.append(text + self._random.choice(["", "", " ", "   "]))

    def _between(self, indent: int) -> None:
        """Empty lines and comments, anywhere in the line."""
        for _ in range(self._random.choice([0, 0, 0, 1, 2, 4])):
            if self._one_in(2):
                depth = self._random.choice([indent, indent, indent + 2, 0, 7])
                depth = min(depth, self._below)
                self._lines.append(" " * depth + self._comment())
            else:
                self._lines.append(" " * self._random.choice([0, 0, 4]))

    def _comment(self) -> str:
        mark = self._random.choice(["#", "##", "# ivr: allow M003 because"])
        self.comments.append(_COMMENT.format(mark=mark, number=len(self.comments)))
        return self.comments[-1]

    def _one_in(self, number: int) -> bool:
        return self._random.randrange(number) == 0
