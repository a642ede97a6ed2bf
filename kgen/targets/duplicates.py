"""Two manifests that are one object: whichever is applied last would win, so neither may be written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from kgen.diagnostics import ROOT, Code, Diagnostic, FieldPath, Related
from kgen.manifest import Manifest, ObjectKey

CODE: Final = Code("KG550", "duplicate-object")


def duplicates(clusters: Iterable[tuple[str, Iterable[Manifest]]]) -> Iterator[Diagnostic]:
    """One finding for each pair of spec values that ask for the same object (group, kind, namespace, name) of a cluster.

    `clusters` are (name, its objects). A pair that meets in many clusters is told once, for the first of them; they are gone
    through once, and nothing is held of a cluster that is done.
    """
    told: set[tuple[ObjectKey, FieldPath, FieldPath]] = set()
    for cluster, manifests in clusters:
        first: dict[tuple[str, str, str, str], Manifest] = {}
        for manifest in manifests:
            group, _, kind = manifest.gvk
            # The version does not count: an object is one whatever version it is read in.
            key = group, kind, manifest.namespace, manifest.name
            if key not in first:
                first[key] = manifest
                continue
            other, own = first[key].origin(ROOT), manifest.origin(ROOT)
            pair = (manifest.key, other, own)
            if pair not in told:
                told.add(pair)
                yield CODE.error(
                    f'{manifest.key} is made twice for cluster "{cluster}"',
                    own,
                    "the second time",
                    [Related(other, "the first time")],
                    "give one of them another name or namespace, or remove it; to change an object that kgen makes, use a patch",
                )
