"""Where a pod may run: affinity, tolerations, spreading.

Source: pkg/apis/core/validation validateAffinity, ValidateTolerations, validateTopologySpreadConstraints (1.36.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from kgen.conformance import names
from kgen.conformance.found import Found
from kgen.conformance.gates import on
from kgen.conformance.selectors import selector
from kgen.diagnostics import FieldPath

Body = Mapping[str, Any]

REQUIRED: Final = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED: Final = "preferredDuringSchedulingIgnoredDuringExecution"
NODE_OPERATORS: Final = ("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt")
EFFECTS: Final = ("NoExecute", "NoSchedule", "PreferNoSchedule")
EMPTY: Final = "must not be specified when labelSelector is not set"
BOTH: Final = "exists in both matchLabelKeys and labelSelector"


def affinity(given: Body, minor: int, found: Found, at: FieldPath) -> None:
    nodes = given.get("nodeAffinity") or {}
    required = nodes.get(REQUIRED)
    if required is not None:
        here, terms = at / "nodeAffinity" / REQUIRED / "nodeSelectorTerms", required.get("nodeSelectorTerms") or ()
        if not terms:
            found.required(here, "must have at least one node selector term")
        for number, each in enumerate(terms):
            term(each, on("values in required nodeAffinity", minor), found, here / number)
    for number, each in enumerate(nodes.get(PREFERRED) or ()):
        here = at / "nodeAffinity" / PREFERRED / number
        weight(each, found, here)
        term(each.get("preference") or {}, False, found, here / "preference")
    for side in ("podAffinity", "podAntiAffinity"):
        for number, each in enumerate((given.get(side) or {}).get(REQUIRED) or ()):
            pods(each, minor, found, at / side / REQUIRED / number)
        for number, each in enumerate((given.get(side) or {}).get(PREFERRED) or ()):
            here = at / side / PREFERRED / number
            weight(each, found, here)
            pods(each.get("podAffinityTerm") or {}, minor, found, here / "podAffinityTerm")


def weight(given: Body, found: Found, at: FieldPath) -> None:
    if not 0 < (given.get("weight") or 0) <= 100:
        found.outside(at / "weight", given.get("weight"), "must be in the range 1-100")


def term(given: Body, strict: bool, found: Found, at: FieldPath) -> None:
    """What a node must be; `strict` says that values must be those of labels."""
    for number, each in enumerate(given.get("matchExpressions") or ()):
        here, operator, values, key = at / "matchExpressions" / number, *parts(each)
        if operator in ("In", "NotIn") and not values:
            found.required(here / "values", "must be specified when `operator` is 'In' or 'NotIn'")
        elif operator in ("Exists", "DoesNotExist") and values:
            found.broken(here / "values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
        elif operator in ("Gt", "Lt") and len(values) != 1:
            found.required(here / "values", "must be specified single value when `operator` is 'Lt' or 'Gt'")
        elif operator not in NODE_OPERATORS:
            found.unsupported(here / "operator", operator, NODE_OPERATORS)
        found.malformed(here / "key", key, names.key(key))
        for index, value in enumerate(values if strict else ()):
            found.malformed(here / "values" / index, value, names.value(value))
    for number, each in enumerate(given.get("matchFields") or ()):
        here, operator, values, key = at / "matchFields" / number, *parts(each)
        if operator not in ("In", "NotIn"):
            found.unsupported(here / "operator", operator, ("In", "NotIn"))
        elif len(values) != 1:
            found.required(here / "values", "must be only one value when `operator` is 'In' or 'NotIn' for node field selector")
        if key != "metadata.name":
            found.unsupported(here / "key", key, ("metadata.name",))
        else:
            for index, value in enumerate(values):
                found.malformed(here / "values" / index, value, names.subdomain(value))


def parts(given: Body) -> tuple[str, list[str], str]:
    return given.get("operator") or "", given.get("values") or [], given.get("key") or ""


def pods(given: Body, minor: int, found: Found, at: FieldPath) -> None:
    """Which other pods a pod wants near or far."""
    for key in ("labelSelector", "namespaceSelector"):
        selector(given.get(key), found, at / key)
    for number, name in enumerate(given.get("namespaces") or ()):
        found.malformed(at / "namespaces" / number, name, names.label(name))
    if on("MatchLabelKeysInPodAffinity", minor):
        label_keys(given, found, at)
    topology = given.get("topologyKey") or ""
    if not topology:
        found.required(at / "topologyKey", "can not be empty")
    else:
        found.malformed(at / "topologyKey", topology, names.key(topology))


def label_keys(given: Body, found: Found, at: FieldPath) -> None:
    """matchLabelKeys and mismatchLabelKeys (ValidateMatchLabelKeysAndMismatchLabelKeys)."""
    chosen = given.get("labelSelector")
    match, mismatch = given.get("matchLabelKeys") or [], given.get("mismatchLabelKeys") or []
    for name, keys in (("matchLabelKeys", match), ("mismatchLabelKeys", mismatch)):
        if keys and chosen is None:
            found.broken(at / name, EMPTY)
        for number, key in enumerate(keys if chosen is not None else ()):
            found.malformed(at / name / number, key, names.key(key))
    if chosen is not None:
        has = set(chosen.get("matchLabels") or {})
        for each in chosen.get("matchExpressions") or ():
            key = each.get("key") or ""
            if key in match and key in has:
                found.broken(at / "matchLabelKeys" / match.index(key), BOTH, key)
            has.add(key)
    for number, key in enumerate(match):
        if key in mismatch:
            found.broken(at / "matchLabelKeys" / number, "exists in both matchLabelKeys and mismatchLabelKeys", key)


def tolerations(given: Iterable[Body], minor: int, found: Found, at: FieldPath) -> None:
    for number, each in enumerate(given):
        here = at / number
        key, operator, value, effect = (each.get(name) or "" for name in ("key", "operator", "value", "effect"))
        if key:
            found.malformed(here / "key", key, names.key(key))
        elif operator != "Exists":
            found.broken(here / "operator", 'operator must be Exists when `key` is empty, which means "match all values and all keys"')
        if each.get("tolerationSeconds") is not None and effect != "NoExecute":
            found.broken(here / "effect", "effect must be 'NoExecute' when `tolerationSeconds` is set", effect)
        if operator in ("", "Equal"):
            found.malformed(here / "value", value, names.value(value))
        elif operator == "Exists":
            if value:
                found.broken(here / "value", "value must be empty when `operator` is 'Exists'", value)
        else:
            found.unsupported(here / "operator", operator, ("Equal", "Exists"))
        if effect:
            found.among(here / "effect", effect, EFFECTS)


def spread(given: Iterable[Body], minor: int, found: Found, at: FieldPath) -> None:
    seen: list[tuple[Any, Any]] = []
    for number, each in enumerate(given):
        here, action = at / number, each.get("whenUnsatisfiable") or ""
        if (each.get("maxSkew") or 0) <= 0:
            found.outside(here / "maxSkew", each.get("maxSkew"), "must be greater than zero")
        if not each.get("topologyKey"):
            found.required(here / "topologyKey", "can not be empty")
        if action not in ("DoNotSchedule", "ScheduleAnyway"):
            found.unsupported(here / "whenUnsatisfiable", action, ("DoNotSchedule", "ScheduleAnyway"))
        pair = (each.get("topologyKey") or "", action)
        if pair in seen:
            found.duplicate(here, f"{{{pair[0]}, {pair[1]}}}")
        seen.append(pair)
        domains = each.get("minDomains")
        if domains is not None:
            if domains <= 0:
                found.outside(here / "minDomains", domains, "must be greater than zero")
            if action != "DoNotSchedule":
                found.broken(here / "minDomains", f"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}", domains)
        for key in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
            if each.get(key) is not None and each[key] not in ("Honor", "Ignore"):
                found.unsupported(here / key, each[key], ("Honor", "Ignore"))
        if on("MatchLabelKeysInPodTopologySpreadSelectorMerge", minor):
            label_keys({**each, "mismatchLabelKeys": None}, found, here)
        else:
            former_keys(each, found, here)
        selector(each.get("labelSelector"), found, here / "labelSelector")


def former_keys(given: Body, found: Found, at: FieldPath) -> None:
    """matchLabelKeys before 1.34 (ValidateMatchLabelKeysInTopologySpread)."""
    keys, chosen = given.get("matchLabelKeys") or (), given.get("labelSelector")
    if keys and chosen is None:
        found.broken(at / "matchLabelKeys", EMPTY)
    has = {*((chosen or {}).get("matchLabels") or {}), *(each.get("key") for each in (chosen or {}).get("matchExpressions") or ())}
    for number, key in enumerate(keys):
        found.malformed(at / "matchLabelKeys" / number, key, names.key(key))
        if key in has:
            found.broken(at / "matchLabelKeys" / number, BOTH, key)
