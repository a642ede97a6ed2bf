"""Compiles schemas to Python: functions that say yes, and give the completed object, as fast as Python can.

A generated function says yes or raises; it has no words. The code is built as a syntax tree from fixed pieces, and whatever a
schema brings is put in as a constant, so no text of a schema can become code. A schema that occurs twice is one function.

What is not worth generated code is left to `walk` by raising: null in place of an absent field, floats for whole numbers, `status`.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from kgen.diagnostics import ROOT as ROOT_PATH
from kgen.structure.patterns import python
from kgen.structure.walk import BOUNDS, FLOAT32, Walk, referred, types_of

Schema = Mapping[str, Any]

INT64: Final = BOUNDS["int64"]
CHOICES: Final = ("allOf", "anyOf", "oneOf", "not", "if")
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


# ---- pieces of code ------------------------------------------------------------------------------------------------------------


class _Filled(ast.NodeTransformer):
    """Puts nodes where a piece of code has the names of its holes."""

    def __init__(self, holes: Mapping[str, Any]) -> None:
        self.holes = holes

    def visit_Name(self, node: ast.Name) -> Any:
        hole = self.holes.get(node.id, node)
        return ast.Name(hole.id, node.ctx) if isinstance(hole, ast.Name) else hole

    def visit_Expr(self, node: ast.Expr) -> Any:
        # A hole that stands alone takes statements.
        if isinstance(node.value, ast.Name) and isinstance(self.holes.get(node.value.id), list):
            return self.holes[node.value.id] or ast.Pass()
        return self.generic_visit(node)


def code(source: str, **holes: ast.expr | list[ast.stmt]) -> list[ast.stmt]:
    """The statements of a fixed piece of code, its upper-case names replaced by the nodes given."""
    filled = _Filled(holes).visit(ast.parse(source))
    assert isinstance(filled, ast.Module)
    return filled.body


def term(source: str, **holes: ast.expr) -> ast.expr:
    """As `code`, for one expression."""
    statement = code(source, **holes)[0]
    assert isinstance(statement, ast.Expr)
    return statement.value


def name(text: str) -> ast.Name:
    return ast.Name(text, ast.Load())


def literal(value: Any) -> ast.expr:
    """The expression that makes a fresh copy of plain data."""
    if isinstance(value, dict):
        return ast.Dict([literal(key) for key in value], [literal(below) for below in value.values()])
    if isinstance(value, list):
        return ast.List([literal(below) for below in value], ast.Load())
    if isinstance(value, tuple):
        return ast.Tuple([literal(below) for below in value], ast.Load())
    assert value is None or isinstance(value, str | int | float | bool)
    if isinstance(value, int | float) and not isinstance(value, bool) and value < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)


def one_of(values: Iterable[str | int]) -> ast.expr:
    """A set of constants, which Python keeps as one."""
    return ast.Set([literal(value) for value in values])


def every(terms: list[ast.expr]) -> ast.expr:
    return terms[0] if len(terms) == 1 else ast.BoolOp(ast.And(), terms) if terms else ast.Constant(True)


def some(terms: list[ast.expr]) -> ast.expr:
    return terms[0] if len(terms) == 1 else ast.BoolOp(ast.Or(), terms) if terms else ast.Constant(False)


def no(value: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), value)


# ---- functions -----------------------------------------------------------------------------------------------------------------


class Unit(NamedTuple):
    """One generated function: what it calls, and which rules for strings it asks."""

    name: str
    function: ast.FunctionDef
    calls: tuple[str, ...]
    texts: tuple[str, ...]
    helpers: tuple[str, ...]
    size: int


class _Scope:
    """What one function needs while it is written."""

    def __init__(self) -> None:
        self.calls: dict[str, None] = {}
        self.texts: dict[str, None] = {}
        self.helpers: dict[str, None] = {}

    def helper(self, text: str) -> ast.Name:
        self.helpers[text] = None
        return name(text)


class Compiler:
    """Gathers functions, by name, for schemas of one or many kinds; equal schemas share one."""

    def __init__(self) -> None:
        self.units: dict[str, Unit] = {}
        self.texts: dict[str, tuple[int, int | None, str | None, str | None, str | None]] = {}
        self._writing: set[str] = set()
        self._definitions: dict[int, tuple[Any, str]] = {}

    def judge(self, schema: Schema) -> str:
        """The name of the function that completes and judges an object of a structural schema: it gives the object, or raises.

        `status` is the controllers' own and rarely in a manifest: an object that has one is left to the walk.
        """
        properties = {key: below for key, below in schema["properties"].items() if key != "status"}
        return _Judging(self, schema).function(
            {**{key: value for key, value in schema.items() if key != "$defs"}, "properties": properties}
        )

    def fits(self, schema: Schema) -> str:
        """The name of the function that says whether a value fits a JSON Schema; it may also raise, which is no yes."""
        return _Fitting(self, schema, structural=False).function(schema)

    # ---- shared parts ----------------------------------------------------------------------------------------------------------

    def key(self, kind: str, schema: Any, root: Schema) -> str:
        """A short name for a function, the same for the same schema wherever it occurs."""
        digest = hashlib.sha256(f"{kind}{self._closed(schema, root)}".encode()).hexdigest()
        return f"{kind}_{digest[:12]}"

    def _closed(self, schema: Any, root: Schema) -> str:
        """The text of a schema, with what its references can reach, which makes it independent of where it stands."""
        text = json.dumps(schema, ensure_ascii=True)
        if '"$ref"' not in text:
            return text
        definitions = root.get("$defs")
        known = self._definitions.get(id(definitions))
        if known is None or known[0] is not definitions:
            digest = hashlib.sha256(json.dumps(root if '"#"' in text else definitions, ensure_ascii=True).encode()).hexdigest()
            known = self._definitions[id(definitions)] = (definitions, digest)
        return text + known[1]

    def text(self, schema: Schema, scope: _Scope) -> str:
        """The number of the rule for a string."""
        pattern = schema.get("pattern")
        rule = (
            schema.get("minLength", 0),
            schema.get("maxLength"),
            None if pattern is None else python(pattern),
            pattern,
            schema.get("format"),
        )
        number = hashlib.sha256(json.dumps(rule).encode()).hexdigest()[:10]
        self.texts[number] = rule
        scope.texts[number] = None
        return number

    def add(self, unit_name: str, function: ast.FunctionDef, scope: _Scope) -> str:
        ast.fix_missing_locations(function)
        self.units[unit_name] = Unit(
            unit_name, function, tuple(scope.calls), tuple(scope.texts), tuple(scope.helpers), len(ast.unparse(function))
        )
        return unit_name


def _function(unit_name: str, body: list[ast.stmt]) -> ast.FunctionDef:
    function = code("def NAME(x): BODY", BODY=body)[0]
    assert isinstance(function, ast.FunctionDef)
    function.name = unit_name
    return function


def _bounds(schema: Schema) -> tuple[int, int]:
    """The least and the greatest whole number."""
    low, high = BOUNDS.get(schema.get("format", ""), INT64)
    low = max(low, schema.get("minimum", low), schema["exclusiveMinimum"] + 1 if "exclusiveMinimum" in schema else low)
    high = min(high, schema.get("maximum", high), schema["exclusiveMaximum"] - 1 if "exclusiveMaximum" in schema else high)
    return int(low), int(high)


# ---- judging -------------------------------------------------------------------------------------------------------------------


class _Judging:
    """Writes the functions of one structural schema."""

    def __init__(self, compiler: Compiler, root: Schema) -> None:
        self.compiler = compiler
        self.root = root
        self._changes: dict[int, bool] = {}
        self.fitting = _Fitting(compiler, root, structural=True)

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
        unit_name = self.compiler.key("f", schema, self.root)
        if unit_name in self.compiler.units or unit_name in self.compiler._writing:
            return unit_name
        self.compiler._writing.add(unit_name)
        scope = _Scope()
        if "properties" in schema:
            body = self.fields(schema, scope)
        else:
            body, result = self.value(schema, "x", 0, scope)
            body += [ast.Return(name(result))]
        self.compiler._writing.discard(unit_name)
        return self.compiler.add(unit_name, _function(unit_name, body), scope)

    # Each of these gives statements that raise, or fall through with the value, perhaps a new one, in the variable they name.

    def value(self, schema: Schema, var: str, depth: int, scope: _Scope) -> tuple[list[ast.stmt], str]:
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

    def rules(self, schema: Schema, var: str, scope: _Scope) -> list[ast.stmt]:
        """The rules of `x-kubernetes-validations` at this level, over the completed value in `var`: translated apart, none yet."""
        return []

    def choices(self, schema: Schema, var: str, scope: _Scope) -> list[ast.stmt]:
        """allOf, anyOf, oneOf and not."""
        only = {key: schema[key] for key in CHOICES if key in schema}
        return code("if not FITS: raise Bad", FITS=self.fitting.fits(only, var, scope)) if only else []

    def enum(self, schema: Schema, var: str, scope: _Scope) -> list[ast.stmt]:
        return code("if not AMONG(V, VALUES): raise Bad", AMONG=scope.helper("among"), V=name(var), VALUES=literal(tuple(schema["enum"])))

    def anything(self, schema: Schema, var: str, scope: _Scope) -> list[ast.stmt]:
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

    def string(self, schema: Schema, var: str, scope: _Scope) -> list[ast.stmt]:
        if "enum" in schema:
            judged = {key: value for key, value in schema.items() if key in STRING_KEYWORDS or key == "type"}
            values = [value for value in schema["enum"] if not Walk(schema, True).findings_of(value, judged, ROOT_PATH)]
            if not values:
                return code("raise Bad")
            if len(values) == 1:
                return code("if V != ONE: raise Bad", V=name(var), ONE=literal(values[0]))
            # What is no string and cannot be looked up raises as well.
            return code("if V not in VALUES: raise Bad", V=name(var), VALUES=one_of(values))
        if "pattern" in schema or "format" in schema:
            number = self.compiler.text(schema, scope)
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

    def integer(self, schema: Schema, var: str, scope: _Scope) -> list[ast.stmt]:
        low, high = _bounds(schema)
        checks = code("if type(V) is not int or not LOW <= V <= HIGH: raise Bad", V=name(var), LOW=literal(low), HIGH=literal(high))
        if "enum" in schema:
            checks += self.enum(schema, var, scope)
        if "multipleOf" in schema:
            checks += self.multiple(schema, var, scope)
        return checks

    def multiple(self, schema: Schema, var: str, scope: _Scope) -> list[ast.stmt]:
        return code(
            "if not MULTIPLE(V, STEP): raise Bad", MULTIPLE=scope.helper("multiple"), V=name(var), STEP=literal(schema["multipleOf"])
        )

    def number(self, schema: Schema, var: str, scope: _Scope) -> list[ast.stmt]:
        checks = code("if not NUMBER(V): raise Bad", NUMBER=scope.helper("number"), V=name(var))
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

    def items(self, schema: Schema, var: str, depth: int, scope: _Scope) -> tuple[list[ast.stmt], str]:
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

    def entries(self, schema: Schema, var: str, depth: int, scope: _Scope) -> tuple[list[ast.stmt], str]:
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

    def fields(self, schema: Schema, scope: _Scope) -> list[ast.stmt]:
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
        return type(walk.completed(default, schema, ROOT_PATH)) is type(default) and not walk.findings_of(default, schema, ROOT_PATH)


COMPARISONS: Final = {
    "minimum": "V >= BOUND",
    "maximum": "V <= BOUND",
    "exclusiveMinimum": "V > BOUND",
    "exclusiveMaximum": "V < BOUND",
}


# ---- fitting -------------------------------------------------------------------------------------------------------------------


class _Fitting:
    """Writes functions that say whether a value fits a JSON Schema; of a structural schema, the parts that only judge."""

    def __init__(self, compiler: Compiler, root: Schema, structural: bool) -> None:
        self.compiler = compiler
        self.root = root
        self.structural = structural

    def function(self, schema: Schema | bool) -> str:
        if isinstance(schema, Mapping) and "$ref" in schema:
            return self.function(referred(schema["$ref"], self.root))
        unit_name = self.compiler.key("g" if self.structural else "j", schema, self.root)
        if unit_name in self.compiler.units or unit_name in self.compiler._writing:
            return unit_name
        self.compiler._writing.add(unit_name)
        scope = _Scope()
        body = self.checks(schema, "x", 0, scope) + code("return True")
        self.compiler._writing.discard(unit_name)
        return self.compiler.add(unit_name, _function(unit_name, body), scope)

    def call(self, schema: Schema | bool, var: str, scope: _Scope) -> ast.expr:
        called = self.function(schema)
        scope.calls[called] = None
        return term("F(V)", F=name(called), V=name(var))

    # ---- as one expression -----------------------------------------------------------------------------------------------------

    def fits(self, schema: Schema | bool, var: str, scope: _Scope) -> ast.expr:
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

    def just_one(self, options: list[Schema | bool], var: str, scope: _Scope) -> ast.expr:
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

    def is_a(self, types: tuple[str, ...], var: str, scope: _Scope) -> ast.expr:
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

    def values(self, schema: Schema, var: str, scope: _Scope) -> list[ast.expr]:
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

    def checks(self, schema: Schema | bool, var: str, depth: int, scope: _Scope) -> list[ast.stmt]:
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

    def string(self, schema: Schema, var: str, depth: int, scope: _Scope) -> list[ast.stmt]:
        rule = {key: schema[key] for key in STRING_KEYWORDS if key in schema}
        if rule.get("format") in ("int32", "int64", "float"):
            del rule["format"]
        if "pattern" in rule or "format" in rule:
            number = self.compiler.text(rule, scope)
            return code("if V not in S and not T(V): return False", V=name(var), S=name(f"s_{number}"), T=name(f"t_{number}"))
        body: list[ast.stmt] = []
        if rule.get("minLength"):
            body += code("if len(V) < LOW: return False", V=name(var), LOW=literal(rule["minLength"]))
        if "maxLength" in rule:
            body += code("if len(V) > HIGH: return False", V=name(var), HIGH=literal(rule["maxLength"]))
        return body

    def number(self, schema: Schema, var: str, depth: int, scope: _Scope) -> list[ast.stmt]:
        body: list[ast.stmt] = []
        for keyword, source in COMPARISONS.items():
            if keyword in schema:
                body += code(f"if not ({source}): return False", V=name(var), BOUND=literal(schema[keyword]))
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
                STEP=literal(schema["multipleOf"]),
            )
        return body

    def items(self, schema: Schema, var: str, depth: int, scope: _Scope) -> list[ast.stmt]:
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

    def entries(self, schema: Schema, var: str, depth: int, scope: _Scope) -> list[ast.stmt]:
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

    def matches(self, pattern: str, var: str, scope: _Scope) -> ast.expr:
        """Whether a key matches: a plain beginning, such as `^x-`, needs no expression."""
        plain = pattern[1:].replace("-", "").replace("_", "")
        if pattern.startswith("^") and (plain == "" or (plain.isascii() and plain.isalnum())):
            return term("K.startswith(BEGIN)", K=name(var), BEGIN=literal(pattern[1:]))
        number = self.compiler.text({"pattern": pattern}, scope)
        return term("K in S or T(K)", K=name(var), S=name(f"s_{number}"), T=name(f"t_{number}"))


# ---- modules -------------------------------------------------------------------------------------------------------------------

HEAD: Final = "# Made by hatch_build.py from schemas/; not to be edited.\n# mypy: ignore-errors\n# ruff: noqa\n"


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
    body: list[ast.stmt] = []
    imported = sorted(helpers | ({"text"} if texts else set()) | ({"lazy"} if beyond else set()))
    if imported:
        body.append(ast.ImportFrom("kgen.structure.checks", [ast.alias(helper) for helper in imported], 0))
    for text in texts:
        body += code(
            "S, T = text(A, B, C, D, E)",
            S=name(f"s_{text}"),
            T=name(f"t_{text}"),
            **dict(zip("ABCDE", map(literal, compiler.texts[text]), strict=True)),
        )
    for part in sorted(beyond):
        body += code("F = lazy(MODULE, NAME)", F=name(part), MODULE=literal(f"{package}.{part}"), NAME=literal(part))
    body += [unit.function for unit in units]
    if public != entry:
        body += code("PUBLIC = ENTRY", PUBLIC=name(public), ENTRY=name(entry))
    tree = ast.fix_missing_locations(ast.Module(body, []))
    return Module(f"{HEAD}{ast.unparse(tree)}\n", tuple(sorted(beyond)))


def loaded(compiler: Compiler, entry: str) -> Any:
    """The function `entry`, compiled here and now."""
    text = module(compiler, entry, "entry", "", 1 << 60).source
    names: dict[str, Any] = {}
    exec(compile(text, "<schema>", "exec"), names)
    return names["entry"]


def constants(values: Mapping[str, Any]) -> str:
    """The text of a module that holds plain data."""
    body = [each for key, value in values.items() for each in code("NAME = VALUE", NAME=name(key), VALUE=literal(value))]
    return f"{HEAD}{ast.unparse(ast.fix_missing_locations(ast.Module(body, [])))}\n"
