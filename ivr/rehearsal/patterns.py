"""Patterns of ``answers:`` and ``requested:``: text in which ``*`` stands for anything.

Pure. A request is known by several names: its method with its path, with what follows the address
of a setting, and with the whole address, so that a test need not know the host.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from ivr.flow.values import Value

ANYTHING = "*"


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split(ANYTHING))), re.DOTALL)


def fits(pattern: str, text: str) -> bool:
    """Whether this text is meant."""
    return _compiled(pattern).fullmatch(text) is not None


def overlap(one: str, other: str) -> bool:
    """Whether there is any text that both patterns mean."""
    if ANYTHING not in one:
        return fits(other, one)
    if ANYTHING not in other:
        return fits(one, other)
    # Two patterns: the ends must agree as far as both are written out; between them lies a star.
    heads = one.split(ANYTHING)[0], other.split(ANYTHING)[0]
    tails = one.split(ANYTHING)[-1], other.split(ANYTHING)[-1]
    begins = heads[0].startswith(heads[1]) or heads[1].startswith(heads[0])
    return begins and (tails[0].endswith(tails[1]) or tails[1].endswith(tails[0]))


def request_names(method: str, url: str, settings: Mapping[str, Value]) -> Iterator[str]:
    """Every name a request goes by: ``GET /patients/1``, ``GET https://api.example/patients/1``."""
    whole = url.partition("?")[0]
    paths = [whole[len(base) :] or "/" for base in _addresses(settings) if whole.startswith(base)]
    if "://" in whole:
        paths.append(urlsplit(whole).path or "/")
    for path in (*paths, whole):
        yield f"{method} {unquote(path)}"
        if "%" in path:
            yield f"{method} {path}"


def _addresses(settings: Mapping[str, Value]) -> Iterable[str]:
    """The settings that are addresses, as what a path follows."""
    texts = (value for value in settings.values() if isinstance(value, str) and "://" in value)
    return (text.rstrip("/") for text in texts)
