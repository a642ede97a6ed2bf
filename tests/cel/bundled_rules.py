"""Every distinct rule of the bundled CRDs with one level of a schema at which it stands, and values for it: valid, defaulted, mutated."""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from kgen.diagnostics import ROOT
from kgen.structure.normal import structural
from kgen.structure.walk import Walk, matcher

Json = Any
SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
RULES = "x-kubernetes-validations"


class Level(NamedTuple):
    """A rule, and the newest schema at whose level it stands: as the CRD has it, and in the engine's form."""

    rule: str
    message: str
    file: str
    path: tuple[str, ...]
    raw: Json
    schema: Json


@cache
def levels() -> tuple[Level, ...]:
    """One level for each distinct rule, sorted by the rule."""
    found: dict[str, Level] = {}
    for file in sorted(SCHEMAS.glob("crds/**/*.json"), key=newest):
        content = json.loads(file.read_text(encoding="utf-8"))
        if "schema" not in content:
            continue
        name = file.relative_to(SCHEMAS).as_posix()
        for path, raw, schema in _below((), content["schema"], structural(content["schema"])):
            for each in raw.get(RULES, ()):
                found[each["rule"]] = Level(each["rule"], each.get("message", ""), name, path, raw, schema)
    return tuple(found[rule] for rule in sorted(found))


def newest(file: Path) -> tuple[tuple[int, ...], str]:
    """Files of one kind stand in the order of their versions."""
    return tuple(map(int, re.findall(r"\d+", file.name.partition("-")[2].partition("-")[2]))), file.name


def _below(path: tuple[str, ...], raw: Json, schema: Json) -> Iterator[tuple[tuple[str, ...], Json, Json]]:
    yield path, raw, schema
    for name, below in raw.get("properties", {}).items():
        if path or name not in ("metadata", "apiVersion", "kind"):
            yield from _below((*path, "properties", name), below, schema["properties"][name])
    for key in ("items", "additionalProperties"):
        if isinstance(raw.get(key), dict):
            yield from _below((*path, key), raw[key], schema[key])


# ---- values --------------------------------------------------------------------------------------------------------------------

WORDS = ["", "a", "A", "b-c", "example.com", "*.example.com", "1.2.3.4", "::1", "/", "/a", "/a//b", "10s", "0s", "1h30m", "x/y", "*", "é"]
WORDS += ["spiffe://a/b", "http://a.b", "data.mmdb", "POST", "YWJj", "10.0.0.0/8", "a:1", "x-b", "x" * 300, "a.cluster.local"]
NUMBERS = [0, 1, 2, 3, -1, 80, 443, 100, 101, 65535, 2**31 - 1]


class Values:
    """Random values of one level, from what its rules speak of; the same seed gives the same values."""

    def __init__(self, level: Level, seed: int) -> None:
        self.schema = level.schema
        self.random = random.Random(f"{seed} {level.rule}")
        text = level.rule
        self.names = set(re.findall(r"[A-Za-z_]\w*", text.replace("__namespace__", "namespace")))
        self.words = [*WORDS, *re.findall(r"'([^'\n]*)'", text), *re.findall(r'"([^"\n]*)"', text)]
        self.numbers = [*NUMBERS, *map(int, re.findall(r"\b\d{1,6}\b", text))]

    def draw(self) -> Json:
        """A value that has the right types; most have what is required, and the defaults that the API server adds."""
        value = self.value(self.schema, 0)
        kind = self.random.random()
        if kind < 0.25:
            value = self.mutated(value)
        if kind < 0.85:
            value = Walk(self.schema, structural=True).completed(value, self.schema, ROOT)
        return value

    def value(self, schema: Json, depth: int) -> Json:
        pick = self.random
        enums = [each["enum"] for each in (schema, *schema.get("allOf", ())) if "enum" in each]
        if enums and pick.random() < 0.97:
            return pick.choice(enums[0])
        if schema.get("nullable") and depth and pick.random() < 0.05:
            return None
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = pick.choice(kind)
        if kind == "string":
            return self.string(schema)
        if kind == "integer":
            low, high = schema.get("minimum", -(2**31)), schema.get("maximum", 2**31 - 1)
            numbers = [each for each in (*self.numbers, low, high) if low <= each <= high]
            return pick.choice(numbers if pick.random() < 0.9 else self.numbers)
        if kind == "number":
            return pick.choice([0.5, 1.0, 2.5, *self.numbers])
        if kind == "boolean":
            return pick.random() < 0.5
        if kind == "array":
            return self.items(schema, depth)
        if kind == "object":
            return self.fields(schema, depth)
        return {}

    def string(self, schema: Json) -> str:
        if schema.get("format") == "byte":
            return self.random.choice(("", "YQ==", "YWJj"))
        words = [each for each in self.words if len(each) <= schema.get("maxLength", 1000)]
        fitting = [each for each in words if len(each) >= schema.get("minLength", 0)]
        if "pattern" in schema:
            fitting = [each for each in fitting if matcher(schema["pattern"])(each)]
        return self.random.choice(fitting if fitting and self.random.random() < 0.9 else words)

    def items(self, schema: Json, depth: int) -> Json:
        most = min(schema.get("maxItems", 3), 3)
        found: list[Json] = []
        for _ in range(max(schema.get("minItems", 0), self.random.choice(range(most + 1)))):
            again = found and self.random.random() < 0.3
            found.append(copy.deepcopy(self.random.choice(found)) if again else self.value(schema["items"], depth + 1))
            if again and isinstance(found[-1], dict) and found[-1] and self.random.random() < 0.7:
                found[-1] = self.mutated(found[-1])
        return found

    def fields(self, schema: Json, depth: int) -> Json:
        found: dict[str, Json] = {}
        extra = schema.get("additionalProperties")
        if isinstance(extra, dict) and extra:
            for _ in range(self.random.choice((0, 1, 2))):
                found[self.random.choice(self.words)] = self.value(extra, depth + 1)
            return found
        for name, below in schema.get("properties", {}).items():
            chance = 0.97 if name in schema.get("required", ()) else 0.5 if name in self.names else 0.1 if depth < 3 else 0.02
            if self.random.random() < chance:
                found[name] = self.value(below, depth + 1)
        return found

    def mutated(self, value: Json) -> Json:
        """A value with one field or item less, or one string or number changed."""
        value = copy.deepcopy(value)
        spots: list[tuple[Json, Any]] = []

        def collect(at: Json) -> None:
            for key, below in at.items() if isinstance(at, dict) else enumerate(at) if isinstance(at, list) else ():
                spots.append((at, key))
                collect(below)

        collect(value)
        if spots:
            owner, key = self.random.choice(spots)
            old = owner[key]
            if isinstance(old, bool) or self.random.random() < 0.5:
                del owner[key]
            elif isinstance(old, str):
                owner[key] = self.random.choice(self.words)
            elif isinstance(old, int | float):
                owner[key] = self.random.choice(self.numbers)
        return value
