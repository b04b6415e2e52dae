"""Signatures: the vectors of Twilio's algorithm, and everything that is not quite one."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.carriers.signature import Secrets, Signed, handshake_ok, webhook_ok

TOKEN = "12345"
SECRETS = Secrets((TOKEN,))
VOICE = "https://ivr.example.com/voice"
STREAM = "wss://ivr.example.com/media/abc"
STREAM_SIGNED = "3RCKrVLfUIiOZm8a81RR0FPkXno="
STREAM_SLASH_SIGNED = "UDnxfmB3U2bcMIfNSahQdbMUKzE="

FORM: dict[str, Sequence[str]] = {
    "CallSid": ["CA00000000000000000000000000000001"],
    "From": ["+15005550006"],
    "To": ["+15005550001"],
    "Digits": [""],
}
FORM_SIGNED = "uByR7cq1sUeXTLG8LgA8P7fp9kI="

JSON_URL = (
    "https://ivr.example.com/json?bodySHA256="
    "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
)
JSON_SIGNED = "Qp97eKQn7wXl7mrSgw0vBeczss0="


def sign(url: str, fields: Mapping[str, Sequence[str]] | None = None, key: str = TOKEN) -> str:
    """Twilio's algorithm in this test's own words."""
    text = url
    for name in sorted(fields or {}):
        for value in sorted(set((fields or {})[name])):
            text += name + value
    return base64.b64encode(hmac.digest(key.encode(), text.encode(), hashlib.sha1)).decode()


def test_the_example_of_twilios_documentation_is_twilios() -> None:
    form = {
        "CallSid": ["CA1234567890ABCDE"],
        "Caller": ["+14158675310"],
        "Digits": ["1234"],
        "From": ["+14158675310"],
        "To": ["+18005551212"],
    }
    url = "https://example.com/myapp.php?foo=1&bar=2"
    assert webhook_ok(SECRETS, url, Signed("L/OH5YylLD5NRKLltdqwSvS0BnU="), form=form)


def test_a_blank_field_is_part_of_what_is_signed() -> None:
    assert webhook_ok(SECRETS, VOICE, Signed(FORM_SIGNED), form=FORM)
    without = {name: values for name, values in FORM.items() if name != "Digits"}
    assert not webhook_ok(SECRETS, VOICE, Signed(FORM_SIGNED), form=without)


def test_a_repeated_field_is_signed_with_its_values_sorted_and_each_once() -> None:
    form = {"MediaUrl": ["b", "a", "b"]}
    by_hand = base64.b64encode(
        hmac.digest(TOKEN.encode(), f"{VOICE}MediaUrlaMediaUrlb".encode(), hashlib.sha1)
    ).decode()
    assert webhook_ok(SECRETS, VOICE, Signed(by_hand), form=form)


def test_values_are_not_trimmed() -> None:
    form = {"SpeechResult": [" hello "]}
    assert webhook_ok(SECRETS, VOICE, Signed(sign(VOICE, form)), form=form)
    assert not webhook_ok(
        SECRETS, VOICE, Signed(sign(VOICE, form)), form={"SpeechResult": ["hello"]}
    )


def test_a_get_is_signed_with_its_query() -> None:
    url = f"{VOICE}?CallSid=CA1&From=%2B15005550006"
    assert webhook_ok(SECRETS, url, Signed(sign(url)))
    assert not webhook_ok(SECRETS, VOICE, Signed(sign(url)))


def test_a_json_body_is_signed_by_its_hash_in_the_query() -> None:
    assert webhook_ok(SECRETS, JSON_URL, Signed(JSON_SIGNED), body=b'{"a":1}')


def test_another_body_under_the_same_signature_is_refused() -> None:
    assert not webhook_ok(SECRETS, JSON_URL, Signed(JSON_SIGNED), body=b'{"a":2}')
    assert not webhook_ok(SECRETS, JSON_URL, Signed(JSON_SIGNED), body=b"")


def test_a_body_whose_hash_is_not_in_the_query_is_refused() -> None:
    assert not webhook_ok(SECRETS, VOICE, Signed(sign(VOICE)), body=b'{"a":1}')


def test_each_of_several_tokens_may_have_signed() -> None:
    secrets = Secrets(("a new one", TOKEN))
    assert webhook_ok(secrets, VOICE, Signed(FORM_SIGNED), form=FORM)
    assert webhook_ok(secrets, VOICE, Signed(sign(VOICE, FORM, "a new one")), form=FORM)
    assert not webhook_ok(secrets, VOICE, Signed(sign(VOICE, FORM, "a third")), form=FORM)


def test_without_any_secret_nothing_is_twilios() -> None:
    assert not webhook_ok(Secrets(()), VOICE, Signed(FORM_SIGNED), form=FORM)
    empty = Secrets(("",), {"key": ""})
    assert not webhook_ok(empty, VOICE, Signed(sign(VOICE, FORM, "")), form=FORM)
    settings = "key=key,algorithm=HMAC_SHA256"
    assert not webhook_ok(empty, VOICE, Signed(sign256(VOICE, ""), settings))


@pytest.mark.parametrize("port", [":443", ""])
def test_the_default_port_may_be_signed_or_not(port: str) -> None:
    url = f"https://ivr.example.com{port}/voice"
    assert webhook_ok(SECRETS, "https://ivr.example.com/voice", Signed(sign(url)))
    assert webhook_ok(SECRETS, "https://ivr.example.com:443/voice", Signed(sign(url)))


def test_another_port_may_be_dropped_by_twilio_but_not_exchanged() -> None:
    ours = "https://ivr.example.com:8443/voice"
    assert webhook_ok(SECRETS, ours, Signed(sign(ours)))
    assert webhook_ok(SECRETS, ours, Signed(sign("https://ivr.example.com/voice")))
    assert not webhook_ok(SECRETS, ours, Signed(sign("https://ivr.example.com:9/voice")))


def test_an_address_in_brackets_is_not_mangled() -> None:
    url = "http://[::1]:8000/voice"
    assert webhook_ok(SECRETS, url, Signed(sign(url)))
    assert webhook_ok(SECRETS, url, Signed(sign("http://[::1]/voice")))


# --------------------------------------------------------------------------- the handshake


@pytest.mark.parametrize("signed", [STREAM_SIGNED, STREAM_SLASH_SIGNED])
@pytest.mark.parametrize("ours", [STREAM, STREAM + "/"])
def test_a_stream_may_be_signed_with_a_slash_at_the_end_or_without(signed: str, ours: str) -> None:
    assert handshake_ok(SECRETS, ours, Signed(signed))


@pytest.mark.parametrize(
    "other",
    [
        "https://ivr.example.com/media/abc",
        "ws://ivr.example.com/media/abc",
        "wss://ivr.example.com/media/abd",
        "wss://ivr.example.com/media/abc//",
        "wss://ivr.example.com/media/abc?x=1",
        "wss://evil.example.com/media/abc",
    ],
)
def test_a_stream_signed_for_any_other_address_is_refused(other: str) -> None:
    assert not handshake_ok(SECRETS, STREAM, Signed(sign(other)))


def test_a_stream_without_or_with_a_strangers_signature_is_refused() -> None:
    assert not handshake_ok(SECRETS, STREAM, Signed(None))
    assert not handshake_ok(SECRETS, STREAM, Signed(sign(STREAM, key="other")))


# --------------------------------------------------------------------------- shared keys


def sign256(url: str, key: str) -> str:
    return base64.b64encode(hmac.digest(key.encode(), url.encode(), hashlib.sha256)).decode()


SHARED = Secrets((TOKEN,), {"webhooks_sharedkey_1": "secret"})
SHARED_SETTINGS = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
SHARED_SIGNED = "4vUQC3YeE7BeOjdXG55qL2mVCebMcZWkPq55BQAS6UE="
SHARED_FORM = {"CallSid": ["CA1"]}


def test_a_request_signed_with_a_shared_key_is_twilios() -> None:
    signed = Signed(SHARED_SIGNED, SHARED_SETTINGS)
    assert webhook_ok(SHARED, VOICE, signed, form=SHARED_FORM)
    spaced = Signed(SHARED_SIGNED, " key = webhooks_sharedkey_1 , algorithm = HMAC_SHA256 ")
    assert webhook_ok(SHARED, VOICE, spaced, form=SHARED_FORM)


def test_a_handshake_may_be_signed_with_a_shared_key_too() -> None:
    signed = Signed(sign256(STREAM, "secret"), SHARED_SETTINGS)
    assert handshake_ok(SHARED, STREAM, signed)


@pytest.mark.parametrize(
    "settings",
    [
        None,
        "",
        "algorithm=HMAC_SHA256",
        "key=webhooks_sharedkey_1",
        "key=webhooks_sharedkey_2,algorithm=HMAC_SHA256",
        "key=webhooks_sharedkey_1,algorithm=HMAC_SHA1",
        "key=webhooks_sharedkey_1,algorithm=HMAC_MD5",
        "key=webhooks_sharedkey_1,algorithm=hmac_sha256,algorithm=none",
        "=,=",
        "key=,algorithm=HMAC_SHA256",
    ],
)
def test_a_shared_key_counts_only_under_its_name_and_algorithm(settings: str | None) -> None:
    assert not webhook_ok(SHARED, VOICE, Signed(SHARED_SIGNED, settings), form=SHARED_FORM)


def test_a_request_cannot_choose_the_weaker_algorithm_for_a_shared_key() -> None:
    sha1 = sign(VOICE, SHARED_FORM, "secret")
    settings = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA1"
    assert not webhook_ok(SHARED, VOICE, Signed(sha1, settings), form=SHARED_FORM)
    assert not webhook_ok(SHARED, VOICE, Signed(sha1), form=SHARED_FORM)


def test_an_auth_token_does_not_sign_as_a_shared_key() -> None:
    signed = Signed(sign256(VOICE, TOKEN), "key=12345,algorithm=HMAC_SHA256")
    assert not webhook_ok(SHARED, VOICE, signed)


# --------------------------------------------------------------------------- malformed


@pytest.mark.parametrize(
    "signature", [None, "", "é", "\x00", "\udcff", "=" * 9999, FORM_SIGNED[:-1]]
)
def test_a_malformed_signature_lets_nothing_through_and_breaks_nothing(
    signature: str | None,
) -> None:
    assert not webhook_ok(SECRETS, VOICE, Signed(signature), form=FORM)
    assert not handshake_ok(SECRETS, STREAM, Signed(signature))


@pytest.mark.parametrize(
    "url", ["", "https://[", "https://host:port/", "https://h:99999/", "\udcff"]
)
def test_a_malformed_address_lets_nothing_through_and_breaks_nothing(url: str) -> None:
    assert not webhook_ok(SECRETS, url, Signed(FORM_SIGNED), form=FORM)
    assert not webhook_ok(SECRETS, url, Signed(JSON_SIGNED), body=b'{"a":1}')
    assert not handshake_ok(SECRETS, url, Signed(STREAM_SIGNED))


@given(
    st.text(max_size=60),
    st.dictionaries(st.text(max_size=9), st.lists(st.text(max_size=9), max_size=3), max_size=4),
    st.none() | st.text(max_size=60),
    st.none() | st.text(max_size=60),
    st.none() | st.binary(max_size=20),
)
def test_no_input_is_let_through_by_accident_or_raises(
    url: str,
    form: dict[str, list[str]],
    signature: str | None,
    settings: str | None,
    body: bytes | None,
) -> None:
    signed = Signed(signature, settings)
    assert not webhook_ok(SHARED, url, signed, form=form, body=body)
    assert not handshake_ok(SHARED, url, signed)


@given(st.dictionaries(st.text(max_size=9), st.lists(st.text(max_size=9), max_size=3), max_size=4))
def test_every_form_that_twilio_signs_is_let_through(form: dict[str, list[str]]) -> None:
    try:
        signature = sign(VOICE, form)
    except UnicodeEncodeError:
        return  # a lone surrogate: no request can hold one
    assert webhook_ok(SECRETS, VOICE, Signed(signature), form=form)


def test_secrets_are_not_shown() -> None:
    assert "12345" not in repr(SHARED)
    assert "secret" not in repr(SHARED)
