"""``answers:`` of a test: what the outside world says, unless a call says otherwise.

Part of ``read.py``. A target is named as the flow names it, by its number, or with ``*`` for
anything: ``transfer *: busy``. What a call says of itself comes before what its file says; within
each, a name before a pattern, and patterns in their order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ivr.flow.messages import LegOutcome
from ivr.flow.model import FlowSet
from ivr.flow.reader import Reader, did_you_mean
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.source import Node, Scalar
from ivr.flow.steps.transfer import TransferTo

OUTCOMES: Mapping[str, LegOutcome] = {
    "answered": LegOutcome.DONE,
    **{outcome.value: outcome for outcome in LegOutcome},
}
_METHOD = re.compile(r"(GET|POST|PUT|PATCH|DELETE|HEAD) ")
_EXAMPLE = "an answer like  transfer front_desk: busy"
_PREFIX = "transfer "


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of ``answers:``: everybody who is meant, and how the transfer ends."""

    pattern: str
    outcome: LegOutcome

    def means(self, target: str) -> bool:
        """Whether this target is meant."""
        pieces = map(re.escape, self.pattern.split("*"))
        return re.fullmatch(".*".join(pieces), target) is not None


def targets_of(flows: FlowSet) -> dict[str, str]:
    """Everybody the flows may transfer to: the number by the name a flow has for it."""
    found: dict[str, str] = {}
    for flow in flows.flows.values():
        for step in flow.steps.values():
            for action in step.actions:
                if isinstance(action.kind, TransferTo):
                    target = action.kind.target
                    found.setdefault(target, flow.numbers.get(target, target))
    return found


def read_answers(
    reader: Reader, places: Iterable[MappingNode], targets: Mapping[str, str]
) -> dict[str, LegOutcome]:
    """How transfers end, by target as the flow names it.

    ``places`` are where ``answers:`` may stand, the nearest first: the call, then its file.
    """
    ordered: list[Answer] = []
    for place in places:
        node = place.get("answers")
        answers = _answers(reader, node, targets) if node is not None else []
        # Sorting keeps the order of those that are alike.
        ordered += sorted(answers, key=lambda answer: "*" in answer.pattern)
    found: dict[str, LegOutcome] = {}
    for name, number in targets.items():
        for answer in ordered:
            if answer.means(name) or answer.means(number):
                found[name] = answer.outcome
                break
    return found


def _answers(reader: Reader, node: Node, targets: Mapping[str, str]) -> list[Answer]:
    found = reader.mapping(node, "a map of answers")
    answers: list[Answer] = []
    for name, value in found.items if found is not None else ():
        if not _is_transfer(reader, name):
            continue
        pattern = name.text.removeprefix(_PREFIX).strip()
        known = {*targets, *targets.values()}
        if not any(Answer(pattern, LegOutcome.DONE).means(target) for target in known):
            remedy = did_you_mean(pattern, known)
            reader.report("T001", f"no step transfers to “{pattern}”", name.span, remedy)
        outcome = reader.word(value, "answered, busy, no_answer or failed")
        if outcome is None:
            continue
        if outcome in OUTCOMES:
            answers.append(Answer(pattern, OUTCOMES[outcome]))
        else:
            remedy = did_you_mean(outcome, OUTCOMES)
            message = f"“{outcome}” is not how a transfer ends"
            reader.report("S007", message, value.span, remedy)
    return answers


def _is_transfer(reader: Reader, name: Scalar) -> bool:
    if name.text.startswith(_PREFIX):
        return True
    if _METHOD.match(name.text):
        message = f"“{name.text}” answers an http step, which this version of ivr has not yet"
        reader.report("S001", message, name.span, "leave it out")
    else:
        message = f"“{name.text}” is not {_EXAMPLE}"
        reader.report("S001", message, name.span, "write  transfer NAME: OUTCOME")
    return False
