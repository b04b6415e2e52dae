"""Rules about recording callers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field

from ivr.flow.check.folder import Folder
from ivr.flow.check.subject import Found, Subject, may_be_said
from ivr.flow.messages import Recording
from ivr.flow.model import Action, ClipItem, Destination, Item, SayItem
from ivr.flow.near import did_you_mean
from ivr.flow.notices import says_so
from ivr.flow.problems import Severity
from ivr.flow.steps.ask import Ask
from ivr.flow.steps.giving_back import Return
from ivr.flow.steps.menu import Menu
from ivr.flow.steps.record import RecordCaller
from ivr.flow.steps.record_call import RecordTheCall
from ivr.flow.steps.run import RunFlow
from ivr.flow.steps.transfer import TransferTo
from ivr.flow.steps.voicemail import Voicemail
from ivr.flow.text import Template


def before_any_notice(subject: Subject) -> Iterator[Found]:
    """A recording before any notice.

    In many places a call may be recorded only if callers were told before: a text on every way to
    the recording that says so in the caller's language (“may be recorded”, “será grabada”), or a
    recorded file, of which nobody knows what it says. A *warning* where the call is recorded; an
    *info* before a voicemail, where callers know well enough what happens.

    Wrong::

        - record_call: start
        - say: Welcome to Acme.

    Right::

        - say: Welcome to Acme. This call may be recorded.
          interrupt: no
        - record_call: start
    """
    recorded = [
        (action, s) for _, action in subject.actions if (s := _recorded(action)) is not None
    ]
    untold = _untold(subject.folder) if recorded else frozenset[int]()
    for action, severity in recorded:
        # A text beside it is heard before it begins.
        if action.kind is None or id(action) not in untold or _tells(subject, action):
            continue
        message = "callers are not told that what they say is recorded"
        if severity is Severity.WARNING:
            message = "the call is recorded, and callers were not told before"
        remedy = "say so before it, like “This call may be recorded.”"
        yield Found(message, subject.page.key(action.span, action.kind.kind), remedy, severity)


def _recorded(action: Action) -> Severity | None:
    """How much it matters that callers know of the recording that begins here; None: none does."""
    match action.kind:
        case RecordTheCall(what=Recording.START) | TransferTo(record=True):
            return Severity.WARNING
        case Voicemail() | RecordCaller():
            return Severity.INFO
        case _:
            return None


def unknown_mailbox(subject: Subject) -> Iterator[Found]:
    """A mailbox that settings.yaml does not have, where it has any. (S007)"""
    known = subject.flows.mailboxes
    for _, _, kind in subject.all_of(Voicemail) if known else ():
        if kind.mailbox not in known:
            message = f"there is no mailbox “{kind.mailbox}” in settings.yaml"
            remedy = did_you_mean(kind.mailbox, known)
            yield Found(message, kind.span, remedy, Severity.WARNING)


# --------------------------------------------------------------------------- who has been told

Place = tuple[str, str, int]
"""A flow, a step, and the number of an action."""


def _untold(folder: Folder) -> Set[int]:
    """The ids of all actions to which a caller may come without having been told."""
    return folder.once(_untold, lambda: _Walk(folder).untold())


@dataclass(slots=True)
class _Walk:
    """From every beginning of a call along every way, as long as nobody is told."""

    folder: Folder
    reached: set[int] = field(default_factory=set)
    waiting: list[Place] = field(default_factory=list)
    later: dict[str, list[Place]] = field(default_factory=dict)
    """Where callers come to once a flow returns."""
    returned: set[str] = field(default_factory=set)
    """The flows that return without having told them."""

    def untold(self) -> Set[int]:
        """Walk to the end."""
        for flow in self._begins():
            self._enter(flow)
        seen: set[Place] = set()
        while self.waiting:
            place = self.waiting.pop()
            if place not in seen:
                seen.add(place)
                self._from(*place)
        return self.reached

    def _begins(self) -> Set[str]:
        flows, subjects = self.folder.flows, self.folder.subjects
        begins = {entry.flow for entry in (*flows.numbers.values(), flows.default) if entry}
        led_to = set(self.folder.runners)
        for subject in subjects.values():
            for _, action in subject.actions:
                for way in subject.ways(action):
                    led_to.update(b.target[1:] for b in way if b.target[:1] == "/")
        return begins | (subjects.keys() - led_to)

    def _enter(self, flow: str) -> None:
        if flow in self.folder.subjects:
            self.waiting.append((flow, self.folder.subjects[flow].flow.start, 0))

    def _go(self, flow: str, ways: Iterable[Destination]) -> Iterator[Place]:
        for branch in (branch for way in ways for branch in way):
            if branch.target[:1] == "/":
                self._enter(branch.target[1:])
            elif branch.target == "start":
                self._enter(flow)
            else:
                yield flow, branch.target, 0

    def _from(self, flow: str, name: str, number: int) -> None:
        """Where a caller who was not told before comes to, still not told."""
        subject = self.folder.subjects[flow]
        step = subject.flow.steps.get(name)
        for place, action in enumerate(step.actions[number:] if step else (), number):
            self.reached.add(id(action))
            always = action.condition is None
            if _tells(subject, action):
                if always:
                    return
                continue
            kind = action.kind
            if isinstance(kind, (Menu, Ask, RunFlow)):
                self.waiting += self._go(flow, subject.flow.anytime.values())
            if isinstance(kind, RunFlow) and kind.flow in self.folder.subjects:
                self._run(
                    kind.flow, [*self._go(flow, subject.ways(action)), (flow, name, place + 1)]
                )
            else:
                self.waiting += self._go(flow, subject.ways(action))
            if isinstance(kind, Return):
                self._return(flow)
            goes_on = kind is None or (kind.goes_on and not isinstance(kind, RunFlow))
            left = action.goto is not None and action.goto[-1].condition is None
            if always and (left or not goes_on):
                return

    def _run(self, flow: str, after: list[Place]) -> None:
        self._enter(flow)
        if flow in self.returned:
            self.waiting += after
        else:
            self.later.setdefault(flow, []).extend(after)

    def _return(self, flow: str) -> None:
        self.returned.add(flow)
        self.waiting += self.later.pop(flow, ())


def _tells(subject: Subject, action: Action) -> bool:
    """Whether the text of an action says to callers of every language that they are recorded."""
    if action.prompt is None:
        return False
    items = action.prompt.items
    return all(any(_is_notice(subject, item, code) for item in items) for code in subject.codes)


def _is_notice(subject: Subject, item: Item, code: str) -> bool:
    condition = item.condition
    if condition is not None and (
        any(name.path != ("call", "language") for name in condition.names)
        or not may_be_said(condition, code)
    ):
        return False
    match item:
        case ClipItem():
            return True
        case SayItem(texts=texts):
            said = texts[subject.flow.language_of(item, code)]
            return says_so(_with_settings(subject, said))
        case _:
            return False


def _with_settings(subject: Subject, template: Template) -> str:
    """The text, and the settings it reads: a notice may differ from place to place."""
    if template.literal:
        return template.literal
    said = [template.source]
    for name in template.names:
        if name.path[0] == "settings" and len(name.path) > 1:
            said.append(str(subject.flows.settings.get(name.path[1], "")))
    return " ".join(said)
