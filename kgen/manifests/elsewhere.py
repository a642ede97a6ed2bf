"""What a kind that is not known may have been meant for, or where it is known."""

from __future__ import annotations

from typing import Final

from kgen.clusterset.selector import listed, nearest
from kgen.conformance import brought_by, known_kinds
from kgen.manifests.worlds import World

# Of the products whose names are not their own in the index.
NAMES: Final = {
    "kubernetes": "Kubernetes",
    "submariner": "Submariner",
    "envoy-gateway": "Envoy Gateway",
    "gateway-api/standard": "Gateway API (standard)",
    "gateway-api/experimental": "Gateway API (experimental)",
    "mcs-api": "the MCS API",
    "external-secrets": "External Secrets",
}


def hint(api_version: str, kind: str, world: World) -> tuple[str, str, str]:
    """The field to mark, a label and a help: another spelling or API version, other product versions that bring the kind, or its CRD."""
    group = api_version.rpartition("/")[0]
    if group == "kgen.dev":
        close = nearest(kind, ("ClusterSet", "ClusterSetOverlay"))
        return "kind", f'did you mean "{close}"?' if close else "", "kgen.dev/v1alpha1 has ClusterSet and ClusterSetOverlay"
    here = list(known_kinds(world.products))
    bring = "bring its CRD with --schema DIR|FILE"
    same = sorted({gvk.api_version for gvk in here if gvk.kind == kind}, key=_age)
    if same:
        return "apiVersion", f'did you mean "{same[0]}"?', f"{kind} is served as {listed(same)} here; to judge another, {bring}"
    close = nearest(kind, tuple({gvk.kind for gvk in here if gvk.api_version == api_version}))
    if close:
        return "kind", f'did you mean "{close}"?', f"correct it, or {bring}"
    elsewhere: dict[str, list[str]] = {}
    for gvk, product, version in brought_by(group, kind):
        if gvk.api_version == api_version:
            elsewhere.setdefault(NAMES.get(product, product), []).append(version)
    if elsewhere:
        known = "; ".join(f"{product} {', '.join(versions)}" for product, versions in elsewhere.items())
        return "apiVersion", "", f"known in {known}, and judged by {world.versions}: name your versions with --versions, or {bring}"
    return "kind", "", f"correct apiVersion or kind, or {bring}"


def _age(api_version: str) -> tuple[bool, bool, str]:
    """Stable versions first, then beta, then alpha, as a server prefers them."""
    return "alpha" in api_version, "beta" in api_version, api_version
