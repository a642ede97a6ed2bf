"""Where the two judges differ, and why that may stay so: each class is told in docs/agreement.md, and none holds an object that kgen emits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from tests.agreement.compare import Verdicts

# Kinds of Kubernetes' own whose rules kgen knows; the others are judged by structure alone.
RULED: Final = frozenset(
    {
        "ConfigMap",
        "CustomResourceDefinition",
        "Deployment",
        "LimitRange",
        "Namespace",
        "NetworkPolicy",
        "Role",
        "RoleBinding",
        "Secret",
        "Service",
        "ServiceAccount",
    }
)


class Known(NamedTuple):
    """A class of disagreement: its name in the docs, and which objects belong to it."""

    name: str
    covers: Callable[[Verdicts], bool]


def built_in(one: Verdicts) -> bool:
    return one.case.kind.product == "kubernetes"


def of_the_cluster(one: Verdicts) -> bool:
    """Refused for what this one cluster has: other objects, address ranges, plugins."""
    return one.outcome == "server refuses" and (
        one.answer.status in (403, 500) or any(word in each.message for each in one.server for word in OF_THE_CLUSTER)
    )


OF_THE_CLUSTER: Final = ("failed to allocate IP", "is not in the valid range", "configured on this cluster", "not configured for")


def structure_only(one: Verdicts) -> bool:
    return built_in(one) and one.case.kind.gvk.kind not in RULED and one.outcome == "server refuses" and one.answer.status == 422


def without_kind(one: Verdicts) -> bool:
    return built_in(one) and one.outcome == "kgen refuses" and all(each.path in ("kind", "apiVersion") for each in one.ours)


def required_in_vain(one: Verdicts) -> bool:
    """What is only required; of a kind whose rules kgen knows, in its status alone."""
    if not built_in(one) or one.outcome != "kgen refuses":
        return False
    ours = [each for each in one.ours if each.path not in ("kind", "apiVersion")]
    return all(each.rule == "required" and (one.case.kind.gvk.kind not in RULED or each.path.startswith("status")) for each in ours)


def bytes_as_numbers(one: Verdicts) -> bool:
    return (
        built_in(one)
        and one.outcome == "kgen refuses"
        and all(each.path.startswith(("data", "binaryData")) and each.rule == "type" for each in one.ours)
    )


def not_completed(one: Verdicts) -> bool:
    return built_in(one) and one.outcome == "completed otherwise" and (one.case.source != "kgen" or bool(one.case.changes))


def cluster_scoped(one: Verdicts) -> bool:
    return (
        one.outcome == "completed otherwise"
        and not one.case.kind.resource.namespaced
        and one.difference.startswith(".metadata.namespace: only kgen")
    )


def converted(one: Verdicts) -> bool:
    """Kept by the server in another version, whose schema does not have a field."""
    return one.outcome == "completed otherwise" and not one.case.kind.stored and ": only kgen has" in one.difference


def owners_once(one: Verdicts) -> bool:
    return one.outcome == "completed otherwise" and one.difference.startswith(".metadata.ownerReferences")


def resource_version(one: Verdicts) -> bool:
    return one.outcome == "kgen refuses" and all(each.path == "metadata.resourceVersion" for each in one.ours)


KNOWN: Final = (
    Known("what only one cluster can know", of_the_cluster),
    Known("other kinds of Kubernetes' own", structure_only),
    Known("no kind", without_kind),
    Known("what OpenAPI requires in vain", required_in_vain),
    Known("bytes as a list of numbers", bytes_as_numbers),
    Known("built-in kinds are not completed", not_completed),
    Known("a namespace on a cluster-scoped kind", cluster_scoped),
    Known("an owner twice", owners_once),
    Known("a field that only an older version has", converted),
    Known("a resource version", resource_version),
)


def known(one: Verdicts) -> str:
    """The name of the class; empty for one that is not known, and so a fault."""
    return next((each.name for each in KNOWN if each.covers(one)), "")
