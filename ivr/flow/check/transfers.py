"""Rules about transfers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ivr.flow.check.subject import Found, Subject
from ivr.flow.model import Action
from ivr.flow.problems import Span
from ivr.flow.steps.queue import Queue
from ivr.flow.steps.transfer import TransferTo

_PREMIUM = re.compile(
    r"\+(?:1900|1976|449|4487[0-3]|49900|49137|3389|3380[356]|3480[367]|34905|39(?:89|144|166))"
)
"""Numbers that cost whoever calls them; the prefixes of the countries we have words for."""


def costly_target(subject: Subject) -> Iterator[Found]:
    """A transfer to one of our own inbound numbers, or to a premium-rate number.

    The first rings ourselves: the caller comes back to the welcome, and each round costs another
    call. The second is paid by the line for as long as the caller likes.

    Wrong: numbers.yaml has ``+13125550100: clinic``, and the clinic ``transfer: +13125550100``.

    Right: ``goto: start``, or ``goto: /clinic``.
    """
    for _, action, kind in subject.all_of(TransferTo):
        for place, target in enumerate(kind.targets):
            number = subject.flow.numbers.get(target, target)
            entry = subject.flows.numbers.get(number)
            if entry is not None:
                message = f"{number} is this line itself (numbers.yaml leads it to “{entry.flow}”)"
                remedy = f"write  goto: /{entry.flow}  to go there"
                yield Found(message, _target_span(subject, action, place), remedy)
            elif _PREMIUM.match(number):
                message = f"{number} looks like a premium-rate number, and the line pays for it"
                yield Found(message, _target_span(subject, action, place), "use an ordinary number")


def _target_span(subject: Subject, action: Action, place: int) -> Span:
    return subject.page.item(subject.page.value(action.span, "transfer"), place)


def unannounced(subject: Subject) -> Iterator[Found]:
    """A transfer, or a queue, without a word before it.

    The caller suddenly hears ringing or music and does not know who will answer.

    Wrong::

        operator: {transfer: front_desk, otherwise: message}

    Right::

        operator:
          say: Please hold while I connect you.
          transfer: front_desk
          otherwise: message
    """
    for kind in (TransferTo, Queue):
        for step, action, each in subject.all_of(kind):
            if not subject.question(step, action):
                span = subject.page.key(action.span, each.kind)
                what = "transfer" if kind is TransferTo else "queue"
                message = f"the caller is not told of this {what}"
                yield Found(message, span, "add  say: Please hold while I connect you.")


def queue_unhandled(subject: Subject) -> Iterator[Found]:
    """A queue without a word about what happens when nobody comes. (T002)"""
    for _, action, kind in subject.all_of(Queue):
        missing = sorted({"full", "too_long", "closed", "failed"} - kind.outcomes.keys())
        if missing and "otherwise" not in kind.outcomes:
            message = f"nothing is said about {', '.join(missing)}"
            yield Found(message, subject.page.value(action.span, "queue"), "add  otherwise: step")
