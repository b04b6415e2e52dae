"""What every step that asks the caller something has in common: tries, silence, reprompts, fail.

One count per visit, silence and wrong keys together (two counters confuse everyone), the texts
apart. After each miss the caller hears a text and the question again; after the last try the call
goes where ``fail`` says. LANGUAGE.md §2.2 and §2.3. Used by ``menu`` and ``ask``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ivr.flow import text
from ivr.flow.messages import Noted
from ivr.flow.model import Action, Destination, Edge, Prompt
from ivr.flow.phrases import Phrase, phrase, spoken_keys
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping, Node
from ivr.flow.state import Wait, WaitFor
from ivr.flow.text import Template

if TYPE_CHECKING:
    from ivr.flow.machine import Run

OPTIONS = frozenset(
    {"tries", "wait", "between_keys", "no_input", "no_match", "repeat", "type_ahead", "fresh"}
)
OUTCOMES = frozenset({"fail"})
TRIES = 3
BETWEEN_KEYS_MS = 3_000
"""While what was keyed is not yet acceptable."""
CRITICAL_MS = 1_500
"""Once it is acceptable but could go on (“critical digit timer”)."""


class Miss(Enum):
    """Why a try was used up; the values are the keys of ``fail``."""

    NO_INPUT = "no_input"
    NO_MATCH = "no_match"


@dataclass(frozen=True, slots=True)
class Question:
    """The options of asking."""

    tries: int
    wait_ms: int
    between_ms: int
    no_input: tuple[Prompt, ...]
    no_match: tuple[Prompt, ...]
    repeat: Prompt | None
    type_ahead: bool
    fail: dict[Miss, Destination]

    def edges(self) -> Iterator[Edge]:
        """``fail``, or one edge a cause where they differ."""
        ways = list(self.fail.items())
        if len(ways) == 2 and ways[0][1] == ways[1][1]:
            yield Edge("fail", ways[0][1])
        else:
            for miss, destination in ways:
                yield Edge(f"fail {miss.value}", destination)

    def prompts(self) -> Iterator[Prompt]:
        """The reprompts."""
        yield from self.no_input
        yield from self.no_match
        if self.repeat is not None:
            yield self.repeat


def load(reader: Reader, entry: Mapping, wait_ms: int) -> Question:
    """Read the options from a step; ``wait_ms`` is the kind's own default."""

    def prompts(key: str) -> tuple[Prompt, ...]:
        node = entry.get(key)
        return reader.prompts(node) if node is not None else ()

    tries, wait, between = entry.get("tries"), entry.get("wait"), entry.get("between_keys")
    repeat, ahead, fail = entry.get("repeat"), entry.get("type_ahead"), entry.get("fail")
    return Question(
        tries=reader.integer(tries, 1, 10, TRIES) if tries is not None else TRIES,
        wait_ms=reader.duration(wait, 500, 120_000, wait_ms) if wait is not None else wait_ms,
        between_ms=(
            reader.duration(between, 300, 30_000, BETWEEN_KEYS_MS)
            if between is not None
            else BETWEEN_KEYS_MS
        ),
        no_input=prompts("no_input"),
        no_match=prompts("no_match"),
        repeat=reader.prompt(repeat) if repeat is not None else None,
        type_ahead=reader.flag(ahead) if ahead is not None else True,
        fail=_fail(reader, fail) if fail is not None else {},
    )


def _fail(reader: Reader, node: Node) -> dict[Miss, Destination]:
    if isinstance(node, Mapping):
        found: dict[Miss, Destination] = {}
        for name, value in node.items:
            if name.text not in {miss.value for miss in Miss}:
                remedy = "use no_input: and no_match:"
                reader.report("S001", f"“{name.text}” is not known here", name.span, remedy)
            elif (destination := reader.destination(value)) is not None:
                found[Miss(name.text)] = destination
        return found
    destination = reader.destination(node)
    return dict.fromkeys(Miss, destination) if destination is not None else {}


def no_choice_texts(language: str, choices: Set[str]) -> Iterator[Template]:
    """What is said of each key that is none of these choices."""
    for key in sorted(set("0123456789*#") - choices):
        why = phrase(Phrase.NO_CHOICE, language, keys=spoken_keys(key, language))
        yield text.compile(text.escape(why))


# --------------------------------------------------------------------------- on the line


def ask(run: Run, action: Action, question: Question, *, secret: bool = False) -> None:
    """Begin a visit: say the question, unless keys typed ahead answer it, and listen."""
    state = run.state
    if action.fresh or not question.type_ahead or not action.interruptible:
        state.typed = ""
    run.remember_menu()
    since = state.said + 1
    if not state.typed:
        shorter = question.repeat if state.place.name in state.seen else None
        run.say(shorter or action.prompt, action)
    state.seen |= {state.place.name}
    state.wait = Wait(WaitFor.KEYS, since=since, quiet_ms=question.wait_ms, secret=secret)


def say_again(run: Run, action: Action) -> None:
    """Say the whole question once more and wait on; tries stay as they are."""
    wait = run.state.wait
    assert wait is not None
    run.say(action.prompt, action)
    run.state.wait = replace(wait, keys="", until=None)


def missed(
    run: Run,
    action: Action,
    question: Question,
    miss: Miss,
    *,
    texts: tuple[Prompt, ...] = (),
    why: str = "",
    why_fixed: bool = True,
    tell: Callable[[], None] | None = None,
    again: Callable[[Run, Action], None] | None = None,
) -> None:
    """Use up a try: say what can be done and ask again, or go where ``fail`` says.

    ``texts`` are the author's (first miss, second …); without them the line says ``why``, its own,
    which is ``fixed`` if it is one of a few that are all known before, or does ``tell``.
    ``again`` asks, where that is not the step's own question (a confirmation).
    """
    state = run.state
    wait = state.wait
    assert wait is not None
    tries = wait.tries + 1
    # One slip must not cascade through the next menus.
    state.typed = ""
    silent = "" if state.caller_acted else ", silent call"
    run.note(Noted(miss.value), f"try {tries} of {question.tries}{silent}")
    if tries >= question.tries:
        destination = question.fail.get(miss)
        if destination is None or not run.go(destination):
            run.say_goodbye("gave_up")
        return
    if texts:
        run.say(texts[min(tries, len(texts)) - 1], action)
    elif why:
        run.say_text(why, fixed=why_fixed)
    elif tell is not None:
        tell()
    state.wait = replace(wait, tries=tries, keys="", until=None)
    if again is not None:
        again(run, action)
    else:
        run.say(question.repeat or action.prompt, action)
