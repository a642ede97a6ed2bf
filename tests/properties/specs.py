"""Random valid specs: small sets of every shape that the language allows, as plain data and as YAML text."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from kgen.dump import dumps

Data = dict[str, Any]

LABELS = st.dictionaries(st.sampled_from(["region", "tier", "edge"]), st.sampled_from(["eu", "us", "true", "1"]), max_size=2)
WORDS = st.sampled_from(["api", "web", "cart", "pay", "search"])
OLD = ["0.14.6", "0.14.9"]
NEW = ["0.15.0", "0.17.3", "0.18.1", "0.19.2", "0.20.1", "0.21.0", "0.22.0", "0.23.2", "0.24.0", "0.24.2"]
ENVOYS = ["1.2.8", "1.3.0", "1.4.2", "1.5.0", "1.6.2", "1.7.0", "1.8.0", "1.9.1"]


@st.composite
def specs(draw: st.DrawFn) -> Data:
    """The data of a valid ClusterSet."""
    count = draw(st.integers(1, 4))
    names = [f"c{i}" for i in range(count)]
    globalnet = draw(st.booleans())
    legacy = draw(st.integers(0, 4)) == 0
    version = draw(st.sampled_from(OLD if legacy else NEW))
    by_secret = tuple(map(int, version.split(".")))[:2] >= (0, 19)
    clusters: list[Data] = []
    for i, name in enumerate(names):
        base = 0 if globalnet else i
        cluster: Data = {
            "name": name,
            "podCIDR": f"10.{2 * base}.0.0/16",
            "serviceCIDR": f"10.{2 * base + 1}.0.0/16",
            "labels": draw(LABELS),
        }
        if draw(st.integers(0, 3)) == 0:
            cluster["clusterID"] = f"id-{name}"
        if draw(st.integers(0, 3)) == 0:
            cluster["submariner"] = {"natEnabled": draw(st.booleans())}
        clusters.append(cluster)
    dedicated = draw(st.integers(0, 3)) == 0
    if dedicated:
        clusters.append({"name": "hub", "member": False})
    spec: Data = {
        "versions": {"submariner": version, "envoyGateway": draw(st.sampled_from(ENVOYS))},
        "broker": {"cluster": "hub" if dedicated else draw(st.sampled_from(names)), "apiServer": "api.example.com:6443"},
        "clusters": clusters,
        "namespaces": [{"name": name, "create": draw(st.booleans())} for name in ("shop", "edge")],
    }
    if globalnet:
        spec["globalnet"] = {"clusterSize": draw(st.sampled_from([256, 4096, 65536]))}
    if not by_secret:
        spec["secrets"] = {"provider": "substitution"}
    elif draw(st.booleans()):
        spec["secrets"] = {"provider": "externalSecrets", "store": {"kind": "ClusterSecretStore", "name": "fleet"}}
    services = draw(st.lists(st.tuples(st.sampled_from(["shop", "edge"]), WORDS), max_size=4, unique=True))
    spec["services"] = [
        {
            "name": name,
            "namespace": namespace,
            "ports": [{"name": "http", "port": 8080}],
            "exportFrom": draw(st.one_of(st.just("all"), st.lists(st.sampled_from(names), min_size=1, unique=True))),
        }
        for namespace, name in services
    ]
    if services and draw(st.booleans()):
        spec |= draw(_way_in(names, services))
    return {"apiVersion": "kgen.dev/v1alpha1", "kind": "ClusterSet", "metadata": {"name": "set"}, "spec": spec}


@st.composite
def _way_in(draw: st.DrawFn, names: list[str], services: list[tuple[str, str]]) -> Data:
    hosts = draw(st.lists(st.sampled_from(["a", "b", "*"]), max_size=2, unique=True))
    gateways = [
        {
            "name": name,
            "namespace": "edge",
            "deployTo": draw(st.one_of(st.just("all"), st.lists(st.sampled_from(names), min_size=1, unique=True))),
            "gatewayClassName": "eg",
            "listeners": [
                {"name": f"http-{i}", "protocol": "HTTP", "port": 80 + i, **({"hostname": f"{host}.example.com"} if host != "*" else {})}
                for i, host in enumerate(hosts or ["*"])
            ],
        }
        for name in draw(st.lists(st.sampled_from(["in", "out"]), min_size=1, max_size=2, unique=True))
    ]
    routes = [
        {
            "name": f"r{i}",
            "namespace": draw(st.sampled_from(["shop", "edge"])),
            "parentRefs": [{"name": gateway["name"], "namespace": "edge"} for gateway in gateways],
            "rules": [
                {
                    "matches": [{"path": {"type": "PathPrefix", "value": f"/{i}"}}],
                    "backendRefs": [
                        {"service": "/".join(service), "port": 8080, "weight": draw(st.integers(1, 9))}
                        for service in draw(st.lists(st.sampled_from(services), min_size=1, max_size=2, unique=True))
                    ],
                }
            ],
        }
        for i in range(draw(st.integers(0, 2)))
    ]
    return {
        "gatewayClasses": [{"name": "eg", "proxy": {"name": "p", "namespace": "infra", "spec": {}}}],
        "gateways": gateways,
        "routes": routes,
    }


def text_of(data: Data) -> str:
    return dumps(data)


def shuffled(data: Data, order: Any) -> Data:
    """The same spec with every keyed list in another order; `order` is a random.Random."""
    spec = dict(data["spec"])
    for key in ("clusters", "namespaces", "services", "gatewayClasses", "gateways", "routes"):
        if key in spec:
            spec[key] = order.sample(spec[key], len(spec[key]))
    for gateway in spec.get("gateways", ()):
        gateway["listeners"] = order.sample(gateway["listeners"], len(gateway["listeners"]))
    return {**data, "spec": spec}
