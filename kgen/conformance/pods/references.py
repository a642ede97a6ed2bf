"""What a container or a volume takes from elsewhere: fields of the pod, amounts of resources, keys of ConfigMaps and Secrets.

Source: pkg/apis/core/validation validateObjectFieldSelector, validateContainerResourceFieldSelector, validateConfigMapKeySelector,
validateDownwardAPIVolumeFile, ValidateLocalNonReservedPath (1.36.3).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kgen.conformance import names
from kgen.conformance.found import Found
from kgen.conformance.gates import on
from kgen.conformance.pods.security import descending
from kgen.conformance.quantities import ONE, amount, power
from kgen.diagnostics import FieldPath

Body = Mapping[str, Any]

OF_FILES: Final = ("metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid")
OF_VARIABLES: Final = (
    *("metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName"),
    *("status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"),
)
RESOURCES: Final = tuple(f"{side}.{name}" for side in ("limits", "requests") for name in ("cpu", "ephemeral-storage", "memory"))
HUGE: Final = ("requests.hugepages-", "limits.hugepages-")


def mode(value: int | None, found: Found, at: FieldPath) -> None:
    """The permissions of a file."""
    if value is not None and not 0 <= value <= 0o777:
        found.outside(at, value, "must be a number between 0 and 0777 (octal), both inclusive")


def inside(path: str, found: Found, at: FieldPath) -> None:
    """A path in a volume, whose names that start with `..` are the kubelet's own."""
    descending(path, found, at)
    if path.startswith("..") and not path.startswith("../") and path != "..":
        found.malformed(at, path, ["must not start with '..'"])


def of_variables(minor: int) -> tuple[str, ...]:
    """The fields of a pod that may be a variable of a container."""
    return tuple(each for each in OF_VARIABLES if each != "status.hostIPs" or on("status.hostIPs of a pod", minor))


def downward_file(given: Body, found: Found, at: FieldPath) -> None:
    """A file that holds a field of the pod."""
    if not given.get("path"):
        found.required(at / "path")
    inside(given.get("path") or "", found, at / "path")
    field, resource = given.get("fieldRef"), given.get("resourceFieldRef")
    if field is not None:
        pod_field(field, OF_FILES, found, at / "fieldRef")
        if resource is not None:
            found.broken(at, "fieldRef and resourceFieldRef can not be specified simultaneously")
    elif resource is not None:
        resource_field(resource, True, found, at / "resourceFieldRef")
    else:
        found.broken(at, "one of fieldRef and resourceFieldRef is required")
    mode(given.get("mode"), found, at / "mode")


def pod_field(given: Body, known: tuple[str, ...], found: Found, at: FieldPath) -> None:
    """A field of the pod, such as metadata.name or metadata.labels['app']."""
    if (given.get("apiVersion") or "v1") != "v1":
        found.unsupported(at / "apiVersion", given["apiVersion"], ("v1",))
        return
    path = given.get("fieldPath") or ""
    if not path:
        found.required(at / "fieldPath")
        return
    head, quote, key = path.removesuffix("']").partition("['")
    if path.endswith("']") and quote and head:
        if head == "metadata.annotations":
            found.malformed(at / "fieldPath", path, names.annotation_key(key))
        elif head == "metadata.labels":
            found.malformed(at / "fieldPath", path, names.key(key))
        else:
            found.malformed(at / "fieldPath", path, ["does not support subscript"])
    elif ("spec.nodeName" if path == "spec.host" else path) not in known:
        found.unsupported(at / "fieldPath", path, known)


def resource_field(given: Body, volume: bool, found: Found, at: FieldPath) -> None:
    """An amount of a resource that a container has."""
    name = given.get("resource") or ""
    if volume and not given.get("containerName"):
        found.required(at / "containerName")
    elif not name:
        found.required(at / "resource")
    elif name not in RESOURCES and not name.startswith(HUGE):
        found.unsupported(at / "resource", name, RESOURCES)
    divisor = given.get("divisor")
    if divisor is None or amount(divisor) == 0:
        return
    if name in ("limits.cpu", "requests.cpu"):
        if amount(divisor) not in (ONE, ONE // 1000):
            found.broken(at / "divisor", "only divisor's values 1m and 1 are supported with the cpu resource", divisor)
    elif (name in RESOURCES or name.startswith(HUGE)) and not power(divisor):
        units = "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei"
        found.broken(at / "divisor", f"only divisor's values {units} are supported with this resource", divisor)


def key_of(given: Body, found: Found, at: FieldPath) -> None:
    """A key of a ConfigMap or a Secret."""
    name, key = given.get("name") or "", given.get("key") or ""
    found.malformed(at / "name", name, names.subdomain(name))
    if not key:
        found.required(at / "key")
    else:
        found.malformed(at / "key", key, names.config_key(key))
