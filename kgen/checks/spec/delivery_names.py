"""The engines' objects are named after the set, and the engines write those names where Kubernetes has bounds; each has one target.

Flux labels all that a Kustomization applies with its name: 63 characters. Argo CD's Applications are objects: 253. Two clusters with one
destination would be applied over each other. For example two clusters with `destination: in-cluster`; instead, each has its own. And none
may have the name of another: of a cluster's own operators, or of what the engine brings along.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kgen.clusterset.model import Cluster, ClusterSet
from kgen.diagnostics import Code, Diagnostic, FieldPath, Related
from kgen.plan.delivery import OPERATORS, STAGES, SUBMARINER_OPERATOR, destination

NAME: Final = Code("KG342", "delivery-name-too-long")
DESTINATION: Final = Code("KG343", "destination-twice")
TAKEN: Final = Code("KG345", "delivery-name-taken")
# What everybody who has the engine has: the project of Applications that name none; the objects by which Flux delivers itself.
ENGINES_OWN: Final = {"argocd": "default", "flux": "flux-system"}
LABEL: Final = 63
OBJECT: Final = 253


def check(wish: ClusterSet) -> Iterator[Diagnostic]:
    how = wish.delivery
    if how is None:
        return
    at = FieldPath(("metadata", "name"))
    related = [Related(how.at, f"delivered by {how.engine}")]
    if wish.name == ENGINES_OWN[how.engine] and how.project is None:
        what = "AppProject of Applications that name none" if how.engine == "argocd" else "GitRepository by which Flux delivers itself"
        yield TAKEN.error(
            f'"{wish.name}" is the {what}, and this set would write over it', at, "", related, help="give the set another name"
        )
    if how.engine == "flux":
        longest = max((*STAGES, OPERATORS, SUBMARINER_OPERATOR), key=len)
        if len(wish.name) + 1 + len(longest) > LABEL:
            most = LABEL - 1 - len(longest)
            yield NAME.error(
                f"Flux writes the names of Kustomizations, such as <set>-{longest}, into labels of {LABEL} characters",
                at,
                f"{len(wish.name)} characters",
                related,
                help=f"give the set a name of at most {most} characters",
            )
        return
    for cluster in wish.clusters:
        name = f"{wish.name}-{cluster.name}-{max(STAGES, key=len)}"
        if len(name) > OBJECT:
            words = (
                f'the Application of cluster "{cluster.name}" would have a name of {len(name)} characters, and Kubernetes allows {OBJECT}'
            )
            yield NAME.error(words, at, "", related, help="give the set a shorter name")
            break
    if how.install is not None and not how.per_stage:
        # `<set>-<cluster>` delivers a cluster, `<set>-<cluster>-operators` its operators.
        names = {f"{cluster.name}-operators": cluster for cluster in wish.clusters}
        for cluster in wish.clusters:
            if cluster.name in names:
                other = names[cluster.name]
                title = f"{wish.name}-{cluster.name}"
                yield TAKEN.error(
                    f'the Application "{title}" would deliver both cluster "{cluster.name}" and the operators of "{other.name}"',
                    cluster.at / "name",
                    "",
                    [Related(other.at / "name", "its operators")],
                    help="give one of the two another name",
                )
    first: dict[str, Cluster] = {}
    for cluster in wish.clusters:
        where = destination(cluster)
        if (other := first.setdefault(where, cluster)) is not cluster:
            yield DESTINATION.error(
                f'clusters "{other.name}" and "{cluster.name}" have one destination, "{where}": each would undo what the other has',
                place(cluster),
                "the second",
                [Related(place(other), "the first")],
                help="give each the name under which Argo CD knows it",
            )


def place(cluster: Cluster) -> FieldPath:
    """Where a cluster's destination is said."""
    return cluster.at / "name" if cluster.delivery is None else cluster.delivery.at / "destination"
