"""What the flows of a folder are to each other."""

from __future__ import annotations

from ivr.flow.check.folder import Folder
from ivr.flow.check.ways import UNKNOWN, reachable
from tests.flow.ring import flows_of

MAIN = """\
anytime: {0: desk, 1: desk}
steps:
  main: {run: a, done: desk}
  also: {run: b, done: desk, lost: main}
  desk: {transfer: +13125550123, otherwise: main}
"""
A = """\
anytime: {2: end}
returns: [done]
steps:
  main: {run: b, done: end, lost: gone}
  gone: {goto: end}
  end: {return: done, value: 1}
"""
B = """\
returns: [done, lost]
steps:
  main: {menu: {1: done}, fail: done}
  done: {return: done, value: 1}
  lost: {return: lost}
"""


def folder(**broken: str) -> Folder:
    flows = flows_of(MAIN, a=A, b=B)
    return Folder(flows, flows.flows.keys(), {f"{name}.yaml" for name in broken})


def test_who_runs_whom_is_known_from_both_sides() -> None:
    looked = folder()
    runners = {id: [r.subject.flow.id for r in each] for id, each in looked.runners.items()}
    assert runners == {"a": ["main"], "b": ["a", "main"]}
    assert looked.run_below == {"main": {"a", "b"}, "a": {"b"}, "b": set()}
    assert looked.outermost_first == ["main", "a", "b"]
    assert looked.heights == {"main": 2, "a": 1, "b": 0}


def test_keys_come_along_only_where_every_flow_that_runs_it_has_them() -> None:
    looked = folder()
    assert looked.outer_anytime("a") == {"0", "1"}
    assert looked.outer_anytime("b") == {"0", "1"}
    assert looked.outer_anytime("main") == frozenset()


def test_a_flow_returns_only_what_callers_can_come_to() -> None:
    summary = folder().summary("b")
    assert summary.outcomes == frozenset({"done"})
    assert (summary.given, summary.waits) == (frozenset({"done"}), True)
    assert (summary.ends, summary.person) == (False, False)
    assert "gone" not in reachable(folder().subjects["a"])


def test_nothing_is_known_of_a_flow_that_could_not_be_read_or_cannot_be_run() -> None:
    assert folder(b="broken").summary("b") is UNKNOWN
    assert "gone" in reachable(folder(b="broken").subjects["a"])
    assert folder().summary("main") is UNKNOWN
    assert folder().summary("nowhere") is UNKNOWN


def test_a_person_may_be_reached_in_the_flow_that_runs_it() -> None:
    looked = folder()
    assert looked.with_person(looked.subjects["b"]) == {"main", "done", "lost", "?"}
