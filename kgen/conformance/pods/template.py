"""A pod's template: its labels and annotations, and the pod as a whole.

Source: pkg/apis/core/validation ValidatePodTemplateSpec, ValidatePodSpec (1.36.3), after the defaults of pkg/apis/core/v1. Fields whose
gate is off in a minor are dropped by the API server, and not judged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from kgen.conformance import names
from kgen.conformance.found import Found
from kgen.conformance.gates import on
from kgen.conformance.metadata import labels
from kgen.conformance.metadata import notes as note_rules
from kgen.conformance.pods import containers, scheduling, security
from kgen.conformance.pods.volumes import volumes
from kgen.conformance.resources import HUGE
from kgen.diagnostics import FieldPath

Body = Mapping[str, Any]

COST: Final = "controller.kubernetes.io/pod-deletion-cost"
MIRROR: Final = "kubernetes.io/config.mirror"
TOLERATIONS: Final = "scheduler.alpha.kubernetes.io/tolerations"
SECCOMP_POD: Final = "seccomp.security.alpha.kubernetes.io/pod"
SECCOMP: Final = "container.seccomp.security.alpha.kubernetes.io/"
APPARMOR: Final = "container.apparmor.security.beta.kubernetes.io/"
GRACE: Final = 30
INT32: Final = 2**31 - 1
DNS: Final = ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None")
RESTARTS: Final = ("Always", "Never", "OnFailure")
LISTS: Final = ("initContainers", "containers", "ephemeralContainers")


def template(given: Body, minor: int, found: Found, at: FieldPath) -> None:
    """A whole template; that a Deployment's pods are always restarted is the Deployment's own rule."""
    metadata, spec = given.get("metadata") or {}, given.get("spec") or {}
    notes = metadata.get("annotations") or {}
    labels(metadata.get("labels") or {}, found, at / "metadata" / "labels")
    note_rules(notes, found, at / "metadata" / "annotations")
    of_annotations(notes, spec, minor, found, at / "metadata" / "annotations")
    pod(spec, minor, found, at / "spec")
    agreeing(notes, spec, found, at / "spec")
    if spec.get("ephemeralContainers"):
        found.broken(at / "spec" / "ephemeralContainers", "ephemeral containers not allowed in pod template")


def of_annotations(notes: Mapping[str, str], spec: Body, minor: int, found: Found, at: FieldPath) -> None:
    """Annotations that mean something to the API server (ValidatePodSpecificAnnotations)."""
    if MIRROR in notes and not spec.get("nodeName"):
        found.broken(at / MIRROR, "must set spec.nodeName if mirror pod annotation is set", notes[MIRROR])
    if notes.get(TOLERATIONS):
        import json

        try:
            tolerations = json.loads(notes[TOLERATIONS])
        except (ValueError, RecursionError):
            tolerations = 0
        if tolerations is not None and not (isinstance(tolerations, list) and all(isinstance(each, dict) for each in tolerations)):
            found.malformed(at / TOLERATIONS, notes[TOLERATIONS], ["must be a JSON list of tolerations"])
        else:
            scheduling.tolerations(tolerations or (), minor, found, at / TOLERATIONS)
    if COST in notes and not (re.fullmatch("-?[0-9]{1,10}", notes[COST]) and cost(notes[COST])):
        found.malformed(at / COST, notes[COST], ["must be a 32bit integer"])
    known = {each.get("name") for key in LISTS for each in spec.get(key) or ()}
    for key, value in notes.items():
        if key == SECCOMP_POD or key.startswith(SECCOMP):
            security.named_seccomp(value, found, at / key)
        if key.startswith(APPARMOR):
            if key.removeprefix(APPARMOR) not in known:
                found.missing(at / key, key.removeprefix(APPARMOR), "no container has this name")
            if value not in ("", "runtime/default", "unconfined") and not value.startswith("localhost/"):
                found.malformed(at / key, value, ["must be runtime/default, unconfined, or localhost/ and a profile"])


def cost(text: str) -> bool:
    """Whether a whole number is written as the API server wants the cost of a deletion."""
    return (text == "0" or text[0] in "-123456789") and -INT32 - 1 <= int(text) <= INT32


def agreeing(notes: Mapping[str, str], spec: Body, found: Found, at: FieldPath) -> None:
    """Old annotations against the fields that took their place."""
    inside = (spec.get("securityContext") or {}).get("seccompProfile")
    if inside is not None and SECCOMP_POD in notes:
        profile(notes[SECCOMP_POD], inside, found, at / "securityContext" / "seccompProfile", "seccomp")
    windows = (spec.get("os") or {}).get("name") == "windows"
    whole = (spec.get("securityContext") or {}).get("appArmorProfile")
    for container, here in each_container(spec, at):
        context = container.get("securityContext") or {}
        name = container.get("name") or ""
        if (own := context.get("seccompProfile")) is not None and SECCOMP + name in notes:
            profile(notes[SECCOMP + name], own, found, here / "securityContext" / "seccompProfile", "seccomp")
        armor = context.get("appArmorProfile") or whole
        if armor is not None and APPARMOR + name in notes and not windows:
            profile(notes[APPARMOR + name], armor, found, here / "securityContext" / "appArmorProfile", "apparmor")


def profile(note: str, field: Body, found: Found, at: FieldPath, what: str) -> None:
    kind = field.get("type") or ""
    defaults = ("runtime/default", "docker/default") if what == "seccomp" else ("runtime/default",)
    words = f"{what} type in annotation and field must match"
    if (kind == "Unconfined" and note != "unconfined") or (kind == "RuntimeDefault" and note not in defaults):
        found.broken(at / "type", words, kind)
    elif kind == "Localhost":
        if not note.startswith("localhost/"):
            found.broken(at / "type", words, kind)
        elif note.removeprefix("localhost/") != field.get("localhostProfile"):
            found.broken(at / "localhostProfile", f"{what} profile in annotation and field must match")


def each_container(spec: Body, at: FieldPath) -> list[tuple[Body, FieldPath]]:
    """Every container of a pod, with its place."""
    return [(each, at / key / number) for key in LISTS for number, each in enumerate(spec.get(key) or ())]


def pod(spec: Body, minor: int, found: Found, at: FieldPath) -> None:
    """The pod as a whole."""
    grace = spec.get("terminationGracePeriodSeconds")
    sources = volumes(spec.get("volumes") or (), minor, found, at / "volumes")
    wanted = claims(spec, minor, found, at / "resourceClaims")
    host_users = not on("UserNamespacesSupport", minor) or spec.get("hostUsers") is not False
    around = containers.Around(minor, found, spec, sources, wanted, GRACE if grace is None else grace, host_users)
    containers.regular(spec.get("containers") or (), around, at / "containers")
    containers.init(spec.get("initContainers") or (), around, at / "initContainers")
    containers.ephemeral(spec.get("ephemeralContainers") or (), around, at / "ephemeralContainers")
    if on("PodLevelResources", minor) and spec.get("resources") is not None:
        containers.of_pod(spec, around, at)
    if spec.get("hostNetwork"):
        for number, container in enumerate(spec.get("containers") or ()):
            for index, port in enumerate(container.get("ports") or ()):
                if port.get("hostPort") and port["hostPort"] != port.get("containerPort"):
                    here = at / "containers" / number / "ports" / index / "hostPort"
                    found.broken(here, "must match `containerPort` when `hostNetwork` is true", port["hostPort"])
    found.among(at / "restartPolicy", spec.get("restartPolicy") or "Always", RESTARTS)
    policy = spec.get("dnsPolicy") or "ClusterFirst"
    found.among(at / "dnsPolicy", policy, DNS)
    labels(spec.get("nodeSelector") or {}, found, at / "nodeSelector")
    security.of_pod(spec, minor, found, at)
    scheduling.affinity(spec.get("affinity") or {}, minor, found, at / "affinity")
    security.dns(spec.get("dnsConfig"), policy, minor, found, at / "dnsConfig")
    for number, gate in enumerate(spec.get("readinessGates") or ()):
        kind = gate.get("conditionType") or ""
        found.malformed(at / "readinessGates" / number / "conditionType", kind, names.key(kind))
    gates: set[str] = set()
    for number, gate in enumerate(spec.get("schedulingGates") or ()):
        name, here = gate.get("name") or "", at / "schedulingGates" / number
        found.malformed(here / "name", name, names.key(name))
        if name in gates:
            found.duplicate(here / "name", name)
        gates.add(name)
    scheduling.spread(spec.get("topologySpreadConstraints") or (), minor, found, at / "topologySpreadConstraints")
    security.windows_host(spec, each_container(spec, at), found, at)
    isolated(spec, minor, host_users, found, at)
    host_name(spec, minor, found, at)
    simple_names(spec, found, at)
    deadline = spec.get("activeDeadlineSeconds")
    if deadline is not None:
        found.between(at / "activeDeadlineSeconds", deadline, 1, INT32)
    scheduling.tolerations(spec.get("tolerations") or (), minor, found, at / "tolerations")
    security.host_aliases(spec.get("hostAliases") or (), minor, found, at / "hostAliases")
    if spec.get("preemptionPolicy") is not None:
        found.among(at / "preemptionPolicy", spec["preemptionPolicy"], ("Never", "PreemptLowerPriority"))
    if spec.get("overhead") is not None:
        containers.amounts(spec["overhead"], found, at / "overhead")
        if any(name.startswith(HUGE) for name in spec["overhead"]) and not {"cpu", "memory"} & set(spec["overhead"]):
            found.broken(at / "overhead", "HugePages require cpu or memory")
    security.system(spec, each_container(spec, at), found, at)
    containers.files(spec, each_container(spec, at), minor, found)


def claims(spec: Body, minor: int, found: Found, at: FieldPath) -> frozenset[str] | None:
    """The names of devices that the pod claims; None where the API server does not look."""
    if not on("DynamicResourceAllocation", minor):
        return None
    known: set[str] = set()
    for number, each in enumerate(spec.get("resourceClaims") or ()):
        here, name = at / number, each.get("name") or ""
        if not name:
            found.required(here / "name")
        elif name in known:
            found.duplicate(here / "name", name)
        else:
            found.malformed(here / "name", name, names.label(name))
        known.add(name)
        given = [key for key in ("resourceClaimName", "resourceClaimTemplateName") if each.get(key) is not None]
        if len(given) > 1:
            found.broken(here, "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified")
        elif not given:
            found.broken(here, "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`")
        for key in given:
            found.malformed(here / key, each[key], names.subdomain(each[key]))
    return frozenset(known - {""})


def isolated(spec: Body, minor: int, host_users: bool, found: Found, at: FieldPath) -> None:
    """A pod with users of its own shares nothing else with its node."""
    if host_users:
        return
    keys = ("hostPID", "hostIPC") if on("UserNamespacesHostNetworkSupport", minor) else ("hostNetwork", "hostPID", "hostIPC")
    for key in keys:
        if spec.get(key):
            found.broken(at / key, "when `hostUsers` is false")
    if on("volumeDevices beside hostUsers", minor):
        for container, here in each_container(spec, at):
            if container.get("volumeDevices"):
                found.broken(here / "volumeDevices", "when `hostUsers` is false")


def host_name(spec: Body, minor: int, found: Found, at: FieldPath) -> None:
    name, here = spec.get("hostnameOverride"), at / "hostnameOverride"
    if name is None or not on("HostnameOverride", minor):
        return
    for key in ("setHostnameAsFQDN", "hostNetwork"):
        if spec.get(key):
            found.broken(here, f"may not be specified when {key} is true", name)
    if names.too_long(name, 64):
        found.long(here, 64)
    found.malformed(here, name, names.subdomain(name))


FORMS: Final = {
    "serviceAccountName": names.subdomain,
    "nodeName": names.subdomain,
    "hostname": names.label,
    "subdomain": names.label,
    "priorityClassName": names.subdomain,
}


def simple_names(spec: Body, found: Found, at: FieldPath) -> None:
    for key, form in FORMS.items():
        if value := spec.get(key):
            found.malformed(at / key, value, form(value))
    old = spec.get("serviceAccount")
    if old and not spec.get("serviceAccountName"):
        found.malformed(at / "serviceAccount", old, names.subdomain(old))
    if spec.get("runtimeClassName") is not None:
        found.malformed(at / "runtimeClassName", spec["runtimeClassName"], names.subdomain(spec["runtimeClassName"]))
