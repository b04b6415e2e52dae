"""Whatever a flow holds and whatever happens in a call: what is true of every one of them.

Small flows with all kinds are drawn, and callers, services and colleagues who do anything at any
moment. A second machine gets the same events and its state as bytes each time: it must say and do
the same, so that any process can go on with a call. ``Ring`` watches the errands.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.flow import machine
from ivr.flow.messages import Event, LegOutcome, SendText, Speak, UtteranceFailed
from ivr.flow.state import State, WaitFor, decode, encode
from tests.flow.ring import Ring

Json = object
STEPS = [f"s{number}" for number in range(5)]
EVENTS_MAX = 2_500
"""Far above what 500 actions and the caller's own can lead to."""

targets = st.sampled_from([*STEPS, "back", "repeat", "start", "hangup"])
steps = st.sampled_from(STEPS)
destinations: st.SearchStrategy[Json] = st.one_of(
    targets,
    st.builds(lambda a, b: [{"if": "count > 2", "goto": a}, {"else": b}], targets, targets),
)
says: st.SearchStrategy[Json] = st.sampled_from(
    ["Hello.", "You have ${count}.", [{"say": "One."}, {"pause": "1s"}, {"say": "${who}?"}]]
)


def action(kind: str, value: st.SearchStrategy[Json] | Json, /, **more: st.SearchStrategy[Json]):  # type: ignore[no-untyped-def]
    """Actions of a kind: with or without a text, and with these keys where they are drawn."""
    fixed = value if isinstance(value, st.SearchStrategy) else st.just(value)
    return st.fixed_dictionaries(
        {kind: fixed, **more},
        optional={"say": says, "interrupt": st.booleans(), "if": st.just("count < 50")},
    )


talking = st.fixed_dictionaries(
    {"say": says}, optional={"interrupt": st.booleans(), "goto": destinations}
)
kinds = [
    talking,
    st.fixed_dictionaries({"goto": destinations}),
    action(
        "menu",
        st.dictionaries(st.sampled_from(["1", "2", "12", "star"]), destinations, min_size=1),
        fail=destinations,
        tries=st.sampled_from(["1", "2"]),
    ),
    action("ask", "entry", digits=st.sampled_from(["1-3", "2"]), goto=destinations),
    action("ask", "entry", digits=st.just("2"), confirm=st.just("yes"), goto=destinations),
    action("set", st.just({"count": "${count + 1}", "who": "${call.to}"}), goto=destinations),
    action("set", st.just({"call.patience": "${1 + 1}"}), goto=destinations),
    action("language", st.sampled_from(["en-US", "es-US"]), goto=destinations),
    action(
        "http",
        st.sampled_from(["GET https://a.example/${count}", "POST https://a.example/"]),
        save=st.just("who"),
        error=destinations,
        goto=destinations,
    ),
    action("do", "work", save=st.just("who"), failed=destinations, goto=destinations),
    action("sms", "+13125550123", text=says, failed=destinations, goto=destinations),
    action("event", "seen", goto=destinations, **{"with": st.just({"n": "${count}"})}),
    action("send_keys", "12", goto=destinations),
    action("record_call", st.sampled_from(["start", "pause", "resume", "stop"]), goto=destinations),
    action("voicemail", "desk", review=st.booleans(), done=destinations, empty=destinations),
    action("record", "heard", review=st.booleans(), goto=destinations),
    action(
        "transfer",
        st.sampled_from([["+13125550123"], ["+13125550123", "sip:a@b.example"]]),
        busy=destinations,
        otherwise=destinations,
    ),
    action("queue", "desk", otherwise=destinations),
    action("twiml", "<Response>${count}</Response>", failed=destinations, otherwise=destinations),
]
outer = [*kinds, action("run", "inner", ok=destinations, otherwise=destinations)]
inner = [*kinds, action("return", st.sampled_from(["ok", "other"]))]


def flow_of(  # type: ignore[no-untyped-def]
    first: st.SearchStrategy[Json],
    actions: Sequence[st.SearchStrategy[Json]],
    top: dict[str, Json],
):
    """Flows of five steps made of these actions; the first step begins with ``first``."""
    step = st.lists(st.one_of(*actions), min_size=1, max_size=3)
    begin = st.builds(lambda one, more: [one, *more], first, step)
    return st.fixed_dictionaries(
        {
            **{name: st.just(value) for name, value in top.items()},
            "steps": st.fixed_dictionaries({**dict.fromkeys(STEPS, step), STEPS[0]: begin}),
        },
        optional={
            "anytime": st.dictionaries(st.sampled_from(["0", "star"]), targets, max_size=2),
            "on_error": steps,
            "on_hangup": steps,
        },
    ).map(json.dumps)


languages: dict[str, Json] = {"en-US": {}, "es-US": {}}
# Most calls end soon where nothing is asked, of the caller or of anybody else.
begins = st.one_of(*(kind for kind in outer if kind not in kinds[:2]))
outer_flows = flow_of(begins, outer, {"languages": languages, "vars": {"count": 0, "who": "x"}})
inner_flows = flow_of(
    kinds[2],
    inner,
    {"languages": languages, "vars": {"count": 1, "who": "y"}, "returns": ["ok", "other"]},
)

happenings = st.one_of(
    st.sampled_from("1122*#0"),
    st.sampled_from(["hears"] * 3 + ["waits", "answers", "answers badly", "returns", "fails"]),
    st.sampled_from(["resumes", "moves", "hangs up"]),
)


class Twin(Ring):
    """A call in two machines: one has the state itself, the other its bytes after each event."""

    plain: State | None = None

    def tell(self, event: Event) -> Twin:
        plain = self.plain or self.state
        turn = machine.handle(self.flows, plain, event, self.now)
        super().tell(event)
        assert list(turn.commands) == self.commands
        assert encode(turn.state) == encode(self.state)
        self.plain = turn.state
        if self.state.ended is None and self.state.answered and self.state.gone_at is None:
            assert self.state.queue or self.state.deadline is not None or self.away
        return self

    @property
    def away(self) -> bool:
        """Whether the caller is with somebody else."""
        return self.state.wait is not None and self.state.wait.what is WaitFor.LEG

    def goes_on(self) -> None:
        """The next thing happens by itself."""
        self.now += 500
        if self.away:
            self.leg(LegOutcome.NO_ANSWER)
        elif self.state.deadline is not None and self.state.deadline <= self.now:
            self.waits()
        elif self.out:
            self._answer(well=self.now % 3 > 0)
        elif self.state.queue:
            self.hears_one()
        else:
            self.waits()

    def happens(self, what: str) -> None:
        """Something happens, if it can."""
        here = not self.away and self.state.gone_at is None
        self.now += 150
        if what in "0123456789*#" and here:
            self.presses(what)
        elif what == "hears" and self.state.queue:
            self.hears_one()
        elif what == "waits" and self.state.deadline is not None:
            self.now = max(self.now, self.state.deadline)
            self.waits()
        elif what.startswith("answers") and self.out:
            self._answer(well=what == "answers")
        elif what == "returns" and self.away:
            self.leg(LegOutcome.BUSY)
        elif what == "fails" and self.state.queue:
            self.tell(UtteranceFailed(self.state.queue[0].id, "no audio", partly=self.now % 2 > 0))
        elif what == "resumes" and self.state.gone_at is None:
            self.resumes()
        elif what == "moves":
            self.forgets()
            self.plain = self.state
        elif what == "hangs up" and self.state.gone_at is None:
            self.hangs_up()

    def _answer(self, *, well: bool) -> None:
        if type(self._asked).__name__ == "Request":
            self.answers(200 if well else 500, "z")
        else:
            self.done("done" if well else "failed", "z")


@given(outer_flows, inner_flows, st.lists(happenings, max_size=40))
@settings(max_examples=150, deadline=None)
def test_every_call_ends_and_any_process_can_go_on_with_it(
    flow: str, other: str, what: list[str]
) -> None:
    call = Twin(flow, inner=other)
    for each in what:
        if call.state.ended is not None:
            break
        call.happens(each)
    events = 0
    while call.state.ended is None:
        events += 1
        assert events < EVENTS_MAX, "the call does not end by itself"
        call.goes_on()
    assert decode(encode(call.state)).deadline is None


# --------------------------------------------------------------------------- what nobody may see

PIN = "7391"
reading = st.sampled_from(["${pin}", "x${copy}", "${copy.a}", "${inputs.pin}", "${inputs}"])
asking = st.fixed_dictionaries(
    {
        "say": st.just("PIN?"),
        "ask": st.just("pin"),
        "digits": st.just("4"),
        "sensitive": st.just("yes"),
        "goto": destinations,
    },
    optional={"confirm": st.sampled_from(["yes", "It is ${pin | reveal}. Yes is 1."])},
)
asked_first = asking.map(lambda step: {**step, "goto": STEPS[1]})
telling = [
    asking,
    kinds[2],
    action("set", st.fixed_dictionaries({"copy": st.fixed_dictionaries({"a": reading})})),
    action("set", st.fixed_dictionaries({"copy": reading}), goto=destinations),
    st.fixed_dictionaries(
        {"say": st.sampled_from(["${pin | reveal}", "It is ${copy | reveal}, ${inputs.pin}."])},
        optional={"goto": destinations},
    ),
    action(
        "http",
        st.sampled_from(["PUT https://a.example/${pin}?p=${copy}", "POST https://a.example/"]),
        body=st.fixed_dictionaries({"pin": reading}),
        query=st.fixed_dictionaries({"pin": reading}),
        error=destinations,
        goto=destinations,
    ),
    action("do", "work", save=st.just("copy"), **{"with": st.fixed_dictionaries({"p": reading})}),
    action("event", "seen", **{"with": st.fixed_dictionaries({"p": reading})}),
    action("sms", "+13125550123", text=st.sampled_from(["${pin | reveal}", "${copy | reveal}"])),
]
giving = {"with": st.fixed_dictionaries({"pin": reading}), "save": st.just("copy")}
secret_outer = flow_of(
    asked_first,
    [*telling, action("run", "inner", ok=destinations, **giving)],
    {"language": "en-US", "vars": {"copy": "c"}},
)
secret_inner = flow_of(
    talking,
    [*telling, action("return", "ok", value=reading)],
    {"language": "en-US", "vars": {"copy": "c"}, "inputs": ["pin"], "returns": ["ok"]},
)


class Watched(Twin):
    """A call of which everything is read that anybody could read."""

    def tell(self, event: Event) -> Watched:
        Ring.tell(self, event)
        assert PIN.encode() not in encode(self.state)
        for command in self.commands:
            match command:
                case Speak(utterance):
                    assert PIN not in utterance.shown
                case SendText(_, _, text):
                    assert PIN not in text
                case _:
                    assert PIN not in repr(command)
        return self

    def happens(self, what: str) -> None:
        if what == "keys it":
            # Where no step is sensitive, nobody takes such keys for a PIN.
            if self.state.guarded and not self.away and self.state.gone_at is None:
                self.presses(PIN)
        else:
            super().happens(what)


@given(secret_outer, secret_inner, st.lists(st.one_of(st.just("keys it"), happenings), max_size=30))
@settings(max_examples=150, deadline=None)
def test_what_is_sensitive_is_seen_nowhere(flow: str, other: str, what: list[str]) -> None:
    call = Watched(flow, inner=other)
    for each in ("keys it", "1", *what):
        if call.state.ended is not None:
            break
        call.happens(each)
