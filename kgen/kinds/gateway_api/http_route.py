"""Requests by host, path, headers and query: a HTTPRoute."""

from __future__ import annotations

from typing import Final

from kgen.kinds.gateway_api import route

KIND: Final = "HTTPRoute"
STAGE: Final = "50-routes"
render = route.render
