"""Whether Envoy Gateway notices that an import changes: an exporter's pod stops being ready, Lighthouse tells, and Envoy is told, or not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tests.e2e import network, understood
from tests.e2e.clusterset import RunningSet

SILENCE: Final = 5.0  # seconds after which what has not been noticed is not going to be: what is noticed takes a tenth of one


@contextmanager
def unready(running: RunningSet, exporter: str, service: str, importer: str) -> Iterator[None]:
    """While the block runs, the pod of an exported service ("namespace/name") is not ready, and its import in another cluster says so."""
    backend = running.backends[exporter, service]
    namespace, _, name = service.partition("/")

    def turn(ready: bool) -> None:
        network.endpoints(running.clusters[exporter], {name: backend.pod}, ready)

        def told() -> bool:
            slices = understood.imported_slices(running.clusters[importer], namespace, name).get(exporter, ())
            return {end["conditions"].get("ready") for each in slices for end in each["endpoints"]} == {ready}

        running.lab.wait(f"{importer} is told that {service} of {exporter} is{'' if ready else ' not'} ready", told)

    turn(False)
    try:
        yield
    finally:
        turn(True)


def followed(running: RunningSet, exporter: str, service: str, importer: str, route: str) -> bool:
    """Whether Envoy of the importer loses an endpoint of a route when the exporter's pod is not ready any more."""
    envoy = running.envoys[importer]
    before = envoy.addresses(route)
    assert before
    with unready(running, exporter, service, importer):
        until = time.monotonic() + SILENCE
        while time.monotonic() < until:
            if len(envoy.addresses(route)) == len(before) - 1:
                return True
            time.sleep(0.05)
    return False


def look_again(running: RunningSet) -> None:
    """Makes Envoy Gateway look at everything, as the page of KG432 says: a label of the Gateway comes and goes."""
    for change in ("kgen.dev/looked-at=now", "kgen.dev/looked-at-"):
        running.clusters["cluster1"].kubectl("label", "gateway", "--namespace=edge", "eg", change)
