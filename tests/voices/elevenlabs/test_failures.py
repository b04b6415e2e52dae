"""What went wrong at the vendor, in its many shapes: one sentence, and whether to ask again."""

from __future__ import annotations

import json

import pytest

from ivr.voices.elevenlabs.failures import code_in, of_close, of_frame, of_network, of_response


@pytest.mark.parametrize(
    ("code", "retryable", "alarm"),
    [
        ("input_timeout_exceeded", True, False),
        ("max_active_conversations", True, False),
        ("system_busy", True, False),
        ("quota_exceeded", False, True),
        ("detected_unusual_activity", False, True),
        ("voice_id_does_not_exist", False, True),
        ("invalid_api_key", False, True),
        ("invalid_input_message", False, False),
        ("something_new", True, False),
        (None, True, False),
        (1008, True, False),
    ],
)
def test_the_code_of_a_frame_decides_and_not_the_1008_that_they_all_have(
    code: object, retryable: bool, alarm: bool
) -> None:
    failure = of_frame(code, 1008)
    assert (failure.retryable, failure.alarm) == (retryable, alarm)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"detail": {"code": "voice_not_found", "status": "old"}}, "voice_not_found"),
        ({"detail": {"status": "quota_exceeded", "message": "m"}}, "quota_exceeded"),
        ({"detail": {"code": None, "status": "quota_exceeded"}}, "quota_exceeded"),
        ({"detail": [{"loc": ["body", "text"], "msg": "m", "type": "t"}]}, "validation_error"),
        ({"detail": "Not Found"}, ""),
        ({"status": "internal_server_error", "message": "m"}, "internal_server_error"),
        ({"error": "system_busy"}, "system_busy"),
        ({"detail": {"code": "Please call 555 1234!"}}, ""),
        ([], ""),
        ("text", ""),
        (None, ""),
    ],
)
def test_the_code_is_found_in_every_shape_of_body(body: object, code: str) -> None:
    assert code_in(json.dumps(body).encode()) == code


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff\xfe", b'{"detail":', b"[" * 5_000])
def test_a_body_that_is_no_json_has_no_code(body: bytes) -> None:
    assert code_in(body) == ""


@pytest.mark.parametrize(
    ("status", "body", "retryable", "sentence"),
    [
        (401, b"", False, "set ELEVENLABS_API_KEY"),
        (401, b'{"detail":{"status":"quota_exceeded"}}', False, "no credits left"),
        (402, b"", False, "plan"),
        (403, b"", False, "check ELEVENLABS_API_KEY, voice_id and model"),
        (404, b"", False, "set voice_id"),
        (404, b'{"detail":{"code":"model_not_found"}}', False, "set model to"),
        (422, b'{"detail":[{}]}', False, "validation_error"),
        (429, b"", True, "too much to do"),
        (429, b'{"detail":{"code":"concurrent_limit_exceeded"}}', True, "for this ElevenLabs plan"),
        (429, b'{"detail":{"code":"invalid_parameters"}}', True, "too much to do"),
        (400, b'{"detail":{"code":"text_too_long"}}', False, "refused the text"),
        (400, b"", False, "answered with 400"),
        (500, b'{"status":"internal_server_error"}', True, "fault of its own"),
        (503, b"", True, "answered with 503"),
        (301, b"", False, "answered with 301"),
    ],
)
def test_an_answer_is_one_sentence(
    status: int, body: bytes, retryable: bool, sentence: str
) -> None:
    failure = of_response(status, body)
    assert failure.retryable is retryable
    assert sentence in failure.sentence
    assert "{" not in failure.sentence


def test_the_vendors_own_words_are_never_repeated() -> None:
    secret = "Your text 'Hello Mr Smith' is too long"
    body = json.dumps({"detail": {"code": secret, "message": secret, "status": secret}})
    assert "Smith" not in of_response(400, body.encode()).sentence
    assert "Smith" not in of_frame(secret, 1008).sentence


def test_a_connection_that_ends_or_cannot_be_made_may_be_tried_again() -> None:
    for failure in (of_close(1006), of_close(None), of_close(1009), of_network(OSError("x"))):
        assert failure.retryable
    assert "in time" in of_network(TimeoutError()).sentence
    assert of_close(1006).error(7).spoken == 7
