"""Rules of which no object shows both sides, and why. Whatever stands here and can be seen after all fails a test."""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple


class Lack(Enum):
    """What cannot be seen of a rule."""

    NEVER_ASKED = "never asked of an object that is made"
    NEVER_TRUE = "never true of an object that is accepted"
    NEVER_FALSE = "never false"
    NEVER_ALONE = "never the only thing that is wrong"


class Unreachable(NamedTuple):
    """How rules begin, the kinds in which they are unreachable in some version, what cannot be seen of them, and why."""

    begins: str
    kinds: tuple[str, ...]
    lack: Lack
    why: str


def gateway_api(*kinds: str) -> tuple[str, ...]:
    return tuple(f"{kind}.gateway.networking.k8s.io" for kind in kinds)


def envoy(*kinds: str) -> tuple[str, ...]:
    return tuple(f"{kind}.gateway.envoyproxy.io" for kind in kinds)


def xk8s(*kinds: str) -> tuple[str, ...]:
    return tuple(f"{kind}.gateway.networking.x-k8s.io" for kind in kinds)


# In 1.8.0 `limit.requests`, which is required, has a maximum that its format cannot hold: the API server refuses every value of it.
LIMITLESS: Final = "limit.requests is required beside it, and its maximum of 4294967295 does not fit int32, so that every value is refused"

UNREACHABLE: Final = (
    Unreachable(
        "self == oldSelf",
        (*gateway_api("gatewayclass"), *xk8s("xmesh")),
        Lack.NEVER_ASKED,
        "it is about changes, and an object that is made has no former one",
    ),
    Unreachable(
        "self.type in ['Exact','PathPrefix'] || self.type == 'RegularExpression'",
        gateway_api("httproute"),
        Lack.NEVER_FALSE,
        "the enum of the field has the same words, and what is none of an enum keeps rules from being asked",
    ),
    Unreachable(
        "(self.size() > 0 ? (has(self[0].matches) ? self[0].matches.size() : 0) : 0)",
        gateway_api("grpcroute"),
        Lack.NEVER_FALSE,
        "in 1.2.1 there are at most 16 rules of 8 matches each, which are the 128 that the rule allows",
    ),
    Unreachable(
        "self.all(l1, !has(l1.name) || self.exists_one(l2,",
        gateway_api("tlsroute"),
        Lack.NEVER_FALSE,
        "in v1alpha3 of 1.4.1 a route has one rule, so that no two of them can have one name",
    ),
    Unreachable(
        "self.all(l1, self.exists_one(l2, l1.name == l2.name))",
        (*gateway_api("gateway", "listenerset"), *xk8s("xlistenerset")),
        Lack.NEVER_ALONE,
        "the list is a map by that key: the same two items are told as duplicates",
    ),
    Unreachable(
        "self.all(t1, self.exists_one(t2, t1.port == t2.port))",
        gateway_api("gateway"),
        Lack.NEVER_ALONE,
        "the list is a map by that key: the same two items are told as duplicates",
    ),
    Unreachable(
        "(self.type in ['Exact','PathPrefix']) ? !self.value.contains('#')",
        gateway_api("httproute"),
        Lack.NEVER_ALONE,
        "the rule on the characters of a path does not allow # either",
    ),
    Unreachable(
        "self.all(h, !h.contains('*') ? h.matches(",
        gateway_api("tlsroute"),
        Lack.NEVER_ALONE,
        "the pattern of a host name refuses what the rule refuses",
    ),
    Unreachable(
        "self.all(h, h.contains('*') ? (h.startsWith('*.')",
        gateway_api("tlsroute"),
        Lack.NEVER_ALONE,
        "the pattern of a host name refuses what the rule refuses",
    ),
    Unreachable(
        "self.type != 'DynamicResolver' || !has(self.tls) ||",
        envoy("backend"),
        Lack.NEVER_ALONE,
        "a DynamicResolver may have no endpoints, without which the rule on the host names of endpoints has no value",
    ),
    Unreachable(
        "(has(self.fqdn) || has(self.ip) || has(self.unix))",
        envoy("backend"),
        Lack.NEVER_ALONE,
        "the rule that one only is given asks for one as well",
    ),
    Unreachable(
        "(has(self.before) || has(self.after))",
        envoy("envoyproxy"),
        Lack.NEVER_ALONE,
        "the rule that one only is given asks for one as well",
    ),
    Unreachable(
        "(has(self.grpc) || has(self.http))",
        envoy("securitypolicy"),
        Lack.NEVER_ALONE,
        "the rule that one only is given asks for one as well",
    ),
    Unreachable(
        "!has(self.minSuccessRate) ||",
        envoy("backendtrafficpolicy"),
        Lack.NEVER_ALONE,
        "minimum and maximum of the field are those of the rule",
    ),
    Unreachable(
        "!has(self.maxRejectionPercent) ||",
        envoy("backendtrafficpolicy"),
        Lack.NEVER_ALONE,
        "minimum and maximum of the field are those of the rule",
    ),
    Unreachable(
        "has(self.replaceFullPath) ? self.type == 'ReplaceFullPath'",
        envoy("backendtrafficpolicy"),
        Lack.NEVER_ALONE,
        "another rule allows no type but ReplaceFullPath",
    ),
    Unreachable(
        "self.type == 'ReplacePrefixMatch' ? has(self.replacePrefixMatch)",
        envoy("backendtrafficpolicy"),
        Lack.NEVER_ALONE,
        "another rule allows no type but ReplaceFullPath",
    ),
    *(
        Unreachable(begins, envoy("backendtrafficpolicy"), lack, LIMITLESS)
        for begins, lack in (
            ("has(self.headers) || has(self.methods) || has(self.path) || has(self.sourceCIDR) || has(self.queryParams)", Lack.NEVER_TRUE),
            ("has(self.headers) || has(self.methods) || has(self.path) || has(self.sourceCIDR) || has(self.queryParams)", Lack.NEVER_ALONE),
            ("!(has(self.number) && has(self.metadata))", Lack.NEVER_TRUE),
            ("!(has(self.number) && has(self.metadata))", Lack.NEVER_ALONE),
            ("self.all(r, !has(r.cost) || !has(r.cost.response))", Lack.NEVER_ALONE),
        )
    ),
    *(
        Unreachable(
            "self.numerator <= self.denominator",
            envoy("envoyproxy"),
            lack,
            "in 1.3.0 samplingRate has a default, and a rule refuses samplingFraction beside it",
        )
        for lack in (Lack.NEVER_TRUE, Lack.NEVER_ALONE)
    ),
)
