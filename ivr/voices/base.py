"""The contract of a voice: text in, 8 kHz mu-law out, as it is made.

A voice is one entry of settings.yaml. It outlives calls: its models, processes and sockets belong
to the application (``open`` … ``aclose``). A call takes a *line* of it when its webhook arrives, so
that whatever must be dialled is dialled before the caller can hear anything, and gives it back when
the call ends. Differences between vendors live in the vendor's file; there is no base class.
``tests/conformance/check_voice.py`` holds every voice to this text.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Protocol


class Line(Protocol):
    """One call's hold on a voice. Utterances are asked for one after the other or side by side."""

    def speak(
        self, text: str, *, language: str, before: str = "", after: str = ""
    ) -> AsyncGenerator[bytes, None]:
        """Yield the audio of ``text``: raw mu-law at 8 kHz, chunks of any size, none empty.

        ``before`` and ``after`` are the words around it, for voices that shape their tone by them.
        Closing the generator stops the work promptly. An empty or blank text yields nothing.
        Raises :class:`~ivr.errors.VoiceError` and nothing else.
        """
        ...

    def narrate(self, pieces: AsyncIterator[str], *, language: str) -> AsyncGenerator[bytes, None]:
        """Speak a text that arrives while it is spoken: a model's tokens, lines as they are typed.

        ``pieces`` may be cut anywhere; audio is yielded as by ``speak``, begun before the text has
        ended. Closing the generator stops the work and closes ``pieces``. Raises
        :class:`~ivr.errors.VoiceError` and nothing else of its own.
        """
        ...

    async def aclose(self) -> None:
        """Give the line back; running speech is stopped. May be called twice."""
        ...


class Voice(Protocol):
    """One voice of settings.yaml."""

    @property
    def key(self) -> str:
        """Everything that shapes the sound beside text and language; takes are kept under it."""
        ...

    def speaks(self, language: str) -> bool:
        """Whether it can say texts of this language (``en-US``)."""
        ...

    async def open(self) -> None:
        """Load, start or dial what every call will use. Called once, before the first call."""
        ...

    def lease(self, call: str, *, language: str | None = None) -> Line:
        """Take a line for a call; returns at once, dialling goes on in the background.

        ``language`` is that of the text to be said first, where it is known, so that what is
        dialled is the right thing. The line says texts of every other language too.
        """
        ...

    async def aclose(self) -> None:
        """Let go of everything. Called once, after the last call."""
        ...


@dataclass(frozen=True, slots=True)
class Report:
    """What a vendor says of a voice before a caller hears it; sentences without a full stop."""

    wrong: tuple[str, ...] = ()
    """What must be changed in the voice's options, each with the remedy."""
    shut_out: str | None = None
    """Why the vendor lets nobody in with this key."""
    unknown: str | None = None
    """Why some of it, or all, could not be asked: trouble that may be over in a moment."""
