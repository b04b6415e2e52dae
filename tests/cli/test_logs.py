"""Log lines: one an event, whatever others have sent."""

from __future__ import annotations

import io
import logging
import re
import sys
from collections.abc import Iterator

import pytest

from ivr.cli import logs


@pytest.fixture
def output(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What goes to standard error; the root logger is as before afterwards."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    root.handlers[:] = []  # so that the ones of pytest are not closed
    logs.configure_logging()
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_line_says_when_how_bad_who_and_what(output: io.StringIO) -> None:
    logging.getLogger("ivr.server").warning("refused %s", "/twilio/voice")
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z WARNING ivr\.server: refused /twilio/voice\n",
        output.getvalue(),
    )


def test_nobody_can_fake_a_line_by_sending_one(output: io.StringIO) -> None:
    logging.getLogger("ivr").warning("no flow for %s", "+1555\r\n2026-01-01 ERROR all is lost")
    assert output.getvalue().count("\n") == 1
    assert "+1555\\r\\n2026" in output.getvalue()


def test_what_is_only_of_interest_to_us_is_left_out(output: io.StringIO) -> None:
    logging.getLogger("ivr").debug("nothing")
    assert output.getvalue() == ""
