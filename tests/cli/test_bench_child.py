"""Processes of the bench: started, asked, and gone with the block, whatever happened in it."""

from __future__ import annotations

import multiprocessing
import os
from multiprocessing.connection import Connection

import pytest

from ivr.cli.bench_child import ChildFailed, child, stay_on

NOWHERE = frozenset[int]()


def echo(pipe: Connection, cores: frozenset[int]) -> None:
    pipe.send(os.getpid())
    try:
        while True:
            pipe.send(("heard", pipe.recv(), cores))
    except EOFError:
        return


def leave(pipe: Connection, cores: frozenset[int]) -> None:
    pipe.close()


def test_it_is_a_process_of_its_own_and_answers() -> None:
    with child("echo", echo, NOWHERE) as other:
        assert other.hear() != os.getpid()
        assert other.ask("hello") == ("heard", "hello", NOWHERE)
    assert multiprocessing.active_children() == []


def test_one_that_ends_is_an_error_and_no_hanging() -> None:
    with child("leaver", leave, NOWHERE) as other, pytest.raises(ChildFailed, match="leaver"):
        other.hear()


def test_one_that_does_not_answer_is_an_error() -> None:
    with child("echo", echo, NOWHERE) as other:
        other.hear()
        with pytest.raises(ChildFailed, match="did not answer"):
            other.hear(0.01)


def test_it_is_gone_when_the_block_fails() -> None:
    def fail() -> None:
        with child("echo", echo, NOWHERE) as other:
            raise ZeroDivisionError(other.hear())

    with pytest.raises(ZeroDivisionError):
        fail()
    assert multiprocessing.active_children() == []


def test_no_cores_means_no_pinning() -> None:
    assert not stay_on(NOWHERE)


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system pins nothing")
def test_a_process_stays_on_its_core() -> None:
    before = os.sched_getaffinity(0)
    try:
        assert stay_on(frozenset({min(before)}))
        assert os.sched_getaffinity(0) == {min(before)}
    finally:
        os.sched_setaffinity(0, before)
