"""Definitions that several flows share."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ivr.flow.load_include import DEPTH_MAX, HIDDEN
from ivr.flow.problems import Severity
from tests.flow.folders import compiled, folder, problem, told
from tests.flow.ring import Ring

COMMON = """\
numbers: {front_desk: +13125550123, fax: +13125550124}
hours: {clinic: {mon-fri: 8:00-17:30, closed: [us-holidays]}}
texts:
  closing: {en: We close soon., es: Cerramos pronto.}
anytime: {star: repeat}
"""
MAIN = """\
include: [shared/common.yaml]
steps:
  main:
    - say: ${texts.closing}
    - transfer: front_desk
      otherwise: bye
  bye:
    goto: [{if: hours.clinic.open, goto: hangup}, {else: hangup}]
"""
FILES = {"main": MAIN, "shared/common": COMMON}


def test_what_is_included_is_there_as_if_it_stood_in_the_flow() -> None:
    flow = compiled(FILES).flows["main"]
    assert flow.numbers == {"front_desk": "+13125550123", "fax": "+13125550124"}
    assert flow.hours.keys() == {"clinic"}
    assert flow.anytime.keys() == {"*"}
    call = Ring(MAIN, **{"shared/common": COMMON})  # type: ignore[arg-type]
    assert call.said[0] == "We close soon."


def test_an_included_file_is_no_flow() -> None:
    assert compiled(FILES).flows.keys() == {"main"}


def test_languages_may_be_included_and_the_first_is_where_calls_start() -> None:
    languages = "languages: {es-US: {}, en-US: {}}\n"
    flow = compiled({**FILES, "shared/common": COMMON + languages}).flows["main"]
    assert [language.code for language in flow.languages] == ["es-US", "en-US"]


def test_a_name_of_the_flow_itself_wins_with_a_note() -> None:
    files = {**FILES, "main": "numbers: {front_desk: +13125550199}\n" + MAIN}
    assert compiled(files).flows["main"].numbers["front_desk"] == "+13125550199"
    found = problem(files, HIDDEN)
    assert found.severity is Severity.INFO
    assert (found.span.file, found.span.line, found.span.column) == ("main.yaml", 1, 11)
    assert "shared/common.yaml, line 1" in found.message


def test_a_definition_of_the_flow_itself_replaces_the_included_one_whole() -> None:
    own = "texts: {closing: {en: Bye.}}\nhours: {clinic: {sat: 9:00-12:00}}\n"
    found = compiled({**FILES, "main": own + MAIN}).flows["main"]
    closed = datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert found.hours["clinic"].open(closed) is False
    assert Ring(own + MAIN, **{"shared/common": COMMON}).said[0] == "Bye."  # type: ignore[arg-type]


def test_the_language_of_the_flow_itself_wins_over_included_ones() -> None:
    common = COMMON + "languages: {en-US: {}, es-US: {}}\n"
    files = {"main": "language: es-US\n" + MAIN, "shared/common": common}
    assert [each.code for each in compiled(files).flows["main"].languages] == ["es-US"]
    assert told(files, HIDDEN) == [(HIDDEN, "main.yaml", 1, 1)]


def test_what_is_included_earlier_wins_over_what_is_included_later() -> None:
    files = {
        "main": MAIN.replace("[shared/common.yaml]", "[shared/own.yaml, shared/common.yaml]"),
        "shared/own": "numbers: {fax: +13125550100}\n",
        "shared/common": COMMON,
    }
    assert compiled(files).flows["main"].numbers["fax"] == "+13125550100"
    assert told(files, HIDDEN) == [(HIDDEN, "shared/own.yaml", 1, 11)]


def test_included_files_may_include_others_and_one_file_by_two_ways() -> None:
    files = {
        "main": MAIN.replace("[shared/common.yaml]", "[shared/a.yaml, shared/common.yaml]"),
        "shared/a": "include: shared/common.yaml\nnumbers: {fax: +13125550111}\n",
        "shared/common": COMMON,
    }
    assert compiled(files).flows["main"].numbers["fax"] == "+13125550111"
    assert told(files, HIDDEN) == [(HIDDEN, "shared/a.yaml", 2, 11)]


@pytest.mark.parametrize(
    ("include", "message", "remedy"),
    [
        ("shared/comon.yaml", "there is no file shared/comon.yaml", "shared/common.yaml"),
        ("common.yaml", "there is no file common.yaml", "shared/common.yaml"),
        ("settings.yaml", "there is no file settings.yaml", "shared/"),
        ("other.yaml", "“other.yaml” is a flow", "run:"),
        ("texts/main.es.yaml", "there is no file texts/main.es.yaml", "shared/"),
        ("{a: b}", "a map is not a file", "shared/common.yaml"),
    ],
)
def test_what_cannot_be_included_is_told_at_its_name(
    include: str, message: str, remedy: str
) -> None:
    files = {
        "main": f"include: [{include}]\n"
        + MAIN.partition("\n")[2].replace("front_desk", "+13125550123"),
        "other": "steps: {main: {say: A., goto: hangup}}\n",
        "settings": "voices: {}\n",
        "shared/common": COMMON,
        "texts/main.es": "",
    }
    (found,) = [
        each
        for each in folder(files).problems
        if each.span.line == 1 and each.code == "S007" and each.span.file == "main.yaml"
    ]
    assert found.message.startswith(message)
    assert remedy in found.help
    assert found.span.column == 11


def test_a_circle_of_includes_is_told_where_it_closes() -> None:
    files = {
        **FILES,
        "shared/common": "include: [shared/b.yaml]\n" + COMMON,
        "shared/b": "include: [shared/common.yaml]\n",
    }
    found = problem(files, "S007")
    assert (found.span.file, found.span.line, found.span.column) == ("shared/b.yaml", 1, 11)
    assert "shared/common.yaml → shared/b.yaml → shared/common.yaml" in found.message


def test_includes_go_four_files_deep_and_no_deeper() -> None:
    chain = {f"shared/{n}": f"include: [shared/{n + 1}.yaml]\n" for n in range(1, 9)}
    files = {"main": MAIN.replace("common", "1"), **chain, "shared/9": COMMON}
    assert told(files, "S007") == [("S007", f"shared/{DEPTH_MAX}.yaml", 1, 11)]
    short = {**files, f"shared/{DEPTH_MAX}": COMMON}
    assert told(short, "S007") == []


def test_anything_but_definitions_in_an_included_file_is_one_error() -> None:
    files = {**FILES, "shared/common": COMMON + "steps: {main: {goto: hangup}}\nvars: {a: 1}\n"}
    found = problem(files, "S001")
    assert (found.span.file, found.span.line, found.span.column) == ("shared/common.yaml", 6, 1)
    assert "steps" in found.message
    assert "run" in found.help


def test_a_misspelt_definition_is_told_with_what_was_meant() -> None:
    files = {**FILES, "shared/common": COMMON.replace("anytime", "anytme")}
    assert problem(files, "S001").help == "did you mean “anytime”?"


@pytest.mark.parametrize(
    ("before", "after", "code", "line", "column"),
    [
        ("+13125550124", "12", "T001", 1, 42),
        ("mon-fri", "mon-fry", "S001", 2, 27),
        ("We close soon.", '"We close ${x | monye}."', "X003", 4, 33),
        ("star", "stair", "M004", 5, 11),
        ("star: repeat", "1: nowhere", "F001", 5, 14),
    ],
)
def test_what_is_wrong_in_an_included_file_is_told_there_once(
    before: str, after: str, code: str, line: int, column: int
) -> None:
    files = {**FILES, "other": MAIN, "shared/common": COMMON.replace(before, after)}
    assert told(files, code) == [(code, "shared/common.yaml", line, column)]


def test_languages_a_flow_does_not_speak_are_left_out_of_included_texts() -> None:
    assert told(FILES, "L002") == []
    none = {**FILES, "shared/common": COMMON.replace("en: We close soon., es", "fr: Bientôt., es")}
    found = problem(none, "L002")
    assert (found.span.file, found.span.line) == ("main.yaml", 4)
    assert "closing" in found.message


def test_a_remark_for_the_checker_works_in_an_included_file() -> None:
    warned = COMMON.replace("We close soon.", "WE ARE CLOSING SOON TODAY.")
    allowed = warned.replace("pronto.}", "pronto.}  # ivr: allow P004 because it is a name")
    assert [place[:3] for place in told({**FILES, "shared/common": warned}, "P004")] == [
        ("P004", "shared/common.yaml", 4)
    ]
    assert told({**FILES, "shared/common": allowed}, "P004", "N002") == []


def test_a_flow_whose_include_is_broken_is_not_judged_as_a_whole() -> None:
    main = "include: [shared/a.yaml]\nsteps:\n  main: {say: Press 0., menu: {1: main}}\n"
    operator = "  operator: {transfer: +13125550123, otherwise: main}\n"
    files = {"main": main + operator, "shared/a": "anytime: {0: operator}\n"}
    assert told(files, "F002", "M002") == []
    broken = {**files, "shared/a": "anytime: {0: operator\n"}
    assert told(broken, "Y001", "F002", "M002") == [("Y001", "shared/a.yaml", 1, 10)]


def test_an_empty_file_and_one_that_is_no_map() -> None:
    main = "include: [shared/a.yaml]\nsteps: {main: {say: A., goto: hangup}}\n"
    assert told({"main": main, "shared/a": ""}) == []
    assert told({"main": main, "shared/a": "[a]\n"}) == [("S007", "shared/a.yaml", 1, 1)]


def test_a_definition_that_is_no_map_is_told_in_its_file() -> None:
    files = {**FILES, "main": "numbers: {desk: +13125550100}\n" + MAIN}
    files["shared/common"] = COMMON.replace("{front_desk: +13125550123, fax: +13125550124}", "none")
    assert ("S007", "shared/common.yaml", 1, 10) in told(files, "S007")
