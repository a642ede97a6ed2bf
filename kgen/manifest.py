"""The objects that kgen makes, where each belongs, and the order in which they are written."""

from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from kgen.diagnostics import ROOT, FieldPath
from kgen.records import NamedTuple

# Folder names of a cluster, in the order of their numbers: an API, never renamed. 15-operators holds what a delivery engine is to
# install; 05-crds is reserved for it.
STAGES: Final = ("00-namespaces", "10-broker", "20-submariner", "30-exports", "40-gateways", "50-routes", "60-manifests")

OPERATORS: Final = "15-operators"
ALL_STAGES: Final = tuple(sorted((*STAGES, OPERATORS)))

# Inside a stage, what others stand on comes first; the kinds that are not listed follow in the order of their names.
KIND_ORDER: Final = (
    "Namespace",
    "CustomResourceDefinition",
    "ServiceAccount",
    "Role",
    "RoleBinding",
    "Secret",
    "ExternalSecret",
    "Submariner",
    "ServiceDiscovery",
    "ServiceExport",
    "GatewayClass",
    "EnvoyProxy",
    "Gateway",
    "ReferenceGrant",
)

# The type of the Secret with a member's token on the broker: the member's operator copies it over its own.
TOKEN: Final = "kubernetes.io/service-account-token"
RANK: Final = {kind: number for number, kind in enumerate(KIND_ORDER)}


class GroupVersionKind(NamedTuple):
    """The type of a Kubernetes object; the core group is ""."""

    group: str
    version: str
    kind: str

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version


class ObjectKey(NamedTuple):
    """What makes two manifests the same object of a cluster; `namespace` is "" for a cluster-scoped one."""

    group: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


class Origin(NamedTuple):
    """The spec value (`spec`, a path in the merged document) that asked for all below `output` in an object."""

    output: FieldPath
    spec: FieldPath


class Manifest(NamedTuple):
    """One object: `body` is plain data and never mutated; of `origins` the longest prefix wins, the first has the empty output path."""

    gvk: GroupVersionKind
    name: str
    namespace: str
    body: dict[str, Any]
    origins: tuple[Origin, ...]

    @property
    def key(self) -> ObjectKey:
        return ObjectKey(self.gvk.group, self.gvk.kind, self.namespace, self.name)

    @property
    def copied(self) -> bool:
        """Whether others copy the object's metadata, or own them: it has none of what is common to all objects."""
        return self.gvk.kind in ("ServiceExport", "CustomResourceDefinition") or self.body.get("type") == TOKEN

    def with_body(self, body: dict[str, Any]) -> "Manifest":
        """The same object with another body."""
        return Manifest(self.gvk, self.name, self.namespace, body, self.origins)

    def origin(self, path: FieldPath) -> FieldPath:
        """The spec path of the value that caused the field at `path`: the rest of `path` is added where an origin is a pass-through."""
        best = max((o for o in self.origins if path[: len(o.output)] == o.output), key=lambda o: len(o.output), default=None)
        return FieldPath((*best.spec, *path[len(best.output) :])) if best else ROOT


class Placement(NamedTuple):
    """A manifest in a stage of a cluster: what clusters share is the same Manifest in each."""

    cluster: str
    stage: str
    manifest: Manifest


class File(NamedTuple):
    """A text at a path relative to the output root, with `/` between its parts."""

    path: str
    chunks: Iterable[str]


def manifest(body: dict[str, Any], at: FieldPath, *origins: tuple[tuple[str | int, ...], FieldPath]) -> Manifest:
    """The Manifest of a whole body; `origins` are pairs of output path and spec path, beside `at` for the object itself."""
    metadata = body["metadata"]
    pairs = [Origin(ROOT, at)]
    for output, spec in origins:
        pairs.append(Origin(output if type(output) is FieldPath else FieldPath(output), spec))
    return Manifest(_gvk(body["apiVersion"], body["kind"]), metadata["name"], metadata.get("namespace", ""), body, tuple(pairs))


@cache
def _gvk(api_version: str, kind: str) -> GroupVersionKind:
    """The type that an object says it has: one value for all objects that say the same."""
    group, _, version = api_version.rpartition("/")
    return GroupVersionKind(group, version, kind)


def order(stage: str, found: Manifest) -> tuple[str, int, str, str, str, str]:
    """The place of an object in a cluster: by stage, there by kind as listed in KIND_ORDER, then by names."""
    gvk = found.gvk
    return stage, RANK.get(gvk.kind, len(RANK)), gvk.kind, gvk.group, found.namespace, found.name
