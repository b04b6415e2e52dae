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
                "calls": board.live,
                "counts": dict(sorted(board.counts.items())),
            },
            status_code=503 if house.leaving else 200,
            headers={"Cache-Control": "no-store"},
        )

    return Route(HEALTH_PATH, health)
