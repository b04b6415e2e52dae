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
    NO_LENGTH = "no_length"
    """The same where several lengths are right; ``{most}`` is the longest."""
    NO_FIT = "no_fit"
    """An entry that breaks a rule of the step."""
    NO_PIN = "no_pin"
    """How many digits it has is not said: whoever listens would learn it."""
    NO_CARD = "no_card"
    NO_PHONE = "no_phone"
    NO_DATE_MONTH_FIRST = "no_date_month_first"
    NO_DATE_DAY_FIRST = "no_date_day_first"
    DATE_LEAST = "date_least"
    """An entry before the first date allowed; ``{limit}`` is that, as in the next five."""
    DATE_MOST = "date_most"
    NO_TIME_12 = "no_time_12"
    NO_TIME_24 = "no_time_24"
    NO_AMOUNT = "no_amount"
    AMOUNT_LEAST = "amount_least"
    AMOUNT_MOST = "amount_most"
    NUMBER_LEAST = "number_least"
    NUMBER_MOST = "number_most"
    HALF_OF_DAY = "half_of_day"
    """Asked behind a time on a clock of twelve hours."""
    CLEARED = "cleared"
    CONFIRM = "confirm"
    """Asked about ``{entry}``."""
    CONFIRM_CARD = "confirm_card"
    """The same about the end of a card's number."""
    CONFIRM_UNSPOKEN = "confirm_unspoken"
    """The same about what nobody else may hear."""
    OPTION = "option"
    """A choice of a menu that is written out: ``{purpose}`` is what it is for."""
    GOODBYE = "goodbye"
    TROUBLE = "trouble"
    LIMIT_SOON = "limit_soon"
    LIMIT = "limit"
    STILL_HERE = "still_here"
    """While something is looked up."""
    REVIEW = "review"
    """What can be done with a message that was just recorded."""


_ENGLISH = {
    Phrase.NO_INPUT: "Sorry, I didn't hear anything.",
    Phrase.NO_CHOICE: "Sorry, {keys} is not one of the choices.",
    Phrase.NO_ENTRY: "Sorry, I need {digits} digits.",
    Phrase.NO_FIT: "Sorry, that number does not fit.",
    Phrase.NO_LENGTH: "Sorry, I need {digits} to {most} digits.",
    Phrase.NO_PIN: "Sorry, I need the whole PIN.",
    Phrase.NO_CARD: "Sorry, I need the whole number of the card.",
    Phrase.NO_PHONE: "Sorry, I need a whole telephone number.",
    Phrase.NO_DATE_MONTH_FIRST: (
        "Sorry, I need two digits for the month, two for the day, and four for the year."
    ),
    Phrase.NO_DATE_DAY_FIRST: (
        "Sorry, I need two digits for the day, two for the month, and four for the year."
    ),
    Phrase.DATE_LEAST: "Sorry, the first possible date is {limit}.",
    Phrase.DATE_MOST: "Sorry, the last possible date is {limit}.",
    Phrase.NO_TIME_12: (
        "Sorry, I need the hour from 1 to 12, and then two digits for the minutes."
    ),
    Phrase.NO_TIME_24: "Sorry, I need two digits for the hour, and two for the minutes.",
    Phrase.NO_AMOUNT: "Sorry, I need an amount.",
    Phrase.AMOUNT_LEAST: "Sorry, the smallest amount is {limit}.",
    Phrase.AMOUNT_MOST: "Sorry, the largest amount is {limit}.",
    Phrase.NUMBER_LEAST: "Sorry, the smallest number is {limit}.",
    Phrase.NUMBER_MOST: "Sorry, the largest number is {limit}.",
    Phrase.HALF_OF_DAY: "For the morning, press 1. For the afternoon or evening, press 2.",
    Phrase.CLEARED: "Cleared.",
    Phrase.GOODBYE: "Thank you for calling. Goodbye.",
    Phrase.TROUBLE: "We are sorry, we have a technical problem. Please call again later. Goodbye.",
    Phrase.LIMIT_SOON: "This call will end in two minutes.",
    Phrase.LIMIT: "This call has reached its time limit. Goodbye.",
    Phrase.STILL_HERE: "One moment more, please.",
    Phrase.REVIEW: (
        "To send your message, press 1. To record it again, press 2. To hear it, press 3."
    ),
}
_SPANISH = {
    Phrase.NO_INPUT: "Perdón, no he oído nada.",
    Phrase.NO_CHOICE: "Perdón, {keys} no es una de las opciones.",
    Phrase.NO_ENTRY: "Perdón, necesito {digits} dígitos.",
    Phrase.NO_FIT: "Perdón, ese número no corresponde.",
    Phrase.NO_LENGTH: "Perdón, necesito de {digits} a {most} dígitos.",
    Phrase.NO_PIN: "Perdón, necesito el PIN completo.",
    Phrase.NO_CARD: "Perdón, necesito el número completo de la tarjeta.",
    Phrase.NO_PHONE: "Perdón, necesito un número de teléfono completo.",
    Phrase.NO_DATE_MONTH_FIRST: (
        "Perdón, necesito dos dígitos para el mes, dos para el día y cuatro para el año."
    ),
    Phrase.NO_DATE_DAY_FIRST: (
        "Perdón, necesito dos dígitos para el día, dos para el mes y cuatro para el año."
    ),
    Phrase.DATE_LEAST: "Perdón, la primera fecha posible es {limit}.",
    Phrase.DATE_MOST: "Perdón, la última fecha posible es {limit}.",
    Phrase.NO_TIME_12: "Perdón, necesito la hora de 1 a 12, y dos dígitos para los minutos.",
    Phrase.NO_TIME_24: "Perdón, necesito dos dígitos para la hora y dos para los minutos.",
    Phrase.NO_AMOUNT: "Perdón, necesito una cantidad.",
    Phrase.AMOUNT_LEAST: "Perdón, la cantidad más baja es {limit}.",
    Phrase.AMOUNT_MOST: "Perdón, la cantidad más alta es {limit}.",
    Phrase.NUMBER_LEAST: "Perdón, el número más bajo es {limit}.",
    Phrase.NUMBER_MOST: "Perdón, el número más alto es {limit}.",
    Phrase.HALF_OF_DAY: "Para la mañana, oprima 1. Para la tarde o la noche, oprima 2.",
    Phrase.CLEARED: "Borrado.",
    Phrase.GOODBYE: "Gracias por llamar. Adiós.",
    Phrase.TROUBLE: "Lo sentimos, tenemos un problema técnico. Llame más tarde, por favor. Adiós.",
    Phrase.LIMIT_SOON: "Esta llamada terminará en dos minutos.",
    Phrase.LIMIT: "Esta llamada ha llegado a su límite de tiempo. Adiós.",
    Phrase.STILL_HERE: "Un momento más, por favor.",
    Phrase.REVIEW: (
        "Para enviar su mensaje, oprima 1. "
        "Para grabarlo de nuevo, oprima 2. Para escucharlo, oprima 3."
    ),
}
_FRENCH = {
    Phrase.NO_INPUT: "Pardon, je n'ai rien entendu.",
    Phrase.NO_CHOICE: "Pardon, {keys} ne fait pas partie des choix.",
    Phrase.NO_ENTRY: "Pardon, il me faut {digits} chiffres.",
    Phrase.NO_FIT: "Pardon, ce numéro ne convient pas.",
    Phrase.NO_LENGTH: "Pardon, il me faut de {digits} à {most} chiffres.",
    Phrase.NO_PIN: "Pardon, il me faut le code complet.",
    Phrase.NO_CARD: "Pardon, il me faut le numéro complet de la carte.",
    Phrase.NO_PHONE: "Pardon, il me faut un numéro de téléphone complet.",
    Phrase.NO_DATE_MONTH_FIRST: (
        "Pardon, il me faut deux chiffres pour le mois, deux pour le jour et quatre pour l'année."
    ),
    Phrase.NO_DATE_DAY_FIRST: (
        "Pardon, il me faut deux chiffres pour le jour, deux pour le mois et quatre pour l'année."
    ),
    Phrase.DATE_LEAST: "Pardon, la première date possible est le {limit}.",
    Phrase.DATE_MOST: "Pardon, la dernière date possible est le {limit}.",
    Phrase.NO_TIME_12: (
        "Pardon, il me faut l'heure de 1 à 12, puis deux chiffres pour les minutes."
    ),
    Phrase.NO_TIME_24: ("Pardon, il me faut deux chiffres pour l'heure et deux pour les minutes."),
    Phrase.NO_AMOUNT: "Pardon, il me faut un montant.",
    Phrase.AMOUNT_LEAST: "Pardon, le plus petit montant est {limit}.",
    Phrase.AMOUNT_MOST: "Pardon, le plus grand montant est {limit}.",
    Phrase.NUMBER_LEAST: "Pardon, le plus petit nombre est {limit}.",
    Phrase.NUMBER_MOST: "Pardon, le plus grand nombre est {limit}.",
    Phrase.HALF_OF_DAY: (
        "Pour le matin, appuyez sur 1. Pour l'après-midi ou le soir, appuyez sur 2."
    ),
    Phrase.CLEARED: "Effacé.",
    Phrase.GOODBYE: "Merci de votre appel. Au revoir.",
    Phrase.TROUBLE: (
        "Nous sommes désolés, nous avons un problème technique. "
        "Veuillez rappeler plus tard. Au revoir."
    ),
    Phrase.LIMIT_SOON: "Cet appel se terminera dans deux minutes.",
    Phrase.LIMIT: "Cet appel a atteint sa durée limite. Au revoir.",
    Phrase.STILL_HERE: "Encore un instant, s'il vous plaît.",
    Phrase.REVIEW: (
        "Pour envoyer votre message, appuyez sur 1. "
        "Pour recommencer, appuyez sur 2. Pour l'écouter, appuyez sur 3."
    ),
}
_GERMAN = {
    Phrase.NO_INPUT: "Entschuldigung, ich habe nichts gehört.",
    Phrase.NO_CHOICE: "Entschuldigung, {keys} steht nicht zur Wahl.",
    Phrase.NO_ENTRY: "Entschuldigung, ich brauche {digits} Ziffern.",
    Phrase.NO_FIT: "Entschuldigung, diese Nummer passt nicht.",
    Phrase.NO_LENGTH: "Entschuldigung, ich brauche {digits} bis {most} Ziffern.",
    Phrase.NO_PIN: "Entschuldigung, ich brauche die ganze PIN.",
    Phrase.NO_CARD: "Entschuldigung, ich brauche die ganze Nummer der Karte.",
    Phrase.NO_PHONE: "Entschuldigung, ich brauche eine ganze Telefonnummer.",
    Phrase.NO_DATE_MONTH_FIRST: (
        "Entschuldigung, ich brauche zwei Ziffern für den Monat, zwei für den Tag "
        "und vier für das Jahr."
    ),
    Phrase.NO_DATE_DAY_FIRST: (
        "Entschuldigung, ich brauche zwei Ziffern für den Tag, zwei für den Monat "
        "und vier für das Jahr."
    ),
    Phrase.DATE_LEAST: "Entschuldigung, der erste mögliche Tag ist {limit}.",
    Phrase.DATE_MOST: "Entschuldigung, der letzte mögliche Tag ist {limit}.",
    Phrase.NO_TIME_12: (
        "Entschuldigung, ich brauche die Stunde von 1 bis 12 und zwei Ziffern für die Minuten."
    ),
    Phrase.NO_TIME_24: (
        "Entschuldigung, ich brauche zwei Ziffern für die Stunde und zwei für die Minuten."
    ),
    Phrase.NO_AMOUNT: "Entschuldigung, ich brauche einen Betrag.",
    Phrase.AMOUNT_LEAST: "Entschuldigung, der kleinste Betrag ist {limit}.",
    Phrase.AMOUNT_MOST: "Entschuldigung, der größte Betrag ist {limit}.",
    Phrase.NUMBER_LEAST: "Entschuldigung, die kleinste Zahl ist {limit}.",
    Phrase.NUMBER_MOST: "Entschuldigung, die größte Zahl ist {limit}.",
    Phrase.HALF_OF_DAY: (
        "Für den Vormittag drücken Sie 1. Für den Nachmittag oder Abend drücken Sie 2."
    ),
    Phrase.CLEARED: "Gelöscht.",
    Phrase.GOODBYE: "Danke für Ihren Anruf. Auf Wiederhören.",
    Phrase.TROUBLE: (
        "Wir haben leider ein technisches Problem. "
        "Bitte rufen Sie später wieder an. Auf Wiederhören."
    ),
    Phrase.LIMIT_SOON: "Dieses Gespräch endet in zwei Minuten.",
    Phrase.LIMIT: "Dieses Gespräch hat seine Zeitgrenze erreicht. Auf Wiederhören.",
    Phrase.STILL_HERE: "Einen Augenblick noch, bitte.",
    Phrase.REVIEW: (
        "Um Ihre Nachricht zu senden, drücken Sie 1. "
        "Für eine neue Aufnahme drücken Sie 2. Zum Anhören drücken Sie 3."
    ),
}
_ITALIAN = {
    Phrase.NO_INPUT: "Mi scusi, non ho sentito nulla.",
    Phrase.NO_CHOICE: "Mi scusi, {keys} non è tra le scelte.",
    Phrase.NO_ENTRY: "Mi scusi, mi servono {digits} cifre.",
    Phrase.NO_FIT: "Mi scusi, questo numero non va bene.",
    Phrase.NO_LENGTH: "Mi scusi, mi servono da {digits} a {most} cifre.",
    Phrase.NO_PIN: "Mi scusi, mi serve il PIN completo.",
    Phrase.NO_CARD: "Mi scusi, mi serve il numero completo della carta.",
    Phrase.NO_PHONE: "Mi scusi, mi serve un numero di telefono completo.",
    Phrase.NO_DATE_MONTH_FIRST: (
        "Mi scusi, mi servono due cifre per il mese, due per il giorno e quattro per l'anno."
    ),
    Phrase.NO_DATE_DAY_FIRST: (
        "Mi scusi, mi servono due cifre per il giorno, due per il mese e quattro per l'anno."
    ),
    Phrase.DATE_LEAST: "Mi scusi, la prima data possibile è {limit}.",
    Phrase.DATE_MOST: "Mi scusi, l'ultima data possibile è {limit}.",
    Phrase.NO_TIME_12: "Mi scusi, mi servono l'ora da 1 a 12 e due cifre per i minuti.",
    Phrase.NO_TIME_24: "Mi scusi, mi servono due cifre per l'ora e due per i minuti.",
    Phrase.NO_AMOUNT: "Mi scusi, mi serve un importo.",
    Phrase.AMOUNT_LEAST: "Mi scusi, l'importo minimo è {limit}.",
    Phrase.AMOUNT_MOST: "Mi scusi, l'importo massimo è {limit}.",
    Phrase.NUMBER_LEAST: "Mi scusi, il numero più basso è {limit}.",
    Phrase.NUMBER_MOST: "Mi scusi, il numero più alto è {limit}.",
    Phrase.HALF_OF_DAY: "Per il mattino, prema 1. Per il pomeriggio o la sera, prema 2.",
    Phrase.CLEARED: "Cancellato.",
    Phrase.GOODBYE: "Grazie per aver chiamato. Arrivederci.",
    Phrase.TROUBLE: (
        "Ci dispiace, abbiamo un problema tecnico. La preghiamo di richiamare più tardi. "
        "Arrivederci."
    ),
    Phrase.LIMIT_SOON: "Questa chiamata terminerà tra due minuti.",
    Phrase.LIMIT: "Questa chiamata ha raggiunto il limite di tempo. Arrivederci.",
    Phrase.STILL_HERE: "Ancora un momento, per favore.",
    Phrase.REVIEW: (
        "Per inviare il messaggio, prema 1. "
        "Per registrarlo di nuovo, prema 2. Per ascoltarlo, prema 3."
    ),
}

_CONFIRM = {
    "en": "I have {entry}. If that is right, press 1. To enter it again, press 2.",
    "es": "Tengo {entry}. Si es correcto, oprima 1. Para repetirlo, oprima 2.",
    "fr": "J'ai noté {entry}. Si c'est exact, appuyez sur 1. Pour recommencer, appuyez sur 2.",
    "de": "Ich habe {entry}. Wenn das stimmt, drücken Sie 1. Um es zu ändern, drücken Sie 2.",
    "it": "Ho capito {entry}. Se è giusto, prema 1. Per ripetere, prema 2.",
}
_CARD = {
    "en": "the card ending in {entry}",
    "es": "la tarjeta que termina en {entry}",
    "fr": "la carte qui se termine par {entry}",
    "de": "die Karte mit den letzten Ziffern {entry}",
    "it": "la carta che finisce con {entry}",
}
_UNSPOKEN = {
    "en": "your entry",
    "es": "lo que marcó",
    "fr": "ce que vous avez composé",
    "de": "Ihre Eingabe",
    "it": "i dati inseriti",
}

_OPTION = {
    "en": "For {purpose}, press {keys}.",
    "es": "Para {purpose}, oprima {keys}.",
    "fr": "Pour {purpose}, appuyez sur {keys}.",
    "de": "Für {purpose} drücken Sie {keys}.",
    "it": "Per {purpose}, prema {keys}.",
}

_TABLES = {"en": _ENGLISH, "es": _SPANISH, "fr": _FRENCH, "de": _GERMAN, "it": _ITALIAN}
for _code, _text in _CONFIRM.items():
    _TABLES[_code][Phrase.CONFIRM] = _text
    _TABLES[_code][Phrase.CONFIRM_CARD] = _text.format(entry=_CARD[_code])
    _TABLES[_code][Phrase.CONFIRM_UNSPOKEN] = _text.format(entry=_UNSPOKEN[_code])

for _code, _text in _OPTION.items():
    _TABLES[_code][Phrase.OPTION] = _text

_KEY_NAMES = {
    "en": {"*": "star", "#": "pound"},
    "en-GB": {"*": "star", "#": "hash"},
    "es": {"*": "asterisco", "#": "numeral"},
    "es-ES": {"*": "asterisco", "#": "almohadilla"},
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
    names = _KEY_NAMES.get(language) or _KEY_NAMES[_short(language)]
    return " ".join(names.get(key, key) for key in keys)


_OF_ENTRIES = frozenset(
    {
        Phrase.NO_PIN,
        Phrase.NO_CARD,
        Phrase.NO_PHONE,
        Phrase.NO_DATE_MONTH_FIRST,
        Phrase.NO_DATE_DAY_FIRST,
        Phrase.NO_TIME_12,
        Phrase.NO_TIME_24,
        Phrase.NO_AMOUNT,
        Phrase.HALF_OF_DAY,
        Phrase.CONFIRM_UNSPOKEN,
    }
)
"""Said by steps that ask for such an entry; those name them among their own texts."""


def fixed_phrases(language: str) -> Iterator[str]:
    """The texts that hold no value and may be said anywhere, for making their takes ahead."""
    for what, text in _TABLES[_short(language)].items():
        if "{" not in text and what not in _OF_ENTRIES:
            yield text
