"""What an object carries besides what its kind is about: who manages it, the author's common metadata, and its engine's own marks.

The marks say what must not vanish: the object that joins a cluster goes only when a person confirms it; a class, and the proxy that it
names, go after their Gateways, whose remains nobody cleans up otherwise; a CRD would take all of its objects along.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kgen.manifest import TOKEN, Manifest
from kgen.plan.model import Marks

NO_TEXTS: Final[Mapping[str, str]] = {}
MANAGED_BY: Final[Mapping[str, str]] = {"app.kubernetes.io/managed-by": "kgen"}
OPTIONS: Final = "argocd.argoproj.io/sync-options"
WAVE: Final = "argocd.argoproj.io/sync-wave"
PRUNE: Final = "kustomize.toolkit.fluxcd.io/prune"
# What nobody deletes with all that lives in it, whoever delivers it. Argo CD counts what it may not prune as a difference, for ever,
# unless it is told not to.
KEPT: Final[Mapping[str, str]] = {
    "argocd.argoproj.io/compare-options": "IgnoreExtraneous",
    OPTIONS: "Prune=false,Delete=false",
    "helm.sh/resource-policy": "keep",
    PRUNE: "disabled",
}
CONFIRMED: Final = {OPTIONS: "Prune=confirm,Delete=false"}
LAST: Final = {OPTIONS: "PruneLast=true,Delete=false"}

GUARDS: Final[Mapping[str, Mapping[str, Mapping[str, str]]]] = {
    "argocd": {
        "Submariner": CONFIRMED,
        "ServiceDiscovery": CONFIRMED,
        "GatewayClass": LAST,
        "EnvoyProxy": LAST,
    },
    "flux": {
        "GatewayClass": {PRUNE: "disabled"},
        "EnvoyProxy": {PRUNE: "disabled"},
    },
}

# Argo CD's waves by stage. A wave waits until the one before is healthy, and a Gateway without an address never is: what comes with
# and after the gateways is one wave, in which Argo CD orders by kind.
WAVES: Final[Mapping[str, str]] = {
    "10-broker": "10",
    "20-submariner": "20",
    "30-exports": "30",
    "40-gateways": "40",
    "50-routes": "40",
    "60-manifests": "40",
}


def marked(found: Manifest, stage: str, marks: Marks) -> Manifest:
    """An object of kgen's own with all of its marks; what it says itself stays. What others copy, and whole CRDs, get no labels."""
    body = found.body
    kind, token = found.gvk.kind, body.get("type") == TOKEN
    copied = found.copied
    labels = NO_TEXTS if copied else {**MANAGED_BY, **marks.labels} if marks.labels else MANAGED_BY
    annotations = NO_TEXTS if copied else marks.annotations
    if marks.engine is not None:
        guards = CONFIRMED if token and marks.engine == "argocd" else GUARDS[marks.engine].get(kind, NO_TEXTS)
        annotations = {**annotations, **guards, **_wave(stage, marks)}
    return _with(found, labels, annotations) if labels or annotations else found


def waved(found: Manifest, stage: str, marks: Marks) -> Manifest:
    """An object of the author's own: only its place in the order, where it says none itself."""
    return _with(found, {}, wave) if (wave := _wave(stage, marks)) else found


def _wave(stage: str, marks: Marks) -> Mapping[str, str]:
    return {WAVE: WAVES[stage]} if marks.waves and stage in WAVES else {}


def _with(found: Manifest, labels: Mapping[str, str], annotations: Mapping[str, str]) -> Manifest:
    metadata: dict[str, Any] = dict(found.body["metadata"])
    for key, more in (("labels", labels), ("annotations", annotations)):
        own = metadata.pop(key, None)
        if own is not None and not isinstance(own, dict):
            metadata[key] = own  # an author's own, and no map: the judge says so
        elif joined := {**more, **own} if own else dict(more):
            metadata[key] = joined
    return found.with_body({**found.body, "metadata": metadata})
