"""A record is what `typing.NamedTuple` makes of the same class, only sooner; an expression is what `re.compile` gives, only later."""

from __future__ import annotations

import copy
import pickle
import re
import typing
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import pytest

from kgen.expressions import expression
from kgen.records import NamedTuple

T = TypeVar("T")


class Point(NamedTuple):
    """A point."""

    x: int
    y: int = 2
    name: str = "p"

    @property
    def total(self) -> int:
        return self.x + self.y

    def moved(self) -> Point:
        return self._replace(x=self.x + 1)


class Peer(typing.NamedTuple):
    """A point."""

    x: int
    y: int = 2
    name: str = "p"


class Nothing(NamedTuple):
    """No fields at all."""


class Box(NamedTuple, Generic[T]):
    """A record of any sort of thing."""

    inner: T


CASES: tuple[Callable[[Any], object], ...] = (
    lambda of: tuple(of(1)),
    lambda of: of(1, name="q", y=5),
    lambda of: of(1)._replace(y=7),
    lambda of: of(1)._asdict(),
    lambda of: of._make([1, 2, 3]),
    lambda of: of._fields,
    lambda of: of.__doc__,
    lambda of: of.__match_args__,
    lambda of: of(1) == (1, 2, "p"),
    lambda of: hash(of(1)),
    lambda of: of(1).name,
    lambda of: of(),
    lambda of: of(1, 2, 3, 4),
    lambda of: of(1, z=3),
    lambda of: of(1)._replace(z=3),
    lambda of: of._make([1, 2, 3, 4]),
    lambda of: setattr(of(1), "x", 2),
    lambda of: setattr(of(1), "other", 2),
    lambda of: copy.copy(of(1)),
    lambda of: copy.deepcopy(of([1])),
    lambda of: pickle.loads(pickle.dumps(of(1))),
)


@pytest.mark.parametrize("number", range(len(CASES)))
def test_a_record_is_a_named_tuple(number: int) -> None:
    def outcome(of: Any) -> object:
        try:
            return repr(CASES[number](of)).replace("Peer", "Point")
        except Exception as error:
            return type(error)

    assert outcome(Point) == outcome(Peer)


def test_methods_are_kept() -> None:
    assert Point(1).total == 3
    assert Point(1).moved() == (2, 2, "p")
    assert type(Point(1).moved()) is Point


def test_a_record_may_have_no_fields_or_any_sort_of_them() -> None:
    assert Nothing() == ()
    assert Box[int](3).inner == 3


def test_a_field_without_a_default_may_not_follow_one_that_has_one() -> None:
    with pytest.raises(TypeError):
        exec("class Wrong(NamedTuple):\n    x: int = 1\n    y: int\n", {"NamedTuple": NamedTuple})


def test_an_expression_is_compiled_at_first_use() -> None:
    wrong = expression("(")
    with pytest.raises(re.error):
        wrong.fullmatch("x")
    assert expression("a+", re.IGNORECASE).fullmatch("aA")
    assert expression("a+").pattern == "a+"
