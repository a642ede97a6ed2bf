"""Every object on stdout: what `kgen build > manifests` prints, and what a plugin or `kubectl apply -f -` takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter

from kgen.manifest import File, Placement
from kgen.targets import Layout
from kgen.targets.texts import Texts


def stream(clusters: Iterable[tuple[str, Iterable[Placement]]]) -> Iterator[str]:
    """The text to print, one chunk a cluster and stage: each object starts with `---` and `# Source: clusters/<cluster>/<stage>`.

    `clusters` are (name, placements) in byte order of the names, placements sorted by stage, then in canonical order.
    """
    texts = Texts()
    for cluster, placements in clusters:
        for file in files(cluster, placements, texts):
            yield from file.chunks


def files(cluster: str, placements: Iterable[Placement], texts: Texts, layout: Layout = "stage") -> Iterator[File]:
    """One cluster's slice as a File whose path is only a name: it goes to no disk. There is one order, so no layout."""
    yield File(f"clusters/{cluster}", chunks(cluster, placements, texts))


def chunks(cluster: str, placements: Iterable[Placement], texts: Texts) -> Iterator[str]:
    """The text of one cluster, one chunk a stage."""
    texts.turn()
    for stage, placed in groupby(placements, key=attrgetter("stage")):
        source = f"---\n# Source: clusters/{cluster}/{stage}\n"
        yield source + source.join(texts.of([placement.manifest for placement in placed]))
