"""The routes of the studio: its page, what the page asks, and what it is told.

Each handler lets the browser in (``guard``), asks, and answers with JSON; whatever cannot be is
``{"error": "one sentence"}``. Nothing is decided here. Routes are for ``server/app``.
"""

from __future__ import annotations

import asyncio
import logging
import mimetypes
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from ivr.server import forms
from ivr.server.gate import Refused
from ivr.server.house import House
from ivr.server.quietly import quietly
from ivr.server.studio.events import Event, News, Readers
from ivr.server.studio.guard import Guard, headers_for
from ivr.server.studio.login import Login
from ivr.server.studio.rehearsals import Rehearsal, Rehearsals, keep, yaml_of
from ivr.server.studio.shown import NO_TESTS, shown_graph, shown_set
from ivr.server.studio.trials import Trials, Tried, Wrong

PATH: Final = "/studio"
PAGE: Final = Path(__file__).parent / "page"
INDEX: Final = "index.html"
_FILE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,80}(?:/[A-Za-z0-9_-][A-Za-z0-9_.-]{0,80}){0,3}")
LOGIN_ASKED: Final = {"WWW-Authenticate": 'Basic realm="ivr studio", charset="UTF-8"'}

log = logging.getLogger(__name__)

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class StudioWishes:
    """Whether there is a studio, for which folder, and who may use it."""

    folder: Path
    """Where calls are kept as tests."""
    login: Login | None = None
    """On a real line."""
    rehearses: bool = False
    """The folder's tests are made whenever something is saved."""
    told: Callable[[Rehearsal], None] = field(default=lambda rehearsal: None)
    """Told of every run of the tests."""


class StudioDoor:
    """The studio of one server."""

    def __init__(self, wishes: StudioWishes, house: House, trials: Trials) -> None:
        self._wishes = wishes
        self._sets = house.sets
        self._guard = Guard(wishes.login)
        self._trials = trials
        self._readers = Readers()
        self._news = News()
        """Of flow sets."""
        self.rehearsals = (
            Rehearsals(wishes.folder, house.sets, self._news, wishes.told)
            if wishes.rehearses
            else None
        )
        house.sets.listen(self._news.tell)
        house.on_leaving(self._readers.close)

    def routes(self) -> list[BaseRoute]:
        """All of them."""
        call = PATH + "/calls/{sid}"
        return [
            Route(PATH, self._answered(self._redirect), methods=["GET"]),
            Route(PATH + "/", self._answered(self._page), methods=["GET"]),
            Route(PATH + "/page/{file:path}", self._answered(self._file), methods=["GET"]),
            Route(PATH + "/set", self._answered(self._set), methods=["GET"]),
            Route(PATH + "/graph/{flow}", self._answered(self._graph), methods=["GET"]),
            Route(PATH + "/events", self._answered(self._events), methods=["GET"]),
            Route(PATH + "/calls", self._answered(self._ring), methods=["POST"]),
            Route(call + "/events", self._answered(self._call_events), methods=["GET"]),
            Route(call + "/after", self._answered(self._after), methods=["POST"]),
            Route(call + "/hangup", self._answered(self._hang_up), methods=["POST"]),
            Route(call + "/test", self._answered(self._test), methods=["GET"]),
            Route(call + "/test", self._answered(self._keep), methods=["POST"]),
        ]

    def admits_stream(self, connection: HTTPConnection, stream_id: str) -> bool:
        """Whether a stream is the page's, for the media socket. Raises :class:`Refused`."""
        if not self._trials.owns(stream_id):
            return False
        self._guard.admit_page(connection)
        return True

    def _answered(self, handler: Handler) -> Handler:
        """A handler that is only asked by the studio's own page."""

        async def answer(request: Request) -> Response:
            try:
                host = await self._guard.admit(request)
            except Refused as refused:
                log.warning("refused the studio to %s: %s", request.scope["path"], refused)
                asked = LOGIN_ASKED if refused.status == 401 else {}
                return _json({"error": str(refused)}, refused.status, asked)
            try:
                response = await handler(request)
            except Wrong as wrong:
                response = _json({"error": str(wrong)}, wrong.status)
            except Refused as refused:
                response = _json({"error": str(refused)}, refused.status)
            for name, value in headers_for(host).items():
                response.headers[name] = value
            return response

        return answer

    # ----------------------------------------------------------------------- the page

    async def _redirect(self, request: Request) -> Response:
        return RedirectResponse(PATH + "/", 308)

    async def _page(self, request: Request) -> Response:
        return await _file(INDEX)

    async def _file(self, request: Request) -> Response:
        return await _file(request.path_params["file"])

    # ----------------------------------------------------------------------- the set

    async def _set(self, request: Request) -> Response:
        return _json(shown_set(self._sets, self._tests()))

    async def _graph(self, request: Request) -> Response:
        flow = request.path_params["flow"]
        language = request.query_params.get("language") or None
        return _json(await quietly(shown_graph, self._sets, flow, language))

    async def _events(self, request: Request) -> Response:
        """The set and its tests, now and whenever they change."""
        known: dict[str, bytes] = {}

        def fresh() -> list[Event]:
            tests = self._tests()
            events: list[Event] = []
            for name, data in (("set", shown_set(self._sets, tests)), ("tests", tests)):
                # A set is told again when it changes itself; its tests have an event of their own.
                written = msgspec.json.encode({**data, "tests": None} if name == "set" else data)
                if known.get(name) != written:
                    known[name] = written
                    events.append((name, data))
            return events

        return self._stream(self._readers.response(self._news, fresh))

    def _tests(self) -> Mapping[str, object]:
        return NO_TESTS if self.rehearsals is None else self.rehearsals.shown()

    # ----------------------------------------------------------------------- calls

    async def _ring(self, request: Request) -> Response:
        return _json(self._trials.ring(await _wishes(request)), 201)

    async def _call_events(self, request: Request) -> Response:
        tried = self._tried(request)
        return self._stream(self._readers.response(tried.news, tried.follower()))

    async def _after(self, request: Request) -> Response:
        tried = self._tried(request)
        return _json(await self._trials.after(tried, await _wishes(request)))

    async def _hang_up(self, request: Request) -> Response:
        tried = self._tried(request)
        await self._trials.hang_up(tried)
        return _json({"next": "over", "outcome": tried.outcome or ""})

    async def _test(self, request: Request) -> Response:
        return _json({"yaml": await asyncio.to_thread(yaml_of, self._tried(request))})

    async def _keep(self, request: Request) -> Response:
        tried, wishes = self._tried(request), await _wishes(request)
        name, edition = str(wishes.get("name") or ""), self._sets.now.edition
        return _json(await asyncio.to_thread(keep, self._wishes.folder, edition, tried, name))

    def _tried(self, request: Request) -> Tried:
        return self._trials.find(request.path_params["sid"])

    def _stream(self, response: Response | None) -> Response:
        if response is None:
            raise Wrong(503, "too many pages of the studio are open: close some")
        return response


async def _wishes(request: Request) -> Mapping[str, object]:
    """The JSON object of a request; :class:`Wrong` for anything else."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Wrong(415, "what is asked must be JSON")
    try:
        return msgspec.json.decode(await forms.read_body(request) or b"{}", type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Wrong(400, "what is asked must be one JSON object") from None


async def _file(name: str) -> Response:
    """A file of the page. Raises :class:`Wrong`."""
    path = PAGE / name
    if not _FILE.fullmatch(name) or not path.is_file():
        raise Wrong(404, "the page has no such file")
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Response(await asyncio.to_thread(path.read_bytes), media_type=kind)


def _json(data: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        msgspec.json.encode(data),
        status,
        headers=dict(headers or {}),
        media_type="application/json",
    )
