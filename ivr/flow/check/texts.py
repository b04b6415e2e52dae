"""Rules about how texts sound on a telephone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ivr.flow.check.shapes import kind_at
from ivr.flow.check.subject import Found, Role, Subject
from ivr.flow.expression import Kind, result_kind
from ivr.flow.model import Prompt
from ivr.flow.steps.menu import Menu
from ivr.flow.steps.sms import TEXT_MAX
from ivr.flow.text import Placeholder

MENU_SECONDS_MAX = 12
MESSAGE_SECONDS_MAX = 20
UNSTOPPABLE_SECONDS_MAX = 8

_SCOLDING = (
    "invalid|incorrect|error|errors|illegal|wrong|inválid[oa]s?|incorrect[oa]s?|erróne[oa]s?|"
    "equivocad[oa]s?|ilegal|invalide|incorrecte|erreur|erronée?|ungültige?[nrs]?|falsche?[nrs]?|"
    "fehler|errat[oa]|sbagliat[oa]|errore"
)
_RAW = (
    r"[$€£¥]\s?\d|\d\s?[$€£¥]|https?://\S+|\bwww\.\S+|\b\d{1,4}[/-]\d{1,2}[/-]\d{1,4}\b|"
    r"\b\d{1,3}(?:,\d{3})+\b|\b\d+\.\d+\b|\b\d{5,}\b|\b\d{1,2}:\d{2}\b|"
    r"\b[a-z0-9-]+\.(?:com|org|net|example|info|gov|edu)\b"
)
_STUMBLING = (
    r"\bw/o?(?=\W)|[#*]|[\u2600-\u27bf\U0001f000-\U0001faff]|"
    r"(?:\b(?i:approx|appt|dept|ext|hrs|mins|tel|asap|e\.g|i\.e|etc|vs|usw|bzw|z\.b|pág)\.)|"
    r"\b(?:Ud|Uds|Sr|Sra|Dr|Mr|Mrs|Ms|Str|Ave|Blvd)\.|"
    r"\b[A-ZÀ-ÖØ-Þ]{5,}\b|\b[A-ZÀ-ÖØ-Þ]{2,}(?:\s+[A-ZÀ-ÖØ-Þ]{2,})+\b"
)
_WASTING = (
    r"listen\s+(?:carefully|closely)|(?:menu|options)\s+(?:has|have)\s+(?:recently\s+)?changed|"
    r"your\s+call\s+is\s+(?:very\s+)?important|please\s+be\s+advised|at\s+your\s+convenience|"
    r"escuche\s+(?:atentamente|con\s+atención)|(?:menú|opciones)\s+han?\s+cambiado|"
    r"su\s+llamada\s+es\s+(?:muy\s+)?importante|écoutez\s+attentivement|"
    r"votre\s+appel\s+est\s+important|hören\s+Sie\s+(?:gut|aufmerksam)\s+zu|"
    r"Ihr\s+Anruf\s+ist\s+uns\s+wichtig|ascolti\s+attentamente"
)
_SUSPICIOUS_WORDS = frozenset(
    """
    invalid incorrect error errors illegal wrong inválido inválida inválidos inválidas
    incorrecto incorrecta incorrectos incorrectas erróneo errónea erróneos erróneas equivocado
    equivocada equivocados equivocadas ilegal invalide incorrecte erreur erroné erronée ungültig
    ungültige ungültiger ungültiges ungültigen falsch falsche falscher falsches falschen fehler
    errato errata sbagliato sbagliata errore approx appt dept ext hrs mins tel asap etc
    vs usw bzw pág ud uds sr sra dr mr mrs ms str ave blvd carefully closely changed
    important advised convenience atentamente atención cambiado importante attentivement
    aufmerksam gut wichtig attentamente
    """.split()  # noqa: SIM905
)
"""Each offence that is not betrayed by its characters has one of these; few texts do."""
_OPENING, _CLOSING = "(\"'“¿¡", ".,;:!?…)\"'”"
_SUSPICIOUS_AS_WRITTEN = frozenset(
    before + word + after
    for word in _SUSPICIOUS_WORDS
    for before in ("", *_OPENING)
    for after in ("", *_CLOSING)
)
"""With what may stand before and behind a word, so that a text has to be split only."""
_SUSPICIOUS = re.compile(
    r"[$€£¥#*/@\u2600-\u27bf\U0001f000-\U0001faff]|\d[\d.,:-]+\d|[A-ZÀ-ÖØ-Þ]{2}|www|"
    rf"[{_CLOSING}](?:[^\W\d]|[{_CLOSING}])|[{_OPENING}]{{2}}"
)
"""More than one of them in a row, or none but one between two words, is looked at closely."""
_OFFENCES = re.compile(
    rf"(?P<scolding>\b(?i:{_SCOLDING})\b)|(?P<raw>{_RAW})|(?P<stumbling>{_STUMBLING})|"
    rf"(?P<wasting>\b(?i:{_WASTING})\b)"
)
"""All of them in one pattern; only suspicious texts are worth its time."""


def too_long(subject: Subject) -> Iterator[Found]:
    """A prompt that takes too long: over 12 seconds for a menu, over 20 for a message.

    Counted as 2.6 words a second; a value counts as three words, a file as nothing. Nobody keeps
    more in mind, and callers wait to speak to somebody. A text message may have 1,600 characters.

    Wrong: a menu that begins with the history of the firm.

    Right: the choices first; the rest as a choice of its own.
    """
    for each in subject.spoken:
        if each.role is Role.SMS:
            yield from _cut(subject, each.prompt)
            continue
        is_menu = isinstance(each.action.kind, Menu)
        most = MENU_SECONDS_MAX if is_menu else MESSAGE_SECONDS_MAX
        for code in subject.codes:
            seconds = subject.seconds(each.prompt, code)
            if seconds > most:
                what = "a menu" if is_menu else "a message"
                message = f"about {seconds:.0f} s in {code}; {what} should take {most} s"
                yield Found(message, each.prompt.span, "say less, or in two steps")
                break


def _cut(subject: Subject, prompt: Prompt) -> Iterator[Found]:
    for text in subject.texts_of(prompt):
        if len(text.words) > TEXT_MAX:
            message = f"{len(text.words)} characters; a text message is cut after {TEXT_MAX}"
            yield Found(message, subject.page.text(text.item, text.code), "write less, or two")


def scolding(subject: Subject) -> Iterator[Found]:
    """A word that scolds: invalid, incorrect, error, illegal, wrong.

    Callers have done nothing wrong; they were not told well enough. Say what they can do.

    Wrong::

        no_match: Invalid entry.

    Right::

        no_match: That was not eight digits.
    """
    yield from _offences(subject, "scolding", "“{}” scolds the caller", "say what can be done")


def raw_value(subject: Subject) -> Iterator[Found]:
    """A raw number, date, amount or web address in a text.

    A voice reads them as it likes: “2026-12-24” as a subtraction, “12.50” as a decimal. A value
    with a formatter is read in the caller's language.

    Wrong::

        say: Your balance is $1,234.50.

    Right::

        say: Your balance is ${balance | money}.

    A number that is said without a formatter is told as well, and so is what callers keyed: only
    the author knows whether it is a count, an amount or digits.
    """
    remedy = "write it in words, or as a value with a formatter: ${… | date}, | money, | digits"
    yield from _offences(subject, "raw", "“{}” is read by each voice in its own way", remedy)
    yield from _unformatted(subject)


def stumbling(subject: Subject) -> Iterator[Found]:
    """Something a voice stumbles over: an abbreviation, ALL CAPS, “w/”, an emoji, “#”, “*”.

    It may be spelt, or read as something else, or left out.

    Wrong::

        say: Press # for the dept. you want.

    Right::

        say: Press pound for the department you want.
    """
    remedy = "write it as it is spoken"
    yield from _offences(subject, "stumbling", "a voice stumbles over “{}”", remedy)


def wasting_time(subject: Subject) -> Iterator[Found]:
    """A phrase that only takes time: “listen carefully, our options have changed”.

    Nobody has learnt the old options by heart. Each call pays for the sentence.

    Wrong::

        say: Please listen carefully, as our options have changed. For sales, press 1.

    Right::

        say: For sales, press 1.
    """
    yield from _offences(subject, "wasting", "“{}” only takes the caller's time", "leave it out")


def unstoppable(subject: Subject) -> Iterator[Found]:
    """``interrupt: no`` on a menu, or on something longer than eight seconds.

    It is for a short notice that must be heard. Who knows the menu presses at once, and these keys
    are thrown away.

    Wrong::

        say: For sales, press 1.
        interrupt: no
        menu: {1: sales}

    Right: the notice as an action of its own, then the menu.
    """
    for _, action in subject.actions:
        if action.interruptible:
            continue
        if isinstance(action.kind, Menu):
            span = subject.page.key(action.span, "interrupt")
            remedy = "put the notice into an action of its own, before the menu"
            yield Found("nobody can choose before this menu has been said", span, remedy)
        elif action.prompt is not None:
            seconds = max(subject.seconds(action.prompt, code) for code in subject.codes)
            if seconds > UNSTOPPABLE_SECONDS_MAX:
                span = subject.page.key(action.span, "interrupt")
                message = f"nobody can interrupt this for about {seconds:.0f} s"
                yield Found(message, span, "keep what must be heard, and let the rest be stopped")


def _offences(subject: Subject, kind: str, message: str, remedy: str) -> Iterator[Found]:
    for text, noted in subject.noted(_noted):
        for group, start, end in noted:
            if group == kind:
                span = subject.page.words(text.item, text.code, start, end)
                yield Found(message.format(text.words[start:end]), span, remedy)


def _unformatted(subject: Subject) -> Iterator[Found]:
    """Values that are known to be numbers, or rows of digits, and are said as they come."""
    if not any(_bare(part) for text in subject.texts for part in text.template.placeholders):
        return
    keyed = {
        ask.variable: ask.entry.read_back(subject.codes[0])
        for _, _, ask in subject.asks
        if ask.entry.kind is Kind.TEXT and kind_at(subject, (ask.variable,)) is Kind.TEXT
    }
    for text in subject.texts:
        for part in text.template.placeholders:
            if not _bare(part):
                continue
            source = part.expression.source
            what, formatter = "what the caller keyed", keyed.get(source, "")
            if result_kind(part.expression, lambda path: kind_at(subject, path)) is Kind.NUMBER:
                what, formatter = "a number", "number"
            if formatter:
                span = subject.page.words(text.item, text.code, part.column, part.end_column)
                message = f"“{source}” is {what}, and is said without a formatter"
                yield Found(message, span, f"write  ${{{source} | {formatter}}}")


def _bare(part: Placeholder) -> bool:
    return all(name == "reveal" for name, _ in part.applied)


def _noted(words: str) -> tuple[tuple[str, int, int], ...]:
    """All offences of a text: which, and where."""
    harmless = _SUSPICIOUS_AS_WRITTEN.isdisjoint(words.lower().split())
    if harmless and _SUSPICIOUS.search(words) is None:
        return ()
    found = _OFFENCES.finditer(words)
    return tuple((each.lastgroup or "", each.start(), each.end()) for each in found)
