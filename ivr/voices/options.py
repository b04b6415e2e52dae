"""Reading the options of a voice in settings.yaml; the operator's mistakes become one sentence.

Every sentence names the voice, what is wrong and what there is instead. Nothing is loaded or opened
here. Used by the providers, each for its own options.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection

from ivr.errors import SettingsError
from ivr.flow.world import VoiceSpec


def refuse_unknown(spec: VoiceSpec, known: Collection[str]) -> None:
    """Raise SettingsError for the first option the provider does not take."""
    for name in spec.options:
        if name not in known:
            raise wrong(spec, f"{spec.provider} has no option {among(name, known)}")


def number(spec: VoiceSpec, name: str, *, default: float, low: float, high: float) -> float:
    """The option as a number from ``low`` to ``high``; SettingsError if it is none."""
    text = spec.options.get(name)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise wrong(spec, f"{name} is {text!r}; it takes a number from {low:g} to {high:g}")
    return value


def among(name: str, known: Collection[str]) -> str:
    """``'speeed'; did you mean 'speed'? There are: speaker, speed`` (for the end of a sentence)."""
    close = difflib.get_close_matches(name.lower(), known, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return f"{name!r}; {hint}there {_listed(known)}"


def wrong(spec: VoiceSpec, what: str) -> SettingsError:
    """The error for one voice of settings.yaml."""
    return SettingsError(f"settings.yaml: voice {spec.name!r}: {what}.")


def _listed(known: Collection[str]) -> str:
    match sorted(known):
        case []:
            return "are none"
        case [only]:
            return f"is only {only!r}"
        case several:
            return "are: " + ", ".join(several)
