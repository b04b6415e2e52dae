"""Whether Twilio's numbers lead to this line: what stands in the Console, read and never written.

Needs ``TWILIO_ACCOUNT_SID`` besides the token, and the network. Used by ``ivr doctor``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeGuard
from urllib.parse import quote, urlsplit

from ivr.cli.asking import Asker, Reply, Unanswered
from ivr.cli.doctor_machine import PUBLIC_URL, TOKEN
from ivr.cli.findings import Finding, note, ok, problem
from ivr.errors import SettingsError
from ivr.server.twilio import STATUS_PATH, VOICE_PATH
from ivr.settings import Settings

ACCOUNT: Final = "TWILIO_ACCOUNT_SID"
WHERE: Final = "Twilio Console → Account → API keys & tokens → Account SID"
API: Final = "https://api.twilio.com"
PAGE_SIZE: Final = 50
"""Of some 1.5 kB each."""
PAGES_MAX: Final = 10
AUTHENTICATE: Final = 20003
"""Twilio's code for a token that is not the account's."""
GET: Final = "GET"
ABOUT: Final = "Twilio numbers"
CONSOLE: Final = "Twilio Console → Phone Numbers → the number → Voice Configuration"

_SID: Final = re.compile(r"AC[0-9a-fA-F]{32}")


def account_of(environ: Mapping[str, str]) -> str | None:
    """The account's SID, None if it is not set; :class:`~ivr.errors.SettingsError` if it is none.

    The sentence does not repeat the value: it may be a token in the wrong place.
    """
    sid = environ.get(ACCOUNT, "").strip()
    if not sid:
        return None
    if _SID.fullmatch(sid) is None:
        raise SettingsError(f"{ACCOUNT} must be AC and 32 hexadecimal digits ({WHERE})")
    return sid


def not_asked(settings: Settings, sid: str | None) -> list[Finding]:
    """What is told instead, where Twilio cannot be asked."""
    if sid is None:
        remedy = f"set {ACCOUNT} to have it looked up ({WHERE})"
        return [note(ABOUT, "whether a number leads here was not looked up", remedy)]
    said = f"{TOKEN} is not set, so Twilio cannot be asked"
    return [note(ABOUT, said, f"set {TOKEN}")] if not settings.twilio_tokens else []


async def check_numbers(
    settings: Settings, sid: str, known: Sequence[str], asker: Asker, *, api: str = API
) -> Sequence[Finding]:
    """Where each number of the account leads; ``known`` are those of numbers.yaml."""
    for token in settings.twilio_tokens:
        try:
            numbers, whole = await _numbers(sid, token, asker, api)
        except Unanswered as error:
            remedy = "see whether this machine may connect there (firewall, proxy, DNS)"
            return [problem(ABOUT, f"{urlsplit(api).hostname} cannot be asked: {error}", remedy)]
        except _WrongToken:
            continue
        except _Refused as refused:
            return [_judged_refusal(refused.reply)]
        return judged(numbers, known, settings.public_url, whole=whole)
    count = len(settings.twilio_tokens)
    tokens = "the token" if count == 1 else f"all {count} tokens"
    remedy = f"copy both again: {WHERE}, and Auth Token beside it"
    return [problem(ABOUT, f"Twilio refuses {tokens} for this account (401)", remedy)]


class _Refused(Exception):
    """Twilio answered, and not with numbers."""

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self.reply = reply


class _WrongToken(_Refused):
    """It is not the account's token."""


async def _numbers(sid: str, token: str, asker: Asker, api: str) -> tuple[list[object], bool]:
    """The numbers of the account, and whether these are all; several pages of them."""
    account = f"/2010-04-01/Accounts/{quote(sid)}/"
    path: object = f"{account}IncomingPhoneNumbers.json?PageSize={PAGE_SIZE}"
    numbers: list[object] = []
    for _ in range(PAGES_MAX):
        reply = await asker.ask("GET", f"{api}{path}", login=(sid, token))
        answer = reply.json()
        code = answer.get("code") if isinstance(answer, dict) else None
        if reply.status == 401 and code in (None, AUTHENTICATE):
            raise _WrongToken(reply)
        if reply.status != 200 or not isinstance(answer, dict):
            raise _Refused(reply)
        page = answer.get("incoming_phone_numbers")
        numbers += page if _is_list(page) else []
        path = answer.get("next_page_uri")
        if not isinstance(path, str) or not path.startswith(account):
            return numbers, True
    return numbers, False


def _judged_refusal(reply: Reply) -> Finding:
    said = f"Twilio answers with status {reply.status}{_code(reply.json())}"
    if reply.status == 429:
        return note(ABOUT, f"{said}: too many questions at once", "look again in a minute")
    if reply.status >= 500:
        return problem(ABOUT, said, "look at status.twilio.com, and try again")
    return problem(ABOUT, said, f"see whether {ACCOUNT} is the account of the number, and active")


def judged(
    numbers: object, known: Sequence[str], public_url: str | None, *, whole: bool = True
) -> list[Finding]:
    """What the numbers of an account say, as Twilio's REST API lists them.

    ``whole``: it has no others.
    """
    listed = [each for each in numbers if isinstance(each, dict)] if _is_list(numbers) else []
    if not listed:
        return [note(ABOUT, "the account has no number", "buy one in the Twilio Console")]
    if public_url is None:
        said = f"the account has {len(listed)}; without {PUBLIC_URL} none can be compared"
        return [note(ABOUT, said, f"set {PUBLIC_URL}")]
    found = [_number(each, public_url, str(each.get("phone_number")) in known) for each in listed]
    there = {str(each.get("phone_number")) for each in listed}
    for number in known:
        if whole and number not in there:
            said = "stands in numbers.yaml, and this account does not have it"
            found.append(note(_about(number), said, "see whether it is of another account"))
    if not any(_leads_here(each, public_url) for each in listed):
        remedy = f"{CONSOLE}: A call comes in, Webhook, {public_url}{VOICE_PATH}, HTTP POST"
        found.append(problem(ABOUT, "no number of the account leads to this line", remedy))
    return found


def _number(number: Mapping[str, Any], public_url: str, ours: bool) -> Finding:
    """Where one number leads; it matters more if numbers.yaml has it."""
    about = _about(str(number.get("phone_number")))
    make = problem if ours else note
    wanted = public_url + VOICE_PATH
    remedy = f"{CONSOLE}: A call comes in, Webhook, {wanted}, HTTP POST"
    if number.get("trunk_sid"):
        return make(about, "its calls go to a SIP trunk, which wins over every address", remedy)
    if number.get("voice_application_sid"):
        return make(about, "its calls go to a TwiML app, which wins over the address", remedy)
    if number.get("voice_receive_mode") == "fax":
        return make(about, "it takes faxes, not calls", remedy)
    url = str(number.get("voice_url") or "")
    if not url:
        return make(about, "no address stands at: A call comes in", remedy)
    if not _leads_here(number, public_url):
        return make(about, f"its calls go to {_shown(url)}", remedy)
    if str(number.get("voice_method") or "").upper() == GET:
        said = "its calls come here by GET, which writes callers' numbers into the logs of proxies"
        return note(about, said, remedy)
    status = str(number.get("status_callback") or "").partition("#")[0]
    if status != public_url + STATUS_PATH:
        said = "its calls come here; the end of a call is noticed sooner with a status callback"
        return ok(about, f"{said} ({public_url}{STATUS_PATH})")
    return ok(about, "its calls and their changes of state come here")


def _leads_here(number: Mapping[str, Any], public_url: str) -> bool:
    """What stands behind ``#`` is advice for Twilio's connection, and is never sent."""
    if number.get("trunk_sid") or number.get("voice_application_sid"):
        return False
    if number.get("voice_receive_mode") == "fax":
        return False
    return str(number.get("voice_url") or "").partition("#")[0] == public_url + VOICE_PATH


def _shown(url: str) -> str:
    """An address without what may be secret in it: user, password, query."""
    try:
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.hostname}{parts.path}"
    except ValueError:
        return "an address that is none"


def _about(number: str) -> str:
    return f"number {number}"


def _code(answer: object) -> str:
    """Twilio's own code, which its error pages go by."""
    code = answer.get("code") if isinstance(answer, dict) else None
    return f", error {code}" if isinstance(code, int) else ""


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)
