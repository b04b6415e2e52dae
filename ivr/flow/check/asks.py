"""Rules about asking for entries."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.check.subject import Found, Subject
from ivr.flow.check.wording import Wording, wording
from ivr.flow.model import ClipItem
from ivr.flow.steps.ask import Ask
from ivr.flow.steps.entries.amounts import Money, Number
from ivr.flow.steps.entries.digits import Pin
from ivr.flow.steps.entries.moments import Date, Time
from ivr.flow.steps.entries.phone import Phone
from ivr.flow.steps.entries.yes_no import NO, YES, YesNo


def wrong_digits_said(subject: Subject) -> Iterator[Found]:
    """The number of digits that is said is not the number of ``digits:``.

    Wrong::

        say: Please enter your eight digit number.
        ask: number
        digits: 7

    Right::

        digits: 8
    """
    for _, action, ask in subject.asks:
        for each in subject.spoken_by(action):
            for text in subject.texts_of(each.prompt):
                words = wording(text.code)
                for number, start, end in words.digits(text.words) if words else ():
                    if not ask.entry.may_say(number):
                        message = f"the prompt says {number} digits, and the step takes "
                        remedy = f"say so, or write  digits: {number}"
                        if ask.entry.name not in ("digits", "pin", "card"):
                            remedy = "say so"
                        span = subject.page.words(text.item, text.code, start, end)
                        yield Found(message + ask.entry.wanted, span, remedy)


def length_not_said(subject: Subject) -> Iterator[Found]:
    """A prompt that does not say how many digits are wanted, or how to finish.

    Callers stop in the middle and wait, or wait at the end. Of a PIN nothing needs to be said,
    because who listens learns from it; a telephone number's length everybody knows. A question of
    yes or no must say both keys.

    Wrong::

        say: Your account number?
        ask: account
        digits: 4-10

    Right::

        say: Please enter your account number, then press pound.
    """
    for step, action, ask in subject.asks:
        prompts = subject.question(step, action)
        if not prompts or any(isinstance(i, ClipItem) for p in prompts for i in p.items):
            continue
        for code in subject.codes:
            texts = [text for prompt in prompts for text in subject.said_in(prompt, code)]
            words = wording(code)
            if words is None or any(wording(text.code) is not words for text in texts):
                continue
            unsaid = _unsaid(ask, " ".join(text.words for text in texts), words)
            if unsaid is not None:
                what, remedy = unsaid
                message = f"the prompt does not say {what}, in {code}"
                yield Found(message, prompts[-1].span, remedy)
                break


def _unsaid(ask: Ask, said: str, words: Wording) -> tuple[str, str] | None:
    """What the prompt leaves out, and a remedy."""
    numbered = any(True for _ in words.digits(said))
    finished = words.finish.search(said) is not None
    how_many, how_to_finish = "how many digits are wanted", "how to finish the entry"
    press_pound = "say “then press pound”"
    match ask.entry:
        case YesNo():
            told = {YES, NO} <= words.mentions(said)
            return None if told else ("which keys are yes and no", "say which is 1, and which 2")
        case Phone():
            return None
        case Date() | Time() if not numbered:
            return how_many, "say “two digits for the …”, for each of its parts"
        case Money() if not numbered and not finished:
            return how_to_finish, f"{press_pound}, and how to key the cents"
        case Number(wanted="up to 1") | Pin() | Date() | Time() | Money():
            return None
        case entry if numbered:
            return None
        case entry if entry.wanted.isdecimal():
            return how_many, f"say “{entry.wanted} digits”"
        case _:
            return None if finished else (how_to_finish, press_pound)
