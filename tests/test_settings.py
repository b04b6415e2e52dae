"""The operator's environment, and what is said when it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.errors import SettingsError
from ivr.settings import Settings, is_loopback

LINE = {"IVR_PUBLIC_URL": "https://ivr.example.com", "TWILIO_AUTH_TOKEN": "token-one"}


def read(**changes: str) -> Settings:
    return Settings.from_environment(LINE | changes)


def refusal(**changes: str) -> str:
    with pytest.raises(SettingsError) as caught:
        read(**changes)
    text = str(caught.value)
    assert "\n" not in text
    assert "token-one" not in text
    return text


def test_three_variables_make_a_line() -> None:
    settings = read(ELEVENLABS_API_KEY="key")
    settings.require_line()
    assert settings.public_url == "https://ivr.example.com"
    assert settings.twilio_tokens == ("token-one",)
    assert settings.elevenlabs_key == "key"
    assert (settings.environment, settings.store, settings.unsigned) == ("dev", "var", False)


SID = "0123456789abcdef" * 2


def test_the_rest_api_has_its_account_its_key_and_its_place() -> None:
    settings = read(
        TWILIO_ACCOUNT_SID=f"AC{SID}",
        TWILIO_API_KEY=f"SK{SID}",
        TWILIO_API_SECRET="shhh-shhh",
        TWILIO_REGION="ie1",
        TWILIO_EDGE="dublin",
        IVR_SMS_FROM=f"MG{SID}",
        IVR_RECORD_WITHOUT_NOTICE="1",
    )
    assert settings.twilio_account == f"AC{SID}"
    assert (settings.twilio_region, settings.twilio_edge) == ("ie1", "dublin")
    assert (settings.sms_from, settings.record_without_notice) == (f"MG{SID}", True)
    assert "shhh" not in repr(settings)
    assert read(TWILIO_BASE_URL="http://127.0.0.1:9/").twilio_url == "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TWILIO_ACCOUNT_SID", "AC12"),
        ("TWILIO_API_KEY", f"AC{SID}"),
        ("TWILIO_REGION", "Ireland!"),
        ("TWILIO_BASE_URL", "http://api.twilio.com"),
        ("IVR_SMS_FROM", "Acme"),
    ],
)
def test_a_wrong_word_about_the_rest_api_is_named(name: str, value: str) -> None:
    assert name in refusal(**{name: value})


@pytest.mark.parametrize("alone", [{"TWILIO_API_KEY": f"SK{SID}"}, {"TWILIO_API_SECRET": "shhh"}])
def test_an_api_key_and_its_secret_belong_together(alone: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=r"TWILIO_API_KEY and TWILIO_API_SECRET"):
        read(**alone).require_line()


def test_an_empty_environment_is_no_error_until_a_line_is_wanted() -> None:
    settings = Settings.from_environment({})
    assert settings == Settings()
    with pytest.raises(SettingsError):
        settings.require_line()


@pytest.mark.parametrize("name", sorted(LINE))
def test_a_missing_variable_is_named_with_the_place_to_find_it(name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(**{name: " "}).require_line()
    said = str(caught.value)
    assert name in said
    assert ("Twilio Console" in said) == (name == "TWILIO_AUTH_TOKEN")
    (other,) = set(LINE) - {name}
    assert other not in said


def test_both_missing_variables_are_named_in_one_sentence() -> None:
    with pytest.raises(SettingsError, match=r"IVR_PUBLIC_URL.*TWILIO_AUTH_TOKEN.*are not set"):
        Settings().require_line()


def test_an_unsigned_server_needs_neither() -> None:
    Settings.from_environment({"IVR_UNSIGNED": "1"}).require_line()


def test_a_shared_key_is_as_good_as_a_token() -> None:
    settings = read(TWILIO_AUTH_TOKEN="", TWILIO_WEBHOOK_KEYS="id1=one==, id2=two")
    settings.require_line()
    assert settings.twilio_shared_keys == {"id1": "one==", "id2": "two"}


def test_an_unsigned_server_with_a_public_address_is_refused() -> None:
    assert "IVR_UNSIGNED=1 cannot" in refusal(IVR_UNSIGNED="1")
    with pytest.raises(SettingsError):
        Settings(public_url="https://ivr.example.com", unsigned=True)


@pytest.mark.parametrize("value", ["2", "maybe", "1x"])
def test_a_switch_is_one_or_zero(value: str) -> None:
    assert "IVR_UNSIGNED" in refusal(IVR_UNSIGNED=value)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://ivr.example.com/", "https://ivr.example.com"),
        ("HTTPS://IVR.Example.com", "https://ivr.example.com"),
        ("https://ivr.example.com:8443", "https://ivr.example.com:8443"),
        ("https://example.com/Phone/", "https://example.com/Phone"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://localhost:8000/", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_a_public_address_is_kept_in_one_spelling(given: str, kept: str) -> None:
    assert read(IVR_PUBLIC_URL=given).public_url == kept


@pytest.mark.parametrize(
    "value",
    [
        "ivr.example.com",
        "wss://ivr.example.com",
        "http://ivr.example.com",
        "http://10.0.0.5:8000",
        "http://0.0.0.0:8000",
        "https://",
        "https:///path",
        "https://user:secretpass@ivr.example.com",
        "https://ivr.example.com/?a=b",
        "https://ivr.example.com/?",
        "https://ivr.example.com/#rc=2",
        "https://ivr.example.com:port",
        "https://ivr.example.com:99999",
        "https://[::1",
        "https://ivr example.com",
        "https://ivr_example/..%2f",
        "https://-x-.example.com",
    ],
)
def test_what_is_no_public_address_is_refused(value: str) -> None:
    said = refusal(IVR_PUBLIC_URL=value)
    assert "IVR_PUBLIC_URL" in said
    assert "secretpass" not in said


def test_several_tokens_may_sign() -> None:
    assert read(TWILIO_AUTH_TOKEN="token-one, token-two,").twilio_tokens == (
        "token-one",
        "token-two",
    )


@pytest.mark.parametrize("value", [",", "abc", "token-one,x"])
def test_what_is_no_token_is_refused_without_being_shown(value: str) -> None:
    assert "TWILIO_AUTH_TOKEN" in refusal(TWILIO_AUTH_TOKEN=value)


@pytest.mark.parametrize("value", ["id", "=secret", "id=", "a=b,c"])
def test_what_is_no_shared_key_is_refused(value: str) -> None:
    assert "TWILIO_WEBHOOK_KEYS" in refusal(TWILIO_WEBHOOK_KEYS=value)


@pytest.mark.parametrize("value", ["a b", "../x", "x" * 41])
def test_an_environment_is_a_plain_name(value: str) -> None:
    assert "IVR_ENV" in refusal(IVR_ENV=value)


# --------------------------------------------------------------------------- files


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from-a-file\n")
    settings = Settings.from_environment({"TWILIO_AUTH_TOKEN_FILE": str(file)})
    assert settings.twilio_tokens == ("from-a-file",)


def test_the_secrets_of_flows_are_known_by_their_names_there(tmp_path: Path) -> None:
    file = tmp_path / "core"
    file.write_text("from-a-file\n")
    environ = {"IVR_SECRET_CLINIC_API": "one", "IVR_SECRET_CORE_FILE": str(file)}
    settings = Settings.from_environment({**environ, "IVR_SECRET_EMPTY": " ", "OTHER": "x"})
    assert settings.secrets == {"clinic_api": "one", "core": "from-a-file"}


def test_a_value_in_two_places_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from-a-file")
    assert "both set" in refusal(TWILIO_AUTH_TOKEN_FILE=str(file))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    said = refusal(ELEVENLABS_API_KEY_FILE=str(tmp_path / "missing"))
    assert said.startswith("ELEVENLABS_API_KEY_FILE names ")
    assert said.endswith("No such file or directory")


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe", b"x" * 20_000])
def test_a_file_without_a_usable_value_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "key"
    file.write_bytes(content)
    assert "ELEVENLABS_API_KEY_FILE" in refusal(ELEVENLABS_API_KEY_FILE=str(file))


# --------------------------------------------------------------------------- what is shown


def test_no_secret_is_shown() -> None:
    settings = read(
        TWILIO_AUTH_TOKEN="hidden-token",
        ELEVENLABS_API_KEY="hidden-key",
        TWILIO_WEBHOOK_KEYS="id=hidden-secret",
        IVR_SECRET_CLINIC_API="hidden-too",
    )
    assert settings.secrets == {"clinic_api": "hidden-too"}
    assert "hidden" not in f"{settings!r} {settings!s}"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.9.9.9", "localhost", "LOCALHOST", "::1", "[::1]", "::ffff:127.0.0.1"]
)
def test_this_machine_is_known_by_its_names(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "0.0.0.0", "10.0.0.1", "::", "localhost.evil.com", "127.0.0.1.evil.com", "é"]
)
def test_others_are_not_taken_for_this_machine(host: str) -> None:
    assert not is_loopback(host)


def test_what_callers_leave_is_kept_in_the_store() -> None:
    assert read(IVR_STORE="/srv/state").messages_folder == Path("/srv/state/messages")
    assert Settings(messages="/elsewhere").messages_folder == Path("/elsewhere")


def test_takes_are_kept_in_the_store_unless_another_folder_is_named() -> None:
    assert read().takes_folder == Path("var/takes")
    assert read(IVR_STORE="/srv/state").takes_folder == Path("/srv/state/takes")
    assert read(IVR_STORE="/srv/state", IVR_TAKES="/srv/takes").takes_folder == Path("/srv/takes")


def test_records_are_kept_for_so_many_days() -> None:
    assert Settings.from_environment({}).keep_records_days == 90
    assert Settings.from_environment({"IVR_KEEP_RECORDS": "7d"}).keep_records_days == 7
    for wrong in ("7", "0d", "4000d", "a week"):
        with pytest.raises(SettingsError, match="IVR_KEEP_RECORDS must be a number of days"):
            Settings.from_environment({"IVR_KEEP_RECORDS": wrong})


def test_what_signs_events_and_takes_letters_is_told_nobody() -> None:
    one, two = "whsec_" + "a" * 32, "b" * 24
    settings = Settings.from_environment(
        {
            "IVR_EVENTS_SECRET": f"{one}, {two}",
            "IVR_SMTP_URL": "smtp://user:s3cret@mail.example.com",
            "IVR_MAIL_FROM": "ivr@example.com",
        }
    )
    assert settings.events_secrets == (one, two)
    assert settings.mail_from == "ivr@example.com"
    assert not any(secret in repr(settings) for secret in (one, two, "s3cret"))
    with pytest.raises(SettingsError, match="at least 24 characters") as refused:
        Settings.from_environment({"IVR_EVENTS_SECRET": "short"})
    assert "short" not in str(refused.value)
