"""The one merge of kgen's layers: overlays over a spec, overrides over a spec, patches over an object.

Maps merge; lists whose items have keys merge by key; every other list, and every scalar, is replaced whole; `null` removes a field, and
`{<key>, $patch: delete}` an item. What removes must find what it removes. Nothing is mutated, and what a layer does not touch stays the
same object, so that identity tells what is shared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar

from kgen.clusterset.selector import nearest
from kgen.diagnostics import FieldPath
from kgen.records import NamedTuple

Layer = TypeVar("Layer")

DIRECTIVE: Final = "$patch"
NOTHING: Final[Mapping[Any, Any]] = MappingProxyType({})


class Trace(NamedTuple, Generic[Layer]):
    """Where a merged value comes from: its layer and its path there; `children` are those that come from elsewhere than below it."""

    layer: Layer
    path: FieldPath
    children: Mapping[str | int, Trace[Layer]] = NOTHING

    def below(self, key: str | int) -> Trace[Layer]:
        """The trace of the child `key`."""
        return self.children.get(key) or Trace(self.layer, self.path / key)

    def same(self, other: Trace[Layer]) -> bool:
        """Whether both say the same of every path; layers are compared by identity, since they may be whole documents."""
        return self.layer is other.layer and self.path == other.path and self.children is other.children

    def source(self, path: FieldPath) -> tuple[Layer, FieldPath]:
        """The layer that supplied the value at `path`, and the value's path in it."""
        trace = self
        for depth, key in enumerate(path):
            child = trace.children.get(key)
            if child is None:
                return trace.layer, FieldPath((*trace.path, *path[depth:]))
            trace = child
        return trace.layer, trace.path


class Keys(NamedTuple):
    """The fields that make the key of a list's items; one that has a default may be left out."""

    names: tuple[str, ...]
    defaults: Mapping[str, Any] = NOTHING


# The names of the fields that lead to a value, with a 0 for "an item of the list".
Fields: TypeAlias = tuple[str | int, ...]
# A field's way from the root of a tree: names of fields, and where a list has keys, the key of an item in place of its index.
Address: TypeAlias = tuple[str | int | tuple[Any, ...], ...]


class Rules(NamedTuple):
    """What the tree that is merged over knows of its fields.

    `keys`: those of a list (None: it is replaced whole); `several_forms`: a field may be a scalar, a list or a map, so that another form
    replaces it; `verbatim`: below it, what removes nothing is data of its own (an override's `merge` in an overlay).
    """

    keys: Callable[[Fields], Keys | None]
    several_forms: Callable[[Fields], bool]
    verbatim: Callable[[Fields], bool]


Reason: TypeAlias = Literal["absent", "clash", "directive", "keyless", "twice"]


class Fault(NamedTuple):
    """What cannot be merged, in words: `above` is the place in the layer on top, `below` one in the tree underneath."""

    reason: Reason
    message: str
    above: FieldPath
    label: str
    below: FieldPath | None = None
    note: str = ""
    help: str = ""


class Merged(NamedTuple, Generic[Layer]):
    """A merged value, where its parts come from, and what could not be merged (then the value is of no use)."""

    value: Any
    trace: Trace[Layer]
    faults: tuple[Fault, ...]


# The items of keyed lists by their keys, remembered by the lists' identities and fields.
Indexes: TypeAlias = dict[tuple[int, Fields], dict[tuple[Any, ...], int]]


def merge(
    lower: Any,
    upper: Any,
    rules: Rules,
    below: Trace[Layer],
    above: Trace[Layer],
    fields: Fields = (),
    indexes: Indexes | None = None,
) -> Merged[Layer]:
    """`upper` merged over `lower`, both at `fields` of the tree that `rules` knows.

    `below` is the trace of `lower`; `above` says which layer `upper` is, and where `upper` stands in it. In a Fault, `above` is a path
    in that layer and `below` a path from the root of `lower`. Who merges many things over the same `lower` gives the same `indexes`
    each time, and keeps `lower` alive meanwhile.
    """
    work = Work(rules, above.layer, indexes)
    value, trace = work.values(lower, upper, below, above.path, FieldPath(), fields)
    return Merged(value, trace, tuple(work.faults))


class Work(Generic[Layer]):
    """One merge under way: collects what cannot be merged."""

    def __init__(self, rules: Rules, layer: Layer, indexes: Indexes | None) -> None:
        self.rules = rules
        self.layer = layer
        self.indexes = indexes
        self.faults: list[Fault] = []

    def values(
        self, lower: Any, upper: Any, trace: Trace[Layer], up: FieldPath, down: FieldPath, fields: Fields
    ) -> tuple[Any, Trace[Layer]]:
        if isinstance(lower, dict) and isinstance(upper, dict):
            return self.maps(lower, upper, trace, up, down, fields, ())
        if isinstance(lower, list) and isinstance(upper, list):
            keys = self.rules.keys(fields)
            if keys is not None:
                return self.items(lower, upper, trace, up, down, fields, keys)
        elif form(lower) != form(upper) and not self.rules.several_forms(fields):
            self.faults.append(
                Fault("clash", f"{form(upper)} cannot be merged over {form(lower)}", up, form(upper), down, f"{form(lower)} here")
            )
            return lower, trace
        # An equal scalar keeps its place in the data (so that identity tells what is shared), but it is this layer that says it now.
        equal = not isinstance(upper, (dict, list)) and type(lower) is type(upper) and lower == upper
        return (lower if equal else self.added(upper, up, fields)), Trace(self.layer, up)

    def maps(
        self,
        lower: dict[str, Any],
        upper: dict[str, Any],
        trace: Trace[Layer],
        up: FieldPath,
        down: FieldPath,
        fields: Fields,
        keys: Sequence[str],
    ) -> tuple[dict[str, Any], Trace[Layer]]:
        """`keys`: the fields that only say which item this is."""
        result, children = lower, trace.children
        for key, value in upper.items():
            if key in keys and key in lower:
                continue
            if key == DIRECTIVE:
                self.stray(up / key, value)
                continue
            inner = (*fields, key)
            if lower.get(key) is None and (value is not None or self.rules.verbatim(inner)):
                changed, child = self.added(value, up / key, inner), Trace(self.layer, up / key)
            elif value is None:
                if key in lower:
                    result = {name: kept for name, kept in result.items() if name != key}
                    children = {name: kept for name, kept in children.items() if name != key}
                else:
                    self.absent(f'removes "{key}", which is not there', "nothing to remove", up / key, down, key, tuple(lower))
                continue
            else:
                changed, child = self.values(lower[key], value, trace.below(key), up / key, down / key, inner)
            if key not in lower or changed is not lower[key]:
                result = {**result, key: changed} if result is lower else result
                result[key] = changed
            if not child.same(trace.below(key)):
                children = {**children, key: child}
        return result, (trace if children is trace.children else trace._replace(children=children))

    def items(
        self, lower: list[Any], upper: list[Any], trace: Trace[Layer], up: FieldPath, down: FieldPath, fields: Fields, keys: Keys
    ) -> tuple[list[Any], Trace[Layer]]:
        places = None if self.indexes is None else self.indexes.get((id(lower), fields))
        if places is None:
            places = {}
            for index, item in enumerate(lower):
                key = key_of(item, keys)
                if key is not None:
                    places.setdefault(key, index)
            if self.indexes is not None:
                self.indexes[id(lower), fields] = places
        deleted: set[int] = set()
        changed: dict[int, tuple[Any, Trace[Layer]]] = {}
        new: list[tuple[Any, Trace[Layer]]] = []
        for index, item, key in self.keyed(upper, up, fields, keys):
            here = up / index
            place = places.get(key)
            if DIRECTIVE not in item:
                if place is None:
                    new.append((self.added(item, here, (*fields, 0)), Trace(self.layer, here)))
                else:
                    changed[place] = self.maps(lower[place], item, trace.below(place), here, down / place, (*fields, 0), keys.names)
            elif self.deletes(item, here, keys):
                if place is not None:
                    deleted.add(place)
                elif self.rules.verbatim(fields):
                    new.append((item, Trace(self.layer, here)))
                else:
                    self.absent(
                        f"deletes {described(key, keys)} from {fields[-1]}, where no item has that key",
                        "nothing to delete",
                        here,
                        down,
                        key[-1],
                        [other[-1] for other in places],
                    )
        changed = {
            place: (value, child)
            for place, (value, child) in changed.items()
            if value is not lower[place] or not child.same(trace.below(place))
        }
        if not (deleted or changed or new):
            return lower, trace
        result = list(lower)
        children = dict(trace.children)
        for index, (value, child) in changed.items():
            result[index] = value
            children[index] = child
        if deleted:
            kept = [index for index in range(len(lower)) if index not in deleted]
            result = [result[index] for index in kept]
            moved = ((place, children.get(index) or trace.below(index)) for place, index in enumerate(kept))
            children = {place: child for place, child in moved if not child.same(Trace(trace.layer, trace.path / place))}
        for value, child in new:
            children[len(result)] = child
            result.append(value)
        same = not (deleted or new) and all(value is lower[index] for index, (value, _) in changed.items())
        return (lower if same else result), trace._replace(children=children)

    def keyed(self, upper: list[Any], up: FieldPath, fields: Fields, keys: Keys) -> list[tuple[int, dict[str, Any], tuple[Any, ...]]]:
        """The items of a layer's keyed list with their keys; those without one, and a key's second item, are faults."""
        first: dict[tuple[Any, ...], int] = {}
        good: list[tuple[int, dict[str, Any], tuple[Any, ...]]] = []
        for index, item in enumerate(upper):
            key = key_of(item, keys)
            if key is None:
                wanted = " and ".join(name for name in keys.names if name not in keys.defaults) or keys.names[0]
                self.faults.append(
                    Fault(
                        "keyless",
                        f"an item of {fields[-1]} is merged by its {wanted}, which this one does not have",
                        up / index,
                        f"no {wanted}" if isinstance(item, dict) else f"{form(item)}, not a map",
                        help=f"write {wanted} with the item",
                    )
                )
            elif key in first:
                self.faults.append(
                    Fault(
                        "twice",
                        f"{described(key, keys)} is in {fields[-1]} twice",
                        up / index,
                        f"also item {first[key]} of this list",
                        help="write what belongs to one item in one place",
                    )
                )
            else:
                first[key] = index
                good.append((index, item, key))
        return good

    def deletes(self, item: dict[str, Any], here: FieldPath, keys: Keys) -> bool:
        """Whether an item with a directive is a well-formed deletion; faults say what is not."""
        if item[DIRECTIVE] != "delete":
            self.stray(here / DIRECTIVE, item[DIRECTIVE])
            return False
        others = [key for key in item if key != DIRECTIVE and key not in keys.names]
        for key in others:
            self.faults.append(
                Fault(
                    "directive",
                    f'an item that is deleted has nothing but its key: "{key}" would be lost',
                    here / key,
                    "not part of the key",
                    help=f"delete this line, or the `{DIRECTIVE}: delete` beside it",
                )
            )
        return not others

    def added(self, value: Any, up: FieldPath, fields: Fields) -> Any:
        """A value that has nothing underneath, as it stands; what would remove something in it is a fault."""
        if not self.rules.verbatim(fields):
            self.inspect(value, up, fields)
        return value

    def inspect(self, value: Any, up: FieldPath, fields: Fields) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                if key == DIRECTIVE:
                    self.stray(up / key, inner)
                elif self.rules.verbatim((*fields, key)):
                    continue
                elif inner is None:
                    self.absent(f'removes "{key}", which is not there', "nothing to remove", up / key, None, key, ())
                else:
                    self.inspect(inner, up / key, (*fields, key))
        elif isinstance(value, list):
            keys = self.rules.keys(fields)
            if keys is None:
                for index, item in enumerate(value):
                    if isinstance(item, dict) and DIRECTIVE in item:
                        self.faults.append(
                            Fault(
                                "directive",
                                f"the items of {fields[-1] if fields else 'this list'} have no key, so the list is replaced whole",
                                up / index / DIRECTIVE,
                                "cannot delete a single item",
                                help="write the whole list as it shall be",
                            )
                        )
                return
            for index, item, key in self.keyed(value, up, fields, keys):
                if DIRECTIVE not in item:
                    self.inspect(item, up / index, (*fields, 0))
                elif self.deletes(item, up / index, keys):
                    words = f"deletes {described(key, keys)} from {fields[-1]}, where no item has that key"
                    self.absent(words, "nothing to delete", up / index, None, key[-1], ())

    def absent(self, message: str, label: str, up: FieldPath, down: FieldPath | None, word: Any, known: Sequence[Any]) -> None:
        close = nearest(word, [name for name in known if isinstance(name, str)]) if isinstance(word, str) else None
        note = "below this" if down is not None else ""
        self.faults.append(Fault("absent", message, up, f'{label}; did you mean "{close}"?' if close else label, down, note))

    def stray(self, up: FieldPath, value: Any) -> None:
        if value == "delete":
            message, help = (
                f"`{DIRECTIVE}: delete` deletes an item of a list whose items have keys, and this is none",
                "to remove a field, set it to null",
            )
        else:
            message, help = (
                f"{value!r} is no directive: `{DIRECTIVE}` can only be `delete`",
                "maps merge and other lists are replaced without one",
            )
        self.faults.append(Fault("directive", message, up, "not here" if value == "delete" else "unknown", help=help))


def form(value: Any) -> str:
    return "a map" if isinstance(value, dict) else "a list" if isinstance(value, list) else "a scalar"


def key_of(item: Any, keys: Keys) -> tuple[Any, ...] | None:
    """The key of a list's item, or None where it has none."""
    if not isinstance(item, dict):
        return None
    key = tuple(item.get(name, keys.defaults.get(name)) for name in keys.names)
    if any(isinstance(part, (dict, list)) for part in key):
        return None
    if all(part is None for part in key):
        return None
    return key if all(part is not None or name in keys.defaults for part, name in zip(key, keys.names, strict=True)) else None


def described(key: tuple[Any, ...], keys: Keys) -> str:
    """An item's key in words: `"west"`, or `namespace "shop", name "api"`."""
    if len(key) == 1:
        return f'"{key[0]}"'
    return ", ".join(f'{name} "{part}"' for name, part in zip(keys.names, key, strict=True) if part is not None)


# --- what a layer says, value by value --------------------------------------------------------------------------------------------------


class Leaf(NamedTuple):
    """One value that a layer sets (a scalar, or a list as a whole) or removes (None, or an item with a directive), with its place."""

    value: Any
    at: FieldPath


Leaves: TypeAlias = Mapping[Address, Leaf]


def flattened(value: Any, rules: Rules, at: FieldPath, fields: Fields, address: Address = ()) -> Iterator[tuple[Address, Leaf]]:
    """Every value that a layer sets or removes, by its address; a map, and a list whose items have keys, is what is in it."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from flattened(inner, rules, at / name, (*fields, name), (*address, name))
        return
    keys = rules.keys(fields) if isinstance(value, list) else None
    if keys is None:
        yield address, Leaf(value, at)
        return
    for index, item in enumerate(value):
        key = key_of(item, keys)
        if key is not None and DIRECTIVE in item:
            yield (*address, key), Leaf(item, at / index)
        elif key is not None:
            rest = {name: inner for name, inner in item.items() if name not in keys.names}
            yield from flattened(rest, rules, at / index, (*fields, 0), (*address, key))


def ancestors(leaves: Leaves) -> dict[Address, Leaf]:
    """For everything that has a leaf below it, the first such leaf."""
    above: dict[Address, Leaf] = {}
    for address, leaf in leaves.items():
        for length in range(1, len(address)):
            above.setdefault(address[:length], leaf)
    return above


def clashes(one: Leaves, other: Leaves, above_one: Leaves, above_other: Leaves) -> Iterator[tuple[Address, Leaf, Leaf]]:
    """What both set, or one sets as a whole and the other in part; `above_…` are their `ancestors`."""
    for address, leaf in one.items():
        rival = other.get(address) or above_other.get(address)
        if rival is not None:
            yield address, leaf, rival
    for address, leaf in other.items():
        if address in above_one:
            yield address, above_one[address], leaf


def worded(address: Address) -> str:
    """An address as an author would say it: `gateways[edge/eg].listeners[http].hostname`."""
    text = ""
    for part in address:
        if isinstance(part, str):
            text += f".{part}" if text else part
        else:
            key = "/".join(str(value) for value in part if value is not None) if isinstance(part, tuple) else str(part)
            text += f"[{key}]" if text else key
    return text


def equal(one: Any, other: Any) -> bool:
    """Whether two values are the same to a reader of YAML: true is not 1."""
    return type(one) is type(other) and bool(one == other)
