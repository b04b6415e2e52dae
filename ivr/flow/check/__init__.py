"""The checker: what a flow set says that callers would stumble over, found before they call.

Loading finds what cannot be read; the rules here look at the compiled set as a whole. One function
a rule in the module of its theme; its docstring is the rule's page (``ivr check --explain CODE``).
The table below gives each its code and severity, and is the only place that does. To add a rule,
write the function and a line here. Called by :mod:`ivr.flow.load`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from itertools import islice

from ivr.flow import load_include, load_settings
from ivr.flow.check import (
    allow,
    asks,
    budget,
    conditions,
    fields,
    functions,
    graph,
    languages,
    loops,
    menus,
    privacy,
    reading,
    recording,
    requests,
    runs,
    texts,
    transfers,
    values,
    variables,
)
from ivr.flow.check.folder import Folder
from ivr.flow.check.handbook import document
from ivr.flow.check.subject import Found, Subject
from ivr.flow.model import FlowSet
from ivr.flow.problems import Problem, Severity
from ivr.flow.source import Document

FINDINGS_MAX = 50
"""Of one rule in one flow; more would not be read."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule about compiled flows."""

    code: str
    severity: Severity
    find: Callable[[Subject], Iterator[Found]]
    whole: bool = False
    """It would only repeat what is wrong already where a file could not be read whole."""


_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO

RULES: tuple[Rule, ...] = (
    Rule("F001", _E, graph.no_such_destination),
    Rule("F002", _W, graph.unreachable, whole=True),
    Rule("F003", _E, graph.dead_end, whole=True),
    Rule("F007", _W, conditions.always_the_same),
    Rule("F008", _W, loops.endless_loop, whole=True),
    Rule("F010", _E, runs.unhandled),
    Rule("F011", _E, runs.never_happens),
    Rule("F013", _E, runs.recursion),
    Rule("F014", _E, loops.no_way_out, whole=True),
    Rule("M001", _W, menus.too_many_choices),
    Rule("M002", _E, menus.no_such_choice, whole=True),
    Rule("M003", _W, menus.choice_not_said, whole=True),
    Rule("M005", _W, menus.key_begins_key),
    Rule("M006", _W, menus.hides_anytime),
    Rule("M007", _I, menus.tries_unhandled, whole=True),
    Rule("M008", _I, menus.out_of_order, whole=True),
    Rule("M009", _I, menus.key_before_purpose),
    Rule("M010", _W, loops.too_deep, whole=True),
    Rule("P001", _W, texts.too_long),
    Rule("P002", _I, texts.scolding),
    Rule("P003", _I, texts.raw_value),
    Rule("P004", _W, texts.stumbling),
    Rule("P005", _I, texts.wasting_time),
    Rule("P006", _W, texts.unstoppable),
    Rule("P007", _I, asks.wrong_digits_said),
    Rule("P008", _W, budget.budget_never_held),
    Rule("L001", _W, languages.missing_translation, whole=True),
    Rule("L004", _W, languages.differs_between_languages),
    Rule("L005", _W, languages.voice_cannot_speak),
    Rule("X002", _E, variables.never_set, whole=True),
    Rule("X004", _E, fields.no_such_field),
    Rule("X005", _E, values.kinds_differ),
    Rule("X006", _E, values.caller_unknown, whole=True),
    Rule("H001", _W, requests.no_error_branch),
    Rule("H003", _W, requests.too_slow),
    Rule("H004", _E, requests.not_allowed),
    Rule("T003", _W, transfers.costly_target),
    Rule("T004", _I, transfers.unannounced),
    Rule("R001", _I, recording.before_any_notice, whole=True),
    Rule("R002", _E, privacy.sensitive_told),
    Rule("A001", _I, loops.no_person, whole=True),
    Rule("A002", _I, menus.short_wait),
    Rule("A003", _I, asks.length_not_said),
)

MORE: tuple[Rule, ...] = (
    Rule("S001", _E, runs.unknown_inputs),
    Rule("S001", _E, functions.unknown_inputs),
    Rule("S007", _W, recording.unknown_mailbox),
    Rule("H002", _E, requests.malformed_address),
    Rule("T002", _W, transfers.queue_unhandled),
)
"""Rules that find more of what reading finds as well; its page is among those of reading."""

PAGES: Mapping[str, str] = {**reading.PAGES, **load_include.PAGES, **load_settings.PAGES}
"""Of what is found while a folder is read."""

_READING = dict.fromkeys(PAGES, _E) | {
    "F006": _W,
    "T002": _W,
    "B001": _I,
    "N003": _I,
    "N004": _W,
}
SEVERITIES: Mapping[str, Severity] = {
    **_READING,
    **{rule.code: rule.severity for rule in RULES},
    **dict.fromkeys(allow.PAGES, _W),
}
"""The severity of every code the checker can tell."""

_GRAPH = frozenset({"F002", "F008", "F014", "M010", "A001"})
"""Rules that stay silent where a destination is misspelt: what it leads to is not lost."""


def check(
    flows: FlowSet, known: Set[str], broken: Set[str], documents: Mapping[str, Document]
) -> Iterator[Problem]:
    """Every finding of every rule.

    ``known`` are the ids of all flows of the folder; ``broken`` the files that could not be read
    whole: rules that would only repeat that stay silent about them.
    """
    folder = Folder(flows, known, broken, documents)
    for subject in folder.subjects.values():
        astray = False
        for rule in (*RULES, *MORE):
            if (rule.whole and subject.flow.span.file in broken) or (
                astray and rule.code in _GRAPH
            ):
                continue
            found = list(_told(rule, subject))
            astray = astray or (rule.code == "F001" and bool(found))
            yield from found


def without_allowed(
    problems: Iterable[Problem], documents: Mapping[str, Document]
) -> list[Problem]:
    """The problems without those an author has allowed (``# ivr: allow CODE because …``)."""
    return allow.allowed(problems, documents, SEVERITIES)


def page(code: str) -> str | None:
    """What a code means: why it matters, a wrong example and a right one; None if unknown."""
    return _pages().get(code)


def manual() -> str:
    """The pages of all codes as one document."""
    return document(_pages(), SEVERITIES)


def _pages() -> dict[str, str]:
    rules = {rule.code: rule.find.__doc__ or "" for rule in RULES}
    written = {**PAGES, **allow.PAGES, **rules}
    return {code: inspect.cleandoc(text) for code, text in written.items()}


def _told(rule: Rule, subject: Subject) -> Iterator[Problem]:
    seen: set[object] = set()
    for found in islice(rule.find(subject), FINDINGS_MAX):
        # A named text is said in many places and wrong only once.
        if found.span not in seen:
            seen.add(found.span)
            severity = found.severity or rule.severity
            yield Problem(rule.code, found.message, found.span, found.help, severity)
