"""Every distinct rule of the bundled CRDs, on random values: both of its forms in Python, against Google's own CEL."""

from __future__ import annotations

import ast
import json
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import pytest

from kgen.structure.cel.translate import demanded, exactly
from kgen.structure.cel.types import BOOL
from kgen.structure.checks import Bad
from kgen.structure.code import code
from kgen.structure.compile import Compiler, loaded
from kgen.structure.units import Scope, function
from tests.cel import google
from tests.cel.bundled_rules import Level, Values, levels

Json = Any

WANTED: Final = 30  # values for a rule, each distinct
DRAWN: Final = 160  # of which so many are drawn at most: a rule about two words has no more values than that
# Rules with functions that only Kubernetes has are asked of a real API server in tests/agreement; those on a former object of none.
ELSEWHERE: Final = (google.UNKNOWN, "oldSelf")

try:
    google.environment()
    MISSING = ""
except ImportError as reason:
    MISSING = f"cel-expr-python has no wheel for this Python: {reason}"


def asked() -> list[Level]:
    return [level for level in levels() if not any(word in level.rule for word in ELSEWHERE)]


def exact(level: Level) -> Callable[[Json], Json]:
    """The exact form of a rule, as a function of the value."""
    compiler, scope = Compiler(), Scope()
    found = exactly(level.rule, level.schema, BOOL, compiler, scope)
    assert found is not None
    compiler.add("rule", function("rule", [ast.Return(found)]), scope)
    return loaded(compiler, "rule")  # type: ignore[no-any-return]


def statements(level: Level) -> Callable[[Json], Json]:
    """The statements of a rule that generated judges have, as a function that gives True unless they raise."""
    compiler, scope = Compiler(), Scope()
    scope.helper("Bad")
    body = demanded(level.rule, level.schema, "x", compiler, scope)
    compiler.add("rule", function("rule", [*body, *code("return True")]), scope)
    return loaded(compiler, "rule")  # type: ignore[no-any-return]


def values(level: Level) -> list[Json]:
    """Distinct values for a rule."""
    drawn, found = Values(level, 1), {}
    for _ in range(DRAWN):
        value = drawn.draw()
        found.setdefault(json.dumps(value, sort_keys=True), value)
        if len(found) == WANTED:
            break
    return list(found.values())


def outcome(ask: Callable[[], Json]) -> str:
    """`true`, `false`, or `error` where there is no value."""
    try:
        value = ask()
    except Exception:
        return "error"
    return str(value).lower() if value is True or value is False else repr(value)


def promised(ask: Callable[[], Json]) -> str:
    """What statements say: `true`, `false`, or `unsure` where they raised on the way."""
    try:
        ask()
    except Bad:
        return "false"
    except Exception:
        return "unsure"
    return "true"


@pytest.mark.skipif(bool(MISSING), reason=MISSING)
def test_each_rule_on_values_of_its_level() -> None:
    wrong: list[Any] = []
    count: Counter[str] = Counter()
    for level in asked():
        one, other = exact(level), statements(level)
        for value in values(level):
            right = outcome(lambda level=level, value=value: google.value_of(level.rule, google.seen(value, level.schema)))
            ours = outcome(lambda one=one, value=value: one(value))
            said = promised(lambda other=other, value=value: other(value))
            count[right] += 1
            count[f"said {said}"] += 1
            # Statements may leave a value to the exact form, but they never say what is not so.
            if ours != right or said not in (right, "unsure"):
                wrong.append((level.rule, value, {"google": right, "exact": ours, "statements": said}))
    assert wrong[:3] == []
    assert count["true"] + count["false"] + count["error"] >= 5000
    assert min(count["true"], count["false"]) >= 1500
    assert count["error"] >= 20
    assert count["said unsure"] <= count["error"] * 2
