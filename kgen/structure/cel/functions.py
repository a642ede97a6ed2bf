"""What translated rules call: the operations of CEL that are not plain Python, and the functions that bundled rules use.

A rule is translated twice. The generated judge has it as plain Python that is right unless it raises. Where a rule raised, or did not
hold, it is asked again in its exact form, in which `&&`, `||`, `all` and `exists` take an error on one side if the other decides
(`both`, `either`, `every`, `some`), and a Fault says what the API server says. Imports are kept to what a clean cold run needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final

Json = Any

LEAST: Final = -(2**63)
MOST: Final = 2**63 - 1
KEPT: Final = 2048


class Fault(Exception):
    """An expression has no value: why, in cel-go's words."""


NO_OVERLOAD: Final = "no such overload"

# Steps that the loops inside another loop may take for one value. The API server counts each of them, and more, and gives up at a million
# (kubernetes 1.36.3, apiserver pkg/apis/cel/config.go PerCallLimit).
STEPS: Final = 1_000_000
_steps = [0]


class TooCostly(BaseException):
    """A rule takes more steps than that. No Exception, so that no part of the rule takes it for an error that another part outweighs."""


def outermost(values: Json) -> Json:
    """What a loop goes over that has others inside: the steps of those are counted anew."""
    _steps[0] = 0
    return values


def inner(values: Json) -> Json:
    """What a loop inside another one goes over. Raises TooCostly."""
    _steps[0] += len(values)
    if _steps[0] > STEPS:
        raise TooCostly
    return values


# ---- logic ---------------------------------------------------------------------------------------------------------------------


def boolean(value: Json) -> bool:
    """The value, which must be true or false."""
    if value is True or value is False:
        return bool(value)
    raise Fault(NO_OVERLOAD)


def settled(tests: Iterable[Callable[[], Json]], deciding: bool) -> bool:
    """`deciding` if one of the tests says so, even if others have no value; else the first Fault, or the opposite."""
    fault: Exception | None = None
    for test in tests:
        try:
            if boolean(test()) is deciding:
                return deciding
        except Exception as raised:
            fault = fault or raised
    if fault is not None:
        raise fault
    return not deciding


def both(*tests: Callable[[], Json]) -> bool:
    """`&&`."""
    return settled(tests, False)


def either(*tests: Callable[[], Json]) -> bool:
    """`||`."""
    return settled(tests, True)


def every(values: Iterable[Json], test: Callable[[Json], Json]) -> bool:
    """The macro `all`; of a map it asks the keys."""
    return settled((partial(test, value) for value in values), False)


def some(values: Iterable[Json], test: Callable[[Json], Json]) -> bool:
    """The macro `exists`."""
    return settled((partial(test, value) for value in values), True)


def chosen(values: Iterable[Json], test: Callable[[Json], Json]) -> list[Json]:
    """The macro `filter`. Other than `all` it asks of every value, and of several errors the last one stays."""
    found: list[Json] = []
    fault: Exception | None = None
    for value in values:
        try:
            if boolean(test(value)):
                found.append(value)
        except Exception as raised:
            fault = raised
    if fault is not None:
        raise fault
    return found


# ---- parts ---------------------------------------------------------------------------------------------------------------------


def given(value: Json) -> Json:
    """The value of a field, which may not be null: to CEL, null is absent."""
    if value is None:
        raise Fault("no such key")
    return value


def field(owner: Json, key: str, name: str) -> Json:
    """The field `key` of an object, which CEL knows as `name`."""
    if type(owner) is not dict:
        raise Fault(NO_OVERLOAD)
    value = owner.get(key)
    if value is None:
        raise Fault(f"no such key: {name}")
    return value


def has(owner: Json, key: str) -> bool:
    """Whether a value of unknown type has a field."""
    if type(owner) is not dict:
        raise Fault(NO_OVERLOAD)
    return owner.get(key) is not None


def has_bytes(owner: Json, key: str) -> bool:
    """Whether an object has a field of format `byte`. The API server decodes it to tell, by the alphabet of URLs, which lacks + and /."""
    value = owner.get(key)
    for number, letter in enumerate(value or ""):
        if letter in "+/":
            raise Fault(f"Invalid byte formatted string {value}: illegal base64 data at input byte {number}")
    return value is not None


def entry(owner: Json, key: Json) -> Json:
    """The value at a key of a map."""
    if type(owner) is not dict or type(key) not in (str, int, bool):
        raise Fault(NO_OVERLOAD)
    if key not in owner:
        raise Fault(f"no such key: {str(key).lower() if type(key) is bool else key}")
    return owner[key]


def item(values: Json, index: int) -> Json:
    """The item at an index of a list."""
    if type(values) is not list or type(index) is not int:
        raise Fault(NO_OVERLOAD)
    if not 0 <= index < len(values):
        raise Fault(f"index out of bounds: {index}")
    return values[index]


def size(value: Json) -> int:
    """The number of characters, items or entries."""
    if type(value) not in (str, list, dict):
        raise Fault(NO_OVERLOAD)
    return len(value)


def text(value: Json) -> str:
    """A value of unknown type, where only a string will do."""
    if type(value) is not str:
        raise Fault(NO_OVERLOAD)
    return value


# ---- numbers and order ---------------------------------------------------------------------------------------------------------


def int64(value: int) -> int:
    """A whole number, which must fit in 64 bits."""
    if not LEAST <= value <= MOST:
        raise Fault("integer overflow")
    return value


def divided(a: int, b: int) -> int:
    """`/` of whole numbers: towards zero."""
    if b == 0:
        raise Fault("division by zero")
    return int64(abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1))


def remainder(a: int, b: int) -> int:
    """`%`: with the sign of the first."""
    if b == 0:
        raise Fault("modulus by zero")
    if a == LEAST and b == -1:
        raise Fault("integer overflow")
    return abs(a) % abs(b) * (-1 if a < 0 else 1)


def divided_real(a: float, b: float) -> float:
    """`/` of numbers with a fraction: by zero it gives infinity, or no number."""
    if b:
        return a / b
    from math import copysign, inf, nan

    return nan if a == 0 or a != a else copysign(inf, a) * copysign(1, b)


def same(a: Json, b: Json) -> bool:
    """`==` of values of any type: 1 is 1.0, but true is not 1."""
    if type(a) is bool or type(b) is bool:
        return a is b
    if type(a) is dict and type(b) is dict:
        return len(a) == len(b) and all(key in b and same(value, b[key]) for key, value in a.items())
    if type(a) is list and type(b) is list:
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b)


def among(value: Json, values: Json) -> bool:
    """`in` for a list of any items, or the keys of a map."""
    if type(values) is dict:
        return type(value) is str and value in values
    if type(values) is not list:
        raise Fault(NO_OVERLOAD)
    return any(same(each, value) for each in values)


def order(a: Json, b: Json) -> int:
    """Less than, equal to or greater than zero, as `a` is to `b`, for values of unknown type."""
    numbers = (int, float)
    if not (type(a) in numbers and type(b) in numbers) and not (type(a) is type(b) and type(a) in (str, bool)):
        raise Fault(NO_OVERLOAD)
    if type(a) is not type(b):
        a, b = float(a), float(b)
    return int(a > b) - int(a < b)


# ---- functions -----------------------------------------------------------------------------------------------------------------


def upper_ascii(value: str) -> str:
    """`upperAscii()`: only letters of ASCII change."""
    return value.upper() if value.isascii() else "".join(each.upper() if each.isascii() else each for each in value)


def lower_ascii(value: str) -> str:
    """`lowerAscii()`: only letters of ASCII change."""
    return value.lower() if value.isascii() else "".join(each.lower() if each.isascii() else each for each in value)


def substring(value: str, start: int, end: int | None = None) -> str:
    """`substring(start)` or `substring(start, end)`, in characters."""
    if end is not None and start > end:
        raise Fault(f"invalid substring range. start: {start}, end: {end}")
    for index in (start,) if end is None else (start, end):
        if not 0 <= index <= len(value):
            raise Fault(f"index out of range: {index}")
    return value[start:end]


def split(value: str, separator: str, most: int = -1) -> list[str]:
    """`split(separator)` or `split(separator, most)`: at most so many parts, all if it is negative; "" parts characters."""
    if most == 0:
        return []
    if separator:
        return value.split(separator) if most < 0 else value.split(separator, most - 1)
    letters = list(value)
    return letters if most < 0 or most >= len(letters) else [*letters[: most - 1], "".join(letters[most - 1 :])]


DURATIONS: Final[dict[str, int]] = {}
UNITS: Final = {"ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}


def duration(value: str) -> int:
    """`duration(text)` in nanoseconds, as Go's time.ParseDuration reads it."""
    found = DURATIONS.get(value)
    if found is None:
        found = _duration(value)
        if len(DURATIONS) < KEPT:
            DURATIONS[value] = found
    return found


def _duration(value: str) -> int:
    import re

    negative = value[:1] == "-"
    rest = value[1:] if value[:1] in ("-", "+") else value
    part = r"(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))(ns|us|µs|μs|ms|s|m|h)"
    total, limit = 0, 2**63 if negative else 2**63 - 1
    if rest != "0":
        if not re.fullmatch(f"(?:{part})+", rest):
            raise Fault("type conversion error from 'string' to 'google.protobuf.Duration'")
        for whole, fraction, bare, unit in re.findall(part, rest):
            digits = fraction or bare
            whole = whole.lstrip("0")
            total += limit + 1 if len(whole) > 19 else int(whole or "0") * UNITS[unit] + _fraction(digits, UNITS[unit])
    if total > limit:
        raise Fault("type conversion error from 'string' to 'google.protobuf.Duration'")
    return -total if negative else total


def _fraction(digits: str, unit: int) -> int:
    """Nanoseconds of the digits behind a point, cut as Go cuts them: by a float, of as many digits as fit."""
    value, scale = 0, 1.0
    for digit in digits:
        if value > MOST // 10 or value * 10 + int(digit) > 2**63:
            break
        value, scale = value * 10 + int(digit), scale * 10
    return int(value * (unit / scale))


def is_ip(value: str) -> bool:
    """`isIP(text)`: an address as Go's net/netip reads it, but none with a zone and none of IPv4 written as IPv6."""
    if ":" not in value:
        parts = value.split(".")
        return len(parts) == 4 and all(map(_octet, parts))
    # Rules ask this of host names; only one with a colon is worth these imports.
    from ipaddress import IPv6Address

    from kgen.structure.formats import go_address

    return go_address(value) and IPv6Address(value).ipv4_mapped is None


def _octet(part: str) -> bool:
    return part.isascii() and part.isdigit() and len(part) <= 3 and int(part) < 256 and (part == "0" or part[0] != "0")
