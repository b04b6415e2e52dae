"""Who is let in: Twilio by its signature, and this machine where it may."""

from __future__ import annotations

import pytest
from starlette.requests import HTTPConnection
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from ivr.server.gate import Address, Gate, Refused
from ivr.settings import Settings

TOKEN = "a-token"
PUBLIC = Settings(public_url="https://ivr.example.com", twilio_tokens=(TOKEN,))
UNSIGNED = Settings(unsigned=True)
LOCAL = Settings(twilio_tokens=(TOKEN,))
"""Signed, but for this machine only: what ``ivr call`` runs."""

VOICE = "https://ivr.example.com/twilio/voice"
STREAM = "wss://ivr.example.com/media/abc"


def sign(url: str, form: dict[str, str] | None = None, token: str = TOKEN) -> str:
    signature: str = RequestValidator(token).compute_signature(url, form or {})
    return signature


def connection(
    path: str = "/twilio/voice",
    *,
    query: str = "",
    client: str | None = "127.0.0.1",
    kind: str = "http",
    **headers: str,
) -> HTTPConnection:
    """A request; underscores in header names stand for dashes, and it asks for localhost."""
    named = {"host": "localhost:8000"} | {k.replace("_", "-"): v for k, v in headers.items()}
    return HTTPConnection(
        {
            "type": kind,
            "path": path,
            "query_string": query.encode(),
            "client": None if client is None else (client, 40000),
            "headers": [(k.encode(), v.encode("latin-1")) for k, v in named.items()],
        }
    )


def admitted(
    settings: Settings, asked: HTTPConnection, form: dict[str, list[str]] | None = None
) -> bool:
    gate = Gate(settings)
    try:
        address = gate.approach(asked)
        if asked.scope["type"] == "websocket":
            gate.admit_stream(asked, address)
        else:
            gate.admit_webhook(asked, address, form or {})
    except Refused as error:
        refused = error
    else:
        return True
    assert refused.status == 403
    assert TOKEN not in str(refused)
    return False


def test_twilio_is_let_in_by_its_signature_over_the_public_address() -> None:
    signature = sign(VOICE, {"CallSid": "CA1", "Digits": ""})
    form = {"CallSid": ["CA1"], "Digits": [""]}
    asked = connection(client="34.1.2.3", host="internal:8000", x_twilio_signature=signature)
    assert admitted(PUBLIC, asked, form)
    assert not admitted(PUBLIC, asked, {"CallSid": ["CA2"], "Digits": [""]})


def test_what_a_proxy_says_about_the_address_is_not_believed() -> None:
    # Behind a proxy, scheme and host are others' (dograh PR 510, twilio-python#751, vellum#5235).
    evil = sign("https://evil.example.com/twilio/voice")
    asked = connection(
        host="evil.example.com",
        x_forwarded_host="evil.example.com",
        x_forwarded_proto="https",
        x_twilio_signature=evil,
    )
    assert not admitted(PUBLIC, asked)


def test_a_get_is_checked_with_its_query() -> None:
    query = "CallSid=CA1&From=%2B1555"
    signature = sign(f"{VOICE}?{query}")
    assert admitted(PUBLIC, connection(query=query, x_twilio_signature=signature))
    assert not admitted(PUBLIC, connection(query=query + "1", x_twilio_signature=signature))


def test_a_public_address_with_a_path_is_signed_with_it() -> None:
    settings = Settings(public_url="https://example.com/phone", twilio_tokens=(TOKEN,))
    signature = sign("https://example.com/phone/twilio/voice")
    assert admitted(settings, connection(x_twilio_signature=signature))


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_stream_may_be_signed_with_a_slash_at_the_end(slash: str) -> None:
    asked = connection("/media/abc", kind="websocket", x_twilio_signature=sign(STREAM + slash))
    assert admitted(PUBLIC, asked)


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "nonsense",
        sign(STREAM, token="another"),
        sign("https://ivr.example.com/media/abc"),
        sign("ws://ivr.example.com/media/abc"),
        sign("wss://ivr.example.com/media/abd"),
    ],
)
def test_a_stream_with_any_other_signature_is_refused(signature: str) -> None:
    asked = connection("/media/abc", kind="websocket", x_twilio_signature=signature)
    assert not admitted(PUBLIC, asked)


def test_without_a_signature_nothing_is_let_in_before_its_body_is_read() -> None:
    for settings in (PUBLIC, LOCAL):
        with pytest.raises(Refused):
            Gate(settings).approach(connection())


def test_a_shared_key_lets_webhooks_in() -> None:
    settings = Settings(public_url="https://ivr.example.com", twilio_shared_keys={"id": "secret"})
    signature = RequestValidator("secret").compute_signature(VOICE, {}, "HMAC_SHA256")
    asked = connection(
        x_twilio_signature=signature,
        x_twilio_webhooks_signature_settings="key=id,algorithm=HMAC_SHA256",
    )
    assert admitted(settings, asked)
    assert not admitted(settings, connection(x_twilio_signature=signature))


# --------------------------------------------------------------------------- this machine


@pytest.mark.parametrize("client", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "[::1]:8000", "localhost"])
def test_an_unsigned_server_answers_this_machine(client: str, host: str) -> None:
    asked = connection(client=client, host=host)
    assert admitted(UNSIGNED, asked)
    assert Gate(UNSIGNED).approach(asked) == Address(f"http://{host}")


def test_streams_of_this_machine_go_where_it_has_asked() -> None:
    assert Gate(UNSIGNED).approach(connection()).stream == "ws://localhost:8000"
    assert Address("https://ivr.example.com/phone").stream == "wss://ivr.example.com/phone"


def test_a_server_without_a_public_address_still_checks_signatures() -> None:
    signature = sign("http://localhost:8000/twilio/voice")
    assert admitted(LOCAL, connection(x_twilio_signature=signature))
    assert not admitted(LOCAL, connection(x_twilio_signature=sign(VOICE)))


@pytest.mark.parametrize("settings", [UNSIGNED, LOCAL])
@pytest.mark.parametrize("client", ["10.0.0.9", "203.0.113.7", "::ffff:203.0.113.7", None])
def test_other_machines_are_refused_without_a_public_address(
    settings: Settings, client: str | None
) -> None:
    signature = sign("http://localhost:8000/twilio/voice")
    assert not admitted(settings, connection(client=client, x_twilio_signature=signature))


@pytest.mark.parametrize(
    "header",
    [
        "forwarded",
        "via",
        "x_real_ip",
        "x_forwarded_for",
        "x_forwarded_host",
        "x_forwarded_proto",
        "x_forwarded_anything",
        "cf_connecting_ip",
        "fly_client_ip",
        "true_client_ip",
        "x_envoy_external_address",
    ],
)
def test_a_forwarded_request_is_refused_although_its_proxy_is_on_this_machine(header: str) -> None:
    assert not admitted(UNSIGNED, connection(**{header: ""}))


@pytest.mark.parametrize(
    "host",
    [
        "ivr.example.com",
        "localhost.evil.com",
        "127.0.0.1.nip.io",
        "",
        "localhost:port",
        "user@localhost",
        "localhost/../x",
        'localhost"><x',
        "[::1",
        "localhost:8000:1",
    ],
)
def test_a_request_by_another_name_is_refused_so_a_tunnel_without_headers_is_too(host: str) -> None:
    assert not admitted(UNSIGNED, connection(host=host))


def test_a_page_of_another_site_cannot_ask_through_the_browser_of_this_machine() -> None:
    assert not admitted(UNSIGNED, connection(origin="https://evil.example.com"))
    assert not admitted(UNSIGNED, connection(origin="null"))
    assert admitted(UNSIGNED, connection(origin="http://localhost:8000"))


def test_headers_of_a_proxy_do_not_disturb_a_server_with_a_public_address() -> None:
    asked = connection(x_forwarded_for="1.2.3.4", x_twilio_signature=sign(VOICE))
    assert admitted(PUBLIC, asked)
