"""UDP packets by port: a UDPRoute."""

from __future__ import annotations

from typing import Final

from kgen.kinds.gateway_api import route

KIND: Final = "UDPRoute"
STAGE: Final = "50-routes"
render = route.render
