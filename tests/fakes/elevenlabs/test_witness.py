"""What is kept of a client, and waiting for it."""

from __future__ import annotations

import asyncio
import threading

import pytest

from ivr.fakes.elevenlabs.witness import Asked, Code, Event, Said, Witness, hidden


def asked(number: int = 1, kind: str = "http") -> Asked:
    return Asked(number, kind, "GET", "/", {}, {}, 0.0)


def test_keys_are_dots_wherever_they_stand() -> None:
    secret = {name: "k" for name in ("xi-api-key", "Authorization", "single_use_token")}
    assert hidden({**secret, "xi_api_key": "k", "text": "k"}) == {
        **{name: "•" for name in secret},
        "xi_api_key": "•",
        "text": "k",
    }


def test_a_missing_key_is_no_dot() -> None:
    assert hidden({"xi_api_key": None}) == {"xi_api_key": None}


def test_a_watcher_is_told_everything_at_once() -> None:
    told: list[tuple[int, Event]] = []
    witness = Witness(lambda asked, event: told.append((asked.number, event)))
    request, said = asked(), Said("a", 1, 0.0)
    witness.note(request)
    witness.generates(request, said)
    witness.violation(request, Code.BINARY, "3 bytes")
    assert told == [(1, request), (1, said), (1, witness.violations[0])]
    assert str(witness.violations[0]) == "#1 a binary message: 3 bytes"


def test_sockets_are_told_from_requests() -> None:
    witness = Witness()
    witness.note(asked(1))
    witness.note(asked(2, "stream-input"))
    assert [each.number for each in witness.sockets] == [2]


def test_a_context_is_found_by_its_id() -> None:
    request = asked()
    request.said += [Said("a", 1, 0.0, audio_bytes=3), Said(None, 2, 0.0, audio_bytes=4)]
    assert (request.context(None).number, request.audio_bytes) == (2, 7)
    with pytest.raises(KeyError):
        request.context("b")


def test_until_waits_for_a_change_from_any_thread() -> None:
    witness = Witness()

    async def test() -> None:
        thread = threading.Thread(target=lambda: witness.note(asked()))
        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(witness.until(lambda: bool(witness.requests)))
            thread.start()
            await waiting
        thread.join()

    asyncio.run(test())


def test_until_gives_up() -> None:
    with pytest.raises(TimeoutError):
        asyncio.run(Witness().until(lambda: False, 0.01))


def test_wait_does_the_same_without_a_loop() -> None:
    witness = Witness()
    thread = threading.Thread(target=lambda: witness.note(asked()))
    thread.start()
    witness.wait(lambda: bool(witness.requests))
    thread.join()
    with pytest.raises(TimeoutError):
        witness.wait(lambda: False, 0.01)
