"""Names of resources that containers ask for, and the amounts of each.

Sources, at kubernetes 1.36.3 (the same since 1.28): pkg/apis/core/helper/helpers.go, pkg/apis/core/validation validateResourceName,
validateContainerResourceName, validateResourceRequirements.
"""

from __future__ import annotations

from typing import Final

from kgen.conformance import names
from kgen.conformance.quantities import ONE, amount
from kgen.structure.formats import go_quantity

HUGE: Final = "hugepages-"
CONTAINER: Final = frozenset({"cpu", "memory", "ephemeral-storage"})
COUNTED: Final = frozenset({"pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps"}) | {
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
}
STANDARD: Final = CONTAINER | COUNTED | {"storage", "requests.storage"}
STANDARD_ALL: Final = STANDARD | {f"{side}.{name}" for side in ("requests", "limits") for name in CONTAINER}


def resource(name: str) -> list[str]:
    """What is wrong with the name of a resource."""
    if wrong := names.key(name):
        return wrong
    if "/" not in name and name not in STANDARD_ALL and not name.startswith((HUGE, f"requests.{HUGE}")):
        return ["must be a standard resource type or fully qualified"]
    return []


def container_resource(name: str) -> list[str]:
    """What is wrong with the name of a resource that a container asks for."""
    wrong = resource(name)
    if "/" not in name:
        if name not in CONTAINER and not name.startswith(HUGE):
            wrong = [*wrong, "must be a standard resource for containers"]
    elif not native(name) and not extended(name):
        wrong = [*wrong, "doesn't follow extended resource name standard"]
    return wrong


def native(name: str) -> bool:
    """Whether a resource is one of Kubernetes' own."""
    return "/" not in name or "kubernetes.io/" in name


def extended(name: str) -> bool:
    """Whether a resource is a device plugin's, or the like."""
    return not native(name) and not name.startswith("requests.") and not names.key(f"requests.{name}")


def overcommits(name: str) -> bool:
    """Whether more may be promised of a resource than there is."""
    return native(name) and not name.startswith(HUGE)


def counted(name: str) -> bool:
    """Whether a resource comes in whole numbers only."""
    return name in COUNTED or extended(name)


def pages_fit(name: str, value: int) -> bool:
    """Whether an amount of huge pages is a whole number of them; `value` in thousand-millionths."""
    size = name.removeprefix(HUGE)
    if not go_quantity(size):
        return False
    page = amount(size)
    return page > 0 and page % ONE == 0 and -(-value // ONE) % (page // ONE) == 0
