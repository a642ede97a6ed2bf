"""How a member joins: its Submariner (or ServiceDiscovery) object, the two join Secrets, and the broker's side.

Fields and what they mean: submariner-operator api/v1alpha1/submariner_types.go. The operator's first update strips every
optional field with a zero value, so none is ever written; what its CRD requires is written even where it is empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from kgen.clusterset.model import Cluster, ClusterSet, Secrets
from kgen.diagnostics import FieldPath
from kgen.plan.addressing import Addresses
from kgen.plan.model import AccountPlan, BrokerPlan, CrdPlan, ExternalSecretPlan, JoinPlan, PlaceholderSecretPlan
from kgen.records import NamedTuple
from kgen.versions import Profile

OPERATOR_NAMESPACE: Final = "submariner-operator"
BROKER_SECRET: Final = "submariner-broker-secret"  # these two names are fixed from 0.18 on: the operator's ServiceAccounts list them
PSK_SECRET: Final = "submariner-ipsec-psk"

# The order in which a person would write them; the CRD requires the ten that are marked.
SUBMARINER_FIELDS: Final = (
    "broker",  # required
    "brokerK8sApiServer",  # required
    "brokerK8sApiServerToken",
    "brokerK8sCA",
    "brokerK8sRemoteNamespace",  # required
    "brokerK8sSecret",
    "brokerK8sInsecure",
    "haltOnCertificateError",
    "cableDriver",
    "ceIPSecPSKSecret",
    "ceIPSecIKEPort",
    "ceIPSecNATTPort",
    "ceIPSecDebug",  # required
    "ceIPSecForceUDPEncaps",
    "ceIPSecPreferredServer",
    "ceIPSecUseOVNCertAuthMode",
    "clusterID",  # required
    "clusterCIDR",  # required
    "serviceCIDR",  # required
    "globalCIDR",
    "globalnetEnabled",
    "clustersetIPCIDR",
    "clustersetIPEnabled",
    "namespace",  # required
    "natEnabled",  # required
    "airGappedDeployment",
    "loadBalancerEnabled",
    "loadBalancerServiceAnnotations",
    "hostedCluster",
    "disableIntraClusterConnectivity",
    "serviceDiscoveryEnabled",
    "coreDNSCustomConfig",
    "customDomains",
    "connectionHealthCheck",
    "nodeSelector",
    "tolerations",
    "debug",  # required
    "colorCodes",
    "imageOverrides",
    "repository",
    "version",
)
# Where each field stands in the object: made once, since every member has them all.
OUTPUT: Final = {field: FieldPath(("spec", field)) for field in SUBMARINER_FIELDS}
REQUIRED: Final = frozenset(
    ("broker", "brokerK8sApiServer", "brokerK8sRemoteNamespace", "ceIPSecDebug", "clusterCIDR", "clusterID", "debug", "namespace")
    + ("natEnabled", "serviceCIDR")
)
# Maps from text to text: Go keeps an empty value in them, and `node-role.kubernetes.io/worker: ""` is how nodes are labelled.
TEXT_MAPS: Final = frozenset(("nodeSelector", "imageOverrides", "loadBalancerServiceAnnotations"))
# ServiceDiscovery takes these of them, and requires five (servicediscovery_types.go).
DISCOVERY_FIELDS: Final = frozenset(
    ("brokerK8sApiServer", "brokerK8sApiServerToken", "brokerK8sCA", "brokerK8sRemoteNamespace", "brokerK8sSecret", "brokerK8sInsecure")
    + ("haltOnCertificateError", "clusterID", "globalnetEnabled", "clustersetIPCIDR", "clustersetIPEnabled", "namespace")
    + ("coreDNSCustomConfig", "customDomains", "nodeSelector", "tolerations", "debug", "imageOverrides", "repository", "version")
)
DISCOVERY_REQUIRED: Final = frozenset(("brokerK8sApiServer", "brokerK8sRemoteNamespace", "clusterID", "debug", "namespace"))


def secrets_of(wish: ClusterSet, cluster: Cluster) -> Secrets:
    """How a cluster gets its join Secrets: its own `secrets` over the set's, `existing` where neither says."""
    if cluster.secrets is None and wish.secrets is not None and wish.secrets.provider is not None:
        return wish.secrets
    layers = [layer for layer in (cluster.secrets, wish.secrets) if layer is not None]

    def first(field: str) -> Any:
        return next((value for layer in layers if (value := getattr(layer, field)) is not None), None)

    return Secrets(first("provider") or "existing", first("store"), first("path"), layers[0].at if layers else wish.at)


def submariner_fields(wish: ClusterSet, cluster: Cluster | None = None) -> tuple[dict[str, Any], dict[str, FieldPath]]:
    """What the author wrote of the Submariner object, the cluster's over the set's, and where each field was written."""
    values = dict(wish.submariner)
    places = {key: wish.at / "submariner" / key for key in values}
    if cluster is not None and cluster.submariner:
        values = _merged(values, cluster.submariner)
        places |= {key: cluster.at / "submariner" / key for key in cluster.submariner}
    return values, places


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        result[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result


class Fields(NamedTuple):
    """The fields of a join object that do not depend on the member, and where each was asked for."""

    written: Mapping[str, Any]
    values: Mapping[str, Any]
    places: Mapping[str, FieldPath]


def common_fields(wish: ClusterSet, cluster: Cluster | None = None) -> Fields:
    """What the set says of every member's join object, and a `cluster` that has fields of its own, of its own."""
    assert wish.broker is not None
    written, places = submariner_fields(wish, cluster)
    values: dict[str, Any] = {
        "broker": "k8s",
        "haltOnCertificateError": True,
        "cableDriver": "libreswan",
        "ceIPSecIKEPort": 500,
        "ceIPSecNATTPort": 4500,
        "ceIPSecDebug": False,
        "natEnabled": True,
        "serviceDiscoveryEnabled": True,
        "debug": False,
        "repository": "quay.io/submariner",
        **written,
        "connectionHealthCheck": _health_check(written.get("connectionHealthCheck", {})),
        "brokerK8sApiServer": wish.broker.api_server,
        "brokerK8sRemoteNamespace": wish.broker.namespace,
        "namespace": OPERATOR_NAMESPACE,
    }
    places |= {
        "brokerK8sApiServer": wish.broker.at / "apiServer",
        "brokerK8sRemoteNamespace": wish.broker.at / "namespace",
        "version": wish.versions.at / "submariner",
    }
    return Fields(written, values, places)


def join(wish: ClusterSet, cluster: Cluster, profile: Profile, addresses: Addresses, common: Fields) -> JoinPlan:
    """A member's join object; only where `join` is not external, the member is not leaving, and the broker is known."""
    assert profile.submariner is not None
    release = profile.release
    how = secrets_of(wish, cluster)
    global_cidr = addresses.globalnet.get(cluster.cluster_id)
    virtual = addresses.clusterset_ip.get(cluster.cluster_id)
    written, fields, asked = common_fields(wish, cluster) if cluster.submariner else common
    values = {
        **fields,
        "clusterID": cluster.cluster_id,
        "clusterCIDR": ",".join(cluster.pod_cidr),
        "serviceCIDR": ",".join(cluster.service_cidr),
        "version": profile.submariner,
    }
    places = {
        **asked,
        "clusterID": cluster.at / "clusterID",
        "clusterCIDR": cluster.at / "podCIDR",
        "serviceCIDR": cluster.at / "serviceCIDR",
    }
    if cluster.versions is not None and cluster.versions.submariner:
        places["version"] = cluster.versions.at / "submariner"
    if not release.halts_on_certificate_error and "haltOnCertificateError" not in written:
        del values["haltOnCertificateError"]
    if release.joins_by_secret:
        values["brokerK8sSecret"] = BROKER_SECRET
    else:
        # Before 0.19 the operator's client has no token unless the object carries one (submariner-operator #3161).
        values["brokerK8sApiServerToken"] = "${SUBMARINER_BROKER_TOKEN}"
        values["brokerK8sCA"] = "${SUBMARINER_BROKER_CA}"
    if values["cableDriver"] != "wireguard":
        values["ceIPSecPSKSecret"] = PSK_SECRET
    if global_cidr is not None:
        values["globalCIDR"] = str(global_cidr)
        values["globalnetEnabled"] = True
        assert wish.globalnet is not None
        places["globalCIDR"] = cluster.at / "globalCIDR" if cluster.global_cidr else wish.globalnet.at
    if virtual is not None and wish.clusterset_ip is not None:
        values["clustersetIPCIDR"] = str(virtual)
        values["clustersetIPEnabled"] = wish.clusterset_ip.enabled
        places["clustersetIPCIDR"] = places["clustersetIPEnabled"] = wish.clusterset_ip.at
    for key in ("brokerK8sSecret", "ceIPSecPSKSecret", "brokerK8sApiServerToken", "brokerK8sCA"):
        places[key] = how.at
    if wish.connectivity:
        left_out, required, kind, name = frozenset(("globalnetEnabled",)), REQUIRED, "Submariner", "submariner"
    else:
        left_out, required = frozenset(SUBMARINER_FIELDS) - DISCOVERY_FIELDS - frozenset(written), DISCOVERY_REQUIRED
        kind, name = "ServiceDiscovery", "service-discovery"
    ordered: list[str] = [key for key in SUBMARINER_FIELDS if key in values]
    if len(ordered) < len(values):
        ordered += sorted(values.keys() - set(SUBMARINER_FIELDS))
    spec: dict[str, Any] = {}
    for key in ordered:
        value = values[key]
        if type(value) is dict or type(value) is list:
            value = _without_zeros(key, value)
        if (value or key in required) and key not in left_out:
            spec[key] = value
    return JoinPlan(kind, name, spec, tuple((key, places[key]) for key in spec if key in places), cluster.at)


def _health_check(written: Mapping[str, Any]) -> dict[str, Any]:
    """All three fields: where the object is present, the operator takes a missing one as 0, and 0 stops the check's arithmetic."""
    return {
        "enabled": written.get("enabled", True),
        "intervalSeconds": written.get("intervalSeconds") or 1,
        "maxPacketLossCount": written.get("maxPacketLossCount") or 5,
        **{key: value for key, value in written.items() if key not in ("enabled", "intervalSeconds", "maxPacketLossCount")},
    }


def _without_zeros(key: str, value: Any) -> Any:
    """The value of a field without inner fields of zero value; what stands in a map of text is kept: a label may well be empty."""
    if isinstance(value, dict) and key not in TEXT_MAPS:
        return {inner: kept for inner, each in value.items() if (kept := _without_zeros(inner, each))}
    if isinstance(value, list):
        # A toleration: its texts are left out where empty, but its tolerationSeconds is a pointer, and 0 is not nothing.
        return [{inner: each for inner, each in item.items() if each != ""} if isinstance(item, dict) else item for item in value]
    return value


def secrets(wish: ClusterSet, cluster: Cluster, profile: Profile) -> Iterator[ExternalSecretPlan | PlaceholderSecretPlan]:
    """The join Secrets that kgen writes for a member: none for `existing`."""
    how = secrets_of(wish, cluster)
    by_secret = profile.release.joins_by_secret
    driver = cluster.submariner.get("cableDriver", wish.submariner.get("cableDriver"))
    psk = driver != "wireguard" and wish.connectivity
    if how.provider == "externalSecrets" and how.store is not None:
        path = how.path or "submariner"
        store = (how.store.kind, how.store.name)
        if by_secret:
            keys = tuple((key, f"{path}/{cluster.cluster_id}", key) for key in ("token", "ca.crt"))
            yield ExternalSecretPlan(BROKER_SECRET, *store, True, keys, how.at)
        if psk:
            yield ExternalSecretPlan(PSK_SECRET, *store, False, (("psk", f"{path}/clusterset", "psk"),), how.at)
    elif how.provider == "substitution":
        if by_secret:
            token, ca = {"token": "${SUBMARINER_BROKER_TOKEN}"}, {"ca.crt": "${SUBMARINER_BROKER_CA}"}
            yield PlaceholderSecretPlan(BROKER_SECRET, token, ca, True, how.at)
        if psk:
            yield PlaceholderSecretPlan(PSK_SECRET, {}, {"psk": "${SUBMARINER_IPSEC_PSK}"}, by_secret, how.at)


def broker_side(wish: ClusterSet, profiles: Mapping[str, Profile]) -> BrokerPlan | None:
    """What the broker's cluster gets; None where the broker lives elsewhere, or someone else joins the clusters."""
    if wish.broker is None or wish.broker.cluster is None or wish.join == "external":
        return None
    members = [c for c in wish.clusters if c.member]
    newest = [profiles[c.name].release for c in members]
    home = next(c for c in wish.clusters if c.name == wish.broker.cluster)
    crds: tuple[CrdPlan, ...] = ()
    if not home.member and wish.broker.crds:
        mcs = max((release.mcs_api for release in newest), key=lambda version: tuple(map(int, version.split("."))))
        crds = tuple(
            CrdPlan(product, version, kind, wish.broker.at)
            for product, version, kind in (
                ("submariner-broker", "0.24", "Cluster"),
                ("submariner-broker", "0.24", "Endpoint"),
                ("mcs-api", mcs, "ServiceExport"),
                ("mcs-api", mcs, "ServiceImport"),
            )
        )
    accounts = tuple(AccountPlan(c.cluster_id, wish.broker.namespace, c.at) for c in sorted(members, key=lambda c: c.cluster_id.encode()))
    return BrokerPlan(wish.broker.namespace, all(release.aggregated_imports for release in newest), accounts, crds, wish.broker.at)
