"""TCP connections by port: a TCPRoute."""

from __future__ import annotations

from typing import Final

from kgen.kinds.gateway_api import route

KIND: Final = "TCPRoute"
STAGE: Final = "50-routes"
render = route.render
