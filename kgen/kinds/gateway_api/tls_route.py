"""TLS connections by the name they ask for: a TLSRoute."""

from __future__ import annotations

from typing import Final

from kgen.kinds.gateway_api import route

KIND: Final = "TLSRoute"
STAGE: Final = "50-routes"
render = route.render
