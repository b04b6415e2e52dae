"""The load generator as a process: takes a ``Load``, tells when measuring begins and ends, and what
was measured. Runs in a ``bench_child``."""

from __future__ import annotations

import gc
from multiprocessing.connection import Connection

import uvloop

from ivr.cli.bench_child import stay_on
from ivr.phone.load import Load, ring


def serve(pipe: Connection, cores: frozenset[int]) -> None:
    """Ring whatever is asked for, one load after the other, until the pipe is closed."""
    stay_on(cores)
    # A collection would make every phone late at once, and a load leaves little behind.
    gc.collect()
    gc.freeze()
    gc.disable()
    pipe.send("ready")
    while True:
        try:
            load = pipe.recv()
        except EOFError:
            return
        assert isinstance(load, Load), "a load is asked for"
        pipe.send(uvloop.run(ring(load, pipe.send)))
        gc.collect()
