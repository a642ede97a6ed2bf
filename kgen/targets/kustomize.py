"""The same tree with a `kustomization.yaml` in each cluster's folder, for `kubectl apply -k` and engines that look for one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kgen.dump import dumps
from kgen.manifest import File, Placement
from kgen.targets import Layout, directory
from kgen.targets.texts import Texts


def files(cluster: str, placements: Iterable[Placement], texts: Texts, layout: Layout = "stage") -> Iterator[File]:
    """One cluster's files, then the kustomization that lists them in their order."""
    start = f"clusters/{cluster}/"
    resources = []
    for file in directory.files(cluster, placements, texts, layout):
        resources.append(file.path.removeprefix(start))
        yield file
    if resources:
        yield File(start + "kustomization.yaml", [kustomization(resources)])


def kustomization(resources: Iterable[str]) -> str:
    """The text of a kustomization over files named relative to it; `fifo` keeps their order, where Kustomize would sort by kind."""
    return directory.MADE_BY + dumps(
        {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "sortOptions": {"order": "fifo"},
            "resources": list(resources),
        }
    )
