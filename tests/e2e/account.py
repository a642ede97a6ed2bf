"""What members asked of the broker, by its audit log, beside what the Role that kgen wrote allows them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from tests.e2e.cluster import BROKER_NAMESPACE, Cluster


class Right(NamedTuple):
    """A verb on a resource; a subresource is named as in rules."""

    group: str
    resource: str
    verb: str


class Request(NamedTuple):
    """A request that was answered."""

    user: str
    agent: str  # the program, by how it names itself
    right: Right
    namespace: str
    allowed: bool


def requests(broker: Cluster) -> Iterator[Request]:
    """Those of all members' accounts. What everybody may ask (which APIs there are) is left out."""
    for line in (broker.folder / "audit.log").read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        found = event.get("objectRef")
        if found is None:
            continue
        resource = found["resource"] + (f"/{found['subresource']}" if "subresource" in found else "")
        right = Right(found.get("apiGroup", ""), resource, event["verb"])
        user = event["user"]["username"].rpartition(":")[2]
        allowed = event.get("annotations", {}).get("authorization.k8s.io/decision") == "allow"
        yield Request(user, event.get("userAgent", "").partition("/")[0], right, found.get("namespace", ""), allowed)


def granted(broker: Cluster, role: str) -> set[Right]:
    """What a Role allows."""
    rules = (broker.get("roles", BROKER_NAMESPACE, role) or {})["rules"]
    return {
        Right(group, resource, verb)
        for rule in rules
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
