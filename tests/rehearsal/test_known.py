"""Everything the flows could ever ask of the world."""

from __future__ import annotations

import pytest

from ivr.rehearsal.known import Known, fits_any, runners
from tests.rehearsal.stage import flows_of, world_of

KNOWN = Known.of(world_of())


def test_every_kind_of_name_is_known() -> None:
    assert KNOWN.targets == {"desk": "+13125550123", "night": "+13125550124"}
    assert KNOWN.callees == {"desk", "night", "+13125550123", "+13125550124"}
    assert KNOWN.queues == {"support"}
    assert KNOWN.documents == {"script"}
    assert KNOWN.events == {"gave_up", "over"}
    assert KNOWN.functions == {"book_table": {"done", "full", "failed"}}
    assert KNOWN.texts
    assert KNOWN.records
    assert "POST /orders" in KNOWN.paths


def test_a_flow_that_asks_nothing_has_nothing_to_know() -> None:
    known = Known.of(flows_of("steps: {main: {say: Hello., goto: hangup}}"))
    assert known == Known({}, frozenset(), frozenset(), {}, (), frozenset(), False, False)


@pytest.mark.parametrize(
    ("pattern", "may_be"),
    [
        ("GET /people/*", True),
        ("GET /people/1", True),
        ("GET /v1/people/1", True),
        ("GET http://127.0.0.1:9000/v1/people/1", True),
        ("GET *", True),
        ("POST /people/1", False),
        ("GET /persons/1", False),
        ("GET /people", False),
        ("DELETE *", False),
    ],
)
def test_a_request_may_be_what_some_step_could_ask(pattern: str, may_be: bool) -> None:
    assert KNOWN.may_request(pattern) is may_be


def test_an_address_that_is_computed_may_be_any() -> None:
    flow = "steps: {main: {http: 'GET ${call.to}/x', example: {}, error: main, goto: main}}"
    known = Known.of(flows_of(flow))
    assert known.may_request("GET /x")
    assert known.may_request("GET https://anybody.example/x")
    assert not known.may_request("GET /y")


def test_a_pattern_means_names() -> None:
    assert fits_any("d*k", ["night", "desk"])
    assert not fits_any("d*k", ["night"])


def test_who_runs_a_flow_and_who_runs_those() -> None:
    returning = "returns: [done]\nsteps: {a: {return: done}}"
    between = "returns: [done]\nsteps: {a: {run: inner, done: b}, b: {return: done}}"
    main = "steps: {a: {run: between, done: hangup}}"
    flows = flows_of(main, between=between, inner=returning, other="steps: {a: {goto: hangup}}")
    assert runners(flows, "inner") == {"main", "between"}
    assert runners(flows, "between") == {"main"}
    assert runners(flows, "main") == set()
