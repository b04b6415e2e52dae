"""What flows ask of the world: services over HTTP, and functions their developers wrote.

The room's README says how to write a function and what ``http`` allows. This package gives what a
``functions.py`` imports, and only that, so that it stays light: ``from ivr.outside import function,
Outcome``. The call itself uses :mod:`ivr.outside.http` and :mod:`ivr.outside.functions`.
"""

from __future__ import annotations

from ivr.outside.functions import function
from ivr.outside.signature import Outcome

__all__ = ["Outcome", "function"]
