"""Whole calls with everything going wrong at once, and checkers that miss nothing of it.

A seed picks flows, callers and nuisances (``weather``); two processes on one store answer
(``process``, ``store``, ``world``), the carrier and its callers ring them (``carrier``), and
``checks`` says what of the story must not have been. ``scene.play(seed)`` is one storm.
"""
