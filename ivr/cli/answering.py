"""What the world outside says in a simulated call: from ``--answers``, or from examples.

Answers are written as in flow tests (LANGUAGE.md, part D): ``GET /patients/*: 404``, ``transfer
front_desk: busy``, ``do schedule_callback: failed``. What they leave open is answered with the
step's own ``example:``, and the screen says so. Nothing goes out. Who picks up a transfer is the
simulated telephone's to play; everything else is done here, in the place of ``ivr.outside.world``.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ivr.audio import tones
from ivr.calls.call import Call
from ivr.calls.errands import Nobody
from ivr.calls.mic import Mic
from ivr.calls.voicemail import Voicemail
from ivr.errors import SettingsError
from ivr.flow import source
from ivr.flow.messages import (
    Emit,
    ErrandDone,
    Invoke,
    JoinQueue,
    LegOutcome,
    Recording,
    RecordMessage,
    Request,
    RequestAnswered,
    RunTwiml,
    SendText,
)
from ivr.flow.model import FlowSet, Kind
from ivr.flow.near import did_you_mean
from ivr.flow.problems import Problem
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.source import Node, Scalar, Sequence
from ivr.flow.state import CallFacts
from ivr.flow.steps.do import Do
from ivr.flow.steps.http import METHODS, Http
from ivr.outside.signature import Outcome
from ivr.outside.streams import TextStream
from ivr.phone import answers as phone
from ivr.rehearsal import answers as rehearsal
from ivr.rehearsal.known import Known
from ivr.rehearsal.stubs import OK, REQUEST_MS, Outside, Stub, Unanswered, pieces
from ivr.settings import Settings
from ivr.stores.messages import Message, Messages

CHARS_MAX = 100_000
SAYS_MS = 5_000
"""How long a caller without a microphone speaks after the tone."""
PIECE_SECONDS = 0.25
"""Between the pieces of a text that is spoken as it comes."""
WHERE = "--answers"
_VERBS = frozenset({*METHODS, "transfer", "queue", "twiml", "do", "sms"})
_BARE_STAR = re.compile(r"(?m)^(\s*)\*(\s*:)")

Tell = Callable[[Mapping[str, object]], None]


@dataclass(frozen=True, slots=True)
class Answers:
    """What was given: who picks up, and what everybody else says."""

    legs: phone.Answers = phone.EVERYBODY_ANSWERS
    stubs: tuple[Stub, ...] = ()


def legs_of(given: str | None) -> phone.Answers:
    """Who picks up, where there is no flow to ask about: ``ivr call --url``.

    Raises :class:`~ivr.errors.SettingsError`.
    """
    if given is None:
        return phone.EVERYBODY_ANSWERS
    _, found = _split(_document(given))
    return _legs(found)


def answers_of(given: str | None, flows: FlowSet) -> Answers:
    """The answers in a file, or in the option itself.

    Raises :class:`~ivr.errors.SettingsError` with the place of the first thing that is wrong.
    """
    if given is None:
        return Answers()
    document = _document(given)
    others, legs = _split(document)
    known = Known.of(flows)
    for name, _ in legs:
        _check_name(name, known)
    if others is None:
        return Answers(_legs(legs))
    reader = Reader(document)
    place = MappingNode(((Scalar("answers", False, others.span), others),), others.span)
    stubs = rehearsal.Answers(reader, flows, known).read([place])
    _refuse(reader.problems)
    return Answers(_legs(legs), stubs)


def _check_name(name: str, known: Known) -> None:
    """Refuse names the flows have for nobody; a number or an address may be anybody's."""
    if re.fullmatch(r"[A-Za-z_]\w*", name) and name not in known.targets:
        remedy = (
            did_you_mean(name, known.targets) or "name a number, or somebody of a transfer step"
        )
        raise SettingsError(f"--answers: no flow transfers to {name}; {remedy}")


def _document(given: str) -> source.Document:
    """The map of answers, whether it is in a file or stands on the command line."""
    file = Path(given)
    name = WHERE
    if ":" not in given or file.is_file():
        try:
            text = file.read_text("utf-8")[:CHARS_MAX]
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is no text"
            raise SettingsError(f"--answers: {given} cannot be read: {reason}") from None
        name = given
    else:
        text = "\n".join(_lines(given))
    document = source.read(name, _BARE_STAR.sub(r'\1"*"\2', text))
    _refuse(document.problems)
    return document


def _lines(given: str) -> list[str]:
    """One line for each name; ``agents: busy, accepted`` are two answers, in turn."""
    lines: list[list[str]] = []
    for piece in given.split(","):
        if ":" in piece or not lines:
            lines.append([_spaced(piece.strip())])
        elif piece.strip():
            lines[-1].append(piece.strip())
    return [_in_turn(*each) for each in lines]


def _in_turn(first: str, *others: str) -> str:
    name, _, answer = first.rpartition(": ")
    return f"{name}: [{', '.join((answer, *others))}]" if others and name else first


def _spaced(piece: str) -> str:
    """``front_desk:busy`` is as good on a command line as ``front_desk: busy``."""
    return piece if ": " in piece else ": ".join(piece.rsplit(":", 1))


def _refuse(problems: list[Problem] | tuple[Problem, ...]) -> None:
    for problem in problems:
        span = problem.span
        place = span.file if span.file == WHERE else f"{span.file}:{span.line}:{span.column}"
        remedy = f"; {problem.help}" if problem.help else ""
        raise SettingsError(f"{place}: {problem.message}{remedy}")


def _split(document: source.Document) -> tuple[MappingNode | None, list[tuple[str, Node]]]:
    """What the telephone plays (transfers, also those without the word), and everything else."""
    root = document.root
    inner = root.get("answers") if isinstance(root, MappingNode) else None
    node = inner if inner is not None else root
    if not isinstance(node, MappingNode):
        raise SettingsError(f"{document.file}: write answers like  front_desk: busy")
    legs: list[tuple[str, Node]] = []
    others: list[tuple[Scalar, Node]] = []
    for name, value in node.items:
        verb, _, target = name.text.partition(" ")
        if verb == "transfer" and target.strip():
            legs.append((target.strip(), value))
        elif verb == "queue" and target.strip():
            # Waiting is decided here, and played by the telephone where the server is real.
            legs.append((" ".join(name.text.split()), value))
            others.append((name, _decided(value)))
        elif verb.upper() in _VERBS or verb in _VERBS:
            others.append((name, value))
        else:
            legs.append((name.text.strip(), value))
    return (MappingNode(tuple(others), node.span) if others else None), legs


def _decided(value: Node) -> Node:
    """``answered 5s after 9s`` of a queue, as far as the outcome alone matters."""
    if isinstance(value, Sequence):
        return Sequence(tuple(map(_decided, value.items)), value.span)
    if not isinstance(value, Scalar) or value.text in rehearsal.QUEUES:
        return value
    try:
        outcome = phone.parse_answer(value.text).outcome
    except ValueError:
        return value  # whoever reads it next says what is wrong
    words = {phone.Outcome.ANSWERED: "done", phone.Outcome.NO_ANSWER: "too_long"}
    return Scalar(words.get(outcome, "failed"), value.quoted, value.span)


def _legs(found: list[tuple[str, Node]]) -> phone.Answers:
    by_target: dict[str, tuple[phone.Answer, ...]] = {}
    otherwise = phone.ANSWERED
    for target, node in found:
        items = node.items if isinstance(node, Sequence) else (node,)
        texts = [item.text if isinstance(item, Scalar) else "a map" for item in items]
        try:
            answers = tuple(phone.parse_answer(text) for text in texts or ("nothing",))
        except ValueError as error:
            raise SettingsError(f"--answers: {target}: {error}") from None
        if target == "*":
            otherwise = answers[0]
        else:
            by_target[target] = answers
    return phone.Answers(by_target, otherwise)


# --------------------------------------------------------------------------- the world


@dataclass
class Stubbed(Nobody):
    """A world made of answers; ``tell`` hears what it did, for the screen."""

    flows: FlowSet
    stubs: tuple[Stub, ...]
    tell_screen: Tell
    voicemail: Voicemail | None = None
    """Who really records callers."""
    _outside: Outside = field(init=False)
    _boxes: dict[int, str] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        """One call."""
        self._outside = Outside(self.flows, self.stubs)

    async def ask(self, call: str, request: Request) -> RequestAnswered:
        """What the answers say, or the step's example."""
        stubbed = any(stub.about == "http" for stub in self.stubs)
        kind = self._kind(request)
        try:
            after_ms, event = self._outside.request(request, kind)
        except Unanswered as missing:
            if isinstance(kind, Http) and kind.save is None:
                # Nothing of its answer is kept, so there is nothing to show an example of.
                await asyncio.sleep(REQUEST_MS / 1000)
                self._say(f"{request.name}: {OK}, as if it had been taken")
                return RequestAnswered(request.id, OK)
            self._say(f"{request.name}: {missing}")
            return RequestAnswered(request.id, None, None, str(missing))
        source_ = "--answers" if stubbed and self._is_stubbed(request) else "the step's example:"
        await asyncio.sleep(after_ms / 1000)
        what = "no answer" if event.status is None else str(event.status)
        self._say(f"{request.name}: {what}, from {source_}")
        return event

    async def invoke(self, call: str, invoke: Invoke) -> ErrandDone | TextStream:
        """What the answers say, or the step's example."""
        after_ms, event = self._outside.invoke(invoke, self._kind(invoke))
        await asyncio.sleep(after_ms / 1000)
        self._say(f"do {invoke.function}: {event.outcome}, not really called")
        if not event.narrates:
            return event
        return _stream(invoke.id, pieces(event.value))

    async def send(self, call: str, text: SendText) -> ErrandDone:
        """Sent nowhere."""
        after_ms, event = self._outside.send(text)
        await asyncio.sleep(after_ms / 1000)
        self._say(f"text message to {text.to}: “{text.text}”, not really sent")
        return event

    async def record(self, facts: CallFacts, message: RecordMessage, mic: Mic) -> ErrandDone:
        """What the caller says; without a desk to take it, as if they had spoken for a while."""
        if self.voicemail is not None:
            return await self._record(self.voicemail, facts, message, mic)
        await mic.opened()
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await mic.take(min(SAYS_MS, message.max_ms) / 1000)
        said = round(loop.time() - begun, 1)
        if said * 1000 < message.least_ms:
            self._say("nothing was recorded")
            return ErrandDone(message.id, "empty")
        self._boxes[message.id] = message.mailbox or ""
        self._say(f"{said:g} s recorded, as if the caller had spoken")
        return ErrandDone(message.id, "done", {"id": f"r{message.id}", "seconds": said})

    async def _record(
        self, desk: Voicemail, facts: CallFacts, message: RecordMessage, mic: Mic
    ) -> ErrandDone:
        done = await desk.record(facts, message, mic)
        match done.outcome, done.value:
            case "done", {"seconds": seconds}:
                self._say(f"{seconds:g} s recorded")
            case "empty", _:
                self._say("nothing was recorded")
            case _:
                self._say(f"not recorded: {done.problem}")
        return done

    def sound_of(self, call: str, recording: int) -> bytes:
        """What was said, or something to hear in the place of what nobody said."""
        if self.voicemail is not None:
            return self.voicemail.sound_of(call, recording)
        return tones.hold(2_000)

    async def over(self, call: str) -> None:
        """What was recorded is settled."""
        if self.voicemail is not None:
            await self.voicemail.over(call)

    async def keep(self, call: str, recording: int) -> None:
        """Kept where there is somebody to keep it."""
        if self.voicemail is not None:
            await self.voicemail.keep(call, recording)
            return
        if (box := self._boxes.pop(recording, None)) is not None:
            self._say(f"message for {box or 'the flow'}, not really kept")

    def record_call(self, call: Call, what: Recording) -> None:
        """Nothing is recorded."""
        self._say(f"record_call: {what.value}")

    def away(self, leg: JoinQueue | RunTwiml) -> LegOutcome | None:
        """What the answers say."""
        outcome = self._outside.leg(leg)
        name = f"queue {leg.name}" if isinstance(leg, JoinQueue) else f"twiml of {leg.step}"
        self._say(f"{name}: {outcome.value}")
        return outcome

    def tell(self, call: str, event: Emit, number: int) -> None:
        """Told to nobody."""
        self._say(f"event {event.name}")

    def _say(self, text: str) -> None:
        self.tell_screen({"what": "outside", "text": text})

    def _is_stubbed(self, request: Request) -> bool:
        try:
            Outside(self.flows, self.stubs).request(request, None)
        except Unanswered:
            return False
        return True

    def _kind(self, asked: Request | Invoke) -> Kind | None:
        """The step that asks; its example may be the answer."""
        for flow in self.flows.flows.values():
            step = flow.steps.get(asked.step)
            for action in step.actions if step is not None else ():
                match action.kind, asked:
                    case (Http() as kind, Request()) if (
                        kind.method == asked.method and kind.example == asked.example
                    ):
                        return kind
                    case (Do() as kind, Invoke()) if kind.function == asked.function:
                        return kind
        return None


def desk_of(settings: Settings, flows: FlowSet, tell: Tell) -> Voicemail:
    """Who records the caller of a simulated call; what becomes of it is told to the screen."""

    async def kept(message: Message) -> None:
        box = f"message for {message.mailbox}, {message.seconds:g} s"
        where = f"ivr messages play {message.id}" if settings.messages else "not kept"
        tell({"what": "outside", "text": f"{box}: {where}"})

    return Voicemail(Messages(settings.messages_folder), lambda: flows.mailboxes, kept=kept)


def _stream(errand: int, text: str) -> TextStream:
    """The text as a function would bring it."""

    async def words() -> AsyncGenerator[object, None]:
        for word in re.findall(r"\S+\s*", text):
            yield word
            await asyncio.sleep(PIECE_SECONDS)

    def finish(result: Outcome | str) -> ErrandDone:
        return ErrandDone(errand, "done", text)

    def failure(why: str | BaseException) -> ErrandDone:
        return ErrandDone(errand, "failed", None, str(why))

    return TextStream(words(), 4.0, finish, failure)
