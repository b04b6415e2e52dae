"""Reads one flow file into a :class:`~ivr.flow.model.Flow`, reporting everything wrong in it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from ivr.flow import hours
from ivr.flow.hours import Schedule
from ivr.flow.model import (
    CALL_LIMIT_MS,
    RESERVED_DESTINATIONS,
    Action,
    Budget,
    Destination,
    Flow,
    Item,
    Kind,
    Language,
    Prompt,
    Step,
)
from ivr.flow.problems import Problem, Span
from ivr.flow.reader import Reader, TooManyProblems, did_you_mean, whole_texts
from ivr.flow.source import Document, Node, Scalar, Sequence
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.steps import COMMON, KINDS, LATER, RESERVED
from ivr.flow.steps.menu import menu_key
from ivr.flow.values import Value
from ivr.flow.world import EMBEDDED, World

TOP_KEYS = frozenset(
    {
        "ivr",
        "title",
        "description",
        "language",
        "languages",
        "voice",
        "timezone",
        "hours",
        "numbers",
        "texts",
        "anytime",
        "vars",
        "limits",
        "start",
        "steps",
    }
)
TOP_LATER = frozenset({"include", "defaults", "inputs", "returns", "on_hangup", "on_error"})
STEPS_MAX = 2_000
BUDGET_MS = (20, 10_000)
"""What ``budget`` may be: not less than a frame."""
LANGUAGE_VERSION = "1"


def load_flow(
    document: Document, world: World, assets: frozenset[str]
) -> tuple[Flow | None, list[Problem]]:
    """One flow. None where nothing useful could be read; its problems are told in any case."""
    if document.root is None:
        if not document.problems:
            where = Span(document.file, 1, 1, 1, 1)
            return None, [Problem("F003", "this flow is empty", where, "add steps:")]
        return None, []
    reader = Reader(document, assets=assets)
    root = reader.mapping(document.root, "a flow: a map with steps:")
    try:
        flow = _Flow(reader, root, world).load() if root is not None else None
    except TooManyProblems:
        flow = None
    return flow, reader.problems


class _Flow:
    """The file being read, in the order its parts need each other."""

    def __init__(self, reader: Reader, root: MappingNode, world: World) -> None:
        self.reader = reader
        self.root = root
        self.world = world
        self.id = reader.document.file.rsplit(".", 1)[0]

    def load(self) -> Flow | None:
        self._check_keys()
        reader, root = self.reader, self.root
        languages = self._languages()
        reader.languages = tuple(language.code for language in languages)
        reader.numbers = self._numbers()
        texts = root.get("texts")
        if texts is not None and (found := reader.mapping(texts, "a map of texts")) is not None:
            reader.texts = {name.text: node for name, node in found.items}
        timezone = self._timezone()
        schedules = self._hours(timezone)
        steps = self._steps()
        start = root.get("start")
        first = next(iter(steps), None)
        chosen = reader.word(start, "a step's name") if start is not None else first
        if start is not None and chosen is not None and chosen not in steps:
            message = f"there is no step called “{chosen}”"
            reader.report("F001", message, start.span, did_you_mean(chosen, steps))
            chosen = first
        title = root.get("title")
        return Flow(
            id=self.id,
            title=(reader.word(title) if title is not None else None) or self.id,
            languages=languages,
            timezone=timezone,
            hours=schedules,
            numbers=reader.numbers,
            anytime=self._anytime(),
            vars=self._vars(),
            call_limit_ms=self._call_limit(),
            start=chosen or "",
            steps=steps,
            span=root.span,
        )

    # ------------------------------------------------------------------ the top

    def _check_keys(self) -> None:
        for name, _ in self.root.items:
            if name.text in TOP_LATER:
                message = f"“{name.text}” is not built into this version of ivr yet"
                self.reader.report("S001", message, name.span, "leave it out")
            elif name.text not in TOP_KEYS:
                remedy = did_you_mean(name.text, TOP_KEYS)
                message = f"“{name.text}” is not known at the top of a flow"
                self.reader.report("S001", message, name.span, remedy)
        version = self.root.get("ivr")
        if isinstance(version, Scalar) and version.text != LANGUAGE_VERSION:
            self.reader.report(
                "S007", f"this is language version {version.text}", version.span, "write  ivr: 1"
            )

    def _languages(self) -> tuple[Language, ...]:
        reader, root = self.reader, self.root
        many, one = root.get("languages"), root.get("language")
        voice = self._voice(root.get("voice"))
        if many is not None:
            if one is not None:
                message = "language: and languages: stand side by side"
                reader.report("S005", message, one.span, "keep languages:")
            found = reader.mapping(many, "a map like  en-US: {voice: sarah}")
            languages = [self._language(name, node) for name, node in found.items] if found else []
            return tuple(lang for lang in languages if lang) or (Language("en-US", voice),)
        code = reader.language(one) if one is not None else None
        return (Language(code or "en-US", voice),)

    def _language(self, name: Scalar, node: Node) -> Language | None:
        code = self.reader.language(name)
        entry = self.reader.mapping(node, "a map like {voice: sarah}")
        if entry is None or code is None:
            return None
        for key, _ in entry.items:
            if key.text != "voice":
                message = f"“{key.text}” is not known here"
                self.reader.report("S001", message, key.span, did_you_mean(key.text, ("voice",)))
        return Language(code, self._voice(entry.get("voice")))

    def _voice(self, node: Node | None) -> str:
        name = self.reader.word(node, "a voice of settings.yaml") if node is not None else None
        if name is None:
            return EMBEDDED
        if node is not None and name not in self.world.voices:
            message = f"there is no voice “{name}” in settings.yaml"
            self.reader.report("S007", message, node.span, did_you_mean(name, self.world.voices))
            return EMBEDDED
        return name

    def _timezone(self) -> str:
        node = self.root.get("timezone")
        name = self.reader.word(node, "a time zone like America/Chicago") if node else None
        if node is None or name is None:
            return "UTC"
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            message = f"there is no time zone “{name}”"
            self.reader.report("S007", message, node.span, "write it like America/Chicago")
            return "UTC"
        return name

    def _hours(self, timezone: str) -> dict[str, Schedule]:
        node = self.root.get("hours")
        found = self.reader.mapping(node, "a map of schedules") if node is not None else None
        schedules: dict[str, Schedule] = {}
        for name, value in found.items if found else ():
            entry = self.reader.mapping(value, "a map like  mon-fri: 8:00-17:30")
            if entry is None:
                continue
            compiled = hours.compile(self._written(entry), timezone=timezone)
            for finding in compiled.findings:
                span = _span_at(name, entry, finding.path)
                self.reader.problems.append(
                    Problem(finding.code, finding.message, span, finding.help, finding.severity)
                )
            if compiled.schedule is not None:
                schedules[name.text] = compiled.schedule
        return schedules

    def _written(self, entry: MappingNode) -> dict[str, str | list[str]]:
        """A schedule as it was written: texts and lists of texts."""
        written: dict[str, str | list[str]] = {}
        for name, value in entry.items:
            match value:
                case Scalar():
                    written[name.text] = value.text
                case Sequence():
                    words = [self.reader.word(item, "a day or a calendar") for item in value.items]
                    written[name.text] = [word for word in words if word is not None]
                case MappingNode():
                    self.reader.wrong_type(value, "times like 8:00-17:30, or a list")
        return written

    def _numbers(self) -> dict[str, str]:
        node = self.root.get("numbers")
        found = self.reader.mapping(node, "a map of numbers") if node is not None else None
        numbers: dict[str, str] = {}
        for name, value in found.items if found else ():
            number = self.reader.number(value)
            if number is not None:
                numbers[name.text] = number
        return numbers

    def _anytime(self) -> dict[str, Destination]:
        node = self.root.get("anytime")
        found = self.reader.mapping(node, "a map like  0: operator") if node is not None else None
        keys: dict[str, Destination] = {}
        for name, value in found.items if found else ():
            key = menu_key(self.reader, name)
            destination = self.reader.destination(value)
            if key is not None and len(key) > 1:
                message = f"“{name.text}” is more than one key"
                self.reader.report("M004", message, name.span, "anytime: takes single keys")
            elif key is not None and destination is not None:
                keys[key] = destination
        return keys

    def _vars(self) -> dict[str, Value]:
        node = self.root.get("vars")
        found = self.reader.mapping(node, "a map like  tries: 0") if node is not None else None
        values: dict[str, Value] = {}
        for name, value in found.items if found else ():
            variable = self.reader.variable(name)
            if variable is not None:
                values[variable] = self.reader.value(value)
        return values

    def _call_limit(self) -> int:
        node = self.root.get("limits")
        found = self.reader.mapping(node, "a map like {call: 15m}") if node is not None else None
        limit = CALL_LIMIT_MS
        for name, value in found.items if found else ():
            if name.text == "call":
                limit = self.reader.duration(value, 60_000, 4 * 3_600_000, CALL_LIMIT_MS)
            else:
                message = f"“{name.text}” is not known in limits"
                self.reader.report("S001", message, name.span, did_you_mean(name.text, ("call",)))
        return limit

    # ------------------------------------------------------------------ steps

    def _steps(self) -> dict[str, Step]:
        node = self.root.get("steps")
        if node is None:
            self.reader.report("F003", "this flow has no steps", self.root.span, "add steps:")
            return {}
        found = self.reader.mapping(node, "a map of steps")
        if found is not None and len(found.items) > STEPS_MAX:
            message = f"{len(found.items)} steps; {STEPS_MAX} is the most"
            self.reader.report("S007", message, found.span, "split the flow in two")
            return {}
        steps: dict[str, Step] = {}
        for name, value in found.items if found else ():
            self._check_name(name)
            nodes = value.items if isinstance(value, Sequence) else (value,)
            actions = tuple(a for n in nodes if (a := self._action(n)) is not None)
            steps[name.text] = Step(name.text, actions, name.span)
        if found is not None and not steps:
            self.reader.report("F003", "this flow has no steps", found.span, "add one")
        return steps

    def _check_name(self, name: Scalar) -> None:
        if name.text in RESERVED_DESTINATIONS:
            message = f"“{name.text}” is a destination of the language, not a step's name"
            self.reader.report("F005", message, name.span, "call the step something else")
        elif not name.text or "/" in name.text or len(name.text) > 64:
            message = f"“{name.text}” cannot be a step's name"
            self.reader.report("F005", message, name.span, "use letters, digits and _")

    def _action(self, node: Node) -> Action | None:
        entry = self.reader.mapping(node, "an action: a map with say, menu, goto …")
        if entry is None:
            return None
        kinds = [name for name, _ in entry.items if name.text in KINDS]
        kind = self._kind(entry, kinds)
        self._check_action_keys(entry, kinds)
        goto, condition, voice = entry.get("goto"), entry.get("if"), entry.get("voice")
        interrupt, fresh = entry.get("interrupt"), entry.get("fresh")
        prompt = self._prompt(entry)
        action = Action(
            prompt=prompt,
            interruptible=self.reader.flag(interrupt) if interrupt is not None else True,
            voice=self._voice(voice) if voice is not None else None,
            kind=kind,
            goto=self.reader.destination(goto) if goto is not None else None,
            condition=self.reader.expression(condition) if condition is not None else None,
            fresh=self.reader.flag(fresh) if fresh is not None else False,
            tag=self._word(entry, "tag"),
            note=self._word(entry, "note"),
            span=entry.span,
            budget=self._budget(entry),
        )
        speaks = any(entry.get(key) is not None for key in ("say", "play", "pause"))
        known = all(name.text in COMMON or name.text in KINDS for name, _ in entry.items)
        if not (speaks or kinds or goto is not None) and known:
            self.reader.report("S004", "this step does nothing", entry.span, "add say: or goto:")
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

    def _check_action_keys(self, entry: MappingNode, kinds: list[Scalar]) -> None:
        spec = KINDS[kinds[0].text] if kinds else None
        own = (spec.options | spec.outcomes) if spec else frozenset()
        for name, _ in entry.items:
            key = name.text
            if key == "goto" and spec is not None and not spec.goto:
                self.reader.report(
                    "S006",
                    f"goto cannot stand beside {kinds[0].text}",
                    name.span,
                    f"{kinds[0].text} has its own ways out: {', '.join(sorted(spec.outcomes))}",
                )
            elif key in COMMON or key in KINDS or key in own:
                continue
            elif key in LATER:
                message = f"“{key}” is not built into this version of ivr yet"
                self.reader.report("S001", message, name.span, "leave it out")
            elif key in RESERVED:
                message = f"“{key}” is kept for a later version of the language"
                self.reader.report("S001", message, name.span, "leave it out")
            elif (owner := _owner(key)) is not None:
                kind = kinds[0].text if kinds else "a step that only speaks or goes"
                message = f"“{key}” belongs to {owner}, not to {kind}"
                self.reader.report("S006", message, name.span, "leave it out")
            else:
                remedy = did_you_mean(key, COMMON | own | KINDS.keys())
                self.reader.report("S001", f"“{key}” is not known in a step", name.span, remedy)

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


def _owner(key: str) -> str | None:
    """The kind that has this key among its options or outcomes."""
    owners = [name for name, spec in KINDS.items() if key in spec.options | spec.outcomes]
    return " and ".join(owners) if owners else None


def _span_at(name: Scalar, entry: MappingNode, path: tuple[str | int, ...]) -> Span:
    """The place of a value inside a schedule, by its path of keys and indexes."""
    node: Node = entry if path else name
    for key in path:
        match node:
            case MappingNode() if (found := node.get(str(key))) is not None:
                node = found
            case Sequence() if isinstance(key, int) and key < len(node.items):
                node = node.items[key]
    return node.span
