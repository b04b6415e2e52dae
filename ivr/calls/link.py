"""The open connection to the carrier, as a call sees it: text in, text out, closed or not.

Only the contract is here. The server makes links out of sockets, tests make them out of memory;
what the texts mean is the business of ``carriers``. Used by ``session`` alone.
"""

from __future__ import annotations

from typing import Protocol


class LinkClosed(Exception):
    """The link is gone: nothing sent from here on reaches the carrier."""


class Link(Protocol):
    """One connection: one stream of one call."""

    async def receive(self) -> str | bytes | None:
        """The next message, or None (again and again) once the link is closed. Never raises."""
        ...

    def say(self, text: str) -> bool:
        """Hand a message to the connection if there is room for it now.

        False if there is none, or nobody there: then ``send`` waits, or tells. Never raises.
        """
        ...

    async def send(self, text: str) -> None:
        """Hand a message to the connection; waits while the connection is full.

        Must not suspend while there is room, so that a ``clear`` and the frame after it leave in
        one turn of the event loop. Raises :class:`LinkClosed`.
        """
        ...

    def hear(self, wanted: bool) -> None:
        """Whether the caller's audio is wanted from now on; until then it may be dropped.

        What is under way in either direction may still come, or not. Never raises.
        """
        ...

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close it; may be called twice, and after the other side closed. Never raises."""
        ...
