"""Some settings only work where every member has the same: both ends of a tunnel speak one driver, and DNS answers for one set of domains.

Submariner's gateways compare nothing: with libreswan here and vxlan there the connection just never comes up. For example
`cableDriver` written for one cluster only; instead, it is written once, under `spec.submariner`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from kgen.clusterset.model import ClusterSet
from kgen.diagnostics import Code, Diagnostic, FieldPath, Related
from kgen.plan.model import JoinPlan, Plan

CODE: Final = Code("KG313", "differing-members")


def check(plan: Plan, wish: ClusterSet) -> Iterator[Diagnostic]:
    joins = [(name, cluster.join) for name, cluster in plan.clusters.items() if cluster.join is not None]
    for key in ("cableDriver", "customDomains"):
        for name, join in joins[1:]:
            first_name, first = joins[0]
            if _setting(join, key) != _setting(first, key):
                yield CODE.error(
                    f'{key} of cluster "{name}" is not that of "{first_name}"; all members must have the same',
                    _place(join, key),
                    related=[Related(_place(first, key), f'"{first_name}"')],
                    help=f"set submariner.{key} once, for the set",
                )
                break


def _setting(join: JoinPlan, key: str) -> Any:
    value = join.spec.get(key)
    return sorted(value) if isinstance(value, list) else value


def _place(join: JoinPlan, key: str) -> FieldPath:
    return dict(join.origins).get(key, join.at)
