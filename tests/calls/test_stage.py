"""A stage knows how many calls are on it."""

from __future__ import annotations

from ivr.calls.errands import NOBODY
from ivr.calls.session import converse
from ivr.calls.stage import Stage
from ivr.calls.studio import Studio
from ivr.flow.model import FlowSet
from tests.virtual import run


def test_it_is_empty_until_a_call_comes_and_when_the_last_one_has_left() -> None:
    async def story() -> None:
        stage = Stage(FlowSet({}, {}, None, {}, {}, ""), Studio({}), converse, NOBODY)
        seen = [stage.empty.is_set()]
        for act in (stage.enter, stage.enter, stage.leave, stage.leave):
            act()
            seen.append(stage.empty.is_set())
        assert seen == [True, False, False, False, True]

    run(story())
