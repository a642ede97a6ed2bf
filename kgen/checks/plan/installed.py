"""What `delivery.install` brings must be wanted, must be what the spec says, and must have one owner.

For example `install: {envoyGateway: {}}` in a set whose `gatewayAPI` is in the standard channel: the chart brings the experimental one.
Instead, `crds: false`, and the CRDs by whoever owns them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kgen.clusterset.model import ClusterSet, RawManifest
from kgen.diagnostics import Code, Diagnostic, Related
from kgen.plan.model import Plan
from kgen.versions import ENVOY_GATEWAY, minor

IDLE: Final = Code("KG441", "nothing-to-install")
OTHER: Final = Code("KG442", "other-gateway-api")
TWICE: Final = Code("KG443", "crd-owned-twice")
SUBMARINER_GROUPS: Final = ("submariner.io", "multicluster.x-k8s.io")
GATEWAY_GROUPS: Final = ("gateway.networking.k8s.io", "gateway.networking.x-k8s.io", "gateway.envoyproxy.io")


def check(plan: Plan, wish: ClusterSet) -> Iterator[Diagnostic]:
    install = wish.delivery.install if wish.delivery is not None else None
    if install is None:
        return
    if install.submariner is not None:
        if all(cluster.profile.submariner is None for cluster in plan.clusters.values()):
            yield IDLE.error(
                "no cluster has a version of Submariner, so there is none to install",
                install.submariner.at,
                help="write versions.submariner, or delete delivery.install.submariner",
            )
        yield from _owned(
            wish, SUBMARINER_GROUPS, Related(install.submariner.at, "the operator brings it"), "leave the CRD to the operator"
        )
    chart = install.envoy_gateway
    if chart is None:
        return
    served = [c for c in plan.clusters.values() if c.shared.gateways or c.shared.routes or c.shared.classes]
    if not served:
        yield IDLE.error(
            "no cluster has a gateway or a route, so Envoy Gateway has nothing to do",
            chart.at,
            help="delete delivery.install.envoyGateway",
        )
    if not chart.crds:
        return
    told: set[tuple[str, str]] = set()
    for cluster in served:
        profile = cluster.profile
        assert profile.envoy_gateway is not None
        brought = ENVOY_GATEWAY[minor(profile.envoy_gateway)].gateway_api
        wanted = (profile.gateway_api or "", profile.channel)
        if wanted != (brought, "experimental") and wanted not in told:
            told.add(wanted)
            yield OTHER.error(
                f"Envoy Gateway {profile.envoy_gateway} brings Gateway API {brought} in the experimental channel, "
                f'and cluster "{cluster.name}" has {wanted[0]} in the {wanted[1]} one',
                chart.at,
                "",
                [Related((wish.versions.gateway_api or wish.versions).at, "said here")],
                help="write crds: false here, and let whoever owns the CRDs install them; or leave versions.gatewayAPI out",
            )
    yield from _owned(wish, GATEWAY_GROUPS, Related(chart.at, "the chart brings it"), "write crds: false there, or delete the manifest")


def _owned(wish: ClusterSet, groups: tuple[str, ...], owner: Related, help: str) -> Iterator[Diagnostic]:
    for raw in wish.manifests:
        if (group := _crd_group(raw)) in groups:
            name = raw.object["metadata"]["name"]
            yield TWICE.error(
                f'manifest "{raw.name}" is CRD {name}, and {group} comes with what is installed: two owners would undo each other',
                raw.at / "object",
                "",
                [owner],
                help=help,
            )


def _crd_group(raw: RawManifest) -> str:
    spec = raw.object.get("spec")
    group = spec.get("group") if raw.object.get("kind") == "CustomResourceDefinition" and isinstance(spec, dict) else None
    return group if isinstance(group, str) else ""
