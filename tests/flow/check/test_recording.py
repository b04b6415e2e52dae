"""Who is told that they are recorded."""

from __future__ import annotations

import pytest

from ivr.flow.problems import Severity
from tests.flow.check.told import told
from tests.flow.ring import loaded

FLOW = """\
steps:
  main:
    - SAY
    - record_call: start
    - goto: bye
  bye: {say: Bye., goto: hangup}
"""
SETTINGS = """\
environments: {dev: {notice: 'We record calls.', greeting: Hello.}}
"""


def r001(flow: str, **files: str) -> list[tuple[int, Severity]]:
    found = loaded(flow, frozenset({"notice.wav"}), settings=SETTINGS, **files).problems
    return [(each.span.line, each.severity) for each in found if each.code == "R001"]


@pytest.mark.parametrize(
    "say",
    [
        "say: This call may be recorded.",
        "say: We may record this call.",
        "say: '${settings.notice}'",
        "play: notice.wav",
        "say: [Hello., {play: notice.wav}]",
        "say: [{say: Calls are recorded., if: call.language == 'en-US'}]",
    ],
)
def test_r001_a_text_that_says_so_or_a_file_that_may(say: str) -> None:
    assert r001(FLOW.replace("SAY", f"{{{say}}}")) == []


@pytest.mark.parametrize(
    "say",
    [
        "say: Welcome.",
        "say: I am looking for your record in our records.",
        "say: '${settings.greeting}'",
        "say: [{say: Calls are recorded., if: call.minutes > 3}]",
        "say: Calls are recorded., if: call.minutes > 3",
    ],
)
def test_r001_a_text_that_does_not_say_so_or_not_to_everybody(say: str) -> None:
    assert r001(FLOW.replace("SAY", f"{{{say}}}")) == [(4, Severity.WARNING)]


def test_r001_it_has_to_be_said_in_every_language() -> None:
    languages = "languages: {en-US: {}, es-US: {}}\n"
    both = "{say: {en: This call may be recorded., es: Esta llamada puede ser grabada.}}"
    assert r001(languages + FLOW.replace("SAY", both)) == []
    one = both.replace("Esta llamada puede ser grabada.", "Hola.")
    assert r001(languages + FLOW.replace("SAY", one)) == [(5, Severity.WARNING)]


def test_r001_pausing_and_stopping_are_no_recording() -> None:
    flow = FLOW.replace("SAY", "{say: Hello.}").replace("start", "stop")
    assert r001(flow) == []


WAYS = """\
steps:
  main:
    say: For one, press 1. For two, press 2.
    menu: {1: told, 2: TWO}
    fail: told
  told: {say: This call is recorded., goto: message}
  message:
    say: Please speak.
    voicemail: desk
  talk: {say: So., transfer: +13125550123, record_talk: yes, otherwise: message}
"""


def test_r001_every_way_to_the_recording_needs_a_notice() -> None:
    assert r001(WAYS.replace("TWO", "told")) == []
    assert r001(WAYS.replace("TWO", "message")) == [(9, Severity.INFO)]
    assert r001(WAYS.replace("TWO", "talk")) == [(9, Severity.INFO), (10, Severity.WARNING)]
    beside = WAYS.replace("Please speak.", "You are recorded.").replace("TWO", "message")
    assert r001(beside) == []


RUNS = """\
steps:
  main:
    - run: other
      done: more
  more:
    - record_call: start
    - goto: hangup
"""
OTHER = "returns: [done]\nsteps: {main: {say: SAY, goto: end}, end: {return: done}}\n"


def test_r001_a_flow_that_is_run_may_tell_them_or_be_told_before() -> None:
    assert r001(RUNS, other=OTHER.replace("SAY", "Hello.")) == [(6, Severity.WARNING)]
    assert r001(RUNS, other=OTHER.replace("SAY", "You are recorded.")) == []
    inside = OTHER.replace("{say: SAY, goto: end}", "[{record_call: start}, {goto: end}]")
    assert [line for line, _ in r001(RUNS, other=inside)] == [6, 2]
    before = RUNS.replace("run: other", "say: You are recorded.\n      run: other")
    assert r001(before, other=inside) == []


MAIL = "steps: {main: {say: Speak., voicemail: BOX}}\n"


@pytest.mark.parametrize(
    ("mailboxes", "box", "found"),
    [
        ("mailboxes: {desk: {}}", "desk", []),
        ("mailboxes: {desk: {}}", "dask", [(1, 40)]),
        ("environments: {dev: {}}", "dask", []),
    ],
)
def test_s007_a_mailbox_is_looked_for_where_settings_list_any(
    mailboxes: str, box: str, found: list[tuple[int, int]]
) -> None:
    flow = MAIL.replace("BOX", box)
    assert told(flow, "S007", settings=mailboxes) == found
    problems = loaded(flow, frozenset(), settings=mailboxes).problems
    faults = [each for each in problems if each.code == "S007"]
    assert all(each.severity is Severity.WARNING and "desk" in each.help for each in faults)
