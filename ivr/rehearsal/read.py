"""From the text of a ``*.test.yaml`` file to its calls, or to every problem in it.

A test file is read like a flow: scalars stay text until the key they stand under says what they
mean, and what is wrong has its place and remedy. The flows must be compiled first, because a test
that names a step, a number or a language that is not there can only be a slip of the pen. Opens no
files; ``ivr test`` does.

What a test does not say: the file's name says the flow, the first number of ``numbers.yaml`` that
leads to it is called, the caller is ``+13125550177``, and it is Monday, 5 January 2026, 10:00 on
the flow's own clock, so that a test is the same every day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ivr.flow import source
from ivr.flow.model import Flow, FlowSet
from ivr.flow.problems import Problem, Span
from ivr.flow.reader import E164, Reader, did_you_mean
from ivr.flow.source import Document, Node, Scalar, Sequence
from ivr.flow.source import Mapping as MappingNode
from ivr.rehearsal import tables
from ivr.rehearsal.answers import Answers
from ivr.rehearsal.directions import Directions
from ivr.rehearsal.known import Known
from ivr.rehearsal.script import CallScript, Script, Setting

SUFFIX = ".test.yaml"
CALLER = "+13125550177"
CALLED = "+13125550100"
"""Where no number of numbers.yaml leads to the flow."""
MOMENT = datetime(2026, 1, 5, 10, 0)
WITHHELD = "withheld"
"""``from: withheld`` is a caller without a number."""

_CIRCUMSTANCES = frozenset({"at", "from", "to", "language", "languages", "answers"})
_TOP_KEYS = _CIRCUMSTANCES | {"flow", "calls", "shared"}
_CALL_KEYS = _CIRCUMSTANCES | {"steps", "each"}
_AT = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{1,2}):(\d{2})(?::(\d{2}))?")


def read(file: str, text: str, flows: FlowSet) -> Script:
    """Read one test file. Never raises for what stands in it."""
    document = source.read(file, text)
    reading = _Reading(document, flows, Reader(document))
    calls = tuple(reading.calls()) if document.root is not None else ()
    # One line of the file's own circumstances is read again for every call.
    problems = list(dict.fromkeys((*document.problems, *reading.reader.problems)))
    if document.root is None and not problems:
        where = Span(file, 1, 1, 1, 1)
        problems.append(Problem("S004", "this test file is empty", where, "add  calls:"))
    problems.sort(key=Problem.sort_key)
    return Script(() if problems else calls, tuple(problems), document)


@dataclass(slots=True)
class _Reading:
    """One test file being read."""

    document: Document
    flows: FlowSet
    reader: Reader
    top: MappingNode = field(init=False)
    shared: dict[str, Sequence] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    """The shared beginnings that some call begins with."""
    known: Known = field(init=False)
    answers: Answers = field(init=False)

    def __post_init__(self) -> None:
        """What the flows may ask of the world is the same for every call."""
        self.known = Known.of(self.flows)
        self.answers = Answers(self.reader, self.flows, self.known)

    def calls(self) -> Iterator[CallScript]:
        """Every call, in file order."""
        assert self.document.root is not None
        root = self.reader.mapping(self.document.root, "a map with flow: and calls:")
        if root is None:
            return
        self.top = root
        self._check_keys(root, _TOP_KEYS, "at the top of a test file")
        self._read_shared(root.get("shared"))
        node = root.get("calls")
        found = self.reader.mapping(node, "a map of calls") if node is not None else None
        if node is None or (found is not None and not found.items):
            self.reader.report("S004", "this file tests no call", root.span, "add  calls:")
        for name, value in found.items if found is not None else ():
            yield from self._call(name, value)
        for shared, lines in self.shared.items():
            if shared not in self.used:
                message = f"no call begins as in “{shared}”"
                remedy = f"write  - as in: {shared}  in a call, or delete it"
                self.reader.report("S004", message, lines.span, remedy)

    def _read_shared(self, node: Node | None) -> None:
        """The beginnings calls have in common; their lines are read in each call."""
        wanted = "a map of lists, like  reaches the menu: [{hears: Welcome}]"
        found = self.reader.mapping(node, wanted) if node is not None else None
        for name, lines in found.items if found is not None else ():
            if isinstance(lines, Sequence) and lines.items:
                self.shared[name.text] = lines
            else:
                self.reader.wrong_type(lines, "a list of lines, like  - hears: Welcome")

    def _call(self, name: Scalar, value: Node) -> Iterator[CallScript]:
        """One call, or one for each row and language it is written for."""
        reader = self.reader
        entry = value if isinstance(value, MappingNode) else None
        steps: Node | None = value
        if entry is not None:
            self._check_keys(entry, _CALL_KEYS, "in a call")
            steps = entry.get("steps")
        setting = self._setting(entry)
        if not isinstance(steps, Sequence) or not steps.items:
            where = steps.span if steps is not None else name.span
            message = f"the call “{name.text}” has no lines"
            reader.report("S004", message, where, "write a list, like  - hears: Welcome")
            return
        if setting is None:
            return
        flow = self.flows.flows[setting.flow]
        each = entry.get("each") if entry is not None else None
        table = tables.rows(reader, each) if each is not None else [None]
        for language in self._languages(entry):
            reading = Directions(reader, self.flows, flow, self.known, self.shared, self.used)
            spoken = setting if language is None else replace(setting, language=language)
            for row in table:
                lines = replace(reading, row=row, language=language).read(steps)
                told = ", ".join(filter(None, (row.name if row else "", language)))
                full = f"{name.text} ({told})" if told else name.text
                yield CallScript(full, spoken, lines, name.span)

    def _languages(self, call: MappingNode | None) -> list[str | None]:
        """The languages a call is made in, one after the other; None is the one it says."""
        for place in filter(None, (call, self.top)):
            node, single = place.get("languages"), place.get("language")
            if node is None and single is None:
                continue
            if node is None:
                return [None]
            if single is not None:
                message = "“language” and “languages” say different things"
                self.reader.report("S005", message, node.span, "keep one of them")
            if not isinstance(node, Sequence) or not node.items:
                self.reader.wrong_type(node, "a list of languages, like [en-US, es-US]")
                return []
            found = [self.reader.declared_language(item) for item in node.items]
            return [code for code in dict.fromkeys(found) if code is not None]
        return [None]

    def _check_keys(self, entry: MappingNode, known: frozenset[str], where: str) -> None:
        for name, _ in entry.items:
            if name.text not in known:
                message = f"“{name.text}” is not known {where}"
                self.reader.report("S001", message, name.span, did_you_mean(name.text, known))

    # ------------------------------------------------------------------ the circumstances

    def _setting(self, call: MappingNode | None) -> Setting | None:
        """The circumstances of a call: its own before the file's. None after a report."""
        to = self._of(call, "to")
        called = self._called(to) if to is not None else None
        flow = self._flow(to, called)
        if flow is None:
            return None
        reader, entry = self.reader, self.flows.entry_for(called) if called else None
        reader.languages = tuple(language.code for language in flow.languages)
        language, at, caller = (self._of(call, key) for key in ("language", "at", "from"))
        spoken = entry.language if entry is not None else None
        return Setting(
            flow=flow.id,
            started_at=self._moment(at, flow),
            caller=self._caller(caller) if caller is not None else CALLER,
            called=called or self._number_of(flow),
            language=reader.declared_language(language) if language is not None else spoken,
            answers=self.answers.read(filter(None, (call, self.top))),
        )

    def _of(self, call: MappingNode | None, key: str) -> Node | None:
        own = call.get(key) if call is not None else None
        return own if own is not None else self.top.get(key)

    def _flow(self, to: Node | None, called: str | None) -> Flow | None:
        """The flow that is called: named, or found by the number, or by the file's name."""
        flows, reader, node = self.flows.flows, self.reader, self.top.get("flow")
        entry = self.flows.entry_for(called) if called else None
        if node is not None:
            name = reader.word(node, "a flow's name")
            if name is not None and name not in flows:
                message = f"there is no flow “{name}”"
                reader.report("F001", message, node.span, did_you_mean(name, flows))
            elif entry is not None and to is not None and entry.flow != name:
                message = f"calls to {called} are answered by {entry.flow}, not by {name}"
                reader.report("S007", message, to.span, "change to:, flow: or numbers.yaml")
            return flows.get(name) if name is not None else None
        if to is not None:
            if called is not None and entry is None:
                message = f"no flow answers calls to {called}"
                reader.report("S007", message, to.span, "add it to numbers.yaml, or add  flow:")
            return flows.get(entry.flow) if entry is not None else None
        name = self.document.file.rsplit("/", 1)[-1].removesuffix(SUFFIX)
        if name in flows or len(flows) == 1:
            return flows.get(name) or next(iter(flows.values()))
        remedy = f"add  flow: {next(iter(flows), 'main')}"
        reader.report("S007", "it is not said which flow is called", self.top.span, remedy)
        return None

    def _number_of(self, flow: Flow) -> str:
        plain = [n for n, e in self.flows.numbers.items() if e.flow == flow.id and not e.language]
        return plain[0] if plain else CALLED

    def _called(self, node: Node) -> str | None:
        return self._e164(node, "write it with plus and country code, like +13125550100")

    def _caller(self, node: Node) -> str | None:
        if isinstance(node, Scalar) and node.text == WITHHELD:
            return None
        return self._e164(node, f"write it like +13125550177, or  {WITHHELD}")

    def _e164(self, node: Node, remedy: str) -> str | None:
        text = self.reader.word(node, "a telephone number")
        if text is None or E164.fullmatch(text):
            return text
        self.reader.report("T001", f"“{text}” is not a telephone number", node.span, remedy)
        return None

    def _moment(self, node: Node | None, flow: Flow) -> datetime:
        """When the call comes in, on the flow's own clock."""
        zone = ZoneInfo(flow.timezone)
        default = MOMENT.replace(tzinfo=zone)
        if node is None:
            return default
        text = self.reader.word(node, "a date and time like 2026-11-23 10:15")
        found = _AT.fullmatch(text) if text is not None else None
        if found is None:
            if text is not None:
                self.reader.wrong_type(node, "a date and time like 2026-11-23 10:15")
            return default
        stamp = f"{found[1]}T{found[2]:0>2}:{found[3]}:{found[4] or '00'}"
        try:
            moment = datetime.fromisoformat(stamp).replace(tzinfo=zone)
            there = moment.astimezone(UTC).astimezone(zone)
        except (ValueError, OverflowError):
            message = f"there is no such day or time as {text}"
            self.reader.report("S007", message, node.span, "write one of the calendar")
            return default
        if there.replace(tzinfo=None) != moment.replace(tzinfo=None):
            message = f"in {flow.timezone} the clocks go forward over {text}"
            self.reader.report("S007", message, node.span, "choose a time that exists")
        return moment
