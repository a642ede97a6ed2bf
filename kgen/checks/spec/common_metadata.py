"""Labels and annotations by which an engine tells what is its own may not be common to all objects.

Argo CD and Flux write them themselves, and prune what carries them and is not in the tree. For example
`commonMetadata: {labels: {app.kubernetes.io/instance: shop}}`; instead, `app.kubernetes.io/part-of`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kgen.clusterset.model import ClusterSet
from kgen.diagnostics import Code, Diagnostic

CODE: Final = Code("KG344", "tracking-metadata")
OWNERS: Final = {
    "app.kubernetes.io/instance": "Argo CD",
    "argocd.argoproj.io/instance": "Argo CD",
    "argocd.argoproj.io/tracking-id": "Argo CD",
    "argocd.argoproj.io/installation-id": "Argo CD",
    "kustomize.toolkit.fluxcd.io/name": "Flux",
    "kustomize.toolkit.fluxcd.io/namespace": "Flux",
    "kubectl.kubernetes.io/last-applied-configuration": "kubectl",
    "meta.helm.sh/release-name": "Helm",
    "meta.helm.sh/release-namespace": "Helm",
}


def check(wish: ClusterSet) -> Iterator[Diagnostic]:
    common = wish.common_metadata
    if common is None:
        return
    for part, keys in (("labels", common.labels), ("annotations", common.annotations)):
        for key in keys:
            if key in OWNERS:
                yield CODE.error(
                    f'"{key}" is how {OWNERS[key]} tells what is its own',
                    common.at / part / key,
                    f"{OWNERS[key]}'s",
                    help="delete it; app.kubernetes.io/part-of is a label for what belongs together",
                )
