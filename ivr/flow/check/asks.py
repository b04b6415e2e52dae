"""Rules about asking for digits."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.check.subject import Found, Subject
from ivr.flow.check.wording import wording
from ivr.flow.model import ClipItem


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
                    if not ask.shortest <= number <= ask.longest:
                        wanted = str(ask.shortest)
                        if ask.longest != ask.shortest:
                            wanted += f"-{ask.longest}"
                        message = f"the prompt says {number} digits, and the step takes {wanted}"
                        span = subject.page.words(text.item, text.code, start, end)
                        yield Found(message, span, f"say so, or write  digits: {number}")


def length_not_said(subject: Subject) -> Iterator[Found]:
    """A prompt that does not say how many digits are wanted, or how to finish.

    Callers stop in the middle and wait, or wait at the end.

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
            numbered = any(True for text in texts for _ in words.digits(text.words))
            finish = any(words.finish.search(text.words) for text in texts)
            fixed = ask.shortest == ask.longest
            if numbered or (finish and not fixed):
                continue
            message = f"the prompt does not say how many digits are wanted, in {code}"
            remedy = f"say “{ask.longest} digits”"
            if not fixed:
                message = f"the prompt does not say how to finish the entry, in {code}"
                remedy = "say “then press pound”"
            yield Found(message, prompts[-1].span, remedy)
            break
