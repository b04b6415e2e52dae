"""Rules about menus: what is said of their choices, and which keys they take."""

from __future__ import annotations

from collections.abc import Iterator, Set

from ivr.flow.check.subject import Found, Role, Subject, Text
from ivr.flow.check.wording import presses, wording
from ivr.flow.model import Action, ClipItem, Destination, Prompt, Step
from ivr.flow.problems import Span
from ivr.flow.steps.menu import KEY_NAMES, key_name

CHOICES_MAX = 5
SHORT_WAIT_MS = 3_000


def too_many_choices(subject: Subject) -> Iterator[Found]:
    """More than five choices in a menu.

    Who hears the sixth has forgotten the second. Keys that work anytime are not counted.

    Wrong::

        menu: {1: a, 2: b, 3: c, 4: d, 5: e, 6: f}

    Right: the five most wanted, and a person for the rest.
    """
    for _, action, menu in subject.menus:
        own = [key for key in menu.choices if key not in subject.anytime]
        if len(own) > CHOICES_MAX:
            message = f"a menu of {len(own)} choices; callers keep {CHOICES_MAX} in mind"
            span = _key_span(subject, action, own[CHOICES_MAX])
            yield Found(message, span, "offer fewer, or make two menus of it")


def no_such_choice(subject: Subject) -> Iterator[Found]:
    """A prompt that says “press N” where the menu has no choice N.

    Looked for in every language, in digits and in words, in the question and in the texts after a
    miss. The caller would do as told and hear that it is wrong.

    Wrong::

        say: For hours, press 1. For a message, press 3.
        menu: {1: hours, 2: message}

    Right::

        say: For hours, press 1. For a message, press 2.
        menu: {1: hours, 2: message}
    """
    for step, action, menu in subject.menus:
        known = menu.choices.keys() | subject.anytime
        for text in _texts(subject, step, action):
            for press in presses(subject, text):
                for key in press.keys:
                    if key not in known:
                        name = key_name(key)
                        message = f"the prompt says “press {name}” but there is no choice {name}"
                        remedy = f"add  {name}: some_step  or change the prompt"
                        span = subject.page.words(text.item, text.code, press.start, press.end)
                        yield Found(message, span, remedy)


def choice_not_said(subject: Subject) -> Iterator[Found]:
    """A choice the prompt never mentions.

    Callers cannot press what nobody tells them of. Looked for in each language; a file may say
    anything, so a menu that plays one is not judged, nor one whose text was said before it.

    Wrong::

        say: For sales, press 1.
        menu: {1: sales, 2: support}

    Right::

        say: For sales, press 1. For support, press 2.
        menu: {1: sales, 2: support}
    """
    for step, action, menu in subject.menus:
        prompts = subject.question(step, action)
        if not prompts or any(isinstance(i, ClipItem) for p in prompts for i in p.items):
            continue
        unsaid: dict[str, list[str]] = {}
        wanted = {k for k, destination in menu.choices.items() if not _only_repeats(destination)}
        for code in subject.codes:
            said = _mentioned(subject, prompts, code, wanted)
            for key in menu.choices:
                if said is not None and key in wanted and key not in said:
                    unsaid.setdefault(key, []).append(code)
        for key, codes in unsaid.items():
            where = f" in {', '.join(codes)}" if len(subject.codes) > 1 else ""
            message = f"choice {key_name(key)} is never mentioned{where}"
            span = _key_span(subject, action, key)
            yield Found(message, span, f"say “press {key_name(key)}” in the prompt, or delete it")


def key_begins_key(subject: Subject) -> Iterator[Found]:
    """A key that is the beginning of another one.

    With ``1`` and ``12`` in one menu, whoever presses 1 waits for a second and a half, because
    a 2 might follow.

    Wrong::

        menu: {1: sales, 12: warehouse}

    Right::

        menu: {1: sales, 2: warehouse}
    """
    for _, action, menu in subject.menus:
        for key in menu.choices:
            longer = [other for other in menu.choices if other != key and other.startswith(key)]
            if longer:
                message = f"{key_name(key)} is the beginning of {longer[0]}, so it waits for more"
                span = _key_span(subject, action, key)
                yield Found(message, span, "give them keys that begin differently")


def hides_anytime(subject: Subject) -> Iterator[Found]:
    """A choice that hides a key which works anytime.

    Callers who have learnt that 0 leads to a person are led elsewhere by this one menu. The menu's
    own choice wins.

    Wrong::

        anytime: {0: operator}
        …
        menu: {0: opening_hours}

    Right: another key for this choice.
    """
    for _, action, menu in subject.menus:
        for key, destination in menu.choices.items():
            usual = subject.flow.anytime.get(key)
            if usual is not None and _targets(usual) != _targets(destination):
                target = usual[0].target
                message = f"{key_name(key)} leads to “{target}” anywhere else (anytime)"
                remedy = "use another key here"
                yield Found(message, _key_span(subject, action, key), remedy)


def tries_unhandled(subject: Subject) -> Iterator[Found]:
    """Nothing is said about what follows the last try.

    Without ``fail`` a caller who was silent or wrong three times hears a goodbye, and the call
    ends. A person is better.

    Wrong::

        menu: {1: sales}

    Right::

        menu: {1: sales}
        fail: operator
    """
    for _, action in subject.actions:
        kind = action.kind
        question = getattr(kind, "question", None)
        if kind is None or question is None or len(question.fail) == 2:
            continue
        missing = "" if not question.fail else f" ({next(iter(question.fail)).value} is named only)"
        message = f"after {question.tries} unsuccessful tries the call ends{missing}"
        span = subject.page.key(action.span, kind.kind)
        yield Found(message, span, "add  fail: step, best one that leads to a person")


def out_of_order(subject: Subject) -> Iterator[Found]:
    """The prompt names the keys in another order than that of the telephone, or skips some.

    Callers listen for the next number: 1, 2, 3. Anytime keys, 0, star, pound and texts in another
    language may come where they like.

    Wrong::

        say: For sales, press 2. For support, press 1.

    Right::

        say: For sales, press 1. For support, press 2.
    """
    for step, action, menu in subject.menus:
        if any(len(key) > 1 for key in menu.choices):
            continue
        for code in subject.codes:
            wanted = 1
            for text, key, start, end in _ordered(subject, step, action, code):
                if key == str(wanted):
                    wanted += 1
                    continue
                message = f"the prompt says {key} where {wanted} would be next"
                span = subject.page.words(text.item, text.code, start, end)
                yield Found(
                    message, span, "number the choices 1, 2, 3 … in the order they are said"
                )
                break


def key_before_purpose(subject: Subject) -> Iterator[Found]:
    """“Press 1 for sales” instead of “for sales, press 1”.

    Until they know what it is for, callers do not listen to the number, and then it is gone.

    Wrong::

        say: Press 1 for sales.

    Right::

        say: For sales, press 1.
    """
    for step, action, _ in subject.menus:
        for text in _texts(subject, step, action):
            for press in presses(subject, text):
                if press.first:
                    keys = " or ".join(press.keys)
                    span = subject.page.words(text.item, text.code, press.start, press.end)
                    message = f"“press {keys}” comes before what it is for"
                    yield Found(message, span, f"say  For …, press {keys}.")


def short_wait(subject: Subject) -> Iterator[Found]:
    """A time-out under three seconds.

    Who has to look for their glasses, takes the telephone from the ear to see the keys, or is
    helped by a relay service, needs more.

    Wrong::

        wait: 2s

    Right::

        wait: 5s
    """
    for _, action in subject.actions:
        question = getattr(action.kind, "question", None)
        if question is not None and question.wait_ms < SHORT_WAIT_MS:
            span = subject.page.value(action.span, "wait")
            message = f"callers have only {question.wait_ms / 1000:g} s to begin"
            yield Found(message, span, "leave it out, or write 3s or more")


# --------------------------------------------------------------------------- keys and texts


def _key_span(subject: Subject, action: Action, key: str) -> Span:
    names = [name for name, sign in KEY_NAMES.items() if sign == key]
    for written in (key, *names):
        span = subject.page.key(action.span, "menu", written)
        if span != action.span:
            return span
    return action.span


def _texts(subject: Subject, step: Step, action: Action) -> Iterator[Text]:
    """All that is said about a menu's choices, in all languages."""
    prompts = list(subject.question(step, action))
    prompts += [
        each.prompt
        for each in subject.spoken_by(action)
        if each.role in (Role.REPEAT, Role.REPROMPT)
    ]
    for prompt in prompts:
        yield from subject.texts_of(prompt)


def _mentioned(
    subject: Subject, prompts: tuple[Prompt, ...], code: str, wanted: Set[str]
) -> Set[str] | None:
    """Which of the wanted keys are named to callers of a language; None if that cannot be told.

    What is said under a condition, or to callers of another language, counts.
    """
    said: set[str] = set()
    heard = [t for p in prompts for t in subject.texts_of(p)]
    heard = [t for t in heard if t.code == subject.flow.language_of(t.item, code)]
    if not heard:
        return None
    for text in heard:
        words = wording(text.code)
        if words is None or words.presses_a_value(text.words):
            return None
        said.update(key for press in presses(subject, text) for key in press.keys)
    if not wanted <= said:
        # Named in another way than by “press”: each text is looked through for it.
        for text in heard:
            words = wording(text.code)
            said |= words.mentions(text.words) if words is not None else set()
    return said & wanted


def _ordered(
    subject: Subject, step: Step, action: Action, code: str
) -> Iterator[tuple[Text, str, int, int]]:
    """The keys from 1 to 9 in the order callers of a language hear them."""
    for prompt in subject.question(step, action):
        for text in subject.said_in(prompt, code):
            for press in () if text.item.language else presses(subject, text):
                for key in press.keys:
                    if key in "123456789" and key not in subject.anytime:
                        yield text, key, press.start, press.end


def _only_repeats(destination: Destination) -> bool:
    return _targets(destination) <= {"repeat", "back"}


def _targets(destination: Destination) -> set[str]:
    return {branch.target for branch in destination}
