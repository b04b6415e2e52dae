"""Reads the steps of a flow: their actions, what each says, and the one thing each does.

The options of a kind are read by the kind itself; what all actions have in common is read here, and
keys that have no business in a step are refused here. Called by :mod:`ivr.flow.load_flow`.
"""

from __future__ import annotations

from collections.abc import Sequence as ListOf
from dataclasses import dataclass

from ivr.flow.load_defaults import Defaults
from ivr.flow.load_keys import refuse
from ivr.flow.model import RESERVED_DESTINATIONS, Action, Budget, Item, Kind, Prompt, Step
from ivr.flow.read_prompts import whole_texts
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.source import Node, Scalar, Sequence
from ivr.flow.steps import COMMON, KINDS
from ivr.flow.steps.menu import written_out

STEPS_MAX = 2_000
NAME_CHARACTERS_MAX = 64
BUDGET_MS = (20, 10_000)
"""What ``budget`` may be: not less than a frame."""
_SPEAKING = ("say", "play", "pause")


def load_steps(reader: Reader, root: MappingNode, defaults: Defaults) -> dict[str, Step]:
    """The steps by name, in file order."""
    node = root.get("steps")
    if node is None:
        reader.report("F003", "this flow has no steps", root.span, "add steps:")
        return {}
    found = reader.mapping(node, "a map of steps")
    if found is not None and len(found.items) > STEPS_MAX:
        message = f"{len(found.items)} steps; {STEPS_MAX} is the most"
        reader.report("S007", message, found.span, "split the flow in two")
        return {}
    loading = _Steps(reader, defaults)
    steps = {name.text: loading.step(name, value) for name, value in found.items} if found else {}
    if found is not None and not steps:
        reader.report("F003", "this flow has no steps", found.span, "add one")
    return steps


@dataclass(frozen=True, slots=True)
class _Steps:
    """What reading a step needs."""

    reader: Reader
    defaults: Defaults

    def step(self, name: Scalar, value: Node) -> Step:
        """A named place with its actions."""
        self._check_name(name)
        nodes = value.items if isinstance(value, Sequence) else (value,)
        actions: list[Action] = []
        written: Node | None = None
        for node, menu in zip(nodes, _menus_ahead(nodes), strict=True):
            if menu is not written:
                written, self.reader.options = menu, None
                self.reader.options = written_out(self.reader, menu) if menu is not None else None
            entry = self.reader.mapping(node, "an action: a map with say, menu, goto …")
            if entry is not None:
                actions.append(self._action(entry))
        self.reader.options = None
        return Step(name.text, tuple(actions), name.span)

    def _check_name(self, name: Scalar) -> None:
        if name.text in RESERVED_DESTINATIONS:
            message = f"“{name.text}” is a destination of the language, not a step's name"
            self.reader.report("F005", message, name.span, "call the step something else")
        elif not name.text or "/" in name.text or len(name.text) > NAME_CHARACTERS_MAX:
            message = f"“{name.text}” cannot be a step's name"
            self.reader.report("F005", message, name.span, "use letters, digits and _")

    def _action(self, written: MappingNode) -> Action:
        reader = self.reader
        kinds = [name for name, _ in written.items if name.text in KINDS]
        entry = self.defaults.put_into(written, kinds[0].text) if kinds else written
        kind = self._kind(entry, kinds)
        self._check_keys(written, kinds)
        goto, condition, voice = entry.get("goto"), entry.get("if"), entry.get("voice")
        interrupt, fresh = entry.get("interrupt"), entry.get("fresh")
        action = Action(
            prompt=self._prompt(entry),
            interruptible=reader.flag(interrupt) if interrupt is not None else True,
            voice=reader.voice(voice) if voice is not None else None,
            kind=kind,
            goto=reader.destination(goto) if goto is not None else None,
            condition=reader.expression(condition) if condition is not None else None,
            fresh=reader.flag(fresh) if fresh is not None else False,
            tag=self._word(entry, "tag"),
            note=self._word(entry, "note"),
            span=written.span,
            budget=self._budget(entry),
        )
        speaks = any(written.get(key) is not None for key in _SPEAKING)
        known = all(name.text in COMMON or name.text in KINDS for name, _ in written.items)
        if not (speaks or kinds or goto is not None) and known:
            reader.report("S004", "this step does nothing", written.span, "add say: or goto:")
        return action

    def _word(self, entry: MappingNode, key: str) -> str | None:
        node = entry.get(key)
        return self.reader.word(node) if node is not None else None

    def _budget(self, entry: MappingNode) -> Budget | None:
        node = entry.get("budget")
        if node is None:
            return None
        ms = self.reader.duration(node, *BUDGET_MS, default_ms=BUDGET_MS[1])
        return Budget(ms, node.span)

    def _kind(self, entry: MappingNode, kinds: list[Scalar]) -> Kind | None:
        for extra in kinds[1:]:
            self.reader.report(
                "S005",
                f"this step does two things: {kinds[0].text} and {extra.text}",
                extra.span,
                "make a list of two actions, or two steps",
            )
        if not kinds:
            return None
        value = entry.get(kinds[0].text)
        assert value is not None
        return KINDS[kinds[0].text].load(self.reader, entry, value)

    def _check_keys(self, entry: MappingNode, kinds: list[Scalar]) -> None:
        spec = KINDS[kinds[0].text] if kinds else None
        own = (spec.options | spec.outcomes) if spec else frozenset()
        for name, _ in entry.items:
            if name.text == "goto" and spec is not None and not spec.goto:
                self.reader.report(
                    "S006",
                    f"goto cannot stand beside {kinds[0].text}",
                    name.span,
                    f"{kinds[0].text} has its own ways out: {', '.join(sorted(spec.outcomes))}",
                )
            elif name.text in COMMON or name.text in KINDS or name.text in own:
                continue
            elif spec is None or not spec.open:
                # Where it is open, the flow it runs or the function it calls names the outcomes.
                kind = kinds[0].text if kinds else "a step that only speaks or goes"
                refuse(self.reader, name, kind, "a step", COMMON | own | KINDS.keys())

    def _prompt(self, entry: MappingNode) -> Prompt | None:
        """``play``, ``pause`` and ``say`` of an action, in file order, as one prompt."""
        items: list[Item] = []
        span = entry.span
        for name, node in entry.items:
            if name.text == "say":
                prompt = self.reader.prompt(node)
                items += prompt.items if prompt else ()
                span = node.span
            elif name.text == "play":
                clip = self.reader.clip(node)
                items += (clip,) if clip else ()
            elif name.text == "pause":
                items.append(self.reader.pause(node))
        whole = entry.get("whole")
        if whole is not None and self.reader.flag(whole):
            items = list(whole_texts(items))
        return Prompt(tuple(items), span) if items else None


def _menus_ahead(nodes: ListOf[Node]) -> list[Node | None]:
    """For each action of a step the next menu, its own included: what ``${options}`` stands for."""
    ahead: list[Node | None] = []
    menu: Node | None = None
    for node in reversed(nodes):
        own = node.get("menu") if isinstance(node, MappingNode) else None
        menu = own if own is not None else menu
        ahead.append(menu)
    return ahead[::-1]
