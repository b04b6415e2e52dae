"""The name and the password of a real line's studio."""

from __future__ import annotations

import asyncio
import base64

import pytest

from ivr.errors import SettingsError
from ivr.server.studio.login import Login, make_login

MADE = make_login("ada", "correct horse: battery")


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


def test_the_name_and_the_password_admit_and_nothing_else_does() -> None:
    async def story() -> None:
        login = Login.parse(MADE)
        for header in (
            None,
            "Bearer x",
            "Basic !",
            basic("ada"),
            basic("ada:"),
            basic("ada:correct horse"),
            basic("eve:correct horse: battery"),
        ):
            assert not await login.admits(header), header
        for _ in range(2):
            assert await login.admits(basic("ada:correct horse: battery"))
        assert not await login.admits(basic("ada:wrong"))

    asyncio.run(story())


@pytest.mark.parametrize(
    "written", ["", "ada:secret", MADE.replace("16384", "16383"), MADE.replace("scrypt", "md5")]
)
def test_what_is_no_login_is_refused_without_showing_it(written: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Login.parse(written)
    assert "ivr dev --make-login" in str(refused.value)
    assert MADE[-20:] not in str(refused.value)
    assert "secret" not in str(refused.value)


def test_the_password_is_not_in_what_is_made() -> None:
    assert "horse" not in MADE
    assert make_login("ada", "x") != make_login("ada", "x"), "salt"
    with pytest.raises(ValueError, match="no colon"):
        make_login("a:b", "x")
