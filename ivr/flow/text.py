"""Texts with placeholders: ``Thank you, ${found.name}.`` and ``${account.available | money}``.

:func:`compile` reads one at load time. :meth:`Template.render` makes the words a voice will speak,
:meth:`Template.value` and :meth:`Template.plain` what machines read (``set``, ``with``, addresses,
bodies). A literal ``${`` is written ``$${``. Spoken texts have single spaces, however they were
wrapped in the file.

Formatters follow the expression after ``|`` and may be chained where a selector comes first:
``${card | last 4 | spell}``. ``reveal`` may stand anywhere.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from ivr.flow import expression, segments, speech
from ivr.flow.expression import NOW, Expression, ExpressionError, Reference, Scope
from ivr.flow.messages import Segment, SegmentKind
from ivr.flow.segments import Stretch
from ivr.flow.values import TEXT_MAX, EvaluationError, Value, plain_text

MASK = "••••"
"""What logs and transcripts show of a sensitive value."""
PLACEHOLDERS_MAX = 50
"""In one text."""

_OPENING = re.compile(r"\$\$\{|\$\{")
_INSIDE = re.compile(
    r"(?P<skip>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\|\||[^'\"|{}$]+|\$(?!\{))"
    r"|(?P<pipe>\|)|(?P<close>\})|(?P<fault>.)",
    re.DOTALL,
)
_PIECE = re.compile(r"'([^']*)'|([^\s']+)")
_INVISIBLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\ufeff]")


class TextError(Exception):
    """A text that cannot be read: code, sentence, place and remedy.

    ``code`` is X001 (an expression or a bracket) or X003 (a formatter). Columns count from 0 in the
    source; the end is exclusive.
    """

    def __init__(self, code: str, message: str, column: int, end_column: int, help: str) -> None:
        self.code = code
        self.message = message
        self.column = column
        self.end_column = end_column
        self.help = help
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Applied:
    """A formatter as it is written in a placeholder."""

    name: str
    arguments: tuple[str, ...]
    column: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One ``${…}``; its columns are those of the whole of it."""

    expression: Expression
    formatters: tuple[Applied, ...]
    column: int
    end_column: int
    applied: tuple[tuple[str, tuple[str, ...]], ...]
    """The formatters as :func:`ivr.flow.speech.speak` takes them."""
    reads: frozenset[str]
    """Every name and dotted path it reads, and their beginnings: ``found``, ``found.name``."""
    segment: SegmentKind
    """What its words are: always the same ones in a flow set, digits, or anything."""

    def reads_any(self, names: frozenset[str]) -> bool:
        """Whether it reads one of these, or a map that has one: ``${inputs[n]}``, ``${inputs}``."""
        if not self.reads.isdisjoint(names):
            return True
        paths = {".".join(name.path) for name in self.expression.names}
        return any(name.rpartition(".")[0] in paths for name in names if "." in name)

    @property
    def revealed(self) -> bool:
        """Whether the author allowed a sensitive value to be spoken: ``reveal`` or ``last``."""
        return any(formatter.name in ("reveal", "last") for formatter in self.formatters)

    @property
    def speaks(self) -> bool:
        """Whether a formatter makes words, which only texts for callers may have."""
        return any(speech.FORMATTERS[name].speak is not None for name, _ in self.applied)


Quote = Callable[[Placeholder, str], str]
"""What an inserted value becomes where not every character may stand, as in an address."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text put into words."""

    text: str
    shown: str
    """The text as it may be written down: masked values in it are ``••••``."""
    nulls: tuple[str, ...]
    """The expressions that had no value and were left out."""
    segments: tuple[Segment, ...] = ()
    """The pieces it can be put together from; none where it is said in one go."""
    raw: tuple[str, ...] = ()
    """The expressions whose figures reach the voice as they came, for want of a formatter."""


@dataclass(frozen=True)
class Template:
    """A compiled text."""

    source: str
    parts: tuple[str | Placeholder, ...]
    """Literal text, with its spaces as written, and placeholders."""
    literal: str
    """What is spoken of a text without placeholders; else empty."""

    @cached_property
    def stretches(self) -> tuple[Stretch, ...]:
        """How its audio can be cut; empty where it is said in one go.

        Worked out when somebody asks: nobody asks it of an address, and the checker of few texts.
        """
        return segments.cut(self.parts) if self.placeholders else ()

    @property
    def fixed(self) -> bool:
        """Whether it says the same in every call of a flow set: its audio may be made ahead."""
        return all(each.segment is SegmentKind.FIXED for each in self.placeholders)

    @property
    def placeholders(self) -> tuple[Placeholder, ...]:
        """Its placeholders, in order."""
        return tuple([part for part in self.parts if not isinstance(part, str)])

    @property
    def names(self) -> tuple[Reference, ...]:
        """Everything it reads, in order, with columns in this text."""
        if self.literal:
            return ()
        return tuple([name for part in self.placeholders for name in part.expression.names])

    def render(
        self,
        scope: Scope,
        *,
        language: str,
        today: date | None = None,
        masked: frozenset[str] = frozenset(),
    ) -> Rendered:
        """The words for a voice, values formatted for ``language`` (``en-US``).

        ``today`` decides about weekdays and years; without it, and for the zone, ``now`` in the
        scope is asked.
        ``masked`` are names whose values may be written nowhere. Raises :class:`EvaluationError`
        (a :class:`~ivr.flow.speech.FormatError` is one).
        """
        if not self.placeholders:
            return Rendered(self.literal, self.literal, ())
        now = scope.get(NOW)
        if isinstance(now, datetime):
            moment = speech.Moment(today or now.date(), now.tzinfo)
        else:
            moment = speech.Moment(today)
        words: dict[int, str] = {}
        hidden: dict[int, str] = {}
        nulls: list[str] = []
        raw: list[str] = []
        for part in self.placeholders:
            value = part.expression.evaluate(scope)
            if speech.is_raw(value, part.applied):
                raw.append(part.expression.source)
            if value is None:
                nulls.append(part.expression.source)
            words[part.column] = "" if value is None else _spoken(part, value, language, moment)
            if value is not None and part.reads_any(masked):
                hidden[part.column] = MASK
        text = _with(self.parts, words)
        shown = _with(self.parts, words | hidden) if hidden else text
        segments = () if nulls else self._segments(words)
        return Rendered(text, shown, tuple(nulls), segments, tuple(raw))

    def _segments(self, words: dict[int, str]) -> tuple[Segment, ...]:
        found = ((stretch.kind, _with(stretch.joined(), words)) for stretch in self.stretches)
        return tuple(Segment(kind, text) for kind, text in found if text)

    def fixed_texts(self, scope: Scope, *, language: str) -> Iterator[str]:
        """The words of it that are the same in every call; ``scope`` needs only the constants.

        Raises :class:`EvaluationError`.
        """
        same = (tuple(s.joined()) for s in self.stretches if s.kind is SegmentKind.FIXED)
        for parts in (self.parts,) if self.fixed else same:
            words: dict[int, str] = {}
            for part in parts:
                if isinstance(part, Placeholder):
                    value = part.expression.evaluate(scope)
                    words[part.column] = _spoken(part, value, language, speech.Moment())
            if text := _with(parts, words):
                yield text

    def value(self, scope: Scope) -> Value:
        """What it stands for as a value: exactly one ``${…}`` keeps its type, else it is a text.

        Raises :class:`EvaluationError`.
        """
        if len(self.parts) == 1 and isinstance(self.parts[0], Placeholder):
            return _selected(self.parts[0], scope)
        return self.plain(scope)

    def plain(self, scope: Scope, quote: Quote | None = None) -> str:
        """The text as machines read it: numbers as digits, dates in ISO form, spaces as written.

        ``quote`` is applied to every inserted value (percent-encoding for an address). Raises
        :class:`EvaluationError`, also where a formatter makes words of a value.
        """
        pieces: list[str] = []
        for part in self.parts:
            if isinstance(part, str):
                pieces.append(part)
            else:
                inserted = plain_text(_selected(part, scope))
                pieces.append(inserted if quote is None else quote(part, inserted))
        return _bounded("".join(pieces))


def compile(source: str) -> Template:
    """Read a text. Raises :class:`TextError` and nothing else."""
    if len(source) > TEXT_MAX:
        message = f"a text of {len(source)} characters; {TEXT_MAX} is the most"
        raise TextError("X001", message, 0, len(source), "make several texts of it")
    parts: list[str | Placeholder] = []
    literal = ""
    at = 0
    while (found := _OPENING.search(source, at)) is not None:
        literal += source[at : found.start()]
        if found.group() == "$${":
            literal += "${"
            at = found.end()
            continue
        if literal:
            parts.append(literal)
        literal = ""
        placeholder, at = _placeholder(source, found.start())
        parts.append(placeholder)
        if len(parts) > 2 * PLACEHOLDERS_MAX:
            message = f"more than {PLACEHOLDERS_MAX} placeholders in one text"
            raise TextError("X001", message, found.start(), at, "make two texts of it")
    literal += source[at:]
    if literal:
        parts.append(literal)
    fixed = all(isinstance(part, str) for part in parts)
    return Template(source, tuple(parts), _folded((literal,)) if fixed else "")


def escape(literal: str) -> str:
    """The source of a text that says exactly this."""
    return literal.replace("${", "$${")


# --------------------------------------------------------------------------- reading


def _placeholder(source: str, begin: int) -> tuple[Placeholder, int]:
    """The placeholder that begins here, and where the text goes on."""
    pieces: list[tuple[int, int]] = []
    at = start = begin + 2
    while (found := _INSIDE.match(source, at)) is not None:
        at = found.end()
        if found.lastgroup == "fault":
            raise _fault_inside(source, found)
        if found.lastgroup in ("pipe", "close"):
            pieces.append((start, found.start()))
            start = at
        if found.lastgroup == "close":
            compiled = _expression(source, *pieces[0])
            formatters = tuple(_formatter(source, *piece) for piece in pieces[1:])
            _check_order(formatters)
            applied = tuple((each.name, each.arguments) for each in formatters)
            reads = frozenset(_beginnings(compiled.names))
            segment = _segment_kind(compiled, applied)
            return Placeholder(compiled, formatters, begin, at, applied, reads, segment), at
    message = "this ${ is never closed"
    raise TextError("X001", message, begin, begin + 2, "write } behind it, or $${ to say it")


def _fault_inside(source: str, found: re.Match[str]) -> TextError:
    column = found.start()
    match found.group():
        case "$":
            message, remedy = "a ${ inside another one", "write the name alone: ${a.b}"
        case "{":
            message, remedy = "“{” means nothing in a placeholder", "write ${name}"
        case quote:
            message, remedy = f"the quote {quote} is never closed", f"write {quote} at its end"
            rest = source[column + 1 :]
            if quote not in rest and "}" in rest:
                remedy = f"write a second {quote}, or leave this one out"
    return TextError("X001", message, column, column + 1, remedy)


def _expression(source: str, start: int, end: int) -> Expression:
    text = source[start:end]
    inner = text.strip()
    offset = start + len(text) - len(text.lstrip())
    if not inner:
        message = "a name or an expression is missing in ${ }"
        raise TextError("X001", message, start - 2, end + 1, "write ${name}, or $${ to say it")
    try:
        compiled = expression.compile(inner)
    except ExpressionError as error:
        column, end_column = error.column + offset, error.end_column + offset
        raise TextError("X001", error.message, column, end_column, error.help) from None
    names = tuple(
        Reference(name.path, name.column + offset, name.end_column + offset, name.guarded)
        for name in compiled.names
    )
    return Expression(compiled.source, compiled.tree, names)


def _formatter(source: str, start: int, end: int) -> Applied:
    text = source[start:end]
    name, *arguments = [found[1] or found[2] or "" for found in _PIECE.finditer(text)] or [""]
    column = start + len(text) - len(text.lstrip())
    end_column = max(start + len(text.rstrip()), column + 1)
    if not name:
        message = "the name of a formatter is missing behind “|”"
        raise TextError("X003", message, start - 1, start, _formatter_names())
    known = speech.FORMATTERS.get(name)
    if known is None:
        near = difflib.get_close_matches(name, speech.FORMATTERS, n=1)
        remedy = f"did you mean {near[0]}?" if near else _formatter_names()
        message = f"there is no formatter called “{name}”"
        raise TextError("X003", message, column, column + len(name), remedy)
    if not known.accepts(arguments):
        message = f"“{name}” is not written like this"
        raise TextError("X003", message, column, end_column, f"write  | {known.usage}")
    return Applied(name, tuple(arguments), column, end_column)


def _check_order(formatters: tuple[Applied, ...]) -> None:
    speaker: Applied | None = None
    for each in formatters:
        if speaker is not None and each.name != "reveal":
            message = f"“{speaker.name}” has made words already, “{each.name}” comes too late"
            remedy = "use one of them; last comes first"
            raise TextError("X003", message, each.column, each.end_column, remedy)
        if speech.FORMATTERS[each.name].speak is not None:
            speaker = each


def _formatter_names() -> str:
    return "the formatters are " + ", ".join(speech.FORMATTERS)


def _beginnings(names: Iterable[Reference]) -> Iterable[str]:
    for name in names:
        for length in range(1, len(name.path) + 1):
            yield ".".join(name.path[:length])


def _segment_kind(
    value: Expression, applied: tuple[tuple[str, tuple[str, ...]], ...]
) -> SegmentKind:
    """What the words of a placeholder will be, whatever its value is."""
    spoken = tuple(name for name, _ in applied if name != "reveal")
    path = value.names[0].path if len(value.names) == 1 else ()
    bare = value.source == ".".join(path)
    if bare and (path[0], spoken) in _CONSTANT:
        return SegmentKind.FIXED
    if spoken in _ONE_BY_ONE:
        return SegmentKind.DIGITS
    return SegmentKind.LIVE


_CONSTANT = frozenset({("hours", ("hours",)), ("numbers", ("phone",)), ("numbers", ("digits",))})
"""Values of the flow set itself, with formatters that do not look at the date."""
_ONE_BY_ONE = frozenset({("digits",), ("phone",), ("last",), ("last", "digits")})


# --------------------------------------------------------------------------- rendering


def _spoken(part: Placeholder, value: Value, language: str, moment: speech.Moment) -> str:
    try:
        return speech.speak(value, part.applied, language, moment)
    except speech.FormatError as error:
        used = "".join(f" | {each.name}" for each in part.formatters)
        raise speech.FormatError(f"{error}, in “{part.expression.source}{used}”") from None


def _selected(part: Placeholder, scope: Scope) -> Value:
    if part.speaks:
        raise EvaluationError(
            f"formatters make words for callers, and “{part.expression.source}” is not spoken here"
        )
    value = part.expression.evaluate(scope)
    return None if value is None else speech.selected(value, part.applied)


def _with(parts: Iterable[str | Placeholder], words: Mapping[int, str]) -> str:
    """The parts of a text with values in words, by the columns of their placeholders."""
    return _folded(part if isinstance(part, str) else words[part.column] for part in parts)


def _folded(pieces: Iterable[str]) -> str:
    """One line with single spaces and nothing invisible."""
    return " ".join(_INVISIBLE.sub("", _bounded("".join(pieces))).split())


def _bounded(text: str) -> str:
    if len(text) > TEXT_MAX:
        raise EvaluationError(f"a text may have {TEXT_MAX} characters at most")
    return text
