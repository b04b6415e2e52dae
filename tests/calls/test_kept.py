"""A call between its webhooks, as plain data."""

from __future__ import annotations

from ivr.flow.state import Place, State
from tests.calls.test_stream_ids import kept


def test_without_a_stream_a_call_is_bytes_and_is_taken_up_once() -> None:
    call = kept()
    state = State(call.call.facts, "abc", Place("main", "start"), "en-US")
    call.put_down(state)
    assert call.take_up() == state
    assert call.take_up() is None, "it is in use"


def test_a_call_that_was_not_answered_has_nothing_to_put_down() -> None:
    call = kept()
    call.put_down(None)
    assert (call.checkpoint, call.take_up()) == (None, None)
