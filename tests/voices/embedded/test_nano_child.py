"""The child process: its protocol in memory, its manners as a real process."""

from __future__ import annotations

import io
import json
import signal
import struct
import subprocess
import sys
from typing import Any

import pytest

from ivr.voices.embedded import nano_child

COMMAND = [sys.executable, "-P", nano_child.__file__]
SECONDS_MAX = 20


def request(**given: object) -> bytes:
    body = json.dumps(given).encode()
    return struct.pack(">I", len(body)) + body


def answers(data: bytes) -> list[tuple[bytes, bytes]]:
    found = []
    while data:
        kind, length = struct.unpack_from(">cI", data)
        assert len(data) >= 5 + length
        found.append((kind, data[5 : 5 + length]))
        data = data[5 + length :]
    return found


def echo(**given: Any) -> bytes:
    """Speaks by repeating."""
    if given["text"] == "fail":
        raise RuntimeError("cannot say this")
    return str(given["text"]).encode()


def served(data: bytes) -> list[tuple[bytes, bytes]]:
    out = io.BytesIO()
    nano_child.serve(io.BytesIO(data), out, echo)
    return answers(out.getvalue())


def test_requests_are_answered_in_order() -> None:
    assert served(request(text="uno") + request(text="") + request(text="dos")) == [
        (b"A", b"uno"),
        (b"A", b""),
        (b"A", b"dos"),
    ]


def test_an_error_is_told_and_the_next_text_is_tried() -> None:
    assert served(request(text="fail") + request(text="uno")) == [
        (b"E", b"RuntimeError: cannot say this"),
        (b"A", b"uno"),
    ]


def test_what_is_no_request_is_told_too() -> None:
    [(kind, sentence)] = served(struct.pack(">I", 3) + b"{ok")
    assert kind == b"E"
    assert b"JSONDecodeError" in sentence


@pytest.mark.parametrize("end", [b"", b"\x00", b"\x00\x00\x00"])
def test_it_ends_when_its_input_does(end: bytes) -> None:
    assert served(request(text="uno") + end) == [(b"A", b"uno")]


@pytest.mark.skipif(sys.platform == "darwin", reason="py-nanotts is not made for macOS")
def test_the_real_one_speaks_and_ends_with_its_input() -> None:
    asked = request(text="Hola.", voice="es-ES", speed=1.0, volume=0.4)
    done = subprocess.run(COMMAND, input=asked, capture_output=True, timeout=SECONDS_MAX)
    [(kind, audio)] = answers(done.stdout)
    assert (kind, done.returncode) == (b"A", 0)
    assert len(audio) > 16_000 / 4 * 2


@pytest.mark.skipif(sys.platform == "darwin", reason="py-nanotts is not made for macOS")
def test_a_stop_of_the_whole_group_is_left_to_its_parent() -> None:
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(request(text="", voice="es-ES"))
        child.stdin.flush()
        assert child.stdout.read(5) == b"A\0\0\0\0"  # it is up
        child.send_signal(signal.SIGINT)
        child.send_signal(signal.SIGTERM)
        child.stdin.write(request(text="", voice="es-ES"))
        child.stdin.close()
        assert child.stdout.read(5) == b"A\0\0\0\0"
        assert child.wait(SECONDS_MAX) == 0


def test_it_leaves_quietly_when_nobody_reads_its_answers() -> None:
    with subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        child.stdin.write(request(text="Hola.", voice="es-ES"))
        child.stdin.close()
        assert child.wait(SECONDS_MAX) == 0
        assert child.stderr.read() == b""


@pytest.mark.skipif(not hasattr(signal, "alarm"), reason="Windows cannot end it from outside")
def test_one_that_hangs_is_ended_by_the_kernel_even_without_a_parent() -> None:
    script = (
        f"import sys; sys.path.insert(0, {str(nano_child.__file__.rsplit('/', 1)[0])!r})\n"
        "import nano_child, time; nano_child.SECONDS_MAX = 1\n"
        "nano_child.serve(sys.stdin.buffer, sys.stdout.buffer, lambda **_: time.sleep(60))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", script],
        input=request(text="uno"),
        capture_output=True,
        timeout=SECONDS_MAX,
    )
    assert done.returncode == -signal.SIGALRM
