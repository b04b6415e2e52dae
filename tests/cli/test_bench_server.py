"""The server of the bench as a process, and what /proc says about it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ivr.cli.bench_server import Line, ServerFailed, cost_of, serve

FLOWS = {
    "main.yaml": "voice: beeps\nsteps:\n  main:\n    say: Hello.\n    goto: hangup\n",
    "settings.yaml": "voices:\n  beeps: {provider: tone}\n",
}
HAS_PROC = Path("/proc/self/stat").exists()


def line_in(folder: Path, files: dict[str, str]) -> Line:
    line = Line(folder / "flows", folder / "store")
    line.flows.mkdir()
    line.store.mkdir()
    for name, text in files.items():
        (line.flows / name).write_text(text)
    return line


def test_it_answers_and_is_gone_behind_the_block(tmp_path: Path) -> None:
    line = line_in(tmp_path, FLOWS)
    assert line.token not in repr(line)
    with serve(line, None) as server:
        cost = server.cost()
        if HAS_PROC:
            assert cost.cpu_s is not None
            assert cost.cpu_s > 0
            assert cost.rss_kb is not None
            assert cost.rss_kb > 1_000
        assert cost.core_busy_s is None  # it has no core of its own


def test_a_server_that_does_not_start_is_told_with_its_last_words(tmp_path: Path) -> None:
    line = line_in(tmp_path, {"main.yaml": "steps:\n  main:\n    goto: nowhere\n"})
    with pytest.raises(ServerFailed, match=r"did not start: .*no call could be answered"):
        serve(line, None).__enter__()


def test_nothing_of_the_operator_s_line_gets_into_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELEVENLABS_API_KEY", "a real one")
    monkeypatch.setenv("ELEVENLABS_BASE_URL", "https://api.example")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN_FILE", "/secret")
    environment = line_in(tmp_path, FLOWS).environment()
    assert "a real one" not in environment.values()
    assert "ELEVENLABS_BASE_URL" not in environment
    assert "TWILIO_AUTH_TOKEN_FILE" not in environment
    assert environment["PATH"] == os.environ["PATH"]


def test_a_process_that_is_not_there_has_no_cost() -> None:
    cost = cost_of(2**22 + 1, 0)
    assert (cost.cpu_s, cost.rss_kb, cost.core_busy_s) == (None, None, None)


@pytest.mark.skipif(not HAS_PROC, reason="this system has no /proc")
def test_a_core_was_busy_for_as_long_as_anybody_used_it() -> None:
    before = cost_of(os.getpid(), 0)
    sum(range(2_000_000))
    after = cost_of(os.getpid(), 0)
    assert before.cpu_s is not None
    assert after.cpu_s is not None
    assert after.cpu_s >= before.cpu_s
    assert before.core_busy_s is not None
    assert after.core_busy_s is not None
    assert after.core_busy_s >= before.core_busy_s
