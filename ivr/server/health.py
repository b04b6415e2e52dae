"""Whether this process is well, as JSON at ``/health``: for load balancers, probes and people.

200 while new calls are welcome, 503 while the process is leaving: a balancer sends them elsewhere,
and those that come all the same are answered. Route for ``server/app``.
"""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

import ivr
from ivr.server.house import House
from ivr.server.sets import Sets

HEALTH_PATH: Final = "/health"


def route(house: House) -> Route:
    """The route that tells of this house."""

    async def health(request: Request) -> Response:
        board = house.switchboard
        return JSONResponse(
            {
                "status": "leaving" if house.leaving else "ok",
                "version": ivr.__version__,
                "flows": board.flows.hash,
                "set": _set(house.sets),
                "calls": board.live,
                "records": {
                    "waiting": house.archive.waiting,
                    "store": "ok" if house.archive.problem is None else "in trouble",
                },
                "outbox": {"waiting": house.post.waiting, "stuck": house.post.stuck},
                "counts": dict(sorted(board.counts.items())),
            },
            status_code=503 if house.leaving else 200,
            headers={"Cache-Control": "no-store"},
        )

    return Route(HEALTH_PATH, health)


def _set(sets: Sets) -> dict[str, object]:
    """The flow set that answers, and why one that was saved after it does not."""
    now = sets.now
    told: dict[str, object] = {
        "hash": now.flows.hash,
        "number": now.number,
        "loaded_at": now.loaded_at.isoformat(timespec="milliseconds"),
        "alive": sets.alive,
    }
    if sets.refused:
        grave = [each for each in sets.refused if each.grave] or list(sets.refused)
        told["refused"] = {"findings": len(grave), "first": str(grave[0])}
    return told
