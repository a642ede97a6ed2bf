"""Writes functions that say whether a value fits a JSON Schema, or one of the schemas inside a structural one that only judge."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any, Final

from kgen.structure.code import code, every, literal, name, no, one_of, some, term
from kgen.structure.units import Schema, Scope, Units, function
from kgen.structure.walk import BOUNDS, FLOAT32, beyond, referred, types_of

STRING_KEYWORDS: Final = frozenset({"minLength", "maxLength", "pattern", "format"})
NUMBER_KEYWORDS: Final = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
LIST_KEYWORDS: Final = frozenset({"items", "minItems", "maxItems", "uniqueItems"})
MAP_KEYWORDS: Final = frozenset(
    {
        "properties",
        "patternProperties",
        "additionalProperties",
        "propertyNames",
        "required",
        "minProperties",
        "maxProperties",
        "dependentRequired",
    }
)
PYTHON_TYPES: Final = {"string": "str", "object": "dict", "array": "list"}
COMPARISONS: Final = {
    "minimum": "V >= BOUND",
    "maximum": "V <= BOUND",
    "exclusiveMinimum": "V > BOUND",
    "exclusiveMaximum": "V < BOUND",
}


class Fitting:
    """Writes functions that say whether a value fits a JSON Schema; of a structural schema, the parts that only judge."""

    def __init__(self, units: Units, root: Schema, structural: bool) -> None:
        self.units = units
        self.root = root
        self.structural = structural

    def function(self, schema: Schema | bool) -> str:
        if isinstance(schema, Mapping) and "$ref" in schema:
            return self.function(referred(schema["$ref"], self.root))
        unit_name = self.units.key("g" if self.structural else "j", schema, self.root)
        if unit_name in self.units.units or unit_name in self.units.writing:
            return unit_name
        self.units.writing.add(unit_name)
        scope = Scope()
        body = self.checks(schema, "x", 0, scope) + code("return True")
        self.units.writing.discard(unit_name)
        return self.units.add(unit_name, function(unit_name, body), scope)

    def call(self, schema: Schema | bool, var: str, scope: Scope) -> ast.expr:
        called = self.function(schema)
        scope.calls[called] = None
        return term("F(V)", F=name(called), V=name(var))

    # ---- as one expression -----------------------------------------------------------------------------------------------------

    def fits(self, schema: Schema | bool, var: str, scope: Scope) -> ast.expr:
        """An expression that is true if the value in `var` fits; it calls a function where it would be long."""
        if isinstance(schema, bool):
            return ast.Constant(schema)
        if "$ref" in schema:
            return self.call(schema, var, scope)
        keywords = schema.keys() - {"$defs"}
        types = types_of(schema)
        terms: list[ast.expr] = []
        if keywords <= {"type", "enum", "const", "required", "anyOf", "oneOf", "allOf", "not"}:
            if types:
                terms.append(self.is_a(types, var, scope))
            terms += self.values(schema, var, scope)
            if schema.get("required"):
                has = every([term("KEY in V", KEY=literal(key), V=name(var)) for key in schema["required"]])
                terms.append(has if types == ("object",) else term("type(V) is not dict or HAS", V=name(var), HAS=has))
            terms += [self.fits(each, var, scope) for each in schema.get("allOf", ())]
            if "anyOf" in schema:
                terms.append(some([self.fits(each, var, scope) for each in schema["anyOf"]]))
            if "oneOf" in schema:
                terms.append(self.just_one(schema["oneOf"], var, scope))
            if "not" in schema:
                terms.append(no(self.fits(schema["not"], var, scope)))
            return every(terms)
        return self.call(schema, var, scope)

    def just_one(self, options: list[Schema | bool], var: str, scope: Scope) -> ast.expr:
        each = [self.fits(option, var, scope) for option in options]
        kinds = [set(types_of(self.target(option))) for option in options]
        apart = all(kinds) and sum(map(len, kinds)) == len(set().union(*kinds)) and not {"integer", "number"} <= set().union(*kinds)
        if apart or len(each) == 1:
            return some(each)
        total: ast.expr = term("bool(E)", E=each[0])
        for option in each[1:]:
            total = ast.BinOp(total, ast.Add(), term("bool(E)", E=option))
        return term("TOTAL == 1", TOTAL=total)

    def target(self, schema: Schema | bool) -> Schema:
        while isinstance(schema, Mapping) and "$ref" in schema:
            schema = referred(schema["$ref"], self.root)
        return {} if isinstance(schema, bool) else schema

    def is_a(self, types: tuple[str, ...], var: str, scope: Scope) -> ast.expr:
        tests = []
        for each in types:
            if each in PYTHON_TYPES:
                tests.append(term("type(V) is T", V=name(var), T=name(PYTHON_TYPES[each])))
            elif each == "boolean":
                tests.append(term("type(V) is bool", V=name(var)))
            elif each == "null":
                tests.append(term("V is None", V=name(var)))
            else:
                helper = "number" if each == "number" else "integer" if self.structural else "integral"
                tests.append(term("H(V)", H=scope.helper(helper), V=name(var)))
        return some(tests)

    def values(self, schema: Schema, var: str, scope: Scope) -> list[ast.expr]:
        """The tests of enum and const."""
        terms: list[ast.expr] = []
        for values in [schema["enum"]] if "enum" in schema else []:
            if values and all(isinstance(value, str) for value in values):
                terms.append(term("type(V) is str and V in VALUES", V=name(var), VALUES=one_of(values)))
            else:
                terms.append(term("AMONG(V, VALUES)", AMONG=scope.helper("among"), V=name(var), VALUES=literal(tuple(values))))
        if "const" in schema:
            if isinstance(schema["const"], str):
                terms.append(term("V == ONE", V=name(var), ONE=literal(schema["const"])))
            else:
                terms.append(term("SAME(V, ONE)", SAME=scope.helper("same"), V=name(var), ONE=literal(schema["const"])))
        return terms

    # ---- as statements ---------------------------------------------------------------------------------------------------------

    def refuse(self, test: ast.expr) -> list[ast.stmt]:
        return code("if TEST: return False", TEST=test)

    def need(self, test: ast.expr) -> list[ast.stmt]:
        if isinstance(test, ast.Constant) and test.value is True:
            return []
        return code("if not TEST: return False", TEST=test)

    def checks(self, schema: Schema | bool, var: str, depth: int, scope: Scope) -> list[ast.stmt]:
        """Statements that return False from the function, or fall through."""
        if isinstance(schema, bool):
            return [] if schema else code("return False")
        if "$ref" in schema:
            return self.need(self.call(schema, var, scope))
        types = types_of(schema)
        body: list[ast.stmt] = []
        if types:
            body += self.need(self.is_a(types, var, scope))
        for test in self.values(schema, var, scope):
            body += self.need(test)
        groups = (
            ("string", STRING_KEYWORDS, self.string),
            ("object", MAP_KEYWORDS, self.entries),
            ("array", LIST_KEYWORDS, self.items),
            ("number", NUMBER_KEYWORDS | ({"format"} if self.structural else frozenset()), self.number),
        )
        for kind, keywords, write in groups:
            if not schema.keys() & keywords:
                continue
            if types and not (kind in types or (kind == "number" and "integer" in types)):
                continue
            inner = write(schema, var, depth, scope)
            if not inner:
                continue
            if types in ((kind,), ("integer",)):
                body += inner
            elif kind == "number":
                body += code("if type(V) is int or type(V) is float: INNER", V=name(var), INNER=inner)
            else:
                body += code("if type(V) is T: INNER", V=name(var), T=name(PYTHON_TYPES[kind]), INNER=inner)
        for each in schema.get("allOf", ()):
            body += self.checks(each, var, depth, scope)
        if "anyOf" in schema:
            body += self.need(some([self.fits(each, var, scope) for each in schema["anyOf"]]))
        if "oneOf" in schema:
            body += self.need(self.just_one(schema["oneOf"], var, scope))
        if "not" in schema:
            body += self.refuse(self.fits(schema["not"], var, scope))
        if "if" in schema:
            then, other = (self.checks(schema.get(key, True), var, depth, scope) for key in ("then", "else"))
            if then or other:
                body += code("if TEST: THEN\nelse: OTHER", TEST=self.fits(schema["if"], var, scope), THEN=then, OTHER=other)
        return body

    def string(self, schema: Schema, var: str, depth: int, scope: Scope) -> list[ast.stmt]:
        rule = {key: schema[key] for key in STRING_KEYWORDS if key in schema}
        if rule.get("format") in ("int32", "int64", "float"):
            del rule["format"]
        if "pattern" in rule or "format" in rule:
            number = self.units.text(rule, scope)
            return code("if V not in S and not T(V): return False", V=name(var), S=name(f"s_{number}"), T=name(f"t_{number}"))
        body: list[ast.stmt] = []
        if rule.get("minLength"):
            body += code("if len(V) < LOW: return False", V=name(var), LOW=literal(rule["minLength"]))
        if "maxLength" in rule:
            body += code("if len(V) > HIGH: return False", V=name(var), HIGH=literal(rule["maxLength"]))
        return body

    def number(self, schema: Schema, var: str, depth: int, scope: Scope) -> list[ast.stmt]:
        body: list[ast.stmt] = []
        if self.structural and beyond(schema) is not None:
            return code("return False")
        for keyword, source in COMPARISONS.items():
            if keyword in schema:
                body += code(f"if not ({source}): return False", V=name(var), BOUND=self.bound(schema[keyword], var))
        bounds = BOUNDS.get(schema.get("format", "")) if self.structural and "number" not in types_of(schema) else None
        if bounds:
            body += code("if not LOW <= V <= HIGH: return False", V=name(var), LOW=literal(bounds[0]), HIGH=literal(bounds[1]))
        elif self.structural and schema.get("format") == "float":
            body += code("if not -BOUND <= V <= BOUND: return False", V=name(var), BOUND=literal(FLOAT32))
        if "multipleOf" in schema:
            body += code(
                "if not MULTIPLE(V, STEP): return False",
                MULTIPLE=scope.helper("multiple"),
                V=name(var),
                STEP=self.bound(schema["multipleOf"], var),
            )
        return body

    def bound(self, limit: float, var: str) -> ast.expr:
        """A bound of a number; Go compares a whole number with what stands before the point."""
        if not self.structural or limit == int(limit):
            return literal(limit)
        return term("(CUT if V == V // 1 else LIMIT)", CUT=literal(int(limit)), V=name(var), LIMIT=literal(limit))

    def items(self, schema: Schema, var: str, depth: int, scope: Scope) -> list[ast.stmt]:
        body: list[ast.stmt] = []
        if schema.get("minItems"):
            body += code("if len(V) < LOW: return False", V=name(var), LOW=literal(schema["minItems"]))
        if "maxItems" in schema:
            body += code("if len(V) > HIGH: return False", V=name(var), HIGH=literal(schema["maxItems"]))
        item = f"v{depth + 1}"
        inner = self.checks(schema.get("items", True), item, depth + 1, scope)
        if inner:
            body += code("for I in V: INNER", I=name(item), V=name(var), INNER=inner)
        if schema.get("uniqueItems"):
            body += code("if len(V) > 1 and not UNIQUE(V): return False", V=name(var), UNIQUE=scope.helper("unique"))
        return body

    def entries(self, schema: Schema, var: str, depth: int, scope: Scope) -> list[ast.stmt]:
        properties: Mapping[str, Any] = schema.get("properties", {})
        patterns: Mapping[str, Any] = schema.get("patternProperties", {})
        extra = schema.get("additionalProperties", True)
        required = list(schema.get("required", ()))
        v, item, key_name = name(var), f"v{depth + 1}", f"k{depth}"
        body: list[ast.stmt] = []
        if schema.get("minProperties"):
            body += code("if len(V) < LOW: return False", V=v, LOW=literal(schema["minProperties"]))
        if "maxProperties" in schema:
            body += code("if len(V) > HIGH: return False", V=v, HIGH=literal(schema["maxProperties"]))
        body += [each for key in required if key not in properties for each in self.refuse(term("KEY not in V", KEY=literal(key), V=v))]
        closed = extra is not True and not (patterns and not all(below in ({}, True) for below in patterns.values()))
        counter = f"n{depth}"
        if closed and properties:
            body += code("N = COUNT", N=name(counter), COUNT=literal(sum(key in properties for key in required)))
        for key, below in properties.items():
            get = code("I = V[KEY]", I=name(item), V=v, KEY=literal(key))
            inner = self.checks(below, item, depth + 1, scope)
            given = get + inner if inner else []
            if key in required:
                body += self.refuse(term("KEY not in V", KEY=literal(key), V=v)) + given
            elif given or closed:
                count = code("N += 1", N=name(counter)) if closed else []
                body += code("if KEY in V: GIVEN", KEY=literal(key), V=v, GIVEN=count + given)
        for key, wanted in schema.get("dependentRequired", {}).items():
            has = every([term("KEY in V", KEY=literal(each), V=v) for each in wanted])
            if wanted:
                body += code("if KEY in V and not HAS: return False", KEY=literal(key), V=v, HAS=has)
        if "propertyNames" in schema:
            inner = self.checks(schema["propertyNames"], key_name, depth + 1, scope)
            body += code("for K in V:\n if type(K) is not str: return False\n INNER", K=name(key_name), V=v, INNER=inner)
        # Every pattern applies to every key; what no name and no pattern knows is extra.
        loop: list[ast.stmt] = []
        matches = {pattern: self.matches(pattern, key_name, scope) for pattern in patterns}
        for pattern, below in patterns.items():
            inner = self.checks(below, item, depth + 1, scope)
            if inner:
                loop += code("if MATCHES: INNER", MATCHES=matches[pattern], INNER=inner)
        if extra is not True:
            inner = self.checks(extra, item, depth + 1, scope)
            if inner:
                tests = [no(test) for test in matches.values()]
                if properties:
                    tests.insert(0, term("K not in NAMES", K=name(key_name), NAMES=one_of(properties)))
                loop += code("if UNKNOWN: INNER", UNKNOWN=every(tests), INNER=inner) if tests else inner
        if loop:
            walk = code(
                "for K, I in V.items():\n if type(K) is not str: return False\n LOOP",
                K=name(key_name),
                I=name(item),
                V=v,
                LOOP=loop,
            )
            body += code("if N != len(V): WALK", N=name(counter), V=v, WALK=walk) if closed and properties else walk
        return body

    def matches(self, pattern: str, var: str, scope: Scope) -> ast.expr:
        """Whether a key matches: a plain beginning, such as `^x-`, needs no expression."""
        plain = pattern[1:].replace("-", "").replace("_", "")
        if pattern.startswith("^") and (plain == "" or (plain.isascii() and plain.isalnum())):
            return term("K.startswith(BEGIN)", K=name(var), BEGIN=literal(pattern[1:]))
        number = self.units.text({"pattern": pattern}, scope)
        return term("K in S or T(K)", K=name(var), S=name(f"s_{number}"), T=name(f"t_{number}"))
