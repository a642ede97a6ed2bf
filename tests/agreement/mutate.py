"""Objects that are a little wrong, or right in another way: changes of real ones, and ones made up from a schema. All from a seed."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from random import Random
from typing import Any, Final, NamedTuple

Json = Any
Schema = Mapping[str, Json]

# ---- values ---------------------------------------------------------------------------------------------------------------------

# Texts that fit many patterns and formats between them, and some that fit none.
TEXTS: Final = (
    *(
        "",
        "a",
        "A",
        "foo",
        "Foo",
        "foo-bar",
        "foo_bar",
        "foo.bar",
        "-a",
        "a-",
        "a.",
        ".a",
        "a..b",
        "a b",
        " a",
        "a ",
        "a\n",
        "\n",
        "é",
        "日本",
        "😀",
    ),
    *(
        "example.com",
        "*.example.com",
        "*",
        "*.",
        "example.com.",
        "EXAMPLE.com",
        "a.*.com",
        "xn--bcher-kva.example",
        "example.com/foo",
        "example.com/foo/bar",
    ),
    *("/", "/a", "/a/b", "//", "/a/../b", "/a?b", "/a%2F", "a/b", "^/.*$", "[", "(?i)a", "(?=a)"),
    *(
        "http",
        "https",
        "HTTP",
        "HTTPS",
        "TCP",
        "UDP",
        "TLS",
        "GET",
        "get",
        "h2c",
        "kubernetes.io/h2c",
        "Service",
        "Gateway",
        "HTTPRoute",
        "Secret",
        "ConfigMap",
    ),
    *("0", "1", "80", "80%", "101%", "-1", "1.5", "1e3", "0x10", "08", "65535", "65536", "2147483648", "true", "null", "None", "Auto"),
    *("1h", "10s", "1h30m", "100ms", "1us", "1.5h", "-1s", "10", "1d", "1h1h", "0s", "1y", "99999h", "5m0s", "+5s", "1 h"),
    *("1Gi", "100m", "1.5", "1Ki", "1kb", "+1", "1e3", "1E", ".5", "5.", "1Mi ", "-1Gi", "9223372036854775808", "1m1"),
    *(
        "127.0.0.1",
        "10.0.0.0/8",
        "10.0.0.1/8",
        "300.0.0.1",
        "01.2.3.4",
        "1.2.3",
        "::1",
        "fd00::/8",
        "::ffff:1.2.3.4",
        "1::2::3",
        "fe80::1%eth0",
        "1.2.3.4/33",
    ),
    *("2024-01-02T03:04:05Z", "2024-01-02", "2024-13-02T03:04:05Z", "2024-01-02T03:04:05.123+01:00", "2024-01-02T25:04:05Z"),
    *("https://example.com", "https://example.com:8443/a?b=c", "ftp://a", "http://", "mailto:a@b", "a@b.example", "https://[::1]/", "//a"),
    *(
        "YQ==",
        "YQ",
        "====",
        "a+b/",
        "-----BEGIN CERTIFICATE-----",
        "spiffe://a/b",
        "6f1c7f7e-4d0c-4f3a-9b9a-0123456789ab",
        "sha256:abc",
        "#!",
    ),
    *(
        "self == 1",
        "v1",
        "v1alpha1",
        "gateway.networking.k8s.io",
        "default",
        "kube-system",
        "%REQ(:path)%",
        "x-header",
        ":path",
        "X-Header",
        "a,b",
        "a=b",
    ),
)
NUMBERS: Final = (
    0,
    1,
    -1,
    2,
    3,
    10,
    80,
    100,
    101,
    404,
    443,
    599,
    600,
    999,
    1000,
    65535,
    65536,
    2**31 - 1,
    2**31,
    -(2**31),
    -(2**31) - 1,
    2**53 + 1,
)
NUMBERS_APART: Final = (
    2**63 - 1,
    2**63,
    -(2**63),
    -(2**63) - 1,
    2**64,
    10**20,
    10**40,
    0.5,
    1.5,
    -0.5,
    1.0,
    80.0,
    1e3,
    1e20,
    1e-7,
    1.0000000000000002,
    3.5e38,
)
OTHERS: Final = (
    None,
    True,
    False,
    [],
    {},
    "",
    "a",
    "1",
    0,
    1,
    -1,
    1.5,
    1.0,
    ["a"],
    [1],
    [{}],
    [[]],
    [None],
    {"a": "b"},
    {"": 1},
    {"name": "a"},
    10**25,
    "true",
)
KEYS: Final = ("zzz", "", "a.b", "a/b", "metadata", "name", "Name", "_x", "x-a", "é", "a b", "a" * 70, "$ref", "apiVersion", "-")


def sample(schema: Schema, random: Random, depth: int = 0, root: Schema | None = None) -> Json:
    """A value that fits a schema in most regards, made up."""
    root = schema if root is None else root
    schema = resolved(schema, root)
    if "default" in schema and random.random() < 0.2:
        return copy.deepcopy(schema["default"])
    if schema.get("enum"):
        return random.choice(schema["enum"])
    if schema.get("x-kubernetes-int-or-string"):
        return random.choice((0, 1, 80, 100, "50%", "100%", "http", "80", "1Gi", "100m", ""))
    kind = schema.get("type")
    if kind == "string":
        return sample_text(schema, random)
    if kind in ("integer", "number"):
        return sample_number(schema, random)
    if kind == "boolean":
        return random.random() < 0.5
    if kind == "array":
        low, high = schema.get("minItems", 0), schema.get("maxItems", 64)
        size = min(high, low + random.choice((0, 0, 1, 1, 2) if depth < 6 else (0,)))
        return [sample(schema.get("items", {}), random, depth + 1, root) for _ in range(size)]
    if kind == "object" or "properties" in schema:
        return sample_map(schema, random, depth, root)
    return random.choice(("a", 1, True, {"a": "b"}, ["a"], {}))


def sample_map(schema: Schema, random: Random, depth: int, root: Schema) -> Json:
    properties: Mapping[str, Schema] = schema.get("properties", {})
    required = set(schema.get("required", ()))
    # Of the rest a few, fewer the deeper; one of what a union wants.
    share = (0.35, 0.25, 0.2, 0.12, 0.08)[min(depth, 4)]
    wanted = [name for name in properties if name in required or (name != "status" and random.random() < share)]
    for key in ("oneOf", "anyOf"):
        options = [each["required"] for each in schema.get(key, ()) if each.get("required")]
        if options:
            wanted += [name for name in random.choice(options) if name in properties and name not in wanted]
    kind = next((resolved(properties[name], root).get("enum") for name in ("type",) if name in properties), None)
    out = {name: sample(properties[name], random, depth + 1, root) for name in properties if name in wanted}
    if kind and out.get("type") in kind:
        # A field that is named after the type: what most unions want.
        twin = next((name for name in properties if name.lower() == str(out["type"]).lower()), None)
        if twin is not None and twin not in out and random.random() < 0.8:
            out[twin] = sample(properties[twin], random, depth + 1, root)
    extra = schema.get("additionalProperties")
    if isinstance(extra, Mapping):
        low = schema.get("minProperties", 0)
        for number in range(low + random.choice((0, 1, 2))):
            out[random.choice(("a", "b", "foo.bar/baz", "x-y")) + str(number)] = sample(extra, random, depth + 1, root)
    return out


def sample_text(schema: Schema, random: Random) -> str:
    low, high, pattern = schema.get("minLength", 0), schema.get("maxLength", 1 << 20), schema.get("pattern")
    fitting = [text for text in fitting_texts(pattern) if low <= len(text) <= high]
    if fitting and random.random() < 0.9:
        return random.choice(fitting)
    return random.choice(TEXTS)


@cache
def fitting_texts(pattern: str | None) -> tuple[str, ...]:
    if pattern is None:
        return tuple(text for text in TEXTS if text)
    try:
        search = re.compile(pattern.replace(r"\z", r"\Z")).search
    except re.error:
        return ()
    return tuple(text for text in TEXTS if search(text))


def sample_number(schema: Schema, random: Random) -> int | float:
    low, high = schema.get("minimum", 0), schema.get("maximum", 1000)
    return random.choice((low, high, int(low) + 1, max(low, min(80, high)), max(low, min(443, high))))


def resolved(schema: Schema, root: Schema) -> Schema:
    """A schema, or what its `$ref` names."""
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema


# ---- places ---------------------------------------------------------------------------------------------------------------------


class Place(NamedTuple):
    """A value in an object, with its schema ({} where none is known)."""

    path: tuple[str | int, ...]
    value: Json
    schema: Schema


def places(value: Json, schema: Schema, root: Schema, path: tuple[str | int, ...] = ()) -> Iterator[Place]:
    """Every value of an object except what stands in metadata and status."""
    schema = resolved(schema, root)
    yield Place(path, value, schema)
    if isinstance(value, dict):
        properties, extra = schema.get("properties", {}), schema.get("additionalProperties")
        for key, below in value.items():
            if not path and key in ("metadata", "apiVersion", "kind", "status"):
                continue
            known = properties.get(key, extra if isinstance(extra, Mapping) else {})
            yield from places(below, known, root, (*path, key))
    elif isinstance(value, list):
        for number, below in enumerate(value):
            yield from places(below, schema.get("items", {}), root, (*path, number))


def put(body: Json, path: tuple[str | int, ...], value: Json) -> None:
    for part in path[:-1]:
        body = body[part]
    body[path[-1]] = value


# ---- changes --------------------------------------------------------------------------------------------------------------------

# Each takes a place and gives (what was done, the new value), or None where there is nothing to do; DROP as value removes it.
Change = Callable[[Place, Schema, Random], tuple[str, Json] | None]
DROP: Final = object()


def drop(place: Place, root: Schema, random: Random) -> tuple[str, Json] | None:
    return "drop", DROP


def null(place: Place, root: Schema, random: Random) -> tuple[str, Json] | None:
    return "null", None


def retype(place: Place, root: Schema, random: Random) -> tuple[str, Json] | None:
    return "retype", copy.deepcopy(random.choice(OTHERS))


def rename(place: Place, root: Schema, random: Random) -> tuple[str, Json] | None:
    if not isinstance(place.value, dict) or not place.value:
        return None
    old = random.choice(list(place.value))
    new = random.choice((old + "s", old.capitalize(), old.upper(), old[:-1], old.lower(), "x" + old, re.sub("([A-Z])", r"_\1", old)))
    return "rename", {new if key == old else key: below for key, below in place.value.items()}


def unknown(place: Place, root: Schema, random: Random) -> tuple[str, Json] | None:
    if not isinstance(place.value, dict):
        return None
    return "unknown", {**place.value, random.choice(KEYS): copy.deepcopy(random.choice(OTHERS))}


def add(place: Place, root: Schema, random: Random) -> tuple[str, Json] | None:
    """A field that the schema has and the object has not."""
    if not isinstance(place.value, dict):
        return None
    absent = [name for name in place.schema.get("properties", {}) if name not in place.value and (place.path or name not in TOP)]
    if not absent:
        extra = place.schema.get("additionalProperties")
        if not isinstance(extra, Mapping):
            return None
        return "entry", {**place.value, random.choice(KEYS): sample(extra, random, 2, root)}
    name = random.choice(absent)
    return "add", {**place.value, name: sample(place.schema["properties"][name], random, 3, root)}


TOP: Final = ("metadata", "apiVersion", "kind", "status")


def again(place: Place, root: Schema, random: Random) -> tuple[str, Json] | None:
    """Another value that the schema allows, or nearly so."""
    return ("sample", sample(place.schema, random, 3, root)) if place.schema else None


def text(place: Place, root: Schema, random: Random) -> tuple[str, Json] | None:
    if not isinstance(place.value, str):
        return None
    value, high = place.value, place.schema.get("maxLength")
    choices = [
        value.upper(),
        value.lower(),
        value.capitalize(),
        value + "\n",
        value + " ",
        " " + value,
        value + "é",
        "-" + value,
        value + ".",
        value * 2,
    ]
    choices += [random.choice(TEXTS) for _ in range(12)]
    if high is not None and high <= 5000:
        choices += [("a" * high)[:high], "a" * (high + 1), "é" * high, "😀" * high, ("a." * high)[: high - 1] + "a", (value or "a") * high]
    if place.schema.get("enum"):
        choices += [str(each) for each in place.schema["enum"]] * 2
    if place.schema.get("minLength", 0) > 1:
        choices.append("a" * (place.schema["minLength"] - 1))
    return "text", random.choice(choices)


def number(place: Place, root: Schema, random: Random) -> tuple[str, Json] | None:
    if isinstance(place.value, bool) or not isinstance(place.value, int | float):
        return None
    choices = [random.choice(NUMBERS) for _ in range(3)] + [
        random.choice(NUMBERS_APART),
        float(place.value),
        place.value + 0.5,
        str(place.value),
    ]
    for side in ("minimum", "maximum"):
        if side in place.schema:
            bound = place.schema[side]
            choices += [bound - 1, bound, bound + 1]
    return "number", random.choice(choices)


def items(place: Place, root: Schema, random: Random) -> tuple[str, Json] | None:
    if not isinstance(place.value, list):
        return None
    value, low, high = place.value, place.schema.get("minItems", 0), place.schema.get("maxItems")
    choices: list[tuple[str, Json]] = [("reverse", value[::-1]), ("empty", []), ("append null", [*value, None])]
    if value:
        choices += [("repeat", [*value, copy.deepcopy(random.choice(value))])] * 3 + [("unlist", value[0])]
        if high is not None and high <= 300:
            choices += [("fill", [numbered(random.choice(value), number) for number in range(high + over)]) for over in (0, 1)]
        if low:
            choices.append(("fewer", value[: low - 1]))
    below = resolved(place.schema.get("items", {}), root)
    if below:
        choices += [("append", [*value, sample(below, random, 3, root)])] * 4
        keys = place.schema.get("x-kubernetes-list-map-keys")
        if value and keys and isinstance(value[0], dict):
            near = sample(below, random, 3, root)
            if isinstance(near, dict):
                choices += [("same keys", [*value, {**near, **{key: value[0][key] for key in keys if key in value[0]}}])] * 2
    return random.choice(choices)


def numbered(value: Json, number: int) -> Json:
    """A copy that differs from the others of a list, where it has a name or a port."""
    if isinstance(value, str):
        return f"{value}{number}" if number else value
    if isinstance(value, dict):
        out = copy.deepcopy(value)
        for key in ("name", "port", "sectionName", "value"):
            if isinstance(out.get(key), str):
                out[key] = f"{out[key]}{number}"
                break
            if isinstance(out.get(key), int):
                out[key] += number
                break
        return out
    return value


def entries(place: Place, root: Schema, random: Random) -> tuple[str, Json] | None:
    if not isinstance(place.value, dict) or "properties" in place.schema:
        return None
    high = place.schema.get("maxProperties")
    extra = place.schema.get("additionalProperties")
    choices: list[tuple[str, Json]] = [("no entries", {})]
    if isinstance(extra, Mapping):
        choices.append(("entry", {**place.value, random.choice(KEYS): sample(extra, random, 3, root)}))
        if high is not None and high <= 300:
            choices += [("fill", {f"k{number}": sample(extra, random, 3, root) for number in range(high + over)}) for over in (0, 1)]
    return random.choice(choices)


def union(place: Place, root: Schema, random: Random) -> tuple[str, Json] | None:
    """Another word of an enumeration, with all else as it was: what ties fields together breaks."""
    if not isinstance(place.value, dict):
        return None
    named = [key for key in place.value if resolved(place.schema.get("properties", {}).get(key, {}), root).get("enum")]
    if not named:
        return None
    key = random.choice(named)
    return "union", {**place.value, key: random.choice(resolved(place.schema["properties"][key], root)["enum"])}


def swap(place: Place, root: Schema, random: Random) -> tuple[str, Json] | None:
    """Two fields' values the other way round."""
    if not isinstance(place.value, dict) or len(place.value) < 2:
        return None
    one, two = random.sample(list(place.value), 2)
    return "swap", {**place.value, one: place.value[two], two: place.value[one]}


CHANGES: Final[tuple[tuple[Change, int], ...]] = (
    (drop, 4),
    (null, 2),
    (retype, 3),
    (rename, 2),
    (unknown, 1),
    (add, 8),
    (again, 4),
    (text, 6),
    (number, 6),
    (items, 6),
    (entries, 3),
    (union, 3),
    (swap, 1),
)
WEIGHTED: Final = tuple(change for change, weight in CHANGES for _ in range(weight))


def mutated(body: Json, schema: Schema, random: Random) -> tuple[Json, tuple[str, ...]]:
    """A copy with one to three changes below its root, and what they were."""
    out = json.loads(json.dumps(body))
    done: list[str] = []
    for _ in range(random.choice((1, 1, 1, 1, 2, 2, 3))):
        known = list(places(out, schema, schema))
        for _ in range(20):
            place = random.choice(known)
            if not place.path and random.random() < 0.8:
                continue
            change = random.choice(WEIGHTED)(place, schema, random)
            if change is None or (not place.path and not isinstance(change[1], dict)):
                continue
            what, value = change
            if value is DROP:
                holder = out
                for part in place.path[:-1]:
                    holder = holder[part]
                del holder[place.path[-1]]
            elif place.path:
                put(out, place.path, value)
            else:
                out = value
            done.append(f"{what} {dotted(place.path)}")
            break
    return out, tuple(done)


def dotted(path: tuple[str | int, ...]) -> str:
    """A path as people write it."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".") or "."


# ---- metadata -------------------------------------------------------------------------------------------------------------------

NAMES: Final = (
    "a",
    "A",
    "a.b",
    "a_b",
    "",
    "-a",
    "a-",
    "a" * 63,
    "a" * 64,
    "a" * 253,
    "a" * 254,
    "1a",
    "a..b",
    "system:a",
    "a b",
    "é",
    "a/b",
    "..",
    "%",
    "default",
)
LABEL_KEYS: Final = (
    "a",
    "a/b",
    "a.b/c",
    "/a",
    "a/",
    "A/b",
    "a/b/c",
    "",
    "-a",
    "a_b",
    "é",
    "a" * 63,
    "a" * 64,
    "a" * 253 + "/b",
    "a" * 254 + "/b",
    "app.kubernetes.io/name",
)
LABEL_VALUES: Final = ("", "a", "A", "a.b", "a_b", "-a", "a-", "a b", "a/b", "é", "a" * 63, "a" * 64)
UID: Final = "6f1c7f7e-4d0c-4f3a-9b9a-0123456789ab"
OWNER: Final = {"apiVersion": "v1", "kind": "ConfigMap", "name": "a", "uid": UID}


def of_metadata(body: Json, random: Random) -> tuple[Json, tuple[str, ...]]:
    """A copy with another name, label, annotation, finalizer, owner or field of the server."""
    out = json.loads(json.dumps(body))
    metadata = out.get("metadata") if isinstance(out.get("metadata"), dict) else {}
    key, value = random.choice(
        (
            *[("name", name) for name in NAMES],
            *[("generateName", name) for name in ("a", "a-", "A-", "a" * 300, "a.")],
            *[("namespace", name) for name in ("a", "A", "a.b", "a" * 63, "a" * 64, "")],
            *[("labels", {name: "a"}) for name in LABEL_KEYS],
            *[("labels", {"a": name}) for name in LABEL_VALUES],
            *[("annotations", {name: "a"}) for name in LABEL_KEYS],
            *[("annotations", {"a": name}) for name in ("", "é\n", "a" * 262144, "a" * 262143, "a" * 262142)],
            *[("finalizers", [name]) for name in ("a", "a/b", "a b/c", "", "kubernetes", "foregroundDeletion", "orphan", "A.b/c")],
            ("finalizers", ["a/b", "a/b"]),
            ("finalizers", ["foregroundDeletion", "orphan"]),
            ("ownerReferences", [OWNER]),
            ("ownerReferences", [{**OWNER, "controller": True}, {**OWNER, "name": "b", "controller": True}]),
            ("ownerReferences", [{**OWNER, "apiVersion": ""}]),
            ("ownerReferences", [{**OWNER, "apiVersion": "a/b/c"}]),
            ("ownerReferences", [{**OWNER, "kind": "Event"}]),
            ("ownerReferences", [{**OWNER, "uid": ""}]),
            ("ownerReferences", [{"name": "a"}]),
            ("ownerReferences", [{**OWNER, "zzz": 1}]),
            ("ownerReferences", [OWNER, OWNER]),
            ("resourceVersion", "1"),
            ("resourceVersion", "a"),
            ("uid", UID),
            ("uid", "a"),
            ("generation", 3),
            ("generation", -1),
            ("selfLink", "/a"),
            ("creationTimestamp", None),
            ("creationTimestamp", "2024-01-02T03:04:05Z"),
            ("creationTimestamp", "yesterday"),
            ("deletionTimestamp", "2024-01-02T03:04:05Z"),
            ("deletionGracePeriodSeconds", 3),
            ("managedFields", []),
            (
                "managedFields",
                [{"manager": "a", "operation": "Update", "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": {"f:a": {}}}],
            ),
            ("managedFields", [{"manager": "a", "operation": "Nope"}]),
            ("zzz", 1),
            ("labels", None),
            ("labels", []),
            ("labels", {"a": 1}),
            ("labels", {"a": None}),
            ("labels", {"a": True}),
            ("annotations", {"a": 1}),
            ("annotations", {"a": None}),
            ("annotations", "a"),
            ("name", None),
            ("name", 1),
            ("name", DROP),
            ("namespace", None),
            ("namespace", 1),
            ("finalizers", [1]),
            ("finalizers", [None]),
            ("finalizers", None),
            ("clusterName", "a"),
        )
    )
    if value is DROP:
        metadata.pop(key, None)
    else:
        metadata[key] = value
        if key == "generateName" and random.random() < 0.7:
            metadata.pop("name", None)
    out["metadata"] = metadata
    return out, (f"metadata.{key}={shortened(value)}",)


def shortened(value: Json) -> str:
    said = "(none)" if value is DROP else json.dumps(value, ensure_ascii=False)
    return said if len(said) < 60 else f"{said[:50]}...({len(said)})"


def of_root(body: Json, random: Random) -> tuple[Json, tuple[str, ...]]:
    """A copy with another root: no metadata, another kind, a status."""
    out = json.loads(json.dumps(body))
    key, value = random.choice(
        (
            ("kind", DROP),
            ("kind", "Nope"),
            ("kind", ""),
            ("kind", 1),
            ("kind", None),
            ("apiVersion", DROP),
            ("apiVersion", "v9"),
            ("apiVersion", ""),
            ("apiVersion", None),
            ("metadata", DROP),
            ("metadata", None),
            ("metadata", []),
            ("metadata", "a"),
            ("spec", DROP),
            ("spec", None),
            ("spec", []),
            ("spec", {}),
            ("status", {}),
            ("status", None),
            ("status", "a"),
            ("status", {"zzz": 1}),
            ("status", {"conditions": []}),
            ("status", {"conditions": [{"type": "a"}]}),
            ("zzz", {}),
            ("", 1),
        )
    )
    if value is DROP:
        out.pop(key, None)
    else:
        out[key] = value
    return out, (f"{key}={shortened(value)}",)
