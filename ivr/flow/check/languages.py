"""Rules about the languages a flow speaks."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.model import Flow, SayItem
from ivr.flow.problems import Problem, Severity


def missing_translation(flow: Flow) -> Iterator[Problem]:
    """L001: a text that is missing in one of the flow's languages.

    A caller of that language would hear it in the flow's first language, by that language's voice.
    An item with a ``language`` of its own is meant for all callers and needs no translation.
    """
    codes = [language.code for language in flow.languages]
    if len(codes) == 1:
        return
    told: set[int] = set()
    for step in flow.steps.values():
        for prompt in step.prompts():
            for item in prompt.items:
                if not isinstance(item, SayItem) or item.language is not None or id(item) in told:
                    continue
                told.add(id(item))
                missing = [code for code in codes if code not in item.texts]
                if missing:
                    message = f"this text is missing in {', '.join(missing)}"
                    remedy = "write it for each language: " + ", ".join(codes)
                    yield Problem("L001", message, item.span, remedy, Severity.WARNING)
