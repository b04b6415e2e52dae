"""Reading the options of a voice in settings.yaml; the operator's mistakes become one sentence.

Every sentence names the voice, what is wrong and what there is instead. Nothing is loaded or opened
here. Used by the providers, each for its own options.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection

from ivr.errors import SettingsError
from ivr.flow.world import Option, VoiceSpec

YES = frozenset({"yes", "true", "on"})
NO = frozenset({"no", "false", "off"})
DIGITS_MAX = 18


def refuse_unknown(spec: VoiceSpec, known: Collection[str]) -> None:
    """Raise SettingsError for the first option the provider does not take."""
    for name in spec.options:
        if name not in known:
            raise wrong(spec, f"{spec.provider} has no option {among(name, known)}")


def word(spec: VoiceSpec, name: str) -> str | None:
    """The option as a plain value, None without it; SettingsError if it is a list or a map."""
    option = spec.options.get(name)
    if option is None:
        return None
    return plain(spec, name, option)


def plain(spec: VoiceSpec, name: str, option: Option) -> str:
    """A value that must not be a list or a map."""
    if not isinstance(option, str):
        raise wrong(spec, f"{name} takes one plain value, not a list or a map")
    return option.strip()


def number(spec: VoiceSpec, name: str, *, default: float, low: float, high: float) -> float:
    """The option as a number from ``low`` to ``high``; SettingsError if it is none."""
    option = spec.options.get(name)
    return default if option is None else within(spec, name, option, low=low, high=high)


def within(spec: VoiceSpec, name: str, option: Option, *, low: float, high: float) -> float:
    """A value as a number from ``low`` to ``high``; ``name`` is what the sentence calls it."""
    text = plain(spec, name, option)
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise wrong(spec, f"{name} is {text!r}; it takes a number from {low:g} to {high:g}")
    return value


def whole(spec: VoiceSpec, name: str, option: Option, *, low: int, high: int) -> int:
    """A value as a whole number from ``low`` to ``high``."""
    text = plain(spec, name, option)
    digits = text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX
    if not digits or not low <= int(text) <= high:
        raise wrong(spec, f"{name} is {text!r}; it takes a whole number from {low} to {high}")
    return int(text)


def switch(spec: VoiceSpec, name: str, option: Option) -> bool:
    """A value as yes or no."""
    text = plain(spec, name, option)
    if text.lower() not in YES | NO:
        raise wrong(spec, f"{name} is {text!r}; it takes yes or no")
    return text.lower() in YES


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
