"""What generated code calls: the few checks that are not worth writing out in every function.

Generated functions only say yes. Whatever they cannot say yes to raises, and `walk` then finds out what is wrong, so nothing here
has words. Imports are kept to what a clean cold run needs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

Holds = Callable[[Any], bool]

# Values already seen to fit a rule are not matched again; a set per rule stays this small, so memory does not grow with the input.
KEPT: Final = 2048
# Python's matcher goes back over what it has read; above this length the linear one is surer.
LONG: Final = 4096
INFINITE: Final = (float("inf"), float("-inf"))
ABSENT: Final = object()


class Bad(Exception):
    """A generated function cannot say yes."""


TEXTS: Final[dict[tuple[int, int | None, str | None, str | None, str | None], tuple[set[str], Holds]]] = {}


def text(low: int, high: int | None, fast: str | None, pattern: str | None, form: str | None) -> tuple[set[str], Holds]:
    """The strings known to fit a rule, and the rule: length in code points, `pattern` (RE2), format.

    `fast` is the pattern in Python's syntax where Python's matcher is safe for it. The same rule is one pair in all modules.
    """
    key = (low, high, fast, pattern, form)
    found = TEXTS.get(key)
    if found is None:
        found = TEXTS[key] = _text(*key)
    return found


def _text(low: int, high: int | None, fast: str | None, pattern: str | None, form: str | None) -> tuple[set[str], Holds]:
    known: set[str] = set()
    tests: list[Callable[[str], object]] = []

    def prepare() -> None:
        # At first use, not at import: compiling an expression costs more than importing the module that names it.
        if pattern is not None:
            if fast is None:
                from kgen.structure.matching import linear

                tests.append(linear(pattern))
            else:
                tests.append(guarded(re.compile(fast).search, pattern))
        if form is not None:
            from kgen.structure.formats import FORMATS

            tests.append(FORMATS[form])
        tests.append(bool_true)

    def holds(value: Any) -> bool:
        if type(value) is not str or len(value) < low or (high is not None and len(value) > high):
            return False
        if not tests:
            prepare()
        for test in tests:
            if not test(value):
                return False
        if len(known) < KEPT:
            known.add(value)
        return True

    return known, holds


def bool_true(value: str) -> bool:
    return True


def guarded(search: Callable[[str], object], pattern: str) -> Callable[[str], object]:
    """Python's matcher for short strings, the linear one for long ones, so that time is bounded whatever the value."""

    def test(value: str) -> object:
        if len(value) <= LONG:
            return search(value)
        from kgen.structure.matching import linear

        return linear(pattern)(value)

    return test


def lazy(module: str, name: str) -> Callable[[Any], Any]:
    """The function `name` of a module of tables that is imported when it is first called."""
    function: Callable[[Any], Any] | None = None

    def call(value: Any) -> Any:
        nonlocal function
        if function is None:
            function = getattr(import_module(module), name)
        return function(value)

    return call


def plain(value: Any) -> None:
    """Raises unless `value` is what JSON can hold: where a schema leaves all open."""
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return
    if kind is dict:
        for key, below in value.items():
            if type(key) is not str:
                raise Bad
            plain(below)
    elif kind is list:
        for below in value:
            plain(below)
    elif kind is not float or value != value or value in INFINITE:
        raise Bad


def others(value: dict[str, Any], names: frozenset[str]) -> None:
    """Raises unless the fields beside `names` are what JSON can hold."""
    for key, below in value.items():
        if key not in names:
            if type(key) is not str:
                raise Bad
            plain(below)


def one_key(items: list[Any], key: str) -> None:
    """Raises if two items have the same value of `key`; items without it are equal to each other."""
    if len({item.get(key, ABSENT) for item in items}) != len(items):
        raise Bad


def keys(items: list[Any], names: tuple[str, ...]) -> None:
    """Raises if two items have the same values of all `names`."""
    if len({tuple([item.get(name, ABSENT) for name in names]) for item in items}) != len(items):
        raise Bad


def same(a: Any, b: Any) -> bool:
    """Whether two JSON values are equal: true is not 1, 1 is 1.0."""
    if type(a) is bool or type(b) is bool:
        return a is b
    if isinstance(a, dict) and isinstance(b, dict):
        return len(a) == len(b) and all(key in b and same(value, b[key]) for key, value in a.items())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b)


def frozen(value: Any) -> Any:
    """A hashable that is equal for equal JSON values and only for them."""
    if isinstance(value, dict):
        return ("map", frozenset((key, frozen(below)) for key, below in value.items()))
    if isinstance(value, list):
        return ("list", *map(frozen, value))
    return ("bool", value) if type(value) is bool else value


def unique(items: list[Any]) -> bool:
    """Whether no two items are equal as JSON values."""
    return len({frozen(item) for item in items}) == len(items)


def integer(value: Any) -> bool:
    """Whether the API server takes a value for a whole number: of 64 bits, or a float that is exactly one."""
    if type(value) is int:
        return -(2**63) <= value < 2**63
    return type(value) is float and value.is_integer() and -(2**53) < value < 2**53


def integral(value: Any) -> bool:
    """Whether JSON Schema takes a value for a whole number: 1.0 is one."""
    return type(value) is int or (type(value) is float and value.is_integer())


def number(value: Any) -> bool:
    """Whether a value is a number that JSON knows."""
    return type(value) is int or (type(value) is float and value == value and value not in INFINITE)


def multiple(value: float, step: float) -> bool:
    """Whether a number is a multiple of another."""
    if not step:
        return False
    if isinstance(value, int) and isinstance(step, int):
        return value % step == 0
    return float(value / step).is_integer()


def among(value: Any, values: tuple[Any, ...]) -> bool:
    """Whether `value` is one of `values` as JSON values."""
    return any(same(value, each) for each in values)
