"""`NamedTuple` as `typing` has it, made in a quarter of the time: a cold run makes a hundred of them before it reads a word.

What `typing` spends it on is the compiling of one `__new__` for each, a type whose bases are changed afterwards, and methods of its own.
Here `__new__` is compiled once for each number of fields, and the methods are inherited. For a type checker it is `typing.NamedTuple`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING or sys.version_info >= (3, 14):
    # From 3.14 on a class body has no annotations before they are asked for: there it is for `typing` to know how.
    from typing import NamedTuple as NamedTuple
else:
    from collections import namedtuple
    from types import FunctionType

    # The descriptor that reads one item of a tuple, written in C where Python is.
    item = type(namedtuple("One", "x").x)
    new_by_size = {}

    def new(fields):
        """`__new__` for these fields: the code of one with as many, under their names."""
        size = len(fields)
        if size not in new_by_size:
            names = "".join(f"_{number}, " for number in range(size))
            new_by_size[size] = eval(f"lambda _cls, {names}: _new(_cls, ({names}))", {"_new": tuple.__new__}).__code__
        return new_by_size[size].replace(co_varnames=("_cls", *fields), co_name="__new__")

    class Record(tuple):
        """What all have in common, each method with the meaning that it has in `collections.namedtuple`."""

        __slots__ = ()
        _fields = ()

        @classmethod
        def _make(cls, values):
            return cls(*values)

        def _replace(self, /, **changes):
            made = type(self)(*map(changes.pop, self._fields, self))
            if changes:
                raise ValueError(f"Got unexpected field names: {list(changes)!r}")
            return made

        def _asdict(self):
            return dict(zip(self._fields, self, strict=True))

        def __repr__(self):
            return f"{type(self).__name__}({', '.join(f'{field}={value!r}' for field, value in zip(self._fields, self, strict=True))})"

        def __getnewargs__(self):
            return tuple(self)

    class Maker(type):
        def __new__(cls, name, bases, body):
            if not bases:
                return super().__new__(cls, name, bases, body)
            fields = tuple(body.get("__annotations__", ()))
            given = [field for field in fields if field in body]
            if given and given != list(fields[-len(given) :]):
                raise TypeError(f"{name}: a field without a default follows one that has one")
            made = FunctionType(new(fields), {"_new": tuple.__new__}, "__new__", tuple(body[field] for field in given))
            body |= {"__slots__": (), "_fields": fields, "__match_args__": fields, "__new__": made}
            for number, field in enumerate(fields):
                body[field] = item(number, None)
            return type(name, (Record, *bases[1:]), body)

    class NamedTuple(metaclass=Maker):
        """The base of a record: annotated names are its fields, in order, with their defaults; methods are kept."""
