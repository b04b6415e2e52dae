"""Each kind of change in a step: the words before, the words after, and what is told."""

# ruff: noqa: E501 (sentences are told in one line)

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

import pytest

from ivr.flow.edit.diff import Version, compare
from ivr.flow.expression import Expression
from ivr.flow.expression import compile as compiled_expression
from ivr.flow.model import Flow, FlowSet, Prompt
from ivr.flow.problems import Span
from ivr.flow.steps import KINDS
from ivr.flow.text import Template
from ivr.flow.text import compile as compiled_text
from ivr.flow.written import Plain
from tests.flow.edit.versions import OLD, changes, told

ROWS = [
    ("1: desk", "1: number", ["In the main menu, pressing 1 now leads to number (before: desk)."]),
    ("1: desk", "1: hangup", ["In the main menu, pressing 1 now ends the call (before: desk)."]),
    (
        "1: desk",
        "1: back",
        ["In the main menu, pressing 1 now leads back to the menu before (before: desk)."],
    ),
    (
        "1: desk",
        "1: repeat",
        ["In the main menu, pressing 1 now says the same again (before: desk)."],
    ),
    ("1: desk", "1: start", ["In the main menu, pressing 1 now starts over (before: desk)."]),
    (
        "1: desk",
        "1: /second",
        ["In the main menu, pressing 1 now leads to the flow second (before: desk)."],
    ),
    (
        "1: desk",
        "1: [{if: hours.desk.open, goto: desk}, {if: call.language == 'es-US', goto: bye}, {else: message}]",
        [
            "In the main menu, pressing 1 now leads to desk if “desk” is open, bye if the call is in Spanish, else message (before: desk)."
        ],
    ),
    (
        "1: desk",
        "1: desk\n      3: message",
        ["In the main menu, pressing 3 is new and leads to message."],
    ),
    ("      1: desk\n", "", ["In the main menu, pressing 1 is no choice any more (before: desk)."]),
    (
        "      1: desk\n",
        "      1: desk\n      0: message\n",
        ["In the main menu, pressing 0 now leads to message (before: desk)."],
    ),
    (
        "      2: number\n    tries: 2",
        "      2: number\n    tries: 3",
        [
            "In the main menu, callers who press nothing or a wrong key are now asked 3 times (before 2)."
        ],
    ),
    (
        "wait: 5s",
        "wait: 8s",
        ["In the main menu, callers now have 8 seconds to press a key (before 5)."],
    ),
    (
        "between_keys: 3s",
        "between_keys: 1500ms",
        ["In the main menu, callers now have 1.5 seconds from one key to the next (before 3)."],
    ),
    (
        "type_ahead: yes",
        "type_ahead: no",
        ["In the main menu, keys pressed before it begins no longer count."],
    ),
    (
        "save: chosen\n    fail: desk",
        "save: chosen\n    fail: {no_input: message, no_match: desk}",
        ["In the main menu, pressing nothing the second time now leads to message (before: desk)."],
    ),
    (
        "save: chosen\n    fail: desk",
        "save: chosen",
        [
            "In the main menu, the second try without a choice now ends the call with a goodbye (before: desk)."
        ],
    ),
    (
        "save: chosen",
        "save: picked",
        ["In the main menu, the key is now kept as picked (before chosen)."],
    ),
    (
        "    no_match: Another key please.\n",
        "",
        ["In the main menu, whoever presses a wrong key hears the line's own words again."],
    ),
    (
        "repeat: Once more.",
        "repeat: Again.",
        ["In the main menu, whoever comes back hears “Again.” (before “Once more.”)."],
    ),
    ("interrupt: no", "interrupt: yes", ["The greeting can now be interrupted by pressing a key."]),
    (
        "tag: begin",
        "note: Hi.",
        [
            "In the greeting, the tag is now nothing (before begin).",
            "In the greeting, the note is now Hi. (before nothing).",
        ],
    ),
    (
        "tag: begin",
        "tag: begin\n      voice: ben",
        ["The greeting is now spoken by the voice ben (before that of the flow)."],
    ),
    (
        "tag: begin",
        "tag: begin\n      if: tries == 0",
        ["The greeting says “Welcome to the line.” if tries == 0 (before: always)."],
    ),
    (
        "tag: begin",
        "tag: begin\n      budget: 200ms",
        ["In the greeting, the first sound may now take 0.2 seconds (before any time)."],
    ),
    (
        "tag: begin",
        "tag: begin\n      fresh: yes",
        ["In the greeting, keys pressed before it no longer count."],
    ),
    (
        "        - else: message",
        "        - else: bye",
        [
            "The greeting now leads to main if “desk” is open, else bye (before: main if “desk” is open, else message)."
        ],
    ),
    (
        "digits: 8",
        "digits: 4-6",
        ["In the step “number”, callers now enter 4-6 digits (before 8)."],
    ),
    (
        "digits: 8",
        "as: date",
        ["In the step “number”, the answer is now taken as “date” (before “digits”)."],
    ),
    (
        "digits: 8",
        "digits: 8\n    starts_with: 12",
        ["In the step “number”, an answer's starts is now 12 (before nothing)."],
    ),
    (
        "check: code > '1'",
        "check: code > '2'",
        ["In the step “number”, an answer must now pass code > '2' (before code > '1')."],
    ),
    (
        "confirm: Is ${code | digits} right?",
        "confirm: Right?",
        [
            "In the step “number”, whoever has answered hears “Right?” (before “Is ${code | digits} right?”)."
        ],
    ),
    (
        "confirm: Is ${code | digits} right?",
        "confirm: no",
        ["In the step “number”, callers are no longer asked whether the answer is right."],
    ),
    (
        "confirm: Is ${code | digits} right?",
        "confirm: yes",
        ["In the step “number”, whoever has answered hears the line's own words again."],
    ),
    (
        "sensitive: no",
        "sensitive: yes",
        ["In the step “number”, the answer is now written down nowhere."],
    ),
    (
        "fail: desk\n    goto: look_up",
        "fail: message\n    goto: post",
        [
            "In the step “number”, the third try without an answer now leads to message (before: desk).",
            "In the step “number”, the answer now leads to post (before: look up).",
        ],
    ),
    (
        "/people/",
        "/persons/",
        [
            "In the step “look up”, the service is now asked GET ${settings.api}/persons/${code} (before GET ${settings.api}/people/${code})."
        ],
    ),
    (
        "headers: {Accept: application/json}",
        "headers: {Accept: text/json}",
        ["In the step “look up”, the header “Accept” is now text/json (before application/json)."],
    ),
    (
        "timeout: 4s",
        "timeout: 6s",
        ["In the step “look up”, callers now wait 6 seconds at most for an answer (before 4)."],
    ),
    (
        "hold: tune.wav\n    save: found",
        "hold: song.wav\n    save: found",
        ["In the step “look up”, callers who wait now hear song.wav (before tune.wav)."],
    ),
    (
        "example: {name: Ana}",
        "example: {name: Bob}",
        ["In the step “look up”, the example answer is now name: Bob (before name: Ana)."],
    ),
    (
        "retry: 1",
        "retry: 0\n    ahead: yes",
        [
            "In the step “look up”, a service that cannot be reached is now asked again: never (before: once).",
            "In the step “look up”, the service may now be asked before callers come there.",
        ],
    ),
    (
        "409: number",
        "409: desk",
        ["In the step “look up”, the answer 409 now leads to desk (before: number)."],
    ),
    (
        "409: number",
        "410: number",
        [
            "In the step “look up”, the answer 410 now leads to number (before: desk).",
            "In the step “look up”, the answer 409 now leads to desk (before: number).",
        ],
    ),
    (
        "    not_found: number\n",
        "",
        ["In the step “look up”, an answer “not found” now leads to desk (before: number)."],
    ),
    (
        'body: {number: "${code}"}',
        'body: {number: "${code}", at: now}',
        ["In the step “post”, the field “at” is now now (before nothing)."],
    ),
    (
        "run: other",
        "run: third",
        [
            "The step “sub” now leads through the flow third (before other).",
            "English is now spoken by the voice embedded (before ana).",
            "English is now spoken by the voice ana (before embedded).",
        ],
    ),
    (
        "with: {who: Ana}",
        "with: {who: Bob}",
        ["In the step “sub”, the input “who” is now Bob (before Ana)."],
    ),
    (
        "done: settle",
        "gave_up: settle",
        [
            "In the step “sub”, the outcome “gave up” now leads to settle (before: desk).",
            "In the step “sub”, the outcome “done” now leads to desk (before: settle).",
        ],
    ),
    (
        "save: back",
        "save: back\n    goto: bye",
        ["In the step “sub”, success now leads to bye (before: the rest of the step)."],
    ),
    (
        "${tries + 1}",
        "${tries + 2}",
        ["In the step “settle”, the variable “tries” is now ${tries + 2} (before ${tries + 1})."],
    ),
    (
        "- language: es-US",
        "- language: en-US",
        ["The step “settle” now switches to English (before Spanish)."],
    ),
    (
        "record_call: start",
        "record_call: stop",
        ["The step “settle” now ends the recording of the call (before: it starts it)."],
    ),
    ("12w3", "12", ["The step “settle” now plays the keys 12 (before 12w3)."]),
    (
        "event: settled",
        "event: ready",
        ["The step “settle” now reports the event ready (before settled)."],
    ),
    (
        "    - record_call: start\n",
        "",
        ["The step “settle” no longer starts the recording of the call."],
    ),
    (
        "    - record_call: start\n",
        "    - record_call: start\n    - say: Hi.\n",
        ["The step “settle” now also says “Hi.”."],
    ),
    (
        "sms: ${call.from}",
        "sms: +12125550142",
        ["The step “settle” now sends its text message to +12125550142 (before ${call.from})."],
    ),
    (
        "text: Thank you.",
        "text: Thanks.",
        ["The text message of the step “settle” says “Thanks.” (before “Thank you.”)."],
    ),
    (
        "do: schedule",
        "do: plan",
        ["In the step “work”, the function called is now plan (before schedule)."],
    ),
    (
        "timeout: 3s",
        "timeout: 5s",
        ["In the step “work”, callers now wait 5 seconds at most for an answer (before 3)."],
    ),
    (
        "queue: support",
        "queue: care",
        ["In the step “line up”, callers now wait in the queue care (before support)."],
    ),
    ("limit: 10m", "limit: 5m", ["In the step “line up”, callers now wait 5 minutes (before 10)."]),
    (
        "full: desk",
        "too_long: desk",
        [
            "In the step “line up”, waiting too long now leads to desk (before: hand over).",
            "In the step “line up”, a full queue now leads to hand over (before: desk).",
        ],
    ),
    ("<Hangup/>", "<Reject/>", ["In the step “hand over”, the TwiML has changed."]),
    ("[desk, sales]", "[sales]", ["The step “desk” now rings sales (before desk and sales)."]),
    ("ring: 20s", "ring: 1m", ["The step “desk” now rings for 1 minute (before 20 seconds)."]),
    (
        "caller_id: spare",
        "caller_id: sales",
        ["In the step “desk”, the other side now sees sales (before spare)."],
    ),
    (
        "    limit: 1h\n",
        "",
        ["In the step “desk”, a conversation may now last any time (before 1 hour)."],
    ),
    (
        "whisper: A caller.",
        "whisper: A call.",
        ["In the step “desk”, whoever picks up hears “A call.” (before “A caller.”)."],
    ),
    (
        "accept: 1",
        "accept: 5",
        ["In the step “desk”, whoever picks up must now press 5 (before 1)."],
    ),
    ("together: no", "together: yes", ["The step “desk” now rings all of them at once."]),
    (
        "blind: no",
        "blind: yes",
        ["The step “desk” now hands the call over for good, and it does not come back."],
    ),
    (
        "record_talk: no",
        "record_talk: yes",
        ["In the step “desk”, the conversation is now recorded."],
    ),
    (
        "busy: message\n    otherwise: words",
        "otherwise: words",
        ["In the step “desk”, a busy line now leads to words (before: message)."],
    ),
    (
        "busy: message\n    otherwise: words",
        "busy: message\n    otherwise: message",
        ["In the step “desk”, a call nobody takes now leads to message (before: words)."],
    ),
    (
        "record: words",
        "record: spoken",
        ["In the step “words”, the recording is now kept as spoken (before words)."],
    ),
    (
        "max: 2m",
        "max: 90s",
        ["In the step “words”, callers may now speak for 90 seconds (before 2 minutes)."],
    ),
    (
        "silence: 5s\n    beep: yes\n    end_key: pound\n    review: no\n    empty: message",
        "silence: 3s\n    beep: no\n    end_key: 1\n    review: yes\n    empty: bye",
        [
            "In the step “words”, saying nothing now leads to bye (before: message).",
            "In the step “words”, 3 seconds of silence now end the recording (before 5).",
            "In the step “words”, the 1 key now ends the recording (before the pound key).",
            "In the step “words”, callers may now hear what they said and record it again.",
            "In the step “words”, callers no longer hear a tone first.",
        ],
    ),
    (
        "voicemail: desk",
        "voicemail: a@example.com",
        ["In the step “message”, messages now go to the mailbox a@example.com (before desk)."],
    ),
    (
        "transcribe: no",
        "transcribe: yes",
        ["In the step “message”, messages are now written down, too."],
    ),
    (
        "done: bye\n    empty: bye",
        "done: main\n    empty: bye",
        ["In the step “message”, a message now leads to main (before: bye)."],
    ),
    ("    empty: bye\n", "", []),
    (
        "goto: hangup",
        "goto: main",
        ["The step “bye” now leads to main (before: the end of the call)."],
    ),
    (
        "  bye:\n    say: Goodbye.\n    goto: hangup",
        "  bye:\n    say: Goodbye.\n    transfer: spare\n    otherwise: hangup",
        [
            "The step “bye” now rings spare (+12125550113) (before: it ends the call); a call nobody takes ends the call.",
        ],
    ),
]


@pytest.mark.parametrize(("before", "after", "sentences"), ROWS)
def test_a_change_in_a_step_is_told(before: str, after: str, sentences: list[str]) -> None:
    assert told("main.yaml", before, after) == sentences


def test_a_change_names_its_step_and_its_flow() -> None:
    (change,) = changes("main.yaml", "ring: 20s", "ring: 25s")
    assert (change.flow, change.step) == ("main", "desk")


# --- nothing is left out -------------------------------------------------------------------------

PLACE = Span("", 0, 0, 0, 0)
FOLLOWS = {"kind", "goes_on", "again", "method", "has_example", "secrets", "span"}
"""Fields that follow from others, or are places."""
NOTHING: tuple[Any, ...] = (None, {}, (), "")
"""Of what kind it would be if it were something is not to be seen."""


def other(value: Any) -> Any:
    """A value that differs from this one."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return {"es-US": "en-US"}.get(value, value + "1")
        case None:
            return Plain("other")
        case Template():
            return compiled_text(value.source + " other")
        case Expression():
            return compiled_expression(f"not ({value.source})")
        case Plain():
            return Plain("other")
        case Prompt():
            return dataclasses.replace(value, items=())
        case Mapping():
            return {}
        case tuple():
            return value[1:] or tuple(map(other, value)) or ("1",)
        case Enum():
            return next(each for each in type(value) if each is not value)
        case _ if dataclasses.is_dataclass(value):
            return altered(value)[-1]
        case _:
            raise AssertionError(f"nothing is known about {value!r}")


def altered(part: Any) -> list[Any]:
    """The part, once with each of its fields changed."""
    return [
        dataclasses.replace(part, **{field.name: other(getattr(part, field.name))})
        for field in dataclasses.fields(part)
        if field.name not in FOLLOWS and getattr(part, field.name) not in NOTHING
    ]


def every_altered_kind() -> Iterator[tuple[str, str, Any]]:
    """Step, field and kind with that field changed; also those of questions and limits."""
    for name, step in OLD.flows.flows["main"].steps.items():
        for number, action in enumerate(step.actions):
            for field in dataclasses.fields(action.kind) if action.kind else ():  # type: ignore[arg-type]
                value = getattr(action.kind, field.name)
                # Of kinds that never have them these are constants.
                constant = field.name in ("hold", "sensitive", "finish") and not value
                if field.name in FOLLOWS or value in NOTHING or constant:
                    continue
                inner = field.name in ("question", "limits")
                for changed in altered(value) if inner else [other(value)]:
                    kind = dataclasses.replace(action.kind, **{field.name: changed})  # type: ignore[type-var]
                    yield name, f"{number}.{field.name}", kind


def with_kind(flows: FlowSet, step: str, number: int, kind: Any) -> FlowSet:
    """The set with the kind of one action replaced."""
    flow: Flow = flows.flows["main"]
    actions = list(flow.steps[step].actions)
    actions[number] = dataclasses.replace(actions[number], kind=kind)
    changed = dataclasses.replace(flow.steps[step], actions=tuple(actions))
    steps = {**flow.steps, step: changed}
    return dataclasses.replace(
        flows, flows={**flows.flows, "main": dataclasses.replace(flow, steps=steps)}
    )


def test_whatever_option_of_whatever_kind_changes_something_is_told() -> None:
    kinds = set()
    for step, field, kind in every_altered_kind():
        changed = with_kind(OLD.flows, step, int(field[0]), kind)
        assert compare(OLD, Version(changed, OLD.was)), f"{step}: {kind.kind} {field}"
        kinds.add(kind.kind)
    assert kinds == KINDS.keys() - {"return"}
