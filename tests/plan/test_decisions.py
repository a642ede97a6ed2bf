"""What follows from what: names of imports, weights, grants, placement, join objects, by version."""

from __future__ import annotations

from typing import Any

import pytest

from kgen import source
from kgen.clusterset.decode import decode
from kgen.diagnostics import Diagnostic
from kgen.kinds.render import render
from kgen.plan.addressing import allocate
from kgen.plan.fleet import make_plan
from kgen.plan.lock import EMPTY
from kgen.plan.model import Marks, Plan, SharedPlan
from kgen.plan.topology import profiles

UNMARKED = Marks({}, {}, None, False)
SPEC = """\
apiVersion: kgen.dev/v1alpha1
kind: ClusterSet
metadata: {{name: set}}
spec:
  versions: {{submariner: {submariner}, envoyGateway: {envoy}}}
  {more}
  broker: {{cluster: a, apiServer: "api.example.com:6443"}}
  secrets: {{provider: {secrets}, store: {{kind: SecretStore, name: s}}}}
  clusters:
    - {{name: a, podCIDR: 10.0.0.0/16, serviceCIDR: 10.1.0.0/16}}
    - {{name: b, podCIDR: 10.2.0.0/16, serviceCIDR: 10.3.0.0/16}}
    - {{name: c, clusterID: see, podCIDR: 10.4.0.0/16, serviceCIDR: 10.5.0.0/16}}
  namespaces: [{{name: shop, create: true}}, {{name: edge, create: true}}]
  services:
    - {{name: one, namespace: shop, ports: [{{name: http, port: 80}}], exportFrom: [b]}}
    - {{name: two, namespace: shop, ports: [{{name: http, port: 80}}], exportFrom: [b, c]}}
    - {{name: three, namespace: shop, ports: [{{name: http, port: 80}}], exportFrom: all}}
  gatewayClasses: [{{name: eg, proxy: {{name: p, namespace: infra, spec: {{}}}}}}]
  gateways:
    - {{name: g, namespace: edge, deployTo: [a], gatewayClassName: eg, listeners: [{{name: http, protocol: HTTP, port: 80}}]}}
    - {{name: h, namespace: shop, deployTo: [a, b], gatewayClassName: eg, listeners: [{{name: http, protocol: HTTP, port: 80}}]}}
  routes:
    - name: r
      namespace: edge
      parentRefs: [{{name: g}}, {{name: h, namespace: shop}}]
      rules: [{{backendRefs: {refs}}}]
"""


def planned(
    refs: str = "[{service: shop/one, port: 80}]",
    submariner: str = "0.24.0",
    envoy: str = "1.9.1",
    more: str = "x-none: 1",
    secrets: str = "externalSecrets",
) -> Plan:
    found: list[Diagnostic] = []
    text = SPEC.format(refs=refs, submariner=submariner, envoy=envoy, more=more, secrets=secrets)
    wish = decode(source.parse(text, "clusterset.yaml"))
    resolved = profiles(wish, {}, found)
    addresses = allocate(wish, EMPTY, "written", found)
    assert not found
    return make_plan(wish, {}, resolved, addresses)


def bodies(plan: Plan, cluster: str, kind: str) -> list[dict[str, Any]]:
    own = plan.clusters[cluster]
    items: list[Any] = [*own.secrets, *(item for part in own.shared for item in part if part is not own.shared.manifests)]
    items += [] if own.broker is None else [own.broker, *own.broker.accounts, *own.broker.crds]
    items += [] if own.join is None else [own.join]
    return [found.body for item in items for _, found in render(item, UNMARKED) if found.gvk.kind == kind]


def refs_of(plan: Plan, cluster: str = "a") -> list[tuple[str | None, str, int | None]]:
    (route,) = bodies(plan, cluster, "HTTPRoute")
    return [(ref.get("namespace"), ref["name"], ref.get("weight")) for ref in route["spec"]["rules"][0]["backendRefs"]]


OPERATOR = "submariner-operator"


@pytest.mark.parametrize(
    ("refs", "expected"),
    [
        ("[{service: shop/one, port: 80}]", [(OPERATOR, "one-shop-b", None)]),
        ("[{service: shop/two, port: 80}]", [(OPERATOR, "two-shop-b", None), (OPERATOR, "two-shop-see", None)]),
        (
            "[{service: shop/one, port: 80}, {service: shop/two, port: 80}]",
            [(OPERATOR, "one-shop-b", 2), (OPERATOR, "two-shop-b", None), (OPERATOR, "two-shop-see", None)],
        ),
        (
            "[{service: shop/two, port: 80, weight: 9}, {service: shop/three, port: 80, weight: 0}, {name: x, port: 1}]",
            [(OPERATOR, "two-shop-b", 27), (OPERATOR, "two-shop-see", 27)]
            + [(OPERATOR, f"three-shop-{name}", 0) for name in ("a", "b", "see")]
            + [(None, "x", 6)],
        ),
    ],
    ids=["one exporter", "two exporters", "two services", "zero and raw"],
)
def test_before_0_15_each_exporter_is_a_backend_with_its_share(refs: str, expected: list[object]) -> None:
    plan = planned(refs, submariner="0.14.6", secrets="substitution")
    assert refs_of(plan) == expected
    assert [proxy["spec"] for proxy in bodies(plan, "a", "EnvoyProxy")] == [{"routingType": "Service"}]


def test_from_0_15_a_service_is_one_backend_under_its_own_name() -> None:
    plan = planned("[{service: shop/two, port: 80}, {service: shop/one, port: 80, weight: 3}]")
    assert refs_of(plan) == [("shop", "two", None), ("shop", "one", 3)]
    assert [proxy["spec"] for proxy in bodies(plan, "a", "EnvoyProxy")] == [{}]


def test_a_service_of_the_routes_own_namespace_needs_no_namespace_and_no_grant() -> None:
    plan = planned("[{service: shop/two, port: 80}]")
    assert [body["metadata"]["name"] for body in bodies(plan, "a", "ReferenceGrant")] == ["httproute.edge.serviceimport.two"]
    text = SPEC.format(refs="[{service: shop/two, port: 80}]", submariner="0.24.0", envoy="1.9.1", more="x-none: 1", secrets="existing")
    wish = decode(source.parse(text.replace("    - name: r\n      namespace: edge", "    - name: r\n      namespace: shop"), "x"))
    found: list[Diagnostic] = []
    same = make_plan(wish, {}, profiles(wish, {}, found), allocate(wish, EMPTY, "written", found))
    assert refs_of(same, "b") == [(None, "two", None)]
    assert bodies(same, "b", "ReferenceGrant") == []


def test_a_route_goes_where_a_parent_is_and_leaves_the_others_out() -> None:
    plan = planned()
    assert [ref["name"] for ref in bodies(plan, "a", "HTTPRoute")[0]["spec"]["parentRefs"]] == ["g", "h"]
    assert [ref["name"] for ref in bodies(plan, "b", "HTTPRoute")[0]["spec"]["parentRefs"]] == ["h"]
    assert bodies(plan, "c", "HTTPRoute") == []


def test_what_clusters_share_is_one_value() -> None:
    plan = planned()
    shares: list[SharedPlan] = [plan.clusters[name].shared for name in "bc"]
    by_b, by_c = ({export.name: export for export in shared.exports} for shared in shares)
    assert by_b["two"] is by_c["two"]
    assert plan.clusters["a"].shared.gateways[1] is plan.clusters["b"].shared.gateways[0]


@pytest.mark.parametrize(
    ("submariner", "secrets", "present", "absent"),
    [
        ("0.14.6", "substitution", {"brokerK8sApiServerToken", "brokerK8sCA"}, {"brokerK8sSecret", "haltOnCertificateError"}),
        ("0.17.0", "substitution", {"haltOnCertificateError", "brokerK8sCA"}, {"brokerK8sSecret"}),
        ("0.19.2", "existing", {"brokerK8sSecret", "haltOnCertificateError"}, {"brokerK8sApiServerToken", "brokerK8sCA"}),
    ],
)
def test_join_object_follows_its_version(submariner: str, secrets: str, present: set[str], absent: set[str]) -> None:
    (body,) = bodies(planned(submariner=submariner, secrets=secrets), "c", "Submariner")
    assert present <= body["spec"].keys()
    assert not absent & body["spec"].keys()
    assert body["spec"]["clusterID"] == "see"


@pytest.mark.parametrize(
    ("written", "expected", "absent"),
    [
        ("{natEnabled: false}", {"natEnabled": False}, ()),
        (
            "{loadBalancerEnabled: false, imageOverrides: {}, customDomains: []}",
            {},
            ("loadBalancerEnabled", "imageOverrides", "customDomains"),
        ),
        ("{connectionHealthCheck: {enabled: false}}", {"connectionHealthCheck": {"intervalSeconds": 1, "maxPacketLossCount": 5}}, ()),
        ("{cableDriver: wireguard}", {"cableDriver": "wireguard"}, ("ceIPSecPSKSecret",)),
        ("{haltOnCertificateError: false}", {}, ("haltOnCertificateError",)),
        ('{nodeSelector: {node-role.kubernetes.io/worker: ""}}', {"nodeSelector": {"node-role.kubernetes.io/worker": ""}}, ()),
        (
            '{tolerations: [{key: "", operator: Exists, tolerationSeconds: 0}]}',
            {"tolerations": [{"operator": "Exists", "tolerationSeconds": 0}]},
            (),
        ),
    ],
)
def test_optional_fields_are_never_zero(written: str, expected: dict[str, object], absent: tuple[str, ...]) -> None:
    (body,) = bodies(planned(more=f"submariner: {written}"), "a", "Submariner")
    assert expected.items() <= body["spec"].items()
    assert not set(absent) & body["spec"].keys()


def test_service_discovery_alone() -> None:
    plan = planned(more="connectivity: false")
    assert bodies(plan, "a", "Submariner") == []
    (body,) = bodies(plan, "a", "ServiceDiscovery")
    assert (body["metadata"]["name"], body["metadata"]["namespace"]) == ("service-discovery", OPERATOR)
    assert "cableDriver" not in body["spec"]
    assert [secret["metadata"]["name"] for secret in bodies(plan, "a", "ExternalSecret")] == ["submariner-broker-secret"]


def test_someone_else_joins() -> None:
    text = SPEC.format(
        refs="[{service: shop/one, port: 80}]", submariner="0.24.0", envoy="1.9.1", more="join: external", secrets="existing"
    )
    found: list[Diagnostic] = []
    wish = decode(source.parse("\n".join(line for line in text.splitlines() if "broker:" not in line), "x"))
    plan = make_plan(wish, {}, profiles(wish, {}, found), allocate(wish, EMPTY, "written", found))
    assert not found
    assert [bodies(plan, "a", kind) for kind in ("Submariner", "Role", "ServiceAccount", "ExternalSecret")] == [[], [], [], []]
    assert len(bodies(plan, "b", "ServiceExport")) == 3
