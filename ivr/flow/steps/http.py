"""``http``: ask a service, and go on with what it answers.

A GET begins while the step's text is being said; anything else once earlier notices were heard.
The step goes on when both are done. A 2xx answer goes to ``goto``, with the fields that ``example``
shows kept in ``save``; ``status`` leads others where it says, 404 to ``not_found``, everything else
to ``error``: another status, no answer within ``timeout``, one that is not JSON, or a host that is
not allowed. LANGUAGE.md §2.9, §5.12.

Secrets are not known here: where a text reads ``secrets.NAME`` a marker stands in the request, and
the room ``outside`` puts the secret in as it sends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from ivr.flow.expression import Scope
from ivr.flow.messages import ErrandDone, Request, RequestAnswered, secret_marker
from ivr.flow.model import Action, Destination, Edge, Flow, Prompt
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping as MappingNode
from ivr.flow.source import Node, Scalar
from ivr.flow.state import Once
from ivr.flow.text import Placeholder, Template
from ivr.flow.values import Value, plain_text
from ivr.flow.written import Written, compute, read, read_map, templates

if TYPE_CHECKING:
    from ivr.flow.machine import Run

TIMEOUT_MS = 4_000
RETRIES = 1
"""Of a GET to which no connection came about."""
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
OPTIONS = frozenset(
    {
        "headers",
        "query",
        "body",
        "timeout",
        "hold",
        "save",
        "example",
        "retry",
        "status",
        "ahead",
        "finish",
    }
)
HEADERS_MAX = 50
QUERY_MAX = 100
"""Fields: what no service takes is a slip of the pen."""
OUTCOMES = frozenset({"not_found", "error"})
HIDDEN = "…"
"""What is written down for a secret or a sensitive value in an address."""
_METHOD = re.compile(r"([A-Za-z]+)\s+(\S.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Http:
    """What is asked, and where each answer leads."""

    method: str
    asked: Template
    """The method and the address, as written."""
    headers: Mapping[str, Template]
    query: Mapping[str, Written]
    body: Written | None
    timeout_ms: int
    retries: int
    hold: str | None
    save: str | None
    example: Value
    has_example: bool
    statuses: Mapping[int, Destination]
    outcomes: Mapping[str, Destination]
    ahead: bool
    finish: bool
    secrets: Mapping[str, str]
    """What stands for each secret it names."""
    kind: str = "http"
    goes_on: bool = True

    @property
    def again(self) -> bool:
        """A GET changes nothing, so it may be asked twice."""
        return self.method == "GET"

    def edges(self) -> Iterator[Edge]:
        """One for each status and outcome that was given a destination."""
        for status, destination in self.statuses.items():
            yield Edge(str(status), destination)
        for name, destination in self.outcomes.items():
            yield Edge(name, destination)

    def prompts(self) -> Iterator[Prompt]:
        """None of its own."""
        return iter(())

    def own_texts(self, flow: Flow, language: str) -> Iterator[Template]:
        """None but what is said anywhere."""
        return iter(())

    def templates(self) -> Iterator[Template]:
        """Every text that is put into the request."""
        yield self.asked
        yield from self.headers.values()
        for written in (*self.query.values(), *((self.body,) if self.body is not None else ())):
            yield from templates(written)

    def enter(self, run: Run, action: Action) -> None:
        """Say the prompt, and ask."""
        run.take_turn(action, once=Once.AT_ONCE if self.again else Once.NOTICES)

    def begin(self, run: Run, action: Action) -> None:
        """Ask."""
        scope = {**run.scope(), "secrets": self.secrets}
        url = self.asked.plain(scope, _quoted)[len(self.method) :].strip()
        query = ((name, plain_text(compute(value, scope))) for name, value in self.query.items())
        hidden = run.state.sensitive
        shown = self.asked.plain(scope, lambda part, text: _shown(part, text, hidden))
        request = Request(
            id=run.next_errand(),
            method=self.method,
            url=url,
            headers=tuple((name, text.plain(scope)) for name, text in self.headers.items()),
            query=tuple(query),
            body=self._body(scope),
            timeout_ms=self.timeout_ms,
            retries=self.retries,
            step=run.state.place.step,
            name=f"{self.method} {_public(shown[len(self.method) :].strip())}",
            example=self.example,
            finish=self.finish,
            ahead=self.ahead,
        )
        run.begin(request, request.name, self.timeout_ms)

    def _body(self, scope: Scope) -> Value:
        return compute(self.body, scope) if self.body is not None else None

    def answered(self, run: Run, action: Action, event: RequestAnswered | ErrandDone) -> str:
        """Keep the fields that are wanted of a good answer."""
        assert isinstance(event, RequestAnswered)
        status = event.status
        if status is None:
            return "error"
        good = 200 <= status < 300
        if good and self.save is not None:
            body = shaped(event.body, self.example) if self.has_example else event.body
            run.set(self.save, body)
        if status in self.statuses:
            return str(status)
        if good:
            return "goto"
        return "not_found" if status == 404 and "not_found" in self.outcomes else "error"

    def lost(self) -> str:
        """No answer is an error."""
        return "error"

    def done(self, run: Run, action: Action, outcome: str) -> None:
        """Go where the answer leads."""
        if outcome == "goto":
            run.advance(action.goto)
            return
        if outcome.isdigit():
            destination = self.statuses.get(int(outcome))
        else:
            destination = self.outcomes.get(outcome)
        if destination is None or not run.go(destination):
            run.trouble(f"the answer was “{outcome}”, and nothing is said about that")


def shaped(value: Value, example: Value) -> Value:
    """Of a value the fields its example has; what is missing, or another kind of thing, is null.

    A list is read item by item, by the first item of the example; of an example without any it is
    kept as it is.
    """
    match example:
        case Mapping():
            if not isinstance(value, Mapping):
                return None
            return {name: shaped(value.get(name), part) for name, part in example.items()}
        case list():
            if not isinstance(value, list):
                return None
            return [shaped(item, example[0]) for item in value] if example else value
        case _:
            return None if isinstance(value, (list, Mapping)) else value


def _quoted(part: Placeholder, text: str) -> str:
    """A value in an address: as it is where it begins one (``${settings.api}``), else encoded.

    What stands for a secret stays as it is too; who sends it encodes the secret.
    """
    roots = {name.path[0] for name in part.expression.names}
    return text if roots in ({"settings"}, {"secrets"}) else quote(text, safe="")


def _shown(part: Placeholder, text: str, sensitive: frozenset[str]) -> str:
    """A value in an address as it may be written down."""
    secret = any(name.path[0] == "secrets" for name in part.expression.names)
    return HIDDEN if secret or part.reads_any(sensitive) else _quoted(part, text)


def _public(url: str) -> str:
    """The address as it may be written down: without its query, and without a user."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an address that cannot be read"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


# --------------------------------------------------------------------------- reading


def load(reader: Reader, entry: MappingNode, value: Node) -> Http | None:
    """Read an http step."""
    method, asked = _asked(reader, value)
    timeout, retry, save = entry.get("timeout"), entry.get("retry"), entry.get("save")
    hold, example, body = entry.get("hold"), entry.get("example"), entry.get("body")
    headers = _headers(reader, _no_more(reader, entry.get("headers"), HEADERS_MAX, "headers"))
    asking = _no_more(reader, entry.get("query"), QUERY_MAX, "fields of a query")
    query = read_map(reader, asking, "a map like  from: ${call.from}")
    written = read(reader, body) if body is not None else None
    ahead = _flag(reader, entry, "ahead")
    if ahead and method != "GET":
        reader.report(
            "S007",
            "only a GET may be asked ahead of the caller's choice",
            value.span,
            "leave out ahead:",
        )
    if body is not None and method == "GET":
        reader.report("S006", "a GET has no body", body.span, "use query:, or POST")
    if method is None or asked is None:
        return None
    clip = reader.clip(hold) if hold is not None else None
    texts = [asked, *headers.values()]
    for each in (*query.values(), *((written,) if written is not None else ())):
        texts += templates(each)
    named = (name.path for text in texts for name in text.names)
    secrets = {path[1] for path in named if path[0] == "secrets" and len(path) > 1}
    return Http(
        method=method,
        asked=asked,
        headers=headers,
        query=query,
        body=written,
        timeout_ms=(
            reader.duration(timeout, 100, 60_000, TIMEOUT_MS) if timeout is not None else TIMEOUT_MS
        ),
        retries=reader.integer(retry, 0, 3, RETRIES) if retry is not None else RETRIES,
        hold=clip.file if clip is not None else None,
        save=reader.variable(save) if save is not None else None,
        example=reader.value(example) if example is not None else None,
        has_example=example is not None,
        statuses=_statuses(reader, entry.get("status")),
        outcomes={
            name.text: destination
            for name, node in entry.items
            if name.text in OUTCOMES and (destination := reader.destination(node)) is not None
        },
        ahead=ahead,
        finish=_flag(reader, entry, "finish"),
        secrets={name: secret_marker(name) for name in secrets},
    )


def _asked(reader: Reader, node: Node) -> tuple[str | None, Template | None]:
    """The method and the address of ``GET https://…`` (H002 where it is none)."""
    found = _METHOD.fullmatch(node.text) if isinstance(node, Scalar) else None
    if not isinstance(node, Scalar) or found is None:
        message = "an http step says what is asked, like  GET https://api.example.com/x"
        reader.report("H002", message, node.span, "write the method and the address")
        return None, None
    method = found[1].upper()
    if method not in METHODS:
        message = f"“{found[1]}” is not a method"
        reader.report("H002", message, node.span, f"use one of {', '.join(METHODS)}")
        return None, None
    return method, reader.template(node)


def _no_more(reader: Reader, node: Node | None, most: int, what: str) -> Node | None:
    """The map, or None after a report where it has too many entries."""
    if isinstance(node, MappingNode) and len(node.items) > most:
        message = f"{len(node.items)} {what}; {most} is the most"
        reader.report("S007", message, node.span, "leave out what the service does not read")
        return None
    return node


def _headers(reader: Reader, node: Node | None) -> dict[str, Template]:
    found = reader.mapping(node, "a map like  Accept: text") if node is not None else None
    headers: dict[str, Template] = {}
    for name, value in found.items if found else ():
        if not re.fullmatch(r"[A-Za-z0-9-]{1,64}", name.text):
            reader.report("S007", f"“{name.text}” is not a header", name.span, "use letters and -")
        elif not isinstance(value, Scalar):
            reader.wrong_type(value, "a text")
        elif (text := reader.template(value)) is not None:
            headers[name.text] = text
    return headers


def _statuses(reader: Reader, node: Node | None) -> dict[int, Destination]:
    found = reader.mapping(node, "a map like  409: step") if node is not None else None
    statuses: dict[int, Destination] = {}
    for name, value in found.items if found else ():
        if not re.fullmatch(r"[2-5]\d\d", name.text):
            message = f"“{name.text}” is not a status of HTTP"
            reader.report("S007", message, name.span, "use a number from 200 to 599")
        elif (destination := reader.destination(value)) is not None:
            statuses[int(name.text)] = destination
    return statuses


def _flag(reader: Reader, entry: MappingNode, key: str) -> bool:
    node = entry.get(key)
    return reader.flag(node) if node is not None else False
