"""Writes CEL as Python: as statements that raise where a rule does not hold, for the generated judges, or as one exact expression.

What is written is made from fixed pieces; names, keys and texts of a rule are only ever constants. The checks of types are those of
cel-go as far as bundled rules need them: a function that none of them uses is refused, and so is what depends on such a function.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from kgen.records import NamedTuple
from kgen.structure.cel.functions import LEAST, MOST, Fault, duration
from kgen.structure.cel.parse import Call, CelError, Entries, Expr, Items, Literal, Name, Select, parse
from kgen.structure.cel.types import (
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    DYN,
    FORMAT,
    INT,
    NULL,
    OPTIONAL,
    SPECIAL,
    STRING,
    ListOf,
    MapOf,
    ObjectOf,
    Schema,
    Type,
    comparable,
    field_of,
    fits,
    type_of,
    worded,
)
from kgen.structure.code import code, every, literal, name, no, one_of, some, term
from kgen.structure.patterns import PatternError
from kgen.structure.units import Scope, Units

MACROS: Final = frozenset({"all", "exists", "exists_one", "filter", "map"})
COMPARISONS: Final = {"<": "A < B", "<=": "A <= B", ">": "A > B", ">=": "A >= B"}
SUMS: Final = {"+": "A + B", "-": "A - B", "*": "A * B"}
PYTHON: Final = {"+": operator.add, "-": operator.sub, "*": operator.mul}
# Statements inside one another; what is deeper is an expression, since Python limits loops in loops.
NESTED: Final = 8
LONGEST: Final = 2**32  # of a list or a string: more than a request may hold


class Term(NamedTuple):
    """An expression in Python, its type, the bounds of a whole number, and whether it may be null though its type is not."""

    node: ast.expr
    type: Type
    low: int = LEAST
    high: int = MOST
    null: bool = False


def demanded(source: str, schema: Schema, var: str, units: Units, scope: Scope) -> list[ast.stmt]:
    """Statements that raise unless the rule holds of the value in `var`, or cannot tell; what they need is noted in `units` and `scope`.

    A rule that speaks of `oldSelf` demands nothing: an object that is made has no former one. Raises CelError.
    """
    tree = parse(source)
    return [] if speaks_of(tree, "oldSelf") else Translator(schema, name(var), units, scope, exact=False).demand(tree)


def exactly(source: str, schema: Schema, wanted: Type, units: Units, scope: Scope) -> ast.expr | None:
    """The expression for a value of this schema in `x`, of type `wanted`, as cel-go evaluates it: it gives the value, or raises.

    None for one that speaks of `oldSelf`. Raises CelError.
    """
    tree = parse(source)
    if speaks_of(tree, "oldSelf"):
        return None
    found = Translator(schema, name("x"), units, scope, exact=True).term(tree)
    if found.type not in (wanted, DYN):
        raise CelError(f"must give {worded(wanted)}, gives {worded(found.type)}")
    return found.node


class Translator:
    """One translation: of a rule at one level of a schema, whose value is in `node`."""

    def __init__(self, schema: Schema, node: ast.expr, units: Units, scope: Scope, exact: bool) -> None:
        kind = type_of(schema)
        if kind is None:
            raise CelError("rules cannot see a value of this kind")
        self.units = units
        self.scope = scope
        self.exact = exact
        self.count = 0
        self.loops = 0  # that are open around what is translated
        self.variables = {"self": Term(node, kind)}

    def helper(self, text: str) -> ast.Name:
        """A function of `functions`, by the name that it has in generated code."""
        return self.scope.operation(text)

    # ---- as statements ---------------------------------------------------------------------------------------------------------

    def demand(self, expr: Expr, wanted: bool = True, depth: int = 0) -> list[ast.stmt]:
        """Statements that raise unless the expression is `wanted`."""
        if isinstance(expr, Call) and depth < NESTED:
            if expr.function == "!":
                return self.demand(expr.arguments[0], not wanted, depth)
            if expr.function in ("&&", "||"):
                return self.demand_terms(expr, wanted, depth)
            if expr.function == "?:":
                return self.demand_choice(expr, wanted, depth)
            loops = ("all", "exists_one") if wanted else ("exists",)
            if expr.target is not None and expr.function in loops and is_macro(expr):
                return self.demand_items(expr, wanted, depth)
        found = self.boolean(expr)
        if isinstance(found, ast.Constant):
            return [] if found.value is wanted else code("raise Bad")
        return code("if TEST: raise Bad", TEST=no(found) if wanted else found)

    def demand_terms(self, expr: Call, wanted: bool, depth: int) -> list[ast.stmt]:
        if (expr.function == "&&") == wanted:
            return [statement for each in expr.arguments for statement in self.demand(each, wanted, depth)]
        # One of the terms must be as wanted: a loop over items is best as a statement, and so stands behind the others.
        loops = [each for each in expr.arguments if isinstance(each, Call) and each.function in MACROS]
        last = loops[0] if loops else expr.arguments[-1]
        others = [self.boolean(each) for each in expr.arguments if each is not last]
        inner = self.demand(last, wanted, depth + 1)
        return inner and code("if TEST: INNER", TEST=no(some(others)) if wanted else every(others), INNER=inner)

    def demand_choice(self, expr: Call, wanted: bool, depth: int) -> list[ast.stmt]:
        test, then, other = self.boolean(expr.arguments[0]), *(self.demand(each, wanted, depth + 1) for each in expr.arguments[1:])
        if then and other:
            return code("if TEST: THEN\nelse: OTHER", TEST=test, THEN=then, OTHER=other)
        if then:
            return code("if TEST: THEN", TEST=test, THEN=then)
        return code("if not TEST: OTHER", TEST=test, OTHER=other) if other else [ast.Expr(test)]

    def demand_items(self, expr: Call, wanted: bool, depth: int) -> list[ast.stmt]:
        values, item, kind = self.loop(expr)
        if expr.function != "exists_one":
            with self.inside(expr, kind):
                inner = self.demand(expr.arguments[1], wanted, depth + 1)
            return code("for ITEM in VALUES: INNER", ITEM=item, VALUES=values, INNER=inner)
        with self.inside(expr, kind):
            test = self.boolean(expr.arguments[1])
        return code(
            "COUNT = 0\nfor ITEM in VALUES:\n if TEST: COUNT += 1\nif COUNT != 1: raise Bad",
            COUNT=name(f"m{self.count}"),
            ITEM=item,
            VALUES=values,
            TEST=test,
        )

    # ---- as expressions --------------------------------------------------------------------------------------------------------

    def boolean(self, expr: Expr) -> ast.expr:
        found = self.term(expr)
        if found.type not in (BOOL, DYN):
            raise CelError(f"{worded(found.type)} stands where true or false is needed")
        if found.type == DYN or found.null:
            return term("BOOLEAN(V)", BOOLEAN=self.helper("boolean"), V=found.node)
        return found.node

    def string(self, expr: Expr, what: str) -> ast.expr:
        found = self.term(expr)
        if found.type == DYN or (found.type == STRING and found.null):
            return term("TEXT(V)", TEXT=self.helper("text"), V=found.node)
        if found.type != STRING:
            raise CelError(f'"{what}" needs a string, not {worded(found.type)}')
        return found.node

    def integer(self, expr: Expr, what: str) -> ast.expr:
        found = self.term(expr)
        if found.type != INT:
            raise CelError(f'"{what}" needs a whole number, not {worded(found.type)}')
        return found.node

    def term(self, expr: Expr) -> Term:
        if isinstance(expr, Literal):
            bounds = (expr.value, expr.value) if expr.type == INT else ()
            return Term(literal(expr.value), expr.type, *bounds)
        if isinstance(expr, Name):
            return self.variable(expr.text)
        if isinstance(expr, Select):
            return self.select(expr)
        if isinstance(expr, Items):
            return self.items(expr)
        if isinstance(expr, Entries):
            return self.entries(expr)
        return self.call(expr)

    def loaded(self, node: ast.expr, kind: Type, null: bool) -> Term:
        """A value of the object, as CEL sees it."""
        if kind in SPECIAL.values():
            raise CelError(f"{worded(kind)} is not supported")
        return Term(term("float(V)", V=node) if kind == DOUBLE else node, kind, null=null)

    def variable(self, text: str) -> Term:
        found = self.variables.get(text)
        if found is None:
            raise CelError(f'"{text}" is not known')
        return self.loaded(found.node, found.type, found.null)

    def select(self, expr: Select) -> Term:
        owner = self.term(expr.operand)
        if isinstance(owner.type, ObjectOf):
            field = field_of(owner.type, expr.field)
            if field is None:
                raise CelError(f'there is no field "{expr.field}"')
            if self.exact:
                node = term(
                    "FIELD(V, KEY, NAME)", FIELD=self.helper("field"), V=owner.node, KEY=literal(field.key), NAME=literal(expr.field)
                )
            else:
                node = term("V[KEY]", V=owner.node, KEY=literal(field.key))
                if field.null:
                    node = term("GIVEN(V)", GIVEN=self.helper("given"), V=node)
            return self.loaded(node, field.type, False)
        key = literal(expr.field)
        if isinstance(owner.type, MapOf) and owner.type.key == STRING:
            return self.loaded(self.entry(owner.node, key), owner.type.value, owner.type.null)
        if owner.type == DYN:
            return Term(term("FIELD(V, KEY, KEY)", FIELD=self.helper("field"), V=owner.node, KEY=key), DYN)
        raise CelError(f"{worded(owner.type)} has no fields")

    def entry(self, owner: ast.expr, key: ast.expr) -> ast.expr:
        if self.exact:
            return term("ENTRY(V, KEY)", ENTRY=self.helper("entry"), V=owner, KEY=key)
        return term("V[KEY]", V=owner, KEY=key)

    def has(self, expr: Expr) -> Term:
        if not isinstance(expr, Select):
            raise CelError("has() needs a field")
        owner = self.term(expr.operand)
        if isinstance(owner.type, ObjectOf):
            field = field_of(owner.type, expr.field)
            if field is None:
                raise CelError(f'there is no field "{expr.field}"')
            if field.type == BYTES:
                return Term(term("HAS(V, KEY)", HAS=self.helper("has_bytes"), V=owner.node, KEY=literal(field.key)), BOOL)
            source = "V.get(KEY) is not None" if field.null else "KEY in V"
            return Term(term(source, V=owner.node, KEY=literal(field.key)), BOOL)
        if isinstance(owner.type, MapOf) and owner.type.key == STRING:
            return Term(term("KEY in V", V=owner.node, KEY=literal(expr.field)), BOOL)
        if owner.type == DYN:
            return Term(term("HAS(V, KEY)", HAS=self.helper("has"), V=owner.node, KEY=literal(expr.field)), BOOL)
        raise CelError(f"{worded(owner.type)} has no fields")

    def items(self, expr: Items) -> Term:
        found = [self.term(each) for each in expr.items]
        kind = self.common([each.type for each in found], "the items of a list")
        return Term(ast.List([each.node for each in found], ast.Load()), ListOf(kind, any(each.null for each in found)))

    def entries(self, expr: Entries) -> Term:
        keys = [key for key, _ in expr.entries]
        if not all(isinstance(key, Literal) and key.type in (STRING, INT) for key in keys):
            raise CelError("the keys of a map must be written out")
        found = [self.term(value) for _, value in expr.entries]
        kind = self.common([key.type for key in keys if isinstance(key, Literal)], "the keys of a map")
        value = self.common([each.type for each in found], "the values of a map")
        assert kind in (STRING, INT, DYN)
        node = ast.Dict([self.term(key).node for key in keys], [each.node for each in found])
        # The bounds are those of its values, for whoever looks one up.
        low, high = (min(each.low for each in found), max(each.high for each in found)) if found else (LEAST, MOST)
        return Term(node, MapOf(value, any(each.null for each in found), str(kind)), low, high)

    def common(self, kinds: list[Type], what: str) -> Type:
        for kind in kinds[1:]:
            if not fits(kinds[0], kind):
                raise CelError(f"{what} must be of one type, not of {worded(kinds[0])} and {worded(kind)}")
        return DYN if not kinds or DYN in kinds else next((kind for kind in kinds if kind != NULL), NULL)

    # ---- calls -----------------------------------------------------------------------------------------------------------------

    def call(self, expr: Call) -> Term:
        function, target, arguments = expr
        if target is None:
            if function in OPERATORS:
                return OPERATORS[function](self, expr)
            if function == "has" and len(arguments) == 1:
                return self.has(arguments[0])
        elif function in MACROS and is_macro(expr):
            return self.macro(expr)
        elif target == Name("format"):
            if function == "dns1123Label" and not arguments:
                return Term(literal(None), FORMAT)
            raise CelError(f'the function "format.{function}" is not supported')
        operands = arguments if target is None else (target, *arguments)
        found = FUNCTIONS.get((function, target is not None, len(operands)))
        if found is None:
            raise CelError(f'the function "{function}" is not supported{" in this form" if function in KNOWN else ""}')
        return found(self, operands)

    def logic(self, expr: Call) -> Term:
        terms = [self.boolean(each) for each in expr.arguments]
        if self.exact:
            tests: list[ast.expr] = [term("lambda: V", V=each) for each in terms]
            return Term(ast.Call(self.helper("both" if expr.function == "&&" else "either"), tests, []), BOOL)
        return Term(every(terms) if expr.function == "&&" else some(terms), BOOL)

    def negation(self, expr: Call) -> Term:
        return Term(no(self.boolean(expr.arguments[0])), BOOL)

    def choice(self, expr: Call) -> Term:
        test = self.boolean(expr.arguments[0])
        then, other = self.term(expr.arguments[1]), self.term(expr.arguments[2])
        kind = self.common([then.type, other.type], "both sides of a choice")
        low, high = min(then.low, other.low), max(then.high, other.high)
        null = then.null or other.null or (NULL in (then.type, other.type) and kind != NULL)
        return Term(ast.IfExp(test, then.node, other.node), kind, low, high, null)

    def equality(self, expr: Call) -> Term:
        a, b = self.term(expr.arguments[0]), self.term(expr.arguments[1])
        if not fits(a.type, b.type):
            raise CelError(f"{worded(a.type)} cannot be compared with {worded(b.type)}")
        if OPTIONAL in (a.type, b.type):
            # An optional value is never null, even if it is empty (cel-go, types.Equal): Gateway API's XBackend has such a rule.
            if NULL not in (a.type, b.type):
                raise CelError("optional values are not supported")
            equal: ast.expr = ast.Constant(False)
        elif NULL in (a.type, b.type):
            equal = term("A is B", A=a.node, B=b.node)
        elif a.type == b.type and isinstance(a.type, str) and a.type != DYN:
            equal = term("A == B", A=a.node, B=b.node)
        elif comparable(a.type) and comparable(b.type):
            equal = term("SAME(A, B)", SAME=self.helper("same"), A=a.node, B=b.node)
        else:
            raise CelError(f"comparing {worded(a.type)} as a whole is not supported")
        if expr.function == "==":
            return Term(equal, BOOL)
        if isinstance(equal, ast.Compare) and isinstance(equal.ops[0], ast.Eq):
            return Term(term("A != B", A=a.node, B=b.node), BOOL)
        return Term(ast.Constant(True) if isinstance(equal, ast.Constant) else no(equal), BOOL)

    def order(self, expr: Call) -> Term:
        a, b = self.term(expr.arguments[0]), self.term(expr.arguments[1])
        kinds = {a.type, b.type} if isinstance(a.type, str) and isinstance(b.type, str) else set()
        source = COMPARISONS[expr.function]
        if DYN in kinds:
            return Term(term(f"ORDER(X, Y) {expr.function} 0", ORDER=self.helper("order"), X=a.node, Y=b.node), BOOL)
        if kinds == {INT, DOUBLE}:  # cel-go compares them as numbers with a fraction
            a, b = (each._replace(node=term("float(V)", V=each.node)) if each.type == INT else each for each in (a, b))
        elif len(kinds) != 1 or not kinds <= {INT, DOUBLE, STRING, BOOL, DURATION}:
            raise CelError(f"{worded(a.type)} cannot be ordered beside {worded(b.type)}")
        if a.null or b.null:  # null beside true would be ordered by Python
            return Term(term(f"ORDER(X, Y) {expr.function} 0", ORDER=self.helper("order"), X=a.node, Y=b.node), BOOL)
        return Term(term(source, A=a.node, B=b.node), BOOL)

    def membership(self, expr: Call) -> Term:
        a, b = self.term(expr.arguments[0]), self.term(expr.arguments[1])
        if isinstance(b.type, MapOf):
            if not fits(a.type, b.type.key):
                raise CelError(f"a key cannot be {worded(a.type)}")
            source, plain = "A in B", a.type == b.type.key
        elif isinstance(b.type, ListOf):
            if not fits(a.type, b.type.item):
                raise CelError(f"{worded(a.type)} cannot be among {worded(b.type.item)}")
            if not (comparable(a.type) and comparable(b.type.item)):
                raise CelError(f"comparing {worded(a.type)} as a whole is not supported")
            source, plain = "A in B", a.type == b.type.item and isinstance(a.type, str) and a.type not in (DYN, NULL)
        elif b.type == DYN:
            source, plain = "", False
        else:
            raise CelError(f"nothing is in {worded(b.type)}")
        if not plain:
            return Term(term("AMONG(A, B)", AMONG=self.helper("among"), A=a.node, B=b.node), BOOL)
        values = expr.arguments[1]
        if isinstance(values, Items) and values.items and all(isinstance(each, Literal) and each.type == STRING for each in values.items):
            texts = dict.fromkeys(each.value for each in values.items if isinstance(each, Literal))
            return Term(term(source, A=a.node, B=one_of(texts)), BOOL)
        return Term(term(source, A=a.node, B=b.node), BOOL)

    def index(self, expr: Call) -> Term:
        owner, key = self.term(expr.arguments[0]), self.term(expr.arguments[1])
        if isinstance(owner.type, ListOf) and key.type == INT:
            if not self.exact and key.low == key.high >= 0:
                node = term("V[KEY]", V=owner.node, KEY=key.node)
            else:
                node = term("ITEM(V, KEY)", ITEM=self.helper("item"), V=owner.node, KEY=key.node)
            return self.loaded(node, owner.type.item, owner.type.null)
        if isinstance(owner.type, MapOf) and key.type == owner.type.key:
            found = self.entry(owner.node, key.node)
            if isinstance(expr.arguments[0], Entries):
                return Term(found, owner.type.value, owner.low, owner.high, owner.type.null)
            return self.loaded(found, owner.type.value, owner.type.null)
        raise CelError(f"{worded(owner.type)} has no item at {worded(key.type)}")

    def arithmetic(self, expr: Call) -> Term:
        sign = expr.function
        a, b = self.term(expr.arguments[0]), self.term(expr.arguments[1])
        if a.type == b.type == INT:
            if sign in SUMS:
                corners = [PYTHON[sign](x, y) for x in (a.low, a.high) for y in (b.low, b.high)]
                return self.bounded(term(SUMS[sign], A=a.node, B=b.node), min(corners), max(corners))
            return Term(term("F(A, B)", F=self.helper("divided" if sign == "/" else "remainder"), A=a.node, B=b.node), INT)
        if a.type == b.type == DOUBLE and sign != "%":
            if sign == "/":
                return Term(term("F(A, B)", F=self.helper("divided_real"), A=a.node, B=b.node), DOUBLE)
            return Term(term(SUMS[sign], A=a.node, B=b.node), DOUBLE)
        if a.type == b.type == STRING and sign == "+":
            return Term(term("A + B", A=a.node, B=b.node), STRING)
        if isinstance(a.type, ListOf) and isinstance(b.type, ListOf) and sign == "+" and fits(a.type, b.type):
            if a.type.keyed or b.type.keyed:
                raise CelError("joining lists of type set or map is not supported")
            item = DYN if DYN in (a.type.item, b.type.item) else a.type.item
            return Term(term("A + B", A=a.node, B=b.node), ListOf(item, a.type.null or b.type.null))
        raise CelError(f'"{sign}" does not take {worded(a.type)} and {worded(b.type)}')

    def minus(self, expr: Call) -> Term:
        a = self.term(expr.arguments[0])
        if a.type == INT:
            return self.bounded(term("-A", A=a.node), -a.high, -a.low)
        if a.type == DOUBLE:
            return Term(term("-A", A=a.node), DOUBLE)
        raise CelError(f'"-" does not take {worded(a.type)}')

    def bounded(self, node: ast.expr, low: int, high: int) -> Term:
        """A whole number; it is asked whether it fits in 64 bits where it may not."""
        if low >= LEAST and high <= MOST:
            return Term(node, INT, low, high)
        return Term(term("INT64(V)", INT64=self.helper("int64"), V=node), INT, max(low, LEAST), min(high, MOST))

    # ---- macros ----------------------------------------------------------------------------------------------------------------

    def loop(self, expr: Call) -> tuple[ast.expr, ast.Name, Term]:
        """What a macro goes over, a new variable, and what stands in it."""
        assert expr.target is not None
        values = self.term(expr.target)
        self.count += 1
        item, node = name(f"c{self.count}"), values.node
        if self.loops:
            node = term("INNER(V)", INNER=self.helper("inner"), V=node)
        elif any(has_macro(each) for each in expr.arguments[1:]):
            node = term("OUTERMOST(V)", OUTERMOST=self.helper("outermost"), V=node)
        if isinstance(values.type, ListOf):
            return node, item, Term(item, values.type.item, null=values.type.null)
        if isinstance(values.type, MapOf):
            return node, item, Term(item, values.type.key)
        raise CelError(f'"{expr.function}" goes over a list or a map, not {worded(values.type)}')

    @contextmanager
    def inside(self, expr: Call, item: Term) -> Iterator[None]:
        """Where the variable of a macro is known."""
        variable = expr.arguments[0]
        assert isinstance(variable, Name)
        before = self.variables
        self.variables = {**before, variable.text: item}
        self.loops += 1
        yield
        self.loops -= 1
        self.variables = before

    def macro(self, expr: Call) -> Term:
        values, item, kind = self.loop(expr)
        with self.inside(expr, kind):
            if expr.function == "map":
                found = self.term(expr.arguments[-1])
                kept = [self.boolean(each) for each in expr.arguments[1:-1]]
                return Term(listed(found.node, item, values, kept), ListOf(found.type, found.null))
            test = self.boolean(expr.arguments[1])
        if self.exact:
            asks = ast.Lambda(ast.arguments([], [ast.arg(item.id)], kwonlyargs=[], kw_defaults=[], defaults=[]), test)
            asked = {"all": "every", "exists": "some"}.get(expr.function, "chosen")
            found = Term(ast.Call(self.helper(asked), [values, asks], []), BOOL)
        elif expr.function in ("all", "exists"):
            source = "all(TEST for ITEM in VALUES)" if expr.function == "all" else "any(TEST for ITEM in VALUES)"
            found = Term(term(source, TEST=test, ITEM=item, VALUES=values), BOOL)
        else:
            found = Term(listed(item, item, values, [test]), BOOL)
        if expr.function == "filter":
            return Term(found.node, ListOf(kind.type, kind.null))
        return Term(term("len(FOUND) == 1", FOUND=found.node), BOOL) if expr.function == "exists_one" else found

    # ---- functions: each takes its operands, the target first ------------------------------------------------------------------

    def size(self, operands: tuple[Expr, ...]) -> Term:
        found = self.term(operands[0])
        if found.type != STRING and found.type != DYN and not isinstance(found.type, ListOf | MapOf):
            raise CelError(f"{worded(found.type)} has no size")
        if found.type == DYN:
            return Term(term("SIZE(V)", SIZE=self.helper("size"), V=found.node), INT, 0, LONGEST)
        return Term(term("len(V)", V=found.node), INT, 0, LONGEST)

    def starts_with(self, operands: tuple[Expr, ...]) -> Term:
        a, b = (self.string(each, "startsWith") for each in operands)
        return Term(term("A.startswith(B)", A=a, B=b), BOOL)

    def ends_with(self, operands: tuple[Expr, ...]) -> Term:
        a, b = (self.string(each, "endsWith") for each in operands)
        return Term(term("A.endswith(B)", A=a, B=b), BOOL)

    def contains(self, operands: tuple[Expr, ...]) -> Term:
        a, b = (self.string(each, "contains") for each in operands)
        return Term(term("B in A", A=a, B=b), BOOL)

    def matches(self, operands: tuple[Expr, ...]) -> Term:
        text, pattern = self.string(operands[0], "matches"), operands[1]
        if not isinstance(pattern, Literal) or pattern.type != STRING:
            raise CelError('the pattern of "matches" must be written out')
        try:
            number = self.units.text({"pattern": pattern.value}, self.scope)
        except PatternError as refusal:
            raise CelError(f"the pattern cannot be used: {refusal}") from None
        known, test = name(f"s_{number}"), name(f"t_{number}")
        if isinstance(text, ast.Name | ast.Subscript):
            return Term(term("V in S or T(V)", V=text, S=known, T=test), BOOL)
        return Term(term("T(V)", V=text, T=test), BOOL)

    def upper_ascii(self, operands: tuple[Expr, ...]) -> Term:
        return Term(term("F(V)", F=self.helper("upper_ascii"), V=self.string(operands[0], "upperAscii")), STRING)

    def lower_ascii(self, operands: tuple[Expr, ...]) -> Term:
        return Term(term("F(V)", F=self.helper("lower_ascii"), V=self.string(operands[0], "lowerAscii")), STRING)

    def substring(self, operands: tuple[Expr, ...]) -> Term:
        numbers = [self.integer(each, "substring") for each in operands[1:]]
        return Term(ast.Call(self.helper("substring"), [self.string(operands[0], "substring"), *numbers], []), STRING)

    def split(self, operands: tuple[Expr, ...]) -> Term:
        texts = [self.string(each, "split") for each in operands[:2]]
        numbers = [self.integer(each, "split") for each in operands[2:]]
        return Term(ast.Call(self.helper("split"), [*texts, *numbers], []), ListOf(STRING))

    def is_ip(self, operands: tuple[Expr, ...]) -> Term:
        return Term(term("F(V)", F=self.helper("is_ip"), V=self.string(operands[0], "isIP")), BOOL)

    def duration(self, operands: tuple[Expr, ...]) -> Term:
        value = operands[0]
        if isinstance(value, Literal) and value.type == STRING:
            try:
                return Term(literal(duration(value.value)), DURATION)
            except Fault:
                raise CelError(f'"{value.value}" is no duration') from None
        return Term(term("F(V)", F=self.helper("duration"), V=self.string(value, "duration")), DURATION)

    def validate(self, operands: tuple[Expr, ...]) -> Term:
        if self.term(operands[0]).type != FORMAT or self.term(operands[1]).type != STRING:
            raise CelError('"validate" needs a format and a string')
        return Term(literal(None), OPTIONAL)  # nothing that is supported asks for the value


def speaks_of(expr: Expr, variable: str) -> bool:
    """Whether an expression has the name of a variable in it."""
    if isinstance(expr, Name):
        return expr.text == variable
    if isinstance(expr, Select):
        return speaks_of(expr.operand, variable)
    if isinstance(expr, Items):
        return any(speaks_of(each, variable) for each in expr.items)
    if isinstance(expr, Entries):
        return any(speaks_of(each, variable) for entry in expr.entries for each in entry)
    operands = (*expr.arguments, *([expr.target] if expr.target is not None else [])) if isinstance(expr, Call) else ()
    return any(speaks_of(each, variable) for each in operands)


def has_macro(expr: Expr) -> bool:
    """Whether a loop stands somewhere in an expression."""
    if isinstance(expr, Select):
        return has_macro(expr.operand)
    if isinstance(expr, Items):
        return any(has_macro(each) for each in expr.items)
    if isinstance(expr, Entries):
        return any(has_macro(each) for entry in expr.entries for each in entry)
    if not isinstance(expr, Call):
        return False
    return expr.function in MACROS or any(
        has_macro(each) for each in (*expr.arguments, *([expr.target] if expr.target is not None else []))
    )


def is_macro(expr: Call) -> bool:
    """Whether a call with the name of a macro is one."""
    if len(expr.arguments) != 2 and not (expr.function == "map" and len(expr.arguments) == 3):
        return False
    if not isinstance(expr.arguments[0], Name):
        raise CelError(f'"{expr.function}" needs the name of a variable')
    return True


def listed(value: ast.expr, item: ast.Name, values: ast.expr, tests: list[ast.expr]) -> ast.expr:
    """The list of `value` for each item that passes the tests."""
    return ast.ListComp(value, [ast.comprehension(ast.Name(item.id, ast.Store()), values, tests, 0)])


OPERATORS: Final[Mapping[str, Callable[[Translator, Call], Term]]] = {
    "&&": Translator.logic,
    "||": Translator.logic,
    "!": Translator.negation,
    "?:": Translator.choice,
    "==": Translator.equality,
    "!=": Translator.equality,
    **dict.fromkeys(COMPARISONS, Translator.order),
    "in": Translator.membership,
    "[]": Translator.index,
    **dict.fromkeys((*SUMS, "/", "%"), Translator.arithmetic),
    "-_": Translator.minus,
}
# By name, whether it has a target, and how many operands it takes with that. The functions of which a bundled rule makes use:
# another one comes in when a CRD that uses it has been judged as a real API server judges it.
FUNCTIONS: Final[Mapping[tuple[str, bool, int], Callable[[Translator, tuple[Expr, ...]], Term]]] = {
    ("size", False, 1): Translator.size,
    ("size", True, 1): Translator.size,
    ("startsWith", True, 2): Translator.starts_with,
    ("endsWith", True, 2): Translator.ends_with,
    ("contains", True, 2): Translator.contains,
    ("matches", True, 2): Translator.matches,
    ("upperAscii", True, 1): Translator.upper_ascii,
    ("lowerAscii", True, 1): Translator.lower_ascii,
    ("substring", True, 2): Translator.substring,
    ("substring", True, 3): Translator.substring,
    ("split", True, 2): Translator.split,
    ("split", True, 3): Translator.split,
    ("isIP", False, 1): Translator.is_ip,
    ("duration", False, 1): Translator.duration,
    ("validate", True, 2): Translator.validate,
}
KNOWN: Final = frozenset({"has", *MACROS, *(function for function, _, _ in FUNCTIONS)})
