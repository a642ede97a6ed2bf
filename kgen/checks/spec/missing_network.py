"""Without Globalnet the set's networks must be known to be disjoint, so each member states its pod and service networks.

The operator would discover them, but only in the cluster itself, when it is too late. For example `{name: west}`; instead, with its
`podCIDR` and `serviceCIDR`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kgen.clusterset.model import ClusterSet
from kgen.diagnostics import Code, Diagnostic

CODE: Final = Code("KG303", "missing-network")


def check(wish: ClusterSet) -> Iterator[Diagnostic]:
    if not wish.connectivity or wish.join == "external":
        return
    for cluster in wish.clusters:
        missing = [key for key, value in (("podCIDR", cluster.pod_cidr), ("serviceCIDR", cluster.service_cidr)) if not value]
        if not cluster.member or not missing:
            continue
        say = CODE.error if wish.globalnet is None else CODE.warning
        left = "the operator discovers it" if wish.globalnet is not None else "nothing can tell whether it overlaps another cluster's"
        yield say(f'cluster "{cluster.name}" does not say its {" and ".join(missing)}', cluster.at, left, help=f"add {missing[0]}: NETWORK")
