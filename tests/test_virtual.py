"""The virtual clock and its network: what they must make possible, and must never let pass."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from aiohttp import web

from tests.virtual import Deadlock, Endless, LeftBehind, pass_time, run


def test_nine_thousand_seconds_of_frames_pass_without_waiting() -> None:
    async def call() -> tuple[int, float]:
        frames = 0
        while asyncio.get_running_loop().time() < 9_000:
            await pass_time(0.5)
            frames += 1
        return frames, asyncio.get_running_loop().time()

    assert run(call()) == (18_000, 9_000.0)  # really waited for, this takes two and a half hours


def test_time_begins_at_zero_and_tenths_add_up_exactly() -> None:
    async def three_tenths() -> list[float]:
        seen = [asyncio.get_running_loop().time()]
        for _ in range(3):
            await pass_time(0.1)
            seen.append(asyncio.get_running_loop().time())
        return seen

    assert run(three_tenths()) == [0.0, 0.1, 0.2, 0.3]


def test_the_order_of_events_is_the_same_each_time() -> None:
    async def trace() -> list[str]:
        heard: list[str] = []

        async def speak(name: str, every: float) -> None:
            for number in range(5):
                await pass_time(every)
                heard.append(f"{name}{number}@{asyncio.get_running_loop().time():g}")

        async with asyncio.TaskGroup() as group:
            group.create_task(speak("a", 0.2))
            group.create_task(speak("b", 0.3))
            group.create_task(speak("c", 0.2))
        return heard

    first = run(trace())
    assert first[:5] == ["a0@0.2", "c0@0.2", "b0@0.3", "a1@0.4", "c1@0.4"]
    assert all(run(trace()) == first for _ in range(5))


def test_work_that_is_ready_comes_before_any_timer() -> None:
    async def busy_then_timer() -> list[str]:
        heard: list[str] = []
        asyncio.get_running_loop().call_later(0.001, heard.append, "timer")
        for _ in range(1_000):
            await pass_time(0)
        heard.append("work")
        await pass_time(1)
        return heard

    assert run(busy_then_timer()) == ["work", "timer"]


def test_timeouts_fire_at_their_time() -> None:
    async def waits_for_a_key() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await asyncio.Event().wait()
        return asyncio.get_running_loop().time()

    assert run(waits_for_a_key()) == 5.0


def test_a_deadlock_raises_and_says_who_waits_where() -> None:
    async def nobody_answers() -> None:
        await pass_time(2)
        await asyncio.Queue[int]().get()

    with pytest.raises(Deadlock, match=r"at 2 s nothing is ready .* in Queue\.get \(line \d+\)"):
        run(nobody_answers())


def test_a_deadlock_still_lets_every_task_clean_up() -> None:
    closed: list[str] = []

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            closed.append("closed")

    async def two_wait() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(waits())
            group.create_task(waits())

    with pytest.raises(Deadlock):
        run(two_wait())
    assert closed == ["closed", "closed"]


def test_a_task_that_is_left_is_reported_by_name() -> None:
    async def forgets() -> None:
        loop = asyncio.get_running_loop()
        forgotten.append(loop.create_task(pass_time(60), name="the forgotten one"))

    forgotten: list[asyncio.Task[None]] = []
    with pytest.raises(LeftBehind, match=r"the forgotten one in sleep"):
        run(forgets())
    assert forgotten[0].cancelled()


def test_an_error_nobody_looked_at_is_reported() -> None:
    def explode() -> None:
        raise ValueError("in a callback")

    async def goes_on() -> None:
        asyncio.get_running_loop().call_soon(explode)
        await pass_time(1)

    with pytest.raises(LeftBehind, match="in a callback"):
        run(goes_on())


def test_a_loop_without_end_is_stopped() -> None:
    async def spins() -> None:
        while True:
            await pass_time(0)

    with pytest.raises(Endless, match="still turning at 0 s"):
        run(spins(), turns_max=1_000)


def test_the_coroutines_own_error_comes_through() -> None:
    async def fails() -> None:
        await pass_time(1)
        raise LookupError("its own")

    with pytest.raises(LookupError, match="its own"):
        run(fails())


def test_virtual_time_is_never_waited_for_on_a_real_loop() -> None:
    with pytest.raises(AssertionError, match="virtual time only"):
        asyncio.run(pass_time(0))


# --------------------------------------------------------------------------- clients and servers


async def answered(port: int, words: bytes) -> bytes:
    """What a server of this loop answers, over a connection as any client makes it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(words)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def answers_late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    words = await reader.readline()
    await pass_time(3_600)
    writer.write(words.upper() * 100_000)
    writer.close()
    await writer.wait_closed()


def test_a_client_waits_an_hour_for_a_server_in_no_time() -> None:
    async def call() -> tuple[int, float]:
        server = await asyncio.start_server(answers_late, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with asyncio.timeout(3_601):
            answer = await answered(port, b"hello\n")
        server.close()
        assert set(answer.split()) == {b"HELLO"}
        return len(answer), asyncio.get_running_loop().time()

    assert run(call()) == (600_000, 3_600.0)


def test_a_server_that_is_closed_answers_nobody() -> None:
    async def call() -> None:
        server = await asyncio.start_server(answers_late, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        with pytest.raises(OSError, match=r"refused|Connect call failed"):
            await answered(port, b"hello\n")

    run(call())


def test_the_real_client_of_a_library_finds_the_server_too() -> None:
    async def hello(request: web.Request) -> web.Response:
        await pass_time(5)
        return web.Response(text="hello")

    async def call() -> tuple[str, float]:
        app = web.Application()
        app.router.add_get("/", hello)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        async with aiohttp.ClientSession() as session, session.get(f"http://{host}:{port}") as got:
            text = await got.text()
        await runner.cleanup()
        return text, asyncio.get_running_loop().time()

    text, seconds = run(call())
    assert (text, round(seconds)) == ("hello", 5)
