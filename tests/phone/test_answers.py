"""Who picks up, as people write it."""

from __future__ import annotations

import pytest

from ivr.phone.answers import TALK_MS, Answer, Asked, Outcome, parse_answer, parse_answers


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("busy", Answer(Outcome.BUSY)),
        ("no_answer", Answer(Outcome.NO_ANSWER)),
        ("no-answer", Answer(Outcome.NO_ANSWER)),
        ("failed", Answer(Outcome.FAILED)),
        ("declined", Answer(Outcome.DECLINED)),
        ("answered", Answer(Outcome.ANSWERED, TALK_MS)),
        (" answered 20s ", Answer(Outcome.ANSWERED, 20_000)),
        ("answered 1.5 seconds", Answer(Outcome.ANSWERED, 1500)),
        ("accepted 2s after 5s key 4", Answer(Outcome.ANSWERED, 2000, 5000, "4")),
        ("machine", Answer(Outcome.MACHINE, TALK_MS)),
        ("refused", Answer(Outcome.REFUSED)),
        ("full", Answer(Outcome.FULL)),
        ("too_long", Answer(Outcome.TOO_LONG)),
        ("done", Answer(Outcome.ANSWERED, TALK_MS)),
    ],
)
def test_an_answer_is_read(text: str, answer: Answer) -> None:
    assert parse_answer(text) == answer


@pytest.mark.parametrize("text", ["", "maybe", "busy 3s", "answered three", "Busy!", "done key 12"])
def test_what_is_no_answer_says_what_there_is(text: str) -> None:
    with pytest.raises(ValueError, match=r"answer"):
        parse_answer(text)


def test_answers_are_found_by_name_then_by_number_then_for_everybody() -> None:
    answers = parse_answers(
        "# who picks up tonight\n"
        "transfer front_desk: no_answer\n"
        "+13125550123: busy, sip:desk@pbx.test: failed\n"
        "'*': declined\n"
    )
    assert answers.answer("front_desk", "+13125550123").outcome is Outcome.NO_ANSWER
    assert answers.answer("+13125550123").outcome is Outcome.BUSY
    assert answers.answer("sip:desk@pbx.test").outcome is Outcome.FAILED
    assert answers.answer("anybody").outcome is Outcome.DECLINED


def test_a_piece_without_a_name_is_what_the_same_target_does_the_next_time() -> None:
    asked = Asked(parse_answers("agents: busy, accepted 5s, desk: failed"))
    heard = [asked.answer("agents", "+13125550111").outcome for _ in range(3)]
    assert heard == [Outcome.BUSY, Outcome.ANSWERED, Outcome.ANSWERED]
    assert asked.answer("desk").outcome is Outcome.FAILED


def test_everybody_answers_unless_something_else_is_said() -> None:
    assert parse_answers("").answer("front_desk") == Answer(Outcome.ANSWERED, TALK_MS)


@pytest.mark.parametrize("text", ["busy", ": busy", "front_desk: perhaps", "front_desk:"])
def test_a_piece_that_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_answers(text)


def test_an_answer_reads_back_as_it_was_written() -> None:
    for text in ("busy", "refused", "machine 2s after 9s", "declined", "answered 1.5s key 2"):
        assert str(parse_answer(text)) == text
