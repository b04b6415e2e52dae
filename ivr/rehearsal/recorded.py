"""From the record of a call to a flow test that makes the same call again.

What the caller heard becomes ``hears``, keys become ``presses``, a silence that was counted becomes
``silent``, what was spoken after a tone ``records``. How transfers, services and functions came
back becomes ``answers``: their outcomes, because no record holds what they said. Moments are not
kept: a key is pressed when the text begins that it was pressed in, which leads to the same call;
only after a notice that could not be interrupted is it pressed later, as it was. Knows the entries
of ``ivr.calls.record`` and opens no files; ``ivr test --record`` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from ivr.flow.model import FlowSet
from ivr.flow.steps.queue import Queue
from ivr.rehearsal.line import GAP_MS, MASK
from ivr.rehearsal.tape import WORDS_PER_SECOND
from ivr.rehearsal.words import words_of

WORDS_MAX = 12
"""Of a text that was heard: enough to know it by."""
_KEY_NAMES = {"*": "star", "#": "pound"}
_HANG_UP = "caller_hung_up"
_PLAIN = re.compile(r"[^\W_][^:#\n]*[^\W_][.!?]?|[^\W_]")
"""What YAML takes for a plain text wherever it stands in a list."""
_KEY = re.compile(r"[A-Za-z][\w ./*+@%~-]*")
"""What YAML takes for a plain key."""
_CALLER = re.compile(r"\+[1-9]\d{6,14}")

_STATUS = {"goto": "200", "not_found": "404", "error": "500"}
"""What a service must have answered for these outcomes."""
_SILENCE_MS = 5_000
"""What ends a recording, if no key does."""
_TONE_MS = 500
_SPOKEN_MS = 3_000
"""The least that is surely no empty message."""
_RECORDING, _SMS, _DO = "a recording", "sms", "do "

Entry = Mapping[str, object]


class NoTest(ValueError):
    """A record no test can be made from; the text says why."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A test made from a record."""

    text: str
    """The whole of a ``.test.yaml`` file."""
    doubts: tuple[str, ...]
    """What the record does not tell, or a test cannot repeat; one sentence each."""


@dataclass(slots=True)
class _Said:
    """A text that was queued."""

    text: str
    interruptible: bool
    told: bool = False
    """Its ``hears`` is written."""


@dataclass(slots=True)
class _Line:
    """One line of the test."""

    verb: str
    value: str = ""
    after_ms: int = 0

    @property
    def written(self) -> str:
        """As it stands in the file, without its dash."""
        if self.after_ms:
            return f"{self.verb}: {{keys: {self.value}, after: {self.after_ms}ms}}"
        if not self.value:
            return self.verb
        plain = self.verb != "hears" or _PLAIN.fullmatch(self.value)
        return f"{self.verb}: {self.value if plain else _quoted(self.value)}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@dataclass(slots=True)
class _Telling:
    """The lines so far, and what is known of the call at this entry."""

    cut_short: Mapping[object, float]
    """How much of each text was played that was stopped, in milliseconds."""
    queues: Mapping[str, str]
    """By the step that leads there."""
    lines: list[_Line] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)
    """What was answered, in turn."""
    doubts: dict[str, None] = field(default_factory=dict)
    queue: dict[object, _Said] = field(default_factory=dict)
    """Texts not yet heard to their end, in order, by utterance."""
    last: _Said | None = None
    """The last one whose ``hears`` is written."""
    away: str = ""
    errand: str = ""
    """What is out, as notes name it."""
    message: _Line | None = None
    """The line of the recording that runs."""
    message_at: float = 0

    def tell(self, entry: Entry) -> None:
        """Take in one entry."""
        at = entry.get("t")
        now = float(at) if isinstance(at, int | float) else 0.0
        match entry.get("what"):
            case "asked":
                if entry.get("cause") == "time" and not self.queue:
                    self._silent()
                text = re.sub(f"{MASK}+", " … ", str(entry.get("text", "")))
                self.queue[entry.get("utterance")] = _Said(text, bool(entry.get("interruptible")))
            case "heard":
                self._hears(self.queue.pop(entry.get("utterance"), None))
            case "stopped" | "failed":
                self.queue.pop(entry.get("utterance"), None)
            case "key":
                self._spoken(now)
                self._key(str(entry.get("key")))
            case "note":
                self._note(entry, now)
            case "leave" if entry.get("target") in ("queue", "twiml"):
                self._away(str(entry.get("step")))
            case "leave":
                self._leave(entry)
            case "told" if (said := self.queue.get(entry.get("utterance"))) is not None:
                said.text = f"{said.text} {entry.get('text')}".strip()
            case "return":
                self._return(str(entry.get("outcome")))
            case "cut":
                self.doubts["the line was lost on the way; a test has no such line"] = None
            case "end" if entry.get("outcome") == _HANG_UP:
                self._hears_now()
                self._spoken(now)
                self.lines.append(_Line("hangs_up"))
            case "end":
                self.lines.append(_Line("ended", str(entry.get("outcome"))))
            case _:
                pass

    def _hears(self, said: _Said | None) -> None:
        if said is not None and not said.told and words_of(said.text):
            said.told = True
            self.last = said
            self.lines.append(_Line("hears", " ".join(said.text.split()[:WORDS_MAX])))

    def _hears_now(self) -> bool:
        """What is being said now was heard, at least its beginning; False if that is nothing."""
        for utterance, said in self.queue.items():
            heard = self.cut_short.get(utterance, 1) > 0
            if heard:
                self._hears(said)
            return heard
        return False

    def _key(self, key: str) -> None:
        if key == MASK:
            self.doubts["keys of a sensitive step are in no record; 0 stands for each"] = None
            key = "0"
        speaking = self._hears_now()
        name = _KEY_NAMES.get(key, key)
        line = self.lines[-1] if self.lines else None
        if line is not None and line.verb == "presses":
            line.value = f"{line.value} {name}"
            return
        after_ms = 0
        heard = line is not None and line.verb == "hears" and not speaking
        if heard and self.last is not None and not self.last.interruptible:
            # It was pressed when the notice was over; in the midst of it, it would be thrown away.
            words = len(words_of(self.last.text))
            after_ms = round(words / WORDS_PER_SECOND * 1_000) + GAP_MS
        self.lines.append(_Line("presses", name, after_ms))

    def _leave(self, entry: Entry) -> None:
        name = str(entry.get("name") or entry.get("number"))
        self.away = f"transfer {name}"
        self.lines.append(_Line("transferred", name))

    def _away(self, step: str) -> None:
        """To a queue, or with a document of TwiML: which, the flows know."""
        queue = self.queues.get(step)
        self.away = f"queue {queue}" if queue is not None else f"twiml {step}"
        if queue is not None:
            self.lines.append(_Line("queued", queue))

    def _spoken(self, now: float, quiet_ms: int = 0) -> None:
        """The caller has spoken into the recording that runs, until now."""
        if self.message is not None:
            spoken = max(_SPOKEN_MS, now - self.message_at - _TONE_MS - quiet_ms)
            self.message.value = f"{round(spoken / 1000)}s"
            self.message = None

    def _came_back(self, outcome: str, now: float) -> None:
        """What was out is answered."""
        name, self.errand = self.errand, ""
        if name == _RECORDING:
            if self.message is not None and outcome == "empty":
                self.message.verb, self.message.value = "silent", ""
                self.message = None
            self._spoken(now, _SILENCE_MS)
        elif name == _SMS:
            self.answers.setdefault(name, []).append(outcome)
        elif name.startswith(_DO):
            plain = {"done": "{after: 200ms}", "failed": "failed"}
            told = plain.get(outcome, f"{{outcome: {outcome}}}")
            self.answers.setdefault(name, []).append(told)
        elif name:
            method, _, url = name.partition(" ")
            path = unquote(urlsplit(url).path) or "/"
            key = f"{method} {'*' if '…' in path else path}"
            self.answers.setdefault(key, []).append(_STATUS.get(outcome, outcome))
            self.doubts["what services answered is in no record; the examples stand for it"] = None

    def _note(self, entry: Entry, now: float) -> None:
        kind, detail = entry.get("kind"), entry.get("detail")
        if kind == "no_input":
            self._silent()
        elif kind == "asked_for":
            self.errand = str(detail)
            if self.errand == _RECORDING:
                self.message, self.message_at = _Line("records", "3s"), now
                self.lines.append(self.message)
        elif kind == "came_back":
            self._came_back(str(detail), now)
        elif kind == "key_dropped" and detail == "the same press":
            line = self.lines.pop()
            if rest := line.value.rpartition(" ")[0]:
                self.lines.append(_Line(line.verb, rest, line.after_ms))

    def _silent(self) -> None:
        if not self.lines or self.lines[-1].verb not in ("silent", "presses"):
            self.lines.append(_Line("silent"))

    def _return(self, outcome: str) -> None:
        self.answers.setdefault(self.away, []).append(outcome)


def _answer(name: str, told: list[str]) -> str:
    """One line of ``answers:``."""
    if set(told) <= {"{after: 200ms}"} or (name == _SMS and set(told) == {"done"}):
        return ""
    key = name if _KEY.fullmatch(name) else _quoted(name)
    return f"{key}: {told[0] if len(set(told)) == 1 else '[' + ', '.join(told) + ']'}"


def recorded(entries: Iterable[Entry], flows: FlowSet) -> Recorded:
    """The test that makes a recorded call again. Raises :class:`NoTest`."""
    entries = list(entries)
    first = next((entry for entry in entries if entry.get("what") == "webhook"), {})
    flow = flows.flows.get(str(first.get("flow")))
    if flow is None:
        raise NoTest(f"the record is of the flow {first.get('flow')}, which is not in this folder")
    try:
        started = datetime.fromisoformat(str(first.get("started_at")))
    except ValueError:
        raise NoTest("the record does not say when the call was made") from None
    at = started.replace(tzinfo=started.tzinfo or UTC).astimezone(ZoneInfo(flow.timezone))
    telling = _Telling(
        {
            entry.get("utterance"): played if isinstance(played, int | float) else 1
            for entry in entries
            if entry.get("what") == "stopped"
            for played in [entry.get("played_ms")]
        },
        {
            step.name: action.kind.name
            for each in flows.flows.values()
            for step in each.steps.values()
            for action in step.actions
            if isinstance(action.kind, Queue)
        },
    )
    for entry in entries:
        telling.tell(entry)
    if not telling.lines:
        raise NoTest("nothing was said or done in the recorded call")
    called, caller = str(first.get("to")), str(first.get("from"))
    starts = flows.entry_for(called)
    head = [f"flow: {flow.id}", "", "calls:", f"  as recorded on {at:%Y-%m-%d at %H.%M.%S}:"]
    head.append(f"    at: {at:%Y-%m-%d %H:%M:%S}")
    head.append(f"    from: {caller if _CALLER.fullmatch(caller) else 'withheld'}")
    if starts is not None and starts.flow == flow.id and _CALLER.fullmatch(called):
        head.append(f"    to: {called}")
    answers = list(filter(None, (_answer(name, told) for name, told in telling.answers.items())))
    if answers:
        head += ["    answers:", *(f"      {answer}" for answer in answers)]
    body = [f"      - {line.written}" for line in telling.lines]
    text = "\n".join([*head, "    steps:", *body, ""])
    return Recorded(text, tuple(telling.doubts))
