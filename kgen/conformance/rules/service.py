"""Service: ports, addresses, and what goes with each type.

Source: pkg/apis/core/validation ValidateServiceCreate and ValidateServiceClusterIPsRelatedFields, pkg/registry/core/service/storage
(1.36.3); defaults of pkg/apis/core/v1 SetDefaults_Service come first. What depends on one cluster's address ranges is not judged.
By minor: externalTrafficPolicy beside externalIPs since 1.29, trafficDistribution since 1.31, two more words for it since 1.34, strict
addresses since 1.36.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kgen.conformance import addresses, names
from kgen.conformance.found import Found
from kgen.conformance.gates import on
from kgen.conformance.metadata import labels
from kgen.conformance.selectors import port
from kgen.diagnostics import ROOT, FieldPath

Body = Mapping[str, Any]

SPEC: Final = ROOT / "spec"
TYPES: Final = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
PROTOCOLS: Final = ("SCTP", "TCP", "UDP")
POLICIES: Final = ("Cluster", "Local")
FAMILIES: Final = ("IPv4", "IPv6")
FAMILY_POLICIES: Final = ("PreferDualStack", "RequireDualStack", "SingleStack")
DISTRIBUTION: Final = "PreferClose"
DISTRIBUTIONS: Final = (DISTRIBUTION, "PreferSameZone", "PreferSameNode")
LONGEST_AFFINITY: Final = 86400
HINTS: Final = "service.kubernetes.io/topology-aware-hints"
MODE: Final = "service.kubernetes.io/topology-mode"
RANGES: Final = "service.beta.kubernetes.io/load-balancer-source-ranges"
DUAL: Final = "must be 'RequireDualStack' or 'PreferDualStack' when multiple"


def check(body: Body, minor: int, found: Found) -> None:
    spec = body.get("spec") or {}
    annotations = (body.get("metadata") or {}).get("annotations") or {}
    kind = spec.get("type") or "ClusterIP"
    if MODE in annotations and HINTS in annotations and annotations[MODE] != annotations[HINTS]:
        words = f"must match annotations[{HINTS}] when both are specified"
        found.broken(ROOT / "metadata" / "annotations" / MODE, words, annotations[MODE])
    found.among(SPEC / "type", kind, TYPES)
    ips = spec.get("clusterIPs") or ([spec["clusterIP"]] if spec.get("clusterIP") else [])
    headless = ips == ["None"]
    ports = spec.get("ports") or []
    if not ports and not headless and kind != "ExternalName":
        found.required(SPEC / "ports")
    if headless and kind in ("LoadBalancer", "NodePort"):
        found.broken(of_ip(spec, 0), f"may not be set to 'None' for {kind} services", "None")
    if kind == "ExternalName":
        external(spec, found)
    else:
        cluster_ips(spec, ips, headless, minor, found)
    all_ports(ports, kind, found)
    labels(spec.get("selector") or {}, found, SPEC / "selector")
    affinity(spec, found)
    for number, ip in enumerate(spec.get("externalIPs") or ()):
        found.malformed(SPEC / "externalIPs" / number, ip, addresses.address(ip, minor) or addresses.reachable(ip))
    balancer(spec, kind, annotations, minor, found)
    traffic(spec, kind, minor, found)


def of_ip(spec: Body, number: int) -> FieldPath:
    """Where the author wrote an address of the cluster."""
    return SPEC / "clusterIPs" / number if spec.get("clusterIPs") else SPEC / "clusterIP"


def external(spec: Body, found: Found) -> None:
    """A Service that only stands for a name elsewhere."""
    for key in ("clusterIPs", "clusterIP", "ipFamilies", "ipFamilyPolicy"):
        # An empty list is none; an empty policy is one.
        if spec.get(key) or (key == "ipFamilyPolicy" and key in spec):
            found.broken(SPEC / key, "may not be set for ExternalName services")
    name = (spec.get("externalName") or "").removesuffix(".")
    if name:
        found.malformed(SPEC / "externalName", name, names.subdomain(name))
    else:
        found.required(SPEC / "externalName")


def cluster_ips(spec: Body, ips: list[str], headless: bool, minor: int, found: Found) -> None:
    """The addresses inside the cluster, and their families."""
    given, families = spec.get("clusterIPs") or [], spec.get("ipFamilies") or []
    if spec.get("clusterIP"):
        if given and given[0] != spec["clusterIP"]:
            found.broken(SPEC / "clusterIPs", "first value must match `clusterIP`")
    elif given:
        found.broken(SPEC / "clusterIPs", "must be empty when `clusterIP` is not specified")
    for number, family in enumerate(families):
        if family not in FAMILIES:
            found.unsupported(SPEC / "ipFamilies" / number, family, FAMILIES)
        if family in families[:number]:
            found.duplicate(SPEC / "ipFamilies" / number, family)
    policy = spec.get("ipFamilyPolicy")
    if policy is not None and policy not in FAMILY_POLICIES:
        found.unsupported(SPEC / "ipFamilyPolicy", policy, FAMILY_POLICIES)
    wrong = False
    for number, ip in enumerate(ips):
        if number == 0 and ip == "None":
            if len(ips) > 1:
                wrong = True
                found.broken(SPEC / "clusterIPs", "'None' must be the first and only value")
            continue
        faults = addresses.address(ip, minor)
        wrong = wrong or bool(faults)
        found.malformed(of_ip(spec, number), ip, faults)
    if len(ips) > 2:
        found.broken(SPEC / "clusterIPs", "may only hold up to 2 values")
    if wrong or headless:
        return
    kinds = [addresses.parsed(ip) for ip in ips]
    six = [each is not None and each.version == 6 for each in kinds]
    if len(ips) > 1 and len(set(six)) < 2:
        found.broken(SPEC / "clusterIPs", "may specify no more than one IP for each IP family")
    for number, (is_six, family) in enumerate(zip(six, families, strict=False)):
        if (family == "IPv4" and is_six) or (family == "IPv6" and not is_six):
            found.broken(of_ip(spec, number), f"expected an {family} value as indicated by `ipFamilies[{number}]`", ips[number])
    if policy in (None, "SingleStack"):
        if len(ips) == 2:
            found.broken(SPEC / "ipFamilyPolicy", f"{DUAL} cluster IPs are specified", policy)
        if len(families) == 2:
            found.broken(SPEC / "ipFamilyPolicy", f"{DUAL} IP families are specified", policy)


def all_ports(ports: list[Body], kind: str, found: Found) -> None:
    seen: dict[str, set[Any]] = {"name": set(), "port": set(), "nodePort": set()}
    for number, each in enumerate(ports):
        at = SPEC / "ports" / number
        name, protocol, value = each.get("name") or "", each.get("protocol") or "TCP", each.get("port") or 0
        if name:
            found.malformed(at / "name", name, names.label(name))
            if name in seen["name"]:
                found.duplicate(at / "name", name)
            seen["name"].add(name)
        elif len(ports) > 1:
            found.required(at / "name", "ports of a Service that has several need names")
        found.between(at / "port", value, 1, 65535)
        found.among(at / "protocol", protocol, PROTOCOLS)
        target = each.get("targetPort")
        if target not in (None, 0, ""):
            port(target, found, at / "targetPort")
        if each.get("appProtocol") is not None:
            found.malformed(at / "appProtocol", each["appProtocol"], names.key(each["appProtocol"]))
        node = each.get("nodePort") or 0
        if node and kind == "ClusterIP":
            found.broken(at / "nodePort", "may not be used when `type` is 'ClusterIP'", node)
        if node and (protocol, node) in seen["nodePort"]:
            found.duplicate(at / "nodePort", node)
        if (protocol, value) in seen["port"]:
            found.duplicate(at, f"{protocol} {value}")
        seen["nodePort"].add((protocol, node))
        seen["port"].add((protocol, value))


def affinity(spec: Body, found: Found) -> None:
    kind = spec.get("sessionAffinity") or "None"
    found.among(SPEC / "sessionAffinity", kind, ("ClientIP", "None"))
    if kind == "ClientIP":
        seconds = ((spec.get("sessionAffinityConfig") or {}).get("clientIP") or {}).get("timeoutSeconds")
        if seconds is not None and not 0 < seconds <= LONGEST_AFFINITY:
            at = SPEC / "sessionAffinityConfig" / "clientIP" / "timeoutSeconds"
            found.outside(at, seconds, f"must be greater than 0 and less than {LONGEST_AFFINITY}")


def balancer(spec: Body, kind: str, annotations: Mapping[str, str], minor: int, found: Found) -> None:
    """Fields for a load balancer alone."""
    only = "may only be used when `type` is 'LoadBalancer'"
    ranges = spec.get("loadBalancerSourceRanges") or ()
    if ranges:
        if kind != "LoadBalancer":
            found.broken(SPEC / "loadBalancerSourceRanges", only)
        for number, each in enumerate(ranges):
            found.malformed(SPEC / "loadBalancerSourceRanges" / number, each, addresses.network(each.strip(), minor))
    elif RANGES in annotations:
        at, text = ROOT / "metadata" / "annotations" / RANGES, annotations[RANGES].strip()
        if kind != "LoadBalancer":
            found.broken(at, only)
        for each in text.split(",") if text else ():
            found.malformed(at, each, addresses.network(each.strip(), minor))
    if spec.get("allocateLoadBalancerNodePorts") is not None and kind != "LoadBalancer":
        found.broken(SPEC / "allocateLoadBalancerNodePorts", only)
    balancer_class = spec.get("loadBalancerClass")
    if balancer_class is not None:
        if kind == "LoadBalancer":
            found.malformed(SPEC / "loadBalancerClass", balancer_class, names.key(balancer_class))
        else:
            found.broken(SPEC / "loadBalancerClass", only)


def traffic(spec: Body, kind: str, minor: int, found: Found) -> None:
    """Where traffic is sent, from outside and from inside."""
    by_ips = kind == "ClusterIP" and spec.get("externalIPs") and on("externalTrafficPolicy by externalIPs", minor)
    outside = kind in ("LoadBalancer", "NodePort") or by_ips
    policy = spec.get("externalTrafficPolicy") or ""
    if policy and not outside:
        found.broken(SPEC / "externalTrafficPolicy", "may only be set for externally-accessible services", policy)
    elif policy:
        found.among(SPEC / "externalTrafficPolicy", policy, POLICIES)
    health = spec.get("healthCheckNodePort") or 0
    if health and not (kind == "LoadBalancer" and policy == "Local"):
        words = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
        found.broken(SPEC / "healthCheckNodePort", words, health)
    elif health:
        found.between(SPEC / "healthCheckNodePort", health, 1, 65535)
    if spec.get("internalTrafficPolicy") is not None:
        inside = spec["internalTrafficPolicy"]
        if inside not in POLICIES:
            found.unsupported(SPEC / "internalTrafficPolicy", inside, POLICIES)
    spread = spec.get("trafficDistribution")
    if spread is not None and on("ServiceTrafficDistribution", minor):
        known = DISTRIBUTIONS if on("PreferSameTrafficDistribution", minor) else (DISTRIBUTION,)
        if spread not in known:
            found.unsupported(SPEC / "trafficDistribution", spread, known)
