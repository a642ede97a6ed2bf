"""Options of the join that do not go together, in each cluster as overrides leave them.

For example a preferred server with vxlan, which only libreswan knows; instead, without it. The operator passes on whatever it is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kgen.checks.scope import Scope
from kgen.clusterset.model import ClusterSet
from kgen.diagnostics import Code, Diagnostic, FieldPath
from kgen.plan.join import secrets_of, submariner_fields

DRIVER: Final = Code("KG314", "driver-option")
STORE: Final = Code("KG350", "missing-secret-store")


def check(wish: ClusterSet, scope: Scope) -> Iterator[Diagnostic]:
    if wish.join == "external":
        return
    told: set[FieldPath] = set()
    for cluster in scope.clusters:
        if not cluster.member or cluster.leaving:
            continue
        how = secrets_of(wish, cluster)
        if how.provider == "externalSecrets" and how.store is None and how.at not in told:
            told.add(how.at)
            yield STORE.error(
                "the secrets provider externalSecrets has no store", how.at, help="add store: {kind: ClusterSecretStore, name: NAME}"
            )
        written, places = submariner_fields(wish, cluster)
        driver = written.get("cableDriver", "libreswan")
        if driver == "libreswan" or not wish.connectivity:
            continue
        if written.get("ceIPSecPreferredServer"):
            yield DRIVER.error(
                f'ceIPSecPreferredServer of cluster "{cluster.name}" works with libreswan only, but its cable driver is {driver}',
                places["ceIPSecPreferredServer"],
                help="leave it out, or use libreswan",
            )
        if driver == "wireguard" and places["cableDriver"] not in told:
            told.add(places["cableDriver"])
            yield DRIVER.warning(
                "wireguard reads no pre-shared key from a Secret, so none is delivered",
                places["cableDriver"],
                help="use libreswan where a shared key is wanted",
            )
