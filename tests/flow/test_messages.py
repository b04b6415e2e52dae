"""Events and commands."""

from __future__ import annotations

from ivr.flow.messages import (
    Clip,
    Emit,
    Invoke,
    Request,
    RunTwiml,
    SendText,
    Silence,
    Utterance,
    Words,
    secret_marker,
)


def test_what_may_be_written_down_of_an_utterance_hides_what_is_hidden() -> None:
    hidden = Words("Your PIN is 7391.", "en-US", "sarah", fixed=False, shown="Your PIN is ••••.")
    plain = Words("Goodbye.", "en-US", "sarah", fixed=True)
    utterance = Utterance(1, (hidden, Silence(300), Clip("a.wav"), plain), True, "bank", "pin")
    assert utterance.shown == "Your PIN is ••••. Goodbye."
    assert hidden.public == "Your PIN is ••••."
    assert plain.public == "Goodbye."


def test_parts_are_equal_by_what_they_say() -> None:
    assert Words("A.", "en-US", "v", fixed=True) == Words("A.", "en-US", "v", fixed=True)
    assert len({Silence(1), Silence(1), Clip("a"), Clip("a")}) == 2


def request(id: int = 1, url: str = "https://a.example/x", body: str | None = None) -> Request:
    headers = (("Authorization", f"Bearer {secret_marker('api_key')}"),)
    query = (("pin", "7391"),)
    return Request(id, "GET", url, headers, query, body, 4_000, 1, "step", "GET https://a.example")


def test_two_requests_ask_the_same_whatever_their_number_and_step() -> None:
    assert request(1).asks_same_as(request(2))
    assert not request(1).asks_same_as(request(1, url="https://a.example/y"))
    assert not request(1).asks_same_as(request(1, body="x"))


def test_what_may_be_written_down_nowhere_is_not_shown_by_accident() -> None:
    shown = repr(
        [
            request(body="7391"),
            Invoke(1, "check", {"pin": "7391"}, 4_000, "step"),
            SendText(1, "+13125550177", "7391", "step"),
            RunTwiml(f"<Response>7391{secret_marker('api_key')}</Response>", "step"),
        ]
    )
    assert "7391" not in shown
    assert "api_key" not in shown
    assert Emit("told", {"a": 1}, "step").data == {"a": 1}


def test_a_marker_names_its_secret_between_characters_nobody_can_press_or_write() -> None:
    assert secret_marker("api_key") == "\x01secret:api_key\x01"
