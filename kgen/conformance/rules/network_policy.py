"""NetworkPolicy: peers, ports, networks. Source: pkg/apis/networking/validation ValidateNetworkPolicy (1.36.3; the same since 1.28, but
for networks, which are strict since 1.36).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kgen.conformance import addresses
from kgen.conformance.found import Found
from kgen.conformance.selectors import port as port_form
from kgen.conformance.selectors import selector
from kgen.diagnostics import ROOT, FieldPath

Body = Mapping[str, Any]

SPEC: Final = ROOT / "spec"
PROTOCOLS: Final = ("TCP", "UDP", "SCTP")
TYPES: Final = ("Ingress", "Egress")


def check(body: Body, minor: int, found: Found) -> None:
    spec = body.get("spec") or {}
    selector(spec.get("podSelector"), found, SPEC / "podSelector")
    for direction, side in (("ingress", "from"), ("egress", "to")):
        for number, rule in enumerate(spec.get(direction) or ()):
            at = SPEC / direction / number
            for index, each in enumerate(rule.get("ports") or ()):
                port(each, found, at / "ports" / index)
            for index, each in enumerate(rule.get(side) or ()):
                peer(each, minor, found, at / side / index)
    types = spec.get("policyTypes") or ()
    if len(types) > len(TYPES):
        found.broken(SPEC / "policyTypes", "may not specify more than two policyTypes")
        return
    for number, each in enumerate(types):
        if each not in TYPES:
            found.unsupported(SPEC / "policyTypes" / number, each, TYPES)


def port(given: Body, found: Found, at: FieldPath) -> None:
    protocol, value, end = given.get("protocol"), given.get("port"), given.get("endPort")
    if protocol is not None and protocol not in PROTOCOLS:
        found.unsupported(at / "protocol", protocol, PROTOCOLS)
    if value is not None:
        port_form(value, found, at / "port")
    if end is None:
        return
    if value is None:
        found.broken(at / "endPort", "may not be specified when `port` is not specified", end)
    elif isinstance(value, str):
        found.broken(at / "endPort", "may not be specified when `port` is non-numeric", end)
    else:
        if end < value:
            found.outside(at / "endPort", end, "must be greater than or equal to `port`")
        found.between(at / "endPort", end, 1, 65535)


def peer(given: Body, minor: int, found: Found, at: FieldPath) -> None:
    has = [key for key in ("podSelector", "namespaceSelector", "ipBlock") if given.get(key) is not None]
    for key in has:
        if key == "ipBlock":
            block(given[key], minor, found, at / key)
        else:
            selector(given[key], found, at / key)
    if not has:
        found.broken(at, "must specify a peer")
    elif len(has) > 1 and "ipBlock" in has:
        found.broken(at, "may not specify both ipBlock and another peer")


def block(given: Body, minor: int, found: Found, at: FieldPath) -> None:
    cidr = given.get("cidr") or ""
    if not cidr:
        found.required(at / "cidr")
        return
    found.malformed(at / "cidr", cidr, addresses.network(cidr, minor))
    whole = addresses.parsed_network(cidr)
    for number, each in enumerate(given.get("except") or () if whole else ()):
        here = at / "except" / number
        found.malformed(here, each, addresses.network(each, minor))
        part = addresses.parsed_network(each)
        if part is not None and whole is not None:
            inside = part.version == whole.version and part.network_address in whole
            if not inside or whole.prefixlen >= part.prefixlen:
                found.broken(here, "must be a strict subset of `cidr`", each)
