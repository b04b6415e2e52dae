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
from ivr.flow.model import FlowSet
from ivr.settings import ENVIRONMENT_DEFAULT, SECRET_PREFIX, Settings
from ivr.voices import options, table
from ivr.voices.access import Access
from ivr.voices.base import Report

ANSWER_SECONDS_MAX: Final = 5.0
"""For everything the vendors are asked: so much later a line starts whose vendor is gone."""
_SILENT: Final = Report(unknown="the vendor did not answer in time")


NOT_YET: Final = frozenset({"voicemail", "record", "record_call", "sms", "queue", "twiml"})
"""Kinds the flow language has and a real line does not perform yet."""


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
    """What the flows use and this version does not perform on a real line."""
    used = {
        action.kind.kind
        for flow in flows.flows.values()
        for step in flow.steps.values()
        for action in step.actions
        if action.kind is not None
    }
    return [
        f"the flows use {kind}, which this version does not perform on a real line yet: it fails, "
        "and the flow goes where it says"
        for kind in sorted(used & NOT_YET)
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
