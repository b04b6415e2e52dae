"""Two versions of a folder: what is told of the whole line, and when nothing is told."""

# ruff: noqa: E501 (sentences are told in one line)

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import pytest

from ivr.flow import source
from ivr.flow.edit.diff import Change, Version, Weight, alike, compare, former_names
from ivr.flow.edit.layout import laid_out
from ivr.flow.load import load
from ivr.flow.model import Action, Flow, FlowSet
from tests.flow.edit.versions import BASE, OLD, edited, told, version

FLOWS = Path(__file__).parents[3] / "flows"
ROWS = [
    (
        "numbers.yaml",
        "+12125550101: main",
        "+12125550101: second",
        ["Calls to +12125550101 now start the flow second (before: they started the flow main)."],
    ),
    (
        "numbers.yaml",
        ", language: es-US",
        "",
        [
            "Calls to +12125550102 now start the flow main (before: they started the flow main, in Spanish)."
        ],
    ),
    (
        "numbers.yaml",
        "language: es-US",
        "language: es-US, settings: {api: x}",
        ["For calls to +12125550102, the setting api is now x (before nothing)."],
    ),
    (
        "numbers.yaml",
        "default: main",
        "default: second",
        [
            "Calls to any other number now start the flow second (before: they started the flow main)."
        ],
    ),
    (
        "numbers.yaml",
        "default: main\n",
        "",
        [
            "Calls to any other number now hear an apology and end (before: they started the flow main)."
        ],
    ),
    (
        "numbers.yaml",
        "+12125550101: main\n",
        "",
        ["+12125550101 is no longer listed by itself; calls to it start as before."],
    ),
    (
        "numbers.yaml",
        "+12125550101: main",
        "+12125550101: main\n+12125550109: second",
        [
            "Calls to +12125550109 now start the flow second (before as to any other number: they started the flow main)."
        ],
    ),
    (
        "numbers.yaml",
        "+12125550102: {flow: main, language: es-US}\n",
        "",
        [
            "Calls to +12125550102 now start the flow main, as to any other number (before: they started the flow main, in Spanish)."
        ],
    ),
    (
        "settings.yaml",
        "speed: 1.0",
        "speed: 1.1",
        ["The voice ben: speed is now 1.1 (before 1.0)."],
    ),
    (
        "settings.yaml",
        "ben: {provider: tone",
        "ben: {provider: tone, fallback: [ana]",
        ["The voice ben: fallback is now ana (before nothing)."],
    ),
    ("settings.yaml", "  ana:", "  eva: {provider: tone}\n  ana:", ["The voice eva is new."]),
    (
        "settings.yaml",
        "Tenemos un problema.",
        "Un problema.",
        ["The apology in Spanish says “Un problema.” (before “Tenemos un problema.”)."],
    ),
    (
        "settings.yaml",
        ", es: Tenemos un problema.",
        "",
        ["The apology in Spanish says the line's own words (before “Tenemos un problema.”)."],
    ),
    (
        "settings.yaml",
        "operator: +12125550199",
        "operator: +12125550198",
        ["When the line itself is in trouble, it now rings +12125550198 (before +12125550199)."],
    ),
    (
        "settings.yaml",
        "allowed_hosts: [api.example.com]",
        "allowed_hosts: [api2.example.com]",
        [
            "Services may now be asked at api2.example.com.",
            "Services may no longer be asked at api.example.com.",
        ],
    ),
    (
        "settings.yaml",
        "a@example.com: {keep: 90d}",
        "a@example.com: {keep: 30d, mail: no}",
        [
            "Messages in a@example.com are now kept for 30 days (before 90).",
            "Messages in a@example.com are no longer mailed.",
        ],
    ),
    ("settings.yaml", "  desk: {keep: 90d}\n", "", ["The mailbox desk is gone."]),
    (
        "settings.yaml",
        "api: https://api.example.com",
        "api: https://api2.example.com",
        ["The setting api is now https://api2.example.com (before https://api.example.com)."],
    ),
]


@pytest.mark.parametrize(("file", "before", "after", "sentences"), ROWS)
def test_a_change_of_the_whole_line_is_told(
    file: str, before: str, after: str, sentences: list[str]
) -> None:
    assert told(file, before, after) == sentences


def test_the_same_change_of_several_voices_is_told_once() -> None:
    edits = (
        "ana: {provider: tone}",
        "ana: {provider: embedded}",
        "ben: {provider: tone,",
        "ben: {provider: embedded,",
    )
    assert told("settings.yaml", *edits) == [
        "The voices ana and ben: provider is now embedded (before tone)."
    ]


def test_what_only_looks_different_is_no_change() -> None:
    text = BASE["main.yaml"].replace("  welcome:\n", "  # The first.\n  welcome:\n\n")
    text = text.replace("say: Please hold.", "say: >\n      Please\n      hold.")
    new = version({**BASE, "main.yaml": laid_out("main.yaml", text).text})
    assert compare(OLD, new) == ()
    assert alike(OLD, new)
    assert not alike(OLD, version(edited("main.yaml", "    empty: bye\n", "")))


def test_a_flow_that_comes_or_goes_is_one_sentence() -> None:
    fewer = version({name: text for name, text in BASE.items() if name != "second.yaml"})
    assert compare(fewer, OLD) == (
        Change(Weight.WAYS, "second", None, "This flow is new, with 1 step."),
    )
    assert compare(OLD, fewer) == (
        Change(Weight.WAYS, "second", None, "This flow is gone, with its 1 step."),
    )


def test_a_recording_that_is_another_one_is_told() -> None:
    one, other = (replace(OLD, recordings={"tune.wav": digest}) for digest in ("a", "b"))
    assert [each.sentence for each in compare(one, other)] == [
        "The recording tune.wav is another one."
    ]
    assert compare(one, one) == ()


def test_former_names_are_read_from_every_action() -> None:
    text = "steps:\n  a:\n    was: b\n    goto: c\n  c:\n    - say: Hi.\n    - was: [d]\n      goto: a\n"
    documents = {name: source.read(name, text) for name in ("main.yaml", "numbers.yaml")}
    assert former_names(documents) == {"main": {"a": "b", "c": "d"}}


def test_addresses_that_are_told_events_are_shown_without_their_secrets() -> None:
    told_one, other = (
        replace(OLD, flows=replace(OLD.flows, events=(f"https://hooks.example.com/{name}?key=s",)))
        for name in ("a", "b")
    )
    assert [each.sentence for each in compare(told_one, other)] == [
        "Events are now told to https://hooks.example.com/b, too.",
        "Events are no longer told to https://hooks.example.com/a.",
    ]


@dataclass(frozen=True, slots=True)
class LaterSet(FlowSet):
    """What a set may once hold."""

    new_thing: str = ""


@dataclass(frozen=True, slots=True)
class LaterFlow(Flow):
    """What a flow may once hold."""

    new_thing: str = ""


@dataclass(frozen=True, slots=True)
class LaterAction(Action):
    """What an action may once hold."""

    new_thing: str = ""


def later(thing: str) -> Version:
    """A version of a later time, in which everything has something more."""
    main = OLD.flows.flows["main"]
    bye = main.steps["bye"]
    (action,) = (LaterAction(**parts(each), new_thing=thing) for each in bye.actions)
    steps = {**main.steps, "bye": replace(bye, actions=(action,))}
    flow = LaterFlow(**{**parts(main), "steps": steps}, new_thing=thing)
    flows = LaterSet(**{**parts(OLD.flows), "flows": {"main": flow}}, new_thing=thing)
    return replace(OLD, flows=flows)


def parts(whole: Any) -> dict[str, Any]:
    """The fields of a dataclass."""
    return {each.name: getattr(whole, each.name) for each in fields(whole)}


def test_what_has_no_words_of_its_own_yet_is_told_in_general_ones() -> None:
    assert [each.sentence for each in compare(later("a"), later("b"))] == [
        "New thing is now b (before a).",
        "Its new thing is now b (before a).",
        "In the step “bye”, the new thing is now b (before a).",
    ]


# --- the showcase --------------------------------------------------------------------------------

CLINIC = (
    ("      3: message\n", "      3: billing\n      4: message\n"),
    (
        "book an appointment, press 2.\n          To leave a message, press 3.",
        "book an appointment, press 2.\n          For billing, press 3. To leave a message, press 4.",
    ),
    ("mon-fri: 8:00-17:30", "mon-thu: 8:00-17:30\n    fri: 8:00-16:00"),
    ("front_desk: +13125550123", "front_desk: +13125550124\n  billing: +13125550150"),
    (
        "  spanish:\n",
        "  billing:\n    say:\n      en: One moment.\n      es: Un momento.\n    transfer: billing\n    otherwise: message\n\n  spanish:\n",
    ),
    (
        "    fail: operator             # after",
        "    tries: 2\n    fail: operator             # after",
    ),
    ("Bienvenido a la clínica", "Le damos la bienvenida a la clínica"),
    ("ring: 25s", "ring: 30s"),
    ("unknown_patient", "no_patient"),
)


def test_two_versions_of_the_clinic_are_told_apart_as_its_manager_would() -> None:
    names = ("clinic.yaml", "settings.yaml")
    files = {name: (FLOWS / name).read_text("utf-8") for name in names}
    text = files["clinic.yaml"]
    for before, after in CLINIC:
        assert before in text
        text = text.replace(before, after)
    versions = []
    for each in (files, {**files, "clinic.yaml": text}):
        loaded = load(each, assets=frozenset({"music/soft-piano.wav"}), checked=False)
        assert loaded.flows is not None, loaded.problems
        versions.append(Version(loaded.flows, former_names(loaded.documents)))
    assert [each.sentence for each in compare(*versions)] == [
        "Opening hours: Friday closes at 16:00 (before 17:30).",
        "The transfer to front desk now rings +13125550124 (before +13125550123).",
        "In the main menu, pressing 3 now leads to billing (before: message).",
        "In the main menu, pressing 4 is new and leads to message.",
        "New step “billing”: it says “One moment.” and rings billing (+13125550150); a call nobody takes leads to message.",
        "In the main menu, callers who press nothing or a wrong key are now asked 2 times (before 3).",
        "The step “operator” now rings for 30 seconds (before 25).",
        "The greeting says in Spanish: “Le damos la bienvenida a la clínica Northside. …” (before “Bienvenido a la clínica Northside. …”).",
        "The main menu says “… an appointment, press 2. For billing, press 3. To leave a message, press 4. To speak with someone, …” (before “… an appointment, press 2. To leave a message, press 3. To speak with someone, …”).",
        "The number called billing is new: +13125550150.",
        "The step “unknown patient” is now called “no patient”.",
    ]
