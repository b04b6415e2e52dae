"""``ivr outbox``: what waits and what is stuck, sent again or never."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr.cli import main
from ivr.outside.parcels import Parcel
from ivr.stores import open_store
from ivr.stores.base import Outbox

EVENT = "event clinic/booked 1 https://hooks.example.com/ivr"


def outbox(folder: Path, work: Callable[[Outbox], Awaitable[object]]) -> None:
    async def story() -> None:
        async with open_store(str(folder)) as store:
            await work(store.outbox)

    asyncio.run(story())


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["outbox", "--store", str(folder), *arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store in which two parcels wait and two are stuck."""

    async def fill(box: Outbox) -> None:
        later = datetime.now(UTC) + timedelta(minutes=10, seconds=20)
        for number, purpose in enumerate((EVENT, "sms 3", "mail 7", EVENT)):
            kind = purpose.split()[0]
            call = f"CA{number}".ljust(34, "0")
            await box.put(Parcel(call, purpose, kind, b"Ana's secret", f"msg_{number}abcdefghij"))
        await box.gave_up("msg_1abcdefghij", "the number has no such subscriber")
        await box.gave_up("msg_2abcdefghij", "there is no mail server")
        await box.failed("msg_3abcdefghij", "hooks.example.com answered 500", later)

    outbox(tmp_path, fill)
    return tmp_path


def test_what_is_stuck_comes_first_and_nothing_is_told_of_what_is_in_it(folder: Path) -> None:
    told = run(folder)
    assert told.output.splitlines() == [
        "2 stuck",
        "  msg_1abcdefg  sms   CA1000000000  sms 3   1×  the number has no such subscriber",
        "  msg_2abcdefg  mail  CA2000000000  mail 7  1×  there is no mail server",
        "2 waiting",
        "  msg_0abcdefg  event  CA0000000000  event clinic/booked 1  now",
        "  msg_3abcdefg  event  CA3000000000  event clinic/booked 1  in 10 min  1×  "
        "hooks.example.com answered 500",
    ]
    assert "secret" not in told.output


def test_a_parcel_is_sent_again_or_never(folder: Path) -> None:
    assert run(folder, "retry", "msg_1", "msg_3").output == "2 parcels will be sent again\n"
    assert run(folder, "drop", "msg_0").output == "1 parcel will not be sent\n"
    lines = run(folder).output.splitlines()
    assert [line.split()[0] for line in lines] == [
        "1",
        "msg_2abcdefg",
        "2",
        "msg_1abcdefg",
        "msg_3abcdefg",
    ]
    assert all("now" in line for line in lines[3:])
    assert run(folder, "retry", "--all").output == "1 parcel will be sent again\n"
    assert "stuck" not in run(folder).output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["retry", "msg_9"], "no parcel in"),
        (["drop", "msg_"], "several ids"),
        (["retry"], "say --all"),
        (["retry", "--all", "msg_1"], "say --all"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(
    folder: Path, arguments: list[str], sentence: str
) -> None:
    told = run(folder, *arguments)
    assert told.exit_code == 2
    assert sentence in told.output


def test_an_empty_outbox_and_none_at_all(tmp_path: Path) -> None:
    none = run(tmp_path)
    assert (none.exit_code, "no texts, events or mails to be sent in" in none.output) == (2, True)
    outbox(tmp_path, lambda box: box.count())
    assert run(tmp_path).output == "nothing waits to be sent, and nothing is stuck\n"
