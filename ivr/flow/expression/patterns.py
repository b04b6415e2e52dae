"""Patterns for ``matches(text, 'pattern')``: the part of RE2's syntax that is linear in time.

Python's ``re`` backtracks, and one ``(a+)+b`` would stop every call of the process. So a pattern is
made into an automaton here (Glushkov's: one state for each character of the pattern), and all its
states are walked at once as bits of one integer: the time is at most length of the text times
length of the pattern, whatever both say. Only single characters and classes are given to ``re``.

As in CEL and RE2 a pattern may be *found* anywhere in the text; ``^…$`` makes it the whole text.
Not there, and refused by name: back-references, look-around, lazy marks, ``^`` and ``$`` inside.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from ivr.flow.values import EvaluationError

PATTERN_MAX = 200
"""Characters of a pattern as written."""
POSITIONS_MAX = 200
"""Characters of a pattern once its counts are written out: ``\\d{8}`` has eight."""
ITEMS_MAX = 1_000
"""Items read, with every repetition of a counted one."""
MATCHED_MAX = 500
"""Characters of a text that can be matched; with the limits above one match stays below 10 ms."""
GROUPS_MAX = 16
"""How deep groups may lie in each other."""

_PIECE = re.compile(
    r"(?P<set>\[\^?\]?(?:[^\]\\]|\\.)*\])|(?P<escape>\\.)|(?P<count>\{[0-9]+(?:,[0-9]*)?\})"
    r"|(?P<open>\((?:\?:)?)|(?P<sign>[)|*+?^$])|(?P<any>.)",
    re.DOTALL,
)
_ESCAPES = re.compile(r"\\[dDwWsSnt]|\\[^A-Za-z0-9]", re.ASCII)
_ESCAPE_IN_SET = re.compile(r"\\.", re.DOTALL)
_SET_TRAPS = re.compile(r"\[|--|&&|~~|\|\|")
_QUANTIFIERS = frozenset("*+?")


class PatternError(Exception):
    """A pattern that cannot be used: one sentence, and the column in the pattern, from 0."""

    def __init__(self, message: str, column: int) -> None:
        self.message = message
        self.column = column
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern. The integers are sets of states, one bit each."""

    source: str
    tests: tuple[Callable[[str], object], ...]
    """For each state, whether it takes a character."""
    follow: tuple[int, ...]
    """For each state, the states that may come after it."""
    first: int
    last: int
    may_be_empty: bool
    from_start: bool
    to_end: bool

    def found_in(self, text: str) -> bool:
        """Whether the pattern occurs in the text. Raises :class:`EvaluationError` if it is long."""
        if len(text) > MATCHED_MAX:
            raise EvaluationError(f"matches() takes texts of {MATCHED_MAX} characters at most")
        if self.may_be_empty and not (text and self.from_start and self.to_end):
            return True
        takers: dict[str, int] = {}
        states = 0
        for index, character in enumerate(text):
            taking = takers.get(character)
            if taking is None:
                taking = takers[character] = self._takers(character)
            begin = self.first if index == 0 or not self.from_start else 0
            states = (begin | self._after(states)) & taking
            if states & self.last and not self.to_end:
                return True
        return bool(states & self.last)

    def _takers(self, character: str) -> int:
        return sum(1 << state for state, test in enumerate(self.tests) if test(character))

    def _after(self, states: int) -> int:
        reached = 0
        while states:
            lowest = states & -states
            reached |= self.follow[lowest.bit_length() - 1]
            states ^= lowest
        return reached


def compile_pattern(source: str) -> Pattern:
    """Read a pattern. Raises :class:`PatternError`."""
    if len(source) > PATTERN_MAX:
        raise PatternError(f"a pattern may have {PATTERN_MAX} characters at most", PATTERN_MAX)
    return _Reader(source).read()


# --------------------------------------------------------------------------- reading


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of the automaton: where it can begin and end, and whether it can be nothing."""

    first: int
    last: int
    empty: bool


_NOTHING = _Part(0, 0, True)


class _Reader:
    """One reading of one pattern: ``either := row {'|' row}``, ``row := {item [quantifier]}``."""

    __slots__ = ("at", "depth", "follow", "items", "pieces", "source", "tests")

    def __init__(self, source: str) -> None:
        self.source = source
        self.pieces = list(_PIECE.finditer(source))
        self.at = 0
        self.depth = 0
        self.items = 0
        self.tests: list[Callable[[str], object]] = []
        self.follow: list[int] = []

    def read(self) -> Pattern:
        from_start = self._take("^")
        part = self._either()
        to_end = self._take("$")
        if self.at < len(self.pieces):
            self.at -= to_end
            self._refuse_here()
        if (from_start or to_end) and self._top_level_choice():
            raise PatternError("put the alternatives in brackets: ^(a|b)$", self.source.index("|"))
        return Pattern(
            self.source,
            tuple(self.tests),
            tuple(self.follow),
            part.first,
            part.last,
            part.empty,
            from_start,
            to_end,
        )

    def _either(self) -> _Part:
        part = self._row()
        while self._take("|"):
            other = self._row()
            part = _Part(
                part.first | other.first, part.last | other.last, part.empty or other.empty
            )
        return part

    def _row(self) -> _Part:
        part = _NOTHING
        while (piece := self._peek()) is not None and piece not in (")", "|", "$"):
            part = self._join(part, self._quantified())
        return part

    def _quantified(self) -> _Part:
        begin = self.at
        part = self._item()
        sign = self._peek()
        if sign is None:
            return part
        if sign in _QUANTIFIERS:
            self.at += 1
            if sign != "?":
                self._link(part.last, part.first)
            part = _Part(part.first, part.last, part.empty or sign != "+")
        elif self.pieces[self.at].lastgroup == "count":
            self.at += 1
            part = self._counted(begin, part, sign)
        if (again := self._peek()) is not None and (
            again in _QUANTIFIERS or self.pieces[self.at].lastgroup == "count"
        ):
            self._refuse("two quantifiers follow each other; use one, or brackets around the first")
        return part

    def _counted(self, begin: int, part: _Part, count: str) -> _Part:
        """``{2,4}``: the item written out so many times, the later ones optional."""
        least_text, comma, most_text = count[1:-1].partition(",")
        least = int(least_text)
        most = int(most_text) if most_text else least
        if most < least or most == 0 or max(least, most) > POSITIONS_MAX:
            self._refuse("the count wants a smaller number, a comma, and a larger one", back=1)
        end = self.at
        total = _Part(part.first, part.last, part.empty or least == 0)
        for number in range(1, most):
            self.at = begin
            copy = self._item()
            optional = number >= least
            total = self._join(total, _Part(copy.first, copy.last, copy.empty or optional))
            part = copy
        self.at = end
        if comma and not most_text:
            self._link(part.last, part.first)
        return total

    def _item(self) -> _Part:
        self.items += 1
        if self.items > ITEMS_MAX:  # counts of empty groups: they multiply and make no state
            self._refuse("the counts in this pattern multiply to too many")
        piece = self.pieces[self.at]
        text = piece.group()
        match piece.lastgroup:
            case "open":
                return self._group()
            case "sign" | "count":
                self._refuse_here()
            case "set":
                self._check_set(piece)
            case "escape":
                self._check_escape(text, piece.start())
            case _:
                if text == "[":
                    self._refuse("the [ is never closed; write \\[ for the character itself")
        self.at += 1
        is_syntax = piece.lastgroup in ("set", "escape") or text == "."
        return self._state(text if is_syntax else re.escape(text))

    def _state(self, syntax: str) -> _Part:
        if len(self.tests) >= POSITIONS_MAX:
            self._refuse(f"the pattern is longer than {POSITIONS_MAX} characters", back=1)
        try:
            compiled = re.compile(syntax, re.ASCII)
        except re.error:
            self._refuse("these square brackets hold no set of characters", back=1)
        self.tests.append(compiled.match)
        self.follow.append(0)
        bit = 1 << (len(self.tests) - 1)
        return _Part(bit, bit, False)

    def _group(self) -> _Part:
        begin = self.at
        self.depth += 1
        if self.depth > GROUPS_MAX:
            self._refuse(f"brackets lie deeper than {GROUPS_MAX} in each other")
        self.at += 1
        if self._peek() == "?":
            self._refuse("only (…) and (?:…) are known here, nothing that looks ahead or behind")
        part = self._either()
        if not self._take(")"):
            if self._peek() == "$":
                self._refuse_here()
            self.at = begin
            self._refuse("the bracket is never closed")
        self.depth -= 1
        return part

    def _check_set(self, piece: re.Match[str]) -> None:
        body = piece.group()[1:-1].removeprefix("^")
        for escape in _ESCAPE_IN_SET.finditer(body):
            self._check_escape(escape.group(), piece.start())
        trap = _SET_TRAPS.search(_ESCAPE_IN_SET.sub("", body))
        if trap:
            self._refuse(f"write a backslash before “{trap.group()[0]}” in square brackets")

    def _check_escape(self, text: str, column: int) -> None:
        if not _ESCAPES.fullmatch(text):
            what = "back-references are" if text[1].isdigit() else f"“{text}” is"
            raise PatternError(f"{what} not known in patterns", column)

    # ------------------------------------------------------------------ small steps

    def _join(self, left: _Part, right: _Part) -> _Part:
        self._link(left.last, right.first)
        return _Part(
            left.first | (right.first if left.empty else 0),
            right.last | (left.last if right.empty else 0),
            left.empty and right.empty,
        )

    def _link(self, sources: int, targets: int) -> None:
        while sources:
            lowest = sources & -sources
            self.follow[lowest.bit_length() - 1] |= targets
            sources ^= lowest

    def _peek(self) -> str | None:
        return self.pieces[self.at].group() if self.at < len(self.pieces) else None

    def _take(self, sign: str) -> bool:
        if self._peek() != sign:
            return False
        self.at += 1
        return True

    def _top_level_choice(self) -> bool:
        depth = 0
        for piece in self.pieces:
            text = piece.group()
            if piece.lastgroup == "open":
                depth += 1
            elif piece.lastgroup == "sign" and text == ")":
                depth -= 1
            elif piece.lastgroup == "sign" and text == "|" and depth == 0:
                return True
        return False

    def _refuse_here(self) -> NoReturn:
        text = self.pieces[self.at].group()
        remedy = {
            "^": "^ stands at the very beginning of a pattern only",
            "$": "$ stands at the very end of a pattern only",
            ")": "there is no bracket this one closes",
        }
        self._refuse(remedy.get(text, f"there is nothing before “{text}” that it could repeat"))

    def _refuse(self, message: str, back: int = 0) -> NoReturn:
        index = self.at - back
        column = self.pieces[index].start() if index < len(self.pieces) else len(self.source)
        raise PatternError(message, column)
