"""Rules about loops, depth, and whether a person can be reached."""

from __future__ import annotations

from collections.abc import Iterator, Set

from ivr.flow.check import ways
from ivr.flow.check.subject import Found, Subject

MENU_LEVELS_MAX = 3


def endless_loop(subject: Subject) -> Iterator[Found]:
    """A loop that goes round without the caller doing anything.

    Steps that only speak, set or go, and lead to each other with no way out, speak for ever. The
    line stops such a call after a while; callers hear an apology.

    Wrong::

        sorry: {say: Nobody is here., goto: wait}
        wait: {say: Please hold., goto: sorry}

    Right: end it with ``hangup``, a menu, or a transfer.
    """
    for name, others in _trapped(subject, _with_a_pause(subject)):
        back = name in ways.graph(subject).led[others[-1]] or len(others) > 1
        way = " → ".join([*others, others[0]] if back else [name, "other flows", name])
        message = f"{way} goes round without the caller doing anything"
        yield Found(
            message, subject.flow.steps[name].span, "lead out of it: hangup, a menu, a transfer"
        )


def no_way_out(subject: Subject) -> Iterator[Found]:
    """A loop in which the caller can never reach a person or an end.

    Whatever the caller presses, and also after the last try, the call comes back to the same
    steps: the only way out is to put the receiver down.

    Wrong::

        main:
          say: For our hours, press 1.
          menu: {1: hours}
          fail: main
        hours: {say: We are open all day., goto: main}

    Right: ``fail: operator``, or a choice that ends or transfers the call.
    """
    graph = ways.graph(subject)
    told_already = subject.flow.steps.keys() - _with_a_pause(subject)
    out = graph.leading_to(graph.ends | graph.exits)
    for name, others in _trapped(subject, out | told_already):
        message = f"from “{name}” the caller can never reach a person or an end"
        remedy = "let  fail:  or a choice lead to a transfer or to hangup"
        if len(others) > 1:
            remedy += f" (these steps only lead to each other: {', '.join(others[:6])})"
        yield Found(message, subject.flow.steps[name].span, remedy)


def too_deep(subject: Subject) -> Iterator[Found]:
    """A menu deeper than three levels.

    Callers who have chosen three times already do not remember how they came there. Counted on
    the shortest way from the start, with the menus of the flows that run this one.

    Wrong: main menu → sales → cars → colours.

    Right: ask for less, or let a person ask the rest.
    """
    depths = ways.menu_depths(subject)
    before = subject.folder.menus_before(subject.flow.id)
    for step, action, _ in subject.menus:
        depth = depths[step.name] + before if step.name in depths else 0
        if depth > MENU_LEVELS_MAX:
            message = f"this menu is level {depth}; callers follow {MENU_LEVELS_MAX}"
            remedy = "join menus, or hand over to a person earlier"
            yield Found(message, subject.page.key(action.span, "menu"), remedy)


def no_person(subject: Subject) -> Iterator[Found]:
    """A menu from which no person can be reached.

    Some callers cannot use a menu, and some have a question no menu has. A transfer somewhere
    behind it, or an ``anytime`` key that leads to one, is enough.

    Wrong::

        menu: {1: hours, 2: address}

    Right::

        anytime: {0: operator}
    """
    reached, with_person = ways.reachable(subject), subject.folder.with_person(subject)
    for step, action, _ in subject.menus:
        if step.name in reached and step.name not in with_person:
            message = "from this menu no person can be reached"
            remedy = "add a choice that leads to a transfer, like  anytime: {0: operator}"
            yield Found(message, subject.page.key(action.span, "menu"), remedy)


def _with_a_pause(subject: Subject) -> Set[str]:
    """The steps from which the caller comes to where something is not the line's own doing."""
    graph = ways.graph(subject)
    return graph.leading_to(graph.waits | graph.ends | graph.exits)


def _trapped(subject: Subject, out: Set[str]) -> Iterator[tuple[str, list[str]]]:
    """Each loop nobody gets out of: the first of its steps in the file, and the steps in it."""
    seen: set[str] = set()
    reached = ways.reachable(subject)
    order = {name: place for place, name in enumerate(subject.flow.steps)}
    for name in subject.flow.steps:
        if name in out or name in seen or name not in reached:
            continue
        inside = ways.graph(subject).reached_from(name)
        seen |= inside
        yield name, sorted(inside, key=order.__getitem__)
