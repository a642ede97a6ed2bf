#!/usr/bin/env python3
"""Makes everything in this folder that comes from published packages: `crds/`, `kubernetes/`, `index.json` and `VERSIONS`.

    python schemas/remake.py            write what differs, remove what is no longer made
    python schemas/remake.py --check    write nothing; print what differs, exit 1 if anything does

Needs `go` (it downloads Go modules and checks them against the sums below and the checksum database), ruamel.yaml and
kubernetes-validate. The bytes depend on the pinned packages and on nothing else. README.md says what the files mean and how to add
a version.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

HERE: Final = Path(__file__).resolve().parent

GATEWAY_API: Final = "sigs.k8s.io/gateway-api"
ENVOY_GATEWAY: Final = "github.com/envoyproxy/gateway"
SUBMARINER: Final = "github.com/submariner-io/submariner"
SUBMARINER_OPERATOR: Final = "github.com/submariner-io/submariner-operator"
MCS_API: Final = "sigs.k8s.io/mcs-api"
EXTERNAL_SECRETS: Final = "github.com/external-secrets/external-secrets"
ARGO_CD: Final = "github.com/argoproj/argo-cd/v3"
KUSTOMIZE_CONTROLLER: Final = "github.com/fluxcd/kustomize-controller"
SOURCE_CONTROLLER: Final = "github.com/fluxcd/source-controller"
HELM_CONTROLLER: Final = "github.com/fluxcd/helm-controller"

# Every module that is read, with the sum of its content. `go mod download` compares the content with the checksum database, and
# this table makes sure that it is still the content these files were made from.
MODULES: Final[Mapping[tuple[str, str], str]] = {
    (GATEWAY_API, "v1.2.1"): "h1:fZZ/+RyRb+Y5tGkwxFKuYuSRQHu9dZtbjenblleOLHM=",
    (GATEWAY_API, "v1.3.0"): "h1:q6okN+/UKDATola4JY7zXzx40WO4VISk7i9DIfOvr9M=",
    (GATEWAY_API, "v1.5.1"): "h1:RqVRIlkhLhUO8wOHKTLnTJA6o/1un4po4/6M1nRzdd0=",
    (GATEWAY_API, "v1.6.1"): "h1:mock6phZbI6rvZerwrVNk7hVNymQgHo+6sJ81Ia7ftY=",
    (ENVOY_GATEWAY, "v1.2.8"): "h1:p/YkLz0xVfTJPE7Gdj1+EgEC60/RzOAz0aEp5pP6Oo4=",
    (ENVOY_GATEWAY, "v1.3.0"): "h1:c/JpMvgIylKbaCUEMjLdSPHRq7B4S3wsqpVVv/30U50=",
    (ENVOY_GATEWAY, "v1.4.0"): "h1:OeG2TkM9og0txomL1X3FGuxlNkn2K8G+Kt6seT84U4U=",
    (ENVOY_GATEWAY, "v1.5.0"): "h1:wfHytSeNoinwu0vCtWT61XK23qJuRmJyU+CPWdIJp2I=",
    (ENVOY_GATEWAY, "v1.6.2"): "h1:GAoqPWMNl3ZWrjfvJ6wQ3mzuc/xPN+Vgjuf4l/0jDd8=",
    (ENVOY_GATEWAY, "v1.7.0"): "h1:noVz4fADhljSKpQFaspb25+C3kC8bBBisQZle9W0ei4=",
    (ENVOY_GATEWAY, "v1.8.0"): "h1:pn5TYSteO1zZjUMPVXGY7ayFDhZAZZWAQ+yDgVzj78o=",
    (ENVOY_GATEWAY, "v1.9.1"): "h1:vAVp6/AlBXJ1aOhp1mxL7fNEzVEfjADUguUhm2wzxQY=",
    (SUBMARINER_OPERATOR, "v0.19.2"): "h1:HhhIlljPlCrXrCZ6ZLLE7M/SWGqmYswkI2Pjgyf4fjE=",
    (SUBMARINER_OPERATOR, "v0.24.0"): "h1:8MRasmAkC4jabNM5SILqkXxeaBfMrCUrjTecUxR6RgY=",
    (SUBMARINER, "v0.24.0"): "h1:PGSvO4ZYkK5GzZ066T9IB+72CmnjUvBa1HZFjll/hl8=",
    (MCS_API, "v0.1.0"): "h1:edDbg0oRGfXw8TmZjKYep06LcJLv/qcYLidejnUp0PM=",
    (MCS_API, "v0.2.0"): "h1:F8o/nIpQmog494Qwe94srDWjS3ltEu4y5IL9i3dB938=",
    (MCS_API, "v0.3.0"): "h1:LjRvgzjMrvO1904GP6XBJSnIX221DJMyQlZOYt9LAnM=",
    (MCS_API, "v0.4.1"): "h1:rUygPnCZVS5xiZCzAi54Ngs9on6UQr7MNfx4uJXR2kA=",
    (EXTERNAL_SECRETS, "v1.3.2"): "h1:u2J8RjlHIeF0oZCqtl92adI/uZWUwOesJIDkfql6LqQ=",
    (ARGO_CD, "v3.3.10"): "h1:3QE36lhN/0ntjwl2TH13xL23w2J2AaXgC0Dxn0469h4=",
    (KUSTOMIZE_CONTROLLER, "v1.7.3"): "h1:SzNnGn/4ObAPEHHleM5U7y/AKxKXph3Vj6ZhteeXw8M=",
    (SOURCE_CONTROLLER, "v1.9.4"): "h1:psO6g4NTAMl3GD9gL8TMF3shM939XhTjFvlQXCK3pZ4=",
    (HELM_CONTROLLER, "v1.4.3"): "h1:449LcGJXLCylvrNCq8ycevwa5mxE1Mn9vxTwlsj/no8=",
}


class Crds(NamedTuple):
    """CRD files of one module that make one version of one product."""

    product: str
    version: str
    module: str
    module_version: str
    folder: str
    files: tuple[str, ...] = ("*.yaml",)
    whole: bool = False
    """Whether the CRD objects themselves are kept too, because kgen puts them on a dedicated broker."""


# Envoy Gateway version: the Gateway API whose CRDs its charts bring (they name it), and what its go.mod requires.
ENVOY_GATEWAY_VERSIONS: Final[Mapping[str, tuple[str, str]]] = {
    "1.2.8": ("1.2.1", "v1.2.1"),
    "1.3.0": ("1.2.1", "v1.2.1"),
    "1.4.0": ("1.3.0", "v1.3.0"),
    "1.5.0": ("1.3.0", "v1.3.1-0.20250527223622-54df0a899c1c"),
    "1.6.2": ("1.4.1", "v1.4.1"),
    "1.7.0": ("1.4.1", "v1.4.1"),
    "1.8.0": ("1.5.1", "v1.5.1"),
    "1.9.1": ("1.6.1", "v1.6.1"),
}
CHANNELS: Final = ("standard", "experimental")
CRDS_CHART: Final = "charts/gateway-crds-helm/templates"


def _envoy_gateway_crds(version: str) -> str:
    """Where the chart keeps its CRDs, those of the Gateway API in one file and its own below: a subchart from 1.8 on."""
    return "charts/gateway-helm/charts/crds/crds" if _order(version) >= (1, 8) else "charts/gateway-helm/crds"


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


CRDS: Final[tuple[Crds, ...]] = (
    *(
        Crds(f"gateway-api/{channel}", version, GATEWAY_API, f"v{version}", f"config/crd/{channel}", ("gateway.*.yaml",))
        for version in ("1.2.1", "1.3.0", "1.5.1", "1.6.1")
        for channel in CHANNELS
    ),
    # What was released as v1.4.1, and what charts install, is not what the module of that version has below config/crd: the
    # redirect codes 303, 307 and 308 are in both channels, and the experimental one checks header values.
    *(
        Crds(f"gateway-api/{channel}", "1.4.1", ENVOY_GATEWAY, "v1.7.0", CRDS_CHART, (f"{channel}-gatewayapi-crds.yaml",))
        for channel in CHANNELS
    ),
    *(
        Crds(
            "envoy-gateway",
            version,
            ENVOY_GATEWAY,
            f"v{version}",
            f"{_envoy_gateway_crds(version)}/generated",
            ("gateway.envoyproxy.io_*.yaml",),
        )
        for version in ENVOY_GATEWAY_VERSIONS
    ),
    Crds("submariner", "0.19", SUBMARINER_OPERATOR, "v0.19.2", "config/crd/bases", ("submariner.io_*.yaml",)),
    Crds("submariner", "0.24", SUBMARINER_OPERATOR, "v0.24.0", "config/crd/bases", ("submariner.io_*.yaml",)),
    Crds(
        "submariner-broker",
        "0.24",
        SUBMARINER,
        "v0.24.0",
        "deploy/crds",
        ("submariner.io_clusters.yaml", "submariner.io_endpoints.yaml"),
        whole=True,
    ),
    *(
        Crds("mcs-api", version, MCS_API, f"v{version}", "config/crd", ("multicluster.x-k8s.io_*.yaml",), whole=True)
        for version in ("0.1.0", "0.2.0", "0.3.0", "0.4.1")
    ),
    Crds(
        "external-secrets",
        "1.3.2",
        EXTERNAL_SECRETS,
        "v1.3.2",
        "config/crds/bases",
        (
            "external-secrets.io_externalsecrets.yaml",
            "external-secrets.io_secretstores.yaml",
            "external-secrets.io_clustersecretstores.yaml",
        ),
    ),
    Crds(
        "argo-cd", "3.3", ARGO_CD, "v3.3.10", "manifests/crds", ("application-crd.yaml", "applicationset-crd.yaml", "appproject-crd.yaml")
    ),
    Crds("kustomize-controller", "1.7", KUSTOMIZE_CONTROLLER, "v1.7.3", "config/crd/bases"),
    Crds(
        "source-controller",
        "1.9",
        SOURCE_CONTROLLER,
        "v1.9.4",
        "config/crd/bases",
        ("source.toolkit.fluxcd.io_gitrepositories.yaml", "source.toolkit.fluxcd.io_ocirepositories.yaml"),
    ),
    Crds("helm-controller", "1.4", HELM_CONTROLLER, "v1.4.3", "config/crd/bases"),
)

# Submariner versions whose packages are not published where they can be checked: the next later real version without the fields
# that came after. A field that a patch release brought (haltOnCertificateError: 0.16.7) counts from the next minor on, so that
# every patch version of a minor knows what is taken as known.
SUBMARINER_DERIVED: Final[Mapping[str, str]] = {
    **dict.fromkeys(("0.14", "0.15", "0.16", "0.17", "0.18"), "0.19"),
    **dict.fromkeys(("0.20", "0.21", "0.22", "0.23"), "0.24"),
}
SUBMARINER_SINCE: Final[Mapping[str, Mapping[str, str]]] = {
    "Submariner": {
        "spec.nodeSelector": "0.15",
        "spec.tolerations": "0.15",
        "status.version": "0.16",
        "spec.haltOnCertificateError": "0.17",
        "spec.clustersetIPCIDR": "0.19",
        "spec.clustersetIPEnabled": "0.19",
        "status.clustersetIPCIDR": "0.19",
        "spec.hostedCluster": "0.20",
        "status.hostedCluster": "0.20",
        "spec.disableIntraClusterConnectivity": "0.22",
        "spec.loadBalancerServiceAnnotations": "0.22",
        "spec.ceIPSecUseOVNCertAuthMode": "0.23",
    },
    "ServiceDiscovery": {
        "spec.nodeSelector": "0.15",
        "spec.tolerations": "0.15",
        "spec.haltOnCertificateError": "0.17",
        "spec.clustersetIPCIDR": "0.19",
        "spec.clustersetIPEnabled": "0.19",
        "spec.clusterCIDR": "0.21",
    },
    "Broker": {"spec.clustersetIPCIDRRange": "0.19", "spec.clustersetIPEnabled": "0.19"},
}

# Core kinds come from the OpenAPI documents that kubernetes-validate brings: for each minor, the digest of its definitions. Any
# version of it that has this content will do.
KUBERNETES_VALIDATE: Final = "1.37.0"
KUBERNETES: Final[Mapping[str, str]] = {
    "1.28": "baf942d804b9b75a08c4abc743402e1992a80a95b56bccf7871cd8ae2f30f9b9",
    "1.29": "439ef7389184fd62bcdc14856ea742f3be384fe7b7c9d0cc852bbfbb77ff4218",
    "1.30": "e622d2266ca4eb3bddaab39e2a69d34cabd32ca1235efdfc4e1f7313e5d81ca9",
    "1.31": "8ee74a21e09825fcb21a95e07efd5bb87e4c8187c9a366b202369acac53edf18",
    "1.32": "d051e286801e034f402c390714bb867143600321e6d0f5cf5f7487284d464182",
    "1.33": "f8dfd6a0ac279b0997b0b95cbc1867afbe321a4aa0cd3e2df7e4b49ad8bae20b",
    "1.34": "c9317ab369540372cf8370acfe62aa5a1314485a48fa04a0966cdbfc88e7afd3",
    "1.35": "d195286da0d516407881cf9524fcf8f129669acb2026faf7289ba957dd294487",
    "1.36": "66985dae845df855eb351ea1516d67bb364258f4380e1e1f695c94912a0d9368",
    "1.37": "e1cc369ddafebc822940791b134361062e1b754a393104857ede92a81f2aa2a2",
}


class CoreKind(NamedTuple):
    """A kind of Kubernetes itself, which no CRD describes."""

    group: str
    version: str
    kind: str
    plural: str
    scope: str = "Namespaced"


# Every kind of a stable API that can be in a manifest; a minor that lacks one does not have it. Those that are posted to be answered
# (reviews, bindings, evictions) are not in manifests, alpha and beta APIs not served unless they are switched on.
CORE_KINDS: Final[tuple[CoreKind, ...]] = (
    CoreKind("", "v1", "ConfigMap", "configmaps"),
    CoreKind("", "v1", "Endpoints", "endpoints"),
    CoreKind("", "v1", "Event", "events"),
    CoreKind("", "v1", "LimitRange", "limitranges"),
    CoreKind("", "v1", "Namespace", "namespaces", "Cluster"),
    CoreKind("", "v1", "Node", "nodes", "Cluster"),
    CoreKind("", "v1", "PersistentVolume", "persistentvolumes", "Cluster"),
    CoreKind("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims"),
    CoreKind("", "v1", "Pod", "pods"),
    CoreKind("", "v1", "PodTemplate", "podtemplates"),
    CoreKind("", "v1", "ReplicationController", "replicationcontrollers"),
    CoreKind("", "v1", "ResourceQuota", "resourcequotas"),
    CoreKind("", "v1", "Secret", "secrets"),
    CoreKind("", "v1", "Service", "services"),
    CoreKind("", "v1", "ServiceAccount", "serviceaccounts"),
    CoreKind("admissionregistration.k8s.io", "v1", "MutatingAdmissionPolicy", "mutatingadmissionpolicies", "Cluster"),
    CoreKind("admissionregistration.k8s.io", "v1", "MutatingAdmissionPolicyBinding", "mutatingadmissionpolicybindings", "Cluster"),
    CoreKind("admissionregistration.k8s.io", "v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", "Cluster"),
    CoreKind("admissionregistration.k8s.io", "v1", "ValidatingAdmissionPolicy", "validatingadmissionpolicies", "Cluster"),
    CoreKind("admissionregistration.k8s.io", "v1", "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", "Cluster"),
    CoreKind("admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", "Cluster"),
    CoreKind("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", "Cluster"),
    CoreKind("apiregistration.k8s.io", "v1", "APIService", "apiservices", "Cluster"),
    CoreKind("apps", "v1", "ControllerRevision", "controllerrevisions"),
    CoreKind("apps", "v1", "DaemonSet", "daemonsets"),
    CoreKind("apps", "v1", "Deployment", "deployments"),
    CoreKind("apps", "v1", "ReplicaSet", "replicasets"),
    CoreKind("apps", "v1", "StatefulSet", "statefulsets"),
    CoreKind("autoscaling", "v1", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
    CoreKind("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
    CoreKind("batch", "v1", "CronJob", "cronjobs"),
    CoreKind("batch", "v1", "Job", "jobs"),
    CoreKind("certificates.k8s.io", "v1", "CertificateSigningRequest", "certificatesigningrequests", "Cluster"),
    CoreKind("coordination.k8s.io", "v1", "Lease", "leases"),
    CoreKind("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices"),
    CoreKind("events.k8s.io", "v1", "Event", "events"),
    CoreKind("flowcontrol.apiserver.k8s.io", "v1", "FlowSchema", "flowschemas", "Cluster"),
    CoreKind("flowcontrol.apiserver.k8s.io", "v1", "PriorityLevelConfiguration", "prioritylevelconfigurations", "Cluster"),
    CoreKind("networking.k8s.io", "v1", "IPAddress", "ipaddresses", "Cluster"),
    CoreKind("networking.k8s.io", "v1", "Ingress", "ingresses"),
    CoreKind("networking.k8s.io", "v1", "IngressClass", "ingressclasses", "Cluster"),
    CoreKind("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies"),
    CoreKind("networking.k8s.io", "v1", "ServiceCIDR", "servicecidrs", "Cluster"),
    CoreKind("node.k8s.io", "v1", "RuntimeClass", "runtimeclasses", "Cluster"),
    CoreKind("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets"),
    CoreKind("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", "Cluster"),
    CoreKind("rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", "clusterrolebindings", "Cluster"),
    CoreKind("rbac.authorization.k8s.io", "v1", "Role", "roles"),
    CoreKind("rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings"),
    CoreKind("resource.k8s.io", "v1", "DeviceClass", "deviceclasses", "Cluster"),
    CoreKind("resource.k8s.io", "v1", "ResourceClaim", "resourceclaims"),
    CoreKind("resource.k8s.io", "v1", "ResourceClaimTemplate", "resourceclaimtemplates"),
    CoreKind("resource.k8s.io", "v1", "ResourceSlice", "resourceslices", "Cluster"),
    CoreKind("scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses", "Cluster"),
    CoreKind("storage.k8s.io", "v1", "CSIDriver", "csidrivers", "Cluster"),
    CoreKind("storage.k8s.io", "v1", "CSINode", "csinodes", "Cluster"),
    CoreKind("storage.k8s.io", "v1", "CSIStorageCapacity", "csistoragecapacities"),
    CoreKind("storage.k8s.io", "v1", "StorageClass", "storageclasses", "Cluster"),
    CoreKind("storage.k8s.io", "v1", "VolumeAttachment", "volumeattachments", "Cluster"),
    CoreKind("storage.k8s.io", "v1", "VolumeAttributesClass", "volumeattributesclasses", "Cluster"),
)

# The minor since which the API server warns of a version, and its words (`prerelease-lifecycle-gen:deprecated` in the types).
DEPRECATED: Final[Mapping[tuple[str, str, str], tuple[str, str]]] = {
    ("", "v1", "Endpoints"): ("1.33", "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"),
}

# Definitions that OpenAPI cannot describe, as a structural schema can. A quantity is a string of this form (the pattern is the one
# that every CRD with a quantity carries) or any number; a JSON schema's parts and managed fields take anything.
ANYTHING: Final[Mapping[str, Any]] = {"x-kubernetes-preserve-unknown-fields": True}
QUANTITY: Final = r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$"
BY_HAND: Final[Mapping[str, Mapping[str, Any]]] = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": {
        "anyOf": [{"type": "number"}, {"type": "string"}],
        "nullable": True,
        "pattern": QUANTITY,
    },
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {"nullable": True, "x-kubernetes-int-or-string": True},
    "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": {"nullable": True, "type": "object", **ANYTHING},
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON": ANYTHING,
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray": ANYTHING,
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool": ANYTHING,
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray": ANYTHING,
}

Json = Any
Files = dict[str, bytes]


class Entry(NamedTuple):
    """One served version of one kind, in the order in which the index lists it."""

    group: str
    kind: str
    version: str
    content: dict[str, Json]
    whole: dict[str, Json] | None


class Origin(NamedTuple):
    """Where a product version came from: one line of VERSIONS."""

    product: str
    version: str
    package: str
    package_version: str
    digest: str
    path: str


# ---- schemas -------------------------------------------------------------------------------------------------------------------

# Keywords of an OpenAPI v3 structural schema, by what their value holds. One that is in none of these tables stops the run, so
# that nothing a new version brings is lost or taken for something else.
PROSE: Final = frozenset({"description", "example", "externalDocs", "title"})
SCHEMA_MAPS: Final = frozenset({"properties", "patternProperties"})
SCHEMAS: Final = frozenset({"items", "additionalProperties", "not"})
SCHEMA_LISTS: Final = frozenset({"allOf", "anyOf", "oneOf"})
PLAIN: Final = frozenset(
    {
        "default",
        "enum",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "format",
        "maxItems",
        "maxLength",
        "maxProperties",
        "maximum",
        "minItems",
        "minLength",
        "minProperties",
        "minimum",
        "multipleOf",
        "nullable",
        "pattern",
        "type",
        "uniqueItems",
        "x-kubernetes-embedded-resource",
        "x-kubernetes-int-or-string",
        "x-kubernetes-list-map-keys",
        "x-kubernetes-list-type",
        "x-kubernetes-map-type",
        "x-kubernetes-preserve-unknown-fields",
        "x-kubernetes-validations",
    }
)


def stripped(schema: Json, at: str = "") -> Json:
    """`schema` without prose and with `required` sorted; a property called `description` stays. ValueError for an unknown keyword."""
    if not isinstance(schema, dict):
        return schema  # additionalProperties: false
    out: dict[str, Json] = {}
    for keyword, value in schema.items():
        here = f"{at}/{keyword}"
        if keyword in PROSE:
            continue
        if keyword in SCHEMA_MAPS:
            out[keyword] = {name: stripped(below, f"{here}/{name}") for name, below in value.items()}
        elif keyword in SCHEMAS:
            out[keyword] = stripped(value, here)
        elif keyword in SCHEMA_LISTS:
            out[keyword] = [stripped(below, f"{here}/{number}") for number, below in enumerate(value)]
        elif keyword == "required":
            out[keyword] = sorted(value)
        elif keyword in PLAIN:
            out[keyword] = value
        else:
            raise ValueError(f"unknown keyword {here}")
    return out


def entries(crd: Mapping[str, Json], whole: bool) -> Iterator[Entry]:
    """The served versions of one CustomResourceDefinition."""
    spec = crd["spec"]
    for version in spec["versions"]:
        if not version["served"]:
            continue
        content = {
            "group": spec["group"],
            "kind": spec["names"]["kind"],
            "plural": spec["names"]["plural"],
            "scope": spec["scope"],
            "version": version["name"],
            "served": True,
            "storage": version["storage"],
            "deprecated": version.get("deprecated", False),
            "deprecationWarning": version.get("deprecationWarning"),
            "subresources": sorted(version.get("subresources", {})),
            "schema": stripped(version["schema"]["openAPIV3Schema"]),
        }
        yield Entry(content["group"], content["kind"], content["version"], content, dict(crd) if whole else None)


def derived(entry: Entry, version: str) -> Entry:
    """`entry` of a later Submariner version as `version` had it: without the fields that came after."""
    schema = entry.content["schema"]
    properties = dict(schema["properties"])
    for path, since in SUBMARINER_SINCE[entry.kind].items():
        part, _, field = path.partition(".")
        below = properties[part]
        if field not in below["properties"] and _order(version) >= _order(since):
            raise ValueError(f"{entry.kind} {version}: no field {path} to derive from")
        if field in below.get("required", ()):
            raise ValueError(f"{entry.kind} {version}: {path} is required")
        if _order(version) < _order(since):
            properties[part] = {**below, "properties": {name: value for name, value in below["properties"].items() if name != field}}
    return entry._replace(content={**entry.content, "schema": {**schema, "properties": properties}})


# ---- packages ------------------------------------------------------------------------------------------------------------------


def download(modules: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Path]:
    """The folders of the modules, after Go has checked them and their sums are those of the table."""
    folders: dict[tuple[str, str], Path] = {}
    with tempfile.TemporaryDirectory() as empty:
        for module, version in modules:
            run = subprocess.run(
                ["go", "mod", "download", "-json", f"{module}@{version}"], cwd=empty, check=False, capture_output=True, text=True
            )
            answer = json.loads(run.stdout or "{}")
            if run.returncode or "Error" in answer:
                raise SystemExit(f"{module}@{version}: {answer.get('Error') or run.stderr}")
            if answer["Sum"] != MODULES[module, version]:
                raise SystemExit(f"{module}@{version}: sum is {answer['Sum']}, pinned is {MODULES[module, version]}")
            folders[module, version] = Path(answer["Dir"])
    return folders


def load_yaml(path: Path) -> list[dict[str, Json]]:
    """The objects of a YAML file, read by ruamel.yaml's C parser; lines of a chart's template are left out."""
    from ruamel.yaml import YAML

    text = "".join(line for line in path.read_text(encoding="utf-8").splitlines(keepends=True) if not line.startswith("{{"))
    return [document for document in YAML(typ="safe").load_all(text) if document]


def crds_of(source: Crds, folder: Path) -> list[dict[str, Json]]:
    """The CustomResourceDefinitions that `source` names, by group and plural."""
    paths = sorted({path for pattern in source.files for path in (folder / source.folder).glob(pattern)})
    found = [document for path in paths for document in load_yaml(path) if document["kind"] == "CustomResourceDefinition"]
    if len(found) < len(source.files):
        raise SystemExit(f"{source.product} {source.version}: only {len(found)} CRDs in {source.folder}")
    return sorted(found, key=lambda crd: (crd["spec"]["group"], crd["spec"]["names"]["plural"]))


def check_gateway_api(folders: Mapping[tuple[str, str], Path], products: Mapping[tuple[str, str], list[Entry]]) -> None:
    """Stops unless each Envoy Gateway version requires, and ships in its charts, the Gateway API that the table says."""
    for version, (release, required) in ENVOY_GATEWAY_VERSIONS.items():
        key = (ENVOY_GATEWAY, f"v{version}")
        if f"\t{GATEWAY_API} {required}\n" not in (folders[key] / "go.mod").read_text(encoding="utf-8"):
            raise SystemExit(f"Envoy Gateway {version}: go.mod does not require {GATEWAY_API} {required}")
        charts = [("experimental", _envoy_gateway_crds(version), "gatewayapi-crds.yaml")]
        if (folders[key] / CRDS_CHART).is_dir():  # since 1.4
            charts += [(channel, CRDS_CHART, f"{channel}-gatewayapi-crds.yaml") for channel in CHANNELS]
        for channel, folder, file in charts:
            shipped = [entry for crd in crds_of(Crds("", "", *key, folder, (file,)), folders[key]) for entry in entries(crd, False)]
            if shipped != products[f"gateway-api/{channel}", release]:
                raise SystemExit(f"Envoy Gateway {version}: the CRDs of {folder}/{file} are not those of Gateway API {release} {channel}")


# ---- files ---------------------------------------------------------------------------------------------------------------------


def encoded(value: Json) -> bytes:
    """The one form in which JSON is written here: keys sorted, one space of indent, lists in their order."""
    return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


class Store:
    """Files by path; content that is already there gets the path it has."""

    def __init__(self) -> None:
        self.files: Files = {}
        self._paths: dict[bytes, str] = {}

    def add(self, path: str, value: Json) -> str:
        data = encoded(value)
        known = self._paths.setdefault(data, path)
        if self.files.setdefault(known, data) != data:
            raise SystemExit(f"two contents for {known}")
        return known


# ---- Kubernetes ----------------------------------------------------------------------------------------------------------------

NOT_STRUCTURE: Final = frozenset({"description", "x-kubernetes-group-version-kind", "x-kubernetes-unions"})
KUBERNETES_PLAIN: Final = frozenset(
    {"format", "type", "x-kubernetes-list-map-keys", "x-kubernetes-list-type", "x-kubernetes-map-type"}
    | {"x-kubernetes-patch-merge-key", "x-kubernetes-patch-strategy"}
)


def definitions_of(minor: str) -> dict[str, Json]:
    """Kubernetes' own definitions of one minor by their full names, after a check that they are the pinned ones."""
    found = importlib.util.find_spec("kubernetes_validate")  # found, not imported: only its data is wanted
    if found is None or found.origin is None:
        raise SystemExit(f"kubernetes-validate {KUBERNETES_VALIDATE} is not installed")
    data = (Path(found.origin).parent / f"kubernetes-json-schema/v{minor}.0-local/_definitions.json").read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    if digest != KUBERNETES[minor]:
        raise SystemExit(f"Kubernetes {minor}: digest is {digest}, pinned is {KUBERNETES[minor]}")
    definitions: dict[str, Json] = json.loads(data)["$defs"]
    return definitions


def structural(schema: Mapping[str, Json], definitions: Mapping[str, Json]) -> dict[str, Json]:
    """A JSON Schema of kubernetes-validate as a structural one: `[x, null]` becomes nullable, scalars are put in their places.

    A reference to an object stays, as `{"$ref": <full name>}`. Raises ValueError for an unknown keyword.
    """
    out: dict[str, Json] = {}
    for keyword, value in schema.items():
        if keyword in NOT_STRUCTURE:
            continue
        if keyword == "$ref":
            name = value.rpartition("/")[2]
            if name in BY_HAND:
                out.update(BY_HAND[name])
            elif "object" in definitions[name]["type"]:
                out["$ref"] = name
            else:
                out.update(structural(definitions[name], definitions))
        elif keyword == "type" and isinstance(value, list):
            if len(value) != 2 or value[1] != "null":
                raise ValueError(f"unknown type {value}")
            out |= {"type": value[0], "nullable": True}
        elif keyword == "properties":
            out["properties"] = {name: structural(below, definitions) for name, below in value.items()}
        elif keyword in ("items", "additionalProperties"):
            out[keyword] = structural(value, definitions)
        elif keyword == "required":
            out[keyword] = sorted(value)
        elif keyword in KUBERNETES_PLAIN:
            out[keyword] = value
        elif keyword == "enum" and len(value) == 1:
            continue  # of apiVersion and kind, put there by the converter; Kubernetes has none
        else:
            raise ValueError(f"unknown keyword {keyword}")
    return out


def references(schema: Json) -> Iterator[str]:
    """The names that `schema` refers to, in its order."""
    if isinstance(schema, dict):
        for keyword, value in schema.items():
            if keyword == "$ref" and isinstance(value, str):
                yield value
            else:
                yield from references(value)


def renamed(schema: Json, names: Mapping[str, str]) -> Json:
    """`schema` with every reference's name looked up in `names`."""
    if isinstance(schema, dict):
        return {
            keyword: names[value] if keyword == "$ref" and isinstance(value, str) else renamed(value, names)
            for keyword, value in schema.items()
        }
    return schema


def short(name: str) -> str:
    """`io.k8s.api.core.v1.PodSpec` as `core.v1.PodSpec`."""
    return ".".join(name.split(".")[-3:])


def build_kubernetes(store: Store) -> tuple[dict[str, list[dict[str, str]]], list[Origin]]:
    """Adds the core kinds and the definitions they share to `store`; gives their part of the index, and their origins."""
    roots: dict[str, dict[CoreKind, str]] = {}
    contents: dict[tuple[str, str], Json] = {}
    for minor in KUBERNETES:
        definitions = definitions_of(minor)
        known = {
            (kind["group"], kind["version"], kind["kind"]): name
            for name, definition in definitions.items()
            if len(definition.get("x-kubernetes-group-version-kind", ())) == 1
            for kind in definition["x-kubernetes-group-version-kind"]
        }
        named = ((kind, known.get((kind.group, kind.version, kind.kind))) for kind in CORE_KINDS)
        roots[minor] = {kind: name for kind, name in named if name is not None}
        waiting = list(roots[minor].values())
        while waiting:
            name = waiting.pop()
            if (minor, name) not in contents:
                contents[minor, name] = structural(definitions[name], definitions)
                waiting += references(contents[minor, name])
    labels = labelled(contents)
    shared: dict[str, Json] = {}
    for (minor, name), content in contents.items():
        names = {other: f"#/$defs/{labels[minor, other]}" for other in references(content)}
        shared[labels[minor, name]] = renamed(content, names)
    index: dict[str, list[dict[str, str]]] = {}
    used: set[str] = set()
    for minor, kinds in roots.items():
        for kind, name in kinds.items():
            schema = dict(shared[labels[minor, name]])
            schema.pop("nullable", None)
            below = list(references(schema))
            used.update(reference.rpartition("/")[2] for reference in below)
            since, warning = DEPRECATED.get(kind[:3], (minor, None))
            deprecated = warning is not None and _order(minor) >= _order(since)
            content = {
                **kind._asdict(),
                "served": True,
                "storage": True,
                "deprecated": deprecated,
                "deprecationWarning": warning if deprecated else None,
                "subresources": ["status"] if "status" in schema["properties"] else [],
                "schema": renamed(schema, {reference: f"../definitions.json{reference}" for reference in below}),
            }
            path = f"kubernetes/{kind.group or 'core'}/{kind.kind.lower()}-{kind.version}-{minor}.json"
            row = {"group": kind.group, "kind": kind.kind, "version": kind.version, "file": store.add(path, content)}
            index.setdefault(minor, []).append(row)
    waiting = list(used)
    while waiting:
        below = [reference.rpartition("/")[2] for reference in references(shared[waiting.pop()])]
        waiting += [label for label in below if label not in used]
        used.update(below)
    store.add("kubernetes/definitions.json", {"$defs": {label: shared[label] for label in used}})
    origins = [
        Origin("kubernetes", minor, "kubernetes-validate", KUBERNETES_VALIDATE, f"sha256:{digest}", f"v{minor}.0-local/_definitions.json")
        for minor, digest in KUBERNETES.items()
    ]
    return index, origins


def labelled(contents: Mapping[tuple[str, str], Json]) -> dict[tuple[str, str], str]:
    """A label for each definition of each minor, equal where the definition and all that it refers to are equal.

    The label is the short name and the first minor that has this content. Definitions may refer to themselves, so what is equal
    is found by refinement: equal at first by their own content, then by the classes of what they refer to, until nothing changes.
    """
    classes = dict.fromkeys(contents, "")
    while True:
        refined: dict[tuple[str, str], str] = {}
        for (minor, name), content in contents.items():
            names = {other: other + classes[minor, other] for other in references(content)}
            refined[minor, name] = hashlib.sha256(name.encode() + encoded(renamed(content, names))).hexdigest()
        if len(set(refined.values())) == len(set(classes.values())):
            break
        classes = refined
    first: dict[str, str] = {}
    for minor, name in sorted(contents, key=lambda key: (_order(key[0]), key[1])):
        first.setdefault(classes[minor, name], f"{short(name)}-{minor}")
    return {key: first[classes[key]] for key in contents}


# ---- all of it ------------------------------------------------------------------------------------------------------------------


def build_crds(store: Store) -> tuple[dict[str, dict[str, list[dict[str, str]]]], list[Origin]]:
    """Adds the CRD files to `store`; gives their part of the index, and their origins."""
    folders = download(MODULES)
    products: dict[tuple[str, str], list[Entry]] = {}
    origins: list[Origin] = []
    for source in CRDS:
        key = (source.module, source.module_version)
        products[source.product, source.version] = [entry for crd in crds_of(source, folders[key]) for entry in entries(crd, source.whole)]
        path = "/".join((source.folder, *source.files)) if len(source.files) == 1 else source.folder
        origins.append(Origin(source.product, source.version, *key, MODULES[key], path))
    check_gateway_api(folders, products)
    for version, base in SUBMARINER_DERIVED.items():
        products["submariner", version] = [derived(entry, version) for entry in products["submariner", base]]
        source = next(source for source in CRDS if (source.product, source.version) == ("submariner", base))
        key = (source.module, source.module_version)
        origins.append(Origin("submariner", version, *key, MODULES[key], f"{source.folder} (derived)"))
    index: dict[str, dict[str, list[dict[str, str]]]] = {}
    # Products in the order of the table, versions in theirs: the first one that has a content gives the file its name.
    order = list(dict.fromkeys(source.product.partition("/")[0] for source in CRDS))
    for product, version in sorted(
        products, key=lambda key: (order.index(key[0].partition("/")[0]), _order(key[1]), key[0] != "gateway-api/standard")
    ):
        tag = "-".join((version, *product.split("/")[1:]))
        index.setdefault(product, {})[version] = [
            _store_entry(store, entry, tag) for entry in sorted(products[product, version], key=lambda entry: entry[:3])
        ]
    return index, origins


def _store_entry(store: Store, entry: Entry, tag: str) -> dict[str, str]:
    folder = f"crds/{entry.group}"
    row = {
        "group": entry.group,
        "kind": entry.kind,
        "version": entry.version,
        "file": store.add(f"{folder}/{entry.kind.lower()}-{entry.version}-{tag}.json", entry.content),
    }
    if entry.whole is not None:
        row["crd"] = store.add(f"{folder}/{entry.content['plural']}-{tag}.crd.json", entry.whole)
    return row


def index_text(index: Mapping[str, Mapping[str, Iterable[Mapping[str, str]]]]) -> bytes:
    """index.json: one line an entry, so that a change of a version reads as such."""
    products = []
    for product in sorted(index):
        versions = []
        for version in sorted(index[product], key=_order):
            rows = ",\n".join(f"   {json.dumps(row, ensure_ascii=False)}" for row in index[product][version])
            versions.append(f"  {json.dumps(version)}: [\n{rows}\n  ]")
        products.append(f" {json.dumps(product)}: {{\n" + ",\n".join(versions) + "\n }")
    return ("{\n" + ",\n".join(products) + "\n}\n").encode()


def versions_text(origins: Iterable[Origin]) -> bytes:
    """VERSIONS: a line a product version."""
    head = Origin("# product", "version", "package", "package version", "digest", "path in the package")
    rows = [head, *sorted(origins, key=lambda origin: (origin.product, _order(origin.version)))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return "".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n" for row in rows).encode()


def build() -> Files:
    """Every file that this script makes, by its path below this folder."""
    store = Store()
    crds, crd_origins = build_crds(store)
    kubernetes, kubernetes_origins = build_kubernetes(store)
    index, origins = {**crds, "kubernetes": kubernetes}, crd_origins + kubernetes_origins
    return {**store.files, "index.json": index_text(index), "VERSIONS": versions_text(origins)}


def made_before(home: Path) -> set[str]:
    """The files below `home` that an earlier run made."""
    return {path.relative_to(home).as_posix() for name in ("crds", "kubernetes") for path in (home / name).rglob("*.json")}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file differs")
    check = parser.parse_args(arguments).check
    files = build()
    changed = 0
    for path in sorted({*files, *made_before(HERE)}):
        target = HERE / path
        old, new = target.read_bytes() if target.is_file() else None, files.get(path)
        if old == new:
            continue
        changed += 1
        print(f"{'-' if new is None else '+' if old is None else '~'} {path}")
        if check:
            continue
        if new is None:
            target.unlink()
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(new)
    print(
        f"{len(files)} files, {sum(map(len, files.values())) / 1e6:.1f} MB, {changed} {'differ' if check else 'changed'}", file=sys.stderr
    )
    return 1 if check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
