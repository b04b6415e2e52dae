"""One call's hold on the studio: its lines, and the speech that is made for it alone.

What a call's own speech says (a name, a balance) is kept here while the call lasts, so that a
question asked again is not paid for and waited for again, and nowhere else: it dies with the call.
No task is started here; that is the studio's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection
from dataclasses import dataclass, field

from ivr.prompts.takes import Sound
from ivr.voices.base import Line

BYTES_MAX = 4 * 1024 * 1024
"""Of one call's own speech: eight minutes."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a voice is asked to say; what it says of a caller is shown in no log."""

    voice: str
    """Its name in settings.yaml."""
    language: str
    text: str = field(repr=False)
    before: str = field(default="", repr=False)
    after: str = field(default="", repr=False)
    joined: bool = False
    """Its audio stands between other pieces, so its own silence is cut away."""


class Booth:
    """One call's hold on the studio."""

    __slots__ = ("ahead", "call", "lines", "made", "making", "narrations", "queued", "recordings")

    def __init__(self, call: str) -> None:
        self.call = call
        self.lines: dict[str, Line] = {}
        """By name of the voice; leased at first need."""
        self.made: dict[Request, Sound] = {}
        """Made or being made, the oldest first."""
        self.making: dict[Sound, asyncio.Task[None]] = {}
        self.ahead: set[Request] = set()
        """Made because they may be wanted next; nobody has asked for them yet."""
        self.queued: set[Request] = set()
        """Of those, the ones no voice was asked for yet."""
        self.narrations: dict[int, AsyncGenerator[str, None]] = {}
        """Text that is still coming, by its errand; taken by whoever speaks it."""
        self.recordings: dict[int, bytes] = {}
        """What the caller said, as raw mu-law, by its errand."""

    def find(self, request: Request) -> Sound | None:
        """The sound, if it is there or on its way; asked for now, it is no longer ahead.

        What another voice said is good for once: the next time its own may speak again.
        """
        if not self.has(request):
            return None
        self.ahead.discard(request)
        return self.made[request]

    def has(self, request: Request) -> bool:
        """Whether ``find`` would find it."""
        sound = self.made.get(request)
        if sound is None or sound.failure or request in self.queued:
            return False
        return not sound.falls or request in self.ahead

    def speaks_of(self, text: str) -> bool:
        """Whether anything that was made, or is being made, could be a piece of this text."""
        return any(request.text in text for request in self.made)

    def keep(self, request: Request, sound: Sound) -> None:
        """Keep a new sound, and let go of the oldest whole ones where there are too many."""
        self.made.pop(request, None)
        self.made[request] = sound
        size = sum(len(each.audio) for each in self.made.values())
        for old, each in list(self.made.items()):
            if size <= BYTES_MAX:
                break
            if each.complete and each is not sound:
                size -= len(each.audio)
                self._let_go(old)

    def unwanted(self, wanted: Collection[Request]) -> list[Sound]:
        """Sounds on their way that might have been next and no longer may."""
        gone = [request for request in self.ahead if request not in wanted]
        return [self.made[request] for request in gone if not self.made[request].complete]

    def forget(self, sound: Sound) -> None:
        """This one will not be whole."""
        for request, each in list(self.made.items()):
            if each is sound:
                self._let_go(request)

    def _let_go(self, request: Request) -> None:
        del self.made[request]
        self.ahead.discard(request)
        self.queued.discard(request)
