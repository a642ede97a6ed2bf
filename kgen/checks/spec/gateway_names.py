"""Envoy Gateway writes a Gateway's name into a label and into the names of what it makes: 63 characters, and no dot.

A longer or dotted name is accepted, and then the Gateway never gets an address (AddressNotAssigned). For example a Gateway named after
its host, `www.example.com`; instead, a plain word, with the host in the listener.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kgen.clusterset.model import ClusterSet
from kgen.diagnostics import Code, Diagnostic

CODE: Final = Code("KG332", "unfit-gateway-name")
MOST: Final = 63


def check(wish: ClusterSet) -> Iterator[Diagnostic]:
    for gateway in wish.gateways:
        if gateway.create and ("." in gateway.name or len(gateway.name) > MOST):
            why = "it has a dot" if "." in gateway.name else f"it has {len(gateway.name)} characters"
            yield CODE.error(
                f'Gateway "{gateway.namespace}/{gateway.name}" would never get an address: Envoy Gateway needs its name for a label',
                gateway.at / "name",
                why,
                help=f"choose a name of at most {MOST} characters without a dot",
            )
