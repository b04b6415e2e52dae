"""Servers on loopback for the checks of ``ivr doctor``: one that answers what a test says, and a
real line whose public address is where it listens."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from ivr.cli.asking import Asker
from ivr.flow.load import load
from ivr.server.app import create_app
from ivr.server.run import Server, listen
from ivr.settings import Settings
from tests.server.line import FLOWS, TOKEN

ANY_NUMBER = {**FLOWS, "numbers.yaml": "default: main\n"}
"""Flows that answer whatever number is called, those of the doctor too."""

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
BOUND_S = 10.0


@asynccontextmanager
async def site(answer: Answer, context: ssl.SSLContext | None = None) -> AsyncGenerator[str, None]:
    """Every request goes to ``answer``; yields the address, by the name localhost."""
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        scheme = "http" if context is None else "https"
        yield f"{scheme}://localhost:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def asking(seconds: float = BOUND_S) -> AsyncGenerator[Asker, None]:
    """Somebody to ask with."""
    async with aiohttp.ClientSession() as session:
        yield Asker(session, seconds)


def certificate(folder: Path, *, days: int = 30, name: str = "localhost") -> ssl.SSLContext:
    """A server's context with a certificate of its own making, in ``folder / 'cert.pem'``."""
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", *files]
    named = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-days", str(days)]
    try:
        subprocess.run(["openssl", "req", "-x509", *made, *named], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("no openssl here to make a certificate with")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


@contextmanager
def line(store: Path, *, unsigned: bool = False) -> Generator[str, None, None]:
    """A real line, signed for the address it is reached at; yields the address."""
    with listen("127.0.0.1", 0) as sock:
        port = sock.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    if unsigned:
        settings = Settings(unsigned=True, store=str(store))
    else:
        settings = Settings(public_url=url, twilio_tokens=(TOKEN,), store=str(store))
    flows = load(ANY_NUMBER).flows
    assert flows is not None
    server = Server(create_app(settings, flows, assets={}), port=port)
    server.start()
    try:
        yield url
    finally:
        server.stop()
