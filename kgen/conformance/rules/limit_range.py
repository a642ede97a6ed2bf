"""LimitRange: names of resources, and amounts that go together.

Source: pkg/apis/core/validation ValidateLimitRange (1.36.3; the same since 1.28), after the defaults of SetDefaults_LimitRangeItem.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kgen.conformance import names
from kgen.conformance.found import Found
from kgen.conformance.quantities import ONE, rounded
from kgen.conformance.resources import container_resource, overcommits, resource
from kgen.diagnostics import ROOT, FieldPath

TYPES: Final = ("Pod", "Container", "PersistentVolumeClaim")
LISTS: Final = ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio")
MILLI: Final = (2**63 - 1) // 1000  # above it amounts are compared as whole numbers

Amounts = dict[str, int]


def check(body: Mapping[str, Any], minor: int, found: Found) -> None:
    seen: set[str] = set()
    for number, limit in enumerate((body.get("spec") or {}).get("limits") or ()):
        at, kind = ROOT / "spec" / "limits" / number, limit.get("type") or ""
        if wrong := names.key(kind):
            found.malformed(at / "type", kind, wrong)
        elif "/" not in kind and kind not in TYPES:
            found.malformed(at / "type", kind, ["must be a standard limit type or fully qualified"])
        if kind in seen:
            found.duplicate(at / "type", kind)
        seen.add(kind)
        item(limit, kind, found, at)


def item(limit: Mapping[str, Any], kind: str, found: Found, at: FieldPath) -> None:
    form = container_resource if kind in ("Pod", "Container") else resource
    for key in LISTS:
        for name in limit.get(key) or ():
            found.malformed(at / key / name, name, form(name))
    amounts = {key: {name: rounded(value) for name, value in (limit.get(key) or {}).items()} for key in LISTS}
    if kind == "Pod":
        for key in ("default", "defaultRequest"):
            if amounts[key]:
                found.broken(at / key, "may not be specified when `type` is 'Pod'")
            amounts[key] = {}
    elif kind == "Container":
        amounts["default"] = {**amounts["max"], **amounts["default"]}
        amounts["defaultRequest"] = {**amounts["min"], **amounts["default"], **amounts["defaultRequest"]}
    elif kind == "PersistentVolumeClaim" and "storage" not in {*amounts["min"], *amounts["max"]}:
        found.broken(at, "either minimum or maximum storage value is required, but neither was provided")
    for name in {name: None for key in LISTS for name in amounts[key]}:
        compared(name, {key: amounts[key].get(name) for key in LISTS}, limit, found, at)


def compared(name: str, has: Mapping[str, int | None], limit: Mapping[str, Any], found: Found, at: FieldPath) -> None:
    """The amounts of one resource against each other."""

    def shown(key: str) -> str:
        return str((limit.get(key) or {}).get(name, "that it has by default"))

    def place(key: str) -> FieldPath:
        return at / key / name if name in (limit.get(key) or {}) else at / "max" / name if has["max"] is not None else at / "min" / name

    for low, high, where, low_words, high_words in (
        ("min", "max", "min", "min value", "max value"),
        ("min", "defaultRequest", "defaultRequest", "min value", "default request value"),
        ("defaultRequest", "max", "defaultRequest", "default request value", "max value"),
        ("defaultRequest", "default", "defaultRequest", "default request value", "default limit value"),
        ("min", "default", "default", "min value", "default value"),
        ("default", "max", "default", "default value", "max value"),
    ):
        one, two = has[low], has[high]
        if one is not None and two is not None and one > two:
            found.broken(place(where), f"{low_words} {shown(low)} is greater than {high_words} {shown(high)}")
    ratio, low_amount, high_amount = has["maxLimitRequestRatio"], has["min"], has["max"]
    if ratio is not None:
        here = at / "maxLimitRequestRatio" / name
        if ratio < ONE:
            found.outside(here, None, f"ratio {shown('maxLimitRequestRatio')} is less than 1")
        if low_amount is not None and high_amount is not None and too_great(ratio, low_amount, high_amount):
            found.broken(here, f"ratio {shown('maxLimitRequestRatio')} is greater than max/min")
    default, request = has["default"], has["defaultRequest"]
    if not overcommits(name) and default is not None and request is not None and default != request:
        found.broken(
            place("defaultRequest"), f"default value {shown('default')} must equal to defaultRequest value {shown('defaultRequest')}"
        )


def too_great(ratio: int, low: int, high: int) -> bool:
    """Whether a ratio is more than max/min, as Go's floating point has it: a min of zero is no bound, unless max is zero too."""
    whole = [-(-each // ONE) for each in (ratio, low, high)]
    wanted = float(whole[0])
    if all(each < MILLI for each in whole):
        wanted, low, high = ratio / ONE, low // 10**6, high // 10**6
    else:
        low, high = whole[1], whole[2]
    return wanted > high / low if low else high < 0
