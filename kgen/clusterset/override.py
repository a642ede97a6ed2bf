"""Overrides: the same thing, different in some clusters. One variant of the spec for each set of overrides that hits some cluster.

What an override does not touch is the very same record in every variant, so that whatever depends on it alone is decided once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import combinations
from typing import Any, Final

from kgen.clusterset.decode import decode
from kgen.clusterset.merge import (
    DIRECTIVE,
    Address,
    Indexes,
    Leaves,
    Merged,
    Trace,
    ancestors,
    clashes,
    equal,
    flattened,
    key_of,
    merge,
    worded,
)
from kgen.clusterset.model import Cluster, ClusterSet, Override
from kgen.clusterset.overlay import KEYED, SPEC_RULES, finding, traced
from kgen.clusterset.selector import fleet, listed, nearest, select
from kgen.diagnostics import ROOT, Code, Diagnostic, FieldPath, Place, Rejected, Related, Span
from kgen.records import NamedTuple
from kgen.source import Document

FIXED: Final = Code("KG130", "fixed-field")
ITEM: Final = Code("KG131", "fixed-item")
CONFLICT: Final = Code("KG132", "conflicting-overrides")
IDLE: Final = Code("KG133", "idle-override")

# What may differ by cluster (docs/layers.md, overrides). In items of the first group the key and the placement are the same everywhere.
ITEMS: Final = {"gatewayClasses": "gateway class", "gateways": "gateway", "routes": "route"}
BLOCKS: Final = ("secrets", "submariner", "versions")
PLACEMENT: Final = ("deployTo",)
SPEC: Final = FieldPath(("spec",))


class Variants(NamedTuple):
    """What the spec says in the clusters that some override hits; every other cluster has the spec itself.

    `documents` has, for the first part of a path in a variant's own records, the variant's document.
    """

    by_cluster: Mapping[str, ClusterSet]
    documents: Mapping[str, Document]

    def span(self, path: FieldPath) -> Span | None:
        """Where the value at a path of a variant's own record stands; None for any other path, which is one of the spec itself."""
        document = self.documents.get(path[0]) if path and isinstance(path[0], str) else None
        return None if document is None else document.span(FieldPath(path[1:]))


NONE: Final = Variants({}, {})


def variants(document: Document, wish: ClusterSet) -> Variants:
    """The variants of `wish`, which is what `document` says. Clusters that are hit by the same overrides share one variant.

    Raises Rejected: KG12x for what cannot be merged, KG130-KG133 for what may not be overridden or is overridden twice, and what `decode`
    finds in the overridden parts, each at the override's own line.
    """
    if not wish.overrides:
        return NONE
    groups = grouped(wish)
    by_name = {override.name: override for override in wish.overrides}
    below = Merged(document.data["spec"], Trace(document, SPEC), ())
    indexes: Indexes = {}
    alone = {override.name: over(below, override, indexes) for override in wish.overrides}
    leaves = {override.name: dict(flattened(override.merge, SPEC_RULES, override.at / "merge", ("spec",))) for override in wish.overrides}
    found = list(misplaced(wish, document))
    found += (finding(fault, document.span, below_place(below)) for override in wish.overrides for fault in alone[override.name].faults)
    found += conflicts(groups, leaves)
    found += idle(groups, leaves, wish, document)
    if found:
        raise Rejected(found)
    by_cluster: dict[str, ClusterSet] = {}
    documents: dict[str, Document] = {}
    for group, clusters in groups.items():
        result = alone[group[0]]
        for name in group[1:]:
            # Each can be merged alone, and they do not contradict each other: what is not there any more was removed by both.
            result = over(result, by_name[name])
        root = f"overrides({', '.join(group)})"
        documents[root] = traced({**document.data, "spec": result.value}, Trace(document, ROOT, {"spec": result.trace}), [document])
        try:
            variant = decode(documents[root], (document, wish), FieldPath((root,)))
        except Rejected as rejected:
            made = Variants(by_cluster, documents)
            found += (placed(diagnostic, made, document) for diagnostic in rejected.diagnostics)
        else:
            by_cluster.update(dict.fromkeys(clusters, variant))
    if found:
        raise Rejected(dict.fromkeys(found))
    return Variants(by_cluster, documents)


def grouped(wish: ClusterSet) -> dict[tuple[str, ...], list[str]]:
    """The names of the clusters, in byte order, by the names of the overrides that hit them."""
    clusters = fleet(wish.clusters)
    hits: dict[str, list[str]] = {}
    for override in wish.overrides:
        for name in select(override.apply_to, clusters):
            hits.setdefault(name, []).append(override.name)
    groups: dict[tuple[str, ...], list[str]] = {}
    for name in sorted(hits, key=str.encode):
        groups.setdefault(tuple(hits[name]), []).append(name)
    return groups


def over(below: Merged[Document], override: Override, indexes: Indexes | None = None) -> Merged[Document]:
    """An override merged over the `spec` of a document."""
    document = below.trace.layer
    return merge(below.value, override.merge, SPEC_RULES, below.trace, Trace(document, override.at / "merge"), ("spec",), indexes)


def below_place(below: Merged[Document]) -> Callable[[FieldPath], Span]:
    return lambda path: below.trace.layer.span(FieldPath((*below.trace.path, *path)))


def placed(diagnostic: Diagnostic, made: Variants, base: Document) -> Diagnostic:
    """A finding of `decode` with its places looked up: the paths of a variant that was refused mean nothing to anyone else."""

    def span(at: Place) -> Place:
        return at if isinstance(at, Span) else made.span(at) or base.span(at)

    return diagnostic._replace(at=span(diagnostic.at), related=tuple(Related(span(at), label) for at, label in diagnostic.related))


# --- what an override may say ---------------------------------------------------------------------------------------------------------


def misplaced(wish: ClusterSet, document: Document) -> Iterator[Diagnostic]:
    """Fields that are the same in every cluster, and items that an override would add or take away."""
    known = {field: {key_of(item, KEYED["spec", field]) for item in document.data["spec"].get(field) or ()} for field in ITEMS}
    for override in wish.overrides:
        at = override.at / "merge"
        for field, value in override.merge.items():
            if field in ITEMS:
                yield from misplaced_items(override, field, value, at / field, known[field])
            elif field not in BLOCKS and not field.startswith("x-"):
                close = nearest(field, (*ITEMS, *BLOCKS)) if ("spec", field) not in KEYED else None
                yield FIXED.error(
                    f'override "{override.name}" sets {field}, which is the same in every cluster',
                    at / field,
                    f'did you mean "{close}"?' if close else "cannot be overridden",
                    help=f"overrides set fields of {', '.join((*ITEMS, *BLOCKS))}",
                )


def misplaced_items(override: Override, field: str, value: Any, at: FieldPath, known: AbstractSet[Any]) -> Iterator[Diagnostic]:
    what, name = ITEMS[field], override.name
    if value is None:
        yield ITEM.error(f'override "{name}" removes every {what}', at, "not removed", help=STAY.format(what=what))
    for index, item in enumerate(value if isinstance(value, list) else ()):
        key = key_of(item, KEYED["spec", field])
        if key is None:
            continue
        shown = worded((key,))
        if key not in known:
            if DIRECTIVE not in item:
                close = nearest(shown, [worded((other,)) for other in known])
                label = f'did you mean "{close}"?' if close else f"no such {what}"
                help = f"an override changes a {what} that is there: add it to the spec's {field}"
                yield ITEM.error(f'override "{name}" adds {what} "{shown}"', at / index, label, help=help)
        elif DIRECTIVE in item:
            yield ITEM.error(f'override "{name}" deletes {what} "{shown}"', at / index, "not deleted", help=STAY.format(what=what))
        for part in PLACEMENT:
            if part in item:
                yield FIXED.error(
                    f'override "{name}" sets {part} of {what} "{shown}", which is the same in every cluster',
                    at / index / part,
                    "cannot be overridden",
                    help=f"say where it goes in the {what}'s own {part}",
                )


STAY: Final = "to leave a {what} out of a cluster, narrow what places it: the deployTo of the gateway or route"


# --- overrides that contradict --------------------------------------------------------------------------------------------------------


def conflicts(groups: Mapping[tuple[str, ...], list[str]], leaves: Mapping[str, Leaves]) -> Iterator[Diagnostic]:
    """Fields that two overrides set differently for one cluster, told once for each pair of overrides."""
    pairs: dict[tuple[str, str], list[str]] = {}
    for group, clusters in groups.items():
        for pair in combinations(group, 2):
            pairs.setdefault((pair[0], pair[1]), []).extend(clusters)
    above = {name: ancestors(own) for name, own in leaves.items()} if pairs else {}
    for (one, other), clusters in pairs.items():
        for address, first, second in clashes(leaves[one], leaves[other], above[one], above[other]):
            if equal(first.value, second.value) and address in leaves[one] and address in leaves[other]:
                continue
            yield CONFLICT.error(
                f'overrides "{one}" and "{other}" set {worded(address)} differently for {clustered(clusters)}',
                second.at,
                f'"{other}" says this',
                [Related(first.at, f'"{one}" says this')],
                help="let one of them set it, or narrow their applyTo so that no cluster has both",
            )


def idle(
    groups: Mapping[tuple[str, ...], list[str]], leaves: Mapping[str, Leaves], wish: ClusterSet, document: Document
) -> Iterator[Diagnostic]:
    """What an override sets for the set, where a cluster that it hits has its own word on it, which would win."""
    clusters = {cluster.name: cluster for cluster in wish.clusters}
    beaten: dict[tuple[str, Address], list[Cluster]] = {}
    for group, names in groups.items():
        having = [clusters[name] for name in names if any((clusters[name].versions, clusters[name].submariner, clusters[name].secrets))]
        for cluster in having:
            blocks = {block: value for block, value in raw(document, cluster).items() if block in BLOCKS}
            own = dict(flattened(blocks, SPEC_RULES, cluster.at, ("spec", "clusters", 0)))
            for override in group:
                for address, leaf in leaves[override].items():
                    wins = next((own[part] for part in (address[: 1 + depth] for depth in range(len(address))) if part in own), None)
                    if wins is not None and not equal(wins.value, leaf.value):
                        beaten.setdefault((override, address), []).append(cluster)
    for (name, address), losers in beaten.items():
        field = FieldPath(part for part in address if isinstance(part, str))
        yield IDLE.error(
            f'override "{name}" sets {field}, but {clustered([cluster.name for cluster in losers])} has its own, which wins',
            leaves[name][address].at,
            "has no effect",
            [Related(FieldPath((*losers[0].at, *field)), f'"{losers[0].name}" says this')],
            help="set it in the cluster's own block only, or delete it there",
        )


def raw(document: Document, cluster: Cluster) -> Mapping[str, Any]:
    data = document.data
    for part in cluster.at:
        data = data[part]
    return data  # type: ignore[no-any-return]  # what the cluster was decoded from


def clustered(names: Sequence[str]) -> str:
    return f"cluster {listed(names)}" if len(names) == 1 else f"clusters {listed(names)}"
