"""What ``voicemail`` and ``record`` have in common: the tone, the recording, the review.

The text is heard to its end, or until the caller presses the end key; then the tone sounds. The end
key, silence or the longest time end the recording, and less than two seconds of it is ``empty``. A
caller who hangs up has left a message like any other. With ``review`` they may send it, record it
again or hear it. LANGUAGE.md §2.10.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ivr.flow import text
from ivr.flow.keys import KEYS
from ivr.flow.messages import KeepMessage, Noted, Playback, RecordMessage, StopRecording
from ivr.flow.model import Action, Destination
from ivr.flow.phrases import Phrase, phrase
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.source import Scalar
from ivr.flow.state import Wait, WaitFor
from ivr.flow.text import Template

if TYPE_CHECKING:
    from ivr.flow.machine import Run

MAX_MS = 180_000
SILENCE_MS = 5_000
LEAST_MS = 2_000
"""Less of it is no message."""
GRACE_MS = 30_000
"""Whoever records tells when it is over; later than this it is given up."""
REVIEW_MS = 8_000
REVIEWS_MAX = 3
"""Wrong keys or silences; then the message is kept as it is."""
OPTIONS = frozenset({"max", "silence", "beep", "end_key", "review"})
DONE, EMPTY, FAILED = "done", "empty", "failed"


@dataclass(frozen=True, slots=True)
class Limits:
    """How a recording begins and ends."""

    max_ms: int
    silence_ms: int
    beep: bool
    end_key: str
    review: bool


def load(reader: Reader, entry: MappingNode) -> Limits:
    """Read the options of a step."""
    longest, silence = entry.get("max"), entry.get("silence")
    beep, end_key, review = entry.get("beep"), entry.get("end_key"), entry.get("review")
    key = "#"
    if end_key is not None:
        names = {"pound": "#", "star": "*"}
        wanted = names.get(end_key.text, end_key.text) if isinstance(end_key, Scalar) else ""
        if wanted in KEYS:
            key = wanted
        else:
            reader.wrong_type(end_key, "one key: pound, star or a digit")
    return Limits(
        max_ms=reader.duration(longest, 2_000, 600_000, MAX_MS) if longest is not None else MAX_MS,
        silence_ms=(
            reader.duration(silence, 1_000, 60_000, SILENCE_MS)
            if silence is not None
            else SILENCE_MS
        ),
        beep=reader.flag(beep) if beep is not None else True,
        end_key=key,
        review=reader.flag(review) if review is not None else False,
    )


def own_texts(limits: Limits, language: str) -> Iterator[Template]:
    """What is said of a message that may be reviewed."""
    if limits.review:
        yield text.compile(text.escape(phrase(Phrase.REVIEW, language)))


# --------------------------------------------------------------------------- on the line


def begin(run: Run, limits: Limits, mailbox: str | None, *, transcribe: bool) -> None:
    """Begin to record."""
    command = RecordMessage(
        id=run.next_errand(),
        mailbox=mailbox,
        beep=limits.beep,
        max_ms=limits.max_ms,
        silence_ms=limits.silence_ms,
        least_ms=LEAST_MS,
        step=run.state.place.step,
        transcribe=transcribe,
        review=limits.review,
        flow=run.state.place.flow,
    )
    # Keys pressed before the tone were not meant for what is asked about the recording.
    run.state.typed = ""
    run.begin(command, "a recording", limits.max_ms + GRACE_MS, WaitFor.RECORDING)


def end(run: Run, wait: Wait) -> None:
    """The caller pressed the end key."""
    run.commands.append(StopRecording(wait.errand))


def hung_up(run: Run, wait: Wait) -> None:
    """The caller is gone: what they said is kept."""
    if wait.what is WaitFor.RECORDING:
        run.commands.append(StopRecording(wait.errand))
    run.commands.append(KeepMessage(wait.errand))


def keep(run: Run, wait: Wait) -> None:
    """The message goes to where it is kept, and is asked about no more."""
    run.commands.append(KeepMessage(wait.errand))
    if run.state.wait == wait:
        run.state.wait = None


# --------------------------------------------------------------------------- reviewing


def review(run: Run, wait: Wait) -> None:
    """Ask what is to be done with the message."""
    run.state.wait = Wait(
        WaitFor.CONFIRM, errand=wait.errand, since=run.state.said + 1, quiet_ms=REVIEW_MS
    )
    run.say_phrase(Phrase.REVIEW)


def review_again(run: Run, wait: Wait) -> None:
    """The same question once more; it is no try."""
    run.state.wait = replace(wait, until=None)
    run.say_phrase(Phrase.REVIEW)


def reviewed(run: Run, action: Action, key: str) -> bool:
    """What the caller pressed then; True: the message is kept, and the step goes on."""
    wait = run.state.wait
    assert wait is not None
    match key:
        case "1":
            run.note(Noted.CHOICE, key)
            return True
        case "2":
            run.note(Noted.CHOICE, key)
            run.state.wait = None  # entered again: the text, the tone, another recording
            return False
        case "3":
            run.note(Noted.CHOICE, key)
            run.say_parts((Playback(wait.errand),))
            run.state.wait = replace(wait, until=None)
            run.say_phrase(Phrase.REVIEW)
            return False
        case _ if run.take_anytime(key):
            left = run.state.wait is None or run.state.wait.errand != wait.errand
            if left:
                # Whoever goes elsewhere has left their message, as one who hangs up has.
                keep(run, wait)
            return False
        case _:
            return unreviewed(run)


def unreviewed(run: Run) -> bool:
    """A wrong key, or silence; after some of them the message is kept as it is."""
    wait = run.state.wait
    assert wait is not None
    if wait.tries + 1 >= REVIEWS_MAX:
        return True
    run.state.wait = replace(wait, tries=wait.tries + 1, until=None)
    run.say_phrase(Phrase.REVIEW)
    return False


def goodbye_or(run: Run, destination: Destination | None, outcome: str) -> None:
    """Go where it leads; without a word about it, goodbye."""
    if destination is None or not run.go(destination):
        run.say_goodbye(outcome)
