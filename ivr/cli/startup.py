"""What a line asks before it answers: whether the vendors know its voices.

What a person must mend is an error, because callers would find it out otherwise; a vendor that does
not answer is a warning, because it may be back when the first caller rings, and other voices can
speak until then. Used by ``ivr serve``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Final

from ivr.errors import SettingsError
from ivr.flow.model import FlowSet, Kind
from ivr.flow.steps.transfer import TransferTo
from ivr.flow.steps.voicemail import Voicemail
from ivr.server.account import account_of
from ivr.server.notices import is_mailed
from ivr.settings import ENVIRONMENT_DEFAULT, SECRET_PREFIX, Settings
from ivr.voices import options, table
from ivr.voices.access import Access
from ivr.voices.base import Report

ANSWER_SECONDS_MAX: Final = 5.0
"""For everything the vendors are asked: so much later a line starts whose vendor is gone."""
_NEEDS_ACCOUNT: Final = {"sms": "send text messages", "record_call": "record calls"}
_SILENT: Final = Report(unknown="the vendor did not answer in time")


def look_at_secrets(flows: FlowSet, settings: Settings) -> list[str]:
    """Which secrets the flows use and nobody has set; returns warnings, one line each.

    Raises :class:`~ivr.errors.SettingsError` instead, except where ``IVR_ENV`` is ``dev``.
    """
    used = {
        name: f"{flow.id}/{step.name}"
        for flow in flows.flows.values()
        for step in flow.steps.values()
        for action in step.actions
        for name in getattr(action.kind, "secrets", ())
    }
    missing = [
        f"the secret {name}, which the step {place} needs, is not set: put it into "
        f"{SECRET_PREFIX}{name.upper()}, or take the step out"
        for name, place in used.items()
        if name not in settings.secrets
    ]
    if missing and settings.environment != ENVIRONMENT_DEFAULT:
        raise SettingsError("\n".join(missing))
    return missing


def look_at_kinds(flows: FlowSet) -> list[str]:
    """What the flows want and this version does not do on a real line."""
    kinds, told = _kinds(flows), []
    if any(getattr(kind, "transcribe", False) for kind in kinds):
        told.append(
            "the flows want messages in writing (transcribe: yes), which this version does not do: "
            "they are kept as sound"
        )
    if any(isinstance(kind, TransferTo) and kind.hold is not None for kind in kinds):
        told.append(
            "the flows want music while a transfer rings (hold:), which Twilio does not play "
            "there: the caller hears it ring"
        )
    return told


def look_at_account(flows: FlowSet, settings: Settings) -> list[str]:
    """What the flows need a Twilio account for, where the operator has named none."""
    used = {kind.kind for kind in _kinds(flows)}
    missing = []
    if account_of(settings) is None:
        missing.append("TWILIO_ACCOUNT_SID (Twilio Console → Account Info)")
    texts = "sms" in used
    if texts and settings.sms_from is None:
        missing.append("IVR_SMS_FROM (a number of the account, or a messaging service)")
    wanted = [words for kind, words in _NEEDS_ACCOUNT.items() if kind in used]
    if not missing or not wanted:
        return []
    unset = " and ".join(missing) + (" are" if len(missing) > 1 else " is")
    return [f"the flows {' and '.join(wanted)}, and {unset} not set: that fails until then"]


def look_at_mail(flows: FlowSet, settings: Settings) -> list[str]:
    """Which messages should be mailed, where there is no mail server."""
    boxes = {kind.mailbox for kind in _kinds(flows) if isinstance(kind, Voicemail)}
    mailed = sorted(box for box in boxes if is_mailed(flows, box))
    if not mailed or settings.smtp_url is not None:
        return []
    return [
        f"messages for {', '.join(mailed)} are to be mailed, and IVR_SMTP_URL is not set: they are "
        "kept (ivr messages), and not mailed"
    ]


def _kinds(flows: FlowSet) -> list[Kind]:
    return [
        action.kind
        for flow in flows.flows.values()
        for step in flow.steps.values()
        for action in step.actions
        if action.kind is not None
    ]


async def look_at_voices(flows: FlowSet, access: Access) -> list[str]:
    """Ask the vendors about every voice that callers may hear; returns warnings, one line each.

    Raises :class:`~ivr.errors.SettingsError` with the voice and the remedy for a voice id, a model
    or a language that is not there, and for a key that is refused.
    """
    used = flows.voices_used()
    spoken = _languages(flows)
    names = [name for name in flows.voices if name in used]
    async with asyncio.TaskGroup() as group:
        asked = [
            group.create_task(_look_up(flows, name, access, spoken.get(name, ()))) for name in names
        ]
    reports = {
        name: report
        for name, task in zip(names, asked, strict=True)
        if (report := task.result()) is not None
    }
    for report in reports.values():
        if report.shut_out is not None:
            raise SettingsError(report.shut_out)
    wrong = [(name, each) for name, report in reports.items() for each in report.wrong]
    if wrong:
        raise SettingsError("\n".join(str(options.wrong(flows.voices[n], w)) for n, w in wrong))
    return _warnings(reports)


async def _look_up(
    flows: FlowSet, name: str, access: Access, languages: Iterable[str]
) -> Report | None:
    try:
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            return await table.look_up(flows.voices[name], access, tuple(languages))
    except TimeoutError:
        return _SILENT


def _languages(flows: FlowSet) -> Mapping[str, Iterable[str]]:
    """The languages each voice is named for. One that only stands in for another is not expected
    to know them."""
    spoken: dict[str, dict[str, None]] = {}
    for flow in flows.flows.values():
        for language in flow.languages:
            spoken.setdefault(language.voice, {})[language.code] = None
    return spoken


def _warnings(reports: Mapping[str, Report]) -> list[str]:
    """One line for all voices about which nothing was told for the same reason."""
    names: dict[str, list[str]] = {}
    for name, report in reports.items():
        if report.unknown is not None:
            names.setdefault(report.unknown, []).append(name)
    return [
        f"{why}, so {'these voices' if len(each) > 1 else 'the voice'} could not be checked: "
        f"{', '.join(each)}; ivr doctor tells more"
        for why, each in names.items()
    ]
