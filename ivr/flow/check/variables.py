"""Rules about what expressions and texts read."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.expression import Expression
from ivr.flow.model import Destination, Flow, Item, Prompt, SayItem
from ivr.flow.problems import Problem, Span
from ivr.flow.reader import SCOPES, did_you_mean
from ivr.flow.scope import CALL_FIELDS
from ivr.flow.steps.ask import Ask
from ivr.flow.steps.assign import Assign
from ivr.flow.text import Template


def never_set(flow: Flow) -> Iterator[Problem]:
    """X002: a name nothing in the flow ever sets.

    Variables come from ``vars``, ``ask`` and ``set``; beside them a flow reads ``call.*``,
    ``hours.*``, ``settings.*`` and ``numbers.*``. A name that is none of these would be nothing at
    run time: a condition on it is false, and a text is read with a hole.
    """
    known = _variables(flow)
    told: set[tuple[Span, tuple[str, ...]]] = set()
    for path, span in _reads(flow):
        unknown = _unknown(flow, known, path)
        if unknown is not None and (span, path) not in told:
            told.add((span, path))
            message, word, names = unknown
            yield Problem("X002", message, span, did_you_mean(word, names))


def _unknown(
    flow: Flow, known: set[str], path: tuple[str, ...]
) -> tuple[str, str, set[str]] | None:
    """What is wrong with a name: the sentence, the word, and what it may have been meant for."""
    first, *fields = path
    if first not in known and first not in SCOPES:
        return f"nothing sets “{first}”", first, known | SCOPES
    if not fields:
        return None
    field = fields[0]
    if first == "call" and field not in CALL_FIELDS:
        return f"a call has no “{field}”", field, set(CALL_FIELDS)
    if first == "hours" and field not in flow.hours:
        return f"there are no opening hours called “{field}”", field, set(flow.hours)
    if first == "numbers" and field not in flow.numbers:
        return f"there is no number called “{field}”", field, set(flow.numbers)
    return None


def _variables(flow: Flow) -> set[str]:
    known = set(flow.vars)
    for step in flow.steps.values():
        for action in step.actions:
            match action.kind:
                case Ask(variable=variable):
                    known.add(variable)
                case Assign(values=values):
                    known |= values.keys()
    return known


def _reads(flow: Flow) -> Iterator[tuple[tuple[str, ...], Span]]:
    """Every name that is read, with the place of the text or condition that reads it."""
    for step in flow.steps.values():
        for prompt in step.prompts():
            yield from _in_prompt(prompt)
        for edge in step.edges():
            yield from _in_destination(edge.destination)
        for action in step.actions:
            yield from _in_expression(action.condition, action.span)
            match action.kind:
                case Ask(check=check):
                    yield from _in_expression(check, action.span)
                case Assign(values=values):
                    for value in values.values():
                        if isinstance(value, Template):
                            yield from _in_template(value, action.span)
    for destination in flow.anytime.values():
        yield from _in_destination(destination)


def _in_prompt(prompt: Prompt) -> Iterator[tuple[tuple[str, ...], Span]]:
    for item in prompt.items:
        yield from _in_item(item)


def _in_item(item: Item) -> Iterator[tuple[tuple[str, ...], Span]]:
    yield from _in_expression(item.condition, item.span)
    if isinstance(item, SayItem):
        for template in item.texts.values():
            yield from _in_template(template, item.span)


def _in_destination(destination: Destination) -> Iterator[tuple[tuple[str, ...], Span]]:
    for branch in destination:
        yield from _in_expression(branch.condition, branch.span)


def _in_expression(
    expression: Expression | None, span: Span
) -> Iterator[tuple[tuple[str, ...], Span]]:
    for reference in expression.names if expression is not None else ():
        yield reference.path, span


def _in_template(template: Template, span: Span) -> Iterator[tuple[tuple[str, ...], Span]]:
    for reference in template.names:
        yield reference.path, span
