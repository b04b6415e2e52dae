"""Every error this package raises on purpose, by whose fault it is.

IvrError
├── FlowError       the author's: the flows do not load; carries every problem found
├── SettingsError   the operator's: a variable, file, port or key; one sentence with the remedy
├── BadMessage      the carrier's: bytes that are no message of its protocol
└── VoiceError      the vendor's: speech that did not come; says whether asking again may help

A bug of ours is an assertion or any other exception, never one of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ivr.flow.problems import Problem


class IvrError(Exception):
    """The root of the tree; never raised itself."""


class FlowError(IvrError):
    """The flow set cannot be used; ``problems`` holds everything that was found, in file order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"{len(self.problems)} problems in the flows")


class SettingsError(IvrError):
    """Something the operator set, or did not set; the text is one sentence with its remedy."""


class BadMessage(IvrError):
    """Bytes from the carrier that are no message of its protocol; counted and ignored."""


class VoiceError(IvrError):
    """Speech that did not come, or not to its end.

    ``retryable`` says whether asking again may help. ``spoken`` is how many characters of the text
    the audio that did come covers, where the vendor told; None where nobody knows.
    """

    def __init__(self, message: str, *, retryable: bool, spoken: int | None = None) -> None:
        self.retryable = retryable
        self.spoken = spoken
        super().__init__(message)
