"""Overlays: a spec and the documents that are merged over it, in order, with every value's own file and line kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeVar

from kgen import bundled, source
from kgen.clusterset.merge import Fault, Fields, Keys, Reason, Rules, Trace, merge
from kgen.clusterset.selector import listed, nearest
from kgen.diagnostics import ROOT, Code, Diagnostic, FieldPath, Place, Rejected, Related, Span
from kgen.records import NamedTuple
from kgen.source import Document

if TYPE_CHECKING:
    from pathlib import Path

MISSING: Final = Code("KG100", "missing-base")
CYCLE: Final = Code("KG101", "base-cycle")
TWO: Final = Code("KG102", "two-bases")
UNKNOWN: Final = Code("KG103", "unknown-shipped-overlay")
KIND: Final = Code("KG104", "not-an-overlay")
MALFORMED: Final = Code("KG105", "malformed-overlay")
TWICE: Final = Code("KG106", "overlay-twice")
BASELESS: Final = Code("KG107", "no-base")

ABSENT: Final = Code("KG120", "nothing-to-delete")
CLASH: Final = Code("KG121", "type-clash")
DIRECTIVE: Final = Code("KG122", "misplaced-directive")
KEYLESS: Final = Code("KG123", "item-without-key")
REPEATED: Final = Code("KG124", "key-twice")
CODES: Final[Mapping[Reason, Code]] = {"absent": ABSENT, "clash": CLASH, "directive": DIRECTIVE, "keyless": KEYLESS, "twice": REPEATED}

API_VERSION: Final = "kgen.dev/v1alpha1"
FILE: Final = "clusterset.yaml"
SHIPPED: Final = "kgen:"

NAME: Final = Keys(("name",))
PORT: Final = Keys(("name",), {"name": ""})
NAMESPACED: Final = Keys(("namespace", "name"))
# docs/layers.md: these lists and no other are keyed; a service's `exports` by the cluster that exports.
KEYED: Final[Mapping[tuple[str, ...], Keys]] = {
    ("spec", "clusters"): NAME,
    ("spec", "namespaces"): NAME,
    ("spec", "services"): NAMESPACED,
    ("spec", "services", "ports"): PORT,
    ("spec", "services", "exports"): Keys(("cluster",)),
    ("spec", "services", "exports", "ports"): PORT,
    ("spec", "gatewayClasses"): NAME,
    ("spec", "gateways"): NAMESPACED,
    ("spec", "gateways", "listeners"): NAME,
    ("spec", "routes"): Keys(("kind", "namespace", "name"), {"kind": "HTTPRoute"}),
    ("spec", "overrides"): NAME,
    ("spec", "patches"): NAME,
    ("spec", "manifests"): NAME,
}
# Fields with a short and a long form, or several ways to say it: another form replaces what is underneath.
SEVERAL_FORMS: Final = frozenset({"deployTo", "applyTo", "exportFrom", "importTo", "podCIDR", "serviceCIDR", "nodeCIDR"})
# Here a `null` or a `$patch` may be data: it belongs to the override or the patch, or to the author's own object.
VERBATIM: Final[frozenset[Fields]] = frozenset(
    {
        ("spec", "overrides", 0, "merge"),
        ("spec", "patches", 0, "merge"),
        ("spec", "patches", 0, "json6902"),
        ("spec", "manifests", 0, "object"),
    }
)


def keys(fields: Fields) -> Keys | None:
    """The keys of a list of the spec; an override's `merge` has the spec's own lists."""
    if fields[:4] == ("spec", "overrides", 0, "merge"):
        fields = ("spec", *fields[4:])
    return KEYED.get(tuple(field for field in fields if isinstance(field, str)))


SPEC_RULES: Final = Rules(keys, lambda fields: fields[-1] in SEVERAL_FORMS, lambda fields: fields[:4] in VERBATIM)


class Layered(NamedTuple):
    """A spec with its overlays merged.

    `documents`: all that took part, in the order in which they were merged; `overlays`: those asked for, as given; `last`: the path of the
    author's last file among spec and overlays (the lock lies beside it; shipped overlays do not count).
    """

    document: Document
    documents: tuple[Document, ...]
    overlays: tuple[str, ...]
    last: str


class Part(NamedTuple):
    """One document of the chain: `identity` tells whether two references mean one file."""

    identity: str
    path: str
    shipped: bool
    document: Document


Value = TypeVar("Value")


class Places(Mapping[FieldPath, Value]):
    """One of the tables of a merged Document: what the document that supplied a value says of it."""

    def __init__(
        self,
        data: Any,
        trace: Trace[Document],
        documents: Sequence[Document],
        table: Callable[[Document], Mapping[FieldPath, Value]],
    ) -> None:
        self.data = data
        self.trace = trace
        self.documents = documents
        self.table = table

    def __getitem__(self, path: FieldPath) -> Value:
        document, inner = self.trace.source(path)
        return self.table(document)[inner]

    def __iter__(self) -> Iterator[FieldPath]:
        # Tables are mostly empty or asked for one path; only a test walks one that is full.
        if any(True for document in self.documents for _ in islice(self.table(document), 1)):
            yield from (path for path in paths(self.data, ROOT) if path in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def paths(data: Any, at: FieldPath) -> Iterator[FieldPath]:
    """Every path in the data, in its order."""
    yield at
    if isinstance(data, (dict, list)):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from paths(value, at / key)


def traced(data: Any, trace: Trace[Document], documents: Sequence[Document]) -> Document:
    """A Document of data that was merged from `documents`; each place is told in the file that supplied the value, with its path there."""
    base = documents[0]
    return Document(
        base.name,
        base.text,
        data,
        Places(data, trace, documents, lambda document: document.spans),
        Places(data, trace, documents, lambda document: document.key_spans),
        Places(data, trace, documents, lambda document: document.plain),
        Places(data, trace, documents, lambda document: document.doubtful),
    )


def load(spec: Path | str, overlays: Sequence[str], read: Callable[[str, str], Document] = source.read) -> Layered:
    """The spec, or an overlay with its chain of bases, and over it the overlays of the command line in their order.

    A reference is a file, a folder (its `clusterset.yaml`) or `kgen:NAME`, an overlay that ships with kgen; `base` is relative to the
    file that names it. `read` takes a path and the name that reports use. Raises Rejected: KG10x for what is no chain of overlays, KG12x
    for what cannot be merged, and what `read` finds.
    """
    parts = chain(str(spec), "", None, read)
    if is_overlay(parts[0].document):
        raise Rejected([baseless(parts)])
    for reference in overlays:
        parts = joined(parts, chain(reference, "", None, read), reference)
    documents = tuple(part.document for part in parts)
    last = [part.path for part in parts if not part.shipped][-1]
    return Layered(merged(documents), documents, tuple(overlays), last)


def beyond(spec: str, overlays: Iterable[str]) -> Iterator[str]:
    """Those of the overlays that the spec does not bring along, being one itself or based on it."""
    names = list(overlays)
    try:
        brought = {_identity(document.name) for document in load(spec, ()).documents} if names else set()
    except Rejected:
        # Whoever reads the spec next will be told what is wrong.
        brought = set()
    return (name for name in names if _identity(name) not in brought)


def _identity(name: str) -> str:
    return name if name.startswith(SHIPPED) else os.path.realpath(name)


def merged(documents: Sequence[Document]) -> Document:
    """The first document with the `spec` of each further one merged over it; the first itself where they change nothing."""
    base = documents[0]
    if not (isinstance(base.data, dict) and isinstance(base.data.get("spec"), dict)):
        return base  # decode says what is wrong with it
    data, trace = base.data, Trace(base, ROOT)
    for document in documents[1:]:
        result = merge(data, {"spec": document.data.get("spec", {})}, SPEC_RULES, trace, Trace(document, ROOT))
        if result.faults:
            raise Rejected(finding(fault, document.span, traced(data, trace, documents).span) for fault in result.faults)
        data, trace = result.value, result.trace
    return base if not trace.children else traced(data, trace, documents)


def finding(fault: Fault, above: Callable[[FieldPath], Place], below: Callable[[FieldPath], Place]) -> Diagnostic:
    """A merge's Fault as a Diagnostic; the two functions tell the places of paths in the upper and the lower layer."""
    related = () if fault.below is None else (Related(below(fault.below), fault.note),)
    return CODES[fault.reason].error(fault.message, above(fault.above), fault.label, related, fault.help)


def chain(reference: str, folder: str, asked: Span | None, read: Callable[[str, str], Document]) -> tuple[Part, ...]:
    """The document that a reference means, after the documents that it is based on; `asked` is the place of the `base` that named it."""
    found: list[Part] = []
    while True:
        part = fetch(reference, folder, asked, read)
        if any(part.identity == other.identity for other in found):
            assert asked is not None
            names = " > ".join(other.document.name for other in (*found, part))
            raise Rejected([CYCLE.error(f"bases go round in a circle: {names}", asked, f"leads back to {part.document.name}")])
        found.append(part)
        document = part.document
        if not is_overlay(document):
            if asked is not None and kind_of(document) not in (None, "ClusterSet"):
                raise Rejected([wrong_kind(part, "a base is a ClusterSet or a ClusterSetOverlay", asked)])
            break
        faults = tuple(malformed(document))
        if faults:
            raise Rejected(faults)
        base = document.data.get("base")
        if base is None:
            break
        reference, folder = base, os.path.dirname(part.path)
        asked = document.span(FieldPath(("base",)))
    return tuple(reversed(found))


def fetch(reference: str, folder: str, asked: Span | None, read: Callable[[str, str], Document]) -> Part:
    """The document behind a reference; `folder` is where the file that named it lies."""
    if reference.startswith(SHIPPED):
        return shipped(reference, asked, read)
    if asked is None and reference == "-":
        return Part("-", "-", False, read("-", "-"))
    path = os.path.join(folder or os.curdir, reference) if asked is not None else reference
    if os.path.isdir(path):
        path = os.path.join(path, FILE)
    name = os.path.normpath(path) if asked is not None else path
    try:
        document = read(path, name)
    except Rejected as rejected:
        why = rejected.diagnostics[0]
        if asked is not None and why.code == source.OUTSIDE.number:
            raise Rejected([why._replace(at=asked, label=f"means {name}")]) from None
        if asked is None or any(found.code != source.UNREADABLE.number for found in rejected.diagnostics):
            raise
        raise Rejected(
            [
                MISSING.error(
                    f"the base cannot be read: {why.message}", asked, f"means {name}", help="a base is relative to the file that names it"
                )
            ]
        ) from None
    return Part(os.path.realpath(path), path, False, document)


def shipped(reference: str, asked: Span | None, read: Callable[[str, str], Document]) -> Part:
    name = reference.removeprefix(SHIPPED)
    known = shipped_names()
    if name not in known:
        close = nearest(name, known)
        at = asked or Span(reference, 1, 1, 1, 1)
        raise Rejected(
            [
                UNKNOWN.error(
                    f'no overlay "{name}" ships with kgen',
                    at,
                    f'did you mean "{SHIPPED}{close}"?' if close else "no such overlay",
                    help=f"these do: {listed(known, most=20)}",
                )
            ]
        )
    path = os.path.join(bundled.folder("overlays"), name, FILE)
    return Part(reference, path, True, read(path, reference))


def shipped_names() -> tuple[str, ...]:
    """The overlays that ship with kgen, in byte order."""
    folder = bundled.folder("overlays")
    return tuple(sorted(entry.name for entry in folder.iterdir() if (entry / FILE).is_file())) if folder.is_dir() else ()


def joined(parts: tuple[Part, ...], extra: tuple[Part, ...], reference: str) -> tuple[Part, ...]:
    """A chain with an overlay of the command line, and what that is based on, put on top; what is in already is not merged again."""
    overlay, root = extra[-1], extra[0]
    if not is_overlay(overlay.document):
        raise Rejected([wrong_kind(overlay, "an overlay is a ClusterSetOverlay", None)])
    there = {part.identity: part for part in parts}
    if overlay.identity in there:
        at = overlay.document.span(FieldPath(("kind",)))
        raise Rejected(
            [
                TWICE.error(
                    f"overlay {reference} is merged already", at, help="name each overlay once, in the order in which they are merged"
                )
            ]
        )
    if not is_overlay(root.document) and root.identity not in there:
        at = extra[1].document.span(FieldPath(("base",)))
        words = f"overlay {reference} is based on {root.document.name}, but the spec is {parts[0].document.name}"
        raise Rejected([TWO.error(words, at, "another spec", help="leave the spec out of the command line, or `base` out of the overlay")])
    return (*parts, *(part for part in extra if part.identity not in there))


def baseless(parts: tuple[Part, ...]) -> Diagnostic:
    document = parts[0].document
    return BASELESS.error(
        f"{document.name} is an overlay without a base: there is no ClusterSet to merge it over",
        document.span(FieldPath(("kind",))),
        "an overlay",
        help=f"add `base: <path of the spec>`, or run `kgen build SPEC --overlay {document.name}`",
    )


def kind_of(document: Document) -> Any:
    return document.data.get("kind") if isinstance(document.data, dict) else ""


def is_overlay(document: Document) -> bool:
    return bool(kind_of(document) == "ClusterSetOverlay")


def wrong_kind(part: Part, wanted: str, asked: Span | None) -> Diagnostic:
    document = part.document
    kind = kind_of(document)
    related = () if asked is None else (Related(asked, "named here"),)
    help = "change its kind and leave out what it shares with the spec" if kind == "ClusterSet" else "write `kind: ClusterSetOverlay`"
    what = f"of kind {kind}" if isinstance(kind, str) and kind else "no such document"
    return KIND.error(f"{wanted}, and {document.name} is {what}", document.span(FieldPath(("kind",))), "", related, help)


def malformed(document: Document) -> Iterator[Diagnostic]:
    """What is wrong with an overlay's own fields; its `spec` is judged after merging, as part of the whole."""
    data = document.data
    known = ("apiVersion", "kind", "metadata", "base", "spec")

    def fault(message: str, *path: str, label: str = "", key: bool = False, help: str = "") -> Diagnostic:
        at = FieldPath(path)
        return MALFORMED.error(message, document.key_span(at) if key else document.span(at), label, help=help)

    def strangers(value: Mapping[str, Any], names: Sequence[str], *path: str) -> Iterator[Diagnostic]:
        for key in value:
            if key not in names and not key.startswith("x-"):
                close = nearest(key, names)
                label = f'did you mean "{close}"?' if close else "unknown"
                yield fault(f'an overlay has no field "{key}"{" in " + path[0] if path else ""}', *path, key, label=label, key=True)

    yield from strangers(data, known)
    if data.get("apiVersion") != API_VERSION:
        found = f'apiVersion is "{data["apiVersion"]}"' if "apiVersion" in data else "an overlay needs an apiVersion"
        yield fault(found, "apiVersion", label=f"must be {API_VERSION}")
    metadata = data.get("metadata", {})
    if not isinstance(metadata, dict):
        yield fault("metadata is not a map", "metadata", label="a map is expected")
    else:
        yield from strangers(metadata, ("name",), "metadata")
        if not isinstance(metadata.get("name", ""), str):
            yield fault("the name of an overlay is not a string", "metadata", "name", label="a string is expected")
    base = data.get("base", "-")
    if not (isinstance(base, str) and base):
        yield fault(
            "base is not a path", "base", label="one path is expected", help="an overlay has one base; that one may have a base of its own"
        )
    if not isinstance(data.get("spec", {}), dict):
        yield fault("spec is not a map", "spec", label="a map is expected")
