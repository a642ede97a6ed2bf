"""CustomResourceDefinitions that nobody has: every format, many patterns, and schemas made up at random, with values to try on them."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any, Final

from tests.agreement.mutate import NUMBERS, NUMBERS_APART, OTHERS, TEXTS

Json = Any
Schema = Mapping[str, Json]

GROUP: Final = "made-up.example"


def crd(plural: str, spec: Schema, **version: Json) -> Json:
    """A CRD whose objects' spec has this schema."""
    schema = {"type": "object", "properties": {"spec": spec}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "names": {"kind": plural.capitalize(), "plural": plural, "singular": plural, "listKind": f"{plural.capitalize()}List"},
            "scope": "Namespaced",
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}, **version}],
        },
    }


def made(plural: str, spec: Json) -> Json:
    """An object of such a CRD."""
    return {"apiVersion": f"{GROUP}/v1", "kind": plural.capitalize(), "metadata": {"name": "a", "namespace": "default"}, "spec": spec}


# ---- formats --------------------------------------------------------------------------------------------------------------------

FORMATS: Final = (
    *(
        "bsonobjectid",
        "byte",
        "cidr",
        "creditcard",
        "date",
        "datetime",
        "date-time",
        "duration",
        "email",
        "hexcolor",
        "hostname",
        "ipv4",
        "ipv6",
    ),
    *(
        "isbn",
        "isbn10",
        "isbn13",
        "k8s-long-name",
        "k8s-short-name",
        "mac",
        "password",
        "rgbcolor",
        "ssn",
        "uri",
        "uuid",
        "uuid3",
        "uuid4",
        "uuid5",
    ),
    *("int32", "int64", "float", "double", "ip", "uri-reference", "regex", "binary", "quantity", "zzz", "UUID", "Date-Time", "b-y-t-e"),
)
LIKELY: Final = (
    *(
        "507f1f77bcf86cd799439011",
        "YWJj",
        "YWI=",
        "YQ==",
        "YW-_",
        "10.0.0.0/8",
        "fd00::/8",
        "4111111111111111",
        "4111-1111-1111-1111",
        "5500 0000 0000 0004",
    ),
    *(
        "2024-02-29",
        "2023-02-29",
        "2024-02-30",
        "0001-01-01",
        "24-01-01",
        "2024-02-29T23:59:59Z",
        "2024-02-29t23:59:59z",
        "2024-02-29 23:59:59Z",
        "2024-02-29T23:59:60Z",
    ),
    *(
        "2024-02-29T23:59:59.999999999+23:59",
        "2024-02-29T23:59:59",
        "2024-02-29T23:59Z",
        "2024-02-29T23:59:59,5Z",
        "2024-02-29T23:59:59+0100",
        "2024-02-29T1:00:00Z",
    ),
    *(
        "1h2m3s",
        "1.5h",
        "-1.5h",
        "+5s",
        "0",
        "1",
        "1d",
        "3 days",
        "1 week",
        "2weeks",
        "1h 2m",
        "1H",
        "1ns",
        "1us",
        "1µs",
        "1μs",
        "1ms",
        "1hour",
        "1 hr",
        "1m1",
        ".5s",
        "5.s",
    ),
    *(
        "a@b.example",
        "A B <a@b.example>",
        "a@b",
        "@b",
        "a@",
        "a b@c",
        '"a b"@c.example',
        "a@[127.0.0.1]",
        "a@b.example, c@d.example",
        "ä@b.example",
        "a@b@c",
    ),
    *("#fff", "fff", "#FFFFFF", "#ffff", "#ggg", "rgb(0,0,0)", "rgb( 255 , 255 , 255 )", "rgb(256,0,0)", "rgb(1,2)", "rgb(01,2,3)"),
    *(
        "a.example",
        "a.example.",
        "-a.example",
        "a-.example",
        "a_b.example",
        "A.Example",
        "a..example",
        "bücher.example",
        f"{'a' * 63}.example",
        f"{'a' * 64}.example",
    ),
    *(
        "1.2.3.4",
        "1.2.3",
        "1.2.3.04",
        "1.2.3.256",
        "1.2.3.4.5",
        " 1.2.3.4",
        "0x1.2.3.4",
        "::",
        "::1",
        "1::",
        "1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7:8:9",
        "::ffff:1.2.3.4",
        "1::2::3",
        "::g",
    ),
    *(
        "::1%lo",
        "12345::",
        "1:2:3:4:5:6:1.2.3.4",
        "1.2.3.4/32",
        "1.2.3.4/33",
        "1.2.3.4/032",
        "1.2.3.4/+3",
        "::/129",
        "::/0",
        "1.2.3.4/",
        "/8",
    ),
    *(
        "0-306-40615-2",
        "0306406152",
        "978-0-306-40615-7",
        "9780306406157",
        "9780306406158",
        "030640615X",
        "080442957X",
        "978 0 306 40615 7",
    ),
    *(
        "00:00:5e:00:53:01",
        "00-00-5e-00-53-01",
        "0000.5e00.5301",
        "00005e005301",
        "02:00:5e:10:00:00:00:01",
        "00:00:5e:00:53",
        "00:00:5E:00:53:0g",
    ),
    *("123-45-6789", "123 45 6789", "123456789", "123-456789", "12-345-6789"),
    *(
        "http://a",
        "http://a b",
        "http://[::1]:80/",
        "http://[::1",
        "/a",
        "a",
        "a:b",
        "urn:a:b",
        "//a/b",
        "http://a:b",
        "http://a:99999",
        "http://%41",
        "http://a/%4",
        "?a",
        "#a",
        "",
    ),
    *(
        "6f1c7f7e-4d0c-4f3a-9b9a-0123456789ab",
        "6f1c7f7e4d0c4f3a9b9a0123456789ab",
        "6F1C7F7E-4D0C-4F3A-9B9A-0123456789AB",
        "{6f1c7f7e-4d0c-4f3a-9b9a-0123456789ab}",
    ),
    *(
        "a3bb189e-8bf9-3888-9912-ace4e6543002",
        "886313e1-3b8a-5372-9b90-0c9aee199e5d",
        "urn:uuid:6f1c7f7e-4d0c-4f3a-9b9a-0123456789ab",
        "6f1c7f7e-4d0c-4f3a-7b9a-0123456789ab",
    ),
    *("a" * 63, "a" * 64, "a" * 253, "a" * 254, "a.b-c", "a.B", "a\n", "\ta", "é", "😀", "1e3", "1", "-1", "nan", "0x1"),
)
SIGNS: Final = tuple("0123456789abfgzAFZ.:-_/+=@%# \n\té,;TZ()[]")


def texts(seed: str, count: int) -> Iterator[str]:
    """Texts that are near some format, each once: the likely ones, then their neighbours."""
    random = Random(seed)
    seen: dict[str, None] = dict.fromkeys((*LIKELY, *TEXTS))
    yield from seen
    while len(seen) < count:
        text = list(random.choice(LIKELY))
        for _ in range(random.choice((1, 1, 2))):
            at = random.randrange(len(text) + 1)
            match random.randrange(4):
                case 0:
                    text.insert(at, random.choice(SIGNS))
                case 1:
                    del text[at : at + 1]
                case 2:
                    text[at : at + 1] = [random.choice(SIGNS)]
                case _:
                    text[at:at] = text[max(0, at - random.randrange(1, 4)) : at]
        new = "".join(text)
        if new not in seen:
            seen[new] = None
            yield new


# ---- patterns -------------------------------------------------------------------------------------------------------------------

PATTERNS: Final = (
    *(
        "^a$",
        "a",
        "^$",
        "^a?$",
        "^a|b$",
        "^(a|b)$",
        "^a.b$",
        "(?s)^a.b$",
        "(?m)^a$",
        "(?i)^foo$",
        "(?i:F)oo",
        "(?U)a+",
        "^(?:a|b)+?$",
        "a{2}",
        "^a{2,}$",
        "^a{1,3}$",
        "a{,2}",
        "^[a-z0-9]+$",
    ),
    *(
        r"^\d+$",
        r"^\D+$",
        r"^\w+$",
        r"^\W+$",
        r"^\s+$",
        r"^\S+$",
        r"\bfoo\b",
        r"\Bo",
        r"\Afoo",
        r"foo\z",
        r"^[\d]+$",
        r"^[^\d]+$",
        r"^[\w.-]+$",
        r"^[[:alpha:]]+$",
        r"^[[:^alpha:]]+$",
    ),
    *(
        r"^\pL+$",
        r"^\p{Lu}",
        r"^\PL+$",
        r"^\p{Greek}+$",
        r"^[\p{L}\d]+$",
        r"\x41",
        r"\x{1F600}",
        r"\101",
        r"\n",
        r"\t",
        r"^\Q.*\E$",
        r"^[]a]+$",
        "^[^]a]+$",
        "^[a-]+$",
        "^[-a]+$",
        "^[a^]+$",
    ),
    *(
        "^.$",
        "^..$",
        "^[^a]$",
        "^é$",
        "^[é-ü]$",
        "(?i)^É$",
        "(?i)k",
        "(?i)ſ",
        "^[\\s\\S]*$",
        "^(a+)+$",
        "^(a|aa)+$",
        "(a*)*",
        "^(?P<x>a)$",
        "^(?<x>a)$",
        "^\\.$",
        "^[.]$",
        "^/.*$",
    ),
    *(
        "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
        r"^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
        "^([0-9]{1,5}(h|m|s|ms)){1,4}$",
        r"^(https?)://[^\s/]+$",
        "^$|^a$",
    ),
    *(
        "a$b",
        "a^b",
        "$",
        "^",
        "\\$",
        "^a\\z",
        "(?:)",
        "()",
        "a||b",
        "^(|a)$",
        "[[:word:]]",
        "[[:digit:][:space:]]",
        r"[\x00-\x1f]",
        r"\C",
        "^(?i:a)b$",
        "^(?-i:a)$",
        "(?i)(?-i)A",
        "x*",
        "^x{0}$",
    ),
)
BAD_PATTERNS: Final = (
    *(
        "(",
        ")",
        "[",
        "a**",
        "a{2}{3}",
        "(?=a)",
        "(?!a)",
        "(?<=a)",
        "(?<!a)",
        r"(a)\1",
        r"\Z",
        r"\k<x>",
        "(?>a)",
        "a{1001}",
        "(a{100}){100}",
        "[z-a]",
        r"\p{Nope}",
        r"\8",
        "(?P<1>a)",
        "*a",
        "+",
        "?",
    ),
    *(
        "a{3,2}",
        r"\x{110000}",
        r"\xg",
        "[[:nope:]]",
        "(?z)",
        "(?i",
        r"\Q",
        "[\\",
        "\\",
        "a++",
        "a?+",
        "(?#a)",
        r"\u0041",
        r"[\b]",
        r"\cA",
        r"\h",
        r"\R",
        r"\X",
        "(?P<a>x)(?P<a>y)",
        "(?'a'x)",
        "{",
        "}",
        "a{",
        "a{x}",
        "]",
    ),
)
# Patterns that the API server takes and kgen does not know: it says so.
UNKNOWN_PATTERNS: Final = (r"^\p{Greek}+$",)
SAMPLES: Final = (
    *(
        "a",
        "b",
        "ab",
        "aa",
        "aaa",
        "aaaa",
        "foo",
        "FOO",
        "Foo",
        "foo bar",
        "xfoox",
        "a\n",
        "\na",
        "a\nb",
        "a\n\n",
        "\n",
        "a b",
        "a.b",
        "axb",
        "",
        "1",
        "12",
        "1a",
        "-",
        "--",
        "_",
        ".",
    ),
    *(
        "A",
        "é",
        "É",
        "ü",
        "k",
        "K",
        "\u212a",
        "s",
        "ſ",
        "S",
        "α",
        "Ω",
        "日",
        "😀",
        "\u0660",
        "\u00a0",
        "\u2028",
        "\u0085",
        "\x0b",
        "\x1f",
        "\t",
        " ",
        "\r\n",
        "a\r",
        ".*",
        "]",
        "^",
        "a^b",
        "a$b",
        "$",
        "/",
        "/a",
        "x",
    ),
    *(
        "example.com",
        "*.example.com",
        "1h30m",
        "10s",
        "http://a",
        "https://a/b",
        "a{,2}",
        "Aa",
        "aA",
        "aB",
        "a" * 200,
        "a" * 200 + "!",
        "{",
        "}",
        "*",
    ),
)


# ---- schemas --------------------------------------------------------------------------------------------------------------------


def schema(random: Random, depth: int = 0) -> Json:
    """A structural schema with a bit of everything; some are refused by the API server."""
    kinds = ("string", "integer", "number", "boolean", "object", "map", "array", "int-or-string", "anything", "embedded")
    weights = (6, 4, 2, 2, 5, 3, 5, 2, 1, 0.5) if depth < 3 else (6, 4, 2, 2, 0.5, 0, 0, 2, 1, 0)
    kind = random.choices(kinds, weights)[0] if depth else "object"
    out = MAKERS[kind](random, depth)
    if random.random() < 0.12:
        out["nullable"] = True
    if depth and random.random() < 0.06:
        out["default"] = value(out, random)
    return out


def chance(random: Random, share: float) -> bool:
    return random.random() < share


def string(random: Random, depth: int) -> Json:
    out: dict[str, Json] = {"type": "string"}
    if chance(random, 0.3):
        out["minLength"] = random.choice((0, 1, 1, 3))
    if chance(random, 0.4):
        out["maxLength"] = random.choice((0, 1, 3, 10, 63))
    if chance(random, 0.25):
        out["pattern"] = random.choice(PATTERNS)
    if chance(random, 0.15):
        out["format"] = random.choice(FORMATS)
    if chance(random, 0.2):
        out["enum"] = random.sample(["a", "b", "foo", "", "A", "1", "true"], random.choice((1, 2, 3)))
    return out


def integer(random: Random, depth: int) -> Json:
    out: dict[str, Json] = {"type": "integer"}
    if chance(random, 0.4):
        out["format"] = random.choice(("int32", "int64", "int32", "uint32", "int16"))
    bounded(out, random, (-1, 0, 1, 2, 10, 65535, 2**31 - 1, 2**31, 2**32, 1.5))
    if chance(random, 0.1):
        out["multipleOf"] = random.choice((1, 2, 5, 10))
    if chance(random, 0.1):
        out["enum"] = random.sample([0, 1, 2, 80, -1], 2)
    return out


def number(random: Random, depth: int) -> Json:
    out: dict[str, Json] = {"type": "number"}
    if chance(random, 0.3):
        out["format"] = random.choice(("float", "double"))
    bounded(out, random, (-1, 0, 0.5, 1, 10, 1e10))
    if chance(random, 0.1):
        out["multipleOf"] = random.choice((0.5, 0.1, 2))
    return out


def bounded(out: dict[str, Json], random: Random, bounds: tuple[float, ...]) -> None:
    for side, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if chance(random, 0.35):
            out[side] = random.choice(bounds)
            if chance(random, 0.25):
                out[exclusive] = chance(random, 0.8)


def boolean(random: Random, depth: int) -> Json:
    return {"type": "boolean", **({"enum": [True]} if chance(random, 0.1) else {})}


NAMES: Final = ("a", "b", "c", "name", "port", "foo-bar", "x.y", "Kind", "default", "$z", "_u")


def fields(random: Random, depth: int) -> Json:
    names = random.sample(NAMES, random.choice((2, 3, 4, 6)) if depth else 9)
    out: dict[str, Json] = {"type": "object", "properties": {name: schema(random, depth + 1) for name in names}}
    if chance(random, 0.5):
        out["required"] = random.sample(names, random.choice((1, 2)))
    if chance(random, 0.1):
        out["x-kubernetes-preserve-unknown-fields"] = True
    if chance(random, 0.1):
        out["minProperties"] = random.choice((1, 2))
    if chance(random, 0.1):
        out["maxProperties"] = random.choice((1, 2, 3))
    if chance(random, 0.25):
        choose(out, names, random)
    return out


def choose(out: dict[str, Json], names: list[str], random: Random) -> None:
    """oneOf, anyOf, allOf or not over the fields."""
    one, two = random.sample(names, 2)
    options: list[Json] = [{"required": [one]}, {"required": [two]}]
    match random.choice(("oneOf", "anyOf", "allOf", "not", "value")):
        case "not":
            out["not"] = {"required": [one, two]}
        case "value":
            kind = out["properties"][one].get("type")
            if kind == "string":
                out[random.choice(("anyOf", "oneOf"))] = [
                    {"properties": {one: {"enum": ["a", "foo"]}}},
                    {"properties": {one: {"pattern": "^b"}}, "required": [two]},
                ]
            elif kind == "integer":
                out["not"] = {"properties": {one: {"minimum": 3}}, "required": [one]}
        case word:
            out[word] = options


def entries(random: Random, depth: int) -> Json:
    out: dict[str, Json] = {"type": "object", "additionalProperties": True if chance(random, 0.08) else schema(random, depth + 1)}
    if chance(random, 0.2):
        out["minProperties"] = 1
    if chance(random, 0.2):
        out["maxProperties"] = random.choice((1, 2))
    return out


def array(random: Random, depth: int) -> Json:
    out: dict[str, Json] = {"type": "array"}
    kind = random.choice(("atomic", "none", "none", "set", "map", "map"))
    if kind == "map":
        keys = random.sample(("name", "port"), random.choice((1, 1, 2)))
        below = fields(random, depth + 1)
        for key in keys:
            below["properties"][key] = {"type": random.choice(("string", "integer"))}
            if chance(random, 0.3):
                below["properties"][key]["default"] = "a" if below["properties"][key]["type"] == "string" else 1
        below["required"] = sorted({*below.get("required", ()), *(key for key in keys if "default" not in below["properties"][key])})
        out |= {"items": below, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": keys}
    elif kind == "set":
        out |= {"items": {"type": random.choice(("string", "integer"))}, "x-kubernetes-list-type": "set"}
    else:
        out["items"] = schema(random, depth + 1)
        if kind == "atomic":
            out["x-kubernetes-list-type"] = "atomic"
    if chance(random, 0.2):
        out["minItems"] = random.choice((1, 2))
    if chance(random, 0.3):
        out["maxItems"] = random.choice((1, 2, 3))
    return out


def int_or_string(random: Random, depth: int) -> Json:
    out: dict[str, Json] = {"x-kubernetes-int-or-string": True}
    match random.randrange(5):
        case 0:
            out["anyOf"] = [{"type": "integer"}, {"type": "string"}]
        case 1:
            out["allOf"] = [{"anyOf": [{"type": "integer"}, {"type": "string"}]}, {"pattern": "^[0-9]+%$"}]
        case 2:
            out["pattern"] = r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE])?$"
        case 3:
            out |= {"minimum": 1, "maxLength": 3}
    return out


def anything(random: Random, depth: int) -> Json:
    out: dict[str, Json] = {"x-kubernetes-preserve-unknown-fields": True}
    if chance(random, 0.5):
        out["type"] = "object"
        if chance(random, 0.5):
            out["properties"] = {"a": schema(random, depth + 1), "b": schema(random, depth + 1)}
    return out


def embedded(random: Random, depth: int) -> Json:
    return {"type": "object", "x-kubernetes-embedded-resource": True, "x-kubernetes-preserve-unknown-fields": True}


MAKERS: Final = {
    "string": string,
    "integer": integer,
    "number": number,
    "boolean": boolean,
    "object": fields,
    "map": entries,
    "array": array,
    "int-or-string": int_or_string,
    "anything": anything,
    "embedded": embedded,
}

# ---- values ---------------------------------------------------------------------------------------------------------------------

STRAY: Final = 0.03


def value(given: Schema, random: Random, stray: float = 0.0) -> Json:
    """A value that fits a schema, or nearly; at each place it is something else with the chance `stray`."""
    if stray and random.random() < stray:
        return copy.deepcopy(random.choice((*OTHERS, *NUMBERS, *NUMBERS_APART, *SAMPLES)))
    if given.get("nullable") and random.random() < 0.1:
        return None
    if given.get("enum") and random.random() < 0.9:
        return random.choice(given["enum"])
    if given.get("x-kubernetes-int-or-string"):
        return random.choice((0, 1, 3, 80, "50%", "5", "a", "1Gi", "100", "1000"))
    kind = given.get("type")
    if kind == "string":
        low, high = given.get("minLength", 0), given.get("maxLength", 99)
        choice = [text for text in (*SAMPLES, *LIKELY) if low <= len(text) <= high]
        return random.choice(choice or ["a"])
    if kind == "integer":
        low, high = int(given.get("minimum", 0)), int(given.get("maximum", 100))
        return random.choice((low, high, low + 1, (low + high) // 2, high + 1, 1.0))
    if kind == "number":
        low, high = given.get("minimum", 0), given.get("maximum", 100)
        return random.choice((low, high, low + 0.5, (low + high) / 2, 1, 2.5))
    if kind == "boolean":
        return random.random() < 0.5
    if kind == "array":
        low, high = given.get("minItems", 0), given.get("maxItems", 4)
        return [value(given["items"], random, stray) for _ in range(random.choice((low, low, low + 1, min(low + 2, high), high)))]
    if kind == "object":
        return of_map(given, random, stray)
    return copy.deepcopy(random.choice(("a", 1, {"a": "b"}, ["a"], {"a": {"b": [None]}})))


def of_map(given: Schema, random: Random, stray: float) -> Json:
    extra = given.get("additionalProperties")
    if given.get("x-kubernetes-embedded-resource"):
        return random.choice(EMBEDDED)
    out = {}
    for name, below in given.get("properties", {}).items():
        if name in given.get("required", ()) or random.random() < 0.5:
            out[name] = value(below, random, stray)
    if extra is not None:
        for number in range(random.choice((0, 1, 1, 2, given.get("minProperties", 0)))):
            out[("a", "b.c", "é")[number]] = (
                value(extra, random, stray) if isinstance(extra, dict) else random.choice((1, "a", {"a": 1}, ["a"]))
            )
    if stray and random.random() < stray:
        out[random.choice(("zzz", "A", "", "a b"))] = 1
    if stray and out and random.random() < stray:
        del out[random.choice(list(out))]
    return out


EMBEDDED: Final = (
    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": "b"}},
    {"apiVersion": "v1", "kind": "ConfigMap"},
    {"apiVersion": "a/b/c", "kind": "a b", "metadata": {}},
    {"apiVersion": "v1", "kind": ""},
    {"kind": "A"},
    {},
    {"apiVersion": "v1", "kind": "A", "metadata": {"name": 1}},
    {"apiVersion": "v1", "kind": "A", "metadata": {"zzz": 1}},
    {"apiVersion": "v1", "kind": "A", "metadata": {"name": "A B", "labels": {"a": "b"}}},
    {"apiVersion": "v1", "kind": "A", "metadata": {"labels": {"a": 1}}},
    {"apiVersion": 1, "kind": "A"},
    {"apiVersion": "v1", "kind": "A", "metadata": "a"},
)


def normal(value: Json) -> str:
    return json.dumps(value, sort_keys=True)


# ---- rules ----------------------------------------------------------------------------------------------------------------------

WORD: Final = {"type": "string", "maxLength": 20}
COUNT: Final = {"type": "integer", "minimum": -100, "maximum": 100}


def ruled(*rules: Json, **properties: Json) -> Json:
    """An object with fields, and rules: the text of one, or the whole of it."""
    whole = [{"rule": each} if isinstance(each, str) else each for each in rules]
    return {"type": "object", "properties": properties, "x-kubernetes-validations": whole}


def listed(items: Json, **more: Json) -> Json:
    return {"type": "array", "maxItems": 5, "items": items, **more}


def said(rule: str, **more: Json) -> Json:
    return {"rule": rule, **more}


# A schema with rules, and specs to try on it.
RULED: Final[Mapping[str, tuple[Json, tuple[Json, ...]]]] = {
    "messages": (
        ruled(
            said("!has(self.a) || self.a != 'x'", messageExpression="'a is ' + self.a + ', b is ' + self.b", message="a must not be x"),
            said("!has(self.a) || self.a != 'y'", messageExpression="self.b", message="  a must not be y  "),
            said("!has(self.a) || self.a != 'z'", messageExpression="self.b"),
            said("!has(self.a) || self.a != 'w'", message="a must not be w", reason="FieldValueForbidden", fieldPath=".a"),
            said("!has(self.a) || self.a != 'v'", message="no v", reason="FieldValueRequired", fieldPath=".o.inner"),
            said("!has(self.a) || self.a != 'u'", message="no u", reason="FieldValueInvalid", fieldPath=".o['x-y']"),
            said("!has(self.a) || self.a != 't'", message="no t", fieldPath=".m['k.x']"),
            said("!has(self.a) || self.a != 's'", messageExpression="self.o.inner", message="no s", fieldPath=".o"),
            said("!has(self.a) || \n self.a != 'r'", message="two lines"),
            "  !has(self.a) || self.a != 'q'  ",
            "self.o.inner != 'p'",
            "self.l[1] != 'o'",
            "self.m['k'] != 'n'",
            a=WORD,
            b=WORD,
            o={"type": "object", "properties": {"inner": WORD, "x-y": WORD}},
            m={"type": "object", "maxProperties": 5, "additionalProperties": WORD},
            l=listed(WORD),
        ),
        (
            *[
                {"a": word, "b": other, "o": {"inner": "i"}, "l": ["", ""], "m": {"k": ""}}
                for word in "xyzwvutsrqa"
                for other in ("b", "", " ", "two\nlines", " padded ")
            ],
            {"a": "x", "o": {"inner": "p"}, "l": ["", "o"], "m": {"k": "n"}},
            {"a": "s", "o": {}, "l": [""], "m": {}},
            {"a": "a"},
            {},
        ),
    ),
    "names": (
        ruled(
            "self.__namespace__ != 'x'",
            "self.x__dash__y != 'x'",
            "self.a__dot__b != 'x'",
            "self.c__slash__d != 'x'",
            "self.e__underscores__f != 'x'",
            "!has(self.__in__) || self.__in__ == 1",
            "has(self.int)",
            **dict.fromkeys(("namespace", "x-y", "a.b", "c/d", "e__f", "$g", "int"), WORD),
            **{"in": COUNT},
        ),
        (
            dict.fromkeys(("namespace", "x-y", "a.b", "c/d", "e__f", "$g", "int"), "x"),
            {**dict.fromkeys(("namespace", "x-y", "a.b", "c/d", "e__f", "$g", "int"), "y"), "in": 1},
            {**dict.fromkeys(("namespace", "x-y", "a.b", "c/d", "e__f", "$g"), "y"), "in": 2},
            {},
        ),
    ),
    "nulls": (
        ruled(
            "!has(self.n) || self.n == 'a'",
            "has(self.p) == (self.q == 1)",
            "self.l.all(x, x != 'b')",
            n={**WORD, "nullable": True},
            p={**ruled(a=WORD), "nullable": True},
            q={**COUNT, "default": 1},
            l=listed({**WORD, "nullable": True}),
        ),
        (
            {"n": None, "p": None, "q": 2, "l": []},
            {"n": "a", "p": {}, "q": 1, "l": ["a"]},
            {"n": "b", "p": {"a": None}, "q": None, "l": ["a", "b"]},
            {"n": "a", "p": None, "l": [None]},
            {"p": {}, "l": [None, "b"]},
            {"p": {}},
        ),
    ),
    "eithers": (
        ruled(
            "self.x == 1 || self.x == '50%'",
            "!has(self.y) || self.y > 5",
            "!has(self.z) || self.z.endsWith('%')",
            "!has(self.w) || self.w in [1, 2]",
            **{key: {"x-kubernetes-int-or-string": True, "maxLength": 10} for key in "xyzw"},
        ),
        (
            *[{"x": value} for value in (1, "1", "50%", 2, "", 1.0)],
            *[{"x": 1, "y": value} for value in (5, 6, "6", "")],
            *[{"x": 1, "z": value} for value in (5, "5%", "5")],
            *[{"x": 1, "w": value} for value in (1, 3, "1")],
            {},
        ),
    ),
    "embedded": (
        ruled(
            "self.e.metadata.name.startsWith('a')",
            "!has(self.e.metadata.generateName)",
            "self.e.kind == 'Thing' && self.e.apiVersion == 'v1'",
            "!has(self.e.spec) || self.e.spec.b == 1",
            e={
                "type": "object",
                "x-kubernetes-embedded-resource": True,
                "x-kubernetes-preserve-unknown-fields": True,
                "properties": {"spec": ruled(b=COUNT)},
            },
        ),
        (
            {"e": {"apiVersion": "v1", "kind": "Thing", "metadata": {"name": "abc"}}},
            {"e": {"apiVersion": "v1", "kind": "Thing", "metadata": {"name": "bc"}, "spec": {"b": 1}}},
            {"e": {"apiVersion": "v1", "kind": "Thing", "metadata": {"name": "abc", "generateName": "a"}, "spec": {"b": 2}}},
            {"e": {"apiVersion": "v1", "kind": "Other", "metadata": {"name": "abc"}, "other": [1]}},
            {"e": {"apiVersion": "v1", "kind": "Thing", "metadata": {}}},
            {"e": {"apiVersion": "v1", "kind": "Thing"}},
        ),
    ),
    "bytes": (
        ruled(
            "has(self.raw) == (self.s == 'y')",
            "!has(self.raw) || self.s == 'y'",
            raw={**WORD, "format": "byte"},
            s={**WORD, "default": "y"},
        ),
        tuple({"raw": word} for word in ("", "YQ==", "YW/j", "YW+j", "+W/j")) + ({"raw": "YWJj", "s": "n"}, {"s": "n"}, {}),
    ),
    "changes": (
        ruled(
            "self.a == oldSelf.a",
            "!has(self.b) || self.b > 0",
            a=WORD,
            b=COUNT,
            l=listed(
                ruled("self.v == oldSelf.v", "self.v != 'x'", k=WORD, v=WORD) | {"required": ["k", "v"]},
                **{"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"]},
            ),
        ),
        (
            {"a": "a", "b": 1, "l": [{"k": "a", "v": "a"}]},
            {"b": 0, "l": [{"k": "a", "v": "x"}, {"k": "b", "v": "x"}]},
            {"l": [{"k": "a", "v": "a"}, {"k": "b", "v": "x"}]},
            {},
        ),
    ),
    "texts": (
        ruled(
            *[
                f"!has(self.s) || self.s != '{word}' || {test}"
                for word, test in (
                    ("é😀", "self.s.size() == 2 && self.s.substring(1) == '😀' && self.s.upperAscii() == 'é😀'"),
                    ("a//b", "self.s.split('/') == ['a', '', 'b'] && self.s.split('/', 2) == ['a', '/b'] && self.s.split('/', 0) == []"),
                    ("abc", "self.s.substring(3) == '' && self.s.substring(1, 2) == 'b' && self.s.contains('') && self.s.endsWith('c')"),
                    ("ab", "self.s.substring(3) == ''"),
                    ("ba", "self.s.substring(1, 0) == ''"),
                    ("AbÉ", "self.s.lowerAscii() == 'abÉ' && self.s.matches('^(?i)ABÉ$') && !self.s.matches('^\\\\\\\\w+$')"),
                    ("1h30m", "duration(self.s) == duration('90m') && duration(self.s) > duration('1.5s')"),
                    ("1d", "duration(self.s) > duration('0s')"),
                    ("1.2.3.4", "isIP(self.s)"),
                    ("1.2.3.04", "isIP(self.s)"),
                    ("ffff", "format.dns1123Label().validate(self.s) == null"),
                    ("::1", "isIP(self.s) && self.s < ':::'"),
                )
            ],
            s=WORD,
        ),
        tuple({"s": word} for word in ("é😀", "a//b", "abc", "ab", "ba", "AbÉ", "1h30m", "1d", "1.2.3.4", "1.2.3.04", "ffff", "::1", "zz")),
    ),
    "numbers": (
        ruled(
            "self.i / self.j >= 0 || self.i < 50",
            "self.i % self.j != 3",
            "self.d > 1 || self.i == 7",
            "self.d + 0.5 < 100.0",
            "{'a': 1, 'b': 2}[self.s] > 1",
            "(has(self.i) ? 1 : 0) + (has(self.j) ? 1 : 0) == 2",
            "self.l.map(x, x * 9223372036854775807).size() < 5",
            "self.l.filter(x, 10 / x > 1).size() <= 1",
            "self.l.exists_one(x, x == 1) || self.l.all(x, 1 / x == 0)",
            i=COUNT,
            j=COUNT,
            d={"type": "number"},
            s=WORD,
            l=listed(COUNT),
        ),
        tuple(
            {"i": i, "j": j, "d": d, "s": s, "l": values}
            for i, j, d, s, values in (
                (60, 2, 1.5, "b", [1]),
                (60, -2, 1.5, "b", [1, 2]),
                (60, 0, 1, "a", [0, 1]),
                (-7, 4, 0.5, "b", [0]),
                (7, 4, 0.5, "c", [1, 1]),
                (7, -4, 1e300, "b", [2, 3]),
                (0, 1, 2, "b", []),
            )
        )
        + ({}, {"i": 1}),
    ),
    "absorbed": (
        ruled(
            "self.a == 'a' || self.b == 'b'",
            "!(self.a == 'x' && self.b == 'x')",
            "self.l.all(x, x.a == 'a') || self.a == 'a'",
            "self.l.exists(x, x.a == 'b') || true",
            "self.l.all(x, self.l.exists_one(y, x.a == y.a && x.b == y.b))",
            "self.a == 'a' ? true : self.b == 'b'",
            a=WORD,
            b=WORD,
            l=listed(ruled(a=WORD, b=COUNT)),
        ),
        (
            {"a": "a"},
            {"b": "b"},
            {"a": "a", "l": [{"a": "a", "b": 1}, {"a": "b", "b": 1}]},
            {"b": "c", "l": []},
            {"a": "x", "b": "x", "l": [{"a": "a"}]},
            {"a": "a", "l": [{"b": 1}, {"a": "c", "b": 2}]},
            {"a": "b", "b": "b", "l": [{"b": 1}, {"a": "c", "b": 2}]},
            {"a": "a", "l": [{"a": "a", "b": 1}, {"a": "a", "b": 1}]},
            {},
        ),
    ),
    "types": (
        ruled(
            "self.o == self.o && self.r.all(x, self.r[0] == x)",
            "self.m == {'a': 1}",
            "self.l == [1, 2] || self.l != self.k",
            "1 in self.l",
            "'a' in self.m",
            "self.m.all(key, self.m[key] < 5)",
            "self.b != self.c",
            "self.b < self.c",
            o=ruled(a=WORD, l=listed(COUNT)),
            r=listed(ruled(a=WORD, l=listed(COUNT))),
            m={"type": "object", "maxProperties": 5, "additionalProperties": COUNT},
            l=listed(COUNT),
            k=listed(COUNT),
            b={"type": "boolean"},
            c={"type": "boolean"},
        ),
        (
            {
                "o": {"a": "a"},
                "r": [{"a": "a", "l": [1]}, {"l": [1], "a": "a"}],
                "m": {"a": 1},
                "l": [1, 2],
                "k": [1],
                "b": False,
                "c": True,
            },
            {"o": {}, "r": [{"a": "a", "l": [1]}, {"a": "a", "l": [2]}], "m": {"a": 7}, "l": [2, 1], "k": [2, 1], "b": True, "c": True},
            {"o": {}, "r": [{}, {"a": None}], "m": {"b": 1}, "l": [], "k": [1], "b": True, "c": False},
            {},
        ),
    ),
}

# Rules that the API server refuses, as kgen does; the second part says whether it takes them where kgen does not.
WRONG_RULES: Final[tuple[tuple[Json, bool], ...]] = (
    (said("self.zzz == 1"), False),
    (said("self.a == 1"), False),
    (said("self.a"), False),
    (said("self.a == "), False),
    (said(""), False),
    (said("self.a == 'a'", messageExpression="1"), False),
    (said("self.a == 'a'", messageExpression="self.zzz"), False),
    (said("self.a == 'a'", message="two\nlines"), False),
    (said("self.a ==\n'a'"), False),
    (said("self.a == 'a'", reason="Nope"), False),
    (said("self.a == 'a'", fieldPath=".zzz"), False),
    (said("self.a == 'a'", fieldPath="a"), False),
    (said("self.a == 'a'", fieldPath=".a[0]"), False),
    (said("self.a == 'a'", optionalOldSelf=True), False),
    (said("self.a == 'a'", zzz=1), False),
    (said("self.a == 'a'", message=" "), False),
    (said("self.a.matches('(')"), False),
    (said("self.a.matches('(?=a)')"), False),
    (said("duration('1x') == duration('1s')"), False),
    (said("namespace == 'a'"), False),
    (said("self.a == 'a' && 1"), False),
    (said("self.all(x, true)"), False),
    (said("1u == 1u"), True),
    (said("isURL(self.a)"), True),
    (said("self.a.find('a') == 'a'"), True),
    (said("string(self.a) == 'a'"), True),
    (said("self.?a.hasValue()"), True),
    (said("oldSelf.hasValue() || self.a == 'a'", optionalOldSelf=True), True),
)
