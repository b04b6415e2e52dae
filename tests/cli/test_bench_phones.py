"""The generator as a process: loads in, phases and measurements out."""

from __future__ import annotations

from ivr.cli import bench_phones
from ivr.cli.bench_child import child
from ivr.phone.load import Load, Measured, Move


def test_a_load_is_answered_with_its_phases_and_what_was_measured() -> None:
    load = Load(
        voice_url="http://127.0.0.1:9/twilio/voice",
        token="token",
        number="+13125550100",
        calls=1,
        moves=(Move((0, 0), "1"),),
        warm_s=0.05,
        measure_s=0.05,
        call_s=(1, 1),
    )
    with child("generator", bench_phones.serve, frozenset()) as phones:
        assert phones.hear() == "ready"
        for _ in range(2):
            phones.tell(load)
            assert [phones.hear(), phones.hear()] == ["begin", "end"]
            measured = phones.hear()
            assert isinstance(measured, Measured)
            assert measured.faults  # nobody listens there
