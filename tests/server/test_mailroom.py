"""What leaves the house: told while a call goes on, delivered later, once; on virtual time."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ivr.errors import SettingsError
from ivr.flow.messages import Emit
from ivr.flow.model import FlowSet
from ivr.outside.parcels import Delivery, Parcel, Sent
from ivr.server.mailroom import Mailroom
from ivr.server.run import listen
from ivr.settings import Settings
from ivr.stores.sqlite import SqliteStore
from tests.outside.service import Service, drops, reply, says
from tests.server.line import BOUND_S, FLOWS, NUMBER, carriers, serving
from tests.server.test_app import flow_set
from tests.stores.kept import records_in
from tests.virtual import pass_time, run

BEGAN = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BOOKED = Emit("booked", {"day": "Monday"}, "done", "clinic")


def clock() -> datetime:
    return BEGAN + timedelta(seconds=asyncio.get_running_loop().time())


def telling(*urls: str) -> FlowSet:
    return replace(flow_set(), events=urls)


@contextlib.asynccontextmanager
async def mailroom(store: SqliteStore) -> AsyncGenerator[Mailroom, None]:
    room = Mailroom(
        Settings(events_secrets=(SECRET,)), store, wall_clock=lambda: BEGAN, post_clock=clock
    )
    async with room, asyncio.TaskGroup() as group:
        task = group.create_task(room.post.run())
        yield room
        await room.post.aclose()
        task.cancel()


def test_an_event_reaches_everybody_once_also_whoever_was_down_when_it_was_told() -> None:
    async def story() -> None:
        async with (
            Service(drops) as down,
            Service(says(reply(200))) as up,
            SqliteStore(None, wall_clock=clock) as store,
            mailroom(store) as room,
        ):
            events = room.events_of(telling(up.url(), down.url("/hook")))
            events.tell("CA1", BOOKED, 1)
            events.tell("CA1", BOOKED, 1)  # the call was resumed, and said it again
            events.tell("CA1", BOOKED, 2)
            await pass_time(300)
            assert len(up.asked) == 2
            tries = len(down.asked)
            assert tries > 2
            down.behaviour = says(reply(200))
            await pass_time(3_600)
            heard = [json.loads(asked.body) for asked in down.asked]
            assert len(heard) == tries + 2
            assert len({each["id"] for each in heard}) == 2
            ids = [asked.headers["webhook-id"] for asked in down.asked]
            assert ids == [each["id"] for each in heard]
            assert heard[0]["at"] == "2026-11-23T10:15:00.000+00:00"
            assert (heard[0]["flow"], heard[0]["step"]) == ("clinic", "done")
            assert await store.outbox.count() == (0, 0)

    run(story())


def test_senders_of_other_rooms_are_asked_too_and_a_letter_without_a_server_is_stuck() -> None:
    async def story() -> None:
        got = []

        async def send(parcel: Parcel) -> Delivery:
            got.append(parcel.id)
            return Sent()

        async with SqliteStore(None, wall_clock=clock) as store:
            room = Mailroom(
                Settings(), store, wall_clock=clock, senders={"sms": send}, post_clock=clock
            )
            async with room, asyncio.TaskGroup() as group:
                task = group.create_task(room.post.run())
                await room.post.put(Parcel("CA1", "sms 1", "sms", b"", "msg_1"))
                await room.post.put(Parcel("CA1", "mail 1", "mail", b"", "msg_2"))
                await pass_time(1)
                await room.post.aclose()
                task.cancel()
            assert got == ["msg_1"]
            assert [each.id for each in await store.outbox.stuck()] == ["msg_2"]
            assert room.post.stuck == 1

    run(story())


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (Settings(events_secrets=("whsec_!!",)), "IVR_EVENTS_SECRET cannot be used: .*base64"),
        (Settings(smtp_url="smtp://h"), "IVR_MAIL_FROM is not set"),
        (Settings(smtp_url="smtp://h", mail_from="us"), "IVR_MAIL_FROM must be one address"),
        (Settings(smtp_url="smtp://u:s3cret@h/x", mail_from="a@b.example"), "IVR_SMTP_URL cannot"),
    ],
)
def test_settings_nothing_could_be_sent_with_are_refused(settings: Settings, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence) as refused:
        Mailroom(settings, SqliteStore(None), wall_clock=clock)
    assert "s3cret" not in str(refused.value)


def test_events_that_nobody_could_tell_from_forged_ones_are_not_sent() -> None:
    room = Mailroom(Settings(environment="production"), SqliteStore(None), wall_clock=clock)
    with pytest.raises(SettingsError, match="IVR_EVENTS_SECRET is not set"):
        room.events_of(telling("https://a.example"))
    room.events_of(flow_set())
    Mailroom(Settings(), SqliteStore(None), wall_clock=clock).events_of(telling("http://localhost"))


def test_an_event_of_a_real_call_arrives_while_the_caller_goes_on(tmp_path: Path) -> None:
    with listen("127.0.0.1", 0) as sock:
        flows = {
            "main.yaml": "language: en-US\nvoice: beeps\nsteps:\n"
            "  main:\n    event: called\n    with: {whom: '${call.to}'}\n    goto: bye\n"
            "  bye:\n    say: Goodbye.\n    goto: hangup\n",
            "numbers.yaml": FLOWS["numbers.yaml"],
            "settings.yaml": FLOWS["settings.yaml"]
            + f"events: http://127.0.0.1:{sock.getsockname()[1]}/ivr\n",
        }

        async def story() -> None:
            async with Service(says(reply(200)), sock=sock) as hook, carriers(line) as carrier:
                call = carrier()
                async with call.on_the_line() as stream:
                    await stream.hear()
                    await stream.until_closed()
                async with asyncio.timeout(BOUND_S):
                    await hook.arrived.wait()
                (asked,) = hook.asked
                body = json.loads(asked.body)
                told = (body["event"], body["call"], body["flow"], body["step"], body["data"])
                assert told == ("called", call.sid, "main", "main", {"whom": NUMBER})

        with serving(tmp_path, flows=flows) as line:
            asyncio.run(story())
        ((row, entries),) = records_in(tmp_path)
        assert row.outcome == "hangup"
        (event,) = (entry for entry in entries if entry["what"] == "event")
        assert (event["name"], event["step"]) == ("called", "main/main")
