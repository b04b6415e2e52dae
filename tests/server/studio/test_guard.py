"""Who may use the studio of a real line."""

from __future__ import annotations

import asyncio

import pytest
from starlette.requests import Request

from ivr.server.gate import Refused
from ivr.server.studio.guard import Guard, headers_for
from ivr.server.studio.login import Login, make_login
from tests.server.studio.test_login import basic


def asked(method: str = "GET", client: str = "127.0.0.1", **headers: str) -> Request:
    given = {"host": "localhost:8000"} | {k.replace("_", "-"): v for k, v in headers.items()}
    raw = [(name.encode(), value.encode()) for name, value in given.items()]
    return Request({"type": "http", "method": method, "headers": raw, "client": (client, 1)})


PAGE = "http://localhost:8000"
CROSS = {"sec_fetch_site": "cross-site"}


@pytest.mark.parametrize(
    "request_",
    [
        asked(),
        asked("POST", origin=PAGE),
        asked(sec_fetch_site="same-origin"),
        asked(sec_fetch_mode="navigate", **CROSS),
    ],
)
def test_the_page_is_let_in(request_: Request) -> None:
    assert asyncio.run(Guard(None).admit(request_)) == "localhost:8000"


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (asked("POST"), "which page"),
        (asked("POST", origin="http://localhost:3000"), "not the studio's"),
        (asked("POST", origin="null"), "another site"),
        (asked(**CROSS), "not the studio's"),
        (asked("POST", origin=PAGE, sec_fetch_mode="navigate", **CROSS), "not the studio's"),
        (asked(client="192.0.2.7"), "this machine only"),
        (asked(host="studio.example"), "this machine only"),
        (asked(forwarded="for=192.0.2.7"), "this machine only"),
    ],
)
def test_others_are_not(request_: Request, why: str) -> None:
    with pytest.raises(Refused, match=why) as refused:
        asyncio.run(Guard(None).admit(request_))
    assert refused.value.status == 403


def test_a_login_is_asked_for_where_there_is_one() -> None:
    guard = Guard(Login.parse(make_login("ada", "lovelace")))
    with pytest.raises(Refused) as refused:
        asyncio.run(guard.admit(asked()))
    assert refused.value.status == 401
    assert asyncio.run(guard.admit(asked(authorization=basic("ada:lovelace"))))


def test_nothing_comes_from_elsewhere() -> None:
    policy = headers_for("[::1]:8000")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "connect-src 'self' ws://[::1]:8000" in policy
    assert "unsafe" not in policy
    assert "https:" not in policy
