"""What the parts of a running server share: calls, flow sets, what is kept and sent.

Made by ``server/app`` and kept at ``app.state.house``, where ``server/run`` finds it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ivr.calls.archive import Archive
from ivr.calls.switchboard import Switchboard
from ivr.server.sets import Sets
from ivr.stores.post import Post


@dataclass(slots=True)
class House:
    """One running server."""

    switchboard: Switchboard
    sets: Sets
    archive: Archive
    post: Post
    leaving: bool = False
    """The process will end as soon as its calls have; it still answers whoever asks."""
    _listeners: list[Callable[[], None]] = field(default_factory=list)

    def on_leaving(self, listener: Callable[[], None]) -> None:
        """Tell when the process begins to leave."""
        self._listeners.append(listener)

    def leave(self) -> None:
        """The process leaves. Told again, it changes nothing."""
        self.leaving = True
        self.switchboard.move()
        while self._listeners:
            self._listeners.pop()()
