"""Each check on specs as decoded: what it finds, at which place of the spec, and what it leaves alone."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from kgen.diagnostics import Span
from kgen.pipeline import Request, build

JOIN = """\
apiVersion: kgen.dev/v1alpha1
kind: ClusterSet
metadata: {name: shop}
spec:
  versions: {submariner: 0.24.0, envoyGateway: 1.9.1}
  broker: {cluster: east, apiServer: "api.east.example.com:6443"}
"""
EAST = "{name: east, podCIDR: 10.10.0.0/16, serviceCIDR: 10.11.0.0/16}"
WEST = "{name: west, podCIDR: 10.20.0.0/16, serviceCIDR: 10.21.0.0/16}"
CLUSTERS = f"""\
  clusters:
    - {EAST}
    - {WEST}
"""
ROUTED = """\
  namespaces: [{name: shop, create: true}, {name: edge, create: true}]
  services:
    - {name: api, namespace: shop, ports: [{name: http, port: 8080, targetPort: 3000}], exportFrom: [west]}
  gatewayClasses: [{name: eg}]
  gateways:
    - {name: eg, namespace: edge, deployTo: all, gatewayClassName: eg, listeners: [{name: http, protocol: HTTP, port: 80}]}
  routes:
    - name: api
      namespace: edge
      parentRefs: [{name: eg}]
      rules: [{backendRefs: [{service: shop/api, port: 8080}]}]
"""
SET = JOIN + CLUSTERS
WHOLE = SET + ROUTED


def with_west(fields: str, text: str = SET) -> str:
    return text.replace("{name: west", "{name: west, " + fields)


def of_set(fields: str, text: str = SET) -> str:
    return text.replace("  clusters:", f"  {fields}\n  clusters:")


def with_service(fields: str) -> str:
    return WHOLE.replace("exportFrom: [west]", f"exportFrom: [west], {fields}")


def overridden(text: str, merge: str, cluster: str = "west") -> str:
    return f"{text}  overrides:\n    - {{name: other, applyTo: [{cluster}], merge: {merge}}}\n"


def found(text: str, folder: Path) -> list[tuple[str, str, str]]:
    """Code, severity and place of each finding; a lock that is not there yet is none."""
    spec = folder / "clusterset.yaml"
    spec.write_text(text, encoding="utf-8")
    result = build(Request(str(spec), unlocked="written"))
    return [(each.code, each.severity, str(each.at.path)) for each in result.diagnostics if isinstance(each.at, Span)]


BROKER = 'broker: {cluster: east, apiServer: "api.east.example.com:6443"}'
LEGACY = WHOLE.replace("0.24.0", "0.14.6").replace("broker:", "secrets: {provider: substitution}\n  broker:", 1)
RAW = WHOLE.replace("service: shop/api", "name: api, namespace: shop")
# Written in the route of one cluster only: there the Service itself is used.
LOCAL = "{routes: [{name: api, namespace: edge, rules: [{backendRefs: [{name: api, namespace: shop, port: 8080}]}]}]}"
LONG = ".".join(letter * 60 for letter in "wxyz")

ERRORS = [
    ("same-networks", with_west("podCIDR: 10.10.0.0/16", SET.replace("podCIDR: 10.20.0.0/16, ", "")), "KG301", "spec.clusters[1].podCIDR"),
    (
        "second-network",
        SET.replace("podCIDR: 10.20.0.0/16", 'podCIDR: [10.20.0.0/16, "10.10.8.0/21"]'),
        "KG301",
        "spec.clusters[1].podCIDR[1]",
    ),
    ("pods-and-services", SET.replace("10.21.0.0/16", "10.20.8.0/21"), "KG301", "spec.clusters[1].serviceCIDR"),
    ("nodes-of-another", with_west("nodeCIDR: 10.10.3.0/24"), "KG301", "spec.clusters[1].nodeCIDR"),
    (
        "given-blocks",
        of_set("globalnet: {}", with_west("globalCIDR: 242.0.0.0/16", SET.replace("{name: east", "{name: east, globalCIDR: 242.0.0.0/16"))),
        "KG301",
        "spec.clusters[1].globalCIDR",
    ),
    ("block-and-pods", of_set("globalnet: {}", SET.replace("10.20.0.0/16", "242.9.0.0/16")), "KG301", "spec.globalnet"),
    ("both-ranges", of_set("globalnet: {}\n  clustersetIP: {cidr: 242.0.0.0/12}"), "KG301", "spec.globalnet"),
    ("loopback", SET.replace("10.21.0.0/16", "127.0.0.0/16"), "KG302", "spec.clusters[1].serviceCIDR"),
    ("host-bits", SET.replace("10.21.0.0/16", "10.21.0.1/16"), "KG302", "spec.clusters[1].serviceCIDR"),
    ("no-network", SET.replace(", serviceCIDR: 10.21.0.0/16", ""), "KG303", "spec.clusters[1]"),
    ("ipv6-and-globalnet", of_set("globalnet: {}", SET.replace("10.21.0.0/16", '"fd00::/112"')), "KG304", "spec.clusters[1].serviceCIDR"),
    (
        "ipv6-and-vxlan",
        of_set("submariner: {cableDriver: vxlan}", SET.replace("10.21.0.0/16", '"fd00::/112"')),
        "KG304",
        "spec.clusters[1].serviceCIDR",
    ),
    (
        "ipv6-and-overridden-balancer",
        overridden(SET.replace("10.21.0.0/16", '"fd00::/112"'), "{submariner: {loadBalancerEnabled: true}}"),
        "KG304",
        "spec.clusters[1].serviceCIDR",
    ),
    ("id-twice", with_west("clusterID: east"), "KG306", "spec.clusters[1].clusterID"),
    ("reserved-name", SET.replace("name: west", "name: clusterset"), "KG307", "spec.clusters[1].name"),
    ("reserved-id", with_west("clusterID: clusterset"), "KG307", "spec.clusters[1].clusterID"),
    ("no-broker", SET.replace(BROKER, "connectivity: true"), "KG308", "spec"),
    ("unknown-broker", SET.replace("cluster: east", "cluster: esat"), "KG309", "spec.broker.cluster"),
    ("bad-port", SET.replace(":6443", ":66443"), "KG310", "spec.broker.apiServer"),
    ("broker-leaves", SET.replace("{name: east", "{name: east, leaving: true"), "KG311", "spec.clusters[0].leaving"),
    ("no-member-no-broker", with_west("member: false"), "KG311", "spec.clusters[1].member"),
    ("broker-of-someone-else", of_set("join: external"), "KG311", "spec.broker"),
    ("globalnet-alone", of_set("connectivity: false\n  globalnet: {}"), "KG312", "spec.globalnet"),
    ("two-drivers", with_west("submariner: {cableDriver: vxlan}"), "KG313", "spec.clusters[1].submariner.cableDriver"),
    ("overridden-driver", overridden(SET, "{submariner: {cableDriver: vxlan}}"), "KG313", "spec.overrides[0].merge.submariner.cableDriver"),
    ("two-domains", with_west("submariner: {customDomains: [a.example.com]}"), "KG313", "spec.clusters[1].submariner.customDomains"),
    (
        "preferred-server",
        of_set("submariner: {cableDriver: vxlan, ceIPSecPreferredServer: true}"),
        "KG314",
        "spec.submariner.ceIPSecPreferredServer",
    ),
    ("no-exporter", with_service("exports: [{cluster: east, type: Headless}]"), "KG316", "spec.services[0].exports[0].cluster"),
    ("unknown-service", WHOLE.replace("service: shop/api", "service: shop/apo"), "KG317", "spec.routes[0].rules[0].backendRefs[0].service"),
    (
        "unknown-service-of-a-mirror",
        WHOLE.replace("rules: [{", "rules: [{filters: [{type: RequestMirror, requestMirror: {backendRef: {service: shop/no, port: 1}}}], "),
        "KG317",
        "spec.routes[0].rules[0].filters[0].requestMirror.backendRef.service",
    ),
    (
        "target-port",
        WHOLE.replace("service: shop/api, port: 8080", "service: shop/api, port: 3000"),
        "KG318",
        "spec.routes[0].rules[0].backendRefs[0].port",
    ),
    ("no-port", WHOLE.replace("service: shop/api, port: 8080", "service: shop/api"), "KG318", "spec.routes[0].rules[0].backendRefs[0]"),
    (
        "port-that-no-exporter-has",
        with_service("exports: [{cluster: west, ports: [{name: http, port: 9090}]}]"),
        "KG318",
        "spec.routes[0].rules[0].backendRefs[0].port",
    ),
    (
        "tcp-port-of-a-udp-route",
        WHOLE.replace("- name: api\n      namespace: edge", "- kind: UDPRoute\n      name: api\n      namespace: edge"),
        "KG318",
        "spec.routes[0].rules[0].backendRefs[0].port",
    ),
    ("headless", with_service("type: Headless"), "KG319", "spec.routes[0].rules[0].backendRefs[0].service"),
    (
        "headless-at-its-exporter",
        with_service("exports: [{cluster: west, type: Headless}]"),
        "KG319",
        "spec.routes[0].rules[0].backendRefs[0].service",
    ),
    ("every-exporter-leaves", with_west("leaving: true", WHOLE), "KG320", "spec.routes[0].rules[0].backendRefs[0].service"),
    ("unknown-class", WHOLE.replace("gatewayClassName: eg", "gatewayClassName: ge"), "KG321", "spec.gateways[0].gatewayClassName"),
    (
        "unknown-gateway",
        WHOLE.replace("parentRefs: [{name: eg}]", "parentRefs: [{name: eg, namespace: shop}]"),
        "KG322",
        "spec.routes[0].parentRefs[0].name",
    ),
    (
        "unknown-listener",
        WHOLE.replace("parentRefs: [{name: eg}]", "parentRefs: [{name: eg, sectionName: https}]"),
        "KG323",
        "spec.routes[0].parentRefs[0].sectionName",
    ),
    (
        "unknown-listener-port",
        WHOLE.replace("parentRefs: [{name: eg}]", "parentRefs: [{name: eg, port: 81}]"),
        "KG323",
        "spec.routes[0].parentRefs[0].port",
    ),
    (
        "listener-deleted-by-an-override",
        overridden(
            WHOLE.replace("port: 80}]", "port: 80}, {name: more, protocol: HTTP, port: 81}]").replace(
                "parentRefs: [{name: eg}]", "parentRefs: [{name: eg, sectionName: more}]"
            ),
            "{gateways: [{name: eg, namespace: edge, listeners: [{name: more, $patch: delete}]}]}",
        ),
        "KG323",
        "spec.routes[0].parentRefs[0].sectionName",
    ),
    ("no-parent", WHOLE.replace("      parentRefs: [{name: eg}]\n", ""), "KG324", "spec.routes[0]"),
    ("default-gateways-alone", WHOLE.replace("parentRefs: [{name: eg}]", "useDefaultGateways: All"), "KG324", "spec.routes[0]"),
    (
        "no-cluster",
        WHOLE.replace("deployTo: all", "deployTo: [east]").replace("      rules:", "      deployTo: [west]\n      rules:"),
        "KG324",
        "spec.routes[0].deployTo",
    ),
    (
        "raw-import",
        WHOLE.replace("service: shop/api", "group: multicluster.x-k8s.io, kind: ServiceImport, name: api, namespace: shop"),
        "KG325",
        "spec.routes[0].rules[0].backendRefs[0]",
    ),
    ("service-of-another-cluster", RAW, "KG326", "spec.routes[0].rules[0].backendRefs[0]"),
    (
        "local-service-in-an-override",
        overridden(WHOLE, LOCAL, "east"),
        "KG326",
        "spec.overrides[0].merge.routes[0].rules[0].backendRefs[0]",
    ),
    (
        "service-of-a-mirror",
        WHOLE.replace(
            "rules: [{",
            "rules: [{filters: [{type: RequestMirror, requestMirror: {backendRef: {name: api, namespace: shop, port: 8080}}}], ",
        ),
        "KG326",
        "spec.routes[0].rules[0].filters[0].requestMirror.backendRef",
    ),
    (
        "no-consent",
        WHOLE.replace("{name: shop, create: true}", "{name: shop, create: true, allowFrom: [other]}"),
        "KG330",
        "spec.routes[0].rules[0].backendRefs[0]",
    ),
    (
        "no-consent-to-an-override",
        overridden(
            WHOLE.replace("{name: edge,", "{name: store, create: true, allowFrom: []}, {name: edge,").replace(
                "  gatewayClasses",
                "    - {name: db, namespace: store, ports: [{name: http, port: 1}], exportFrom: [west]}\n  gatewayClasses",
            ),
            "{routes: [{name: api, namespace: edge, rules: [{backendRefs: [{service: store/db, port: 1}]}]}]}",
        ),
        "KG330",
        "spec.overrides[0].merge.routes[0].rules[0].backendRefs[0]",
    ),
    (
        "gateway-with-a-dot",
        WHOLE.replace("{name: eg, namespace", "{name: e.g, namespace").replace("[{name: eg}]\n      rules", "[{name: e.g}]\n      rules"),
        "KG332",
        "spec.gateways[0].name",
    ),
    (
        "gateway-with-a-long-name",
        SET
        + ROUTED.replace("{name: eg, namespace", "{name: " + "e" * 64 + ", namespace").replace(
            "[{name: eg}]\n      rules", "[{name: " + "e" * 64 + "}]\n      rules"
        ),
        "KG332",
        "spec.gateways[0].name",
    ),
    ("ipvs", with_west("kubeProxyMode: ipvs"), "KG334", "spec.clusters[1].kubeProxyMode"),
    (
        "long-grant",
        WHOLE.replace(
            "protocol: HTTP, port: 80", f"protocol: HTTPS, port: 443, tls: {{certificateRefs: [{{name: {LONG}, namespace: shop}}]}}"
        ),
        "KG337",
        "spec.gateways[0].listeners[0]",
    ),
    ("no-store", of_set("secrets: {provider: externalSecrets}"), "KG350", "spec.secrets"),
    ("no-store-by-an-override", overridden(SET, "{secrets: {provider: externalSecrets}}"), "KG350", "spec.overrides[0].merge.secrets"),
    (
        "field-of-an-override",
        overridden(SET.replace("0.24.0", "0.21.0"), "{submariner: {disableIntraClusterConnectivity: true}}"),
        "KG420",
        "spec.overrides[0].merge.submariner.disableIntraClusterConnectivity",
    ),
    (
        "field-of-no-effect",
        with_west("submariner: {hostedCluster: false}", SET.replace("0.24.0", "0.19.0")),
        "KG420",
        "spec.clusters[1].submariner.hostedCluster",
    ),
]


@pytest.mark.parametrize(("text", "code", "place"), [pytest.param(*case[1:], id=case[0]) for case in ERRORS])
def test_an_error_is_told_at_its_place(text: str, code: str, place: str, tmp_path: Path) -> None:
    assert (code, "error", place) in found(text, tmp_path)


WARNINGS = [
    (
        "kubernetes-of-one-cluster",
        with_west('versions: {kubernetes: "1.30"}', WHOLE),
        "KG424",
        "spec.clusters[1].versions",
    ),
    ("no-network-with-globalnet", of_set("globalnet: {}", SET.replace(", serviceCIDR: 10.21.0.0/16", "")), "KG303", "spec.clusters[1]"),
    ("calico", of_set("globalnet: {}", with_west("cni: Calico")), "KG305", "spec.globalnet"),
    ("calico-and-part-of-the-range", of_set("globalnet: {cidr: 242.128.0.0/9}", with_west("cni: calico")), "KG305", "spec.globalnet.cidr"),
    ("wireguard", of_set("submariner: {cableDriver: wireguard}"), "KG314", "spec.submariner.cableDriver"),
    (
        "one-office",
        with_west("publicIP: 192.0.2.1", SET.replace("{name: east", "{name: east, publicIP: 192.0.2.1")),
        "KG315",
        "spec.clusters[1].publicIP",
    ),
    (
        "unknown-backend",
        WHOLE.replace("service: shop/api, port: 8080", "group: gateway.envoyproxy.io, kind: Backend, name: other"),
        "KG327",
        "spec.routes[0].rules[0].backendRefs[0]",
    ),
    ("importer-without-namespace", WHOLE.replace("{name: shop, create: true}, ", ""), "KG328", "spec.services[0].namespace"),
    (
        "listed-importer-without-namespace",
        SET + "  services: [{name: api, namespace: shop, exportFrom: [west], importTo: [east]}]\n",
        "KG328",
        "spec.services[0].namespace",
    ),
    ("no-gateway-node", with_west("gatewayNodes: []"), "KG329", "spec.clusters[1].gatewayNodes"),
    ("block-without-range", with_west("clustersetIPCIDR: 243.0.0.0/20"), "KG335", "spec.clusters[1].clustersetIPCIDR"),
    ("uneven-size", of_set("globalnet: {clusterSize: 3000}"), "KG336", "spec.globalnet.clusterSize"),
]


@pytest.mark.parametrize(("text", "code", "place"), [pytest.param(*case[1:], id=case[0]) for case in WARNINGS])
def test_a_warning_is_told_at_its_place(text: str, code: str, place: str, tmp_path: Path) -> None:
    assert found(text, tmp_path) == [(code, "warning", place)]


IN_ORDER = [
    ("a-set", SET),
    ("a-routed-service", WHOLE),
    ("globalnet-lets-networks-overlap", of_set("globalnet: {}", SET.replace("10.20.", "10.10.").replace("10.21.", "10.11."))),
    ("discovery-lets-networks-overlap", of_set("connectivity: false", SET.replace("10.20.", "10.10.").replace("10.21.", "10.11."))),
    ("discovery-needs-no-network", of_set("connectivity: false", SET.replace(", podCIDR: 10.20.0.0/16", ""))),
    ("nodes-of-one-network", with_west("nodeCIDR: 172.18.0.0/16", SET.replace("{name: east", "{name: east, nodeCIDR: 172.18.0.0/16"))),
    (
        "networks-of-a-dedicated-broker",
        SET.replace("cluster: east", "cluster: hub") + "    - " + EAST.replace("east", "hub, member: false") + "\n",
    ),
    ("ipv6-where-nothing-minds", SET.replace("10.21.0.0/16", '"fd00::/112"')),
    ("balancer-of-another-cluster", overridden(SET.replace("10.11.0.0/16", '"fd00::/112"'), "{submariner: {loadBalancerEnabled: true}}")),
    ("preferred-server", with_west("submariner: {ceIPSecPreferredServer: true}")),
    (
        "domains-in-another-order",
        with_west(
            "submariner: {customDomains: [b.example.com, a.example.com]}",
            of_set("submariner: {customDomains: [a.example.com, b.example.com]}"),
        ),
    ),
    (
        "two-ports-of-one-office",
        with_west(
            "publicIP: 192.0.2.1, submariner: {ceIPSecNATTPort: 4501}", SET.replace("{name: east", "{name: east, publicIP: 192.0.2.1")
        ),
    ),
    ("ipvs-without-connectivity", of_set("connectivity: false", with_west("kubeProxyMode: ipvs"))),
    ("calico-and-another-range", of_set("globalnet: {cidr: 241.0.0.0/8}", with_west("cni: calico"))),
    ("nodes-not-said", with_west("gatewayNodes: [west-1]")),
    ("undeclared-ports", WHOLE.replace("ports: [{name: http, port: 8080, targetPort: 3000}], ", "")),
    (
        "differing-target-port",
        WHOLE.replace(
            "exportFrom: [west]", "exportFrom: all, exports: [{cluster: east, ports: [{name: http, port: 8080, targetPort: 1}]}]"
        ),
    ),
    (
        "differing-exporters-before-0.15",
        LEGACY.replace("{name: eg}]\n  gateways", "{name: eg, proxy: {name: proxy, namespace: infra, spec: {}}}]\n  gateways").replace(
            "exportFrom: [west]", "exportFrom: all, exports: [{cluster: east, ports: [{name: http, port: 8080}, {name: more, port: 9}]}]"
        ),
    ),
    ("service-where-it-lives", RAW.replace("deployTo: all", "deployTo: [west]")),
    ("service-where-the-route-is-narrowed-to", RAW.replace("      rules:", "      deployTo: [west]\n      rules:")),
    ("local-service-in-an-override", overridden(WHOLE, LOCAL)),
    (
        "service-of-a-manifest",
        RAW
        + "  manifests:\n    - {name: stub, deployTo: [east], object: {apiVersion: v1, kind: Service, metadata: {name: api, namespace: shop}, spec: {ports: [{port: 8080}]}}}\n",
    ),
    (
        "backend-of-a-manifest",
        WHOLE.replace("service: shop/api, port: 8080", "group: gateway.envoyproxy.io, kind: Backend, name: other")
        + "  manifests:\n    - {name: other, deployTo: all, object: {apiVersion: gateway.envoyproxy.io/v1alpha1, kind: Backend, metadata: {name: other, namespace: edge}, spec: {endpoints: [{fqdn: {hostname: a.example.com, port: 80}}]}}}\n",
    ),
    ("exporter-that-imports", WHOLE.replace("{name: shop, create: true}, ", "").replace("deployTo: all", "deployTo: [west]")),
    (
        "default-namespace",
        WHOLE.replace("{name: shop, create: true}, ", "")
        .replace("namespace: shop", "namespace: default")
        .replace("shop/api", "default/api"),
    ),
    ("consent", WHOLE.replace("{name: shop, create: true}", "{name: shop, create: true, allowFrom: [edge]}")),
    (
        "gateway-that-is-there",
        WHOLE.replace("{name: eg, namespace", "{name: e.g, create: false, namespace").replace(
            "[{name: eg}]\n      rules", "[{name: e.g}]\n      rules"
        ),
    ),
    (
        "leaving-cluster-of-a-selector",
        SET
        + "    - {name: old, leaving: true, podCIDR: 10.30.0.0/16, serviceCIDR: 10.31.0.0/16}\n"
        + ROUTED.replace("exportFrom: [west]", "exportFrom: [west, old]"),
    ),
    ("store-of-the-override", overridden(SET, "{secrets: {provider: externalSecrets, store: {name: fleet}}}")),
    ("driver-for-every-cluster", of_set("submariner: {cableDriver: vxlan}")),
    (
        "imports-before-0.15",
        LEGACY.replace("{name: eg}]\n  gateways", "{name: eg, proxy: {name: proxy, namespace: infra, spec: {}}}]\n  gateways"),
    ),
]


@pytest.mark.parametrize("text", [pytest.param(case[1], id=case[0]) for case in IN_ORDER])
def test_what_is_in_order_is_left_alone(text: str, tmp_path: Path) -> None:
    assert found(text, tmp_path) == []


@pytest.mark.parametrize(
    ("exports", "port", "severity"),
    [("type: Headless", 8080, "error"), ("ports: [{name: more, port: 9090}]", 9090, "warning")],
    ids=["headless", "another port"],
)
def test_a_route_may_name_what_one_exporter_of_two_has(exports: str, port: int, severity: str, tmp_path: Path) -> None:
    text = WHOLE.replace("exportFrom: [west]", f"exportFrom: all, exports: [{{cluster: east, {exports}}}]")
    text = text.replace("service: shop/api, port: 8080", f"service: shop/api, port: {port}")
    assert found(text, tmp_path) == [("KG431", severity, "spec.services[0].exports[0]")]


@pytest.mark.parametrize(
    ("exports", "port", "code", "place"),
    [
        ("type: Headless", 8080, "KG319", "service"),
        ("ports: [{name: more, port: 9090}]", 8080, "KG318", "port"),
        ("ports: [{name: more, port: 9090}]", 9090, "KG318", "port"),
    ],
    ids=["headless", "the exporter's port", "the service's port"],
)
def test_before_0_15_each_exporter_needs_what_a_route_names(exports: str, port: int, code: str, place: str, tmp_path: Path) -> None:
    text = LEGACY.replace("{name: eg}]\n  gateways", "{name: eg, proxy: {name: proxy, namespace: infra, spec: {}}}]\n  gateways")
    text = text.replace("exportFrom: [west]", f"exportFrom: all, exports: [{{cluster: east, {exports}}}]")
    text = text.replace("service: shop/api, port: 8080", f"service: shop/api, port: {port}")
    assert found(text, tmp_path) == [(code, "error", f"spec.routes[0].rules[0].backendRefs[0].{place}")]


def test_globalnet_is_no_help_where_it_mends_nothing(tmp_path: Path) -> None:
    spec = tmp_path / "clusterset.yaml"
    spec.write_text(of_set("clustersetIP: {cidr: 10.20.0.0/16, clusterSize: 256}"), encoding="utf-8")
    (overlap,) = (one for one in build(Request(str(spec))).diagnostics if one.code == "KG301")
    assert overlap.help == "choose disjoint networks"


def test_a_network_that_meets_many_is_told_once(tmp_path: Path) -> None:
    many = "".join(f"    - {{name: c{index}, podCIDR: 10.{index}.0.0/16, serviceCIDR: 11.{index}.0.0/16}}\n" for index in range(30))
    wide = "    - {name: wide, podCIDR: 10.0.0.0/8, serviceCIDR: 12.0.0.0/16}\n"
    text = JOIN.replace("cluster: east", "cluster: c0") + "  clusters:\n" + many + wide
    assert found(text, tmp_path) == [("KG301", "error", "spec.clusters[30].podCIDR")]


def test_a_secret_in_a_derived_field_is_not_shown(tmp_path: Path) -> None:
    spec = tmp_path / "clusterset.yaml"
    spec.write_text(of_set("submariner: {brokerK8sApiServerToken: very-secret}"), encoding="utf-8")
    (told,) = build(Request(str(spec))).diagnostics
    assert (told.code, told.unquoted) == ("KG211", True)


def encoded(kind: str) -> str:
    # Put together here, so that no file looks as if it held a key.
    return base64.b64encode(f"-----BEGIN {kind}-----\nMIIBVQ".encode()).decode()


@pytest.mark.parametrize(
    ("value", "refused"),
    [
        pytest.param(encoded("PRIVATE " + "KEY"), True, id="key"),
        pytest.param("x=" + encoded("RSA PRIVATE " + "KEY"), True, id="key-behind-a-word"),
        pytest.param(encoded("CERTIFICATE"), False, id="certificate"),
        pytest.param("LS0tLS1CRUdJTi", False, id="cut-off"),
        pytest.param("LS0tLS1CRUdJTi!!!", False, id="no-base64"),
    ],
)
def test_a_key_in_base64_is_a_secret_and_a_certificate_is_none(value: str, refused: bool, tmp_path: Path) -> None:
    manifest = f'{{apiVersion: v1, kind: ConfigMap, metadata: {{name: ca, namespace: default}}, data: {{ca: "{value}"}}}}'
    told = found(f"{SET}  manifests:\n    - {{name: ca, deployTo: all, object: {manifest}}}\n", tmp_path)
    assert told == ([("KG331", "error", "spec.manifests[0].name")] if refused else [])


@pytest.mark.parametrize("value", ["ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]", "<path:kv/data/shop#token>", "a-${TOKEN}"])
def test_a_placeholder_is_no_secret(value: str, tmp_path: Path) -> None:
    manifest = f'{{apiVersion: v1, kind: Secret, metadata: {{name: login, namespace: default}}, stringData: {{token: "{value}"}}}}'
    assert found(f"{SET}  manifests:\n    - {{name: login, deployTo: all, object: {manifest}}}\n", tmp_path) == []
