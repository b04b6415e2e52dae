"""Twilio's numbers, as its REST API lists them, asked of a small server in its place."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence

import pytest
from aiohttp import web

from ivr.cli.doctor_twilio import (
    PAGE_SIZE,
    PAGES_MAX,
    account_of,
    check_numbers,
    judged,
    not_asked,
)
from ivr.cli.findings import Finding, State
from ivr.errors import SettingsError
from ivr.settings import Settings
from tests.cli.web import Answer, asking, site

OK, NOTE, PROBLEM = State.OK, State.NOTE, State.PROBLEM
SID = "AC" + "0123456789abcdef" * 2
PUBLIC = "https://ivr.example.com"
NUMBER = "+15550001111"
OURS = {
    "phone_number": NUMBER,
    "voice_url": f"{PUBLIC}/twilio/voice",
    "voice_method": "POST",
    "status_callback": f"{PUBLIC}/twilio/status",
    "voice_receive_mode": "voice",
}


def listed(*numbers: object, known: Sequence[str] = (NUMBER,)) -> list[Finding]:
    return judged(list(numbers), known, PUBLIC)


def asked(answer: Answer, *tokens: str) -> list[Finding]:
    settings = Settings(public_url=PUBLIC, twilio_tokens=tokens)

    async def work() -> list[Finding]:
        async with site(answer) as url, asking() as asker:
            return list(await check_numbers(settings, SID, [NUMBER], asker, api=url))

    found = asyncio.run(work())
    assert not any(token in repr(found) for token in tokens)
    return found


def lets_in(token: str, *numbers: object) -> Answer:
    """Twilio, for one token."""
    login = "Basic " + base64.b64encode(f"{SID}:{token}".encode()).decode()

    async def answer(request: web.Request) -> web.Response:
        assert request.method == "GET", "nothing is ever written"
        assert request.path == f"/2010-04-01/Accounts/{SID}/IncomingPhoneNumbers.json"
        if request.headers["Authorization"] != login:
            return error(20003, "Authenticate", 401)
        size, page = int(request.query["PageSize"]), int(request.query.get("Page", 0))
        rest = numbers[(page + 1) * size :]
        query = f"PageSize={size}&Page={page + 1}&PageToken=PAPN123"
        return web.json_response(
            {
                "incoming_phone_numbers": numbers[page * size :][:size],
                "next_page_uri": f"{request.path}?{query}" if rest else None,
                "page": page,
                "page_size": size,
                "uri": str(request.rel_url),
            }
        )

    return answer


def error(code: int, message: str, status: int) -> web.Response:
    """As Twilio words its errors."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    told = {"code": code, "message": message, "more_info": more, "status": status}
    return web.json_response(told, status=status)


def test_the_account_is_read_with_the_token_that_works() -> None:
    (found,) = asked(lets_in("second-token", OURS), "first-token", "second-token")
    assert (found.about, found.state) == (f"number {NUMBER}", OK)


def test_tokens_of_another_account_are_a_problem_with_the_place_of_both() -> None:
    (found,) = asked(lets_in("right-token"), "first-token", "second-token")
    assert (found.state, "refuses all 2 tokens" in found.said) == (PROBLEM, True)
    assert "Account SID" in found.remedy


def test_trouble_at_twilio_is_told_with_its_code() -> None:
    def told(code: int, message: str, status: int) -> Finding:
        async def trouble(request: web.Request) -> web.Response:
            return error(code, message, status)

        (found,) = asked(trouble, "first-token")
        assert f"status {status}, error {code}" in found.said
        return found

    missing = told(20404, "The requested resource was not found", 404)
    assert (missing.state, "TWILIO_ACCOUNT_SID" in missing.remedy) == (PROBLEM, True)
    assert told(20005, "Account not active", 403).state is PROBLEM
    assert told(20429, "Too Many Requests", 429).state is NOTE

    async def page(request: web.Request) -> web.Response:
        return web.Response(text="busy", status=503)

    (found,) = asked(page, "first-token")
    assert "status 503" in found.said
    assert "status.twilio.com" in found.remedy


def test_all_pages_of_an_account_with_many_numbers_are_read() -> None:
    others = [{**OURS, "phone_number": f"+1555000{n:04}"} for n in range(PAGE_SIZE * 2)]
    found = asked(lets_in("right-token", *others, OURS), "right-token")
    assert [each.state for each in found] == [OK] * (PAGE_SIZE * 2 + 1)


def test_where_an_account_has_more_numbers_than_are_read_none_is_called_missing() -> None:
    others = [{**OURS, "phone_number": f"+1555{n:07}"} for n in range(PAGE_SIZE * PAGES_MAX + 1)]
    found = asked(lets_in("right-token", *others), "right-token")
    assert not [each for each in found if "does not have it" in each.said]


def test_a_next_page_of_somebody_else_is_not_asked_for() -> None:
    async def answer(request: web.Request) -> web.Response:
        assert SID in request.path
        elsewhere = "https://evil.example.com/more"
        return web.json_response({"incoming_phone_numbers": [OURS], "next_page_uri": elsewhere})

    assert [each.state for each in asked(answer, "right-token")] == [OK]


def test_a_twilio_nobody_reaches_is_a_problem() -> None:
    async def work() -> Sequence[Finding]:
        settings = Settings(twilio_tokens=("first-token",))
        async with asking() as asker:
            return await check_numbers(settings, SID, [], asker, api="http://127.0.0.1:1")

    (found,) = asyncio.run(work())
    assert (found.state, "nobody listens there" in found.said) == (PROBLEM, True)


# --------------------------------------------------------------------------- what numbers say


def test_a_number_that_leads_here_is_right_with_advice_behind_its_address_too() -> None:
    (found,) = listed(OURS)
    assert (found.state, "changes of state" in found.said) == (OK, True)
    (found,) = listed({**OURS, "voice_method": "GET"})
    assert (found.state, "HTTP POST" in found.remedy) == (NOTE, True)
    (found,) = listed({**OURS, "voice_url": OURS["voice_url"] + "#rc=2", "status_callback": ""})
    assert (found.state, "status callback" in found.said) == (OK, True)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"voice_url": ""}, "no address"),
        ({"voice_url": None}, "no address"),
        ({"voice_url": f"{PUBLIC}/twilio/voice/"}, f"go to {PUBLIC}/twilio/voice/"),
        ({"voice_url": "https://demo.twilio.com/welcome"}, "go to https://demo.twilio.com"),
        ({"voice_application_sid": "AP1"}, "TwiML app"),
        ({"trunk_sid": "TK1"}, "SIP trunk"),
        ({"voice_receive_mode": "fax"}, "faxes"),
    ],
)
def test_a_number_of_ours_that_leads_elsewhere_is_a_problem_with_the_place_to_change_it(
    changes: dict[str, object], said: str
) -> None:
    found = listed({**OURS, **changes})
    assert (found[0].state, said in found[0].said) == (PROBLEM, True)
    assert f"{PUBLIC}/twilio/voice, HTTP POST" in found[0].remedy
    assert found[-1].said == "no number of the account leads to this line"


def test_numbers_of_others_may_lead_elsewhere_as_long_as_one_leads_here() -> None:
    elsewhere = {**OURS, "phone_number": "+15550002222", "voice_url": "https://x.example.com/"}
    assert [each.state for each in listed(OURS, elsewhere)] == [OK, NOTE]
    lost = listed(elsewhere, known=())
    assert [each.state for each in lost] == [NOTE, PROBLEM]
    assert "no number of the account leads to this line" in lost[-1].said


def test_what_may_be_secret_in_an_address_is_not_shown() -> None:
    (found, _) = listed({**OURS, "voice_url": "https://me:pass@x.example.com/v?key=hush"})
    assert "https://x.example.com/v" in found.said
    assert "pass" not in repr(found)
    assert "hush" not in repr(found)


def test_a_number_of_numbers_yaml_that_the_account_has_not_is_noted() -> None:
    found = listed(OURS, known=(NUMBER, "+15550009999"))
    assert [(each.about, each.state) for each in found] == [
        (f"number {NUMBER}", OK),
        ("number +15550009999", NOTE),
    ]


def test_an_account_without_numbers_or_a_machine_without_an_address_is_a_note() -> None:
    assert [each.state for each in listed()] == [NOTE]
    assert [each.state for each in judged(None, (), PUBLIC)] == [NOTE]
    assert [each.state for each in judged([OURS], (), None)] == [NOTE]


# --------------------------------------------------------------------------- who is asked


def test_an_account_sid_is_checked_and_never_repeated() -> None:
    assert account_of({}) is None
    assert account_of({"TWILIO_ACCOUNT_SID": f" {SID} "}) == SID
    with pytest.raises(SettingsError) as caught:
        account_of({"TWILIO_ACCOUNT_SID": "0123456789abcdef0123456789abcdef"})
    assert "0123" not in str(caught.value)


def test_where_twilio_cannot_be_asked_it_is_said_what_would_help() -> None:
    (found,) = not_asked(Settings(), None)
    assert (found.state, "TWILIO_ACCOUNT_SID" in found.remedy) == (NOTE, True)
    (found,) = not_asked(Settings(), SID)
    assert (found.state, "TWILIO_AUTH_TOKEN" in found.remedy) == (NOTE, True)
    assert not_asked(Settings(twilio_tokens=("a-token",)), SID) == []
