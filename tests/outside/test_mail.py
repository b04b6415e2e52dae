"""Letters, handed to real SMTP servers on loopback: plain, encrypted, out of order."""

from __future__ import annotations

import asyncio
import contextlib
import email
import ssl
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from ivr.outside.mail import (
    KIND,
    LETTER_BYTES_MAX,
    Attachment,
    Mail,
    SmtpServer,
    check_address,
    letter,
    smtp_server,
)
from ivr.outside.parcels import Delivery, Hopeless, Parcel, Retry, Sent
from ivr.stores.post import Post
from ivr.stores.sqlite import SqliteStore
from tests.cli.web import certificate

SOUND = Attachment("message.wav", "audio/wav", bytes(range(256)) * 4)
BOUND_S = 20


@dataclass
class Postmaster:
    """Takes letters on a free port of this machine, or says why not."""

    refuses: str | None = None
    """The answer to a letter."""
    password: str | None = None
    got: list[EmailMessage] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    port: int = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.refuses is not None:
            return self.refuses
        assert isinstance(envelope.content, bytes)
        message = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.got.append(message)
        assert server.transport is not None
        self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("nobody"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    def _let_in(self, *asked: Any) -> AuthResult:
        login = asked[-1]
        right = (login.login, login.password) == (b"ivr", b"p@ss/word")
        return AuthResult(success=right, handled=False)

    @contextlib.asynccontextmanager
    async def open(
        self, *, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None
    ) -> AsyncGenerator[Postmaster, None]:
        login: dict[str, Any] = {
            "authenticator": self._let_in,
            "auth_required": True,
            "auth_require_tls": tls is None,
        }
        options = login if self.password else {}

        def answer() -> SMTP:
            return SMTP(self, hostname="localhost", tls_context=starttls, **options)

        loop = asyncio.get_running_loop()
        server = await loop.create_server(answer, "127.0.0.1", 0, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            await server.wait_closed()


def parcel(to: str = "desk@example.com", subject: str = "A message") -> Parcel:
    payload = letter(to, subject, "Somebody called. Él llamó.\n", [SOUND])
    return Parcel("CA1", "mail 1", KIND, payload, "msg_1")


def sent(
    master: Postmaster,
    parcel: Parcel,
    *,
    scheme: str = "smtp",
    login: str = "",
    trusts: ssl.SSLContext | None = None,
    host: str = "127.0.0.1",
    **servers: ssl.SSLContext,
) -> Delivery:
    async def story() -> Delivery:
        async with asyncio.timeout(BOUND_S), master.open(**servers):
            server = smtp_server(f"{scheme}://{login}{host}:{master.port}")
            return await Mail(server, "ivr@example.org", tls=trusts).send(parcel)

    return asyncio.run(story())


def test_a_letter_arrives_with_its_attachment() -> None:
    master = Postmaster()
    assert sent(master, parcel(subject="Un mensaje de voz de Ana Gómez, 14 s")) == Sent()
    (got,) = master.got
    assert (got["From"], got["To"]) == ("ivr@example.org", "desk@example.com")
    assert got["Subject"] == "Un mensaje de voz de Ana Gómez, 14 s"
    assert (got["Message-ID"], got["Auto-Submitted"]) == ("<msg_1@example.org>", "auto-generated")
    text = got.get_body()
    assert text is not None
    assert text.get_content().splitlines() == ["Somebody called. Él llamó."]
    (sound,) = got.iter_attachments()
    assert (sound.get_filename(), sound.get_content_type()) == ("message.wav", "audio/wav")
    assert sound.get_content() == SOUND.data


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # it has TLS
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_letter_is_encrypted_and_the_server_proves_who_it_is(scheme: str, tmp_path: Path) -> None:
    ours = certificate(tmp_path)
    trusts = ssl.create_default_context(cafile=tmp_path / "cert.pem")
    servers = {"tls": ours} if scheme == "smtps" else {"starttls": ours}
    master = Postmaster(password="p@ss/word")
    how: dict[str, Any] = {"scheme": scheme, "host": "localhost", **servers}
    login = "ivr:p%40ss%2Fword@"
    assert sent(master, parcel(), login=login, trusts=trusts, **how) == Sent()
    assert master.encrypted == [True]
    for wrong in (
        sent(master, parcel(), login="ivr:wrong@", trusts=trusts, **how),
        sent(master, parcel(), login=login, **how),
    ):
        assert isinstance(wrong, Retry), "what is set wrong here can be set right"
    assert len(master.got) == 1


@pytest.mark.parametrize(
    ("refuses", "to", "expected"),
    [
        ("451 come back later", "desk@example.com", Retry("127.0.0.1 refused the letter (451)")),
        ("552 too big", "desk@example.com", Hopeless("127.0.0.1 refused the letter (552)")),
        (None, "nobody@example.com", Hopeless("127.0.0.1 refused the receiver (550)")),
    ],
)
def test_what_a_refusal_means(refuses: str | None, to: str, expected: Delivery) -> None:
    assert sent(Postmaster(refuses), parcel(to)) == expected


def test_a_server_that_is_down_or_that_nobody_named() -> None:
    down = asyncio.run(Mail(SmtpServer("127.0.0.1", 1, False), "a@b.example").send(parcel()))
    assert isinstance(down, Retry)
    assert "127.0.0.1:1 took no letter (Connection refused)" in down.problem
    nobody = asyncio.run(Mail(None, "").send(parcel()))
    assert isinstance(nobody, Hopeless)
    assert "set IVR_SMTP_URL" in nobody.problem
    broken = Parcel("CA1", "mail", KIND, b"{}")
    said = asyncio.run(Mail(SmtpServer("127.0.0.1", 1, False), "a@b.example").send(broken))
    assert isinstance(said, Hopeless)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.com", SmtpServer("mail.example.com", 587, False)),
        (
            "smtps://a%40b:c%2Fd@mail.example.com:4650/",
            SmtpServer("mail.example.com", 4650, True, "a@b", "c/d"),
        ),
    ],
)
def test_a_server_is_named_by_an_address(url: str, server: SmtpServer) -> None:
    assert smtp_server(url) == server
    assert "c/d" not in repr(server)


@pytest.mark.parametrize(
    "url",
    ["mail.example.com", "http://x", "smtp://", "smtp://h:99999", "smtp://user@h", "smtp://h/path"],
)
def test_what_names_no_server_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"it|something|belong"):
        smtp_server(url)


@pytest.mark.parametrize("text", ["", "desk", "a@", "a@b c", "a@b\r\nBcc: x@y", "Ana <a@b>", "@"])
def test_what_is_no_address_gets_no_letter(text: str) -> None:
    for read in (check_address, lambda each: letter(each, "s", "t")):
        with pytest.raises(ValueError, match="no address for mail"):
            read(text)


def test_a_letter_no_server_would_take_is_refused_before_it_is_kept() -> None:
    with pytest.raises(ValueError, match="one line"):
        letter("a@b.example", "one\nBcc: all", "t")
    with pytest.raises(ValueError, match="at most 20 MB"):
        letter("a@b.example", "s", "t", [Attachment("a", "a/b", bytes(LETTER_BYTES_MAX))])
    assert check_address("front.desk+x@example.com") == "front.desk+x@example.com"


def test_a_letter_waits_for_a_server_that_is_down_and_arrives_once() -> None:
    now = [datetime(2026, 11, 23, tzinfo=UTC)]
    tried = asyncio.Event()

    async def story() -> None:
        master, down = Postmaster(), smtp_server("smtp://127.0.0.1:1")
        desk = [Mail(down, "ivr@example.org")]

        async def send(parcel: Parcel) -> Delivery:
            delivery = await desk[0].send(parcel)
            tried.set()
            return delivery

        async with (
            asyncio.timeout(BOUND_S),
            SqliteStore(None, wall_clock=lambda: now[0]) as store,
            master.open(),
            asyncio.TaskGroup() as group,
        ):
            post = Post(store.outbox, {KIND: send}, wall_clock=lambda: now[0])
            running = group.create_task(post.run())
            assert await post.put(parcel())
            await tried.wait()
            desk[0] = Mail(smtp_server(f"smtp://127.0.0.1:{master.port}"), "ivr@example.org")
            tried.clear()
            now[0] += timedelta(seconds=10)
            post.wake(KIND)
            await tried.wait()
            await post.aclose()
            running.cancel()
            assert len(master.got) == 1
            assert await store.outbox.count() == (0, 0)

    asyncio.run(story())
