"""``run``: another flow leads the caller for a while, with values of its own."""

from __future__ import annotations

import pytest

from ivr.flow.messages import Emit, LegOutcome, Noted, Request
from ivr.flow.state import encode
from tests.flow.ring import MONDAY, Ring, problems_of

MAIN = """
    language: en-US
    anytime: {0: operator, star: repeat, 9: main}
    vars: {name: outer, kept: 1}
    steps:
      main:
        say: For an order, press 1.
        menu: {1: order}
      order:
        - say: I will ask you something.
          run: ask_it
          with: {who: "${name}", n: "${kept + 1}"}
          save: answer
          yes_please: good
          no_thanks: bad
          otherwise: strange
      good: {say: "Good ${answer}, ${name}.", menu: {1: back, 2: order}}
      bad: {say: Bad., goto: hangup}
      strange: {say: Strange., goto: hangup}
      operator: {say: "Operator for ${name}.", menu: {1: main}}
"""
ASK_IT = """
    language: en-US
    inputs: [who, n]
    returns: [yes_please, no_thanks, third]
    vars: {name: inner}
    anytime: {9: second}
    steps:
      first:
        say: "${inputs.who} ${inputs.n} ${name}. Press 1."
        menu: {1: second, 2: third, 3: away, 4: stop}
      second:
        say: "Second ${name}."
        menu: {1: yes_it_is, 2: no_it_is, 3: back}
      third: {return: third}
      yes_it_is: {say: Thank you., return: yes_please, value: "${'very ' + inputs.who}"}
      no_it_is: {return: no_thanks}
      away: {goto: /other}
      stop: {goto: hangup}
"""
OTHER = """
    language: en-US
    steps:
      hello: {say: "Other ${name}.", menu: {1: back, 2: hello}}
"""


def ring(main: str = MAIN, inner: str = ASK_IT) -> Ring:
    return Ring(main, ask_it=inner, other=OTHER).presses("1")


def test_the_other_flow_begins_while_the_text_beside_it_is_spoken() -> None:
    call = ring()
    assert call.said == ["I will ask you something.", "outer 2 inner. Press 1."]
    assert (call.state.place.flow, call.step) == ("ask_it", "first")


def test_each_flow_has_its_own_variables_and_sees_only_what_it_was_given() -> None:
    call = ring()
    assert call.state.variables == {"name": "inner"}
    assert call.state.inputs == {"who": "outer", "n": 2}
    call.presses("11")
    assert call.state.variables == {"name": "outer", "kept": 1, "answer": "very outer"}
    assert call.state.inputs == {}


def test_an_input_nobody_gives_is_nothing() -> None:
    call = ring(MAIN.replace(', n: "${kept + 1}"', ""))
    assert call.said[-1] == "outer inner. Press 1."


@pytest.mark.parametrize(
    ("keys", "text"), [("11", "Good very outer, outer."), ("12", "Bad."), ("2", "Strange.")]
)
def test_each_outcome_goes_where_it_is_told_or_otherwise(keys: str, text: str) -> None:
    assert ring().presses(keys).said[-1] == text


def test_an_outcome_without_a_destination_goes_on_with_the_next_action() -> None:
    main = MAIN.replace("otherwise: strange", "note: x").replace(
        "      good:", "        - {say: Next., goto: hangup}\n      good:"
    )
    assert ring(main).presses("2").said == ["Next."]


def test_goto_is_where_outcomes_without_a_destination_lead() -> None:
    assert ring(MAIN.replace("otherwise: strange", "goto: bad")).presses("2").said == ["Bad."]


def test_a_hang_up_inside_ends_the_call() -> None:
    assert ring().presses("4").hung_up == "hangup"


def test_another_flow_without_return_drops_those_that_run_this_one() -> None:
    call = ring().presses("3")
    assert call.said == ["Other ."]
    assert call.state.frames == ()
    assert call.presses("1").step == "hello", "there is no way back to what is gone"


def test_back_and_repeat_stay_inside() -> None:
    call = ring().presses("1")
    assert call.presses("*").said == ["Second inner."]
    assert call.presses("3").step == "first"
    assert call.presses("*").said == ["outer 2 inner. Press 1."]
    assert call.presses("13").step == "first"


def test_outside_again_back_means_the_menus_of_this_flow() -> None:
    assert ring().presses("11").presses("1").step == "main"


def test_the_keys_of_the_flow_around_work_inside_and_take_the_caller_out() -> None:
    call = ring().presses("0")
    assert call.said == ["Operator for outer."]
    assert call.state.frames == ()
    assert call.state.variables["name"] == "outer"


def test_of_two_flows_with_the_same_key_the_nearest_has_it() -> None:
    assert ring().presses("9").step == "second"


def test_a_key_at_any_time_is_weighed_with_the_values_of_the_flow_that_has_it() -> None:
    main = MAIN.replace("0: operator", "0: [{if: kept == 1, goto: operator}, {else: bad}]")
    assert ring(main).presses("0").step == "operator"
    nowhere = MAIN.replace("0: operator", "0: [{if: kept == 2, goto: operator}]")
    call = ring(nowhere).presses("0")
    assert (call.state.place.flow, call.step) == ("ask_it", "first")
    assert call.notes(Noted.NO_MATCH) == ["try 1 of 3"]
    again = MAIN.replace("star: repeat", "star: [{if: kept == 1, goto: repeat}, {else: bad}]")
    assert ring(again).presses("1").presses("*").said == ["Second inner."]


def nested(deep: int) -> dict[str, str]:
    """So many flows, each of which runs the next one."""
    flows = {}
    for number in range(1, deep + 1):
        runs = f"{{run: f{number + 1}, goto: hangup}}"
        last = "{say: Deep enough., menu: {1: s}}"
        flows[f"f{number}"] = (
            f"language: en-US\nreturns: [x]\nsteps: {{s: {last if number == deep else runs}}}\n"
        )
    return flows


def rings(main: str, flows: dict[str, str]) -> Ring:
    return Ring(main, language=None, caller=None, at=MONDAY, answered=True, **flows)


def test_flows_run_flows_eight_deep_and_no_deeper() -> None:
    main = "language: en-US\nsteps: {s: {run: f1, goto: hangup}}\n"
    assert rings(main, nested(8)).said == ["Deep enough."]
    call = rings(main, nested(9))
    assert call.notes(Noted.TROUBLE) == ["flows run flows more than 8 deep"]
    assert "technical problem" in call.said[0]


def test_trouble_inside_goes_where_the_nearest_flow_says() -> None:
    inner = ASK_IT.replace("goto: /other", 'set: {name: "${name - 1}"}, goto: first')
    main = MAIN.replace("    steps:", "    on_error: bad\n    steps:", 1)
    call = ring(main, inner).presses("3")
    assert call.said == ["Bad."]
    assert call.state.frames == ()
    own = inner.replace("    steps:", "    on_error: second\n    steps:", 1)
    assert ring(main, own).presses("3").said == ["Second inner."]


def test_a_hang_up_inside_does_what_the_nearest_flow_says() -> None:
    def telling(flow: str) -> str:
        top = flow.replace("    steps:", "    on_hangup: gone\n    steps:", 1)
        return top + '      gone: {event: gone, with: {name: "${name}"}, goto: hangup}\n'

    outer, inner = telling(MAIN), telling(ASK_IT)
    assert ring(outer).hangs_up().told(Emit) == [Emit("gone", {"name": "outer"}, "gone", "main")]
    assert ring(outer, inner).hangs_up().told(Emit) == [
        Emit("gone", {"name": "inner"}, "gone", "ask_it")
    ]


SECRET_MAIN = """
    language: en-US
    steps:
      main:
        say: Card?
        ask: card
        digits: 4
        sensitive: yes
        goto: check
      check:
        run: inner
        with: {card: "${card}", plain: 1}
        save: got
        ok: told
        goto: hangup
      told: {say: "Got ${got | reveal}.", menu: {1: main}}
"""
SECRET_INNER = """
    language: en-US
    inputs: [card, plain]
    returns: [ok]
    steps:
      s:
        - set: {copy: "${inputs.card}", all: "${inputs}", free: "${inputs.plain}"}
        - say: "Again ${copy | reveal} ${inputs.card | reveal}."
          menu: {1: post, 2: home}
      post:
        http: POST https://a.example/x
        body: {card: "${inputs.card}"}
        error: home
        goto: home
      home: {return: ok, value: "${copy}"}
"""


def test_what_is_sensitive_stays_so_on_its_way_in_and_out() -> None:
    call = Ring(SECRET_MAIN, inner=SECRET_INNER).presses("7391")
    assert call.said == ["Again •••• ••••."]
    assert call.state.sensitive == {"inputs.card", "copy", "all"}
    assert call.state.variables["free"] == 1
    assert b"7391" not in encode(call.state)
    call.presses("2")
    assert call.said == ["Got ••••."]
    assert b"7391" not in encode(call.state)


def test_the_bytes_keep_the_flows_around_without_what_is_sensitive() -> None:
    call = Ring(SECRET_MAIN, inner=SECRET_INNER).presses("7391").forgets()
    assert [frame.place.step for frame in call.state.frames] == ["check"]
    assert call.state.inputs == {"plain": 1}
    assert call.state.frames[0].variables == {}
    assert call.state.frames[0].sensitive == {"card"}


def test_a_call_that_goes_on_elsewhere_asks_again_for_what_is_still_needed() -> None:
    call = Ring(SECRET_MAIN, inner=SECRET_INNER).presses("7391").forgets().resumes()
    assert call.said == ["Card?"]
    assert call.state.frames == ()
    call.presses("2222").presses("1")
    assert [request.body for request in call.told(Request)] == [{"card": "2222"}]


def test_more_than_a_call_may_keep_cannot_be_given_to_a_flow() -> None:
    main = """
        language: en-US
        vars: {long: ""}
        steps:
          main:
            - http: GET https://a.example/long
              save: long
              error: bad
            - run: inner
              with: {a: "${long}"}
              goto: bad
          bad: {say: Bad., goto: hangup}
    """
    inner = "language: en-US\ninputs: [a]\nreturns: [x]\nsteps: {s: {say: Inner., goto: hangup}}\n"
    assert Ring(main, inner=inner).answers(200, "x" * 20_000).said == ["Inner."]
    call = Ring(main, inner=inner).answers(200, "x" * 40_000)
    assert call.notes(Noted.TROUBLE) == ["more than 64 kB of values in one call"]
    assert "technical problem" in call.said[0]
    assert call.state.frames == ()


def test_a_transfer_inside_comes_back_inside() -> None:
    inner = ASK_IT.replace("{goto: /other}", "{transfer: +13125550123, otherwise: second}")
    call = ring(inner=inner).presses("3")
    assert call.transfer is not None
    assert call.leg(LegOutcome.BUSY).said == ["Second inner."]


@pytest.mark.parametrize("value", ["[a]", "x\n    with: a"])
def test_what_cannot_be_run_is_told_to_the_author(value: str) -> None:
    flow = f"steps:\n  main:\n    run: {value}\n    goto: hangup\n"
    assert "S007" in [code for code, _, _ in problems_of(flow)]
