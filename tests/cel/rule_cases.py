"""For each rule of each bundled CRD an object that breaks it, where possible it alone, and one that satisfies it: kept in `cases/`.

`python -m tests.cel.find_cases` looks for those that are missing, which is what a new version needs; a person may write one as well.
A file has the objects of a kind, of all its versions, without what every object has: `holds` are accepted, `breaks` are refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from kgen.conformance.bundle import bundled_schema
from kgen.diagnostics import ROOT, FieldPath
from kgen.structure import Finding
from kgen.structure.rules import RULES, Rule, Rules
from kgen.structure.walk import judge
from tests.cel.bundled_rules import SCHEMAS, newest

Json = Any
Steps = tuple[str, ...]

CASES: Final = Path(__file__).resolve().parent / "cases"


class Form(NamedTuple):
    """One bundled schema of a kind: its file, its apiVersion, and the schema in the engine's form."""

    file: str
    api_version: str
    kind: str
    schema: Mapping[str, Json]

    def body(self, rest: Json) -> Json:
        """A whole object of what is kept."""
        return {"apiVersion": self.api_version, "kind": self.kind, "metadata": {"name": "a"}, **rest}


@cache
def forms() -> Mapping[str, tuple[Form, ...]]:
    """Every bundled schema with rules, by kind (such as `httproute.gateway.networking.k8s.io`), the newest first."""
    found: dict[str, list[Form]] = {}
    rows = [row for versions in json.loads((SCHEMAS / "index.json").read_bytes()).values() for rows in versions.values() for row in rows]
    names = {row["file"]: row for row in rows if row["file"].startswith("crds/")}
    for file in sorted(names, key=lambda name: newest(SCHEMAS / name), reverse=True):
        row = names[file]
        schema = bundled_schema(file, False)
        if Rules(schema).asks(schema):
            form = Form(file, f"{row['group']}/{row['version']}", row["kind"], schema)
            found.setdefault(f"{row['kind'].lower()}.{row['group']}", []).append(form)
    return {kind: tuple(found[kind]) for kind in sorted(found)}


def places(schema: Mapping[str, Json], steps: Steps = ()) -> Iterator[tuple[Steps, Mapping[str, Json], str]]:
    """Each rule of a schema with the level at which it stands, and the way there: names, `[]` and `{}`."""
    for raw in schema.get(RULES, ()):
        yield steps, schema, raw["rule"]
    for name, below in schema.get("properties", {}).items():
        yield from places(below, (*steps, name))
    for key, sign in (("items", "[]"), ("additionalProperties", "{}")):
        if schema.get(key):
            yield from places(schema[key], (*steps, sign))


class Asked(NamedTuple):
    """One rule, asked of one value, and whether it holds."""

    rule: str
    path: FieldPath
    holds: bool


class Recorder(Rules):
    """The rules of a schema, which keeps what they said of the last object."""

    def __init__(self, schema: Mapping[str, Json]) -> None:
        super().__init__(schema)
        self.asked: list[Asked] = []
        self.at = ROOT
        self._noted: dict[int, tuple[Rule, ...]] = {}

    def below(self, value: Json, schema: Mapping[str, Json], at: FieldPath) -> Iterator[Finding]:
        self.at = at  # the rules of this level are asked before those below it
        yield from super().below(value, schema, at)

    def level(self, schema: Mapping[str, Json]) -> tuple[Rule, ...]:
        found = self._noted.get(id(schema))
        if found is None:
            texts = [raw["rule"] for raw in schema.get(RULES, ()) if "oldSelf" not in raw["rule"]]
            found = tuple(self.noted(text, rule) for text, rule in zip(texts, super().level(schema), strict=True))
            self._noted[id(schema)] = found
        return found

    def noted(self, text: str, rule: Rule) -> Rule:
        """The rule, which keeps what it said."""

        def holds(value: Json) -> Json:
            said: Json = None
            try:
                said = rule.holds(value)
                return said
            finally:
                self.asked.append(Asked(text, self.at, said is True))

        return rule._replace(holds=holds)


class Told(NamedTuple):
    """What kgen finds in an object, and what each rule said that was asked of it."""

    findings: tuple[Finding, ...]
    asked: tuple[Asked, ...]

    @property
    def broken(self) -> frozenset[str]:
        """The rules that do not hold."""
        return frozenset(each.rule for each in self.asked if not each.holds)

    def breaks(self, rule: str) -> bool:
        """Whether the object is refused, by this rule among others."""
        return rule in self.broken

    def breaks_alone(self, rule: str) -> bool:
        """Whether the object would be accepted, were it not for this rule."""
        return bool(self.findings) and self.broken == {rule} and len(self.findings) == sum(not each.holds for each in self.asked)

    def holds(self, rule: str) -> bool:
        """Whether the object is accepted, and this rule was asked of it."""
        return not self.findings and any(each.rule == rule for each in self.asked)


_RECORDERS: dict[str, Recorder] = {}


def told(form: Form, rest: Json) -> Told:
    """What kgen says of an object in one version."""
    recorder = _RECORDERS.setdefault(form.file, Recorder(form.schema))
    recorder.asked = []
    judged = judge(form.schema, form.body(rest), recorder)
    return Told(judged.findings, tuple(recorder.asked))


@cache
def kept(kind: str) -> Mapping[str, Json]:
    """What is kept for a kind: lists of `holds` and `breaks`."""
    file = CASES / f"{kind}.json"
    return json.loads(file.read_bytes()) if file.exists() else {"holds": [], "breaks": []}  # type: ignore[no-any-return]
