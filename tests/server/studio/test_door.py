"""The studio's routes over a real socket: a call from the page, and whom they refuse."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from yarl import URL

from ivr.server.studio.door import StudioWishes
from ivr.server.studio.login import Login, make_login
from tests.server.folder import Folder, watched
from tests.server.line import BOUND_S, Stream
from tests.server.studio.test_login import basic

TEST = "flow: main\n\ncalls:\n  says goodbye:\n    steps:\n      - presses: 2\n      - hears: {}\n"


class Page:
    """The studio's page, as a browser asks for it."""

    def __init__(self, folder: Folder, http: aiohttp.ClientSession) -> None:
        self.base = folder.line.base
        self.http = http

    async def ask(
        self, method: str, path: str, body: object = None, *, headers: Mapping[str, str] = {}
    ) -> tuple[int, Any]:
        given = {"Origin": self.base} if method == "POST" else {}
        async with (
            asyncio.timeout(BOUND_S),
            self.http.request(
                method, self.base + path, json=body, headers=given | dict(headers)
            ) as reply,
        ):
            return reply.status, json.loads(await reply.text())

    async def ring(self, **wishes: object) -> dict[str, Any]:
        status, told = await self.ask("POST", "/studio/calls", {"flow": "main", **wishes})
        assert status == 201, told
        answer: dict[str, Any] = told
        return answer

    @asynccontextmanager
    async def stream(self, told: Mapping[str, Any], **headers: str) -> AsyncGenerator[Stream, None]:
        """Open the media stream of a call, unsigned, as the page does."""
        given = {"Origin": self.base} | headers
        async with connect(
            self.base.replace("http", "ws") + told["media"],
            origin=given["Origin"],  # type: ignore[arg-type]
            compression=None,
            max_queue=None,
        ) as socket:
            stream = Stream(socket, told["call"])
            stream.sid = told["stream"]
            await stream.start(accountSid=told["account"])
            yield stream

    async def events(
        self, path: str, name: str, last: Callable[[Any], object]
    ) -> list[tuple[str, Any]]:
        """What is told, up to an event of this name of which that holds."""
        found: list[tuple[str, Any]] = []
        async with asyncio.timeout(BOUND_S), self.http.get(self.base + path) as reply:
            assert reply.headers["Content-Type"].startswith("text/event-stream")
            what = ""
            async for raw in reply.content:
                field, _, value = raw.decode().rstrip("\n").partition(": ")
                if field == "event":
                    what = value
                elif field == "data":
                    found.append((what, json.loads(value)))
                    if what == name and last(found[-1][1]):
                        return found
        return found


@asynccontextmanager
async def page(folder: Folder) -> AsyncGenerator[Page, None]:
    async with aiohttp.ClientSession() as http:
        yield Page(folder, http)


def test_a_call_from_the_page_leaves_comes_back_and_becomes_a_test(tmp_path: Path) -> None:
    async def story(folder: Folder) -> None:
        async with page(folder) as studio:
            told = await studio.ring(at="2026-03-02T09:30", **{"from": "+13125550143"})
            after = f"/studio/calls/{told['call']}/after"
            async with studio.stream(told) as stream:
                await stream.hear()
                await stream.press("1")
                assert await stream.until_closed() == 1000
            status, leg = await studio.ask("POST", after, {})
            assert (leg["next"], leg["kind"], leg["number"]) == ("leg", "transfer", "+13125550123")
            _, back = await studio.ask("POST", after, {"leg": "busy"})
            assert back["next"] == "connect"
            async with studio.stream(told | back) as stream:
                assert await stream.until_closed() == 1000
            _, over = await studio.ask("POST", after, {})
            assert over == {"next": "over", "outcome": "hangup"}
            events = f"/studio/calls/{told['call']}/events"
            entries = await studio.events(events, "entry", lambda entry: entry["what"] == "end")
            first, last = entries[0][1], entries[-1][1]
            assert first["what"] == "webhook"
            assert first["started_at"] == "2026-03-02T09:30:00+00:00"
            assert (last["what"], {name for name, _ in entries}) == ("end", {"entry"})
            test = f"/studio/calls/{told['call']}/test"
            _, text = await studio.ask("GET", test)
            assert "presses: 1" in text["yaml"]
            _, kept = await studio.ask("POST", test, {"name": "Desk: “busy”"})
            assert (kept["file"], kept["passed"]) == ("tests/desk-busy.test.yaml", True), kept
            assert '"Desk: “busy”":' in (folder.path / kept["file"]).read_text()
            status, again = await studio.ask("POST", test, {"name": "desk busy"})
            assert (status, "is there already" in again["error"]) == (409, True)

    with watched(tmp_path, studio=StudioWishes) as folder:
        asyncio.run(story(folder))


def test_what_is_saved_is_told_with_its_tests_and_the_refusal_of_the_next(tmp_path: Path) -> None:
    async def story(folder: Folder) -> None:
        (folder.path / "tests").mkdir()
        async with page(folder) as studio:
            (folder.path / "tests" / "main.test.yaml").write_text(TEST.format("Farewell"))
            told = await studio.events("/studio/events", "tests", lambda tests: tests["failed"])
            failed = told[-1][1]["failed"]
            assert told[0][0] == "set"
            assert [(each["name"], each["line"]) for each in failed] == [("says goodbye", 7)]
            folder.save("Goodbye.", "Farewell, all.")
            await studio.events("/studio/events", "tests", lambda tests: tests["passed"] == 1)
            folder.save("1: desk", "1: dsek")
            told = await studio.events("/studio/events", "set", lambda each: "refused" in each)
            shown = told[-1][1]
            assert (shown["number"], shown["ok"]) == (2, False)
            assert shown["refused"]["findings"][0]["step"] == "main"
            status, graph = await studio.ask("GET", "/studio/graph/main?language=en-US")
            assert status == 200
            assert {"main", "desk", "bye"} <= {node["step"] for node in graph["nodes"]}

    with watched(tmp_path, studio=lambda path: StudioWishes(path, rehearses=True)) as folder:
        asyncio.run(story(folder))


def test_only_the_page_itself_on_this_machine_is_answered(tmp_path: Path) -> None:
    async def story(folder: Folder) -> None:
        async with page(folder) as studio:
            evil = {"Origin": "https://evil.example"}
            for refused in (
                {"Host": "ivr.example.com"},
                {"Host": "rebound.example:80"},
                {"X-Forwarded-For": "203.0.113.9"},
                {"Sec-Fetch-Site": "same-site"},
                evil,
                {"Origin": "http://localhost:1"},
            ):
                status, told = await studio.ask("GET", "/studio/set", headers=refused)
                assert status == 403, refused
                assert "flows" not in told
            ring = studio.ask("POST", "/studio/calls", {"flow": "main"}, headers={"Origin": ""})
            assert (await ring)[0] == 403
            called = await studio.ring()
            with pytest.raises(InvalidStatus):
                async with studio.stream(called, **evil):
                    raise AssertionError("it must not open")
            async with studio.stream(called) as stream:
                await stream.hear()
                await stream.stop()
                await studio.ask("POST", f"/studio/calls/{called['call']}/hangup", {})
            async with studio.http.get(studio.base + "/studio/") as reply:
                assert reply.status == 200
                assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
            for path in ("../door.py", "%2e%2e/door.py", "..%2fdoor.py", ".%2f..%2fdoor.py", "no"):
                url = URL(studio.base + "/studio/page/" + path, encoded=True)
                async with studio.http.get(url) as reply:
                    assert reply.status == 404, path

    with watched(tmp_path, studio=StudioWishes) as folder:
        asyncio.run(story(folder))


def test_what_cannot_be_rung_is_said_in_a_sentence(tmp_path: Path) -> None:
    async def story(folder: Folder) -> None:
        async with page(folder) as studio:
            for wishes, status in (
                ({"flow": "other"}, 404),
                ({"flow": 7}, 422),
                ({"flow": "main", "language": "es-US"}, 422),
                ({"flow": "main", "from": "me & you"}, 422),
                ({"flow": "main", "to": "12"}, 422),
                ({"flow": "main", "at": "noon"}, 422),
                ([], 400),
            ):
                told = await studio.ask("POST", "/studio/calls", wishes)
                assert (told[0], list(told[1])) == (status, ["error"]), wishes
            for _ in range(8):
                await studio.ring()
            status, told = await studio.ask("POST", "/studio/calls", {"flow": "main"})
            assert (status, told["error"][:11]) == (429, "8 calls are")

    with watched(tmp_path, studio=StudioWishes) as folder:
        asyncio.run(story(folder))


def test_on_a_real_line_a_name_and_a_password_are_asked_for(tmp_path: Path) -> None:
    login = Login.parse(make_login("ada", "lovelace"))

    async def story(folder: Folder) -> None:
        async with page(folder) as studio:
            async with studio.http.get(studio.base + "/studio/") as reply:
                assert reply.status == 401
                assert reply.headers["WWW-Authenticate"].startswith("Basic ")
            right = basic("ada:lovelace")
            status, told = await studio.ask("GET", "/studio/set", headers={"Authorization": right})
            assert (status, told["tests"]["running"]) == (200, False)

    with watched(tmp_path, studio=lambda path: StudioWishes(path, login)) as folder:
        asyncio.run(story(folder))


def test_without_a_studio_there_is_nothing_of_it(tmp_path: Path) -> None:
    async def story(folder: Folder) -> None:
        async with page(folder) as studio, studio.http.get(studio.base + "/studio/") as reply:
            assert reply.status == 404

    with watched(tmp_path) as folder:
        asyncio.run(story(folder))
