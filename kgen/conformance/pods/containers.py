"""The containers of a pod: images, ports, variables, mounts, resources, probes.

Source: pkg/apis/core/validation validateContainerCommon, validateContainers, validateInitContainers, validateEphemeralContainers,
validateProbe, validateLifecycle, validateResourceRequirements (1.36.3), after the defaults of pkg/apis/core/v1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from kgen.conformance import names
from kgen.conformance.found import Found
from kgen.conformance.gates import on
from kgen.conformance.pods import security
from kgen.conformance.pods.references import key_of, of_variables, pod_field, resource_field
from kgen.conformance.pods.volumes import SOURCES as SOURCE_KINDS
from kgen.conformance.quantities import ONE, rounded
from kgen.conformance.resources import HUGE, container_resource, counted, overcommits, pages_fit, resource
from kgen.conformance.selectors import port as port_form
from kgen.diagnostics import FieldPath
from kgen.records import NamedTuple

Body = Mapping[str, Any]


class Around(NamedTuple):
    """What the rules of a container are told of its pod: `volumes` are those that are right, `claims` names of devices, if judged."""

    minor: int
    found: Found
    pod: Body
    volumes: Mapping[str, Body]
    claims: frozenset[str] | None
    grace: int
    host_users: bool


PULLS: Final = ("Always", "IfNotPresent", "Never")
PROTOCOLS: Final = ("SCTP", "TCP", "UDP")
MESSAGES: Final = ("File", "FallbackToLogsOnError")
POLICIES: Final = ("Always", "Never", "OnFailure")
PROBES: Final = ("livenessProbe", "readinessProbe", "startupProbe")
PROPAGATIONS: Final = ("Bidirectional", "HostToContainer", "None")
READ_ONLY: Final = ("Disabled", "Enabled", "IfPossible")
COUNTS: Final = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")
NOT_EPHEMERAL: Final = ("ports", "resources", *PROBES, "lifecycle", "resizePolicy", "restartPolicy", "restartPolicyRules")
SOURCES: Final = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")


# ---- the three lists -----------------------------------------------------------------------------------------------------------


def regular(given: Sequence[Body], around: Around, at: FieldPath) -> None:
    if not given:
        around.found.required(at)
        return
    known: set[str] = set()
    for number, each in enumerate(given):
        here, name = at / number, each.get("name") or ""
        common(each, around, here)
        if name in known:
            around.found.duplicate(here / "name", name)
        known.add(name)
        started(each, around, here)
        if on("ContainerRestartRules", around.minor):
            restarts(each, around, here)
        elif (each.get("restartPolicy") is not None and on("SidecarContainers", around.minor)) or each.get("restartPolicy") is not None:
            around.found.broken(here / "restartPolicy", "may not be set for non-init containers")
    host_ports(given, around.found, at)


def init(given: Sequence[Body], around: Around, at: FieldPath) -> None:
    found, minor = around.found, around.minor
    known = {each.get("name") or "" for each in around.pod.get("containers") or ()}
    for number, each in enumerate(given):
        here, name = at / number, each.get("name") or ""
        common(each, around, here)
        policy = each.get("restartPolicy") if on("SidecarContainers", minor) else None
        rules = each.get("restartPolicyRules") if on("ContainerRestartRules", minor) else None
        if policy is None:
            if rules:
                found.required(here / "restartPolicy", "must specify restartPolicy when restart rules are used")
        elif not on("ContainerRestartRules", minor):
            found.among(here / "restartPolicy", policy, ("Always",))
        elif policy != "Always" or on("RestartAllContainersOnContainerExits", minor):
            restarts(each, around, here)
        elif rules:
            found.broken(here / "restartPolicyRules", "restartPolicyRules are not allowed for init containers with restart policy Always")
        if name in known:
            found.duplicate(here / "name", name)
        elif name:
            known.add(name)
        host_ports([each], found, at, number)
        if policy == "Always":
            started(each, around, here)
        else:
            for key in ("lifecycle", *PROBES):
                if each.get(key) is not None:
                    found.broken(here / key, "may not be set for init containers without restartPolicy=Always")
        if on("resizePolicy of init containers", minor) and policy != "Always":
            for index, entry in enumerate(each.get("resizePolicy") or ()):
                if entry.get("restartPolicy") == "RestartContainer":
                    words = "must not be set to 'RestartContainer' for non-sidecar initContainers"
                    found.broken(here / "resizePolicy" / index / "restartPolicy", words, "RestartContainer")


def ephemeral(given: Sequence[Body], around: Around, at: FieldPath) -> None:
    """Of a template these are refused as a whole, so what each of them lacks is of little interest."""
    for number, each in enumerate(given):
        common(each, around, at / number)
        for key in NOT_EPHEMERAL:
            if each.get(key) not in (None, [], {}):
                around.found.broken(at / number / key, "cannot be set for an Ephemeral Container")


# ---- one container -------------------------------------------------------------------------------------------------------------


def common(given: Body, around: Around, at: FieldPath) -> None:
    """What holds for every container."""
    found, minor = around.found, around.minor
    name = given.get("name") or ""
    if not name:
        found.required(at / "name")
    else:
        found.malformed(at / "name", name, names.label(name))
    if not given.get("image"):
        found.required(at / "image")
    found.among(at / "terminationMessagePolicy", given.get("terminationMessagePolicy") or "File", MESSAGES)
    ports(given.get("ports") or (), found, at / "ports")
    form = names.variable_relaxed if on("RelaxedEnvironmentVariableValidation", minor) else names.variable
    for number, each in enumerate(given.get("env") or ()):
        variable(each, form, minor, found, at / "env" / number)
    for number, each in enumerate(given.get("envFrom") or ()):
        variables(each, form, found, at / "envFrom" / number)
    mounts(given, around, at)
    devices(given, around, at)
    found.among(at / "imagePullPolicy", given.get("imagePullPolicy") or "IfNotPresent", PULLS)
    requirements(given.get("resources") or {}, around.claims, found, at / "resources")
    if on("InPlacePodVerticalScaling", minor):
        resizing(given.get("resizePolicy") or (), around.pod.get("restartPolicy"), found, at / "resizePolicy")
    security.of_container(given.get("securityContext"), around.host_users, minor, found, at / "securityContext")


def ports(given: Iterable[Body], found: Found, at: FieldPath) -> None:
    known: set[str] = set()
    for number, each in enumerate(given):
        here, name = at / number, each.get("name") or ""
        if name:
            wrong = names.port_name(name)
            found.malformed(here / "name", name, wrong)
            if not wrong and name in known:
                found.duplicate(here / "name", name)
            known.add(name)
        if not each.get("containerPort"):
            found.required(here / "containerPort")
        else:
            found.between(here / "containerPort", each["containerPort"], 1, 65535)
        if each.get("hostPort"):
            found.between(here / "hostPort", each["hostPort"], 1, 65535)
        found.among(here / "protocol", each.get("protocol") or "TCP", PROTOCOLS)


def host_ports(given: Sequence[Body], found: Found, at: FieldPath, first: int = 0) -> None:
    """A port of the node is one container's."""
    known: set[tuple[Any, ...]] = set()
    for number, container in enumerate(given, start=first):
        for index, each in enumerate(container.get("ports") or ()):
            if each.get("hostPort"):
                key = (each.get("protocol") or "TCP", each.get("hostIP") or "", each["hostPort"])
                if key in known:
                    found.duplicate(at / number / "ports" / index / "hostPort", "/".join(map(str, key)))
                known.add(key)


def variable(given: Body, form: Any, minor: int, found: Found, at: FieldPath) -> None:
    name, value, taken = given.get("name") or "", given.get("value") or "", given.get("valueFrom")
    if not name:
        found.required(at / "name")
    else:
        found.malformed(at / "name", name, form(name))
    if taken is None:
        return
    here = at / "valueFrom"
    known = SOURCES if on("EnvFiles", minor) else SOURCES[:-1]
    given_sources = [key for key in known if taken.get(key) is not None]
    for key in given_sources:
        if key == "fieldRef":
            pod_field(taken[key], of_variables(minor), found, here / key)
        elif key == "resourceFieldRef":
            resource_field(taken[key], False, found, here / key)
        elif key == "fileKeyRef":
            file_key(taken[key], found, here / key)
        else:
            key_of(taken[key], found, here / key)
    if not given_sources:
        found.broken(here, f"must specify one of: {', '.join(f'`{key}`' for key in known)}")
    elif value:
        found.broken(here, "may not be specified when `value` is not empty")
    elif len(given_sources) > 1:
        found.broken(here, "may not have more than one field specified at a time")


def file_key(given: Body, found: Found, at: FieldPath) -> None:
    """A variable that stands in a file of a volume."""
    for key, form in (("key", names.variable_relaxed), ("volumeName", names.label), ("path", None)):
        value = given.get(key) or ""
        if not value:
            found.required(at / key)
        elif form is not None:
            found.malformed(at / key, value, form(value))
        else:
            security.no_way_up(value, found, at / key)


def files(spec: Body, all_containers: list[tuple[Body, FieldPath]], minor: int, found: Found) -> None:
    """Volumes that hold variables are empty ones."""
    if not on("EnvFiles", minor):
        return
    known = {each.get("name"): each for each in spec.get("volumes") or ()}
    for container, at in all_containers:
        for number, each in enumerate(container.get("env") or ()):
            reference = (each.get("valueFrom") or {}).get("fileKeyRef")
            if reference is not None:
                name, here = reference.get("volumeName") or "", at / "env" / number / "valueFrom" / "fileKeyRef" / "volumeName"
                if name not in known:
                    found.missing(here, name, "no volume has this name")
                elif any(known[name].get(key) is not None for key in SOURCE_KINDS if key != "emptyDir"):
                    found.broken(here, "referenced volume must be of type emptyDir", name)


def variables(given: Body, form: Any, found: Found, at: FieldPath) -> None:
    if given.get("prefix"):
        found.malformed(at / "prefix", given["prefix"], form(given["prefix"]))
    sources = [key for key in ("configMapRef", "secretRef") if given.get(key) is not None]
    for key in sources:
        name = given[key].get("name") or ""
        if not name:
            found.required(at / key / "name")
        else:
            # As a prefix of a name, which takes a dash at its end.
            found.malformed(at / key / "name", name, names.subdomain(name[:-2] + "a" if len(name) > 1 and name.endswith("-") else name))
    if not sources:
        found.broken(at, "must specify one of: `configMapRef` or `secretRef`")
    elif len(sources) > 1:
        found.broken(at, "may not have more than one field specified at a time")


def mounts(given: Body, around: Around, at: FieldPath) -> None:
    found, paths = around.found, set[str]()
    raw = {each.get("name") or "": each.get("devicePath") or "" for each in given.get("volumeDevices") or ()}
    dropped = (
        set()
        if on("ImageVolume", around.minor)
        else {each.get("name") for each in around.pod.get("volumes") or () if each.get("image") is not None}
    )
    for number, each in enumerate(given.get("volumeMounts") or ()):
        here, name, path = at / "volumeMounts" / number, each.get("name") or "", each.get("mountPath") or ""
        if name in dropped:
            continue
        if not name:
            found.required(here / "name")
        if name not in around.volumes:
            found.missing(here / "name", name, "no volume has this name, or the volume that has it is refused")
        if not path:
            found.required(here / "mountPath")
        if path in paths:
            found.broken(here / "mountPath", "must be unique", path)
        paths.add(path)
        if name in raw:
            found.broken(here / "name", "must not already exist in volumeDevices", name)
        if path in raw.values():
            found.broken(here / "mountPath", "must not already exist as a path in volumeDevices", path)
        sub, expression = each.get("subPath") or "", each.get("subPathExpr") or ""
        security.descending(sub, found, here / "subPath")
        if expression:
            if sub:
                found.broken(here / "subPathExpr", "subPathExpr and subPath are mutually exclusive", expression)
            security.descending(expression, found, here / "subPathExpr")
        propagation = each.get("mountPropagation")
        if propagation is not None:
            if propagation not in PROPAGATIONS:
                found.unsupported(here / "mountPropagation", propagation, PROPAGATIONS)
            if propagation == "Bidirectional" and not (given.get("securityContext") or {}).get("privileged"):
                words = "Bidirectional mount propagation is available only to privileged containers"
                found.broken(here / "mountPropagation", words, propagation)
        only = each.get("recursiveReadOnly")
        if only is not None and on("RecursiveReadOnlyMounts", around.minor):
            if only not in READ_ONLY:
                found.unsupported(here / "recursiveReadOnly", only, READ_ONLY)
            elif only != "Disabled":
                if not each.get("readOnly"):
                    found.broken(here / "recursiveReadOnly", "may only be specified when readOnly is true", only)
                if propagation not in (None, "None"):
                    words = "may only be specified when mountPropagation is None or not specified"
                    found.broken(here / "recursiveReadOnly", words, only)


def devices(given: Body, around: Around, at: FieldPath) -> None:
    found, known, paths = around.found, set[str](), set[str]()
    mounted = {each.get("name") or "": each.get("mountPath") or "" for each in given.get("volumeMounts") or ()}
    for number, each in enumerate(given.get("volumeDevices") or ()):
        here, name, path = at / "volumeDevices" / number, each.get("name") or "", each.get("devicePath") or ""
        if not name:
            found.required(here / "name")
        if name in known:
            found.broken(here / "name", "must be unique", name)
        volume = around.volumes.get(name)
        if volume is None:
            found.missing(here / "name", name, "no volume has this name, or the volume that has it is refused")
        elif volume.get("persistentVolumeClaim") is None and volume.get("ephemeral") is None:
            found.broken(here / "name", "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode", name)
        if not path:
            found.required(here / "devicePath")
        if path in paths:
            found.broken(here / "devicePath", "must be unique", path)
        if ".." in path.split("/"):
            found.malformed(here / "devicePath", path, ["can not contain backsteps ('..')"])
        else:
            paths.add(path)
        if name in mounted:
            found.broken(here / "name", "must not already exist in volumeMounts", name)
        if path in mounted.values():
            found.broken(here / "devicePath", "must not already exist as a path in volumeMounts", path)
        known.add(name)


# ---- resources -----------------------------------------------------------------------------------------------------------------


def amounts(given: Mapping[str, Any], found: Found, at: FieldPath, form: Any = container_resource) -> None:
    """Resources by name: each name, and each amount by itself."""
    for name, value in given.items():
        found.malformed(at / name, name, form(name))
        if rounded(value) < 0:
            found.outside(at / name, value, "must be greater than or equal to 0")
        if counted(name) and rounded(value) % ONE:
            found.malformed(at / name, value, ["must be an integer"])
        if name.startswith(HUGE) and not pages_fit(name, rounded(value)):
            found.malformed(at / name, value, [f"{value} is not positive integer multiple of {name}"])


def requirements(given: Body, claims: frozenset[str] | None, found: Found, at: FieldPath, form: Any = container_resource) -> None:
    limits, requests = given.get("limits") or {}, given.get("requests") or {}
    amounts(limits, found, at / "limits", form)
    amounts(requests, found, at / "requests", form)
    for name, value in requests.items():
        if name in limits:
            if rounded(value) != rounded(limits[name]) and not overcommits(name):
                found.broken(at / "requests" / name, f"must be equal to {name} limit of {limits[name]}", value)
            elif rounded(value) > rounded(limits[name]):
                found.broken(at / "requests" / name, f"must be less than or equal to {name} limit of {limits[name]}", value)
        elif not overcommits(name):
            found.required(at / "limits" / name, "Limit must be set for non overcommitable resources")
    whole = {*limits, *requests}
    if any(name.startswith(HUGE) for name in whole) and not whole & {"cpu", "memory"}:
        found.broken(at, "HugePages require cpu or memory")
    if claims is not None:
        claimed(given.get("claims") or (), claims, found, at / "claims")


def claimed(given: Iterable[Body], claims: frozenset[str], found: Found, at: FieldPath) -> None:
    """Devices that a container uses, of those that its pod claims."""
    known: set[tuple[str, str]] = set()
    for number, each in enumerate(given):
        here, name, request = at / number, each.get("name") or "", each.get("request") or ""
        if not name:
            found.required(here / "name")
            continue
        if (name, "") in known:
            found.duplicate(here, name)
        else:
            if request:
                found.malformed(here / "request", request, names.label(request))
            if (name, request) in known or (not request and any(other == name for other, _ in known)):
                found.duplicate(here, f"{name}/{request}" if request else name)
            known.add((name, request))
        if name not in claims:
            found.missing(here / "name", name, "must be one of the names in resourceClaims of the pod")


def resizing(given: Iterable[Body], restarts_of_pod: str | None, found: Found, at: FieldPath) -> None:
    known: set[str] = set()
    for number, each in enumerate(given):
        here, name, policy = at / number, each.get("resourceName") or "", each.get("restartPolicy") or ""
        if name in known:
            found.duplicate(here / "resourceName", name)
        known.add(name)
        found.among(here / "resourceName", name, ("cpu", "memory"))
        found.among(here / "restartPolicy", policy, ("NotRequired", "RestartContainer"))
        if restarts_of_pod == "Never" and policy != "NotRequired":
            found.broken(here / "restartPolicy", "must be 'NotRequired' when pod `restartPolicy` is 'Never'", policy)


def of_pod(spec: Body, around: Around, at: FieldPath) -> None:
    """Resources of the pod as a whole, against those of its containers (validatePodResources)."""
    given, found, here = spec["resources"], around.found, at / "resources"
    if (spec.get("os") or {}).get("name") == "windows":
        found.broken(here, "may not be set for a windows pod")
        return
    if given.get("claims") is not None:
        found.broken(here / "claims", "claims may not be set for Resources at pod-level")

    def form(name: str) -> list[str]:
        wrong = resource(name)
        return wrong or ([] if name in ("cpu", "memory") or name.startswith(HUGE) else ["must be one of cpu, hugepages-, memory"])

    requirements(given, around.claims, found, here, form)
    limits, requests = given.get("limits") or {}, given.get("requests") or {}
    for name, total in together(spec, "requests").items():
        if name in requests and total > rounded(requests[name]):
            found.broken(here / "requests" / name, "must be greater than or equal to aggregate container requests", requests[name])
    for name, total in together(spec, "limits").items():
        if name in limits and name.startswith(HUGE) and total > rounded(limits[name]):
            found.broken(here / "limits" / name, "must be greater than or equal to aggregate container limits", limits[name])
    for number, container in enumerate(spec.get("containers") or ()):
        for name, value in ((container.get("resources") or {}).get("limits") or {}).items():
            if name in limits and rounded(value) > rounded(limits[name]):
                place = at / "containers" / number / "resources" / "limits" / name
                found.broken(place, f"must be less than or equal to pod limits of {limits[name]}", value)


def together(spec: Body, side: str) -> dict[str, int]:
    """What the containers of a pod ask for at most at one time (component-helpers resource AggregateContainerRequests)."""

    def of(container: Body) -> dict[str, int]:
        return {name: rounded(value) for name, value in ((container.get("resources") or {}).get(side) or {}).items()}

    def added(one: Mapping[str, int], two: Mapping[str, int]) -> dict[str, int]:
        return {name: one.get(name, 0) + two.get(name, 0) for name in {**one, **two}}

    total: dict[str, int] = {}
    for container in spec.get("containers") or ():
        total = added(total, of(container))
    beside: dict[str, int] = {}
    most: dict[str, int] = {}
    for container in spec.get("initContainers") or ():
        mine = of(container)
        if container.get("restartPolicy") == "Always":
            total, beside = added(total, mine), added(beside, mine)
            mine = beside
        else:
            mine = added(mine, beside)
        most = {name: max(most.get(name, 0), mine.get(name, 0)) for name in {**most, **mine}}
    return {name: max(total.get(name, 0), most.get(name, 0)) for name in {**total, **most}}


# ---- while it runs -------------------------------------------------------------------------------------------------------------


def started(given: Body, around: Around, at: FieldPath) -> None:
    """Probes and hooks of a container that keeps running."""
    found = around.found
    lifecycle = given.get("lifecycle")
    if lifecycle is not None:
        for key in ("postStart", "preStop"):
            if lifecycle.get(key) is not None:
                sleeps = on("PodLifecycleSleepAction", around.minor)
                handler(lifecycle[key], ("exec", "httpGet", "tcpSocket", *(("sleep",) if sleeps else ())), around, at / "lifecycle" / key)
    for key in PROBES:
        probe = given.get(key)
        if probe is None:
            continue
        here = at / key
        handler(probe, ("exec", "httpGet", "tcpSocket", "grpc"), around, here)
        for count in COUNTS:
            found.negative(here / count, probe.get(count))
        grace = probe.get("terminationGracePeriodSeconds")
        if grace is not None and grace <= 0:
            found.outside(here / "terminationGracePeriodSeconds", grace, "must be greater than 0")
        if key == "readinessProbe":
            if grace is not None:
                found.broken(here / "terminationGracePeriodSeconds", "must not be set for readinessProbes", grace)
        elif (probe.get("successThreshold") or 1) != 1:
            found.outside(here / "successThreshold", probe["successThreshold"], "must be 1")


def handler(given: Body, known: tuple[str, ...], around: Around, at: FieldPath) -> None:
    """What is done to a container: one thing."""
    found = around.found
    kinds = [key for key in known if given.get(key) is not None]
    for key in kinds[1:]:
        found.broken(at / key, "may not specify more than 1 handler type")
    if not kinds:
        found.broken(at, f"must specify a handler type: one of {', '.join(known)}")
        return
    kind, action, here = kinds[0], given[kinds[0]], at / kinds[0]
    if kind == "exec":
        if not action.get("command"):
            found.required(here / "command")
    elif kind == "sleep":
        seconds = action.get("seconds") or 0
        zero = on("PodLifecycleSleepActionAllowZero", around.minor)
        if seconds > around.grace or seconds < (0 if zero else 1):
            least = "non-negative" if zero else "greater than 0"
            words = f"must be {least} and less than terminationGracePeriodSeconds ({around.grace})"
            found.outside(here / "seconds", seconds, words)
    else:
        port = action.get("port")
        port_form(0 if port is None else port, found, here / "port")
        if kind == "httpGet":
            found.among(here / "scheme", action.get("scheme") or "HTTP", ("HTTP", "HTTPS"))
            for number, each in enumerate(action.get("httpHeaders") or ()):
                name = each.get("name") or ""
                found.malformed(here / "httpHeaders" / number / "name", name, names.header(name))


def restarts(given: Body, around: Around, at: FieldPath) -> None:
    """When a container is started again, by itself (validateContainerRestartPolicy)."""
    found, policy, rules = around.found, given.get("restartPolicy"), given.get("restartPolicyRules") or ()
    if policy is None and rules:
        found.required(at / "restartPolicy", "must specify restartPolicy when restart rules are used")
    elif policy is not None and policy not in POLICIES:
        found.unsupported(at / "restartPolicy", policy, POLICIES)
    if policy is None and not rules:
        return
    if len(rules) > 20:
        found.add(at / "restartPolicyRules", "maxItems", f"must have at most 20 items, has {len(rules)}")
    actions = ("Restart", "RestartAllContainers") if on("RestartAllContainersOnContainerExits", around.minor) else ("Restart",)
    for number, rule in enumerate(rules):
        here = at / "restartPolicyRules" / number
        found.among(here / "action", rule.get("action") or "", actions)
        codes = rule.get("exitCodes")
        if codes is None:
            found.required(here / "exitCodes", "must be specified")
            continue
        found.among(here / "exitCodes" / "operator", codes.get("operator") or "", ("In", "NotIn"))
        if len(codes.get("values") or ()) > 255:
            found.add(here / "exitCodes" / "values", "maxItems", f"must have at most 255 items, has {len(codes['values'])}")
