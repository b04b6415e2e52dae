"""The carrier that the tests play keeps to the contract of a link."""

from __future__ import annotations

import pytest

from ivr.calls.link import Link, LinkClosed
from tests.simulation.carrier import Carrier
from tests.virtual import run


def test_a_closed_link_says_so_again_and_again_and_takes_nothing() -> None:
    async def scene() -> None:
        carrier = Carrier()
        link: Link = carrier
        carrier.deliver("last words")
        await link.close()
        await link.close()
        assert await link.receive() == "last words"
        assert await link.receive() is None
        assert await link.receive() is None
        with pytest.raises(LinkClosed):
            await link.send("too late")

    run(scene())
