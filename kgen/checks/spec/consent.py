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
    for home, from_namespace, what, at in (*_references(scope), *_own_grants(wish)):
        owner = owners.get(home)
        if owner is None or home == from_namespace or from_namespace in (owner.allow_from or ()):
            continue
        yield CODE.error(
            f'{what} into namespace "{home}", which does not allow "{from_namespace}"',
            at,
            related=[Related(owner.at / "allowFrom", f"it allows {listed(owner.allow_from or ()) or 'none'}")],
            help=f'the owner of "{home}" adds {from_namespace} to its allowFrom',
        )


def _references(scope: Scope) -> Iterator[tuple[str, str, str, FieldPath]]:
    """(namespace referred to, namespace of the referrer, who refers, in words, the reference)."""
    for route in scope.routes:
        for ref in service_refs(route):
            home = ref.service.namespace if ref.service is not None else ref.namespace
            if home is not None:
                yield home, route.namespace, f"{route.kind} {route.namespace}/{route.name} refers", ref.at
    for gateway in scope.gateways:
        for grant in grants([gateway_plan(gateway)], []):
            yield grant.namespace, gateway.namespace, f"Gateway {gateway.namespace}/{gateway.name} refers", grant.at


def _own_grants(wish: ClusterSet) -> Iterator[tuple[str, str, str, FieldPath]]:
    """The same of each ReferenceGrant among the manifests: whoever could write one past the owner would need no consent."""
    for manifest in wish.manifests:
        if manifest.object["kind"] != "ReferenceGrant":
            continue
        home, spec = manifest.object["metadata"].get("namespace"), manifest.object.get("spec")
        given = spec.get("from") if isinstance(spec, dict) else None
        # Its shape is judged later, with every other object's.
        for index, one in enumerate(given if isinstance(given, list) else ()):
            namespace = one.get("namespace") if isinstance(one, dict) else None
            if isinstance(home, str) and isinstance(namespace, str):
                at = FieldPath((*manifest.at, "object", "spec", "from", index, "namespace"))
                yield home, namespace, f'manifest "{manifest.name}" lets "{namespace}" refer', at
