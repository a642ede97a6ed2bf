"""A ReferenceGrant is named after what it allows, and no object's name is longer than 253 characters.

kgen names it `<fromkind>.<fromnamespace>.<tokind>.<toname>`, so that each reference has its own; Kubernetes would refuse a longer one.
For example a Gateway with a certificate whose Secret's name has 250 characters; instead, the Secret gets a shorter name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kgen.checks.plan.parts import alike
from kgen.clusterset.model import ClusterSet
from kgen.diagnostics import Code, Diagnostic, FieldPath
from kgen.plan.model import Plan

CODE: Final = Code("KG337", "grant-name-too-long")
MOST: Final = 253


def check(plan: Plan, wish: ClusterSet) -> Iterator[Diagnostic]:
    told: set[tuple[FieldPath, str]] = set()
    for shared, _, _ in alike(plan):
        for grant in shared.grants:
            name = f"{grant.from_kind}.{grant.from_namespace}.{grant.to_kind}.{grant.to_name}"
            if len(name) > MOST and (grant.at, name) not in told:
                told.add((grant.at, name))
                yield CODE.error(
                    f"the ReferenceGrant for {grant.to_kind} {grant.namespace}/{grant.to_name} would have a name of "
                    f"{len(name)} characters, and Kubernetes allows {MOST}",
                    grant.at,
                    help=f"shorten the names at both ends of the reference by {len(name) - MOST} characters",
                )
