"""The server: start, end, threads, the switches by HTTP, and clean exits amid anything."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from typing import Any

import pytest

from ivr.errors import SettingsError
from ivr.fakes.elevenlabs import FakeVendor, audio_of
from tests.fakes.elevenlabs.clients import BOUND_S, MULTI, ask, close, dial, post, run, text


def test_it_listens_on_loopback_at_a_port_of_its_own() -> None:
    async def test() -> None:
        async with FakeVendor() as one, FakeVendor() as two:
            assert one.url.startswith("http://127.0.0.1:")
            assert one.url != two.url

    run(test())


def test_a_port_in_use_is_one_sentence() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor:
            port = int(vendor.url.rpartition(":")[2])
            with pytest.raises(SettingsError, match=rf"cannot listen on 127\.0\.0\.1:{port} "):
                async with FakeVendor(port=port):
                    pass

    run(test())


def test_a_wrong_fault_is_refused_before_anything_opens() -> None:
    with pytest.raises(SettingsError, match="no fault 'nope'"):
        FakeVendor(faults=["nope"])


def test_it_runs_in_a_thread_for_those_without_a_loop() -> None:
    with FakeVendor().in_thread() as vendor:
        request = urllib.request.Request(
            f"{vendor.url}/v1/text-to-speech/{vendor.voice}/stream?output_format=ulaw_8000",
            json.dumps({"text": "Hi."}).encode(),
            {"xi-api-key": vendor.key, "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=BOUND_S) as answer:
            assert answer.read() == audio_of("Hi.")
        vendor.witness.wait(lambda: vendor.requests[0].ended_ms is not None)


def test_a_thread_that_cannot_open_says_why() -> None:
    with FakeVendor().in_thread() as vendor:
        taken = FakeVendor(port=int(vendor.url.rpartition(":")[2]))
        with pytest.raises(SettingsError, match="cannot listen on"), taken.in_thread():
            pass


@pytest.mark.parametrize(
    "fault", ["handshake_timeout", "half_open", "stall:chunk=1", "slow_first_byte", "no_final"]
)
def test_it_closes_amid_every_silence(fault: str) -> None:
    async def test() -> None:
        async with asyncio.TaskGroup() as group, FakeVendor(faults=[fault]) as vendor:

            async def talk() -> None:
                try:
                    async with dial(vendor) as client:
                        await client.send(text("Hi. "), close())
                        await client.until_closed()
                except Exception:  # refused or cut: it depends on where it stood
                    return

            group.create_task(talk())
            await vendor.witness.until(lambda: bool(vendor.faults.struck(fault.partition(":")[0])))

    run(test())


def test_an_open_socket_is_told_that_the_vendor_goes_away() -> None:
    async def test() -> None:
        async with asyncio.TaskGroup() as group, FakeVendor() as vendor:
            ended: asyncio.Task[Any]
            opened = asyncio.Event()

            async def talk() -> int:
                async with dial(vendor) as client:
                    opened.set()
                    return (await client.until_closed())[1]

            ended = group.create_task(talk())
            await opened.wait()
        assert ended.result() == 1001

    run(test())


def test_open_sockets_can_be_cut_at_any_time() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor, dial(vendor) as one, dial(vendor, MULTI) as two:
            await one.send(text("Hi. "))
            await one.chunk()
            vendor.cut_sockets()
            assert [(await each.until_closed())[1] for each in (one, two)] == [1006, 1006]
            async with dial(vendor) as three:
                await three.round_trip()

    run(test())


def test_faults_are_switched_over_http_while_it_runs() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor:
            shown = await ask(vendor, "PUT", "/fake/faults/http_503:once")
            assert shown.json == {"http_503": {"when": "once", "struck": 0}}
            assert (await post(vendor)).status == 503
            assert (await ask(vendor, "GET", "/fake/faults")).json["http_503"]["struck"] == 1
            await ask(vendor, "PUT", "/fake/faults/http_500")
            assert (await ask(vendor, "DELETE", "/fake/faults/http_500")).json.keys() == {
                "http_503"
            }
            assert (await ask(vendor, "DELETE", "/fake/faults")).json == {}
            assert (await post(vendor)).status == 200
            wrong = await ask(vendor, "PUT", "/fake/faults/nope")
            assert wrong.status == 400
            assert "no fault 'nope'" in wrong.json["detail"]

    run(test())


def test_violations_can_be_read_over_http() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor:
            await post(vendor, colour="red")
            [said] = (await ask(vendor, "GET", "/fake/violations")).json
            assert said == "#1 a field the message does not have: colour"

    run(test())


def test_the_switches_are_not_among_the_requests() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor:
            await ask(vendor, "GET", "/fake/faults")
            assert vendor.requests == []

    run(test())


def test_a_fault_of_the_fake_itself_is_raised_when_it_closes() -> None:
    class Broken:
        async def open(self) -> None:
            pass

        def mouth(self, form: object) -> Any:
            raise ZeroDivisionError

        async def aclose(self) -> None:
            pass

    async def test() -> None:
        async with FakeVendor(sound=Broken()) as vendor:
            assert (await post(vendor)).status == 500

    with pytest.raises(ZeroDivisionError):
        run(test())
