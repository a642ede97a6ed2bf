"""Google's own CEL, in C++ (cel-expr-python): the value that it gives a rule of a CustomResourceDefinition.

It knows no schemas: a value is handed to it as the API server hands it to cel-go, with the names that CEL has for fields, and without nulls
where a field may be null. It lacks the functions of Kubernetes: isIP is lent to it from Python's ipaddress; format is for the real API server.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Any, Final

from kgen.structure.cel.types import escaped

Json = Any

UNKNOWN: Final = "format."  # what stands in the rules that it cannot read


class Failed(Exception):
    """It has no value for the rule: why."""


@cache
def environment() -> Any:
    """What it knows: `self` of any type, the functions on strings, optional values, isIP. Raises ImportError where there is none."""
    from cel_expr_python import cel
    from cel_expr_python.ext import ext_optional, ext_strings

    ip = cel.FunctionDecl("isIP", [cel.Overload("is_ip", cel.Type.BOOL, [cel.Type.STRING], impl=is_ip)])
    return cel.NewEnv(variables={"self": cel.Type.DYN}, extensions=[ext_strings.ExtStrings(), ext_optional.ExtOptional()], functions=[ip])


@cache
def compiled(rule: str) -> Any:
    return environment().compile(rule)


def value_of(rule: str, value: Json) -> Json:
    """The value of a rule, of data that `seen` gave. Raises Failed where it has none."""
    found = compiled(rule).eval(data={"self": value})
    if found.type().name() == "ERROR":
        raise Failed(str(found.plain_value()))
    return found.plain_value()


def is_ip(text: str) -> bool:
    """An address, without a zone, and none of IPv4 written as IPv6."""
    try:
        if ":" in text:
            return "%" not in text and IPv6Address(text).ipv4_mapped is None
        return bool(IPv4Address(text))
    except AddressValueError:
        return False


def seen(value: Json, schema: Mapping[str, Json]) -> Json:
    """A completed value of this schema as CEL sees it."""
    if isinstance(value, dict):
        properties, extra = schema.get("properties"), schema.get("additionalProperties")
        if properties is None:
            return {key: seen(each, extra or {}) for key, each in value.items()}
        named = {escaped(key): (each, properties[key]) for key, each in value.items() if key in properties}
        return {name: seen(each, below) for name, (each, below) in named.items() if name is not None and each is not None}
    if isinstance(value, list):
        return [seen(each, schema.get("items") or {}) for each in value]
    return float(value) if schema.get("type") == "number" and type(value) is int else value
