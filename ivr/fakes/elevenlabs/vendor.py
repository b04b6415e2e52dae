"""The fake vendor as a server on loopback: routes, notes, errors as answers, start and end.

In a test: ``async with FakeVendor() as vendor``, or ``with FakeVendor().in_thread() as vendor``
where there is no loop. ``ivr vendor`` runs it for people.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Final

from aiohttp import web

from ivr.errors import SettingsError
from ivr.fakes.elevenlabs import http
from ivr.fakes.elevenlabs.catalogue import VOICES, Plan, Voice
from ivr.fakes.elevenlabs.conversation import Conversation
from ivr.fakes.elevenlabs.faults import Faults, Place
from ivr.fakes.elevenlabs.handshake import MULTI, SINGLE, talk
from ivr.fakes.elevenlabs.sound import Sound, Tone
from ivr.fakes.elevenlabs.speech import Lanes, Pace
from ivr.fakes.elevenlabs.wire import Invalid, Refusal
from ivr.fakes.elevenlabs.witness import Asked, Event, Violation, Witness, hidden
from ivr.fakes.elevenlabs.works import Account, Works

HOST: Final = "127.0.0.1"
KEY: Final = "fake-key"
SHUTDOWN_SECONDS: Final = 2.0
"""For answers that are being sent when the vendor closes."""
START_SECONDS_MAX: Final = 60.0
"""An embedded voice loads its model."""
REGION: Final = "fake-loopback"

_Answer = Callable[[web.Request, Asked, Mapping[str, str]], Awaitable[web.StreamResponse]]


class FakeVendor:
    """A fake ElevenLabs: all it is asked is in ``requests``, every slip in ``violations``."""

    def __init__(
        self,
        *,
        key: str = KEY,
        port: int = 0,
        voices: Iterable[Voice] = VOICES,
        plan: Plan | None = None,
        pace: Pace | None = None,
        sound: Sound | None = None,
        handshake_ms: float = 0,
        faults: Iterable[str] = (),
        second_ms: float = 1000,
        accepts_first: bool = False,
        odd_messages: bool = True,
        watch: Callable[[Asked, Event], None] | None = None,
    ) -> None:
        """Port 0: any free one. Without more it answers at once, in tones that spell the text.

        ``faults`` as :meth:`Faults.set` takes them; SettingsError for wrong ones. ``second_ms`` is
        how long a second of an inactivity timeout lasts. ``accepts_first``: a wrong key is told on
        an open socket instead of at the handshake. ``odd_messages``: some have no audio. ``watch``
        is called, in the vendor's thread, for each request, generation and violation.
        """
        plan = plan or Plan()
        self.key = key
        self.witness = Witness(watch)
        self.faults = Faults(faults, self.witness.changed)
        self.voices = tuple(voices)
        self._works = Works(
            account=Account(key, plan, self.voices),
            witness=self.witness,
            faults=self.faults,
            pace=pace or Pace(),
            sound=sound or Tone(),
            lanes=Lanes(plan.concurrency, plan.queue_ms),
            handshake_ms=handshake_ms,
            second_ms=second_ms,
            accepts_first=accepts_first,
            odd_messages=odd_messages,
        )
        self._port = port
        self._live: set[Conversation] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Where it answers: ``http://127.0.0.1:PORT``; the sockets are at the same address."""
        assert self._port, "the vendor is not open"
        return f"http://{HOST}:{self._port}"

    @property
    def voice(self) -> str:
        """The id of its first voice."""
        return self.voices[0].id

    @property
    def requests(self) -> Sequence[Asked]:
        """What it was asked, in order."""
        return self.witness.requests

    @property
    def sockets(self) -> Sequence[Asked]:
        """Those of ``requests`` that are sockets."""
        return self.witness.sockets

    @property
    def violations(self) -> Sequence[Violation]:
        """What clients did against the protocol, in order."""
        return self.witness.violations

    @property
    def characters_used(self) -> int:
        """What would be on the bill."""
        return self._works.account.characters_used

    def cut_sockets(self) -> None:
        """Reset all open sockets now, without a close frame. From any thread."""
        assert self._loop is not None, "the vendor is not open"
        for line in list(self._live):
            self._loop.call_soon_threadsafe(line.cut)

    async def __aenter__(self) -> FakeVendor:
        """Open. Raises SettingsError for a port or a voice that cannot be had."""
        self._loop = asyncio.get_running_loop()
        await self._works.sound.open()
        app = web.Application()
        app.add_routes(self._routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, self._port)
        try:
            await site.start()
        except OSError as error:
            await self._close()
            raise SettingsError(
                f"cannot listen on {HOST}:{self._port} ({error.strerror}): choose another --port"
            ) from None
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close everything; a fault of the fake itself is raised now."""
        await self._close()
        if self._works.bugs and error is None:
            raise self._works.bugs[0]

    @contextmanager
    def in_thread(self) -> Generator[FakeVendor, None, None]:
        """Run it in a thread with a loop of its own."""
        ready, leave = threading.Event(), threading.Event()
        failures: list[BaseException] = []

        async def run() -> None:
            async with self:
                ready.set()
                await asyncio.to_thread(leave.wait)

        def main() -> None:
            try:
                asyncio.run(run())
            except BaseException as error:
                failures.append(error)
            finally:
                ready.set()

        thread = threading.Thread(target=main, name="fake vendor", daemon=True)
        thread.start()
        try:
            if not ready.wait(START_SECONDS_MAX):
                raise TimeoutError("the fake vendor did not open")
            if not failures:
                yield self
        finally:
            leave.set()
            thread.join()
        if failures:
            raise failures[0]

    async def _close(self) -> None:
        self._works.closing.set()
        # Once the runner shuts down it reads nothing, and so would not see clients close.
        with suppress(TimeoutError):
            await self.witness.until(lambda: not self._live, SHUTDOWN_SECONDS)
        if self._runner is not None:
            await self._runner.cleanup()
        await self._works.sound.aclose()

    # --- routes

    def _routes(self) -> list[web.RouteDef]:
        speech = "/v1/text-to-speech/{voice}"
        return [
            web.get(f"{speech}/{SINGLE}", self._noted(SINGLE, self._socket)),
            web.get(f"{speech}/{MULTI}", self._noted(MULTI, self._socket)),
            *(
                web.post(speech + tail, self._noted("http", self._speech))
                for tail in ("", "/stream", "/with-timestamps", "/stream/with-timestamps")
            ),
            web.post("/v1/single-use-token/{kind}", self._noted("http", self._token)),
            web.get("/fake/faults", self._show_faults),
            web.put("/fake/faults/{setting}", self._set_fault),
            web.delete("/fake/faults", self._clear_faults),
            web.delete("/fake/faults/{name}", self._clear_faults),
            web.get("/fake/violations", self._show_violations),
            web.get("/v1/{rest:.*}", self._noted("http", self._listing)),
            web.route("*", "/{rest:.*}", self._noted("http", self._nothing)),
        ]

    def _noted(
        self, kind: str, answer: _Answer
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """A handler that is written down, and whose errors become the vendor's."""

        async def handle(request: web.Request) -> web.StreamResponse:
            asked = self._note(kind, request)
            headers = {"x-trace-id": asked.trace, "x-region": REGION}
            headers |= {} if asked.is_socket else {"request-id": secrets.token_hex(10)}
            try:
                response = await answer(request, asked, headers)
            except (Refusal, Invalid) as refusal:
                response = self._refused(refusal, asked, headers)
            except web.HTTPException:
                raise
            except Exception as bug:
                self._works.bugs.append(bug)
                raise
            asked.status = response.status
            if asked.ended_ms is None:
                asked.ended_ms = self.witness.now_ms
            self.witness.changed()
            return response

        return handle

    def _note(self, kind: str, request: web.Request) -> Asked:
        asked = Asked(
            number=len(self.witness.requests) + 1,
            kind=kind,
            method=request.method,
            path=request.path,
            query={name: str(value) for name, value in hidden(request.query).items()},
            headers={name.lower(): str(value) for name, value in hidden(request.headers).items()},
            at_ms=self.witness.now_ms,
            voice=request.match_info.get("voice"),
            trace=secrets.token_hex(16),
        )
        self.witness.note(asked)
        return asked

    def _refused(
        self, refusal: Refusal | Invalid, asked: Asked, headers: Mapping[str, str]
    ) -> web.Response:
        if isinstance(refusal, Invalid):
            return web.json_response(refusal.body(), status=422, headers=headers)
        place = Place(request=0 if asked.voice is None else self._works.number(asked))
        legacy = self.faults.strikes("legacy_errors", place) is not None
        body = refusal.body(headers.get("request-id", ""), legacy=legacy)
        return web.json_response(body, status=refusal.status, headers=headers)

    async def _socket(
        self, request: web.Request, asked: Asked, headers: Mapping[str, str]
    ) -> web.StreamResponse:
        return await talk(self._works, request, asked, headers, self._live)

    async def _speech(
        self, request: web.Request, asked: Asked, headers: Mapping[str, str]
    ) -> web.StreamResponse:
        return await http.Answering(self._works, request, asked, headers).answer()

    async def _listing(
        self, request: web.Request, asked: Asked, headers: Mapping[str, str]
    ) -> web.StreamResponse:
        self._check_key(request, asked)
        return web.json_response(http.listing(self._works, request.path), headers=headers)

    async def _token(
        self, request: web.Request, asked: Asked, headers: Mapping[str, str]
    ) -> web.StreamResponse:
        self._check_key(request, asked)
        made = http.token(self._works, request.match_info["kind"])
        return web.json_response(made, headers=headers)

    async def _nothing(
        self, request: web.Request, asked: Asked, headers: Mapping[str, str]
    ) -> web.StreamResponse:
        return web.json_response({"detail": "Not Found"}, status=404, headers=headers)

    def _check_key(self, request: web.Request, asked: Asked) -> None:
        http.check_key(
            self._works,
            request,
            lambda code, detail: self.witness.violation(asked, code, detail),
        )

    # --- for whoever runs it

    async def _show_faults(self, request: web.Request) -> web.Response:
        return web.json_response(self.faults.as_json())

    async def _set_fault(self, request: web.Request) -> web.Response:
        try:
            self.faults.set(request.match_info["setting"])
        except SettingsError as error:
            return web.json_response({"detail": str(error)}, status=400)
        return web.json_response(self.faults.as_json())

    async def _clear_faults(self, request: web.Request) -> web.Response:
        self.faults.clear(request.match_info.get("name"))
        return web.json_response(self.faults.as_json())

    async def _show_violations(self, request: web.Request) -> web.Response:
        return web.json_response([str(violation) for violation in self.violations])
