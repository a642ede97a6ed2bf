"""What is wrong with an object by its own schema, told at the line of the spec that caused the field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from kgen.conformance import Finding
from kgen.diagnostics import ROOT, Code, Diagnostic
from kgen.manifest import Manifest
from kgen.versions import Profile

UNKNOWN_FIELD: Final = Code("KG501", "unknown-field")
MISSING_FIELD: Final = Code("KG502", "missing-field")
WRONG_TYPE: Final = Code("KG503", "wrong-type")
NOT_ALLOWED: Final = Code("KG504", "value-not-allowed")
BAD_FORM: Final = Code("KG505", "malformed-value")
OUT_OF_BOUNDS: Final = Code("KG506", "out-of-bounds")
NOT_UNIQUE: Final = Code("KG507", "item-twice")
NO_ALTERNATIVE: Final = Code("KG508", "no-alternative-fits")
UNKNOWN_KIND: Final = Code("KG509", "unknown-kind")
RULE_VIOLATED: Final = Code("KG512", "rule-violated")

# Schema keyword to class of finding; a keyword that is not listed is a matter of alternatives (anyOf, oneOf, not).
BY_KEYWORD: Final = {
    "unknown": UNKNOWN_FIELD,
    "required": MISSING_FIELD,
    "type": WRONG_TYPE,
    "null": WRONG_TYPE,
    "enum": NOT_ALLOWED,
    "const": NOT_ALLOWED,
    "pattern": BAD_FORM,
    "format": BAD_FORM,
    "duplicate": NOT_UNIQUE,
    "uniqueItems": NOT_UNIQUE,
    "rule": RULE_VIOLATED,
    **dict.fromkeys(
        ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "multipleOf")
        + ("exclusiveMinimum", "exclusiveMaximum"),
        OUT_OF_BOUNDS,
    ),
}


def conforms(manifest: Manifest, findings: Iterable[Finding]) -> Iterator[Diagnostic]:
    """A Diagnostic for each fault of an object, at the spec value that its field comes from."""
    for fault in findings:
        code = BY_KEYWORD.get(fault.keyword, NO_ALTERNATIVE)
        where = str(fault.path) or "the object"
        yield code.error(
            f"{manifest.key}: {where}: {fault.message}",
            manifest.origin(fault.path),
            help="the API server of this cluster would refuse the object",
        )


def unknown_kind(manifest: Manifest, profile: Profile) -> Diagnostic:
    """The finding that no bundled schema judges an object's kind in this cluster's versions."""
    return UNKNOWN_KIND.error(
        f"{manifest.key}: {manifest.gvk.api_version} {manifest.gvk.kind} is not a kind that kgen knows for these versions",
        manifest.origin(ROOT),
        help=f"correct apiVersion or kind, or name its CRD under spec.schemas (Gateway API here: {profile.gateway_api or 'none'})",
    )
