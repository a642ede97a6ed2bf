"""Label selectors, and the other small forms that several kinds have: ports by number or name.

Sources, at kubernetes 1.36.3: apimachinery pkg/apis/meta/v1/validation/validation.go ValidateLabelSelector, pkg/apis/core/validation
ValidatePortNumOrName.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kgen.conformance import names
from kgen.conformance.found import Found
from kgen.conformance.metadata import labels
from kgen.diagnostics import FieldPath

OPERATORS: Final = ("In", "NotIn", "Exists", "DoesNotExist")


def selector(given: Mapping[str, Any] | None, found: Found, at: FieldPath) -> None:
    """A label selector: labels that must be there, and expressions."""
    if given is None:
        return
    labels(given.get("matchLabels") or {}, found, at / "matchLabels")
    for number, each in enumerate(given.get("matchExpressions") or ()):
        expression(each, found, at / "matchExpressions" / number)


def expression(given: Mapping[str, Any], found: Found, at: FieldPath) -> None:
    operator, values = given.get("operator") or "", given.get("values") or ()
    if operator in ("In", "NotIn"):
        if not values:
            found.required(at / "values", "must be specified when `operator` is 'In' or 'NotIn'")
    elif operator in OPERATORS:
        if values:
            found.broken(at / "values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
    else:
        found.unsupported(at / "operator", operator, OPERATORS)
    key = given.get("key") or ""
    found.malformed(at / "key", key, names.key(key))
    for number, value in enumerate(values):
        found.malformed(at / "values" / number, value, names.value(value))


def matches(given: Mapping[str, Any], has: Mapping[str, str]) -> bool:
    """Whether labels are chosen by a selector that is right in itself."""
    if any(has.get(key) != value for key, value in (given.get("matchLabels") or {}).items()):
        return False
    for each in given.get("matchExpressions") or ():
        key, operator, values = each.get("key"), each.get("operator"), each.get("values") or ()
        holds = {
            "In": key in has and has[key] in values,
            "NotIn": key not in has or has[key] not in values,
            "Exists": key in has,
            "DoesNotExist": key not in has,
        }
        if not holds[operator]:
            return False
    return True


def port(given: Any, found: Found, at: FieldPath) -> None:
    """A port by number, or by the name that a container gives it."""
    if isinstance(given, str):
        found.malformed(at, given, names.port_name(given))
    else:
        found.between(at, int(given), 1, 65535)
