"""What the fake vendor can be told to do wrong: each a switch, each a thing that was reported.

``KINDS`` is the table: name, what happens, where it was seen, and the point it strikes at unless
another is named. A fault is set as text, the same in a test, on the command line and through
``/fake/faults``: ``quota``, ``quota:once``, ``quota:chunk=2``, ``stall:socket=1,context=2,ms=300``.
Sockets and HTTP endpoints ask at every point where something may strike; nothing is sent here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields

from ivr.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Place:
    """A point of the vendor's work, counted from 1; 0 where a count does not apply."""

    socket: int = 0
    """The socket, of all that were asked for since the vendor started."""
    request: int = 0
    """The request for speech over HTTP, of all since the vendor started."""
    context: int = 0
    """The context, of all that its socket opened; 1 on ``stream-input``."""
    message: int = 0
    """The client's message that came just now, of its socket."""
    chunk: int = 0
    """The audio chunk that is sent next, of its context or answer."""


POINTS = tuple(each.name for each in fields(Place))
_MOMENTS = ("message", "chunk")
"""Points that come and go; the others say where one is."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One fault."""

    name: str
    what: str
    """What the vendor does."""
    source: str
    """Where it was seen."""
    default: Mapping[str, int] = field(default_factory=dict)
    """The moment it strikes at when none is named."""
    ms: int = 0
    """How long it takes, where it takes time; 0 of a stall is for ever."""


_FIRST_CHUNK = {"chunk": 1}

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        # The handshake of a socket.
        Kind("handshake_403", "the upgrade is refused with HTTP 403", "livekit/agents#3235"),
        Kind("handshake_429", "the upgrade is refused with HTTP 429", "reference 9.3"),
        Kind("handshake_503", "the upgrade is refused with HTTP 503", "reference 3.5"),
        Kind("handshake_timeout", "the upgrade is never answered", "reference 9.3"),
        # A socket is ended, or falls silent, at a message or before an audio chunk.
        Kind(
            "quota",
            "quota_exceeded: error frame and 1008; HTTP 401",
            "pipecat#2194, twilio-labs/call-gpt#18",
            _FIRST_CHUNK,
        ),
        Kind(
            "unusual_activity",
            "detected_unusual_activity: error frame and 1008; HTTP 401",
            "livekit/agents#218",
            _FIRST_CHUNK,
        ),
        Kind(
            "generic_error",
            "an error frame without a code, then 1008; HTTP 500 without detail",
            "pipecat#1426, elevenlabs-python#611",
            _FIRST_CHUNK,
        ),
        Kind(
            "idle_timeout",
            "input_timeout_exceeded, though nobody was idle: error frame and 1008",
            "livekit/agents#218, elevenlabs-docs#426",
            {"message": 1},
        ),
        Kind("close_without_error", "1008 and no error frame", "reference 9.3", _FIRST_CHUNK),
        Kind(
            "going_away", "the socket closes with 1001", "a server that is replaced", _FIRST_CHUNK
        ),
        Kind("cut", "the connection is reset, without a close frame", "pipecat#4904", _FIRST_CHUNK),
        Kind(
            "half_open",
            "nothing is sent, read or answered any more, pings included; the connection stays",
            "reference 9.3",
            _FIRST_CHUNK,
        ),
        # Speech comes late, or not.
        Kind("slow_first_byte", "the first chunk takes 5 s longer", "reference 9.3", ms=5_000),
        Kind(
            "stall",
            "the context, or the answer, falls silent before a chunk; for ever, unless ms is given",
            "livekit/agents#4221",
            {"chunk": 2},
        ),
        Kind(
            "close_race",
            "close_context before the first audio ends the context with isFinal and no audio; "
            "ms: the first chunk takes so much longer",
            "pipecat#4681, #5271, #5282",
            ms=20,
        ),
        Kind(
            "close_race_silent",
            "close_context before the first audio: neither audio nor isFinal ever come",
            "pipecat#4681, #5271, #5282",
            ms=20,
        ),
        Kind("zero_audio", "text is taken, isFinal comes, audio does not", "pipecat#5271"),
        Kind("no_final", "audio comes, isFinal never does", "bolna#733, #790"),
        Kind(
            "late_audio",
            "after its isFinal a context sends its last chunk once more",
            "pipecat#1942, #3077, bolna#784, #836",
        ),
        # Messages look otherwise.
        Kind(
            "huge_frame",
            "a message is longer than 1 MiB (white space within its JSON)",
            "pipecat#983, #1107",
            _FIRST_CHUNK,
        ),
        Kind("untagged_error", "error frames name no context", "livekit/agents#4182"),
        Kind("snake_case", "context_id and is_final instead of camel case", "AsyncAPI examples"),
        Kind("odd_chunks", "chunks of an odd number of bytes, cut within samples", "reference 4"),
        Kind(
            "timing_first",
            "the timing of a whole generation stands on its first message",
            "a field measurement of 2026-09-30",
        ),
        Kind(
            "unknown_message",
            "a message of an unknown type comes before a chunk",
            "livekit's test knows flush_done",
            _FIRST_CHUNK,
        ),
        Kind("garbage", "a text message that is no JSON comes", "none; hardening", _FIRST_CHUNK),
        Kind("binary", "a chunk comes as a binary message", "none; hardening", _FIRST_CHUNK),
        # HTTP answers.
        Kind("http_concurrent", "429 concurrent_limit_exceeded", "reference 3.5"),
        Kind("http_rate", "429 rate_limit_exceeded", "reference 3.5"),
        Kind("http_busy", "429 system_busy", "reference 3.5"),
        Kind("http_500", "500 without detail", "elevenlabs-python#611"),
        Kind("http_503", "503 service_unavailable", "reference 3.5"),
        Kind("http_timeout", "the request is never answered", "reference 9.3"),
        Kind(
            "truncated",
            "the body of an answer ends before a chunk and the connection is reset",
            "reference 9.3",
            {"chunk": 2},
        ),
        Kind("json_200", "status 200 with an error as JSON", "twilio-labs/call-gpt#18"),
        Kind("legacy_errors", "error bodies in their older shape", "help.elevenlabs.io"),
    )
}
"""Every fault, by name."""


@dataclass(frozen=True, slots=True)
class When:
    """Where, how often and for how long a fault strikes."""

    points: Mapping[str, int]
    times: int | None
    """None: every time."""
    ms: int


class Faults:
    """The switches. May be set from any thread, while the vendor runs."""

    def __init__(
        self, settings: Iterable[str] = (), on_strike: Callable[[], None] = lambda: None
    ) -> None:
        """``settings``: ``name`` or ``name:when`` each; SettingsError for what is neither.

        ``on_strike`` is called after each stroke.
        """
        self._lock = threading.Lock()
        self._set: dict[str, When] = {}
        self._texts: dict[str, str] = {}
        self._struck: dict[str, int] = {}
        self._on_strike = on_strike
        for setting in settings:
            self.set(setting)

    def set(self, setting: str) -> None:
        """Switch a fault on: ``name`` or ``name:when``; replaces what the name was set to.

        ``when`` is a list with commas of ``once`` or ``always`` (the default), ``ms=N``, and points
        ``socket=N``, ``request=N``, ``context=N``, ``message=N``, ``chunk=N``, all of which must
        hold. Raises :class:`~ivr.errors.SettingsError`.
        """
        name, _, text = setting.partition(":")
        if name not in KINDS:
            raise SettingsError(f"there is no fault {name!r}: choose one of {', '.join(KINDS)}")
        when = _read(KINDS[name], text)
        with self._lock:
            self._set[name], self._texts[name] = when, text or "always"
            self._struck[name] = 0

    def clear(self, name: str | None = None) -> None:
        """Switch one off, or all of them; what is off stays off."""
        with self._lock:
            for each in [name] if name is not None else list(self._set):
                self._set.pop(each, None)
                self._texts.pop(each, None)

    def struck(self, name: str) -> int:
        """How often a fault has struck since it was last set."""
        return self._struck.get(name, 0)

    def as_json(self) -> dict[str, dict[str, object]]:
        """What is switched on, how, and how often it struck."""
        with self._lock:
            return {
                name: {"when": text, "struck": self._struck[name]}
                for name, text in self._texts.items()
            }

    def armed(self, name: str, place: Place) -> When | None:
        """Whether it would strike here and now; counts nothing."""
        with self._lock:
            return self._found(name, place)

    def strikes(self, name: str, place: Place) -> When | None:
        """Whether it strikes here and now; counts as a stroke if so."""
        with self._lock:
            when = self._found(name, place)
            if when is not None:
                self._struck[name] += 1
        if when is not None:
            self._on_strike()
        return when

    def _found(self, name: str, place: Place) -> When | None:
        when = self._set.get(name)
        if when is None or any(getattr(place, point) != n for point, n in when.points.items()):
            return None
        spent = when.times is not None and self._struck[name] >= when.times
        return None if spent else when


def _read(kind: Kind, text: str) -> When:
    points, times, ms = dict[str, int](), None, kind.ms
    for part in filter(None, (each.strip() for each in text.split(","))):
        point, _, value = part.partition("=")
        if part in {"once", "always"}:
            times = 1 if part == "once" else None
        elif point in {*POINTS, "ms"} and value.isascii() and value.isdigit() and int(value) > 0:
            if point == "ms":
                ms = int(value)
            else:
                points[point] = int(value)
        else:
            raise SettingsError(
                f"the fault {kind.name} cannot strike at {part!r}: write once, always, ms=N or "
                + ", ".join(f"{each}=N" for each in POINTS)
            )
    if not points.keys() & set(_MOMENTS):
        points |= kind.default
    return When(points, times, ms)
