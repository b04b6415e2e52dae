"""The one-time ids under which streams are opened: issued for a call, claimed once, or withdrawn.

A stream's id stands in its address and is all that says which call a stranger at the door belongs
to, so nobody can guess one, none works twice, and how long a look-up takes tells nothing about
those that are there. The call's own id stands before it, so that a process which did not issue it
knows where to look. Whether a claim comes in time is the switchboard's to judge, which alone uses
this, and ``parking``, which writes down the digest.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

from ivr.calls.kept import Kept

STREAM_ID_BYTES: Final = 24
"""Of chance in each."""


class StreamIds:
    """Ids that were issued and not yet claimed."""

    __slots__ = ("_issued",)

    def __init__(self) -> None:
        self._issued: dict[bytes, Kept] = {}
        """By digest."""

    def __len__(self) -> int:
        return len(self._issued)

    def __contains__(self, stream_id: str) -> bool:
        return digest(stream_id) in self._issued

    def issue(self, kept: Kept) -> str:
        """A new id for a call; the one it had before does not work any more."""
        self.withdraw(kept)
        kept.stream_id = f"{kept.call.sid}.{secrets.token_urlsafe(STREAM_ID_BYTES)}"
        self._issued[digest(kept.stream_id)] = kept
        return kept.stream_id

    def claim(self, stream_id: str) -> Kept | None:
        """The call this id was issued for, once; None if it is unknown, used or withdrawn."""
        asked = digest(stream_id)
        kept = self._issued.get(asked)
        if kept is None or not hmac.compare_digest(digest(kept.stream_id), asked):
            return None
        del self._issued[asked]
        return kept

    def withdraw(self, kept: Kept) -> None:
        """The call's id, if it has one, does not work any more."""
        self._issued.pop(digest(kept.stream_id), None)


def call_of(stream_id: str) -> str:
    """The call an id says it is for."""
    return stream_id.partition(".")[0]


def digest(stream_id: str) -> bytes:
    """What is kept of an id."""
    return hashlib.sha256(stream_id.encode(errors="surrogatepass")).digest()
