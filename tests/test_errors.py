"""Errors by whose fault they are."""

from __future__ import annotations

import pytest

from ivr.errors import BadMessage, FlowError, IvrError, SettingsError, VoiceError
from ivr.flow.problems import Problem, Span


@pytest.mark.parametrize("kind", [FlowError, SettingsError, BadMessage, VoiceError])
def test_every_error_on_purpose_has_one_root(kind: type[Exception]) -> None:
    assert issubclass(kind, IvrError)


def test_a_flow_error_carries_every_problem() -> None:
    problems = [Problem("F001", "gone", Span("a.yaml", 1, 1, 1, 2))] * 2
    error = FlowError(problems)
    assert error.problems == tuple(problems)
    assert str(error) == "2 problems in the flows"


def test_a_voice_error_says_whether_asking_again_may_help() -> None:
    assert VoiceError("busy", retryable=True).retryable
    assert not VoiceError("no such voice", retryable=False).retryable
