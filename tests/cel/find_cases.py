"""`python -m tests.cel.find_cases [KIND]`: looks for the objects that `rule_cases` lacks, and writes them into `cases/`.

A search: an object is changed at random where something is wrong with it, or at the level of the rule, and the change stays unless it made
things worse; what is found loses all that it can do without. The same seed finds the same objects.
"""

from __future__ import annotations

import copy
import json
import re
import sys
from collections.abc import Mapping
from random import Random
from typing import Any

from tests.agreement.mutate import TEXTS
from tests.cel.bundled_rules import Level, Values
from tests.cel.rule_cases import CASES, Form, Steps, Told, forms, kept, places, told

Json = Any
Path = tuple[str | int, ...]

TRIES, CHANGES = 7, 200
FAR = 1000


class Search:
    """One search: for an object that breaks a rule, or that is accepted with the rule asked."""

    def __init__(self, form: Form, steps: Steps, schema: Mapping[str, Json], rule: str, breaks: bool, known: list[Json]) -> None:
        self.form, self.steps, self.schema, self.rule, self.breaks = form, steps, schema, rule, breaks
        level = Level(rule, "", form.file, steps, {}, schema)
        self.values = Values(level, 0)
        self.values.words += [text for text in TEXTS if text not in self.values.words]
        self.random = Random(f"{form.file} {steps} {rule} {breaks}")
        self.values.random = self.random
        self.words = self.values.words
        self.known = known
        self.near = [body for body in known if any(each.rule == rule for each in told(form, body).asked)]

    def found(self) -> tuple[Json, int] | None:
        """The best object, and how many findings there are beside the wanted one; None if the rule was never as wanted."""
        best: tuple[Json, int] | None = None
        for _ in range(TRIES):
            body = self.start()
            said = told(self.form, body)
            score = self.score(said)
            for _ in range(CHANGES):
                if score == 0:
                    return self.smaller(body), 0
                other = self.changed(body, said)
                if other is None:
                    continue
                then = told(self.form, other)
                now = self.score(then)
                if now <= score:
                    body, said, score = other, then, now
            if score < FAR and (best is None or score < best[1]):
                best = body, score
        return (self.smaller(best[0], best[1]), best[1]) if best and self.breaks else None

    def score(self, said: Told) -> int:
        """0 for what is wanted."""
        if self.breaks:
            mine = sum(each.rule == self.rule and not each.holds for each in said.asked)
            return len(said.findings) - 1 if mine else FAR + len(said.findings)
        asked = any(each.rule == self.rule for each in said.asked)
        return len(said.findings) if asked else FAR + len(said.findings)

    def start(self) -> Json:
        """An object with little but the level of the rule."""

        def made(schema: Mapping[str, Json], steps: Steps) -> Json:
            if not steps:
                return self.values.value(schema, 2)
            step = steps[0]
            if step == "[]":
                return [made(schema["items"], steps[1:])]
            if step == "{}":
                return {"a": made(schema["additionalProperties"], steps[1:])}
            below = schema["properties"]
            out = {name: self.values.value(below[name], 3) for name in schema.get("required", ()) if name in below and name != step}
            return {**out, step: made(below[step], steps[1:])}

        def within(value: Json, schema: Mapping[str, Json], steps: Steps) -> Json:
            """A value that is right as it is, with the level put in where it is not there."""
            if not steps:
                return value if self.random.random() < 0.5 else self.values.value(schema, 2)
            step = steps[0]
            if step == "[]" and isinstance(value, list) and value:
                return [within(value[0], schema["items"], steps[1:]), *value[1:]]
            if isinstance(value, dict) and step in value:
                return {**value, step: within(value[step], schema["properties"][step], steps[1:])}
            if isinstance(value, dict) and step in schema.get("properties", {}):
                return {**value, step: made(schema["properties"][step], steps[1:])}
            return made(schema, steps)

        if self.near and self.random.random() < 0.6:
            return copy.deepcopy(self.random.choice(self.near))
        if self.known and self.random.random() < 0.7:
            return within(copy.deepcopy(self.random.choice(self.known)), self.form.schema, self.steps)
        return {self.steps[0]: made(self.form.schema["properties"][self.steps[0]], self.steps[1:])}

    def changed(self, body: Json, said: Told) -> Json | None:
        body = copy.deepcopy(body)
        wrong = [each for each in said.findings if not (self.breaks and each.keyword == "rule" and self.rule in said.broken)]
        if wrong and self.random.random() < 0.75:
            path: Path = tuple(self.random.choice(wrong).path)
        else:
            spots = [each.path for each in said.asked if each.rule == self.rule]
            path = tuple(self.random.choice(spots)) if spots else tuple(step for step in self.steps if step not in ("[]", "{}"))
        texts = " ".join(each.rule for each in said.asked if not each.holds) + self.rule
        self.values.names = set(re.findall(r"\w+", texts))
        self.values.words = [*self.words, *re.findall(r"['\"]([^'\"\n]*)['\"]", texts) * 8]
        # Up to one level above, or some below.
        if path and self.random.random() < 0.3:
            path = path[:-1]
        owner, schema, path = self.reach(body, path)
        while isinstance(owner, dict | list) and owner and self.random.random() < 0.45:
            key: Any = self.random.choice(list(owner) if isinstance(owner, dict) else range(len(owner)))
            path = (*path, key)
            owner, schema, _ = self.reach(body, path)
        new = self.change(owner, schema, set(re.findall(r"\w+", texts)))
        new = dropped(new)
        if not path:
            return new if isinstance(new, dict) else None
        holder: Json = body
        for part in path[:-1]:
            holder = holder[part]
        if new is DROP:
            del holder[path[-1]]
        else:
            holder[path[-1]] = new
        return body

    def reach(self, body: Json, path: Path) -> tuple[Json, Mapping[str, Json], Path]:
        """What stands at a path, or as near to it as the object goes, and its schema."""
        schema: Mapping[str, Json] = self.form.schema
        done: Path = ()
        for part in path:
            try:
                body = body[part]
            except (KeyError, IndexError, TypeError):
                break
            done = (*done, part)
            schema = (
                schema.get("items") if isinstance(part, int) else schema.get("properties", {}).get(part, schema.get("additionalProperties"))
            ) or {}
        return body, schema, done

    def change(self, value: Json, schema: Mapping[str, Json], names: set[str]) -> Json:
        pick = self.random
        if pick.random() < 0.12:
            return DROP
        if isinstance(value, dict) and schema.get("properties"):
            absent = [name for name in schema["properties"] if name not in value and name not in TOP]
            likely = [name for name in absent if name in names or name in schema.get("required", ())]
            present = [name for name in value if name not in schema["properties"]]
            kind = pick.random()
            if present and kind < 0.3:
                return {key: each for key, each in value.items() if key not in present}
            if absent and kind < 0.5:
                name = pick.choice(likely if likely and pick.random() < 0.85 else absent)
                return {**value, name: self.values.value(schema["properties"][name], 2)}
            if value and kind < 0.7:
                gone = pick.choice(list(value))
                return {key: each for key, each in value.items() if key != gone}
            chosen = [name for name in value if name in schema["properties"]]
            if chosen and kind < 0.95:
                name = pick.choice(chosen)
                return {**value, name: self.change(value[name], schema["properties"][name], names)} if self.kept(value, name) else value
        if isinstance(value, list) and schema.get("items"):
            kind = pick.random()
            if kind < 0.3 or not value:
                return [*value, self.values.value(schema["items"], 2)]
            if kind < 0.6:
                again = copy.deepcopy(pick.choice(value))
                if isinstance(again, dict) and pick.random() < 0.6:
                    again = self.change(again, schema["items"], names)
                return [*value, again] if again is not DROP else value
            if kind < 0.65 and len(value) < 40:
                return [*value, *copy.deepcopy(value), *copy.deepcopy(value)]
            place = pick.randrange(len(value))
            new = self.change(value[place], schema["items"], names)
            return [each if number != place else new for number, each in enumerate(value) if number != place or new is not DROP]
        return self.values.value(schema, 2) if schema else DROP

    def kept(self, value: Json, name: str) -> bool:
        return not isinstance(value[name], dict | list) or self.random.random() < 0.5

    def smaller(self, body: Json, score: int = 0) -> Json:
        """The object without all that it can do without, and with plain words where any will do."""
        again = True
        while again:
            again = False
            for path in sorted(spots(body), key=lambda each: (len(each), str(each))):
                other = copy.deepcopy(body)
                holder = other
                for part in path[:-1]:
                    holder = holder[part]
                del holder[path[-1]]
                if self.score(told(self.form, other)) <= score:
                    body, again = other, True
                    break
        for path in spots(body):
            for word in PLAIN:
                other = copy.deepcopy(body)
                holder = other
                for part in path[:-1]:
                    holder = holder[part]
                if not isinstance(holder[path[-1]], str) or holder[path[-1]] in PLAIN:
                    break
                holder[path[-1]] = word
                if self.score(told(self.form, other)) <= score:
                    body = other
                    break
        return body


DROP: Any = object()
PLAIN = ("a", "b", "c", "a.example", "10.0.0.0/8", "http://a")
TOP = ("metadata", "apiVersion", "kind", "status")


def dropped(value: Json) -> Json:
    """A value without what was marked to go."""
    if isinstance(value, dict):
        return {key: dropped(each) for key, each in value.items() if each is not DROP}
    return [dropped(each) for each in value if each is not DROP] if isinstance(value, list) else value


def spots(value: Json, path: Path = ()) -> list[Path]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [each for key, below in inner for each in ((*path, key), *spots(below, (*path, key)))]


def main(only: str = "") -> None:
    """Fills the files of the kinds whose name has `only` in it, and prints what was not found."""
    for kind, versions in forms().items():
        if only not in kind:
            continue
        data = copy.deepcopy(dict(kept(kind)))
        hopeless: set[str] = set()
        for form in versions:
            fill(kind, form, data, hopeless)


def write(kind: str, data: Mapping[str, Json]) -> None:
    CASES.mkdir(exist_ok=True)
    lists = ("[\n" + ",\n".join(json.dumps(each, ensure_ascii=False) for each in data[key]) + "\n]" for key in ("holds", "breaks"))
    (CASES / f"{kind}.json").write_text('{{\n"holds": {},\n"breaks": {}\n}}\n'.format(*lists), encoding="utf-8")


def fill(kind: str, form: Form, data: dict[str, Json], hopeless: set[str]) -> None:
    """Looks for what one version lacks; `hopeless` are the rules that could not be broken alone in a newer one."""
    known: dict[str, list[tuple[Steps, Mapping[str, Json]]]] = {}
    for steps, schema, rule in places(form.schema):
        if "oldSelf" not in rule and steps[0] != "status":
            known.setdefault(rule, []).append((steps, schema))
    breaks = [told(form, body) for body in data["breaks"]]
    holds = [told(form, body) for body in data["holds"]]
    for rule, levels in known.items():
        levels = sorted(levels, key=lambda each: len(each[0]))[:3]
        if not any(said.holds(rule) for said in holds):
            for steps, schema in levels:
                found = Search(form, steps, schema, rule, False, [*data["holds"], *data["breaks"]]).found()
                if found is not None:
                    data["holds"].append(found[0])
                    holds.append(told(form, found[0]))
                    write(kind, data)
                    break
            else:
                print(f"{form.file}: NEVER TRUE: {rule[:200]!r}", flush=True)
    for rule, levels in known.items():
        levels = sorted(levels, key=lambda each: len(each[0]))[:3]
        some = any(said.breaks(rule) for said in breaks)
        if not any(said.breaks_alone(rule) for said in breaks) and rule not in hopeless:
            found = None
            for steps, schema in levels:
                found = Search(form, steps, schema, rule, True, [*data["holds"], *data["breaks"]]).found()
                if found is not None and found[1] == 0:
                    break
            if found is None or found[1]:
                hopeless.add(rule)
            if found is None:
                print(f"{form.file}: NEVER BROKEN {'(not alone)' if some else ''}: {rule[:200]!r}", flush=True)
            else:
                if found[1]:
                    print(
                        f"{form.file}: {found[1]} more: {rule[:120]!r} {[str(each) for each in told(form, found[0]).findings][:3]}",
                        flush=True,
                    )
                if found[1] == 0 or not some:
                    data["breaks"].append(found[0])
                    breaks.append(told(form, found[0]))
                    write(kind, data)


if __name__ == "__main__":
    main(*sys.argv[1:2])
