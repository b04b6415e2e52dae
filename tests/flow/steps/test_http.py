"""``http``: a service is asked while its text is spoken, and the flow goes on with the answer."""

from __future__ import annotations

import pytest

from ivr.flow.messages import Cancel, Hold, Noted, Request, RequestAnswered, Speak, secret_marker
from ivr.flow.state import encode
from ivr.flow.steps.http import shaped
from ivr.flow.values import Value
from tests.flow.ring import Ring, loaded, problems_of

SETTINGS = """
    environments:
      dev: {api: "https://api.example.com/v1", wanted: "a b/c"}
    allowed_hosts: [api.example.com]
"""
LOOK_UP = """
    language: en-US
    vars: {id: 42}
    steps:
      main:
        - say: One moment please.
          http: GET ${settings.api}/patients/${id}
          save: patient
          example: {name: Robin, visits: [{on: 2026-01-02}], phone: {home: x}}
          not_found: unknown
          error: broken
        - say: "Hello ${patient.name}."
          goto: choose
      choose: {say: Press 1., menu: {1: bye}}
      unknown: {say: Nobody., goto: hangup}
      broken: {say: Broken., goto: hangup}
      bye: {say: Bye., goto: hangup}
"""
POST = """
    language: en-US
    vars: {name: Ana}
    steps:
      main:
        - say: This call is recorded.
          interrupt: no
        - say: I am sending it.
          http: POST ${settings.api}/orders
          body: {name: "${name}", items: [1, "${name}", {deep: true}]}
          headers: {Authorization: "Bearer ${secrets.api_key}"}
          save: order
          example: {number: 1}
          status: {409: twice, 202: later}
          error: broken
          goto: done
      done: {say: "Your number is ${order.number}.", goto: hangup}
      twice: {say: Twice., goto: hangup}
      later: {say: "Later, ${order.number}.", goto: hangup}
      broken: {say: Broken., goto: hangup}
"""


def ring(flow: str = LOOK_UP) -> Ring:
    return Ring(flow, settings=SETTINGS)


def asked(call: Ring) -> Request:
    assert call.request is not None, call.commands
    return call.request


# --------------------------------------------------------------------------- when it is asked


def test_a_get_is_asked_at_once_while_its_text_is_spoken() -> None:
    call = ring()
    assert call.said == ["One moment please."]
    assert asked(call).method == "GET"


def test_the_step_goes_on_when_both_the_answer_is_there_and_the_text_was_heard() -> None:
    call = ring().answers(200, {"name": "Ana"})
    assert call.said == []
    assert call.hears_one().said == ["Hello Ana.", "Press 1."]
    call = ring().hears_one()
    assert call.said == []
    assert call.answers(200, {"name": "Ana"}).said == ["Hello Ana.", "Press 1."]


def test_what_changes_the_world_waits_for_earlier_texts_that_may_not_be_interrupted() -> None:
    call = ring(POST)
    assert call.request is None
    assert call.queue == ["This call is recorded.", "I am sending it."]
    assert asked(call.hears_one()).method == "POST"


def test_its_own_text_does_not_hold_a_post_back() -> None:
    assert ring(POST.replace("interrupt: no", "interrupt: yes")).request is not None
    own = POST.replace("I am sending it.", "I am sending it.\n          interrupt: no")
    assert asked(ring(own).hears_one()).method == "POST"


def test_a_get_does_not_wait_for_a_notice() -> None:
    flow = LOOK_UP.replace(
        "- say: One", "- say: Notice.\n          interrupt: no\n        - say: One"
    )
    assert ring(flow).request is not None


# --------------------------------------------------------------------------- what is asked


def test_values_in_an_address_are_encoded_except_those_of_settings() -> None:
    flow = LOOK_UP.replace("vars: {id: 42}", "vars: {id: ../a b?x}")
    assert asked(ring(flow)).url == "https://api.example.com/v1/patients/..%2Fa%20b%3Fx"
    mixed = LOOK_UP.replace("${id}", "${settings.wanted + id}").replace("id: 42", "id: /x")
    assert asked(ring(mixed)).url.endswith("/patients/a%20b%2Fc%2Fx")


def test_a_value_that_looks_like_a_secret_is_encoded_like_any_other() -> None:
    flow = LOOK_UP.replace("vars: {id: 42}", 'vars: {id: "\\x01secret:api_key\\x01"}')
    assert "\x01" not in asked(ring(flow)).url


def test_the_query_is_put_beside_the_address_and_keeps_no_type() -> None:
    flow = LOOK_UP.replace(
        "save: patient", 'save: patient\n          query: {n: "${id}", all: true, none: null}'
    )
    assert asked(ring(flow)).query == (("n", "42"), ("all", "true"), ("none", ""))


def test_a_body_keeps_the_types_of_its_values() -> None:
    request = asked(ring(POST).hears_one())
    assert request.body == {"name": "Ana", "items": [1, "Ana", {"deep": True}]}


def test_a_secret_is_a_marker_and_stands_nowhere_but_in_the_request() -> None:
    call = ring(POST).hears_one()
    request = asked(call)
    assert request.headers == (("Authorization", f"Bearer {secret_marker('api_key')}"),)
    assert b"api_key" not in encode(call.state)
    assert "api_key" not in "".join(call.notes(Noted.ASKED_FOR)) + repr(request)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("${settings.api}/patients/${id}", "GET https://api.example.com/v1/patients/42"),
        ("${settings.api}/p?id=${id}", "GET https://api.example.com/v1/p"),
        ("https://me:${secrets.pw}@api.example.com/a", "GET https://api.example.com/a"),
        ("${settings.api}/${secrets.key}/a", "GET https://api.example.com/v1/…/a"),
    ],
)
def test_a_request_is_written_down_without_its_query_its_user_and_its_secrets(
    written: str, name: str
) -> None:
    call = ring(LOOK_UP.replace("${settings.api}/patients/${id}", written))
    assert asked(call).name == name
    assert call.notes(Noted.ASKED_FOR) == [name]


PIN = """
    language: en-US
    steps:
      main:
        say: Your PIN?
        ask: pin
        digits: 4
        sensitive: yes
        goto: check
      check:
        - say: One moment.
          http: POST https://api.example.com/verify/${pin}
          body: {pin: "${pin}", all: ["x${pin}"]}
          save: person
          example: {name: x}
          error: main
        - say: "Hello ${person.name}."
          goto: hangup
"""


def test_a_sensitive_value_goes_into_the_request_and_stands_nowhere_else() -> None:
    call = ring(PIN).presses("7391")
    request = asked(call)
    assert request.body == {"pin": "7391", "all": ["x7391"]}
    assert request.name == "POST https://api.example.com/verify/…"
    assert b"7391" not in encode(call.state)
    rest = [command for command in call.commands if command is not request]
    assert "7391" not in repr(rest) + repr(request)


def test_the_limit_of_an_errand_is_four_seconds_unless_told_otherwise() -> None:
    assert asked(ring()).timeout_ms == 4_000
    assert (
        asked(ring(LOOK_UP.replace("error:", "timeout: 9s\n          error:"))).timeout_ms == 9_000
    )


# --------------------------------------------------------------------------- the answer


@pytest.mark.parametrize(
    ("status", "text"),
    [(200, "Hello Ana."), (404, "Nobody."), (500, "Broken."), (301, "Broken."), (None, "Broken.")],
)
def test_each_answer_goes_where_it_is_told(status: int | None, text: str) -> None:
    assert ring().hears_one().answers(status, {"name": "Ana"}).said[0] == text


@pytest.mark.parametrize(
    ("status", "text"),
    [(409, "Twice."), (202, "Later, 7."), (404, "Broken."), (201, "Your number is 7.")],
)
def test_a_status_may_have_a_way_of_its_own(status: int, text: str) -> None:
    call = ring(POST).hears_all()
    assert call.answers(status, {"number": 7}).said == [text]


def test_404_without_not_found_is_an_error() -> None:
    flow = LOOK_UP.replace("not_found: unknown\n", "\n")
    assert ring(flow).hears_one().answers(404).said == ["Broken."]


def test_an_error_nobody_provides_for_is_an_apology() -> None:
    flow = LOOK_UP.replace("error: broken\n", "\n")
    call = ring(flow).hears_one().answers(500)
    assert "technical problem" in call.said[0]
    assert call.hears_all().hung_up == "trouble"


def test_why_there_is_no_answer_is_noted() -> None:
    call = ring().answers(None, None, "the service did not answer")
    assert call.notes(Noted.TROUBLE) == ["the service did not answer"]
    assert call.notes(Noted.CAME_BACK) == ["error"]


def test_of_an_answer_only_the_fields_of_the_example_are_kept() -> None:
    body: Value = {
        "name": "Ana",
        "visits": [{"on": "2026-01-03", "why": "x"}, {}],
        "phone": {"home": "1", "work": "2"},
        "ssn": "1",
    }
    call = ring().answers(200, body)
    assert call.state.variables["patient"] == {
        "name": "Ana",
        "visits": [{"on": "2026-01-03"}, {"on": None}],
        "phone": {"home": "1"},
    }


@pytest.mark.parametrize(
    ("value", "example", "kept"),
    [
        ({"a": 1}, {"a": 2, "b": 3}, {"a": 1, "b": None}),
        ({}, {"a": {"b": 1}, "c": [1]}, {"a": None, "c": None}),
        ("text", {"a": 1}, None),
        ({"a": {"b": {"c": 1}}}, {"a": {"b": 1}}, {"a": {"b": None}}),
        ([{"a": 1, "b": 2}, 3], [{"a": 0}], [{"a": 1}, None]),
        ([1, "x", None], [0], [1, "x", None]),
        ([1, {"a": 1}], [], [1, {"a": 1}]),
        ({"a": 1}, [{"a": 1}], None),
        (5, None, 5),
        (None, {"a": 1}, None),
    ],
)
def test_an_answer_takes_the_shape_of_its_example(
    value: Value, example: Value, kept: Value
) -> None:
    assert shaped(value, example) == kept


def test_without_an_example_all_of_an_answer_is_kept() -> None:
    flow = LOOK_UP.replace("example: {name: Robin", "note: {name: Robin").replace(
        "note: {name: Robin, visits: [{on: 2026-01-02}], phone: {home: x}}", "note: whole"
    )
    assert ring(flow).answers(200, {"a": [1]}).state.variables["patient"] == {"a": [1]}


def test_an_answer_that_is_no_success_is_not_kept() -> None:
    assert "patient" not in ring().answers(404, {"name": "Ana"}).state.variables


def test_an_answer_too_big_to_keep_is_an_error_and_no_apology() -> None:
    call = ring().hears_one().answers(200, {"name": "x" * 66_000})
    assert call.said == ["Broken."]
    assert call.notes(Noted.TROUBLE) == ["more than 64 kB of values in one call"]
    assert "patient" not in call.state.variables


def test_an_answer_that_cannot_be_kept_is_an_error() -> None:
    deep: Value = "x"
    for _ in range(40):
        deep = [deep]
    flow = LOOK_UP.replace("visits: [{on: 2026-01-02}]", "visits: []")
    assert ring(flow).hears_one().answers(200, {"visits": deep}).said == ["Broken."]
    assert ring().hears_one().answers(200, {"name": "\ud800"}).said == ["Broken."]


def test_a_late_answer_of_an_earlier_request_changes_nothing() -> None:
    call = ring().hears_one()
    old = asked(ring()).id
    call.waits_ms(6_000)
    assert call.step == "broken"
    before = call.state
    call.tell(RequestAnswered(old, 200, {"name": "Ana"}))
    assert (call.step, call.said) == ("broken", [])
    assert call.state.queue == before.queue


# --------------------------------------------------------------------------- keys meanwhile


def test_a_key_drops_the_text_is_kept_for_the_next_question_and_cancels_nothing() -> None:
    call = ring().presses("1")
    assert call.stopped == (1,)
    assert call.cancelled == []
    assert call.answers(200, {"name": "Ana"}).said[-1] == "Bye."
    assert call.step == "bye"


def test_a_key_while_a_post_waits_for_its_turn_drops_what_may_be_dropped() -> None:
    flow = POST.replace("- say: This", "- say: Welcome.\n        - say: This")
    call = ring(flow).presses("1")
    assert call.stopped == (1, 3)
    assert call.queue == ["This call is recorded."]
    assert call.hears_one().request is not None


def test_a_key_during_a_notice_beside_a_request_is_thrown_away() -> None:
    call = ring(LOOK_UP.replace("- say: One", "- interrupt: no\n          say: One")).presses("1")
    assert call.stopped == ()
    assert call.notes(Noted.KEY_DROPPED) == ["during a text that cannot be interrupted"]
    assert call.hears_one().answers(200, {"name": "Ana"}).step == "choose"


# --------------------------------------------------------------------------- waiting


def holds(call: Ring) -> list[Hold]:
    spoken = (c.utterance.parts for c in call.commands if isinstance(c, Speak))
    return [part for parts in spoken for part in parts if isinstance(part, Hold)]


def test_silence_is_filled_after_one_second_and_the_caller_told_every_eight() -> None:
    call = ring()
    assert call.state.deadline == 5_000, "nothing is filled while the text is spoken"
    call.now = 2_000
    call.hears_one()
    assert call.state.deadline == 3_000
    call.waits()
    assert holds(call) == [Hold(None, 8_000)]
    [text] = call.said
    assert text.startswith("[tone] ")
    call.now += 1_000
    assert call.hears_one().said == [text], "and again"


def test_what_fills_the_time_stops_when_the_answer_comes() -> None:
    call = ring().hears_one().waits()
    assert call.answers(200, {"name": "Ana"}).stopped == (2,)
    assert call.said == ["Hello Ana.", "Press 1."]


def test_a_key_does_not_stop_what_fills_the_time() -> None:
    call = ring().hears_one().waits().presses("1")
    assert call.stopped == ()
    assert call.answers(200, {"name": "Ana"}).step == "bye"


def test_a_flow_may_have_its_own_music() -> None:
    flow = LOOK_UP.replace("save: patient", "hold: audio/music.wav\n          save: patient")
    assert holds(ring(flow).hears_one().waits()) == [Hold("audio/music.wav", 8_000)]


def test_the_machine_gives_an_errand_up_a_second_after_its_own_limit() -> None:
    call = ring().hears_one()
    request = list(call.out)
    call.waits()
    assert call.state.deadline == 5_000
    call.waits()
    assert call.cancelled == request
    assert call.stopped == (2,)
    assert call.said == ["Broken."]
    assert call.notes(Noted.TROUBLE) == ["nobody answered in time"]


def test_patience_does_not_make_a_service_slower() -> None:
    flow = LOOK_UP.replace("      main:\n", "      main:\n        - set: {call.patience: 3}\n")
    assert ring(flow).state.deadline == 5_000


# --------------------------------------------------------------------------- the caller leaves


def test_a_hang_up_cancels_what_is_out() -> None:
    call = ring()
    assert call.hangs_up().cancelled == [1]
    assert call.state.ended == "caller_hung_up"


def test_a_hang_up_lets_finish_what_is_to_be_finished() -> None:
    flow = POST.replace("goto: done", "goto: done\n          finish: yes")
    call = ring(flow).hears_one()
    assert asked(call).finish
    assert call.hangs_up().cancelled == []


def test_a_post_whose_turn_has_not_come_is_not_sent_after_a_hang_up() -> None:
    assert ring(POST).hangs_up().request is None


def test_after_a_lost_stream_a_get_is_asked_again() -> None:
    call = ring().resumes()
    assert call.said == ["One moment please."]
    request = asked(call)
    assert request.id == 2
    assert call.hears_one().answers(200, {"name": "Ana"}).said[0] == "Hello Ana."


def test_after_a_lost_stream_a_post_is_an_error_because_it_may_have_been_done() -> None:
    call = ring(POST).hears_all().resumes()
    assert call.request is None
    assert call.said == ["Broken."]
    assert call.notes(Noted.TROUBLE) == ["the line was lost while this was asked"]


def test_what_filled_the_time_is_not_said_again_in_a_new_stream() -> None:
    call = ring().hears_one().waits().resumes()
    assert call.said == []
    assert call.answers(200, {"name": "Ana"}).said[0] == "Hello Ana."


def test_an_answer_that_was_there_already_is_not_asked_for_again() -> None:
    call = ring().answers(200, {"name": "Ana"}).resumes()
    assert call.request is None
    assert call.hears_one().said[0] == "Hello Ana."


def test_a_post_that_waits_for_its_turn_survives_a_lost_stream() -> None:
    call = ring(POST).resumes()
    assert call.said == ["This call is recorded.", "I am sending it."]
    assert call.hears_one().request is not None


# --------------------------------------------------------------------------- trouble


def test_an_address_that_cannot_be_computed_is_an_apology() -> None:
    call = ring(LOOK_UP.replace("${id}", "${id - 'x'}"))
    assert call.request is None
    assert "technical problem" in call.said[-1]


def test_two_requests_in_a_row_are_sent_one_after_the_other() -> None:
    flow = """
        steps:
          main:
            - http: GET https://a.example/1
              save: a
              error: main
            - http: GET https://a.example/${a}
              error: main
            - say: Done.
              goto: hangup
    """
    call = Ring(flow)
    assert call.answers(200, "x").request is not None
    assert asked(call).url == "https://a.example/x"
    assert not call.told(Cancel)
    assert call.answers(204).said == ["Done."]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("https://x.example", "H002"),
        ("FETCH https://x.example", "H002"),
        ("[GET]", "H002"),
        ("GET https://x.example\n        body: {a: 1}", "S006"),
        ("POST https://x.example\n        ahead: yes", "S007"),
        ("GET https://x.example\n        status: {abc: main}", "S007"),
        ("GET https://x.example\n        status: {100: main}", "S007"),
        ("GET https://x.example\n        headers: {'a b': x}", "S007"),
        ("GET https://x.example\n        headers: {a: [x]}", "S007"),
        ("GET https://x.example\n        timeout: 2m", "S007"),
        ("GET https://x.example\n        retry: 9", "S007"),
    ],
)
def test_what_cannot_be_asked_is_told_to_the_author(value: str, code: str) -> None:
    flow = f"""
    steps:
      main:
        http: {value}
        error: hangup
        goto: hangup
    """
    assert code in [found for found, _, _ in problems_of(flow)]


def _map(entries: int) -> str:
    return "{" + ", ".join(f"a{number}: x" for number in range(entries)) + "}"


def _computed(values: int) -> str:
    return ", ".join(["'${call.id}'"] * values)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (f"headers: {_map(51)}", "51 headers; 50 is the most"),
        (f"query: {_map(101)}", "101 fields of a query; 100 is the most"),
        (
            f"body: {{a: [{{b: [{_computed(600)}]}}, {_computed(401)}]}}",
            "1001 values with ${…} in one place; 1000 is the most",
        ),
    ],
)
def test_what_no_service_takes_is_refused_in_one_sentence(fields: str, said: str) -> None:
    problems = loaded(_posts(fields), frozenset()).problems
    assert [(each.code, each.message) for each in problems] == [("S007", said)]


def test_as_much_as_a_service_may_take_is_read() -> None:
    plain = ", ".join(["x"] * 500)
    fields = (f"headers: {_map(50)}", f"query: {_map(100)}", f"body: [{_computed(1_000)}, {plain}]")
    assert not problems_of(_posts(*fields))


def _posts(*fields: str) -> str:
    lines = ("http: POST http://127.0.0.1/x", *fields, "error: hangup", "goto: hangup")
    return "steps:\n  main:\n    say: One moment.\n" + "".join(f"    {each}\n" for each in lines)
