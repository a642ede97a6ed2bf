"""Which product versions exist, and what each brings: names, fields, API versions, schemas. A new version is a row here.

A patch version is accepted within a known minor. Where a default follows from a version, it follows from the version that
the author gave, never from kgen's own release.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from kgen.records import NamedTuple


class SubmarinerRelease(NamedTuple):
    """What a minor of Submariner brings."""

    minor: str
    kubernetes: str  # the newest minor that was current when it was released
    mcs_api: str  # the MCS CRDs that its operator installs
    aggregated_imports: bool  # one ServiceImport <svc> in <ns>, not one <svc>-<ns>-<clusterID> per exporter (release notes of 0.15.0)
    halts_on_certificate_error: bool  # Submariner.spec.haltOnCertificateError, since 0.17
    joins_by_secret: bool  # brokerK8sSecret alone is enough to join, since 0.19 (submariner-operator #3161)
    clusterset_ip: bool  # since 0.19
    denies_from: int | None  # the first patch version whose Lighthouse refuses exports from kube-* and openshift-* namespaces


SUBMARINER: Final = {
    release.minor: release
    for release in (
        SubmarinerRelease("0.14", "1.28", "0.1.0", False, False, False, False, None),
        SubmarinerRelease("0.15", "1.28", "0.1.0", True, False, False, False, None),
        SubmarinerRelease("0.16", "1.28", "0.1.0", True, False, False, False, None),
        SubmarinerRelease("0.17", "1.29", "0.1.0", True, True, False, False, None),
        SubmarinerRelease("0.18", "1.30", "0.1.0", True, True, False, False, None),
        SubmarinerRelease("0.19", "1.31", "0.1.0", True, True, True, True, None),
        SubmarinerRelease("0.20", "1.32", "0.1.0", True, True, True, True, None),
        SubmarinerRelease("0.21", "1.33", "0.2.0", True, True, True, True, None),
        SubmarinerRelease("0.22", "1.34", "0.3.0", True, True, True, True, None),
        SubmarinerRelease("0.23", "1.35", "0.3.0", True, True, True, True, 2),
        SubmarinerRelease("0.24", "1.35", "0.4.1", True, True, True, True, 1),
    )
}

# Submariner.spec fields that came after 0.14, with the minor that brought them (submariner-operator api/v1alpha1/submariner_types.go).
SUBMARINER_FIELDS_SINCE: Final[Mapping[str, str]] = {
    "nodeSelector": "0.15",
    "tolerations": "0.15",
    "haltOnCertificateError": "0.17",
    "clustersetIPCIDR": "0.19",
    "clustersetIPEnabled": "0.19",
    "hostedCluster": "0.20",
    "loadBalancerServiceAnnotations": "0.22",
    "disableIntraClusterConnectivity": "0.22",
    "ceIPSecUseOVNCertAuthMode": "0.23",
}


class EnvoyGatewayRelease(NamedTuple):
    """What a minor of Envoy Gateway brings: `schemas` is the patch version whose CRDs are bundled, `kubernetes` oldest and newest minor."""

    minor: str
    schemas: str
    gateway_api: str
    kubernetes: tuple[str, str]


# Compatibility matrix of Envoy Gateway (site/content/en/news/releases/matrix.md) and the go.mod of each release.
ENVOY_GATEWAY: Final = {
    release.minor: release
    for release in (
        EnvoyGatewayRelease("1.2", "1.2.8", "1.2.1", ("1.28", "1.31")),
        EnvoyGatewayRelease("1.3", "1.3.0", "1.2.1", ("1.29", "1.32")),
        EnvoyGatewayRelease("1.4", "1.4.0", "1.3.0", ("1.30", "1.33")),
        EnvoyGatewayRelease("1.5", "1.5.0", "1.3.0", ("1.30", "1.33")),
        EnvoyGatewayRelease("1.6", "1.6.2", "1.4.1", ("1.30", "1.33")),
        EnvoyGatewayRelease("1.7", "1.7.0", "1.4.1", ("1.32", "1.35")),
        EnvoyGatewayRelease("1.8", "1.8.0", "1.5.1", ("1.32", "1.35")),
        EnvoyGatewayRelease("1.9", "1.9.1", "1.6.1", ("1.33", "1.36")),
    )
}

# Since which patches Envoy Gateway watches the imports that a route of a kind refers to, as a backend or as a mirror of a rule; it watches
# no others. Source: its release notes, and internal/provider/kubernetes/indexers.go of each release.
IMPORTS_WATCHED_SINCE: Final[Mapping[tuple[str, str], tuple[tuple[int, ...], ...]]] = {
    ("HTTPRoute", "backend"): ((1, 3, 2), (1, 4, 0)),
    ("HTTPRoute", "mirror"): ((1, 2, 8), (1, 3, 2), (1, 4, 0)),
    ("GRPCRoute", "mirror"): ((1, 6, 6), (1, 7, 2), (1, 8, 0)),
}

# The bundled Gateway API release of each minor.
GATEWAY_API: Final[Mapping[str, str]] = {"1.2": "1.2.1", "1.3": "1.3.0", "1.4": "1.4.1", "1.5": "1.5.1", "1.6": "1.6.1"}
CHANNELS: Final = ("standard", "experimental")

# kubernetes-validate packages data for these.
KUBERNETES: Final = tuple(f"1.{minor}" for minor in range(28, 38))

EXTERNAL_SECRETS: Final = "1.3.2"

# What delivers the objects: their own objects are judged by these, whatever a cluster runs.
ENGINES: Final[Mapping[str, str]] = {"argo-cd": "3.3", "kustomize-controller": "1.7", "source-controller": "1.9", "helm-controller": "1.4"}


class Profile(NamedTuple):
    """The product versions of one cluster, resolved: `kubernetes` is a minor, the others are full versions, None where absent."""

    kubernetes: str
    submariner: str | None
    envoy_gateway: str | None
    gateway_api: str | None
    channel: str

    @property
    def release(self) -> SubmarinerRelease:
        """The row of this cluster's Submariner; only where it has one."""
        assert self.submariner is not None
        return SUBMARINER[minor(self.submariner)]

    def products(self) -> dict[str, str]:
        """Product to bundled schema version, as `conformance.table` wants it."""
        found = {"kubernetes": self.kubernetes, "external-secrets": EXTERNAL_SECRETS, **ENGINES}
        if self.submariner is not None:
            found["submariner"] = minor(self.submariner)
            found["mcs-api"] = self.release.mcs_api
        else:
            found["mcs-api"] = SUBMARINER["0.24"].mcs_api
        if self.envoy_gateway is not None:
            found["envoy-gateway"] = ENVOY_GATEWAY[minor(self.envoy_gateway)].schemas
        if self.gateway_api is not None:
            found[f"gateway-api/{self.channel}"] = self.gateway_api
        return found

    def complete(self) -> Profile:
        """The profile with the newest version of each product that it does not name."""
        submariner = self.submariner or f"{newest(SUBMARINER)}.0"
        envoy = self.envoy_gateway or ENVOY_GATEWAY[newest(ENVOY_GATEWAY)].schemas
        gateway_api = self.gateway_api or ENVOY_GATEWAY[minor(envoy)].gateway_api
        return self._replace(submariner=submariner, envoy_gateway=envoy, gateway_api=gateway_api)

    def __str__(self) -> str:
        named = [f"Kubernetes {self.kubernetes}"]
        named += [f"Envoy Gateway {self.envoy_gateway}"] if self.envoy_gateway else []
        named += [f"Gateway API {self.gateway_api} {self.channel}"] if self.gateway_api else []
        named += [f"Submariner {self.submariner}"] if self.submariner else []
        return ", ".join(named)


class Unsupported(NamedTuple):
    """A version that kgen does not know: the key of `versions` that gave it, the product, the version, and what is supported."""

    key: str
    product: str
    version: str
    known: tuple[str, ...]

    def __str__(self) -> str:
        return f'{self.product} "{self.version}" is not supported'


PRODUCTS: Final[Mapping[str, tuple[str, Iterable[str]]]] = {
    "submariner": ("Submariner", SUBMARINER),
    "envoyGateway": ("Envoy Gateway", ENVOY_GATEWAY),
    "channel": ("Gateway API channel", CHANNELS),
    "gatewayAPI": ("Gateway API", GATEWAY_API),
    "kubernetes": ("Kubernetes", KUBERNETES),
}


def unsupported(given: Mapping[str, str]) -> list[Unsupported]:
    """What of `given`, from the keys of a spec's `versions` (and "channel" of gatewayAPI) to versions, is not known."""
    return [
        Unsupported(key, product, given[key], tuple(known))
        for key, (product, known) in PRODUCTS.items()
        if key in given and (given[key] if key == "channel" else minor(given[key])) not in known
    ]


def profile(given: Mapping[str, str]) -> Profile:
    """The profile of known versions, as `unsupported` takes them; what is not given follows from them, or is absent."""
    submariner, envoy, kubernetes = given.get("submariner"), given.get("envoyGateway"), given.get("kubernetes")
    gateway_api = None if envoy is None else ENVOY_GATEWAY[minor(envoy)].gateway_api
    if "gatewayAPI" in given:
        gateway_api = GATEWAY_API[minor(given["gatewayAPI"])]
    if kubernetes is None and envoy is not None:
        kubernetes = ENVOY_GATEWAY[minor(envoy)].kubernetes[1]
    elif kubernetes is None:
        kubernetes = KUBERNETES[-1] if submariner is None else SUBMARINER[minor(submariner)].kubernetes
    return Profile(minor(kubernetes), submariner, envoy, gateway_api, given.get("channel", "experimental"))


def newest(table: Iterable[str]) -> str:
    """The highest of the minors in a version table."""
    return max(table, key=number)


@lru_cache(maxsize=256)
def minor(version: str) -> str:
    """The minor of a version: "0.24" of "0.24.1"."""
    return ".".join(version.split(".")[:2])


def number(version: str) -> tuple[int, ...]:
    """A version as numbers, to compare: (0, 24, 1) of "0.24.1"."""
    return tuple(int(part) for part in version.split("."))


def patch(version: str) -> tuple[int, ...]:
    """A version as three numbers: patch 0 where it names none; a prerelease ("0.24.1-rc0") has what its release has."""
    return (*number(version.partition("-")[0]), 0)[:3]


@lru_cache(maxsize=64)
def watches_imports(envoy_gateway: str, kind: str, role: str) -> bool:
    """Whether an Envoy Gateway notices when an import changes that a route of a kind refers to as a "backend", or "mirror" of a rule."""
    since, version = IMPORTS_WATCHED_SINCE.get((kind, role), ()), patch(envoy_gateway)
    return any(first <= version and (first[:2] == version[:2] or first == since[-1]) for first in since)


def route_version(kind: str, gateway_api: str, channel: str) -> str | None:
    """The newest API version that the CRDs of a Gateway API release serve for a route kind; None where they serve none.

    Source: config/crd of each sigs.k8s.io/gateway-api release.
    """
    if kind in ("HTTPRoute", "GRPCRoute"):
        return "v1"
    since = (1, 5) if kind == "TLSRoute" else (1, 6)
    if number(gateway_api)[:2] >= since:
        return "v1"
    if channel == "standard":
        return None
    return "v1alpha3" if kind == "TLSRoute" and number(gateway_api)[:2] >= (1, 4) else "v1alpha2"
