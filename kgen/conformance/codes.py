"""The classes of what may be wrong with an object, by the keyword of the schema that finds it."""

from __future__ import annotations

from typing import Final

from kgen.diagnostics import Code

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
DECIDED_LATER: Final = Code("KG513", "decided-when-applied")
DROPPED: Final = Code("KG514", "dropped-field")
BARE_FINALIZER: Final = Code("KG515", "bare-finalizer")

# Schema keyword, or sort of a rule, to class of finding; what is not listed is a matter of alternatives (anyOf, oneOf, not).
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
    "later": DECIDED_LATER,
    "dropped": DROPPED,
    "finalizer": BARE_FINALIZER,
    **dict.fromkeys(
        ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "multipleOf")
        + ("exclusiveMinimum", "exclusiveMaximum"),
        OUT_OF_BOUNDS,
    ),
}

# What an author can do about what the server takes, and Git had better not hold.
REMEDIES: Final = {
    DECIDED_LATER: "write it, so that every delivery engine does the same",
    DROPPED: "leave it out: kubectl get -o yaml shows what the server adds",
    BARE_FINALIZER: "put a domain in front, as in example.com/name",
}
