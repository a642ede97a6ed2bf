"""A namespace with `allowFrom` takes references from the namespaces that its owner lists, and from no other: consent is the owner's.

kgen writes the ReferenceGrant that a reference needs, so that without this anybody could let himself in. For example a route of `edge` to
a service of `shop` with `allowFrom: []`; instead, the owner of `shop` adds `edge`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kgen.checks.scope import Scope
from kgen.clusterset.model import ClusterSet
from kgen.clusterset.selector import listed
from kgen.diagnostics import Code, Diagnostic, FieldPath, Related
from kgen.plan.gateways import gateway_plan
from kgen.plan.grants import grants
from kgen.plan.services import service_refs

CODE: Final = Code("KG330", "reference-without-consent")


def check(wish: ClusterSet, scope: Scope) -> Iterator[Diagnostic]:
    owners = {namespace.name: namespace for namespace in wish.namespaces if namespace.allow_from is not None}
    if not owners:
        return
    for home, from_namespace, what, at in _references(scope):
        owner = owners.get(home)
        if owner is None or home == from_namespace or from_namespace in (owner.allow_from or ()):
            continue
        yield CODE.error(
            f'{what} refers into namespace "{home}", which does not allow "{from_namespace}"',
            at,
            related=[Related(owner.at / "allowFrom", f"it allows {listed(owner.allow_from or ()) or 'none'}")],
            help=f'the owner of "{home}" adds {from_namespace} to its allowFrom',
        )


def _references(scope: Scope) -> Iterator[tuple[str, str, str, FieldPath]]:
    """(namespace referred to, namespace of the referrer, the referrer in words, the reference)."""
    for route in scope.routes:
        for ref in service_refs(route):
            home = ref.service.namespace if ref.service is not None else ref.namespace
            if home is not None:
                yield home, route.namespace, f"{route.kind} {route.namespace}/{route.name}", ref.at
    for gateway in scope.gateways:
        for grant in grants([gateway_plan(gateway)], []):
            yield grant.namespace, gateway.namespace, f"Gateway {gateway.namespace}/{gateway.name}", grant.at
