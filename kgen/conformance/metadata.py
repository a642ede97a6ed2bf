"""The API server's rules on an object's metadata, as on create.

Structure (types, unknown fields) is judged before; what nearly all objects have is let through by `kgen.conformance.plain`. The rules
are the same for built-in kinds and custom resources but for the form of the name, and the same in all supported minors. Sources, at
kubernetes 1.36.3: apimachinery pkg/api/validation/objectmeta.go and pkg/apis/meta/v1/validation/validation.go, apiserver
pkg/registry/rest/create.go, apiextensions-apiserver pkg/apiserver/schema/objectmeta/validation.go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from kgen.conformance import names
from kgen.conformance.found import Found
from kgen.conformance.plain import ANNOTATIONS, Form
from kgen.conformance.rules import APIEXTENSIONS, RBAC
from kgen.diagnostics import ROOT, FieldPath

AT: Final = ROOT / "metadata"
# What the API server puts behind generateName; the base is cut so that 63 characters are not exceeded.
SUFFIX: Final = "xxxxx"
BASE: Final = 58
FINALIZERS: Final = ("foregroundDeletion", "orphan", "kubernetes")
# Kinds whose generation the API server takes as it is given; it counts that of the others itself.
GENERATION: Final = frozenset(
    {
        *(("", kind) for kind in ("ConfigMap", "LimitRange", "Namespace", "PersistentVolumeClaim", "ResourceQuota", "Secret")),
        *(("", kind) for kind in ("Service", "ServiceAccount")),
        *((RBAC, kind) for kind in ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")),
        ("autoscaling", "HorizontalPodAutoscaler"),
    }
)
# Fields of a created object that the API server alone sets: it drops what is given.
DROPPED: Final = ("creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation", "managedFields", "selfLink", "uid")


def check(metadata: Mapping[str, Any], found: Found, namespaced: bool, name: Form, kind: tuple[str, str] | None) -> None:
    """All that the API server would refuse in these metadata, whose types are right.

    `name` is the form of the kind's names; `kind` its group and name if it is one of Kubernetes' own, None for a custom resource.
    """
    given, base = metadata.get("name") or "", metadata.get("generateName") or ""
    if base:
        found.malformed(AT / "generateName", base, _of_prefix(base, name))
    if not given and base:
        if not _of_prefix(base, name):  # else the base is to blame
            found.malformed(AT / "generateName", base, name(base.encode()[:BASE].decode(errors="replace") + SUFFIX))
    elif not given:
        found.add(AT / "name", "required", '"name" is required')
    else:
        found.malformed(AT / "name", given, name(given) or names.path_segment(given))
    if namespaced and metadata.get("namespace"):
        found.malformed(AT / "namespace", metadata["namespace"], names.label(metadata["namespace"]))
    if kind in GENERATION:
        found.negative(AT / "generation", metadata.get("generation"))
    stored(metadata, found)
    details(metadata, found, AT)
    if kind is not None and kind[0] != APIEXTENSIONS:
        for number, each in enumerate(metadata.get("finalizers") or ()):
            if "/" not in each and each not in FINALIZERS:
                words = "name is neither a standard finalizer name nor is it fully qualified"
                found.malformed(AT / "finalizers" / number, each, [words])


def remarks(metadata: Mapping[str, Any], found: Found, namespaced: bool) -> None:
    """What the API server takes, and Git should not hold: what it drops, and what depends on who applies the object."""
    if namespaced and not metadata.get("namespace"):
        found.add(AT / "namespace", "later", "is not given: where the object goes depends on who applies it")
    elif not namespaced and metadata.get("namespace"):
        found.add(AT / "namespace", "dropped", "is dropped by the API server: the kind is of the whole cluster", metadata["namespace"])
    if metadata.get("generateName") and not metadata.get("name"):
        words = "makes a new object each time that the file is created, and kubectl apply refuses it: give it a name"
        found.add(AT / "generateName", "later", words, metadata["generateName"])
    dropped = (*DROPPED, *(() if versioned(metadata) else ("resourceVersion",)))
    for key in dropped:
        if metadata.get(key) not in (None, "", 0, [], {}):
            found.add(AT / key, "dropped", "is dropped by the API server, which alone sets it")
    for number, each in enumerate(metadata.get("finalizers") or ()):
        if "/" not in each and each not in FINALIZERS and not names.key(each):
            words = "prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers"
            found.add(AT / "finalizers" / number, "finalizer", words, each)


def _of_prefix(base: str, name: Form) -> list[str]:
    """What is wrong with the base of a generated name: a dash at its end is taken, together with the letter before it."""
    if name is names.path_segment:
        return names.path_prefix(base)
    return name(base[:-2] + "a" if len(base) > 1 and base.endswith("-") else base)


def stored(metadata: Mapping[str, Any], found: Found) -> None:
    """An object that is to be created has no place in the store yet."""
    if versioned(metadata):
        found.broken(AT / "resourceVersion", "must not be set on an object that is to be created", metadata["resourceVersion"])


def versioned(metadata: Mapping[str, Any]) -> bool:
    """Whether a resource version is given that names a state of the store: the server refuses to create such an object.

    What is no number, or 0, names none, and is dropped (apiserver pkg/storage/etcd3 Create; a dry run does not get so far).
    """
    version = metadata.get("resourceVersion") or ""
    return version.isascii() and version.isdigit() and 0 < int(version[:30]) < 2**64


def details(metadata: Mapping[str, Any], found: Found, at: FieldPath) -> None:
    """Labels, annotations, owners, finalizers: the same everywhere."""
    labels(metadata.get("labels") or {}, found, at / "labels")
    notes(metadata.get("annotations") or {}, found, at / "annotations")
    owners(metadata.get("ownerReferences") or (), found, at / "ownerReferences")
    finalizers = metadata.get("finalizers") or ()
    for number, each in enumerate(finalizers):
        found.malformed(at / "finalizers" / number, each, names.key(each))
    if {"foregroundDeletion", "orphan"} <= set(finalizers):
        found.broken(at / "finalizers", "finalizer orphan and foregroundDeletion cannot be both set")


def labels(given: Mapping[str, str], found: Found, at: FieldPath) -> None:
    """Labels, and whatever else has their form: selectors of Services, of nodes."""
    for key, value in given.items():
        found.malformed(at / key, key, names.key(key))
        found.malformed(at / key, value, names.value(value))


def notes(given: Mapping[str, str], found: Found, at: FieldPath) -> None:
    """Annotations: their keys, and how much all of them hold."""
    total = 0
    for key, value in given.items():
        found.malformed(at / key, key, names.annotation_key(key))
        total += len(key.encode()) + len(value.encode())
    if total > ANNOTATIONS:
        found.long(at, ANNOTATIONS, "bytes, all keys and values together")


def owners(given: Any, found: Found, at: FieldPath) -> None:
    controller = ""
    for number, each in enumerate(given):
        here = at / number
        parts = (each.get("apiVersion") or "").split("/")
        # A version that cannot be read counts as none (schema.FromAPIVersionAndKind).
        if len(parts) > 2 or not parts[-1]:
            found.malformed(here / "apiVersion", each.get("apiVersion"), ["must be <group>/<version> or <version>"])
        for key in ("kind", "name", "uid"):
            if not each.get(key):
                found.malformed(here / key, each.get(key), ["must not be empty"])
        if (each.get("apiVersion"), each.get("kind")) == ("v1", "Event"):
            found.broken(here, "an Event is disallowed from being an owner")
        if each.get("controller"):
            name = f"{each.get('kind')}/{each.get('name')}"
            if controller:
                words = f'Only one reference can have Controller set to true. Found "true" in references for {controller} and {name}'
                found.broken(here / "controller", words)
            controller = controller or name


def managed(entry: Mapping[str, Any], found: Found, at: FieldPath) -> None:
    if entry.get("operation") not in ("Apply", "Update"):
        found.unsupported(at / "operation", entry.get("operation"), ("Apply", "Update"))
    if entry.get("fieldsType") not in (None, "", "FieldsV1"):
        found.unsupported(at / "fieldsType", entry["fieldsType"], ("FieldsV1",))
    manager = entry.get("manager") or ""
    if names.too_long(manager, 128):
        found.long(at / "manager", 128)
    if not manager.isprintable():
        found.malformed(at / "manager", manager, ["should only contain printable characters"])
    if names.too_long(entry.get("subresource") or "", 256):
        found.long(at / "subresource", 256)


def embedded(
    value: Any, schema: Mapping[str, Any], found: Found, unreadable: Sequence[FieldPath], at: FieldPath = ROOT, root: bool = True
) -> None:
    """The rules on the objects inside an object (x-kubernetes-embedded-resource), wherever its schema has them.

    Metadata inside which something is `unreadable` are not asked.
    """
    if isinstance(value, dict):
        if schema.get("x-kubernetes-embedded-resource") and not root:
            own = at / "metadata"
            _embedded(value, found, at, not any(path[: len(own)] == own for path in unreadable))
        extra = schema.get("additionalProperties")
        for key, below in value.items():
            inner = schema.get("properties", {}).get(key, extra)
            if isinstance(inner, Mapping) and not (root and key == "metadata"):
                embedded(below, inner, found, unreadable, at / key, root=False)
    elif isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        for number, below in enumerate(value):
            embedded(below, schema["items"], found, unreadable, at / number, root=False)


def _embedded(value: Mapping[str, Any], found: Found, at: FieldPath, readable: bool) -> None:
    version, kind = value.get("apiVersion"), value.get("kind")
    if isinstance(version, str) and version.count("/") > 1:
        found.malformed(at / "apiVersion", version, [f"unexpected GroupVersion string: {version}"])
    if isinstance(kind, str) and kind and (wrong := names.label_1035(kind.lower())):
        found.malformed(at / "kind", kind, [f"may have mixed case, but otherwise {each}" for each in wrong])
    metadata = value.get("metadata")
    if isinstance(metadata, dict) and readable:
        if name := metadata.get("name"):
            found.malformed(at / "metadata" / "name", name, names.path_segment(name))
        if base := metadata.get("generateName"):
            found.malformed(at / "metadata" / "generateName", base, names.path_prefix(base))
        if namespace := metadata.get("namespace"):
            found.malformed(at / "metadata" / "namespace", namespace, names.label(namespace))
        found.negative(at / "metadata" / "generation", metadata.get("generation"))
        details(metadata, found, at / "metadata")
        for number, each in enumerate(metadata.get("managedFields") or ()):
            managed(each or {}, found, at / "metadata" / "managedFields" / number)


def embeds(schema: Mapping[str, Any], root: bool = True) -> bool:
    """Whether a schema has objects inside its object."""
    below = [*schema.get("properties", {}).values(), schema.get("items"), schema.get("additionalProperties")]
    own = not root and schema.get("x-kubernetes-embedded-resource")
    return bool(own) or any(embeds(each, root=False) for each in below if isinstance(each, Mapping))
