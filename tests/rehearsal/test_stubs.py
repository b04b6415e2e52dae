"""What the world says: the nearest answer first, each in its turn, and the example otherwise."""

from __future__ import annotations

import pytest

from ivr.flow.messages import (
    ErrandDone,
    Invoke,
    LegOutcome,
    Request,
    RequestAnswered,
    SendText,
    Target,
    Transfer,
)
from ivr.flow.values import Value
from ivr.rehearsal.stubs import (
    Comes,
    Outside,
    Reply,
    Result,
    Stub,
    Unanswered,
    legs,
    pieces,
)
from tests.rehearsal.stage import world_of

FLOWS = world_of()
STEPS = FLOWS.flows["main"].steps
FIND, ORDER, TABLE = (STEPS[name].actions[0].kind for name in ("find", "order", "table"))
URL = "http://127.0.0.1:9000/v1/people/1"


def ask(outside: Outside, id: int = 1, url: str = URL) -> RequestAnswered:
    request = Request(id, "GET", url, (), (), None, 4_000, 1, "find", f"GET {url}")
    return outside.request(request, FIND)[1]


def test_the_nearest_answer_counts() -> None:
    far = Stub("http", "GET /people/*", (Reply(404),))
    near = Stub("http", "GET /people/1", (Reply(409),))
    assert ask(Outside(FLOWS, (near, far))).status == 409
    assert ask(Outside(FLOWS, (far, near))).status == 404


def test_answers_are_counted_by_their_line_whoever_asks() -> None:
    outside = Outside(FLOWS, (Stub("http", "GET /people/*", (Reply(200), Reply(404))),))
    others = [URL, URL[:-1] + "2", URL]
    assert [ask(outside, n, url).status for n, url in enumerate(others)] == [200, 404, 404]


def test_what_nobody_answers_is_the_example_or_an_error_that_says_so() -> None:
    assert ask(Outside(FLOWS, ())).body == {"name": "Ana", "age": 40}
    request = Request(1, "POST", URL, (), (), None, 4_000, 0, "order", "POST http://x")
    with pytest.raises(Unanswered, match="nothing answers POST http://x: add it to answers:"):
        Outside(FLOWS, ()).request(request, ORDER)


@pytest.mark.parametrize(("after_ms", "status"), [(3_999, 200), (4_000, None), (60_000, None)])
def test_what_takes_as_long_as_the_step_allows_is_no_answer(
    after_ms: int, status: int | None
) -> None:
    stub = Stub("http", "*", (Reply(200, after_ms=after_ms),))
    request = Request(1, "GET", URL, (), (), None, 4_000, 1, "find", "GET x")
    took_ms, answer = Outside(FLOWS, (stub,)).request(request, FIND)
    assert (took_ms, answer.status) == (min(after_ms, 4_000), status)
    assert bool(answer.problem) is (status is None)


def test_a_function_has_its_example_its_outcomes_and_its_time() -> None:
    def call(*answers: Result) -> ErrandDone:
        stubs = (Stub("do", "book_*", answers),) if answers else ()
        invoke = Invoke(1, "book_table", {}, 4_000, "table")
        return Outside(FLOWS, stubs).invoke(invoke, TABLE)[1]

    assert call() == ErrandDone(1, "done")
    assert call(Result("full")) == ErrandDone(1, "full")
    assert call(Result("done", 7)) == ErrandDone(1, "done", 7)
    assert call(Result("done", 7, after_ms=9_000)).outcome == "failed"


def test_a_text_message_is_sent_unless_it_is_said_that_it_cannot_be() -> None:
    text = SendText(1, "+13125550177", "Hello.", "text")
    assert Outside(FLOWS, ()).send(text)[1].outcome == "done"
    nobody = Stub("sms", "+1312*", (Result("failed"),))
    assert Outside(FLOWS, (nobody,)).send(text)[1].outcome == "failed"


@pytest.mark.parametrize(
    ("first", "second", "all"),
    [
        ("busy", "done", "done"),
        ("busy", "no_answer", "no_answer"),
        ("failed", "busy", "busy"),
        ("failed", "failed", "failed"),
    ],
)
def test_of_several_rung_together_whoever_answers_has_the_call(
    first: str, second: str, all: str
) -> None:
    together = (Target("b", "+13125550002"),)
    both = Transfer("a", "+13125550001", 20_000, None, None, "main", together=together)
    stubs = legs({"a": LegOutcome(first), "+13125550002": LegOutcome(second)})
    assert Outside(FLOWS, stubs).leg(both) is LegOutcome(all)


def test_without_a_word_everybody_answers() -> None:
    someone = Transfer("a", "+13125550001", 20_000, None, None, "main")
    assert Outside(FLOWS, ()).leg(someone) is LegOutcome.DONE
    queue = Stub("queue", "*", (Comes(LegOutcome.FULL),))
    assert Outside(FLOWS, (queue,)).leg(someone) is LegOutcome.DONE


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (["Your order", " is on ", "its way."], "Your order is on its way."),
        ("Hello.", "Hello."),
        (None, ""),
        ([], ""),
    ],
)
def test_pieces_of_text_are_spoken_as_one(value: Value, text: str) -> None:
    assert pieces(value) == text
