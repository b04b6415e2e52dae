"""What the line says of its own accord, in every language it has words for.

Reprompts, goodbyes and apologies an author did not write. The tone is the language's rule: never
scold, say what can be done (LANGUAGE.md §2.3). A flow in another language hears English here.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum


class Phrase(Enum):
    """The occasions."""

    NO_INPUT = "no_input"
    NO_CHOICE = "no_choice"
    """A key that is no choice; ``{keys}`` is what was pressed, in words."""
    NO_ENTRY = "no_entry"
    """An entry of the wrong length; ``{digits}`` says how many are wanted."""
    NO_FIT = "no_fit"
    """An entry that breaks a rule of the step."""
    CLEARED = "cleared"
    CONFIRM = "confirm"
    GOODBYE = "goodbye"
    TROUBLE = "trouble"
    LIMIT_SOON = "limit_soon"
    LIMIT = "limit"


_ENGLISH = {
    Phrase.NO_INPUT: "Sorry, I didn't hear anything.",
    Phrase.NO_CHOICE: "Sorry, {keys} is not one of the choices.",
    Phrase.NO_ENTRY: "Sorry, I need {digits} digits.",
    Phrase.NO_FIT: "Sorry, that number does not fit.",
    Phrase.CLEARED: "Cleared.",
    Phrase.GOODBYE: "Thank you for calling. Goodbye.",
    Phrase.TROUBLE: "We are sorry, we have a technical problem. Please call again later. Goodbye.",
    Phrase.LIMIT_SOON: "This call will end in two minutes.",
    Phrase.LIMIT: "This call has reached its time limit. Goodbye.",
}
_SPANISH = {
    Phrase.NO_INPUT: "Perdón, no he oído nada.",
    Phrase.NO_CHOICE: "Perdón, {keys} no es una de las opciones.",
    Phrase.NO_ENTRY: "Perdón, necesito {digits} dígitos.",
    Phrase.NO_FIT: "Perdón, ese número no corresponde.",
    Phrase.CLEARED: "Borrado.",
    Phrase.GOODBYE: "Gracias por llamar. Adiós.",
    Phrase.TROUBLE: "Lo sentimos, tenemos un problema técnico. Llame más tarde, por favor. Adiós.",
    Phrase.LIMIT_SOON: "Esta llamada terminará en dos minutos.",
    Phrase.LIMIT: "Esta llamada ha llegado a su límite de tiempo. Adiós.",
}
_FRENCH = {
    Phrase.NO_INPUT: "Pardon, je n'ai rien entendu.",
    Phrase.NO_CHOICE: "Pardon, {keys} ne fait pas partie des choix.",
    Phrase.NO_ENTRY: "Pardon, il me faut {digits} chiffres.",
    Phrase.NO_FIT: "Pardon, ce numéro ne convient pas.",
    Phrase.CLEARED: "Effacé.",
    Phrase.GOODBYE: "Merci de votre appel. Au revoir.",
    Phrase.TROUBLE: (
        "Nous sommes désolés, nous avons un problème technique. "
        "Veuillez rappeler plus tard. Au revoir."
    ),
    Phrase.LIMIT_SOON: "Cet appel se terminera dans deux minutes.",
    Phrase.LIMIT: "Cet appel a atteint sa durée limite. Au revoir.",
}
_GERMAN = {
    Phrase.NO_INPUT: "Entschuldigung, ich habe nichts gehört.",
    Phrase.NO_CHOICE: "Entschuldigung, {keys} steht nicht zur Wahl.",
    Phrase.NO_ENTRY: "Entschuldigung, ich brauche {digits} Ziffern.",
    Phrase.NO_FIT: "Entschuldigung, diese Nummer passt nicht.",
    Phrase.CLEARED: "Gelöscht.",
    Phrase.GOODBYE: "Danke für Ihren Anruf. Auf Wiederhören.",
    Phrase.TROUBLE: (
        "Wir haben leider ein technisches Problem. "
        "Bitte rufen Sie später wieder an. Auf Wiederhören."
    ),
    Phrase.LIMIT_SOON: "Dieses Gespräch endet in zwei Minuten.",
    Phrase.LIMIT: "Dieses Gespräch hat seine Zeitgrenze erreicht. Auf Wiederhören.",
}
_ITALIAN = {
    Phrase.NO_INPUT: "Mi scusi, non ho sentito nulla.",
    Phrase.NO_CHOICE: "Mi scusi, {keys} non è tra le scelte.",
    Phrase.NO_ENTRY: "Mi scusi, mi servono {digits} cifre.",
    Phrase.NO_FIT: "Mi scusi, questo numero non va bene.",
    Phrase.CLEARED: "Cancellato.",
    Phrase.GOODBYE: "Grazie per aver chiamato. Arrivederci.",
    Phrase.TROUBLE: (
        "Ci dispiace, abbiamo un problema tecnico. La preghiamo di richiamare più tardi. "
        "Arrivederci."
    ),
    Phrase.LIMIT_SOON: "Questa chiamata terminerà tra due minuti.",
    Phrase.LIMIT: "Questa chiamata ha raggiunto il limite di tempo. Arrivederci.",
}

_CONFIRM = {
    "en": "I have {entry}. If that is right, press 1. To enter it again, press 2.",
    "es": "Tengo {entry}. Si es correcto, oprima 1. Para repetirlo, oprima 2.",
    "fr": "J'ai noté {entry}. Si c'est exact, appuyez sur 1. Pour recommencer, appuyez sur 2.",
    "de": "Ich habe {entry}. Wenn das stimmt, drücken Sie 1. Um es zu ändern, drücken Sie 2.",
    "it": "Ho capito {entry}. Se è giusto, prema 1. Per ripetere, prema 2.",
}

_TABLES = {"en": _ENGLISH, "es": _SPANISH, "fr": _FRENCH, "de": _GERMAN, "it": _ITALIAN}
for _code, _text in _CONFIRM.items():
    _TABLES[_code][Phrase.CONFIRM] = _text

_KEY_NAMES = {
    "en": {"*": "star", "#": "pound"},
    "es": {"*": "asterisco", "#": "numeral"},
    "fr": {"*": "étoile", "#": "dièse"},
    "de": {"*": "Stern", "#": "Raute"},
    "it": {"*": "asterisco", "#": "cancelletto"},
}


def _short(language: str) -> str:
    code = language.split("-", 1)[0].lower()
    return code if code in _TABLES else "en"


def phrase(what: Phrase, language: str, **values: str) -> str:
    """The text for an occasion, in the language (``en-US``) or else in English."""
    return _TABLES[_short(language)][what].format(**values)


def spoken_keys(keys: str, language: str) -> str:
    """Pressed keys as they are said: ``9``, ``star``, ``1 2``."""
    names = _KEY_NAMES[_short(language)]
    return " ".join(names.get(key, key) for key in keys)


def fixed_phrases(language: str) -> Iterator[str]:
    """The texts that hold no value, for making their takes ahead."""
    for text in _TABLES[_short(language)].values():
        if "{" not in text:
            yield text
