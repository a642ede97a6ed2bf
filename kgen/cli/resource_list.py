"""A ResourceList as kpt and kustomize hand it to a function and take it back, and the Slice that configures kgen there.

Items that are not kgen's go back as the very text that came: comments, quotes and all that other readers understand differently.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from kgen import source
from kgen.cli.slices import SPEC, Made, Slice, path
from kgen.clusterset.selector import listed as named
from kgen.clusterset.selector import nearest
from kgen.diagnostics import Code, Diagnostic, FieldPath, Rejected, Span
from kgen.dump import dumps
from kgen.manifest import ALL_STAGES, Manifest
from kgen.records import NamedTuple
from kgen.source import Document

NO_LIST: Final = Code("KG610", "malformed-resource-list")
NO_SLICE: Final = Code("KG611", "malformed-slice")
ELSEWHERE: Final = Code("KG612", "object-elsewhere")

NAME: Final = "stdin"
GENERATOR: Final = "generator"
AT: Final = FieldPath(("functionConfig",))
API_VERSION: Final = "kgen.dev/v1alpha1"
KIND: Final = "Slice"
VERSIONS: Final = ("config.kubernetes.io/v1", "config.kubernetes.io/v1beta1", "config.kubernetes.io/v1alpha1")
FIELDS: Final = ("cluster", "clusterSet", "overlays", "stage", "allowEmpty")
PERMISSION: Final = "set `allowEmpty: true` in the Slice"
# The newer name of the annotation, and the one that older runners know.
PATHS: Final = ("internal.config.kubernetes.io/path", "config.kubernetes.io/path")
INDEXES: Final = ("internal.config.kubernetes.io/index", "config.kubernetes.io/index")

SECTION: Final = re.compile(r"([A-Za-z]\w*):(.*)")
ITEM: Final = re.compile(r"( *)- ")
Key = tuple[str, str, str, str]


class Item(NamedTuple):
    """One item: its text, a sequence's entry at the left margin; what it says of itself, where it can be read; the path of its file."""

    text: str
    key: Key | None
    path: str


class ResourceList(NamedTuple):
    """What came: `config` is a document whose `functionConfig` stands at the lines where it stands in `text`."""

    text: str
    version: str
    items: tuple[Item, ...]
    config: Document


def read(given: bytes) -> ResourceList:
    """The list in the bytes that a runner sent; Rejected if they hold none."""
    text = source.decode(given, NAME)
    sections = _sections(text)
    blocks = None if sections is None else _blocks(*sections.get("items", (0, "")))
    if sections is None or blocks is None:
        return _whole(text)
    # The parts are read alone, each at its own lines: what an item holds is nobody's concern but its reader's.
    head = "".join("\n" * line + part for line, part in (sections.get(name, (0, "")) for name in ("apiVersion", "kind")))
    version, config = _judged(source.parse(head or "{}", NAME)), sections.get("functionConfig", (0, "functionConfig: null\n"))
    document = source.parse("\n" * config[0] + config[1], NAME)
    return ResourceList(text, version, tuple(_item(block) for block in blocks), document._replace(text=text))


def _sections(text: str) -> dict[str, tuple[int, str]] | None:
    """The top-level fields of a block mapping: the line that each begins at, from 0, and its text; None for another form of text."""
    found: dict[str, tuple[int, str]] = {}
    name = ""
    for number, line in enumerate(text.splitlines(keepends=True)):
        if match := SECTION.match(line):
            name = match[1]
            if name in found:
                return None
            found[name] = (number, line)
        elif name:
            found[name] = (found[name][0], found[name][1] + line)
        elif line.strip() not in ("", "---") and not line.startswith("#"):
            return None
    return found


def _blocks(_: int, section: str) -> list[str] | None:
    """The entries of a block sequence, each moved to the left margin; None for another form of text."""
    lines = section.splitlines(keepends=True)
    first = re.fullmatch(r"(?:items:\s*(\[\]|null)?\s*(?:#.*)?)?\s*", lines[0]) if lines else None
    if lines and first is None:
        return None
    blocks: list[str] = []
    indent = None
    for line in lines[1:]:
        dash = ITEM.match(line)
        if indent is None and dash:
            indent = dash[1]
        if indent is not None and dash and dash[1] == indent:
            blocks.append("")
        if blocks:
            blocks[-1] += line.removeprefix(indent or "")
        elif line.strip() and not line.lstrip().startswith("#"):
            return None
    return blocks


def _item(text: str) -> Item:
    try:
        data = source.parse(text, NAME).data[0]
    except Rejected:
        # Other readers take more than kgen's does. Of what it cannot read it knows nothing, and leaves it alone.
        return Item(text, None, "")
    return _known(text, data)


def _known(text: str, data: Any) -> Item:
    metadata = data.get("metadata") if isinstance(data, dict) else None
    if not isinstance(metadata, dict):
        return Item(text, None, "")
    annotations = metadata.get("annotations")
    paths = [annotations.get(name) for name in PATHS] if isinstance(annotations, dict) else []
    group, _, _ = str(data.get("apiVersion", "")).rpartition("/")
    key = (group, str(data.get("kind", "")), str(metadata.get("namespace") or ""), str(metadata.get("name") or ""))
    return Item(text, key, next((found for found in paths if isinstance(found, str)), ""))


def _whole(text: str) -> ResourceList:
    """A list in JSON, or in a form of YAML that no runner writes."""
    document = source.parse(text, NAME)
    version = _judged(document)
    items = document.data.get("items", [])
    if items is None:
        items = []
    if not isinstance(items, list):
        raise Rejected([NO_LIST.error("items is no list", document.span(FieldPath(("items",))))])
    return ResourceList(text, version, tuple(_known(dumps([item]), item) for item in items), document)


def _judged(document: Document) -> str:
    data = document.data
    if isinstance(data, dict) and data.get("kind") == "ResourceList" and data.get("apiVersion") in VERSIONS:
        return str(data["apiVersion"])
    raise Rejected(
        [
            NO_LIST.error(
                "what came on stdin is no ResourceList",
                document.span(FieldPath(("kind",))),
                help="kpt and kustomize send one; to print a cluster's objects by hand, use `kgen build --cluster`",
            )
        ]
    )


# --- the configuration -----------------------------------------------------------------------------------------------------------------


def slice_of(document: Document, at: FieldPath) -> Slice:
    """The slice that the configuration at a place asks for: a Slice, or a ConfigMap as `kpt fn eval -- cluster=east` makes one."""
    data: Any = document.data
    for part in at:
        data = data.get(part)
    kind = data.get("kind") if isinstance(data, dict) else None
    if kind == "ConfigMap":
        fields, at = data.get("data"), at / "data"
        if isinstance(fields, dict) and isinstance(fields.get("overlays"), str):
            fields = {**fields, "overlays": [part.strip() for part in fields["overlays"].split(",") if part.strip()]}
        if isinstance(fields, dict) and fields.get("allowEmpty") in ("true", "false"):
            fields = {**fields, "allowEmpty": fields["allowEmpty"] == "true"}
    elif kind == KIND and data.get("apiVersion") == API_VERSION:
        fields, at = data.get("spec"), at / "spec"
    else:
        version = data.get("apiVersion") if isinstance(data, dict) else None
        what = f"is of {version} and kind {kind}" if isinstance(kind, str) else "is not given"
        help = f"write one of apiVersion {API_VERSION} and kind {KIND}, with `spec: {{cluster: NAME}}`"
        raise Rejected(
            [NO_SLICE.error(f"the configuration {what}, where kgen wants a {KIND} of {API_VERSION}", document.span(at), help=help)]
        )
    found = list(_faults(document, at, fields))
    if found:
        raise Rejected(found)
    spec, overlays = path(fields.get("clusterSet", SPEC)), tuple(map(path, fields.get("overlays", ())))
    places = {
        spec: document.span(at / "clusterSet"),
        **{overlay: document.span(at / "overlays" / index) for index, overlay in enumerate(overlays)},
        fields["cluster"]: document.span(at / "cluster"),
    }
    return Slice(fields["cluster"], overlays, fields.get("stage", ""), spec, fields.get("allowEmpty", False), MappingProxyType(places))


def _faults(document: Document, at: FieldPath, fields: Any) -> Iterator[Diagnostic]:
    if not isinstance(fields, dict) or "cluster" not in fields:
        yield NO_SLICE.error(f"the {KIND} does not say which cluster it is for", document.span(at), help="write `cluster: NAME`")
        return
    for name, value in fields.items():
        place = document.span(at / name)
        if name not in FIELDS:
            near = nearest(name, FIELDS)
            label = f'did you mean "{near}"?' if near else "unknown"
            yield NO_SLICE.error(f'a {KIND} has no field "{name}"', document.key_span(at / name), label, help=f"it has {named(FIELDS)}")
        elif name == "overlays" and not (isinstance(value, list) and all(isinstance(each, str) and each for each in value)):
            yield NO_SLICE.error("overlays is no list of paths", place)
        elif name == "allowEmpty" and not isinstance(value, bool):
            yield NO_SLICE.error("allowEmpty is neither true nor false", place)
        elif name in ("cluster", "clusterSet", "stage") and not (isinstance(value, str) and value):
            yield NO_SLICE.error(f"{name} is no text", place)
        elif name == "stage" and value not in ALL_STAGES:
            near = nearest(value, ALL_STAGES)
            label = f'did you mean "{near}"?' if near else ""
            yield NO_SLICE.error(f'there is no stage "{value}"', place, label, help=f"there are {named(ALL_STAGES)}")


# --- what goes back --------------------------------------------------------------------------------------------------------------------


def _folder(wanted: Slice) -> str:
    """Where a slice's objects lie in a package: that folder is kgen's, and what is in it and not made any more goes."""
    return f"kgen/{wanted.cluster}"


def _file(wanted: Slice, stage: str) -> str:
    return f"{_folder(wanted)}/{stage}.yaml"


def _owned(item: Item, wanted: Slice) -> bool:
    files = [_file(wanted, stage) for stage in ([wanted.stage] if wanted.stage else ALL_STAGES)]
    return item.path in files


def elsewhere(listed: ResourceList, wanted: Slice, slice: Made) -> Iterator[Diagnostic]:
    """A finding for each object that the slice makes and another file of the package has, too."""
    made = {_key(each.manifest) for each in slice.placements()}
    for item in listed.items:
        if item.key in made and not _owned(item, wanted):
            kind, namespace, name = item.key[1:]
            what = f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"
            other = item.path.split("/")[1] if item.path.startswith("kgen/") and item.path.count("/") > 1 else ""
            help = "remove it there; to change an object that kgen makes, use a patch of the spec or a mutator after kgen"
            yield ELSEWHERE.error(
                f"{what} is one of the slice's objects, and {item.path or 'another item'} has it, too",
                Span(item.path or NAME, 1, 1, 1, 1),
                help=f"a package is for one cluster: delete kgen/{other}, or give each Slice a package of its own" if other else help,
            )


def joined(listed: ResourceList, wanted: Slice, slice: Made) -> tuple[Item, ...]:
    """The items without what an earlier run made, and with what this one makes."""
    kept = [item for item in listed.items if not _owned(item, wanted)]
    made = [
        Item(dumps([_annotated(each.manifest.body, _file(wanted, stage), index)]), None, "")
        for stage, placed in slice.stages()
        for index, each in enumerate(placed)
    ]
    return (*kept, *made)


def _annotated(body: Mapping[str, Any], file: str, index: int) -> dict[str, Any]:
    """An object with the annotations that tell a runner where to put it, and which the runner takes away again."""
    places = {**dict.fromkeys(PATHS, file), **dict.fromkeys(INDEXES, str(index))}
    metadata = body["metadata"]
    return {**body, "metadata": {**metadata, "annotations": {**metadata.get("annotations", {}), **places}}}


def _key(manifest: Manifest) -> Key:
    return (manifest.gvk.group, manifest.gvk.kind, manifest.namespace, manifest.name)


def text(listed: ResourceList, items: Sequence[Item], found: Sequence[Diagnostic]) -> str:
    """The list that goes back."""
    head = f"apiVersion: {listed.version}\nkind: ResourceList\n"
    body = "items:\n" + "".join(item.text if item.text.endswith("\n") else f"{item.text}\n" for item in items) if items else "items: []\n"
    results = dumps({"results": [_result(one) for one in found]}) if found else ""
    config = listed.config.data.get("functionConfig")
    return head + body + (dumps({"functionConfig": config}) if config is not None else "") + results


def _result(one: Diagnostic) -> dict[str, Any]:
    """A finding as kpt shows it: results have no line, so the message has it."""
    at = one.at
    assert isinstance(at, Span)
    message = f"{at.file}:{at.line}:{at.column}: {one.message}" + (f" ({one.label})" if one.label else "")
    return {
        "message": message + (f"; {one.help}" if one.help else ""),
        "severity": one.severity,
        # What stands in the configuration came without its file.
        **({} if at.file == NAME else {"file": {"path": at.file, "index": 0}}),
        "tags": {"code": one.code, "slug": one.slug, "line": str(at.line), "column": str(at.column)},
    }
