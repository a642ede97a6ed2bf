"""gRPC calls by service and method: a GRPCRoute."""

from __future__ import annotations

from typing import Final

from kgen.kinds.gateway_api import route

KIND: Final = "GRPCRoute"
STAGE: Final = "50-routes"
render = route.render
