"""How prompts speak of keys and digits, in the languages the line has words for.

Tables and the patterns made of them; the rules about menus and entries read them. A language that
is not here is not judged by its words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ivr.flow.check.subject import VALUE, Subject, Text

_BEGINNING = 4
"""Characters of a verb that are looked for."""


@dataclass(frozen=True, slots=True)
class Press:
    """“press 3” in a text: which keys, and where it stands."""

    keys: tuple[str, ...]
    start: int
    end: int
    first: bool
    """The key comes first and what it is for after it: “press 1 for sales”."""


@dataclass(frozen=True, slots=True)
class Wording:
    """One language's words."""

    verbs: tuple[str, ...]
    """The beginnings of the words for pressing: few texts have one, and that is quickly seen."""
    press: re.Pattern[str]
    press_value: re.Pattern[str]
    key: re.Pattern[str]
    key_words: dict[str, str]
    digits_said: re.Pattern[str]
    number_words: dict[str, int]
    finish: re.Pattern[str]
    """How a prompt says that an entry is finished by a key, or when."""

    def presses(self, text: str) -> Iterator[Press]:
        """Every key a text tells callers to press, in order."""
        if not self._has_a_verb(text):
            return
        for found in self.press.finditer(text):
            keys = tuple(self._keys(found["keys"]))
            yield Press(keys, found.start(), found.end("keys"), found["purpose"] is not None)

    def _has_a_verb(self, text: str) -> bool:
        small = text.lower()
        for verb in self.verbs:  # noqa: SIM110 - asked of every text, and any() takes twice as long
            if verb in small:
                return True
        return False

    def presses_a_value(self, text: str) -> bool:
        """Whether a text tells callers to press what only the call will know."""
        return VALUE in text and self.press_value.search(text) is not None

    def mentions(self, text: str) -> set[str]:
        """Every key that is named in a text, however."""
        return set(self._keys(text))

    def digits(self, text: str) -> Iterator[tuple[int, int, int]]:
        """“eight digit”: the number, and where it stands."""
        for found in self.digits_said.finditer(text):
            word = found["number"].lower()
            number = int(word) if word.isdecimal() else self.number_words[word]
            yield number, found.start(), found.end()

    def _keys(self, text: str) -> Iterator[str]:
        before = ""
        for found in self.key.finditer(text):
            word = found["key"].lower()
            key = self.key_words.get(word, word)
            if found["to"] and len(before) == len(key) == 1 and (before + key).isdecimal():
                yield from map(str, range(int(before) + 1, int(key)))
            yield key
            before = key


def presses(subject: Subject, text: Text) -> tuple[Press, ...]:
    """Every key a text tells callers to press, in order; none where its language has no words."""
    words = wording(text.code)
    if words is None:
        return ()
    return subject.once((presses, id(text)), lambda: tuple(words.presses(text.words)))


def wording(code: str) -> Wording | None:
    """The words of a language like ``en-US``, or None."""
    return _WORDINGS.get(code.partition("-")[0])


def _wording(
    verbs: str,
    articles: str,
    between: str,
    through: str,
    purpose: str,
    keys: Sequence[str],
    names: dict[str, str],
    numbers: Sequence[str],
    digits: str,
    finish: str,
) -> Wording:
    key_words = {word: str(place) for place, word in enumerate(keys)} | names
    words = "|".join(sorted(key_words, key=len, reverse=True))
    # Keys said one by one, as in “dial 9 1 1”, are no choice of a menu.
    key = rf"(?:(?<![\d]\s)\d{{1,6}}(?!\s?\d|[.,:/]\d|\s*%)|(?:{words})(?!\s+(?:of|de|von|di)\b))\b"
    joint = rf"(?:\s*,\s*(?:{between}\s+)?|\s+(?:{between}|{through})\s+)"
    press = (
        rf"\b(?:{verbs})\s+(?:{articles})?(?P<keys>{key}(?:{joint}{key})*)"
        rf"(?P<purpose>\s+(?:{purpose})\b)?"
    )
    number_words = {word: place for place, word in enumerate(numbers) if word}
    number = "|".join(sorted(number_words, key=len, reverse=True))
    return Wording(
        verbs=tuple({verb.split("\\")[0].lower()[:_BEGINNING] for verb in verbs.split("|")}),
        press=re.compile(press, re.IGNORECASE),
        press_value=re.compile(rf"\b(?:{verbs})\s+(?:{articles})?{VALUE}", re.IGNORECASE),
        key=re.compile(rf"(?P<to>\b(?:{through})\s+)?\b(?P<key>{key})", re.IGNORECASE),
        key_words=key_words,
        digits_said=re.compile(rf"\b(?P<number>\d{{1,2}}|{number}){digits}", re.IGNORECASE),
        number_words=number_words,
        finish=re.compile(rf"\b(?:{'|'.join(names)}|{finish})\b", re.IGNORECASE),
    )


def _split(words: str) -> list[str]:
    return words.split()


_WORDINGS = {
    "en": _wording(
        verbs="press|pressing|push|touch",
        articles=r"(?:the\s+)?(?:key\s+|number\s+)?",
        between="or|and",
        through="to|through|thru",
        purpose="for|to",
        keys=_split("zero one two three four five six seven eight nine"),
        names={"star": "*", "asterisk": "*", "pound": "#", "hash": "#"},
        numbers=_split(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen "
            "fourteen fifteen sixteen seventeen eighteen nineteen twenty"
        ),
        digits=r"[\s-]+digits?\b",
        finish="when you (?:are|have) (?:done|finished)|then wait",
    ),
    "es": _wording(
        verbs="oprima|oprimir|oprimiendo|presione|presionar|pulse|pulsar|marque|marcar",
        articles=r"(?:el\s+|la\s+)?(?:tecla\s+|número\s+)?",
        between="o|u|y",
        through="al?|hasta",
        purpose="para",
        keys=_split("cero uno dos tres cuatro cinco seis siete ocho nueve"),
        names={"asterisco": "*", "estrella": "*", "numeral": "#", "almohadilla": "#", "gato": "#"},
        numbers=_split(
            "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce "
            "quince dieciséis diecisiete dieciocho diecinueve veinte"
        ),
        digits=r"\s+(?:dígitos?|cifras?|números)\b",
        finish="cuando termine|al terminar",
    ),
    "fr": _wording(
        verbs=r"appuyez\s+sur|appuyer\s+sur|tapez|faites|composez",
        articles=r"(?:le\s+|la\s+)?(?:touche\s+|chiffre\s+)?",
        between="ou|et",
        through="à",
        purpose="pour",
        keys=_split("zéro un deux trois quatre cinq six sept huit neuf"),
        names={"étoile": "*", "dièse": "#"},
        numbers=_split(
            "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze "
            "quinze seize dix-sept dix-huit dix-neuf vingt"
        ),
        digits=r"\s+chiffres?\b",
        finish="quand vous avez (?:fini|terminé)|pour terminer",
    ),
    "de": _wording(
        verbs=r"drücken\s+Sie|wählen\s+Sie",
        articles=r"(?:die\s+)?(?:Taste\s+)?",
        between="oder|und",
        through="bis",
        purpose="für|um",
        keys=_split("null eins zwei drei vier fünf sechs sieben acht neun"),
        names={"stern": "*", "raute": "#"},
        numbers=_split(
            "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn "
            "vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn zwanzig"
        ),
        digits=r"[\s-]*(?:stellige?[nrsm]?|Ziffern?|Stellen)\b",
        finish="wenn Sie fertig sind|zum Abschluss",
    ),
    "it": _wording(
        verbs="prema|premere|premete|premi|digiti|digitare",
        articles=r"(?:il\s+)?(?:tasto\s+|numero\s+)?",
        between="o|e",
        through="al?",
        purpose="per",
        keys=_split("zero uno due tre quattro cinque sei sette otto nove"),
        names={"asterisco": "*", "cancelletto": "#"},
        numbers=_split(
            "zero uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici "
            "quattordici quindici sedici diciassette diciotto diciannove venti"
        ),
        digits=r"\s+cifre\b",
        finish="quando ha finito|al termine",
    ),
}
