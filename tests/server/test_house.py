"""A house that is being left."""

from __future__ import annotations

from typing import Any, cast

from ivr.server.house import House


class Board:
    """A switchboard, as far as leaving is concerned."""

    def move(self) -> None:
        """Its calls go on elsewhere."""


def test_whoever_wants_to_know_is_told_once_that_the_process_leaves() -> None:
    told: list[bool] = []
    house = House(*cast("Any", [Board(), None, None, None]))
    house.on_leaving(lambda: told.append(house.leaving))
    house.leave()
    house.leave()
    assert told == [True]
