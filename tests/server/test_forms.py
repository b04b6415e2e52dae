"""Forms: small, whole and soon, and decoded as Twilio signs them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.types import Message

from ivr.server import forms
from ivr.server.gate import Refused
from tests.virtual import pass_time, run


def read(*chunks: bytes, every_s: float = 0.0, broken_off: bool = False) -> bytes:
    """Read a body that arrives in these chunks."""
    messages: list[Message] = [
        {"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks
    ]
    end: Message = {"type": "http.request", "body": b"", "more_body": False}
    messages.append({"type": "http.disconnect"} if broken_off else end)

    async def receive() -> Message:
        await pass_time(every_s)
        return messages.pop(0)

    async def told() -> bytes:
        request = Request({"type": "http", "method": "POST", "headers": []}, receive)
        return await forms.read_body(request)

    return run(told())


def refusal(*chunks: bytes, every_s: float = 0.0, broken_off: bool = False) -> int:
    with pytest.raises(Refused) as caught:
        read(*chunks, every_s=every_s, broken_off=broken_off)
    return caught.value.status


def test_a_body_is_read_whole() -> None:
    assert read(b"CallSid=CA1", b"&To=%2B1555") == b"CallSid=CA1&To=%2B1555"


def test_a_body_that_is_too_long_is_refused_before_it_has_all_arrived() -> None:
    assert len(read(b"x" * forms.BODY_BYTES_MAX)) == forms.BODY_BYTES_MAX
    assert refusal(*[b"x" * 1024] * 10_000) == 413


def test_a_body_that_comes_too_slowly_is_refused() -> None:
    assert read(*[b"x"] * 40, every_s=0.1) == b"x" * 40
    assert refusal(*[b"x"] * 60, every_s=0.1) == 408


def test_a_body_that_is_broken_off_is_refused() -> None:
    assert refusal(b"CallSid=CA1", broken_off=True) == 400


def test_blank_and_repeated_fields_stay_and_nothing_is_trimmed() -> None:
    assert forms.fields(b"Digits=&MediaUrl=b&MediaUrl=a&Text=+x+") == {
        "Digits": [""],
        "MediaUrl": ["b", "a"],
        "Text": [" x "],
    }


def test_other_alphabets_are_decoded() -> None:
    assert forms.fields(b"FromCity=K%C3%B6ln") == {"FromCity": ["Köln"]}


def test_a_form_with_far_too_many_fields_is_refused() -> None:
    assert len(forms.fields(b"&".join(b"a%d=1" % n for n in range(forms.FIELDS_MAX)))) == 500
    with pytest.raises(Refused):
        forms.fields(b"&".join(b"a%d=1" % n for n in range(forms.FIELDS_MAX + 1)))


@given(st.binary(max_size=300))
def test_any_bytes_are_a_form_or_refused(encoded: bytes) -> None:
    forms.fields(encoded)
