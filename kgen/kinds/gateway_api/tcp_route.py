"""TCP connections by port: a TCPRoute."""

from __future__ import annotations

from typing import Final

from kgen.kinds.gateway_api import route
from kgen.plan.model import RoutePlan

KIND: Final = "TCPRoute"
OF: Final = RoutePlan
STAGE: Final = "50-routes"
render = route.render
