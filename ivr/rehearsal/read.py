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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ivr.flow import source
from ivr.flow.messages import LegOutcome
from ivr.flow.model import Flow, FlowSet
from ivr.flow.problems import Problem, Span
from ivr.flow.reader import E164, Reader, did_you_mean
from ivr.flow.source import Document, Node, Scalar, Sequence
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.steps.transfer import TransferTo
from ivr.rehearsal.directions import Directions
from ivr.rehearsal.script import CallScript, Script, Setting

SUFFIX = ".test.yaml"
CALLER = "+13125550177"
CALLED = "+13125550100"
"""Where no number of numbers.yaml leads to the flow."""
MOMENT = datetime(2026, 1, 5, 10, 0)
WITHHELD = "withheld"
"""``from: withheld`` is a caller without a number."""

_CIRCUMSTANCES = frozenset({"at", "from", "to", "language", "answers"})
_TOP_KEYS = _CIRCUMSTANCES | {"flow", "calls"}
_CALL_KEYS = _CIRCUMSTANCES | {"steps"}
_LATER = frozenset({"shared", "languages", "each"})
_AT = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{1,2}):(\d{2})(?::(\d{2}))?")
_METHOD = re.compile(r"(GET|POST|PUT|PATCH|DELETE|HEAD) ")
_ANSWER_KEY = "an answer like  transfer front_desk: busy"
_OUTCOMES: Mapping[str, LegOutcome] = {
    "answered": LegOutcome.DONE,
    **{outcome.value: outcome for outcome in LegOutcome},
}


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

    def calls(self) -> Iterator[CallScript]:
        """Every call, in file order."""
        assert self.document.root is not None
        root = self.reader.mapping(self.document.root, "a map with flow: and calls:")
        if root is None:
            return
        self.top = root
        self._check_keys(root, _TOP_KEYS, "at the top of a test file")
        node = root.get("calls")
        found = self.reader.mapping(node, "a map of calls") if node is not None else None
        if node is None or (found is not None and not found.items):
            self.reader.report("S004", "this file tests no call", root.span, "add  calls:")
        for name, value in found.items if found is not None else ():
            call = self._call(name, value)
            if call is not None:
                yield call

    def _call(self, name: Scalar, value: Node) -> CallScript | None:
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
            return None
        if setting is None:
            return None
        flow = self.flows.flows[setting.flow]
        directions = Directions(reader, self.flows, flow, self._targets()).read(steps)
        return CallScript(name.text, setting, directions, name.span)

    def _check_keys(self, entry: MappingNode, known: frozenset[str], where: str) -> None:
        for name, _ in entry.items:
            if name.text in _LATER:
                message = f"“{name.text}” is not built into this version of ivr yet"
                self.reader.report("S001", message, name.span, "write the calls out")
            elif name.text not in known:
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
            answers=self._answers(self.top) | (self._answers(call) if call is not None else {}),
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

    # ------------------------------------------------------------------ answers

    def _answers(self, entry: MappingNode) -> dict[str, LegOutcome]:
        """How the outside world answers."""
        node = entry.get("answers")
        found = self.reader.mapping(node, "a map of answers") if node is not None else None
        answers: dict[str, LegOutcome] = {}
        for name, value in found.items if found is not None else ():
            if not self._is_transfer(name):
                continue
            target = name.text.removeprefix("transfer ").strip()
            self._check_target(target, name.span)
            outcome = self.reader.word(value, "answered, busy, no_answer or failed")
            if outcome is None:
                continue
            if outcome in _OUTCOMES:
                answers[target] = _OUTCOMES[outcome]
            else:
                remedy = did_you_mean(outcome, _OUTCOMES)
                message = f"“{outcome}” is not how a transfer ends"
                self.reader.report("S007", message, value.span, remedy)
        return answers

    def _is_transfer(self, name: Scalar) -> bool:
        if name.text.startswith("transfer "):
            return True
        if _METHOD.match(name.text):
            message = f"“{name.text}” answers an http step, which this version of ivr has not yet"
            self.reader.report("S001", message, name.span, "leave it out")
        else:
            message = f"“{name.text}” is not {_ANSWER_KEY}"
            self.reader.report("S001", message, name.span, "write  transfer NAME: OUTCOME")
        return False

    def _targets(self) -> frozenset[str]:
        """Everybody the flows may transfer to: as they name them, and their numbers."""
        targets: set[str] = set()
        for flow in self.flows.flows.values():
            for step in flow.steps.values():
                for action in step.actions:
                    if isinstance(action.kind, TransferTo):
                        target = action.kind.target
                        targets |= {target, flow.numbers.get(target, target)}
        return frozenset(targets)

    def _check_target(self, target: str, span: Span) -> None:
        targets = self._targets()
        if target not in targets:
            remedy = did_you_mean(target, targets)
            self.reader.report("T001", f"no step transfers to “{target}”", span, remedy)
