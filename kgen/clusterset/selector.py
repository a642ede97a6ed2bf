"""Cluster selectors: which clusters a list of names, `all`, or labels mean, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from kgen.clusterset.model import Cluster, Requirement, Selector
from kgen.diagnostics import Code, Diagnostic, FieldPath
from kgen.records import NamedTuple

UNKNOWN: Final = Code("KG110", "unknown-member")
NOTHING: Final = Code("KG111", "empty-selection")


class Fleet(NamedTuple):
    """The clusters of a set, prepared for many selectors: `members` and `staying` (members that are not leaving) in byte order of name.

    `by_label` has, for each label and value, the members that carry it, in the same order.
    """

    by_name: Mapping[str, Cluster]
    members: tuple[str, ...]
    staying: tuple[str, ...]
    by_label: Mapping[tuple[str, str], tuple[str, ...]]


def fleet(clusters: Sequence[Cluster]) -> Fleet:
    """The Fleet of these clusters; make it once where many selectors are asked."""
    members = sorted((c for c in clusters if c.member), key=lambda c: c.name.encode())
    labelled: dict[tuple[str, str], list[str]] = {}
    for cluster in members:
        for label in cluster.labels.items():
            labelled.setdefault(label, []).append(cluster.name)
    return Fleet(
        {c.name: c for c in clusters},
        tuple(c.name for c in members),
        tuple(c.name for c in members if not c.leaving),
        {label: tuple(names) for label, names in labelled.items()},
    )


def select(selector: Selector, clusters: Sequence[Cluster] | Fleet, *, brokers: bool = False) -> tuple[str, ...]:
    """Names of the clusters that `selector` means, in byte order: members that are not leaving.

    `brokers`: a dedicated broker that the selector names is meant as well (patches and manifests); `all` and labels alone never mean it.
    Names that are no cluster's mean nothing here: `faults` reports them.
    """
    known = clusters if isinstance(clusters, Fleet) else fleet(clusters)
    return tuple(name for name in candidates(selector, known, brokers) if not known.by_name[name].leaving)


def candidates(selector: Selector, known: Fleet, brokers: bool) -> tuple[str, ...]:
    """What the selector means before those that leave are taken away."""
    if selector.names is None and selector.match_labels:
        # The first label alone leaves few of a large fleet.
        names = known.by_label.get(next(iter(selector.match_labels.items())), ())
    elif selector.names is None:
        names = known.members
    else:
        named = {name for name in selector.names if in_range(name, known, brokers)}
        names = tuple(sorted(named, key=str.encode))
    if selector.exclude:
        excluded = set(selector.exclude)
        names = tuple(name for name in names if name not in excluded)
    done = selector.names is None and len(selector.match_labels) == 1
    if selector.match_expressions or (selector.match_labels and not done):
        names = tuple(name for name in names if holds(selector, known.by_name[name].labels))
    return names


def in_range(name: str, known: Fleet, brokers: bool) -> bool:
    cluster = known.by_name.get(name)
    return cluster is not None and (cluster.member or brokers)


def holds(selector: Selector, labels: Mapping[str, str]) -> bool:
    """Whether labels satisfy the selector's label parts, as Kubernetes' LabelSelector has them."""
    return all(labels.get(key) == value for key, value in selector.match_labels.items()) and all(
        satisfied(requirement, labels) for requirement in selector.match_expressions
    )


def satisfied(requirement: Requirement, labels: Mapping[str, str]) -> bool:
    # https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors: NotIn holds where the key is absent too.
    key = requirement.key
    match requirement.operator:
        case "In":
            return labels.get(key) in requirement.values
        case "NotIn":
            return labels.get(key) not in requirement.values
        case "Exists":
            return key in labels
        case _:
            return key not in labels


def faults(selector: Selector, clusters: Sequence[Cluster] | Fleet, *, brokers: bool = False) -> Iterator[Diagnostic]:
    """What is wrong with a selector: a name that is no member's (KG110), or nothing selected (KG111).

    A cluster that is leaving may be named, and a selector that only means leaving clusters is no fault.
    """
    known = clusters if isinstance(clusters, Fleet) else fleet(clusters)
    # A bare list of names is a selector that has nothing else; a place that does not exist is shown as the nearest one that does.
    bare = not (selector.exclude or selector.match_labels or selector.match_expressions or selector.everywhere)
    places: list[tuple[FieldPath, tuple[str, ...]]] = [
        (selector.at if bare else selector.at / "names", selector.names or ()),
        (selector.at / "exclude", selector.exclude),
    ]
    found = False
    for at, names in places:
        for index, name in enumerate(names):
            if not in_range(name, known, brokers):
                found = True
                yield stranger(name, at / index, known)
    if not found and not candidates(selector, known, brokers):
        yield NOTHING.error(
            "this selector matches no cluster",
            selector.at,
            "matches none of " + listed(known.members) if known.members else "the set has no member",
            help="select a member by name or by a label that it has, or delete what is deployed nowhere",
        )


def stranger(name: str, at: FieldPath, known: Fleet) -> Diagnostic:
    if name in known.by_name:
        return UNKNOWN.error(
            f'"{name}" is the dedicated broker (member: false), not a member of the set',
            at,
            "not a member",
            help="only patches and manifests may name the dedicated broker",
        )
    close = nearest(name, known.members)
    return UNKNOWN.error(
        f'"{name}" is no cluster of this set',
        at,
        f'did you mean "{close}"?' if close else "no such cluster",
        help=f"the members are {listed(known.members)}" if known.members else "",
    )


def nearest(word: str, known: Sequence[str]) -> str | None:
    """The known word that is most like `word`, if any is like it at all."""
    # Imported here: difflib is needed for an error only.
    import difflib

    return next(iter(difflib.get_close_matches(word, known, n=1, cutoff=0.6)), None)


def listed(names: Sequence[str], most: int = 5, quote: Callable[[str], str] = '"{}"'.format) -> str:
    """The first few names for a sentence, and how many more there are."""
    shown = ", ".join(quote(name) for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
