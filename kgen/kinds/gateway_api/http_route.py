"""Requests by host, path, headers and query: a HTTPRoute."""

from __future__ import annotations

from typing import Final

from kgen.kinds.gateway_api import route
from kgen.plan.model import RoutePlan

KIND: Final = "HTTPRoute"
OF: Final = RoutePlan
STAGE: Final = "50-routes"
render = route.render
