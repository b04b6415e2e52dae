"""One flow file: every mistake at its place, all of them at once."""

from __future__ import annotations

import pytest

from tests.flow.ring import Ring, flows_of, loaded, problems_of

GOOD = "steps:\n  main:\n    say: Hello.\n    goto: hangup\n"


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        # the top of the flow
        ("titel: A\n", ("S001", 5, 1)),
        ("include: [a.yaml]\n", ("S007", 5, 11)),
        ("ivr: 2\n", ("S007", 5, 6)),
        ("timezone: Mars/Base\n", ("S007", 5, 11)),
        ("language: english\n", ("S007", 5, 11)),
        ("voice: sara\n", ("S007", 5, 8)),
        ("languages: {en-US: {vioce: a}}\n", ("S001", 5, 21)),
        ("language: en-US\nlanguages: {en-US: {}}\n", ("S005", 5, 11)),
        ("hours: {clinic: {mon-fry: 8:00-17:30}}\n", ("S001", 5, 27)),
        ("numbers: {desk: 12345}\n", ("T001", 5, 17)),
        ("anytime: {x: main}\n", ("M004", 5, 11)),
        ("anytime: {12: main}\n", ("M004", 5, 11)),
        ("anytime: {0: mian}\n", ("F001", 5, 14)),
        ("vars: {Count: 0}\n", ("S007", 5, 8)),
        ("limits: {call: soon}\n", ("S007", 5, 16)),
        ("limits: {cal: 5m}\n", ("S001", 5, 10)),
        ("start: mian\n", ("F001", 5, 8)),
        ("texts: none\n", ("S007", 5, 8)),
        # steps
        ("  a: {goto: main, say: x, sya: y}\n", ("S001", 5, 27)),
        ("  a: {tag: x}\n", ("S004", 5, 6)),
        ("  a: {menu: {1: main}, ask: x}\n", ("S005", 5, 24)),
        ("  a: {say: x, ring: 5s, goto: main}\n", ("S006", 5, 15)),
        ("  a: {menu: {1: main}, tries: many}\n", ("S007", 5, 31)),
        ("  a: {menu: {1: main}, wait: 5 minutes}\n", ("S007", 5, 30)),
        ("  a: {say: x, interrupt: maybe, goto: main}\n", ("S007", 5, 26)),
        ("  a: {words: [yes], goto: main}\n", ("S001", 5, 7)),
        ("  a: {agent: x}\n", ("S001", 5, 7)),
        ("  hangup: {goto: main}\n", ("F005", 5, 3)),
        ("  a/b: {goto: main}\n", ("F005", 5, 3)),
        ("  a: Hello.\n", ("S007", 5, 6)),
        ("  a: {say: x, goto: mian}\n", ("F001", 5, 21)),
        ("  a: {say: x, goto: /mian}\n", ("F001", 5, 21)),
        ("  a: {goto: [{gotto: main}]}\n", ("S001", 5, 15)),
        ("  a: {say: x, if: count >, goto: main}\n", ("X001", 5, 25)),
        ("  a: {say: x}\n", ("F003", 5, 3)),
        ("  a: {say: x, play: none.wav, goto: main}\n", ("S007", 5, 21)),
        ("  a: {transfer: desk, otherwise: main}\n", ("T001", 5, 17)),
        ("  a: {transfer: (312) 555-0123, otherwise: main}\n", ("T001", 5, 17)),
        ("  a: {language: fr-FR, goto: main}\n", ("L002", 5, 17)),
        ("  a: {say: {fr: Salut.}, goto: main}\n", ("L002", 5, 13)),
        ("  a: {say: [{say: x, langauge: en-US}], goto: main}\n", ("S001", 5, 22)),
        ("  a: {say: '${texts.closing}', goto: main}\n", ("X002", 5, 12)),
    ],
)
def test_a_mistake_is_told_at_its_place(lines: str, problem: tuple[str, int, int]) -> None:
    flow = GOOD.replace("hangup", "a") if "  a: " in lines else GOOD
    found = [p for p in problems_of(flow + lines) if p[0] not in ("F002", "B001")]
    assert problem in found
    # A broken step may leave its name unknown; nothing else may be claimed.
    assert [p for p in found if p != problem and p[:2] != ("F001", 4)] == []


def test_every_problem_comes_with_a_remedy() -> None:
    flow = "steps:\n  main:\n    sya: Hello.\n    goto: mian\n    ring: 5\n"
    for problem in loaded(flow).problems:
        assert problem.help, problem


def test_all_problems_are_told_at_once_in_file_order() -> None:
    flow = """\
titel: A
steps:
  main:
    say: Hello.
    menu: {1: nowhere, x: main}
    tries: many
"""
    assert problems_of(flow) == [
        ("S001", 1, 1),
        ("F001", 5, 15),
        ("M004", 5, 24),
        ("S007", 6, 12),
    ]


def test_a_near_miss_names_what_was_meant() -> None:
    (problem,) = loaded("steps:\n  main:\n    say: A.\n    goto: hangupp\n").problems
    assert problem.help == "did you mean “hangup”?"


def test_a_step_no_caller_can_reach_is_a_warning() -> None:
    found = loaded(GOOD + "  lost: {say: A., goto: hangup}\n")
    assert [(p.code, p.severity.value) for p in found.problems] == [("F002", "warning")]
    assert found.flows is not None


def test_conditions_that_may_all_fail_are_a_warning() -> None:
    flow = "vars: {n: 0}\nsteps:\n  main:\n    goto: [{if: n > 0, goto: hangup}]\n"
    assert ("F006", 4, 11) in problems_of(flow)


def test_what_stands_after_a_branch_without_a_condition_is_a_warning() -> None:
    flow = "steps:\n  main:\n    goto: [{goto: hangup}, {goto: main}]\n"
    assert ("F007", 3, 35) in problems_of(flow)


def test_an_empty_flow_and_one_without_steps_say_so() -> None:
    assert problems_of("") == [("F003", 1, 1)]
    assert problems_of("title: A\n") == [("F003", 1, 1)]
    assert problems_of("steps: {}\n") == [("F003", 1, 8)]
    assert problems_of("[]") == [("S007", 1, 1)]


def test_a_missing_translation_is_a_warning() -> None:
    flow = "languages: {en-US: {}, es-US: {}}\nsteps:\n  main:\n    say: Hello.\n    goto: hangup\n"
    assert problems_of(flow) == [("L001", 4, 10)]


def test_a_sentence_cut_by_a_hash_is_an_error() -> None:
    flow = "steps:\n  main:\n    say: Then press # to finish.\n    goto: hangup\n"
    assert problems_of(flow) == [("Y010", 3, 21)]


def test_the_start_step_may_be_named() -> None:
    flow = GOOD + "  other: {say: Other., goto: main}\nstart: other\n"
    assert Ring(flow).said[0] == "Other."


def test_a_flow_without_a_title_goes_by_its_file() -> None:
    assert flows_of(GOOD).flows["main"].title == "main"


def test_named_texts_are_said_by_name_whole_or_in_a_sentence() -> None:
    flow = """
        languages: {en-US: {}, es-US: {}}
        texts:
          closing: {en: We close soon., es: Cerramos pronto.}
        steps:
          main:
            - say: ${texts.closing}
            - say: {en: "Note: ${texts.closing}", es: "Atención: ${texts.closing}"}
              goto: hangup
    """
    assert Ring(flow).said == ["We close soon.", "Note: We close soon."]
    assert Ring(flow, language="es-US").said == ["Cerramos pronto.", "Atención: Cerramos pronto."]
