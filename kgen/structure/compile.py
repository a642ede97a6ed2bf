"""Compiles schemas to Python modules: functions that say yes, and give the completed object, as fast as Python can.

A generated function says yes or raises; it has no words. The code is built as a syntax tree from fixed pieces, and whatever a
schema brings is put in as a constant, so no text of a schema can become code.

What is not worth generated code is left to `walk` by raising: null in place of an absent field, floats for whole numbers, `status`.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any, Final

from kgen.records import NamedTuple
from kgen.structure.code import code, literal, name
from kgen.structure.fitting import Fitting
from kgen.structure.judging import Judging
from kgen.structure.units import Schema, Units

HEAD: Final = "# Made by hatch_build.py from schemas/; not to be edited.\n# mypy: ignore-errors\n# ruff: noqa\n"


class Compiler(Units):
    """Compiles schemas of one or many kinds."""

    def judge(self, schema: Schema) -> str:
        """The name of the function that completes and judges an object of a structural schema: it gives the object, or raises.

        `status` is the controllers' own and rarely in a manifest: an object that has one is left to the walk.
        """
        properties = {key: below for key, below in schema["properties"].items() if key != "status"}
        return Judging(self, schema).function({**{key: value for key, value in schema.items() if key != "$defs"}, "properties": properties})

    def fits(self, schema: Schema) -> str:
        """The name of the function that says whether a value fits a JSON Schema; it may also raise, which is no yes."""
        return Fitting(self, schema, structural=False).function(schema)


class Module(NamedTuple):
    """One generated module: its text, and the functions that it takes, lazily, from parts of their own."""

    source: str
    parts: tuple[str, ...]


def reached(compiler: Compiler, entry: str, budget: int) -> tuple[list[str], list[str]]:
    """The functions that stand with `entry` in one module, nearest first, and those that are left to parts.

    `budget` is in characters; it is kept only where what is beyond it is worth a module of its own.
    """
    here: dict[str, None] = {entry: None}
    beyond: dict[str, None] = {}
    size = compiler.units[entry].size
    level = [entry]
    while level:
        after: dict[str, None] = {}
        for unit in level:
            after.update(dict.fromkeys(call for call in compiler.units[unit].calls if call not in here and call not in beyond))
        level = []
        for unit in after:
            if size + compiler.units[unit].size > budget and weight(compiler, unit) > budget // 4:
                beyond[unit] = None
            else:
                here[unit] = None
                size += compiler.units[unit].size
                level.append(unit)
    return list(here), [unit for unit in beyond if unit not in here]


def weight(compiler: Compiler, entry: str) -> int:
    """The size of a function with all that it calls."""
    seen = {entry}
    todo = [entry]
    while todo:
        for call in compiler.units[todo.pop()].calls:
            if call not in seen:
                seen.add(call)
                todo.append(call)
    return sum(compiler.units[unit].size for unit in seen)


def module(compiler: Compiler, entry: str, public: str, package: str, budget: int) -> Module:
    """The module in which the function `entry` is called `public`; parts are modules of `package` named as the function they hold."""
    here, beyond = reached(compiler, entry, budget)
    units = [compiler.units[unit] for unit in sorted(here)]
    helpers = {helper for unit in units for helper in unit.helpers}
    if any(unit.name.startswith("f_") for unit in units):
        helpers.add("Bad")
    texts = sorted({text for unit in units for text in unit.texts})
    operations = sorted({operation for unit in units for operation in unit.operations})
    body: list[ast.stmt] = []
    imported = sorted(helpers | ({"text"} if texts else set()) | ({"lazy"} if beyond else set()))
    if imported:
        body.append(ast.ImportFrom("kgen.structure.checks", [ast.alias(helper) for helper in imported], 0))
    if operations:
        body.append(ast.ImportFrom("kgen.structure.cel.functions", [ast.alias(each, f"cel_{each}") for each in operations], 0))
    for text in texts:
        body += code(
            "S, T = text(A, B, C, D, E)",
            S=name(f"s_{text}"),
            T=name(f"t_{text}"),
            **dict(zip("ABCDE", map(literal, compiler.texts[text]), strict=True)),
        )
    for part in sorted(beyond):
        body += code("F = lazy(MODULE, NAME)", F=name(part), MODULE=literal(f"{package}.{part}"), NAME=literal(part))
    last = code("PUBLIC = ENTRY", PUBLIC=name(public), ENTRY=name(entry)) if public != entry else []
    source = "\n\n".join([ast.unparse(ast.Module(body, [])), *(unit.source for unit in units), ast.unparse(ast.Module(last, []))])
    return Module(f"{HEAD}{source}\n", tuple(sorted(beyond)))


def loaded(compiler: Compiler, entry: str) -> Any:
    """The function `entry`, compiled here and now."""
    text = module(compiler, entry, "entry", "", 1 << 60).source
    names: dict[str, Any] = {}
    exec(compile(text, "<schema>", "exec"), names)
    return names["entry"]


def constants(values: Mapping[str, Any]) -> str:
    """The text of a module that holds plain data."""
    body = [each for key, value in values.items() for each in code("NAME = VALUE", NAME=name(key), VALUE=literal(value))]
    return f"{HEAD}{ast.unparse(ast.Module(body, []))}\n"
