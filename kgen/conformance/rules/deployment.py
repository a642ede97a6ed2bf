"""Deployment: selector against template, strategy, and the pod. Source: pkg/apis/apps/validation ValidateDeployment (1.36.3), after the
defaults of pkg/apis/apps/v1 SetDefaults_Deployment.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kgen.conformance import names
from kgen.conformance.found import Found
from kgen.conformance.gates import on
from kgen.conformance.pods.template import template
from kgen.conformance.selectors import matches, selector
from kgen.diagnostics import ROOT, FieldPath

Body = Mapping[str, Any]

SPEC: Final = ROOT / "spec"
SHARE: Final = "25%"
DEADLINE: Final = 600


def check(body: Body, minor: int, found: Found) -> None:
    spec = body.get("spec") or {}
    found.negative(SPEC / "replicas", spec.get("replicas"))
    chosen, pod = spec.get("selector"), spec.get("template") or {}
    before = len(found.findings)
    if chosen is None:
        found.required(SPEC / "selector")
    else:
        selector(chosen, found, SPEC / "selector")
        if not chosen.get("matchLabels") and not chosen.get("matchExpressions"):
            found.broken(SPEC / "selector", "empty selector is invalid for deployment")
        elif len(found.findings) == before and not matches(chosen, (pod.get("metadata") or {}).get("labels") or {}):
            found.broken(SPEC / "template" / "metadata" / "labels", "`selector` does not match template `labels`")
    template(pod, minor, found, SPEC / "template")
    of_pod = pod.get("spec") or {}
    if (of_pod.get("restartPolicy") or "Always") != "Always":
        found.unsupported(SPEC / "template" / "spec" / "restartPolicy", of_pod["restartPolicy"], ("Always",))
    if of_pod.get("activeDeadlineSeconds") is not None:
        words = "activeDeadlineSeconds in ReplicaSet is not Supported"
        found.broken(SPEC / "template" / "spec" / "activeDeadlineSeconds", words, of_pod["activeDeadlineSeconds"])
    if (spec.get("replicas") or 0) > 1 and not on("disks of GCE in several pods", minor):
        for number, volume in enumerate(of_pod.get("volumes") or ()):
            if volume.get("gcePersistentDisk") is not None and not volume["gcePersistentDisk"].get("readOnly"):
                at = SPEC / "template" / "spec" / "volumes" / number / "gcePersistentDisk" / "readOnly"
                found.broken(at, "must be true for replicated pods > 1; GCE PD can only be mounted on multiple machines if it is read-only")
    strategy(spec.get("strategy") or {}, found, SPEC / "strategy")
    for key in ("minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"):
        found.negative(SPEC / key, spec.get(key))
    deadline = spec.get("progressDeadlineSeconds")
    if (DEADLINE if deadline is None else deadline) <= (spec.get("minReadySeconds") or 0):
        found.outside(SPEC / "progressDeadlineSeconds", deadline, "must be greater than minReadySeconds")


def strategy(given: Body, found: Found, at: FieldPath) -> None:
    kind, rolling = given.get("type") or "RollingUpdate", given.get("rollingUpdate")
    if kind == "Recreate":
        if rolling is not None:
            found.broken(at / "rollingUpdate", "may not be specified when strategy `type` is 'Recreate'")
    elif kind != "RollingUpdate":
        found.unsupported(at / "type", kind, ("Recreate", "RollingUpdate"))
    else:
        here = at / "rollingUpdate"
        shares = {key: (rolling or {}).get(key) for key in ("maxUnavailable", "maxSurge")}
        counts = {key: share(SHARE if value is None else value, found, here / key) for key, value in shares.items()}
        if not any(counts.values()):
            found.broken(here / "maxUnavailable", "may not be 0 when `maxSurge` is 0", shares["maxUnavailable"])
        if isinstance(shares["maxUnavailable"], str) and (counts["maxUnavailable"] or 0) > 100:
            found.outside(here / "maxUnavailable", shares["maxUnavailable"], "must not be greater than 100%")


def share(value: Any, found: Found, at: FieldPath) -> int:
    """A number of pods, or a share of them in percent; what is neither counts as none."""
    if isinstance(value, str):
        wrong = names.percent(value)
        found.malformed(at, value, wrong)
        return 0 if wrong else int(value[:-1][:18])
    found.negative(at, value)
    return int(value)
