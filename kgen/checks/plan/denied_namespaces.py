"""Newer Lighthouse refuses exports from the namespaces of the platform itself (lighthouse #2252, #2278): reason RestrictedNamespace.

For example a service of `kube-system`; instead, one in a namespace of your own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kgen.clusterset.model import ClusterSet
from kgen.clusterset.selector import listed
from kgen.diagnostics import Code, Diagnostic, FieldPath
from kgen.plan.model import ExportPlan, Plan
from kgen.versions import Profile, patch

CODE: Final = Code("KG429", "denied-namespace")


def check(plan: Plan, wish: ClusterSet) -> Iterator[Diagnostic]:
    denied: dict[FieldPath, tuple[ExportPlan, list[str]]] = {}
    refused: dict[tuple[int, Profile], list[ExportPlan]] = {}
    for name, cluster in plan.clusters.items():
        key = (id(cluster.shared), cluster.profile)
        if key not in refused:
            refused[key] = [export for export in cluster.shared.exports if _refused(export.namespace, cluster.profile)]
        for export in refused[key]:
            denied.setdefault(export.at, (export, []))[1].append(name)
    for at, (export, names) in denied.items():
        yield CODE.error(
            f'Submariner in {listed(names)} refuses exports from namespace "{export.namespace}"',
            at / "namespace",
            help="move the service to a namespace of your own",
        )


def _refused(namespace: str, profile: Profile) -> bool:
    if profile.submariner is None or profile.release.denies_from is None:
        return False
    version = patch(profile.submariner)
    if version[2] < profile.release.denies_from:
        return False
    if namespace == "openshift-storage" and version >= (0, 24, 2):
        return False
    return namespace == "openshift" or namespace.startswith(("kube-", "openshift-"))
