"""Expressions of the flow language: a subset of CEL with ``and``, ``or`` and ``not`` in words.

:func:`compile` reads one, at load time, or says in one sentence what is wrong and how to mend it;
:meth:`Expression.evaluate` computes it during a call. Not a Python ``eval``: there are no loops, no
assignment and no way from a value to a Python object; the cost is bounded by the length of the
source, its depth, and the size of texts and lists it may make. No clock: ``now()`` and ``today()``
read the moment under ``"now"`` in the scope, which is the machine's to set.

What an author who knows neither CEL nor Python should expect, where LANGUAGE.md is silent:

* Nothing in, nothing out: arithmetic and functions of null are null, a comparison or a question
  about null is false, and null counts as false in ``and``, ``or``, ``not``. A *written* ``null``
  asks on purpose: ``x == null`` is ``not has(x)``, ``x != null`` is ``has(x)``, as in CEL.
* Numbers are one kind: ``7 / 2`` is 3.5 (CEL would do so with JSON's numbers).
* A missing name, field or item is null. The checker finds names nothing ever sets (X002).
* ``not a == b`` and ``a < b < c`` are refused with the remedy, because the grammar would read them
  as nobody means them.
"""

from __future__ import annotations

from ivr.flow.expression.grammar import compile
from ivr.flow.expression.kinds import Kind, Mismatch, kind_of, mismatches, result_kind
from ivr.flow.expression.tree import NOW, Expression, ExpressionError, Reference, Scope
from ivr.flow.values import EvaluationError

__all__ = [
    "NOW",
    "EvaluationError",
    "Expression",
    "ExpressionError",
    "Kind",
    "Mismatch",
    "Reference",
    "Scope",
    "compile",
    "kind_of",
    "mismatches",
    "result_kind",
]
