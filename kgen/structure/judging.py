"""Writes the functions of a structural schema: each gives the completed value, or raises."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any, Final

from kgen.diagnostics import ROOT
from kgen.structure.cel.translate import demanded
from kgen.structure.code import code, literal, name, one_of
from kgen.structure.fitting import COMPARISONS, LIST_KEYWORDS, MAP_KEYWORDS, NUMBER_KEYWORDS, STRING_KEYWORDS, Fitting
from kgen.structure.units import Schema, Scope, Units, function
from kgen.structure.walk import BOUNDS, FLOAT32, Walk, beyond, referred, types_of

CHOICES: Final = ("allOf", "anyOf", "oneOf", "not", "if")


class Judging:
    """Writes the functions of one structural schema."""

    def __init__(self, units: Units, root: Schema) -> None:
        self.units = units
        self.root = root
        self._changes: dict[int, bool] = {}
        self.fitting = Fitting(units, root, structural=True)

    def changes(self, schema: Schema, inside: tuple[str, ...] = ()) -> bool:
        """Whether a value of this schema may come out other than it went in."""
        if "$ref" in schema:
            reference = schema["$ref"]
            return reference not in inside and self.changes(referred(reference, self.root), (*inside, reference))
        known = self._changes.get(id(schema))
        if known is None:
            below = [*schema.get("properties", {}).values()]
            below += [each for each in (schema.get("items"), schema.get("additionalProperties")) if isinstance(each, Mapping)]
            known = any(each.get("default") is not None or self.changes(each, inside) for each in below)
            if not inside:  # within a reference the answer is only true of that way in
                self._changes[id(schema)] = known
        return known

    def function(self, schema: Schema) -> str:
        """The function for a schema; for one that is not an object with fields, a function around its checks."""
        if "$ref" in schema:
            return self.function(referred(schema["$ref"], self.root))
        unit_name = self.units.key("f", schema, self.root)
        if unit_name in self.units.units or unit_name in self.units.writing:
            return unit_name
        self.units.writing.add(unit_name)
        scope = Scope()
        if "properties" in schema:
            body = self.fields(schema, scope)
        else:
            body, result = self.value(schema, "x", 0, scope)
            body += [ast.Return(name(result))]
        self.units.writing.discard(unit_name)
        return self.units.add(unit_name, function(unit_name, body), scope)

    # Each of these gives statements that raise, or fall through with the value, perhaps a new one, in the variable they name.

    def value(self, schema: Schema, var: str, depth: int, scope: Scope) -> tuple[list[ast.stmt], str]:
        """The checks of the value in `var`."""
        result = var
        if "$ref" in schema or "properties" in schema:
            called = self.function(schema)
            scope.calls[called] = None
            if self.changes(schema):
                result = f"r{depth}"
                checks = code("R = F(V)", R=name(result), F=name(called), V=name(var))
            else:
                checks = code("F(V)", F=name(called), V=name(var))
            if "$ref" not in schema:
                return self.unless_null(schema, checks, var, result), result
            return checks, result
        types = types_of(schema)
        choices = True
        if not types:
            checks = self.anything(schema, var, scope)
        elif types == ("string",):
            checks = self.string(schema, var, scope)
        elif types == ("integer",):
            checks = self.integer(schema, var, scope)
        elif types == ("number",):
            checks = self.number(schema, var, scope)
        elif types == ("integer", "string"):
            checks = code(
                "if type(V) is int: INT\nelse: STR",
                V=name(var),
                INT=self.integer(schema, var, scope),
                STR=self.string(schema, var, scope),
            )
        elif types == ("boolean",):
            checks = code("if V is not True and V is not False: raise Bad", V=name(var))
            if "enum" in schema:
                checks += self.enum(schema, var, scope)
        elif types == ("array",):
            checks, result = self.items(schema, var, depth, scope)
        elif types == ("object",):
            checks, result = self.entries(schema, var, depth, scope)
        else:
            # Several types: nothing inside is completed.
            checks = code("if not FITS: raise Bad", FITS=self.fitting.fits(schema, var, scope))
            choices = False
        if choices:
            checks += self.choices(schema, result, scope)
        checks += self.rules(schema, result, scope)
        return self.unless_null(schema, checks, var, result), result

    def unless_null(self, schema: Schema, checks: list[ast.stmt], var: str, result: str) -> list[ast.stmt]:
        if not schema.get("nullable") or "enum" in schema:
            return checks
        if result == var:
            return code("if V is not None: CHECKS", V=name(var), CHECKS=checks)
        return code("R = V\nif V is not None: CHECKS", V=name(var), R=name(result), CHECKS=checks)

    def rules(self, schema: Schema, var: str, scope: Scope) -> list[ast.stmt]:
        """The rules of `x-kubernetes-validations` at this level, over the completed value in `var`. Raises CelError."""
        rules = schema.get("x-kubernetes-validations", ())
        return [each for rule in rules for each in demanded(rule["rule"], schema, var, self.units, scope)]

    def choices(self, schema: Schema, var: str, scope: Scope) -> list[ast.stmt]:
        """allOf, anyOf, oneOf and not."""
        only = {key: schema[key] for key in CHOICES if key in schema}
        return code("if not FITS: raise Bad", FITS=self.fitting.fits(only, var, scope)) if only else []

    def enum(self, schema: Schema, var: str, scope: Scope) -> list[ast.stmt]:
        return code("if not AMONG(V, VALUES): raise Bad", AMONG=scope.helper("among"), V=name(var), VALUES=literal(tuple(schema["enum"])))

    def anything(self, schema: Schema, var: str, scope: Scope) -> list[ast.stmt]:
        # null means absent, except in lists: the walk knows where it is.
        checks = [] if schema.get("nullable") else code("if V is None: raise Bad", V=name(var))
        if schema.get("x-kubernetes-preserve-unknown-fields"):
            checks += code("PLAIN(V)", PLAIN=scope.helper("plain"), V=name(var))
        else:  # additionalProperties: true
            checks += code("if type(V) is dict or type(V) is list: raise Bad\nPLAIN(V)", PLAIN=scope.helper("plain"), V=name(var))
        if "enum" in schema:
            checks += self.enum(schema, var, scope)
        rest = {key: value for key, value in schema.items() if key in STRING_KEYWORDS | NUMBER_KEYWORDS | LIST_KEYWORDS | MAP_KEYWORDS}
        if rest:
            checks += code("if not FITS: raise Bad", FITS=self.fitting.fits(rest, var, scope))
        return checks

    def string(self, schema: Schema, var: str, scope: Scope) -> list[ast.stmt]:
        if "enum" in schema:
            judged = {key: value for key, value in schema.items() if key in STRING_KEYWORDS or key == "type"}
            values = [value for value in schema["enum"] if not Walk(schema, True).findings_of(value, judged, ROOT)]
            if not values:
                return code("raise Bad")
            if len(values) == 1:
                return code("if V != ONE: raise Bad", V=name(var), ONE=literal(values[0]))
            # What is no string and cannot be looked up raises as well.
            return code("if V not in VALUES: raise Bad", V=name(var), VALUES=one_of(values))
        if "pattern" in schema or "format" in schema:
            number = self.units.text(schema, scope)
            return code("if V not in S and not T(V): raise Bad", V=name(var), S=name(f"s_{number}"), T=name(f"t_{number}"))
        low, high = schema.get("minLength", 0), schema.get("maxLength")
        if high is not None and low:
            return code("if type(V) is not str or not LOW <= len(V) <= HIGH: raise Bad", V=name(var), LOW=literal(low), HIGH=literal(high))
        if high is not None:
            return code("if type(V) is not str or len(V) > HIGH: raise Bad", V=name(var), HIGH=literal(high))
        if low == 1:
            return code("if type(V) is not str or not V: raise Bad", V=name(var))
        if low:
            return code("if type(V) is not str or len(V) < LOW: raise Bad", V=name(var), LOW=literal(low))
        return code("if type(V) is not str: raise Bad", V=name(var))

    def integer(self, schema: Schema, var: str, scope: Scope) -> list[ast.stmt]:
        low, high = bounds(schema)
        checks = code("if type(V) is not int or not LOW <= V <= HIGH: raise Bad", V=name(var), LOW=literal(low), HIGH=literal(high))
        if "enum" in schema:
            checks += self.enum(schema, var, scope)
        if "multipleOf" in schema:
            checks += self.multiple(schema, var, scope)
        return checks

    def multiple(self, schema: Schema, var: str, scope: Scope) -> list[ast.stmt]:
        return code(
            "if not MULTIPLE(V, STEP): raise Bad", MULTIPLE=scope.helper("multiple"), V=name(var), STEP=literal(schema["multipleOf"])
        )

    def number(self, schema: Schema, var: str, scope: Scope) -> list[ast.stmt]:
        if beyond(schema) is not None:
            return code("raise Bad")
        checks = code("if not NUMBER(V): raise Bad", NUMBER=scope.helper("number"), V=name(var))
        if fractional(schema):
            checks += code("if V == V // 1: raise Bad", V=name(var))  # Go has its own way with these: see the walk
        for keyword, source in COMPARISONS.items():
            if keyword in schema:
                checks += code(f"if not ({source}): raise Bad", V=name(var), BOUND=literal(schema[keyword]))
        if schema.get("format") == "float":
            checks += code("if not -BOUND <= V <= BOUND: raise Bad", V=name(var), BOUND=literal(FLOAT32))
        if "enum" in schema:
            checks += self.enum(schema, var, scope)
        if "multipleOf" in schema:
            checks += self.multiple(schema, var, scope)
        return checks

    def items(self, schema: Schema, var: str, depth: int, scope: Scope) -> tuple[list[ast.stmt], str]:
        checks = code("if type(V) is not list: raise Bad", V=name(var))
        low, high = schema.get("minItems", 0), schema.get("maxItems")
        if high is not None:
            checks = code("if type(V) is not list or len(V) > HIGH: raise Bad", V=name(var), HIGH=literal(high))
        if low:
            checks += code("if len(V) < LOW: raise Bad", V=name(var), LOW=literal(low))
        result = var
        items = schema.get("items")
        if items is None:
            checks += code("PLAIN(V)", PLAIN=scope.helper("plain"), V=name(var))
        else:
            item = f"v{depth + 1}"
            inner, inner_result = self.value(items, item, depth + 1, scope)
            if inner_result == item:
                checks += code("for I in V: INNER", I=name(item), V=name(var), INNER=inner)
            else:
                result = f"r{depth}"
                checks += code(
                    "R = V\nfor N, I in enumerate(V):\n INNER\n if Q is not I:\n  if R is V: R = V.copy()\n  R[N] = Q",
                    V=name(var),
                    R=name(result),
                    N=name(f"n{depth}"),
                    I=name(item),
                    Q=name(inner_result),
                    INNER=inner,
                )
        kind = schema.get("x-kubernetes-list-type")
        if kind == "set":
            checks += code("if len(V) > 1 and len(set(V)) != len(V): raise Bad", V=name(result))
        elif kind == "map":
            names = tuple(schema["x-kubernetes-list-map-keys"])
            if len(names) == 1:
                checks += code("if len(V) > 1: ONE(V, KEY)", V=name(result), ONE=scope.helper("one_key"), KEY=literal(names[0]))
            else:
                checks += code("if len(V) > 1: KEYS(V, NAMES)", V=name(result), KEYS=scope.helper("keys"), NAMES=literal(names))
        if "enum" in schema:
            checks += self.enum(schema, result, scope)
        return checks, result

    def entries(self, schema: Schema, var: str, depth: int, scope: Scope) -> tuple[list[ast.stmt], str]:
        """A map whose keys are free, or that has none."""
        extra = schema.get("additionalProperties")
        checks = code("if type(V) is not dict: raise Bad", V=name(var))
        checks += self.counts(schema, var)
        for key in schema.get("required", ()):
            checks += code("if KEY not in V: raise Bad", V=name(var), KEY=literal(key))
        result = var
        if isinstance(extra, Mapping):
            item, key_name = f"v{depth + 1}", f"k{depth}"
            inner, inner_result = self.value(extra, item, depth + 1, scope)
            holes: dict[str, Any] = {"V": name(var), "I": name(item), "K": name(key_name), "INNER": inner}
            if inner_result == item:
                checks += code("for K, I in V.items():\n if type(K) is not str: raise Bad\n INNER", **holes)
            else:
                result = f"r{depth}"
                checks += code(
                    "R = V\nfor K, I in V.items():\n if type(K) is not str: raise Bad\n INNER\n"
                    " if Q is not I:\n  if R is V: R = V.copy()\n  R[K] = Q",
                    R=name(result),
                    Q=name(inner_result),
                    **holes,
                )
        elif schema.get("x-kubernetes-preserve-unknown-fields"):
            checks += code("PLAIN(V)", PLAIN=scope.helper("plain"), V=name(var))
        else:
            checks += code("if V: raise Bad", V=name(var))
        if "enum" in schema:
            checks += self.enum(schema, result, scope)
        return checks, result

    def counts(self, schema: Schema, var: str) -> list[ast.stmt]:
        checks: list[ast.stmt] = []
        if schema.get("minProperties"):
            checks += code("if len(V) < LOW: raise Bad", V=name(var), LOW=literal(schema["minProperties"]))
        if "maxProperties" in schema:
            checks += code("if len(V) > HIGH: raise Bad", V=name(var), HIGH=literal(schema["maxProperties"]))
        return checks

    def fields(self, schema: Schema, scope: Scope) -> list[ast.stmt]:
        """The body of the function for an object with fields, in `x`; the completed one is `out`."""
        properties: Mapping[str, Schema] = schema["properties"]
        required = [key for key in schema.get("required", ()) if key in properties and properties[key].get("default") is None]
        changing = self.changes(schema)
        preserve = schema.get("x-kubernetes-preserve-unknown-fields", False)
        target = "out" if changing else "x"
        body: list[ast.stmt] = []
        if not required:  # else looking up the first of them raises
            body += code("if type(x) is not dict: raise Bad")
        if changing:
            body += code("out = x")
        optional = [key for key in properties if key not in required]
        if optional and not preserve:
            body += code("n = COUNT", COUNT=literal(len(required)))
        copied = False  # whether `out` is surely no longer `x`
        for key, below in properties.items():
            checks, result = self.value(below, "v", 0, scope)
            given = code("v = x[KEY]", KEY=literal(key)) + checks
            if result != "v":
                given += code("if R is not v:\n if out is x: out = x.copy()\n out[KEY] = R", R=name(result), KEY=literal(key))
            if key in required:
                body += given
                continue
            if not preserve:
                given = code("n += 1") + given
            default = below.get("default")
            if default is None:
                body += code("if KEY in x: GIVEN", KEY=literal(key), GIVEN=given)
                continue
            absent = [] if copied else code("if out is x: out = x.copy()")
            if self.settled(below):
                absent += code("out[KEY] = VALUE", KEY=literal(key), VALUE=literal(default))
            else:
                absent += code("v = VALUE", VALUE=literal(default)) + checks + code("out[KEY] = R", KEY=literal(key), R=name(result))
            body += code("if KEY in x: GIVEN\nelse: ABSENT", KEY=literal(key), GIVEN=given, ABSENT=absent)
        if preserve:
            body += code(
                "OTHERS(x, NAMES)", OTHERS=scope.helper("others"), NAMES=ast.Call(name("frozenset"), [literal(tuple(properties))], [])
            )
        elif optional:
            body += code("if n != len(x): raise Bad")
        else:
            body += code("if len(x) != COUNT: raise Bad", COUNT=literal(len(required)))
        body += self.counts(schema, target)
        for key in schema.get("required", ()):
            if key not in properties:
                body += code("if KEY not in x: raise Bad", KEY=literal(key))
        if "enum" in schema:
            body += self.enum(schema, target, scope)
        body += self.choices(schema, target, scope)
        body += self.rules(schema, target, scope)
        body += code("return OUT", OUT=name(target))
        return body

    def settled(self, schema: Schema) -> bool:
        """Whether a default is a scalar that is right as it is, so that nothing has to be asked when it is written."""
        default = schema["default"]
        if isinstance(default, dict | list) or "x-kubernetes-validations" in schema:
            return False
        walk = Walk(self.root, True)
        return type(walk.completed(default, schema, ROOT)) is type(default) and not walk.findings_of(default, schema, ROOT)


def fractional(schema: Schema) -> bool:
    """Whether a bound is no whole number."""
    return any(schema[key] != int(schema[key]) for key in NUMBER_KEYWORDS if key in schema)


def bounds(schema: Schema) -> tuple[int, int]:
    """The least and the greatest whole number; none is between them where the format cannot hold a bound."""
    if beyond(schema) is not None:
        return 1, 0
    low, high = BOUNDS.get(schema.get("format", ""), BOUNDS["int64"])
    low = max(low, schema.get("minimum", low), schema["exclusiveMinimum"] + 1 if "exclusiveMinimum" in schema else low)
    high = min(high, schema.get("maximum", high), schema["exclusiveMaximum"] - 1 if "exclusiveMaximum" in schema else high)
    return int(low), int(high)
