"""Whole calls on virtual time: webhooks, TwiML obeyed, transfers, and every way a call can end."""

from __future__ import annotations

import asyncio

import pytest

from ivr.audio import wav
from ivr.phone.answers import Answer, Outcome, parse_answer
from ivr.phone.events import CallEnded, DialEnded, Dialled, EndedBy, Event, Noted
from ivr.phone.network import Failure, Reply
from ivr.phone.recording import Recording
from ivr.phone.telephone import DOCUMENTS_MAX, Line, Telephone
from tests.phone.lines import (
    CONNECT,
    HANG_UP,
    STREAM_URL,
    TONE,
    VOICE_URL,
    FakeNetwork,
    FakeSocket,
    ring,
    says_hello,
)
from tests.virtual import pass_time

DIAL = (
    '<Response><Dial action="/dialled" timeout="25" hangupOnStar="true">'
    "<Number>+13125550123</Number></Dial></Response>"
)


def by(recording: Recording) -> EndedBy:
    assert recording.ended is not None
    return recording.ended.by


def codes(recording: Recording) -> list[int]:
    return [fault.code for fault in recording.faults]


def test_the_webhook_carries_every_field_of_an_inbound_call() -> None:
    network = FakeNetwork({"/voice": HANG_UP})
    ring(network, caller="+15551230000", line=Line(VOICE_URL, "+15557654321", account_sid="AC1"))
    ((method, url, fields),) = network.asked
    assert (method, url) == ("POST", VOICE_URL)
    assert fields["AccountSid"] == "AC1"
    assert fields["CallSid"].startswith("CA")
    assert len(fields["CallSid"]) == 34
    assert fields["From"] == fields["Caller"] == "+15551230000"
    assert fields["To"] == fields["Called"] == "+15557654321"
    assert (fields["CallStatus"], fields["Direction"]) == ("ringing", "inbound")
    assert fields["ApiVersion"] == "2010-04-01"
    assert {"FromCity", "ToCountry", "StirVerstat", "CallToken"} <= fields.keys()


def test_after_the_server_closed_the_action_is_asked_while_the_call_is_in_progress() -> None:
    network = FakeNetwork({"/voice": CONNECT, "/after": HANG_UP}, says_hello)
    recording = ring(network)
    assert network.opened == [STREAM_URL]
    (after,) = network.fields("/after")
    assert after["CallStatus"] == "in-progress"
    assert after["CallSid"] == network.fields("/voice")[0]["CallSid"]
    assert by(recording) is EndedBy.LINE
    assert codes(recording) == []


def test_without_an_action_the_next_verb_follows_and_at_the_end_the_line_hangs_up() -> None:
    connect = f'<Connect><Stream url="{STREAM_URL}"/></Connect>'
    network = FakeNetwork(
        {"/voice": f"<Response>{connect}<Redirect>/next</Redirect></Response>", "/next": HANG_UP},
        says_hello,
    )
    assert by(ring(network)) is EndedBy.LINE
    assert len(network.fields("/next")) == 1
    alone = FakeNetwork({"/voice": f"<Response>{connect}</Response>"}, says_hello)
    assert by(ring(alone)) is EndedBy.LINE


def test_what_follows_an_action_is_not_executed() -> None:
    document = CONNECT.replace("</Connect>", "</Connect><Redirect>/never</Redirect>")
    network = FakeNetwork({"/voice": document, "/after": HANG_UP}, says_hello)
    ring(network)
    assert [url for _, url, _ in network.asked] == [VOICE_URL, "https://line.test/after"]


def test_a_stream_that_cannot_be_opened_is_a_fault_and_the_action_is_asked() -> None:
    network = FakeNetwork({"/voice": CONNECT, "/after": HANG_UP})
    recording = ring(network)
    assert codes(recording) == [31920]
    assert len(network.fields("/after")) == 1


@pytest.mark.parametrize("url", ["ws://line.test/x", "https://line.test/x", "http://line.test/x"])
def test_a_stream_that_is_not_wss_is_never_opened(url: str) -> None:
    network = FakeNetwork({"/voice": CONNECT.replace(STREAM_URL, url), "/after": HANG_UP})
    assert codes(ring(network)) == [31922]
    assert network.opened == []


def test_plain_text_is_allowed_where_everything_is_on_one_machine() -> None:
    network = FakeNetwork(
        {"/voice": CONNECT.replace(STREAM_URL, "/media/x"), "/after": HANG_UP}, says_hello
    )
    recording = ring(network, line=Line("http://127.0.0.1:8000/voice"))
    assert network.opened == ["ws://127.0.0.1:8000/media/x"]
    assert codes(recording) == []


def test_plain_text_is_not_allowed_over_a_network() -> None:
    network = FakeNetwork({"/voice": CONNECT.replace(STREAM_URL, "/media/x"), "/after": HANG_UP})
    assert codes(ring(network, line=Line("http://line.test/voice"))) == [31922]


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (Failure(11205, "nobody there"), 11205),
        (Failure(11200, "answered 500", 500), 11200),
        (Reply(200, "text/html", b"<html/>"), 12300),
        ("not xml", 12100),
        ("<Answer/>", 12102),
        ("", 11770),
    ],
)
def test_a_webhook_twilio_cannot_use_fails_the_call_with_its_code(
    page: str | Reply | Failure, code: int
) -> None:
    recording = ring(FakeNetwork({"/voice": page}))
    assert codes(recording) == [code]
    assert by(recording) is EndedBy.FAILED


def test_an_action_twilio_cannot_use_fails_the_call_too() -> None:
    network = FakeNetwork({"/voice": CONNECT, "/after": "oops"}, says_hello)
    assert by(ring(network)) is EndedBy.FAILED


def test_reject_is_for_calls_that_were_not_answered() -> None:
    assert by(ring(FakeNetwork({"/voice": "<Response><Reject/></Response>"}))) is EndedBy.REJECTED
    late = FakeNetwork({"/voice": "<Response><Say>Hello</Say><Reject/></Response>"})
    recording = ring(late)
    assert (by(recording), codes(recording)) == (EndedBy.LINE, [12200])


def test_a_redirect_for_ever_ends() -> None:
    network = FakeNetwork({"/voice": "<Response><Redirect>/voice</Redirect></Response>"})
    recording = ring(network)
    assert len(network.asked) == DOCUMENTS_MAX
    assert by(recording) is EndedBy.FAILED


def test_what_twilio_says_is_shown_and_waited_for_and_what_it_plays_is_heard() -> None:
    document = (
        "<Response><Say>We have a technical problem.</Say><Play>/a.wav</Play>"
        '<Play digits="12"/><Pause length="2"/><Hangup/></Response>'
    )
    network = FakeNetwork(
        {"/voice": document, "/a.wav": Reply(200, "audio/wav", wav.write(TONE[:4000]))}
    )
    recording = ring(network)
    assert [e.text for e in recording.events if isinstance(e, Noted)] == [
        "Twilio's voice says: We have a technical problem.",
        "Twilio plays https://line.test/a.wav",
        "Twilio presses 12",
    ]
    said_ms = 1940  # 5 words at 2.6 a second, in whole frames
    assert bytes(recording.line.audio[said_ms * 8 : (said_ms + 500) * 8]) == TONE[:4000]
    assert codes(recording) == []
    assert recording.ended is not None
    assert round(recording.ended.at_ms) == said_ms + 500 + 400 + 2000


def test_what_cannot_be_acted_out_is_a_fault_and_the_next_verb_follows() -> None:
    document = "<Response><Record/><Leave/><Redirect>/next</Redirect></Response>"
    network = FakeNetwork({"/voice": document, "/next": HANG_UP})
    recording = ring(network)
    assert [fault.text for fault in recording.faults] == [
        "<Record> is not acted out by this telephone",
        "<Leave> where the caller is in no queue",
    ]
    assert len(network.fields("/next")) == 1


@pytest.mark.parametrize(
    ("caller", "status"), [("sip:ann@pbx.test", "completed"), ("+13125550177", "failed")]
)
def test_only_a_sip_caller_can_be_handed_over(caller: str, status: str) -> None:
    refer = '<Refer action="/referred"><Sip>sip:desk@pbx.test</Sip></Refer>'
    network = FakeNetwork({"/voice": f"<Response>{refer}</Response>", "/referred": HANG_UP})
    ring(network, caller=caller)
    assert network.fields("/referred")[0]["ReferCallStatus"] == status


# --------------------------------------------------------------------------- transfers


@pytest.mark.parametrize(
    ("answer", "status", "bridged", "seconds", "took_ms"),
    [
        ("answered 20s", "completed", "true", "20", 21_000),
        ("no_answer", "no-answer", "false", "0", 2000),
        ("busy", "busy", "false", "0", 0),
        ("declined", "busy", "false", "0", 1000),
        ("failed", "failed", "false", "0", 0),
    ],
)
def test_a_dial_ends_as_it_is_answered(
    answer: str, status: str, bridged: str, seconds: str, took_ms: int
) -> None:
    network = FakeNetwork({"/voice": DIAL, "/dialled": HANG_UP})
    recording = ring(network, answers=lambda number: parse_answer(answer))
    (fields,) = network.fields("/dialled")
    assert fields["DialCallStatus"] == status
    assert fields["DialBridged"] == bridged
    assert fields["DialCallDuration"] == seconds
    assert fields["DialCallSid"].startswith("CA")
    assert fields["CallStatus"] == "in-progress"
    ((dialled, ended),) = recording.legs
    assert dialled == Dialled(0, ("+13125550123",), 25, str(parse_answer(answer)))
    assert ended == DialEnded(took_ms, status, int(seconds), bridged == "true")


def test_the_caller_hears_it_ring() -> None:
    recording = ring(
        FakeNetwork({"/voice": DIAL, "/dialled": HANG_UP}),
        answers=lambda number: Answer(Outcome.NO_ANSWER),
    )
    assert len(recording.line.audio) == 2 * 8000
    assert bytes(recording.line.audio).count(0xFF) < 1000


def test_a_ring_is_never_longer_than_its_timeout_and_a_talk_never_than_its_limit() -> None:
    document = '<Response><Dial timeout="1" timeLimit="5" action="/dialled">+13125550123</Dial>'
    network = FakeNetwork({"/voice": document + "</Response>", "/dialled": HANG_UP})
    recording = ring(network, answers=lambda number: Answer(Outcome.NO_ANSWER))
    assert recording.legs[0][1].at_ms == 1000
    again = FakeNetwork({"/voice": document + "</Response>", "/dialled": HANG_UP})
    recording = ring(again, answers=lambda number: Answer(Outcome.ANSWERED, 60_000))
    assert recording.legs[0][1].talked_s == 5


def test_of_several_numbers_the_one_that_answers_wins() -> None:
    document = (
        '<Response><Dial action="/dialled"><Number>+13125550001</Number>'
        "<Number>+13125550002</Number></Dial></Response>"
    )
    answers = {"+13125550001": Answer(Outcome.BUSY), "+13125550002": Answer(Outcome.ANSWERED, 1000)}
    network = FakeNetwork({"/voice": document, "/dialled": HANG_UP})
    ring(network, answers=lambda number: answers[number])
    assert network.fields("/dialled")[0]["DialCallStatus"] == "completed"


@pytest.mark.parametrize(
    ("after_s", "status", "talked"), [(0.5, "canceled", "0"), (4.0, "completed", "3")]
)
def test_star_gives_up_a_dial_that_allows_it(after_s: float, status: str, talked: str) -> None:
    async def hands(phone: Telephone) -> None:
        await pass_time(after_s)
        phone.press("1")
        phone.press("*")

    network = FakeNetwork({"/voice": DIAL, "/dialled": HANG_UP})
    recording = ring(network, hands, answers=lambda number: Answer(Outcome.ANSWERED, 60_000))
    (fields,) = network.fields("/dialled")
    assert (fields["DialCallStatus"], fields["DialCallDuration"]) == (status, talked)
    assert [(key.key, key.sent) for key in recording.keys] == [("1", False), ("*", False)]


def test_a_star_from_before_the_dial_does_not_end_it() -> None:
    async def hands(phone: Telephone) -> None:
        await pass_time(0.5)
        phone.press("*")

    network = FakeNetwork({"/voice": CONNECT, "/after": DIAL, "/dialled": HANG_UP}, says_hello)
    ring(network, hands, answers=lambda number: Answer(Outcome.BUSY))
    assert network.fields("/dialled")[0]["DialCallStatus"] == "busy"


def test_star_means_nothing_to_a_dial_that_does_not_allow_it() -> None:
    async def hands(phone: Telephone) -> None:
        await pass_time(0.5)
        phone.press("*")

    document = DIAL.replace("true", "false")
    network = FakeNetwork({"/voice": document, "/dialled": HANG_UP})
    ring(network, hands, answers=lambda number: Answer(Outcome.ANSWERED, 9000))
    assert network.fields("/dialled")[0]["DialCallDuration"] == "9"


def test_who_hangs_up_while_it_rings_has_the_action_asked_and_not_executed() -> None:
    async def hands(phone: Telephone) -> None:
        await pass_time(0.5)
        phone.hang_up()

    network = FakeNetwork({"/voice": DIAL, "/dialled": CONNECT})
    recording = ring(network, hands, answers=lambda number: Answer(Outcome.ANSWERED, 9000))
    assert network.fields("/dialled")[0]["DialCallStatus"] == "canceled"
    assert by(recording) is EndedBy.CALLER
    assert network.opened == []


def test_a_call_comes_back_from_a_transfer_in_a_new_stream() -> None:
    network = FakeNetwork(
        {"/voice": CONNECT, "/after": [DIAL, HANG_UP], "/dialled": CONNECT}, says_hello, says_hello
    )
    recording = ring(network, answers=lambda number: Answer(Outcome.BUSY))
    sids = [socket.sent[1]["streamSid"] for socket in network.sockets]
    calls = {socket.sent[1]["start"]["callSid"] for socket in network.sockets}
    assert len(set(sids)) == 2
    assert len(calls) == 1
    assert [segment.number for segment in recording.segments] == [1, 2]
    assert [sound.after for sound in recording.sounds] == ["answer", "return"]
    assert codes(recording) == []


def test_a_key_between_two_streams_goes_unheard() -> None:
    async def hands(phone: Telephone) -> None:
        await pass_time(1.5)
        phone.press("7")

    network = FakeNetwork({"/voice": CONNECT, "/after": DIAL, "/dialled": HANG_UP}, says_hello)
    recording = ring(network, hands)
    assert [key.sent for key in recording.keys] == [False]


# --------------------------------------------------------------------------- reports


def test_the_status_addresses_hear_of_the_stream_and_of_the_end() -> None:
    connect = CONNECT.replace("<Stream ", '<Stream statusCallback="/stream" name="main" ')
    network = FakeNetwork(
        {"/voice": connect, "/after": HANG_UP, "/stream": "", "/status": ""}, says_hello
    )
    recording = ring(network, line=Line(VOICE_URL, status_url="https://line.test/status"))
    events = [fields["StreamEvent"] for fields in network.fields("/stream")]
    assert events == ["stream-started", "stream-stopped"]
    assert {fields["StreamName"] for fields in network.fields("/stream")} == {"main"}
    (status,) = network.fields("/status")
    assert (status["CallStatus"], status["CallDuration"]) == ("completed", "1")
    assert codes(recording) == []


def test_a_status_address_that_fails_is_a_warning() -> None:
    connect = CONNECT.replace("<Stream ", '<Stream statusCallback="/stream" ')
    network = FakeNetwork(
        {"/voice": connect, "/after": HANG_UP, "/stream": Failure(11200, "500", 500)}, says_hello
    )
    recording = ring(network)
    assert codes(recording) == [15003, 15003]
    assert by(recording) is EndedBy.LINE


def test_a_stream_that_fails_reports_its_error() -> None:
    connect = CONNECT.replace("<Stream ", '<Stream statusCallback="/stream" ')
    network = FakeNetwork({"/voice": connect, "/after": HANG_UP, "/stream": ""})
    ring(network)
    (fields,) = network.fields("/stream")
    assert (fields["StreamEvent"], fields["StreamError"]) == ("stream-error", "nobody talks here")
    assert fields["StreamName"] == fields["StreamSid"]


# --------------------------------------------------------------------------- hanging up


@pytest.mark.parametrize("at_ms", range(0, 6000, 170))
def test_hanging_up_at_any_moment_ends_the_call_there_and_leaves_nothing(at_ms: int) -> None:
    """``run`` raises if a task is left; each moment of a call with a transfer is tried."""

    async def hands(phone: Telephone) -> None:
        await pass_time(at_ms / 1000)
        phone.hang_up()

    network = SlowNetwork(
        {"/voice": CONNECT, "/after": [DIAL, HANG_UP], "/dialled": CONNECT}, says_hello, says_hello
    )
    told: list[Event] = []
    recording = ring(network, hands, listener=told.append)
    assert by(recording) is EndedBy.CALLER
    assert isinstance(told[-1], CallEnded)
    assert recording.faults == []


def test_hanging_up_does_not_wait_for_a_webhook_that_never_answers() -> None:
    class Silent(FakeNetwork):
        async def ask(self, method: str, url: str, fields: object) -> Reply | Failure:
            await asyncio.Event().wait()
            raise AssertionError

    async def hands(phone: Telephone) -> None:
        await pass_time(1)
        phone.hang_up()

    assert by(ring(Silent({}), hands)) is EndedBy.CALLER


class SlowNetwork(FakeNetwork):
    """Every webhook and handshake takes 300 ms."""

    async def ask(self, method: str, url: str, fields: object) -> Reply | Failure:
        await pass_time(0.3)
        return await super().ask(method, url, fields)  # type: ignore[arg-type]

    async def open(self, url: str) -> FakeSocket | Failure:
        await pass_time(0.3)
        opened = await super().open(url)
        assert isinstance(opened, FakeSocket | Failure)
        return opened


def test_a_letter_is_no_key() -> None:
    async def hands(phone: Telephone) -> None:
        for wrong in ("x", "", "12", "E"):
            with pytest.raises(ValueError, match="no telephone key"):
                phone.press(wrong)

    ring(FakeNetwork({"/voice": CONNECT, "/after": HANG_UP}, says_hello), hands)


def test_the_ear_hears_every_sample_once() -> None:
    heard: list[bytes] = []
    recording = ring(
        FakeNetwork({"/voice": CONNECT, "/after": HANG_UP}, says_hello), ear=heard.append
    )
    assert b"".join(heard) == bytes(recording.line.audio)
    assert b"".join(heard)[:8000] == TONE
