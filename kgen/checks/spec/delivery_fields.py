"""A field of `delivery` belongs to the engine that has it: another engine would ignore it, and the author would not know.

For example `engine: argocd` with `interval: 10m`, which is Flux's; instead, `engine: flux`, or no interval.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kgen.clusterset.model import ClusterSet
from kgen.diagnostics import Code, Diagnostic, Related

CODE: Final = Code("KG340", "other-engines-field")
REPOSITORY: Final = Code("KG341", "unfit-repository")
NAMES: Final = {"argocd": "Argo CD", "flux": "Flux"}
FIELDS: Final = {
    "argocd": (("project", "project"), ("per", "per")),
    "flux": (
        ("secret_ref", "secretRef"),
        ("source_interval", "sourceInterval"),
        ("interval", "interval"),
        ("retry_interval", "retryInterval"),
        ("timeout", "timeout"),
        ("substitute_from", "substituteFrom"),
    ),
}


def check(wish: ClusterSet) -> Iterator[Diagnostic]:
    how = wish.delivery
    if how is None:
        for cluster in wish.clusters:
            if cluster.delivery is not None and cluster.delivery.destination is not None:
                yield CODE.error(
                    f'cluster "{cluster.name}" has a destination, but the set has no delivery by Argo CD',
                    cluster.delivery.at / "destination",
                    help="delete it, or write spec.delivery with engine: argocd",
                )
        return
    other = "flux" if how.engine == "argocd" else "argocd"
    chosen = Related(how.at / "engine", f"the engine is {NAMES[how.engine]}")
    for field, key in FIELDS[other]:
        if getattr(how, field) is not None:
            yield CODE.error(
                f"delivery.{key} is {NAMES[other]}'s, and the engine is {how.engine}", how.at / key, "", [chosen], help="delete it"
            )
    for cluster in wish.clusters:
        if how.engine == "flux" and cluster.delivery is not None and cluster.delivery.destination is not None:
            at = cluster.delivery.at / "destination"
            message = f'the destination of cluster "{cluster.name}" is Argo CD\'s, and the engine is flux'
            yield CODE.error(message, at, "", [chosen], help="delete it: each cluster's own Flux applies its part")
    if how.engine == "argocd" and how.artifact:
        yield REPOSITORY.error(
            f'"{how.repo_url}" is an OCI artifact, which kgen delivers by Flux alone',
            how.at / "repoURL",
            "",
            [chosen],
            help="name a Git repository: Argo CD takes no artifact that `flux push artifact` makes",
        )
    elif how.artifact and (unfit := _unfit(how.repo_url)):
        yield REPOSITORY.error(f'"{how.repo_url}" {unfit[0]}', how.at / "repoURL", help=unfit[1])
    if how.engine == "flux" and how.revision == "HEAD":
        yield REPOSITORY.error("Flux follows a branch, and HEAD is none", how.at / "revision", help="write the branch's name, such as main")


def _unfit(artifact: str) -> tuple[str, str] | None:
    """What is wrong with an OCI artifact's address, and what to write (fluxcd/source-controller parseRepositoryURL); None is nothing."""
    repository = artifact.removeprefix("oci://").partition("/")[2]
    if not repository:
        return "names a registry, and no repository in it", "write oci://REGISTRY/REPOSITORY"
    if "@" in repository or ":" in repository:
        named = "digest" if "@" in repository else "tag"
        return f"names a {named}, which is not part of an artifact's address", "write it under revision"
    return None
