"""Rules about the languages a flow speaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ivr.flow.check.subject import Found, Spoken, Subject, Text
from ivr.flow.check.wording import presses
from ivr.flow.model import Flow, SayItem
from ivr.flow.problems import Span
from ivr.flow.steps.menu import Menu
from ivr.flow.steps.run import RunFlow
from ivr.flow.world import EMBEDDED, VoiceSpec

_EMBEDDED_SPEAKS = frozenset({"de", "en", "es", "fr", "it"})
_ENGLISH_ONLY = frozenset({"eleven_flash_v2", "eleven_turbo_v2", "eleven_monolingual_v1"})


def missing_translation(subject: Subject) -> Iterator[Found]:
    """A text that is missing in one of the flow's languages.

    A caller of that language would hear it in the flow's first language, by that language's voice.
    An item with a ``language`` of its own is meant for all callers and needs no translation. Told
    as well where a flow is run that does not speak a language of this one.

    Wrong::

        languages: {en-US: {}, es-US: {}}
        …
        say: Hello.

    Right::

        say:
          en: Hello.
          es: Hola.
    """
    if len(subject.codes) == 1:
        return
    for item in _items(subject):
        if item.language is None:
            missing = [code for code in subject.codes if code not in item.texts]
            if missing:
                message = f"this text is missing in {', '.join(missing)}"
                remedy = "write it for each language: " + ", ".join(subject.codes)
                yield Found(message, item.span, remedy)
    for _, _, running in subject.all_of(RunFlow):
        other = subject.folder.readable(running.flow)
        spoken = {language.code for language in other.languages} if other else set(subject.codes)
        missing = [code for code in subject.codes if code not in spoken]
        if missing and other is not None:
            message = f"{other.id} does not speak {', '.join(missing)}"
            yield Found(message, running.span, f"add it to languages: in {other.id}")


def differs_between_languages(subject: Subject) -> Iterator[Found]:
    """A text that says other keys or values in one language than in another.

    Usually one translation was forgotten when the text was changed.

    Wrong::

        en: For sales, press 1. For support, press 2.
        es: Para ventas, oprima 1.

    Right::

        es: Para ventas, oprima 1. Para soporte, oprima 2.
    """
    if len(subject.codes) == 1:
        return
    for each in subject.spoken:
        by_item: dict[int, list[Text]] = {}
        for text in subject.texts_of(each.prompt):
            by_item.setdefault(id(text.item), []).append(text)
        for first, *others in by_item.values():
            for other in others:
                message = _difference(subject, each, first, other)
                if message is not None:
                    span = subject.page.text(other.item, other.code)
                    yield Found(message, span, "let both languages say the same")


def _difference(subject: Subject, spoken: Spoken, first: Text, other: Text) -> str | None:
    values, others = _values(first), _values(other)
    if values != others:
        names = ", ".join(f"${{{name}}}" for name in sorted(values ^ others))
        return f"{names} stands in only one of {first.code} and {other.code}"
    keys, other_keys = _pressed(subject, spoken, first), _pressed(subject, spoken, other)
    # A language may press with words we do not know; it is judged where it presses something.
    if keys and other_keys and set(keys) != set(other_keys):
        one, two = ", ".join(dict.fromkeys(keys)), ", ".join(dict.fromkeys(other_keys))
        return f"{first.code} says press {one}, and {other.code} {two}"
    return None


def _values(text: Text) -> set[str]:
    if text.template.literal:
        return set()
    return {part.expression.source for part in text.template.placeholders}


def _pressed(subject: Subject, spoken: Spoken, text: Text) -> list[str]:
    """The keys a text names; of a menu only those that M002 and M003 do not look after."""
    keys = [key for press in presses(subject, text) for key in press.keys]
    if not isinstance(spoken.action.kind, Menu):
        return keys
    choices = spoken.action.kind.choices
    own = [key for key in keys if key in choices]
    others = [key for key in keys if key in subject.anytime and key not in choices]
    return [*dict.fromkeys(choices), *others] if own else others


def voice_cannot_speak(subject: Subject) -> Iterator[Found]:
    """A voice that does not speak the language it is given.

    Known for the embedded voice, for models that speak English only, and where a voice of
    settings.yaml has a ``language_code``.

    Wrong: ``languages: {es-US: {voice: anna}}``, and ``anna`` has ``model: eleven_flash_v2``.

    Right: ``model: eleven_flash_v2_5``, or another voice.
    """
    for language in subject.flow.languages:
        reason = _cannot(subject.flows.voices, language.voice, language.code)
        if reason is not None:
            message = f"the voice “{language.voice}” does not speak {language.code}: {reason}"
            remedy = "give the language another voice, or the voice another model"
            yield Found(message, _language_span(subject, subject.flow, language.code), remedy)


def _cannot(voices: Mapping[str, VoiceSpec], name: str, code: str) -> str | None:
    short = code.partition("-")[0]
    spec = voices.get(name)
    if spec is None:
        return None
    if spec.provider == EMBEDDED:
        speaks = ", ".join(sorted(_EMBEDDED_SPEAKS))
        return None if short in _EMBEDDED_SPEAKS else f"the embedded voice speaks {speaks}"
    only = spec.options.get("language_code")
    if isinstance(only, str) and only not in ("", "auto") and only.partition("-")[0] != short:
        return f"its language_code is {only}"
    model = spec.options.get("model")
    if isinstance(model, str) and model in _ENGLISH_ONLY and short != "en":
        return f"{model} speaks English only"
    return None


def _language_span(subject: Subject, flow: Flow, code: str) -> Span:
    page = subject.page
    for path in (("languages", code, "voice"), ("languages", code), ("voice",), ("language",)):
        span = page.value(flow.span, *path) if path[-1] != code else page.key(flow.span, *path)
        if span != flow.span:
            return span
    return flow.span


def _items(subject: Subject) -> Iterator[SayItem]:
    for each in subject.spoken:
        for item in each.prompt.items:
            if isinstance(item, SayItem):
                yield item
