"""What the parts of the carrier share: work cut short, files to be played, fields of legs."""

from __future__ import annotations

import asyncio

import pytest

from ivr.audio import wav
from ivr.phone.exchange import OTHER_MS, Cut, Exchange, Line
from ivr.phone.network import Failure, Reply
from ivr.phone.witness import Witness
from tests.phone.lines import TONE, FakeNetwork
from tests.virtual import pass_time, run


def exchange(network: FakeNetwork | None = None) -> Exchange:
    witness = Witness(None, None)
    return Exchange(network or FakeNetwork({}), Line("https://line.test/voice"), "+1312", witness)


@pytest.mark.parametrize(("stops_at_s", "done"), [(1, Cut.SHORT), (3, "done")])
def test_work_goes_on_unless_something_comes_first(stops_at_s: float, done: object) -> None:
    async def work() -> str:
        await pass_time(2)
        return "done"

    async def both() -> object:
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            timer = group.create_task(pass_time(stops_at_s))
            timer.add_done_callback(lambda _: stop.set())
            return await exchange().unless(work(), stop)

    assert run(both()) == done


@pytest.mark.parametrize(
    ("reply", "audio", "ms", "codes"),
    [
        (Reply(200, "audio/x-mulaw; rate=8000", TONE), TONE, 1_000, []),
        (Reply(200, "audio/wav", wav.write(TONE)), TONE, 1_000, []),
        (Reply(200, "audio/mpeg", b"ID3"), b"", OTHER_MS, []),
        (Reply(200, "application/json", b"{}"), b"", 0, [12300]),
        (Failure(11200, "answered 404", 404), b"", 0, [11200]),
    ],
)
def test_a_file_is_fetched_and_must_be_what_twilio_plays(
    reply: Reply | Failure, audio: bytes, ms: int, codes: list[int]
) -> None:
    asked = exchange(FakeNetwork({"/a": reply}))
    assert run(asked.sound("https://line.test/a")) == (audio, ms)
    assert [fault.code for fault in asked.witness.recording.faults] == codes


def test_the_leg_of_somebody_else_has_an_id_of_its_own_and_names_its_parent() -> None:
    asked = exchange()
    fields = asked.child("CA2", "+1312", "+1313", "in-progress")
    assert fields["CallSid"] == "CA2" != asked.fields()["CallSid"] == fields["ParentCallSid"]
    assert (fields["From"], fields["To"], fields["Direction"]) == (
        "+1312",
        "+1313",
        "outbound-dial",
    )
