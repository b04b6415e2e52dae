"""The Twilio account of a line: text messages become parcels, condemned tapes are destroyed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest

from ivr.fakes.twilio_rest import FakeTwilio
from ivr.flow.messages import ErrandDone, SendText
from ivr.outside.parcels import Parcel, Retry, Sent
from ivr.server.account import DESTROY, LineAccount, account_of
from ivr.settings import Settings
from ivr.stores import open_store
from ivr.stores.base import Store

SID = "0123456789abcdef" * 2
TOKEN = "a-token-for-tests"
TEXT = SendText(3, "+13125550177", "Your code is 7391.", "confirm")
T = TypeVar("T")


def with_account(
    folder: Path,
    work: Callable[[LineAccount, Store, FakeTwilio], Awaitable[T]],
    *,
    configured: bool = True,
) -> T:
    """An account of the fake's, with a store of its own."""

    async def both() -> T:
        async with FakeTwilio() as twilio, open_store(str(folder)) as store:
            settings = Settings()
            if configured:
                settings = Settings(
                    public_url="https://ivr.test",
                    twilio_tokens=(twilio.token,),
                    twilio_account=twilio.account,
                    twilio_url=twilio.url,
                    sms_from="+13125550100",
                )
            account = LineAccount(
                settings, store, store.outbox.put, wall_clock=lambda: datetime.now(UTC)
            )
            async with account:
                return await work(account, store, twilio)

    return asyncio.run(both())


def test_a_text_message_is_done_as_soon_as_it_is_in_the_outbox_and_sent_once(
    tmp_path: Path,
) -> None:
    async def work(
        account: LineAccount, store: Store, twilio: FakeTwilio
    ) -> tuple[list[ErrandDone], int]:
        done = [await account.send("CA1", TEXT), await account.send("CA1", TEXT)]
        assert twilio.requests == []
        parcels = await store.outbox.due(datetime.now(UTC))
        for parcel in parcels:
            assert await account.senders[parcel.kind](parcel) == Sent()
        assert [message.body for message in twilio.messages] == [TEXT.text]
        return done, len(parcels)

    done, parcels = with_account(tmp_path, work)
    assert [each.outcome for each in done] == ["done", "done"]
    assert parcels == 1


def test_without_an_account_a_text_message_fails_at_once_and_says_what_is_missing(
    tmp_path: Path,
) -> None:
    async def work(account: LineAccount, store: Store, twilio: FakeTwilio) -> ErrandDone:
        return await account.send("CA1", TEXT)

    done = with_account(tmp_path, work, configured=False)
    assert done.outcome == "failed"
    assert "TWILIO_ACCOUNT_SID" in done.problem


def test_a_recording_is_destroyed_as_soon_as_twilio_lets_us(tmp_path: Path) -> None:
    async def work(account: LineAccount, store: Store, twilio: FakeTwilio) -> list[object]:
        sid = twilio.begin("CA1")
        parcel = Parcel("CA1", f"destroy {sid}", DESTROY, sid.encode())
        twilio.fail("http_500")
        tried = [await account.senders[DESTROY](parcel) for _ in range(3)]
        assert twilio.recordings == {}
        return list(tried)

    first, second, gone_already = with_account(tmp_path, work)
    assert isinstance(first, Retry)
    assert (second, gone_already) == (Sent(), Sent())


@pytest.mark.parametrize(
    ("settings", "user", "url"),
    [
        (
            Settings(twilio_tokens=(TOKEN, "older"), twilio_account=f"AC{SID}"),
            f"AC{SID}",
            "https://api.twilio.com",
        ),
        (
            Settings(
                twilio_account=f"AC{SID}",
                twilio_api_key=f"SK{SID}",
                twilio_api_secret=TOKEN,
                twilio_region="ie1",
            ),
            f"SK{SID}",
            "https://api.dublin.ie1.twilio.com",
        ),
    ],
)
def test_the_account_is_entered_with_a_key_or_with_the_newest_token(
    settings: Settings, user: str, url: str
) -> None:
    account = account_of(settings)
    assert account is not None
    assert (account.user, account.password, account.url) == (user, TOKEN, url)


def test_without_anything_to_enter_with_there_is_no_account() -> None:
    assert account_of(Settings(twilio_account=f"AC{SID}")) is None
    assert account_of(Settings(twilio_tokens=(TOKEN,))) is None
