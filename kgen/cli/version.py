"""`kgen version`: this kgen, and the product versions that it knows."""

from __future__ import annotations

from collections.abc import Iterable

import click

from kgen.cli import console
from kgen.release import VERSION


@click.command("version")
def command() -> int:
    """Print kgen's version and the product versions it knows.

    Of a minor that is listed, every patch version may be written in `versions`.

    \b
    Example: kgen version
    """
    from kgen import versions

    products: dict[str, Iterable[str]] = {
        "Submariner": versions.SUBMARINER,
        "Envoy Gateway": versions.ENVOY_GATEWAY,
        "Gateway API": versions.GATEWAY_API,
        "Kubernetes": versions.KUBERNETES,
    }
    width = max(map(len, products)) + 1
    console.put((f"{'kgen':{width}} {VERSION}\n",))
    console.put(f"{name:{width}} {' '.join(minors)}\n" for name, minors in products.items())
    return 0
