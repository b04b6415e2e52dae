"""Mail: letters with attachments, handed to one SMTP server.

A letter is a parcel (:func:`letter` makes its payload), kept in the outbox until the server took it
(:meth:`Mail.send`). The server is named by one address, ``smtp://user:password@host:587`` (turned
into TLS by STARTTLS, which is required unless the server is this machine) or
``smtps://user:password@host:465``. ``smtplib`` does the talking, in a thread, each try over a
connection of its own. ``Message-ID`` is the same in every try, so that a letter that comes twice
can be told from two letters. Made by the composition root.
"""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from typing import Final
from urllib.parse import unquote, urlsplit

import msgspec

from ivr.outside.address import is_loopback
from ivr.outside.parcels import Delivery, Hopeless, Parcel, Retry, Sent

KIND: Final = "mail"
SECONDS_MAX: Final = 20
"""For each thing the server is asked."""
PORTS: Final = {"smtp": 587, "smtps": 465}
LETTER_BYTES_MAX: Final = 20 << 20
"""Most servers take 25 MB, and base64 makes three bytes four."""


class Attachment(msgspec.Struct, frozen=True):
    """A file that goes along."""

    name: str
    type: str
    """``audio/wav``."""
    data: bytes


class _Letter(msgspec.Struct):
    """A parcel's payload."""

    to: str
    subject: str
    text: str
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Who takes letters."""

    host: str
    port: int
    encrypted: bool
    """From the first byte on; else by STARTTLS."""
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def letter(to: str, subject: str, text: str, attachments: Sequence[Attachment] = ()) -> bytes:
    """The payload of a letter's parcel, whose kind is :data:`KIND`.

    Raises ``ValueError`` for what no server would take: a line break in the subject or the address,
    more than :data:`LETTER_BYTES_MAX`.
    """
    _address(to)
    if any(c in subject for c in "\r\n"):
        raise ValueError("a subject is one line")
    if sum(len(each.data) for each in attachments) + len(text) > LETTER_BYTES_MAX:
        raise ValueError(f"a letter has at most {LETTER_BYTES_MAX >> 20} MB")
    return msgspec.json.encode(_Letter(to, subject, text, tuple(attachments)))


def smtp_server(url: str) -> SmtpServer:
    """The server an address names. Raises ``ValueError`` with what is wrong, without the address,
    in which there may be a password."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("it is not an address") from None
    if parts.scheme not in PORTS or not host:
        raise ValueError("it does not begin with smtp:// or smtps:// and a host")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("something follows the host and the port")
    user = None if parts.username is None else unquote(parts.username)
    password = None if parts.password is None else unquote(parts.password)
    if (user is None) != (password is None):
        raise ValueError("a user name and a password belong together")
    return SmtpServer(host, port or PORTS[parts.scheme], parts.scheme == "smtps", user, password)


def check_address(text: str) -> str:
    """A sender's or receiver's address as it may stand in a letter; raises ``ValueError``."""
    return _address(text).addr_spec


class Mail:
    """Hands letters to a server."""

    def __init__(
        self, server: SmtpServer | None, sender: str, *, tls: ssl.SSLContext | None = None
    ) -> None:
        """``sender`` is the address letters come from. Without a server every letter is stuck.

        ``tls`` is whose certificates are trusted; None: those the machine trusts.
        """
        self._server = server
        self._sender = sender
        self._tls = tls

    async def send(self, parcel: Parcel) -> Delivery:
        """Try once to hand a letter over; raises nothing but cancellation."""
        if self._server is None:
            return Hopeless("there is no mail server: set IVR_SMTP_URL and IVR_MAIL_FROM")
        try:
            written = msgspec.json.decode(parcel.payload, type=_Letter)
            message = _message(written, self._sender, parcel.id)
        except ValueError as error:
            return Hopeless(f"it is no letter: {error}")
        return await asyncio.to_thread(self._hand_over, self._server, message)

    def _hand_over(self, server: SmtpServer, message: EmailMessage) -> Delivery:
        try:
            with self._connected(server) as connection:
                connection.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code = max(code for code, _ in error.recipients.values())
            return _refused(server, code, "the receiver")
        except smtplib.SMTPAuthenticationError as error:
            # A password that is changed here helps the next try.
            return Retry(
                f"{server.host} lets this user name and password not in ({error.smtp_code})"
            )
        except smtplib.SMTPNotSupportedError:
            return Retry(f"{server.host} offers no encryption, or nobody may sign in there")
        except smtplib.SMTPResponseException as error:
            return _refused(server, error.smtp_code, "the letter")
        except (smtplib.SMTPException, OSError) as error:
            return Retry(f"{server.host}:{server.port} took no letter ({_reason(error)})")
        return Sent()

    def _connected(self, server: SmtpServer) -> smtplib.SMTP:
        context = self._tls or ssl.create_default_context()
        if server.encrypted:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=SECONDS_MAX, context=context
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=SECONDS_MAX)
        try:
            connection.ehlo()
            if not server.encrypted and (
                connection.has_extn("starttls") or not is_loopback(server.host)
            ):
                connection.starttls(context=context)
                connection.ehlo()
            if server.user is not None and server.password is not None:
                connection.login(server.user, server.password)
        except BaseException:
            connection.close()
            raise
        return connection


def _refused(server: SmtpServer, code: int, what: str) -> Delivery:
    """4xx is for now, 5xx for good (RFC 5321, 4.2.1)."""
    problem = f"{server.host} refused {what} ({code})"
    return Hopeless(problem) if 500 <= code < 600 else Retry(problem)


def _reason(error: Exception) -> str:
    """Why, without what the other side said, which may repeat the letter."""
    return (getattr(error, "strerror", None) if isinstance(error, OSError) else None) or type(
        error
    ).__name__


def _message(written: _Letter, sender: str, id: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    origin = _address(sender)
    message["From"], message["To"] = origin, _address(written.to)
    message["Subject"] = written.subject
    message["Date"] = formatdate()
    message["Message-ID"] = f"<{id}@{origin.domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday answers it
    # Not every server takes eight bits.
    message.set_content(written.text, cte="quoted-printable")
    for each in written.attachments:
        main, _, sub = each.type.partition("/")
        message.add_attachment(each.data, maintype=main, subtype=sub, filename=each.name)
    return message


def _address(text: str) -> Address:
    """Raises ``ValueError`` for what is no address."""
    try:
        found = Address(addr_spec=text)
    except Exception as error:  # the parser of the standard library raises several kinds
        raise ValueError("that is no address for mail") from error
    if not found.domain or any(c <= " " for c in text):
        raise ValueError("that is no address for mail")
    return found
