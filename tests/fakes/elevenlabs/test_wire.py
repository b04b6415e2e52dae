"""The vendor's JSON as it goes out, to the letter."""

from __future__ import annotations

import pytest

from ivr.fakes.elevenlabs import wire
from ivr.fakes.elevenlabs.sound import Letter
from ivr.fakes.elevenlabs.wire import Invalid, Refusal

LETTERS = (Letter("H", 0, 60.4), Letter("i", 60.4, 60))


def test_a_chunk() -> None:
    timing = {"chars": ["H", "i"], "charStartTimesMs": [0, 60], "charDurationsMs": [60, 60]}
    assert wire.audio_message(b"\xff", LETTERS, {"contextId": "a"}) == {
        "audio": "/w==",
        "isFinal": None,
        "alignment": timing,
        "normalizedAlignment": timing,
        "contextId": "a",
    }


@pytest.mark.parametrize("letters", [None, ()])
def test_a_chunk_without_timing(letters: tuple[Letter, ...] | None) -> None:
    message = wire.audio_message(b"\xff", letters, {})
    assert message["alignment"] is None
    assert message["normalizedAlignment"] is None


def test_a_final() -> None:
    assert wire.final_message({"contextId": "a"}) == {
        "audio": None,
        "isFinal": True,
        "contextId": "a",
    }


def test_an_error_with_and_without_its_code() -> None:
    coded = wire.error_message("No.", "quota_exceeded", 1008, {})
    assert coded == {"message": "No.", "error": "quota_exceeded", "code": 1008}
    assert wire.error_message("No.", None, 1008, {}) == {"message": "No.", "code": 1008}


def test_a_reason_fits_a_close_frame_and_stays_text() -> None:
    assert wire.reason("short") == "short"
    assert wire.reason("é" * 100) == "é" * 61


def test_snake_case() -> None:
    assert wire.snake(wire.final_message({"contextId": "a"})) == {
        "audio": None,
        "is_final": True,
        "context_id": "a",
    }


def test_timings_over_http_are_seconds() -> None:
    assert wire.http_alignment(LETTERS, 1000) == {
        "characters": ["H", "i"],
        "character_start_times_seconds": [1, 1.06],
        "character_end_times_seconds": [1.06, 1.12],
    }


def test_the_body_of_a_refusal() -> None:
    refusal = Refusal(429, "concurrent_limit_exceeded", "Wait.", param="text")
    assert refusal.body("r1") == {
        "detail": {
            "type": "rate_limit_error",
            "code": "concurrent_limit_exceeded",
            "message": "Wait.",
            "status": "too_many_concurrent_requests",
            "request_id": "r1",
            "param": "text",
        }
    }
    assert refusal.body("r1", legacy=True) == {
        "detail": {"status": "too_many_concurrent_requests", "message": "Wait."}
    }


def test_the_body_of_an_invalid_body() -> None:
    assert Invalid("text", "Field required", "missing").body() == {
        "detail": [{"loc": ["body", "text"], "msg": "Field required", "type": "missing"}]
    }
    assert Invalid("", "No.", "x").body()["detail"] == [
        {"loc": ["body"], "msg": "No.", "type": "x"}
    ]
