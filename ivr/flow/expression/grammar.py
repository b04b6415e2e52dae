"""Source text to :class:`~ivr.flow.expression.tree.Expression`, with exact columns in every error.

::

    expr    := and { 'or' and }
    and     := rel { 'and' rel }
    rel     := sum { ('=='|'!='|'<'|'<='|'>'|'>='|'in') sum }
    sum     := prod { ('+'|'-') prod }
    prod    := unary { ('*'|'/'|'%') unary }
    unary   := ['not'|'-'] primary { '.' name | '[' expr ']' }
    primary := number | 'text' | true | false | null | name | function '(' args ')'
             | '[' list ']' | '(' expr ')'

Recursive descent; one method reads all the levels of operators. What people write by habit from
other languages (``=``, ``&&``, ``? :``, ``True``, curly quotes) is recognised and answered with
what to write here.
"""

from __future__ import annotations

import difflib
import re

from ivr.flow.expression.functions import FUNCTIONS, Function
from ivr.flow.expression.patterns import PatternError, compile_pattern
from ivr.flow.expression.tree import (
    All,
    Arithmetic,
    Call,
    Choose,
    Comparison,
    Constant,
    Default,
    Expression,
    ExpressionError,
    Listing,
    Matching,
    Moment,
    Name,
    Negative,
    Node,
    Not,
    OneOf,
    Operation,
    Presence,
    Reach,
    Reference,
    Some,
)
from ivr.flow.values import is_number, scalar

SOURCE_MAX = 2_000
"""Characters of one expression."""
NESTING_MAX = 32
"""How deep brackets may lie in each other; the parser and the tree recurse only there."""

_TOKEN = re.compile(
    r"\s*(?:(?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[^\W\d]\w*)"
    r"|(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<sign>===?|!==?|<=|>=|[-+*/%<>().,\[\]])"
    r"|(?P<trap>&&?|\|\|?|\$\{|[\s\S])"
    r"|(?P<end>\Z))",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"\\": "\\", "'": "'", '"': '"', "n": "\n", "t": "\t"}

_WORDS = frozenset({"and", "or", "not", "in", "true", "false", "null"})
_CONSTANTS = {"true": Constant(True), "false": Constant(False), "null": Constant(None)}
_LEVELS = (
    frozenset({"or"}),
    frozenset({"and"}),
    frozenset({"==", "!=", "<", "<=", ">", ">=", "in"}),
    frozenset({"+", "-"}),
    frozenset({"*", "/", "%"}),
)
_OR, _AND, _RELATION, _SUM, _PRODUCT = range(5)
_OPERATORS = frozenset().union(*_LEVELS)
_ORDERING = frozenset({"<", "<=", ">", ">="})

_TRAPS = {
    "=": ("“=” does not compare", "write == to compare"),
    "===": ("“===” is not known here", "write =="),
    "!==": ("“!==” is not known here", "write !="),
    "&&": ("“&&” is not known here", "write and"),
    "&": ("“&” is not known here", "write and"),
    "||": ("“||” is not known here", "write or"),
    "|": ("formatters after “|” belong to a ${…} in a text", "write or, if that was meant"),
    "!": ("“!” is not known here", "write not"),
    "?": ("“? :” is not known here", "write choose(condition, a, b)"),
    ":": ("“:” is not known here", "write choose(condition, a, b) for “? :”"),
    "${": ("a condition is written without ${ }", "leave out ${ and }"),
    "‘": ("a curly quote", "write the straight quote '"),
    "’": ("a curly quote", "write the straight quote '"),
    "“": ("a curly quote", "write the straight quote '"),
    "”": ("a curly quote", "write the straight quote '"),
    "'": ("the text that begins here is never closed", "write ' at its end"),
    '"': ("the text that begins here is never closed", 'write " at its end'),
}
_FOREIGN_WORDS = {
    "True": "true",
    "TRUE": "true",
    "yes": "true",
    "False": "false",
    "FALSE": "false",
    "no": "false",
    "None": "null",
    "NULL": "null",
    "nil": "null",
    "undefined": "null",
    "AND": "and",
    "OR": "or",
    "NOT": "not",
    "IN": "in",
    "is": "==",
    "equals": "==",
}
_NOT_REMEDY = "put what is negated in brackets:  not (a == b)"

Token = tuple[str, str, int, int]
"""Kind, text, column, end. The kind of a sign or a word of the language is itself."""


def compile(source: str) -> Expression:
    """Read an expression. Raises :class:`ExpressionError` and nothing else."""
    if len(source) > SOURCE_MAX:
        message = f"an expression of {len(source)} characters; {SOURCE_MAX} is the most"
        raise ExpressionError(message, 0, len(source), "compute part of it in a variable first")
    return _Parser(source).parse()


def _tokens(source: str) -> list[Token]:
    tokens: list[Token] = []
    at = 0
    while True:
        found = _TOKEN.match(source, at)
        kind = found.lastgroup if found else None
        assert found is not None
        assert kind is not None
        text = found[kind]
        start, at = found.span(kind)
        if kind == "sign" or (kind == "name" and text in _WORDS):
            kind = text
        if text in _TRAPS or kind == "trap":
            message, remedy = _TRAPS.get(text, (f"“{text}” means nothing here", ""))
            raise ExpressionError(message, start, at, remedy)
        tokens.append((kind, text, start, at))
        if kind == "end":
            return tokens


class _Parser:
    """One reading of one source."""

    __slots__ = ("at", "depth", "guards", "kind", "names", "source", "tokens")

    def __init__(self, source: str) -> None:
        self.source = source
        self.tokens = _tokens(source)
        self.at = 0
        self.kind = self.tokens[0][0]
        self.depth = 0
        self.guards = 0
        self.names: list[Reference] = []

    def parse(self) -> Expression:
        if self.kind == "end":
            raise ExpressionError("an expression is missing here", 0, len(self.source))
        tree = self._level(_OR)
        if self.kind != "end":
            raise self._fault_rest()
        return Expression(self.source, tree, tuple(self.names))

    # ------------------------------------------------------------------ operators

    def _level(self, level: int) -> Node:
        """What stands at this level: most often one value, and no operator follows it."""
        begin = self.at
        node = self._unary()
        if self.kind in _OPERATORS:
            for each in range(_PRODUCT, level - 1, -1):
                if self.kind in _LEVELS[each]:
                    node = self._operations(each, node, begin)
        return node

    def _operations(self, level: int, first: Node, begin: int) -> Node:
        rest: list[Operation] = []
        while (sign := self.kind) in _LEVELS[level]:
            column = self.tokens[self.at][2]
            if level == _RELATION:
                self._check_chain(sign, rest)
            self._advance()
            rest.append(Operation(sign, self._level(level + 1), column))
        return self._chain(level, first, tuple(rest), begin)

    def _chain(self, level: int, first: Node, rest: tuple[Operation, ...], begin: int) -> Node:
        if level == _OR:
            return Some((first, *(operation.right for operation in rest)))
        if level == _AND:
            return All((first, *(operation.right for operation in rest)))
        if level > _RELATION:
            return Arithmetic(first, rest)
        if self.tokens[begin][0] == "not":
            raise self._fault_at(begin, "“not” takes only what follows it directly", _NOT_REMEDY)
        only = rest[0]
        if len(rest) == 1 and only.sign in ("==", "!="):
            for part, other in ((first, only.right), (only.right, first)):
                if isinstance(other, Constant) and other.constant is None:
                    return Presence(part, wanted=only.sign == "!=")
        return Comparison(first, rest)

    def _check_chain(self, sign: str, rest: list[Operation]) -> None:
        if rest and (sign in _ORDERING or rest[-1].sign in _ORDERING):
            message = "one comparison cannot go on from another"
            raise self._fault(message, "write both with and:  1 < a and a < 9")

    def _unary(self) -> Node:
        if self.kind not in ("not", "-"):
            return self._postfix()
        sign = self.kind
        self._advance()
        if self.kind in ("not", "-"):
            raise self._fault(
                f"“{sign}” and “{self.kind}” cannot follow each other", "use brackets"
            )
        part = self._postfix()
        if sign == "not":
            if self.kind in _LEVELS[_SUM] or self.kind in _LEVELS[_PRODUCT]:
                raise self._fault("“not” takes only what follows it directly", _NOT_REMEDY)
            return Not(part)
        if isinstance(part, Constant) and is_number(part.constant):
            return Constant(-part.constant)
        return Negative(part)

    # ------------------------------------------------------------------ names, fields, values

    def _postfix(self) -> Node:
        kind, text, start, end = self.tokens[self.at]
        path: list[str] | None = None
        if kind == "name" and self.tokens[self.at + 1][0] != "(":
            self._check_name(text)
            self._advance()
            root: Node = Name(text)
            path = [text]
        else:
            root = self._primary()
        slot = len(self.names)
        steps: list[str | Node] = []
        straight = path is not None
        while self.kind in (".", "["):
            step = self._field() if self.kind == "." else self._index()
            steps.append(step)
            straight = straight and isinstance(step, str)
            if straight and isinstance(step, str) and path is not None:
                path.append(step)
                end = self.tokens[self.at - 1][3]
        if path is not None:
            self.names.insert(slot, Reference(tuple(path), start, end, self.guards > 0))
        return Reach(root, tuple(steps)) if steps else root

    def _field(self) -> str:
        self._advance()
        kind, text, _, _ = self.tokens[self.at]
        if kind != "name" and text not in _WORDS:
            raise self._fault("the name of a field is missing after the dot")
        self._advance()
        if self.kind == "(":
            known = FUNCTIONS.get(_snake(text))
            usage = known.usage if known else f"{text}(…)"
            raise self._fault("values have no functions of their own", f"write {usage}")
        return text

    def _index(self) -> str | Node:
        opening = self._open()
        node = self._level(_OR)
        self._close("]", opening)
        if isinstance(node, Constant) and isinstance(node.constant, str):
            return node.constant
        return node

    def _primary(self) -> Node:
        kind, text, start, end = self.tokens[self.at]
        match kind:
            case "number":
                self._advance()
                return Constant(self._number(text, start, end))
            case "text":
                self._advance()
                return Constant(self._text(text, start))
            case "true" | "false" | "null":
                self._advance()
                return _CONSTANTS[text]
            case "name":
                return self._call()
            case "[":
                opening = self._open()
                items = self._arguments("]")
                self._close("]", opening)
                return Listing(tuple(items))
            case "(":
                opening = self._open()
                node = self._level(_OR)
                self._close(")", opening)
                return node
            case "end":
                raise self._fault("the expression stops where a value should follow")
            case _:
                raise self._fault(f"a value should stand here, before “{text}”")

    def _number(self, text: str, start: int, end: int) -> int | float:
        value = scalar(text, quoted=False)
        if isinstance(value, (int, float)):
            return value
        remedy = f"write '{text}' if it is a text"
        raise ExpressionError(f"“{text}” is no number", start, end, remedy)

    def _text(self, quoted: str, start: int) -> str:
        def plain(found: re.Match[str]) -> str:
            if found[1] not in _ESCAPES:
                column = start + 1 + found.start()
                message = f"“{found[0]}” means nothing in a text"
                raise ExpressionError(message, column, column + 2, f"write \\{found[0]}")
            return _ESCAPES[found[1]]

        return _ESCAPE.sub(plain, quoted[1:-1]) if "\\" in quoted else quoted[1:-1]

    # ------------------------------------------------------------------ functions

    def _call(self) -> Node:
        _, name, start, end = self.tokens[self.at]
        function = FUNCTIONS.get(name)
        if function is None:
            near = difflib.get_close_matches(_snake(name), FUNCTIONS, n=1)
            remedy = f"did you mean {FUNCTIONS[near[0]].usage}?" if near else _known_functions()
            raise ExpressionError(f"there is no function called “{name}”", start, end, remedy)
        at = self.at
        self._advance()
        opening = self._open()
        arguments = self._arguments(")", guarded=name in ("has", "default"))
        self._close(")", opening)
        if len(arguments) < function.least or len(arguments) > (function.most or SOURCE_MAX):
            message = f"“{name}” is written {function.usage}"
            raise ExpressionError(message, start, self.tokens[self.at - 1][3])
        return self._function(function, arguments, at)

    def _function(self, function: Function, arguments: list[Node], at: int) -> Node:
        match function.name, arguments:
            case "choose", [condition, then, otherwise]:
                return Choose(condition, then, otherwise)
            case "default", [part, otherwise]:
                return Default(part, otherwise)
            case "has", [part]:
                return Presence(part, wanted=True)
            case "one_of", [part, *others]:
                return OneOf(part, tuple(others))
            case ("now" | "today") as name, _:
                return Moment(day_only=name == "today")
            case "matches", [part, Constant(str(pattern))]:
                try:
                    return Matching(part, compile_pattern(pattern))
                except PatternError as error:
                    message = f"the pattern cannot be used: {error.message}"
                    remedy = f"at character {error.column + 1} of the pattern"
                    raise self._fault_at(at, message, remedy) from None
            case "matches", _:
                raise self._fault_at(at, "the pattern of matches() must be written out as a text")
            case _:
                return Call(function, tuple(arguments))

    def _arguments(self, closing: str, guarded: bool = False) -> list[Node]:
        arguments: list[Node] = []
        while self.kind != closing:
            # Only the first argument of has() and default() is asked whether it is there.
            self.guards += guarded and not arguments
            arguments.append(self._level(_OR))
            self.guards -= guarded and len(arguments) == 1
            if self.kind != ",":
                break
            self._advance()
        return arguments

    # ------------------------------------------------------------------ small steps

    def _advance(self) -> None:
        self.at += 1
        self.kind = self.tokens[self.at][0]

    def _open(self) -> int:
        self.depth += 1
        if self.depth > NESTING_MAX:
            raise self._fault(f"brackets lie deeper than {NESTING_MAX} in each other")
        self._advance()
        return self.at - 1

    def _close(self, closing: str, opening: int) -> None:
        if self.kind != closing:
            if self.kind == "end":
                raise self._fault_at(opening, "this bracket is never closed", f"write {closing}")
            raise self._fault_rest(closing)
        self.depth -= 1
        self._advance()

    def _check_name(self, name: str) -> None:
        if name in _FOREIGN_WORDS:
            raise self._fault(f"“{name}” is not known here", f"write {_FOREIGN_WORDS[name]}")
        if name in FUNCTIONS:
            usage = FUNCTIONS[name].usage
            raise self._fault(f"“{name}” is a function", f"write {usage}")

    def _fault_rest(self, closing: str = "") -> ExpressionError:
        _, text, _, _ = self.tokens[self.at]
        if text in (")", "]"):
            return self._fault(f"there is no bracket that this “{text}” closes")
        word = _FOREIGN_WORDS.get(text, text.lower())
        if word in _WORDS or word == "==":
            return self._fault(f"“{text}” is not known here", f"write {word}")
        if text in FUNCTIONS:
            return self._fault(f"“{text}” cannot stand here", f"write {FUNCTIONS[text].usage}")
        missing = f"an operator or “{closing}”" if closing else "an operator like == or and"
        return self._fault(f"{missing} is missing before “{text}”")

    def _fault(self, message: str, remedy: str = "") -> ExpressionError:
        return self._fault_at(self.at, message, remedy)

    def _fault_at(self, at: int, message: str, remedy: str = "") -> ExpressionError:
        _, _, start, end = self.tokens[at]
        if start == end and start:
            start -= 1  # the end of the source has no character of its own to point at
        return ExpressionError(message, start, end, remedy)


def _snake(name: str) -> str:
    """``startsWith`` as this language writes it."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _known_functions() -> str:
    return "the functions are " + ", ".join(FUNCTIONS)
