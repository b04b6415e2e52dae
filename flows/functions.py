"""What the flows of this folder may call with ``do``. How to write one: ivr/outside/README.md."""

from __future__ import annotations

from ivr.outside import function


@function
async def schedule_callback(number: str) -> None:
    """Note down that somebody is to be called back within the hour.

    A bank would put the number where its agents look; this one takes any and keeps none.
    """
