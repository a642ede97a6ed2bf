"""Patches on emitted objects: `merge`, joined by the kinds' own list keys, and JSON 6902.

What a patch makes of a Manifest depends on the Manifest and the patches alone, so clusters that share the one share the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from kgen.clusterset.merge import (
    Address,
    Keys,
    Leaf,
    Leaves,
    Rules,
    Trace,
    ancestors,
    clashes,
    flattened,
    key_of,
    merge,
    worded,
)
from kgen.clusterset.model import ClusterSet, Patch
from kgen.clusterset.selector import fleet, listed, nearest, select
from kgen.diagnostics import ROOT, Code, Diagnostic, FieldPath, Related
from kgen.manifest import GroupVersionKind, Manifest, ObjectKey, Origin, Placement
from kgen.records import NamedTuple

COUNT: Final = Code("KG520", "unexpected-target-count")
CONFLICT: Final = Code("KG521", "conflicting-patches")
MISFIT: Final = Code("KG522", "patch-misfit")
IDENTITY: Final = Code("KG523", "patched-identity")
FAILED: Final = Code("KG524", "failed-test")
NOWHERE: Final = Code("KG525", "patch-path-nowhere")
UNTESTED: Final = Code("KG526", "untested-index")
OPERATION: Final = Code("KG527", "malformed-operation")

# The fields by which the items of a list at a path of a kind's objects are told apart; None for any other list. A list's item is an index.
ListKeys: TypeAlias = Callable[[GroupVersionKind, tuple[str | int, ...]], tuple[str, ...] | None]

# What makes an object this object; a patch that changed it would make another one, unseen by every check that came before.
IDENTIFYING: Final = (("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace"))


class Fault(NamedTuple):
    """What is wrong with a patch on an object; the same for every object and cluster, so that these can be counted."""

    code: Code
    message: str
    at: FieldPath
    label: str = ""
    related: tuple[Related, ...] = ()
    help: str = ""


class Patched(NamedTuple):
    """What became of a manifest, with what went wrong; `before` and `list_keys` keep the identities alive by which it is remembered."""

    after: Manifest
    faults: tuple[Fault, ...]
    before: Manifest
    list_keys: ListKeys


class Miscount(NamedTuple):
    """Clusters in which a patch hits the same wrong number of objects; `keys` are those of the first."""

    patch: Patch
    keys: tuple[ObjectKey, ...]
    close: str
    clusters: list[str]


class Patcher:
    """Applies the patches of a set, cluster by cluster, and collects what is wrong with them."""

    def __init__(self, wish: ClusterSet) -> None:
        self._patches = tuple(sorted(wish.patches, key=lambda patch: patch.name.encode()))
        known = fleet(wish.clusters)
        self._selected: dict[str, list[int]] = {}
        for index, patch in enumerate(self._patches):
            for name in select(patch.apply_to, known, brokers=True):
                self._selected.setdefault(name, []).append(index)
        self._hits: dict[int, tuple[Manifest, frozenset[int]]] = {}
        self._made: dict[tuple[int, tuple[int, ...], int], Patched] = {}
        self._faults: dict[Fault, dict[ObjectKey, None]] = {}
        self._miscounts: dict[tuple[int, int], Miscount] = {}

    def apply(self, cluster: str, placements: Sequence[Placement], list_keys: ListKeys) -> list[Placement]:
        """A cluster's objects with its patches applied, in the same order; what no patch hits is the same Placement.

        `list_keys` answers for the versions that this cluster has; give the same function for clusters whose versions are the same. Raw
        manifests are not to be given: patches never touch them. What is wrong is found in `findings` afterwards.
        """
        mine = self._selected.get(cluster)
        if not mine:
            return list(placements)
        wanted = frozenset(mine)
        hit: dict[int, list[ObjectKey]] = {index: [] for index in mine}
        result = []
        for placement in placements:
            before = placement.manifest
            chosen = tuple(sorted(self._matching(before) & wanted))
            for index in chosen:
                hit[index].append(before.key)
            result.append(placement._replace(manifest=self._patched(before, chosen, list_keys)) if chosen else placement)
        for index, keys in hit.items():
            patch = self._patches[index]
            if len(keys) != patch.expect:
                if (index, len(keys)) not in self._miscounts:
                    close = "" if keys else near(patch, [placement.manifest for placement in placements])
                    self._miscounts[index, len(keys)] = Miscount(patch, tuple(keys), close, [])
                self._miscounts[index, len(keys)].clusters.append(cluster)
        return result

    @property
    def findings(self) -> list[Diagnostic]:
        """What is wrong with the patches in the clusters so far: each fault once, with the number of clusters and objects that have it."""
        found = [miscount(case) for case in self._miscounts.values()]
        for fault, objects in self._faults.items():
            message = f"{fault.message}, in {listed([str(key) for key in objects], most=3, quote=str)}"
            found.append(fault.code.error(message, fault.at, fault.label, fault.related, fault.help))
        return found

    def _matching(self, manifest: Manifest) -> frozenset[int]:
        known = self._hits.get(id(manifest))
        if known is None:
            matching = frozenset(index for index, patch in enumerate(self._patches) if targets(patch, manifest))
            known = self._hits[id(manifest)] = (manifest, matching)
        return known[1]

    def _patched(self, manifest: Manifest, chosen: tuple[int, ...], list_keys: ListKeys) -> Manifest:
        key = (id(manifest), chosen, id(list_keys))
        if key not in self._made:
            after, faults = patched(manifest, [self._patches[index] for index in chosen], list_keys)
            self._made[key] = Patched(after, faults, manifest, list_keys)
            for fault in faults:
                self._faults.setdefault(fault, {})[manifest.key] = None
        return self._made[key].after


def targets(patch: Patch, manifest: Manifest) -> bool:
    """Whether a patch means this object: an absent part of its target matches any."""
    target, key = patch.target, manifest.key
    return (
        (target.group is None or target.group == key.group)
        and (target.kind is None or target.kind == key.kind)
        and (target.namespace is None or target.namespace == key.namespace)
        and (target.name is None or target.name == key.name)
    )


def miscount(case: Miscount) -> Diagnostic:
    patch, keys, close, clusters = case
    hits = "no object" if not keys else "1 object" if len(keys) == 1 else f"{len(keys)} objects"
    where = f" in {clusters[0]}" if len(clusters) > 1 else ""
    what = f"; these are{where} {listed([str(key) for key in keys], quote=str)}" if keys else ""
    help = "narrow the target, or expect them all"
    if not keys:
        help = "a patch sees what kgen makes, not raw manifests; correct target, applyTo or expect"
    return COUNT.error(
        f'patch "{patch.name}" hits {hits} in {clustered(clusters)}, not {patch.expect}{what}',
        patch.at / "expect",
        f"{patch.expect} expected",
        [Related(patch.target.at, close or "the target")],
        help,
    )


def near(patch: Patch, manifests: Sequence[Manifest]) -> str:
    """What the target may have meant in a cluster where it means nothing."""
    target = patch.target
    alike = [m for m in manifests if target.kind in (None, m.gvk.kind)]
    if not alike:
        close = nearest(target.kind or "", sorted({m.gvk.kind for m in manifests}))
        return f'no {target.kind} there; did you mean "{close}"?' if close else f"no {target.kind} there"
    for field, wanted, there in (
        ("group", target.group, {m.gvk.group for m in alike}),
        ("namespace", target.namespace, {m.namespace for m in alike}),
        ("name", target.name, {m.name for m in alike}),
    ):
        if wanted is not None and wanted not in there:
            return f"{field} there: {listed(sorted(there))}"
    return ""


def patched(manifest: Manifest, patches: Iterable[Patch], list_keys: ListKeys) -> tuple[Manifest, tuple[Fault, ...]]:
    """The manifest with these patches applied in their order; a patch that does not fit leaves it as it is."""
    rules = rules_of(manifest.gvk, list_keys)
    body, trace = manifest.body, Trace("", ROOT)
    faults: list[Fault] = []
    earlier: list[tuple[Patch, Leaves]] = []
    for patch in patches:
        outcome = merged(patch, body, trace, rules) if patch.merge is not None else operated(patch, body, trace, rules)
        found = [*outcome.faults, *conflicts(patch, outcome.leaves, earlier), *(() if outcome.faults else identity(patch, body, outcome))]
        earlier.append((patch, outcome.leaves))
        faults += found
        if not found:
            body, trace = outcome.body, outcome.trace
    if body is manifest.body and not trace.children:
        return manifest, tuple(faults)
    return manifest._replace(body=body, origins=origins(manifest, trace)), tuple(faults)


class Outcome(NamedTuple):
    """What one patch makes of a body; `leaves` are the fields that it sets or removes."""

    body: dict[str, Any]
    trace: Trace[str]
    leaves: Leaves
    faults: tuple[Fault, ...]


def rules_of(gvk: GroupVersionKind, list_keys: ListKeys) -> Rules:
    def keys(fields: tuple[str | int, ...]) -> Keys | None:
        names = list_keys(gvk, fields)
        # A key that the API server would fill in may be left out on both sides.
        return None if names is None else Keys(names, dict.fromkeys(names))

    return Rules(keys, lambda _: False, lambda _: False)


def conflicts(patch: Patch, leaves: Leaves, earlier: Iterable[tuple[Patch, Leaves]]) -> list[Fault]:
    """Fields that an earlier patch changes as well."""
    found = []
    for other, theirs in earlier:
        for address, first, second in clashes(theirs, leaves, ancestors(theirs), ancestors(leaves)):
            found.append(
                Fault(
                    CONFLICT,
                    f'patches "{other.name}" and "{patch.name}" both change {worded(address)}',
                    second.at,
                    f'"{patch.name}" here',
                    (Related(first.at, f'"{other.name}" here'),),
                    "let one of them do it, or narrow their targets or applyTo so that no object has both",
                )
            )
    return found


def identity(patch: Patch, before: Mapping[str, Any], outcome: Outcome) -> list[Fault]:
    """What must not change, but did."""
    found = []
    for path in IDENTIFYING:
        if reached(before, path) != reached(outcome.body, path):
            at = next((leaf.at for address, leaf in outcome.leaves.items() if path[: len(address)] == address), patch.at)
            found.append(
                Fault(
                    IDENTITY,
                    f'patch "{patch.name}" changes {".".join(path)}',
                    at,
                    "says which object this is",
                    help="derive another object from the spec, or add one to `manifests`; a patch changes an object, not which one it is",
                )
            )
    return found


def reached(body: Any, path: Iterable[str]) -> Any:
    for key in path:
        body = body.get(key) if isinstance(body, dict) else None
    return body


def origins(manifest: Manifest, trace: Trace[str]) -> tuple[Origin, ...]:
    """The origins of a patched manifest: those of what was kept, moved where it moved, and the patches' own lines."""
    found: list[Origin] = []

    def walk(node: Trace[str], output: FieldPath) -> None:
        if node.layer:
            found.append(Origin(output, node.path))
        else:
            found.append(Origin(output, manifest.origin(node.path)))
            depth = len(node.path)
            for origin in manifest.origins:
                rest = origin.output[depth:]
                if origin.output[:depth] == node.path and rest and rest[0] not in node.children:
                    found.append(Origin(FieldPath((*output, *rest)), origin.spec))
        for key, child in node.children.items():
            walk(child, output / key)

    walk(trace, ROOT)
    return tuple(dict.fromkeys(found))


def clustered(names: Sequence[str]) -> str:
    return f"cluster {listed(names)}" if len(names) == 1 else f"clusters {listed(names, most=3)}"


# --- merge ----------------------------------------------------------------------------------------------------------------------------


def merged(patch: Patch, body: dict[str, Any], trace: Trace[str], rules: Rules) -> Outcome:
    at = patch.at / "merge"
    result = merge(body, patch.merge, rules, trace, Trace(patch.name, at))
    faults = tuple(Fault(MISFIT, f'patch "{patch.name}": {f.message}', f.above, f.label, (), f.help) for f in result.faults)
    return Outcome(result.value, result.trace, dict(flattened(patch.merge, rules, at, ())), faults)


# --- JSON 6902 ------------------------------------------------------------------------------------------------------------------------


class Misfit(Exception):
    """An operation that cannot be done; carries what to say."""

    def __init__(self, code: Code, message: str, field: str, label: str = "", help: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.label = label
        self.help = help


# What each operation needs beside `op` and `path`, and what it has no use for: https://www.rfc-editor.org/rfc/rfc6902#section-4
NEEDS: Final[Mapping[str, str | None]] = {
    "add": "value",
    "replace": "value",
    "test": "value",
    "remove": None,
    "move": "from",
    "copy": "from",
}


def operated(patch: Patch, body: dict[str, Any], trace: Trace[str], rules: Rules) -> Outcome:
    """A body after the operations of a JSON patch; the first one that cannot be done ends it."""
    work = Operations(body, trace, rules, patch.name)
    for index, operation in enumerate(patch.json6902 or ()):
        at = patch.at / "json6902" / index
        try:
            work.run(operation, at)
        except Misfit as misfit:
            message = f'patch "{patch.name}": {misfit.message}'
            fault = Fault(misfit.code, message, at / misfit.field if misfit.field else at, misfit.label, (), misfit.help)
            return Outcome(body, trace, work.leaves, (fault,))
    assert isinstance(work.body, dict)
    return Outcome(work.body, work.trace, work.leaves, ())


class Place(NamedTuple):
    """What a JSON Pointer means in a body: the value's path, its address, and the keyed lists that it goes into by an index."""

    path: FieldPath
    address: Address
    indexed: tuple[FieldPath, ...]
    exists: bool
    value: Any
    inside: str  # the container: "map", "list", "keyed" (a list whose items have keys) or "" for the body itself


class Operations:
    """The operations of one JSON patch under way."""

    def __init__(self, body: Any, trace: Trace[str], rules: Rules, name: str) -> None:
        self.body = body
        self.trace = trace
        self.rules = rules
        self.name = name
        self.leaves: dict[Address, Leaf] = {}
        self.tested: set[FieldPath] = set()

    def run(self, operation: Mapping[str, Any], at: FieldPath) -> None:
        op = operation["op"]
        need = NEEDS[op]
        for field in ("value", "from"):
            if (field == need) != (field in operation):
                wrong = f'`{op}` needs "{field}"' if field == need else f'`{op}` has no use for "{field}"'
                raise Misfit(OPERATION, wrong, "" if field == need else field, help=f"see RFC 6902, 4: {op}")
        if op == "test":
            self.test(operation)
        elif op == "remove":
            self.remove(self.changed(operation, "path", existing=True), at)
        elif op == "replace":
            place = self.changed(operation, "path", existing=True)
            self.put(place, operation["value"], at / "value", insert=False)
        elif op == "add":
            self.put(self.changed(operation, "path"), operation["value"], at / "value")
        else:
            source = self.changed(operation, "from", existing=True)
            if op == "move":
                if self.tokens(operation, "path")[: len(self.tokens(operation, "from"))] == self.tokens(operation, "from"):
                    if operation["path"] == operation["from"]:
                        return
                    raise Misfit(NOWHERE, "a value cannot be moved into itself", "path", f"below {operation['from']}")
                self.remove(source, at)
            self.put(self.changed(operation, "path"), source.value, at / "from")

    def test(self, operation: Mapping[str, Any]) -> None:
        place = self.find(operation, "path", existing=True)
        if not same(place.value, operation["value"]):
            raise Misfit(
                FAILED,
                f"the test of {operation['path']} fails: it is {shown(place.value)}, not {shown(operation['value'])}",
                "value",
                f"there it is {shown(place.value)}",
                "correct the index or the value: the object is not what this patch was written for",
            )
        self.tested.update(place.indexed)

    def changed(self, operation: Mapping[str, Any], field: str, existing: bool = False) -> Place:
        """The place of an operation that changes it: an index into a keyed list must have been tested."""
        place = self.find(operation, field, existing)
        for item in place.indexed:
            if item not in self.tested:
                key = self.keys_of(FieldPath(item[:-1])).names[0]
                value = self.at(item)
                test = f"{{op: test, path: {pointer(item / key)}, value: {shown(value.get(key))}}}" if isinstance(value, dict) else ""
                raise Misfit(
                    UNTESTED,
                    f"{operation[field]} names an item of {item[-2]} by its index, but the order of these means nothing",
                    field,
                    "no test before it",
                    f"put {test} before it; or use `merge`, which finds the item by its {key}"
                    if test
                    else "to append an item, write - for its index",
                )
        return place

    def keys_of(self, path: FieldPath) -> Keys:
        """The keys of the keyed list at `path`."""
        keys = self.rules.keys(tuple(0 if isinstance(part, int) else part for part in path))
        assert keys is not None
        return keys

    def at(self, path: FieldPath) -> Any:
        value = self.body
        for part in path:
            try:
                value = value[part]
            except (IndexError, KeyError, TypeError):
                return None
        return value

    def tokens(self, operation: Mapping[str, Any], field: str) -> list[str]:
        """The parts of a JSON Pointer: https://www.rfc-editor.org/rfc/rfc6901#section-4"""
        text: str = operation[field]
        return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]

    def find(self, operation: Mapping[str, Any], field: str, existing: bool = False) -> Place:
        tokens = self.tokens(operation, field)
        value, path, address = self.body, ROOT, NO_ADDRESS
        indexed: list[FieldPath] = []
        inside, exists = "", True
        for depth, token in enumerate(tokens):
            last = depth == len(tokens) - 1
            here = pointer(path) or "the object"
            if isinstance(value, dict):
                inside = "map"
                exists = token in value
                if not exists and (existing or not last):
                    close = nearest(token, list(value))
                    raise Misfit(NOWHERE, f'{here} has no "{token}"', field, f'did you mean "{close}"?' if close else "not there")
                address = (*address, token)
                value = value.get(token)
                path = path / token
            elif isinstance(value, list):
                keys = self.rules.keys(tuple(0 if isinstance(p, int) else p for p in path))
                inside = "list" if keys is None else "keyed"
                appended = token == "-" and last and not existing and field == "path"
                if not appended and not (token.isascii() and token.isdigit() and (token == "0" or token[0] != "0")):
                    raise Misfit(NOWHERE, f'{here} is a list, and "{token}" is no index', field, "an index from 0, or - to append")
                index = len(value) if appended else int(token)
                limit = len(value) + (1 if last and not existing else 0)
                if index >= limit:
                    raise Misfit(NOWHERE, f"{here} has {len(value)} items, and no item {token}", field, "not there")
                exists = index < len(value)
                item = value[index] if exists else None
                path = path / index
                if keys is not None and not appended:
                    indexed.append(path)
                key = key_of(item, keys) if keys is not None else None
                address = (*address, index if key is None else key)
                value = item
            else:
                raise Misfit(NOWHERE, f"{here} is a single value, with nothing below it", field, "not there")
        return Place(path, address, tuple(indexed), exists, value, inside)

    def remove(self, place: Place, at: FieldPath) -> None:
        if not place.path:
            raise Misfit(OPERATION, "an object cannot be removed", "path", "the whole object", "leave it out of the spec")
        # An item that goes changes a list without keys as a whole.
        self.touch(place.address[:-1] if place.inside == "list" else place.address, None, at)
        self.trace = trace_without(self.trace, place.path, self.length(place))
        self.body = without(self.body, place.path)
        self.shift(place)

    def put(self, place: Place, value: Any, origin: FieldPath, insert: bool = True) -> None:
        if not place.path:
            raise Misfit(OPERATION, "an object cannot be replaced as a whole", "path", "the whole object", "name the fields that change")
        at = FieldPath(origin[:-1])
        inserts = insert and place.inside != "map"
        key = key_of(value, self.keys_of(FieldPath(place.path[:-1]))) if place.inside == "keyed" else None
        if key is not None:
            self.touch((*place.address[:-1], key), value, at)
        if not inserts:
            self.touch(place.address, value, at)
        elif place.inside == "list":
            self.touch(place.address[:-1], value, at)
        length = self.length(place) if inserts else None
        self.trace = trace_with(self.trace, place.path, Trace(self.name, origin), length)
        self.body = with_(self.body, place.path, value, inserts)
        if inserts:
            self.shift(place)

    def length(self, place: Place) -> int | None:
        """The number of items of the list that a place is in; None in a map."""
        return len(self.at(FieldPath(place.path[:-1]))) if place.inside != "map" else None

    def shift(self, place: Place) -> None:
        """Forgets the tests of a list's items once an index may mean another one."""
        if place.inside == "keyed":
            base = place.path[:-1]
            self.tested = {item for item in self.tested if item[: len(base)] != base}

    def touch(self, address: Address, value: Any, at: FieldPath) -> None:
        self.leaves.setdefault(address, Leaf(value, at / "path"))


NO_ADDRESS: Final[Address] = ()


def pointer(path: Sequence[str | int]) -> str:
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def without(value: Any, path: Sequence[str | int]) -> Any:
    """A copy of plain data without what is at `path`; what is beside the path is shared."""
    key, *rest = path
    if isinstance(value, dict):
        return {k: without(v, rest) if k == key else v for k, v in value.items() if rest or k != key}
    return [without(v, rest) if k == key else v for k, v in enumerate(value) if rest or k != key]


def with_(value: Any, path: Sequence[str | int], new: Any, insert: bool) -> Any:
    """A copy of plain data with `new` at `path`; in a list, before what was there if `insert`."""
    key, *rest = path
    if isinstance(value, dict):
        return {**value, key: with_(value[key], rest, new, insert) if rest else new}
    assert isinstance(key, int)
    if rest:
        return [*value[:key], with_(value[key], rest, new, insert), *value[key + 1 :]]
    return [*value[:key], new, *value[key if insert else key + 1 :]]


def trace_with(trace: Trace[str], path: Sequence[str | int], new: Trace[str], length: int | None) -> Trace[str]:
    """The trace of `with_`; `length` is that of the list before `new` was inserted, None where it was not."""
    key, *rest = path
    if rest:
        return trace._replace(children={**trace.children, key: trace_with(trace.below(key), rest, new, length)})
    if length is None:
        return trace._replace(children={**trace.children, key: new})
    assert isinstance(key, int)
    return trace._replace(children={index: new if index == key else trace.below(index - (index > key)) for index in range(length + 1)})


def trace_without(trace: Trace[str], path: Sequence[str | int], length: int | None) -> Trace[str]:
    """The trace of `without`; `length` is that of the list that lost an item, None for a map."""
    key, *rest = path
    if rest:
        return trace._replace(children={**trace.children, key: trace_without(trace.below(key), rest, length)})
    if length is None:
        return trace._replace(children={name: child for name, child in trace.children.items() if name != key})
    assert isinstance(key, int)
    return trace._replace(children={index: trace.below(index + (index >= key)) for index in range(length - 1)})


def same(one: Any, other: Any) -> bool:
    """RFC 6902, 4.6: numbers by their value, anything else by type and value."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return one == other
    return type(one) is type(other) and bool(one == other)


def shown(value: Any) -> str:
    """A value as JSON, cut where it is too long for a line."""
    # Imported here: only a failing patch needs it.
    import json

    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."
