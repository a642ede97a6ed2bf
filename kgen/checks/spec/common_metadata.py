"""Labels and annotations that engines read may not be common to all objects.

By some they tell what is their own, and prune what is not in the tree; others, such as a hook, a wave or a word for kustomize, are meant
for one object. For example `commonMetadata: {labels: {app.kubernetes.io/instance: shop}}`; instead, `app.kubernetes.io/part-of`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kgen.clusterset.model import ClusterSet
from kgen.conformance import names
from kgen.conformance.codes import BY_KEYWORD
from kgen.diagnostics import Code, Diagnostic

CODE: Final = Code("KG344", "tracking-metadata")
# What begins so tells an engine what to do with the object that has it.
COMMANDS: Final = {
    "argocd.argoproj.io/": "Argo CD",
    "kustomize.toolkit.fluxcd.io/": "Flux",
    "helm.toolkit.fluxcd.io/": "Flux",
    "reconcile.fluxcd.io/": "Flux",
    "config.kubernetes.io/": "kustomize",
    "internal.config.kubernetes.io/": "kustomize",
    "config.k8s.io/": "kustomize",
    "kustomize.config.k8s.io/": "kustomize",
    "helm.sh/": "Helm",
}
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
            elif engine := next((name for prefix, name in COMMANDS.items() if key.startswith(prefix)), None):
                yield CODE.error(
                    f'"{key}" tells {engine} what to do with an object, and would tell it so of all of them',
                    common.at / part / key,
                    f"{engine}'s",
                    help="give it to the objects that it is meant for, by a patch",
                )
            elif wrong := (names.annotation_key if part == "annotations" else names.key)(key):
                yield BY_KEYWORD["format"].error(f'"{key}" is no key of {part}: {wrong[0]}', common.at / part / key)
