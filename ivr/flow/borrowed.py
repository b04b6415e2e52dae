"""The voice of a flow that names none: that of the flow which runs it, so that callers hear one.

Where several flows run it, the first in the order of the files lends its voice; where none does it
is the embedded one. Used by :mod:`ivr.flow.load` once all flows of a folder are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ivr.flow.frames import DEPTH_MAX
from ivr.flow.model import Flow, Language
from ivr.flow.steps.run import RunFlow
from ivr.flow.world import EMBEDDED

UNSAID = ""
"""The voice of a language for which none is named, until this has been asked."""


def with_voices(flows: Mapping[str, Flow]) -> dict[str, Flow]:
    """The flows, each language of each with a voice."""
    found = dict(flows)
    for _ in range(DEPTH_MAX):
        lent = _lent(found)
        changed = {id: _speaking(flow, lent.get(id, {})) for id, flow in found.items()}
        if changed == found:
            break
        found = changed
    return {
        id: _speaking(flow, {lang.code: EMBEDDED for lang in flow.languages})
        for id, flow in found.items()
    }


def _lent(flows: Mapping[str, Flow]) -> dict[str, dict[str, str]]:
    """For each flow that is run, the voices by language of those who run it."""
    lent: dict[str, dict[str, str]] = {}
    for flow in flows.values():
        voices = {lang.code: lang.voice for lang in flow.languages if lang.voice != UNSAID}
        for step in flow.steps.values():
            for action in step.actions:
                if isinstance(action.kind, RunFlow) and action.kind.flow != flow.id:
                    own = lent.setdefault(action.kind.flow, {})
                    own.update((code, voice) for code, voice in voices.items() if code not in own)
    return lent


def _speaking(flow: Flow, voices: Mapping[str, str]) -> Flow:
    """The flow, with these voices where it names none."""
    if all(lang.voice != UNSAID for lang in flow.languages):
        return flow
    languages = tuple(
        Language(lang.code, voices.get(lang.code, UNSAID)) if lang.voice == UNSAID else lang
        for lang in flow.languages
    )
    return replace(flow, languages=languages)
