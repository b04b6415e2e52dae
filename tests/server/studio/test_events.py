"""What is told while it happens."""

from __future__ import annotations

import asyncio

from ivr.server.studio.events import BEAT, BEAT_SECONDS, READERS_MAX, Event, News, Readers
from tests.virtual import pass_time, run


def test_a_reader_is_told_what_is_new_beats_between_and_nothing_after_the_last() -> None:
    async def story() -> None:
        readers, news, waiting = Readers(), News(), [("entry", 1)]

        def fresh() -> list[Event]:
            found: list[Event] = list(waiting)
            waiting.clear()
            return found

        response = readers.response(news, fresh)
        assert response is not None
        told = response.body_iterator.__aiter__()
        assert await anext(told) == b"event: entry\ndata: 1\n\n"
        assert await anext(told) == BEAT
        assert asyncio.get_running_loop().time() >= BEAT_SECONDS
        waiting.append(("entry", 2))
        news.end()
        assert [chunk async for chunk in told] == [b"event: entry\ndata: 2\n\n"]

    run(story())


def test_readers_are_limited_and_sent_away_when_the_process_leaves() -> None:
    async def story() -> None:
        readers, news = Readers(), News()
        ended = 0

        async def read() -> None:
            nonlocal ended
            response = readers.response(news, list)
            assert response is not None
            assert [chunk async for chunk in response.body_iterator] == []
            ended += 1

        async with asyncio.TaskGroup() as group:
            for _ in range(READERS_MAX):
                group.create_task(read())
            await pass_time(0.1)
            assert readers.response(news, list) is None
            readers.close()
        assert ended == READERS_MAX

    run(story())
