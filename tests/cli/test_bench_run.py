"""A whole bench, of few calls and for a moment: processes, server, vendor, numbers."""

from __future__ import annotations

import os
from dataclasses import replace

import msgspec
import pytest

from ivr.cli.bench_mixes import MIXES
from ivr.cli.bench_numbers import Report
from ivr.cli.bench_run import Bench, Times, cores, machine

SHORT = Times(0.5, 0.5, (5, 5), 0.4, 3.0, (5, 8), shared_server=True)


def test_a_short_bench_of_two_mixes_has_all_its_numbers() -> None:
    said: list[str] = []
    chosen = [replace(mix, loaded=mix.alone) for mix in MIXES if mix.name in ("fixed", "live")]
    report = Bench(3, SHORT, said.append, chosen).run()
    assert [(run.mix, run.calls) for run in report.runs] == [
        *(("fixed", 1), ("fixed", 3), ("live", 1), ("live", 3))
    ]
    assert "fixed: 3 calls" in said
    for run in report.runs:
        assert not run.faults
        assert run.lateness_ms.count
    fixed, live = report.runs[1], report.runs[3]
    assert fixed.keys
    assert fixed.key_to_audible_ms.count
    assert live.vendor_requests
    assert live.added_ms.count == live.vendor_ms.count
    assert live.added_ms.count
    assert report.joins is None
    assert msgspec.json.decode(msgspec.json.encode(report), type=Report) == report


def test_the_server_has_a_core_of_its_own_where_there_are_two() -> None:
    server, others = cores()
    if not hasattr(os, "sched_getaffinity"):
        assert (server, others) == (None, frozenset())
        return
    assert {server} | others == os.sched_getaffinity(0)
    if len(os.sched_getaffinity(0)) > 1:
        assert server not in others


@pytest.mark.parametrize("name", ["cores", "processor", "system", "python"])
def test_the_machine_is_named(name: str) -> None:
    assert machine()[name]
