"""``answers:`` of a test: what the outside world says, unless a call says otherwise.

Part of ``read.py``. Names may hold ``*`` for anything: ``transfer *: busy``, ``GET /patients/*``.
What a call says of itself comes before what its file says; within each, a name before a pattern,
and patterns in their order. A list of answers is used in turn, the last one from then on.

A map is a body, unless all its keys are ``status`` (a number), ``body`` and ``after``. For a
function whose text is spoken as it comes, a list of texts is its pieces.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from ivr.flow.messages import LegOutcome
from ivr.flow.model import FlowSet
from ivr.flow.reader import Reader, did_you_mean
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.source import Node, Scalar, Sequence
from ivr.flow.steps.http import METHODS
from ivr.rehearsal.known import Known, fits_any
from ivr.rehearsal.patterns import ANYTHING, fits
from ivr.rehearsal.stubs import Answer, Comes, Reply, Result, Stub

TRANSFERS: Mapping[str, LegOutcome] = {
    "answered": LegOutcome.DONE,
    **{how.value: how for how in (LegOutcome.BUSY, LegOutcome.NO_ANSWER, LegOutcome.FAILED)},
    "done": LegOutcome.DONE,
}
QUEUES: Mapping[str, LegOutcome] = {
    how.value: how
    for how in (
        LegOutcome.DONE,
        LegOutcome.FULL,
        LegOutcome.TOO_LONG,
        LegOutcome.CLOSED,
        LegOutcome.FAILED,
    )
}
DOCUMENTS: Mapping[str, LegOutcome] = {
    how.value: how for how in (LegOutcome.DONE, LegOutcome.FAILED)
}
AFTER_MS_MAX = 300_000
FAILED = "failed"
_TIMEOUT = "timeout"
_STATUS = re.compile(r"[2-5]\d\d")
_EXAMPLE = "an answer like  transfer front_desk: busy  or  GET /patients/*: 404"
_ABOUT = ("transfer", "queue", "twiml", "do", "sms")
_REPLY = "a body, a status like 404, timeout, or {status: 201, body: {…}, after: 5s}"


@dataclass(frozen=True, slots=True)
class Answers:
    """Reads ``answers:`` for one folder of flows."""

    reader: Reader
    flows: FlowSet
    known: Known
    _done: dict[int, list[Stub]] = field(default_factory=dict)
    """What was read of the file's own answers, for its next call."""

    def read(self, places: Iterable[MappingNode]) -> tuple[Stub, ...]:
        """Every answer, the nearest first; ``places`` are where ``answers:`` may stand."""
        found: list[Stub] = []
        for place in places:
            node = place.get("answers")
            stubs = self._stubs_of(node) if node is not None else []
            # Sorting keeps the order of those that are alike.
            found += sorted(stubs, key=lambda stub: ANYTHING in stub.pattern)
        return tuple(found)

    def _stubs_of(self, node: Node) -> list[Stub]:
        if id(node) not in self._done:
            self._done[id(node)] = self._stubs(node)
        return self._done[id(node)]

    def _stubs(self, node: Node) -> list[Stub]:
        entry = self.reader.mapping(node, "a map of answers")
        found = [self._stub(name, value) for name, value in (entry.items if entry else ())]
        return [stub for stub in found if stub is not None]

    def _stub(self, name: Scalar, value: Node) -> Stub | None:
        about, _, rest = name.text.partition(" ")
        pattern = " ".join(rest.split())
        if about.upper() in METHODS and pattern:
            return self._http(name, about.upper(), pattern, value)
        match about:
            case "transfer" if pattern:
                self._named(name, pattern, self.known.callees, "transfers to")
                return self._leg(about, pattern, value, TRANSFERS, "a transfer")
            case "queue" if pattern:
                self._named(name, pattern, self.known.queues, "puts callers into the queue")
                return self._leg(about, pattern, value, QUEUES, "waiting in a queue")
            case "twiml":
                self._named(name, pattern or ANYTHING, self.known.documents, "runs TwiML in")
                return self._leg(about, pattern or ANYTHING, value, DOCUMENTS, "TwiML")
            case "do" if pattern:
                self._named(name, pattern, self.known.functions, "calls the function")
                return self._do(pattern, value)
            case "sms":
                if not self.known.texts:
                    message = "no step sends a text message"
                    self.reader.report("S007", message, name.span, "leave it out")
                return self._sms(pattern or ANYTHING, value)
        self._unknown(name, about)
        return None

    def _unknown(self, name: Scalar, about: str) -> None:
        message = f"“{name.text}” is not {_EXAMPLE}"
        near = did_you_mean(about, (*_ABOUT, *METHODS)) if about else ""
        remedy = near if near.startswith("did") and about not in _ABOUT else ""
        self.reader.report("S001", message, name.span, remedy or "write  transfer NAME: OUTCOME")

    def _named(self, name: Scalar, pattern: str, known: Iterable[str], does: str) -> None:
        """Report a name that nothing in the flows could ever ask for."""
        names = set(known)
        if not fits_any(pattern, names):
            remedy = did_you_mean(pattern, names) or "leave it out"
            code = "T001" if does == "transfers to" else "S007"
            self.reader.report(code, f"no step {does} “{pattern}”", name.span, remedy)

    def _in_turn(self, node: Node, read: Callable[[Node], Answer | None]) -> tuple[Answer, ...]:
        items = node.items if isinstance(node, Sequence) else (node,)
        if not items:
            self.reader.wrong_type(node, "an answer, or several in a list")
        return tuple(answer for item in items if (answer := read(item)) is not None)

    # ------------------------------------------------------------------ time away

    def _leg(
        self, about: str, pattern: str, value: Node, known: Mapping[str, LegOutcome], what: str
    ) -> Stub | None:
        def one(node: Node) -> Comes | None:
            *most, last = known if about != "transfer" else list(known)[:-1]
            outcome = self.reader.word(node, f"{', '.join(most)} or {last}")
            if outcome is None:
                return None
            if outcome not in known:
                message = f"“{outcome}” is not how {what} ends"
                self.reader.report("S007", message, node.span, did_you_mean(outcome, known))
                return None
            return Comes(known[outcome])

        answers = self._in_turn(value, one)
        return Stub(about, pattern, answers) if answers else None

    # ------------------------------------------------------------------ services

    def _http(self, name: Scalar, method: str, path: str, value: Node) -> Stub | None:
        pattern = f"{method} {path.partition('?')[0]}"
        if not self.known.may_request(pattern):
            remedy = did_you_mean(pattern, self.known.paths) or "leave it out"
            self.reader.report("S007", f"no step asks for “{pattern}”", name.span, remedy)
        answers = self._in_turn(value, self._reply)
        return Stub("http", pattern, answers) if answers else None

    def _reply(self, node: Node) -> Reply | None:
        if isinstance(node, Scalar):
            if node.text == _TIMEOUT:
                return Reply(None)
            if _STATUS.fullmatch(node.text) and not node.quoted:
                return Reply(int(node.text), as_example=node.text.startswith("2"))
            self.reader.wrong_type(node, _REPLY)
            return None
        if isinstance(node, MappingNode) and _is_long(node):
            status, body, after = node.get("status"), node.get("body"), node.get("after")
            number = int(status.text) if isinstance(status, Scalar) else 200
            reply = Reply(number, as_example=body is None and number < 300)
            return Reply(
                reply.status,
                self.reader.value(body) if body is not None else None,
                reply.as_example,
                self._after(after, reply.after_ms),
            )
        return Reply(200, self.reader.value(node))

    def _after(self, node: Node | None, default_ms: int) -> int:
        if node is None:
            return default_ms
        return self.reader.duration(node, 0, AFTER_MS_MAX, default_ms)

    # ------------------------------------------------------------------ functions, text messages

    def _do(self, pattern: str, value: Node) -> Stub | None:
        meant = [name for name in self.known.functions if fits(pattern, name)]
        specs = [self.flows.functions.get(name) for name in meant]
        streams = any(spec is not None and spec.streams for spec in specs)
        told = value.items if isinstance(value, Sequence) else ()
        if streams and told and all(isinstance(item, Scalar) for item in told):
            return Stub("do", pattern, (Result("done", self.reader.value(value)),))
        outcomes = {outcome for name in meant for outcome in self.known.functions[name]}
        answers = self._in_turn(value, lambda node: self._result(node, outcomes))
        return Stub("do", pattern, answers) if answers else None

    def _result(self, node: Node, outcomes: Collection[str]) -> Result | None:
        if isinstance(node, Scalar) and node.text == FAILED and not node.quoted:
            return Result(FAILED)
        if isinstance(node, MappingNode) and node.items and {*node.keys()} <= _RESULT_KEYS:
            outcome, value, after = node.get("outcome"), node.get("value"), node.get("after")
            result = Result("done", as_example=outcome is None and value is None)
            named = self.reader.word(outcome, "an outcome") if outcome is not None else None
            if outcome is not None and named and outcomes and named not in outcomes:
                message = f"the function never ends with “{named}”"
                self.reader.report("F011", message, outcome.span, did_you_mean(named, outcomes))
            return Result(
                named or "done",
                self.reader.value(value) if value is not None else None,
                result.as_example,
                self._after(after, result.after_ms),
            )
        return Result("done", self.reader.value(node))

    def _sms(self, pattern: str, value: Node) -> Stub | None:
        def one(node: Node) -> Result | None:
            outcome = self.reader.word(node, "done or failed")
            if outcome not in (None, "done", FAILED):
                remedy = did_you_mean(str(outcome), ("done", FAILED))
                message = f"“{outcome}” is not how a text message ends"
                self.reader.report("S007", message, node.span, remedy)
                return None
            return Result(outcome) if outcome is not None else None

        answers = self._in_turn(value, one)
        return Stub("sms", pattern, answers) if answers else None


_RESULT_KEYS = frozenset({"outcome", "value", "after"})
_REPLY_KEYS = frozenset({"status", "body", "after"})


def _is_long(node: MappingNode) -> bool:
    """Whether a map says status, body and time, and is no body itself."""
    if not node.items or not {*node.keys()} <= _REPLY_KEYS:
        return False
    status = node.get("status")
    return status is None or (
        isinstance(status, Scalar) and _STATUS.fullmatch(status.text) is not None
    )
