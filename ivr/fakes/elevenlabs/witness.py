"""What the fake vendor was asked, and what was wrong with it: for assertions.

Every request and socket is an ``Asked``; what a client did against the protocol is a ``Violation``
with a code of its own, also where the real vendor would put up with it. Keys are replaced by dots
before anything is kept. Nothing is answered here; sockets and HTTP endpoints report.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

HIDDEN = "•"
"""Stands for a key or token."""
SECRETS = frozenset(
    {"xi-api-key", "xi_api_key", "authorization", "single_use_token", "cookie", "token"}
)
"""Headers, parameters and fields that hold one."""
WAIT_SECONDS = 5.0


class Code(Enum):
    """What a client can do wrong."""

    UNKNOWN_QUERY = "a query parameter the endpoint does not have"
    BAD_BOOLEAN = "a boolean that is not the lower-case true or false"
    BAD_VALUE = "a value that is out of range or of the wrong type"
    NO_MODEL = "no model_id, and the default is nowhere stated"
    UNKNOWN_MODEL = "a model that does not exist"
    DIALOGUE_MODEL = "a v3 or v4 model on a text-to-speech socket"
    UNKNOWN_FORMAT = "an output format that does not exist"
    UNKNOWN_VOICE = "a voice that does not exist"
    LANGUAGE = "a language_code the model does not know, or ignores"
    INACTIVITY = "an inactivity_timeout above 180 seconds"
    BAD_KEY = "no key, or a wrong one"
    BINARY = "a binary message"
    NOT_JSON = "a message that is not a JSON object"
    WRONG_TYPE = "a field of the wrong type"
    UNKNOWN_FIELD = "a field the message does not have"
    HTTP_FIELD = "a field that exists over HTTP only"
    LATE_SETUP = "generation_config, dictionaries or a key after the first message"
    CHANGED_SETTINGS = "voice_settings that differ from those of the first message"
    FIRST_TEXT = "a first message on stream-input whose text is not one space"
    NO_TRAILING_SPACE = "a text that does not end with white space"
    TEXT_AFTER_CLOSE = "text after the context, or the stream, was closed"
    UNTAGGED = "text without a context_id"
    UNOPENED_KEEPALIVE = "a keepalive that names a context not opened yet"
    UNOPENED_FLUSH = "a flush of a context that was never opened"
    UNOPENED_CLOSE = "a close_context of a context that was never opened"
    REUSED_CONTEXT = "the id of a context that has ended"
    TOO_MANY_CONTEXTS = "a sixth context"
    TOO_MANY_IDS = "more than three of something three are allowed of"
    ABRUPT_END = "the connection ended without a close frame"


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing a client did against the protocol."""

    code: Code
    detail: str
    """What exactly; never a key, never the text that was to be spoken."""
    asked: int
    """The number of the request or socket."""
    at_ms: float

    def __str__(self) -> str:
        return f"#{self.asked} {self.code.value}: {self.detail}"


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a client."""

    at_ms: float
    data: Mapping[str, object]


@dataclass(slots=True, eq=False)
class Said:
    """A context of a socket, or the one speech of anything else."""

    id: str | None
    number: int
    opened_ms: float
    texts: list[str] = field(default_factory=list)
    """As they came."""
    generated: list[str] = field(default_factory=list)
    """As they were spoken; one each generation."""
    chunks: int = 0
    audio_bytes: int = 0
    """Sent so far."""
    first_chunk_ms: float | None = None
    """When the first was ready, and about to be written; noted only if that was possible."""
    close_asked_ms: float | None = None
    ended_ms: float | None = None
    """When the last message went out: isFinal, or the end of an answer."""

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(self.texts)


@dataclass(slots=True, eq=False)
class Asked:
    """One HTTP request, or one socket with all it was used for."""

    number: int
    kind: str
    """``http``, ``stream-input`` or ``multi-stream-input``."""
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Names in lower case."""
    at_ms: float
    voice: str | None = None
    body: Mapping[str, object] | None = None
    status: int | None = None
    """Of the HTTP answer; 101 for a socket."""
    trace: str = ""
    """The x-trace-id it was answered with."""
    messages: list[Message] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    """Contexts in the order they were opened; one for anything else that speaks."""
    close_code: int | None = None
    """The socket's; 1006 where there was no close frame."""
    ended_ms: float | None = None

    @property
    def is_socket(self) -> bool:
        """Whether it is one of the two sockets."""
        return self.kind != "http"

    @property
    def audio_bytes(self) -> int:
        """Sent so far, of all its contexts."""
        return sum(said.audio_bytes for said in self.said)

    def context(self, id: str | None) -> Said:
        """A context by its id; KeyError if there was none."""
        for said in self.said:
            if said.id == id:
                return said
        raise KeyError(id)


Event = Asked | Said | Violation
"""What a watcher is told: an Asked when it begins, a Said at each generation, a Violation."""


class Witness:
    """The notes of one vendor; reading them from another thread is fine."""

    def __init__(self, watch: Callable[[Asked, Event], None] | None = None) -> None:
        self.requests: list[Asked] = []
        self.violations: list[Violation] = []
        self._watch = watch
        self._started = time.monotonic()
        self._changes: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    @property
    def now_ms(self) -> float:
        """Milliseconds since the vendor was made."""
        return (time.monotonic() - self._started) * 1000

    @property
    def sockets(self) -> list[Asked]:
        """The sockets alone."""
        return [asked for asked in self.requests if asked.is_socket]

    @property
    def codes(self) -> list[Code]:
        """The violations by their codes."""
        return [violation.code for violation in self.violations]

    def note(self, asked: Asked) -> None:
        """A request came."""
        self.requests.append(asked)
        self._tell(asked, asked)

    def generates(self, asked: Asked, said: Said) -> None:
        """A text is about to be spoken: the last of ``said.generated``."""
        self._tell(asked, said)

    def violation(self, asked: Asked, code: Code, detail: str) -> None:
        """A client did something wrong."""
        violation = Violation(code, detail, asked.number, self.now_ms)
        self.violations.append(violation)
        self._tell(asked, violation)

    def changed(self) -> None:
        """Something that was noted before has changed; whoever waits looks again."""
        with self._lock:
            for change in self._changes:
                change()

    async def until(self, holds: Callable[[], bool], timeout_s: float = WAIT_SECONDS) -> None:
        """Wait for something in these notes; TimeoutError when it does not come."""
        loop, event = asyncio.get_running_loop(), asyncio.Event()

        def change() -> None:
            loop.call_soon_threadsafe(event.set)

        with self._lock:
            self._changes.append(change)
        try:
            async with asyncio.timeout(timeout_s):
                while not holds():
                    event.clear()
                    if not holds():
                        await event.wait()
        finally:
            with self._lock:
                self._changes.remove(change)

    def wait(self, holds: Callable[[], bool], timeout_s: float = WAIT_SECONDS) -> None:
        """As ``until``, for a vendor in another thread."""
        event, end = threading.Event(), time.monotonic() + timeout_s
        with self._lock:
            self._changes.append(event.set)
        try:
            while not holds():
                event.clear()
                if not holds() and not event.wait(end - time.monotonic()):
                    raise TimeoutError(f"not within {timeout_s} s")
        finally:
            with self._lock:
                self._changes.remove(event.set)

    def _tell(self, asked: Asked, event: Event) -> None:
        if self._watch is not None:
            self._watch(asked, event)
        self.changed()


def hidden(values: Mapping[str, object]) -> dict[str, object]:
    """The same with dots for keys and tokens."""
    return {
        name: HIDDEN if name.lower() in SECRETS and value is not None else value
        for name, value in values.items()
    }
