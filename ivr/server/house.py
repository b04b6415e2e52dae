"""What the parts of a running server share: the switchboard, and whether the house is closing.

Made by ``server/app`` and kept at ``app.state.house``, where ``server/run`` finds it.
"""

from __future__ import annotations

from dataclasses import dataclass

from ivr.calls.switchboard import Switchboard


@dataclass(slots=True)
class House:
    """One running server."""

    switchboard: Switchboard
    leaving: bool = False
    """The process will end as soon as its calls have; it still answers whoever asks."""
