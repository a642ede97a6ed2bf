"""A placeholder needs somebody who fills it in: Flux does, Argo CD does not, and Flux fills in more than the placeholders.

With `engine: argocd` an API server would get `${SUBMARINER_BROKER_TOKEN}` for a token. For example `secrets: {provider: substitution}`
with it; instead, externalSecrets. Of other text that looks like a placeholder, beside those of kgen, Flux leaves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kgen.clusterset.model import ClusterSet
from kgen.diagnostics import Code, Diagnostic, Related
from kgen.expressions import expression
from kgen.plan.delivery import JOIN, placeholders
from kgen.plan.model import Plan

UNFILLED: Final = Code("KG440", "unfilled-placeholder")
SUBSTITUTED: Final = Code("KG444", "substituted-text")
SPARED: Final = "kustomize.toolkit.fluxcd.io/substitute"
VARIABLE: Final = expression(r"(?<!\$)\$\{")


def check(plan: Plan, wish: ClusterSet) -> Iterator[Diagnostic]:
    how = wish.delivery
    if how is None:
        return
    filled = [cluster for cluster in plan.clusters.values() if placeholders(cluster)]
    if filled and how.engine == "argocd":
        first = filled[0]
        at = first.secrets[0].at if first.secrets else (wish.secrets.at if wish.secrets is not None else wish.at / "versions")
        yield UNFILLED.error(
            f'cluster "{first.name}" joins by placeholders such as ${{SUBMARINER_BROKER_TOKEN}}, and Argo CD fills in none',
            at,
            "",
            [Related(how.at / "engine", "the engine is argocd")],
            help="use secrets: {provider: externalSecrets} or existing (from Submariner 0.19 on), engine: flux, or a plugin of Argo CD's",
        )
    if how.engine == "flux":
        # Not at the top: most runs need none of it.
        import json

        told: set[str] = set()
        for cluster in filled:
            for raw in cluster.shared.manifests:
                annotations = raw.object.get("metadata", {}).get("annotations") or {}
                if raw.stage != JOIN or raw.name in told or annotations.get(SPARED) == "disabled":
                    continue
                if VARIABLE.search(json.dumps(raw.object)):
                    told.add(raw.name)
                    yield SUBSTITUTED.warning(
                        f'manifest "{raw.name}" holds ${{...}} in stage {JOIN}, where Flux fills in variables, unknown ones with nothing',
                        raw.at / "object",
                        help=f"write $${{...}} for text that is to stay, or annotate the object with {SPARED}: disabled",
                    )
