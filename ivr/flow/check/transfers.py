"""Rules about transfers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ivr.flow.check.subject import Found, Subject
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
    for _, action in subject.actions:
        if not isinstance(action.kind, TransferTo):
            continue
        number = subject.flow.numbers.get(action.kind.target, action.kind.target)
        entry = subject.flows.numbers.get(number)
        if entry is not None:
            message = f"{number} is this line itself (numbers.yaml leads it to “{entry.flow}”)"
            span = subject.page.value(action.span, "transfer")
            yield Found(message, span, f"write  goto: /{entry.flow}  to go there")
        elif _PREMIUM.match(number):
            message = f"{number} looks like a premium-rate number, and the line pays for it"
            span = subject.page.value(action.span, "transfer")
            yield Found(message, span, "use an ordinary number")


def unannounced(subject: Subject) -> Iterator[Found]:
    """A transfer without a word before it.

    The caller suddenly hears ringing and does not know who will answer.

    Wrong::

        operator: {transfer: front_desk, otherwise: message}

    Right::

        operator:
          say: Please hold while I connect you.
          transfer: front_desk
          otherwise: message
    """
    for step, action in subject.actions:
        if isinstance(action.kind, TransferTo) and not subject.question(step, action):
            span = subject.page.key(action.span, "transfer")
            message = "the caller is not told of this transfer"
            yield Found(message, span, "add  say: Please hold while I connect you.")
