"""Calls that ask something of the world: what tests answer, what they see, and how they fail."""

from __future__ import annotations

import pytest

from tests.rehearsal.stage import failure, made, problems_of, script_of, transcript, world_of

FLOWS = world_of()


def passes(lines: str, answers: str = "{}", **circumstances: str) -> list[str]:
    """The transcript of a call that goes as its test says."""
    call = made(lines, main=FLOWS, answers=answers, **circumstances)
    assert call.failure is None, (failure(call), transcript(call))
    return transcript(call)


def fails(lines: str, answers: str = "{}") -> str:
    """What is said of a call that does not; the lines of its test begin in line 4."""
    return failure(made(lines, main=FLOWS, answers=answers))


FIND = "- hears: Choose\n- presses: 1\n"
ORDER = "- hears: Choose\n- presses: 2\n"


@pytest.mark.parametrize(
    ("answers", "heard"),
    [
        ("{}", "Hello Ana"),
        ("{GET /people/*: {name: Bo}}", "Hello Bo"),
        ("{GET /people/+13125550177: {name: Bo}}", "Hello Bo"),
        ("{GET /v1/people/*: {name: Bo}}", "Hello Bo"),
        ('{"GET http://127.0.0.1:9000/v1/people/*": {name: Bo}}', "Hello Bo"),
        ("{GET /people/*: {status: 201, body: {name: Bo}}}", "Hello Bo"),
        ("{GET /people/*: {status: 201}}", "Hello Ana"),
        ("{GET /people/*: 200}", "Hello Ana"),
        ("{GET /people/*: {status: shipped, name: Bo}}", "Hello Bo"),
        ("{GET /people/*: 404}", "Unknown"),
        ("{GET /people/*: 409}", "Taken"),
        ("{GET /people/*: 500}", "Broken"),
        ("{GET /people/*: timeout}", "Broken"),
        ("{GET /people/*: {name: Bo}, GET /people/+13125550177: 404}", "Unknown"),
        ("{GET *: 409}", "Taken"),
    ],
)
def test_a_service_answers_as_the_test_says_or_as_the_example_does(
    answers: str, heard: str
) -> None:
    passes(f"{FIND}- hears: {heard}", answers)


def test_answers_are_used_in_turn_and_the_last_one_from_then_on() -> None:
    again = "- hears: Choose\n- presses: 1\n- hears: {}\n"
    answers = "{GET /people/*: [404, {name: Bo}, 409]}"
    passes("".join(again.format(word) for word in ("Unknown", "Bo", "Taken", "Taken")), answers)


def test_bodies_keep_the_types_of_what_is_written() -> None:
    answers = "{GET /people/*: {name: 0042, age: 42}}"
    passes(f'{FIND}- hears: Hello 0042\n- vars: {{found: {{name: "0042", age: 42}}}}', answers)


def test_an_answer_takes_its_time_and_one_that_takes_too_long_is_none() -> None:
    lines = passes(f"{FIND}- hears: Hello", "{GET /people/*: {after: 3s}}")
    assert "  3.0  ivr     (is answered: 200)" in lines
    lines = passes(f"{FIND}- hears: Broken\n- took: less than 5s", "{GET /people/*: {after: 9s}}")
    assert "  4.0  ivr     (is answered: no whole answer within 4 s)" in lines


def test_what_nothing_answers_says_what_to_add() -> None:
    assert fails(ORDER) == (
        "line 5: nothing answers POST http://127.0.0.1:9000/v1/orders: "
        "add it to answers:, or add  example:  to the step order"
    )


def test_a_request_is_seen_once_and_its_body_in_parts() -> None:
    body = "body: {item: tea, count: 2}"
    passes(
        f"{ORDER}- hears: Ordered\n- requested: {{request: POST /orders, {body}}}",
        "{POST /orders: 201}",
    )
    assert fails(f"{FIND}- requested: GET /people/*\n- requested: GET /people/*") == (
        "line 7: the flow is waiting for the caller, but the test says "
        "“requested: GET /people/*”. Last heard: “Choose.”. "
        "So far it has asked for: GET http://127.0.0.1:9000/v1/people/%2B13125550177"
    )


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ("{item: coffee}", "“item” is “tea”"),
        ("{item: tea, count: 3}", "“count” is 2"),
        ("{price: 2}", "it has no “price”"),
    ],
)
def test_a_wrong_body_says_which_field(body: str, wrong: str) -> None:
    line = f"requested: {{request: POST /orders, body: {body}}}"
    assert fails(f"{ORDER}- {line}", "{POST /orders: 201}") == (
        f"line 6: POST http://127.0.0.1:9000/v1/orders: {wrong}, but the test says “{line}”"
    )


def test_a_sensitive_value_of_a_body_can_be_expected_and_is_never_shown() -> None:
    pin = "- hears: Choose\n- presses: 0\n- hears: PIN\n- presses: 4711\n"
    passes(f"{pin}- requested: {{request: POST /verify, body: {{pin: '4711', by: telephone}}}}")
    sentence = fails(f"{pin}- requested: {{body: {{pin: '1234'}}}}")
    assert "“pin” is “••••”" in sentence
    assert "4711" not in sentence


@pytest.mark.parametrize(
    ("answers", "lines"),
    [
        ("{}", "- transferred: desk\n- ended: transferred"),
        ("{transfer desk: busy}", "- transferred: desk\n- transferred: night\n- ended"),
        ("{transfer *: failed}", "- transferred: desk\n- transferred: night\n- hears: Nobody"),
        ("{transfer desk: busy, transfer night: no_answer}", "- hears: Nobody"),
    ],
)
def test_each_target_of_a_list_has_its_own_answer(answers: str, lines: str) -> None:
    passes(f"- hears: Choose\n- presses: 3\n{lines}", answers)


@pytest.mark.parametrize(
    ("answers", "line"),
    [
        ("{}", "ended: transferred"),
        ("{queue support: full}", "hears: All lines are full"),
        ("{queue support: closed}", "hears: Nobody"),
        ("{queue *: too_long}", "hears: Nobody"),
    ],
)
def test_a_queue_ends_as_the_test_says(answers: str, line: str) -> None:
    passes(f"- hears: Choose\n- presses: 4\n- queued: support\n- {line}", answers)


def test_where_a_caller_was_put_is_told_when_it_is_the_wrong_place() -> None:
    assert fails("- hears: Choose\n- presses: 4\n- queued\n- presses: 1") == (
        "line 7: the caller is in the queue support, where no key reaches the flow, but the test "
        "says “presses: 1”. Last heard: “Waiting.”"
    )
    assert fails("- hears: Choose\n- presses: 4\n- transferred").startswith(
        "line 6: the call has ended (transferred), but the test says “transferred”"
    )


@pytest.mark.parametrize("answers", ["{twiml: failed}", "{twiml script: failed}"])
def test_a_document_ends_as_the_test_says(answers: str) -> None:
    passes("- hears: Choose\n- presses: 9\n- hears: Broken", answers)
    passes("- hears: Choose\n- presses: 9\n- hears: Choose")


@pytest.mark.parametrize(
    ("answers", "heard"),
    [
        ("{do book_table: {number: 7}}", "Booked number 7"),
        ("{do book_table: {value: {number: 7}, after: 1s}}", "Booked number 7"),
        ("{do book_table: {outcome: full}}", "All lines are full"),
        ("{do book_table: failed}", "Broken"),
        ("{do book_table: {value: {number: 7}, after: 9s}}", "Broken"),
        ("{do book_table: [{outcome: full}, failed]}", "full"),
        ("{}", "Booked number"),
    ],
)
def test_a_function_ends_as_the_test_says(answers: str, heard: str) -> None:
    passes(f"- hears: Choose\n- presses: 7\n- hears: {heard}", answers)


def test_the_text_of_a_function_is_heard_as_it_comes_and_a_key_stops_it() -> None:
    chat = """
    steps:
      main: {say: Ask me., do: chat, agent: person, failed: person, goto: more}
      person: {say: A person., goto: hangup}
      more: {say: Anything else., menu: {1: main}, fail: person}
    """
    flows = world_of(chat)

    def call(lines: str, answers: str) -> None:
        rehearsed = made(lines, main=flows, answers=answers)
        assert rehearsed.failure is None, (rehearsed.failure, transcript(rehearsed))

    told = "{do chat: [Your order, is on its way.]}"
    call("- hears: your order is on its way\n- hears: Anything else", told)
    call("- hears_exactly: Your order is on its way.", told)
    call("- hears: your order\n- presses: 1\n- hears: Ask me\n- never_hears: way", told)
    call("- hears: good bye\n- hears: A person", "{do chat: {value: Good bye., outcome: agent}}")
    call("- hears: A person\n- never_hears: way", "{do chat: failed}")


MESSAGE = "- hears: Choose\n- presses: 5\n- hears: After the tone\n"


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("- records: 12s\n- hears: press 1\n- presses: 1\n- hears: Kept", "speaks for 12s"),
        ("- records: 4s\n- presses: pound\n- hears: press 1\n- presses: 1\n- hears: Kept", "pound"),
        ("- records: 1s\n- hears: Nothing was said", "(has recorded: empty)"),
        ("- silent\n- hears: Nothing was said", "says nothing for 5s"),
        ("- records: 5s\n- hangs_up\n- ended: caller_hung_up", "(keeps the message in box)"),
        ("- records: 400s\n- hears: press 1\n- took: less than 200s", "speaks for 400s"),
        (
            "- records: 4s\n- hears: press 1\n- presses: 2\n- hears: tone\n- records: 3s\n"
            "- hears: press 1\n- silent\n- hears: press 1",
            "speaks for 3s",
        ),
        (
            "- records: 4s\n- hears: press 1\n- presses: 3\n- hears: press 1\n- presses: 1",
            "[what was recorded]",
        ),
    ],
)
def test_a_caller_leaves_a_message_in_every_way(lines: str, told: str) -> None:
    assert any(told in line for line in passes(MESSAGE + lines))


def test_a_flow_that_records_waits_for_the_caller_to_speak() -> None:
    assert fails(MESSAGE + "- hears: Kept").startswith(
        "line 7: the flow is recording the caller, but the test says “hears: Kept”"
    )
    assert fails("- hears: Choose\n- records: 3s").startswith(
        "line 5: the flow is waiting for the caller, but the test says “records: 3s”"
    )


def test_a_text_message_is_seen_with_its_number_and_words() -> None:
    text = "- hears: Choose\n- presses: 6\n"
    passes(f"{text}- texted: {{to: +13125550177, has: code … 4 2}}\n- hears: Sent")
    passes(f"{text}- texted\n- hears: Broken", "{sms: failed}")
    passes(f"{text}- texted: your code")
    assert fails(f"{text}- texted: {{has: goodbye}}") == (
        "line 6: a message to +13125550177: it says “Your code is 4 2.”, but the test says "
        "“texted: {has: goodbye}”"
    )


def test_an_event_is_seen_with_what_goes_along_with_it() -> None:
    note = "- hears: Choose\n- presses: 8\n"
    passes(f"{note}- told: gave_up\n- hears: Noted")
    passes(f"{note}- told: {{event: gave_up, with: {{why: tired, times: 2}}}}")
    assert fails(f"{note}- told: {{event: gave_up, with: {{why: angry}}}}") == (
        "line 6: gave_up: “why” is “tired”, but the test says "
        "“told: {event: gave_up, with: {why: angry}}”"
    )
    assert fails("- hears: Choose\n- told: gave_up").endswith("So far it has told: nothing")


def test_what_a_flow_does_after_a_hang_up_is_done_and_seen() -> None:
    passes("- hears: Choose\n- hangs_up\n- requested: POST /calls\n- told: over\n- ended")
    passes("- hears: Choose\n- hangs_up\n- ended: caller_hung_up", "{POST /calls: timeout}")
    assert fails("- hears: Choose\n- hangs_up\n- told: gave_up").startswith(
        "line 6: the call has ended (caller_hung_up), but the test says “told: gave_up”"
    )


def test_after_a_hang_up_nothing_can_be_heard_or_pressed() -> None:
    [(code, line, _, message)] = problems_of(
        "calls: {a: [{hears: Choose}, hangs_up, {presses: 1}]}", FLOWS
    )
    assert (code, line) == ("F002", 1)
    assert message.startswith("the call is over")


@pytest.mark.parametrize(
    ("answers", "code", "message"),
    [
        ("{GET /persons/*: 404}", "S007", "no step asks for “GET /persons/*”"),
        ("{POST /people/1: 404}", "S007", "no step asks for “POST /people/1”"),
        ("{transfer dusk: busy}", "T001", "no step transfers to “dusk”"),
        ("{queue suport: full}", "S007", "no step puts callers into the queue “suport”"),
        ("{do book_tabel: failed}", "S007", "no step calls the function “book_tabel”"),
        ("{twiml find: failed}", "S007", "no step runs TwiML in “find”"),
        ("{do book_table: {outcome: ful}}", "F011", "the function never ends with “ful”"),
        ("{queue support: busy}", "S007", "“busy” is not how waiting in a queue ends"),
        ("{transfer desk: full}", "S007", "“full” is not how a transfer ends"),
        ("{GET /people/*: soon}", "S007", "“soon” is not a body, a status like 404"),
        ("{GET /people/*: {after: soon}}", "S007", "“soon” is not a duration"),
        ("{sms: lost}", "S007", "“lost” is not how a text message ends"),
        ("{FETCH /people: 404}", "S001", "“FETCH /people” is not an answer like"),
        ("{GET /people/*: []}", "S007", "a list is not an answer"),
    ],
)
def test_an_answer_to_what_nothing_asks_is_a_problem(answers: str, code: str, message: str) -> None:
    found = problems_of(f"answers: {answers}\ncalls: {{a: [silent]}}", FLOWS)
    assert any(each[0] == code and each[3].startswith(message) for each in found), found


@pytest.mark.parametrize(
    ("test", "remedy"),
    [
        ("answers: {GET /peple/*: 404}\ncalls: {a: [silent]}", "did you mean “GET /people/*”?"),
        ("answers: {queue suport: full}\ncalls: {a: [silent]}", "did you mean “support”?"),
        ("answers: {do book_tabel: 1}\ncalls: {a: [silent]}", "did you mean “book_table”?"),
        ("answers: {GTE /people/*: 404}\ncalls: {a: [silent]}", "did you mean “GET”?"),
        ("calls: {a: [{requested: POST /order}]}", "did you mean “POST /orders”?"),
        ("calls: {a: [{queued: suport}]}", "did you mean “support”?"),
        ("calls: {a: [{told: gaveup}]}", "did you mean “gave_up”?"),
        ("calls: {a: [{recods: 12s}]}", "did you mean “records”?"),
        ("calls: {a: [{requested: {reqest: GET /people/1}}]}", "did you mean “request”?"),
        ("calls: {a: [{texted: {too: +13125550177}}]}", "did you mean “to”?"),
    ],
)
def test_a_slip_comes_with_a_guess(test: str, remedy: str) -> None:
    [problem] = script_of(test, FLOWS).problems
    assert problem.help == remedy
