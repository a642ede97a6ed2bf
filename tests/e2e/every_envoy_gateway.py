"""Scenario f: every Envoy Gateway that kgen supports and that can be built, each with its own CRDs, in the scenario of the grant (c);
and whether it follows imports.

pytest tests/e2e/every_envoy_gateway.py     (as root; a command of its own, since the builds take half an hour on two cores)
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from kgen.versions import ENVOY_GATEWAY, Profile, watches_imports
from tests.e2e import understood
from tests.e2e.clusterset import ROOT, RunningSet
from tests.e2e.conftest import Sets
from tests.e2e.following import followed, look_again
from tests.e2e.test_globalnet_grants import check
from tests.e2e.traffic import Client

EXAMPLE: Final = ROOT / "examples/globalnet"
OVERLAY: Final = """apiVersion: kgen.dev/v1alpha1
kind: ClusterSetOverlay
spec:
  versions: {{envoyGateway: {version}, kubernetes: "{kubernetes}"}}
"""


@pytest.mark.parametrize("version", [each.schemas for each in ENVOY_GATEWAY.values()])
def test_without_its_grant_a_route_is_refused(sets: Sets, version: str, tmp_path: Path) -> None:
    release = next(each for each in ENVOY_GATEWAY.values() if each.schemas == version)
    overlay = tmp_path / "version.yaml"
    overlay.write_text(OVERLAY.format(version=version, kubernetes=release.kubernetes[1]), encoding="utf-8")
    running = sets.get(f"envoy-gateway-{version}", lambda lab: RunningSet(lab, EXAMPLE, [overlay], version))
    profile: Profile = running.plan.clusters["cluster1"].profile
    assert (profile.envoy_gateway, profile.gateway_api) == (version, release.gateway_api)
    cluster, plan = running.clusters["cluster1"], running.plan.clusters["cluster1"]
    watches = watches_imports(version, "HTTPRoute", "backend")
    assert [each.code for each in running.told] == ([] if watches else ["KG432"])
    if not watches:
        # The route was there before what it imports.
        running.lab.wait("the service is imported", lambda: understood.ready(cluster, "shop", "api"))
        look_again(running)
    assert understood.unlike(running, lambda: understood.gateways(cluster, plan)) == ""
    running.lab.wait("Envoy leads on", lambda: led(running))
    check(running)
    assert followed(running, "cluster3", "shop/api", "cluster1", "httproute/edge/api") == watches


def led(running: RunningSet) -> bool:
    """Whether requests are answered: some versions tell Envoy of no listener before its first route."""
    try:
        return Client(running.clusters["cluster1"]).get("www.example.com")[0] == 200
    except ConnectionRefusedError:
        return False
