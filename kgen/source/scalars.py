"""What an unquoted scalar means: to YAML 1.2, to readers of YAML 1.1, and to kubectl."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Final

from kgen.diagnostics import Code
from kgen.expressions import expression
from kgen.records import NamedTuple
from kgen.source.codes import MAX_INT, MIN_INT, OCTAL, RANGE


class Refused(NamedTuple):
    """A scalar that has no good reading: what to say about it."""

    code: Code
    message: str
    help: str


# YAML 1.2.2, 10.3.2: the core schema.
NULLS: Final = frozenset(("", "~", "null", "Null", "NULL"))
BOOLEANS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
INTEGER: Final = expression(r"[-+]?[0-9]+")
OTHER_BASE: Final = expression(r"0o[0-7]+|0x[0-9a-fA-F]+")
FLOAT: Final = expression(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
NO_NUMBER: Final = expression(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
# Anything that is not a string starts with one of these.
STARTS: Final = frozenset("+-.0123456789nNtTfF~")


def resolve(raw: str) -> Any:
    """The value of an unquoted scalar: None, bool, int, float or str, or Refused."""
    if raw[:1] not in STARTS and raw:
        return raw
    if raw in NULLS:
        return None
    if raw in BOOLEANS:
        return BOOLEANS[raw]
    if INTEGER.fullmatch(raw):
        digits = raw.lstrip("+-")
        if len(digits) > 1 and digits[0] == "0":
            sign = raw[0] if raw[0] == "-" else ""
            octal = re.fullmatch("[0-7]{1,20}", digits)
            other = f"{sign}{int(digits, 8)} to a YAML 1.1 reader" if octal else "no integer to a YAML 1.1 reader"
            message = f"{shown(raw)} is {shown(sign + (digits.lstrip('0') or '0'))} to a YAML 1.2 reader and {other}"
            help = "write a number without the leading zero, or 0o and its octal digits"
            return Refused(OCTAL, message, f"quote it if it is text: {quoted(raw)}; {help}")
        # int() refuses more than 4,300 digits; 20 are too many already.
        return whole(raw, int(raw) if len(digits) <= 20 else None)
    if OTHER_BASE.fullmatch(raw):
        return whole(raw, int(raw, 0) if len(raw) <= 40 else None)
    if FLOAT.fullmatch(raw):
        value = float(raw)
        if math.isinf(value):
            return Refused(RANGE, f"{shown(raw)} is larger than any number that Kubernetes keeps", f"quote it if it is text: {quoted(raw)}")
        return value
    if NO_NUMBER.fullmatch(raw):
        return Refused(RANGE, f"{raw} is no number that Kubernetes keeps", f"quote it if it is text: {quoted(raw)}")
    return raw


def whole(raw: str, value: int | None) -> int | Refused:
    if value is None or not MIN_INT <= value <= MAX_INT:
        return Refused(RANGE, f"the integer {shown(raw)} does not fit in 64 bits", f"quote it if it is text: {quoted(raw)}")
    return value


# The YAML 1.1 types (yaml.org/type) as their readers implement them: PyYAML, ruamel.yaml's 1.1 mode, and go-yaml as in sigs.k8s.io/yaml,
# which kubectl, Helm, Argo CD and Flux use. Where those differ from each other, one that sees no string is enough.
TRUE_1_1: Final = frozenset(["y", "Y", "yes", "Yes", "YES", "on", "On", "ON"])
FALSE_1_1: Final = frozenset(["n", "N", "no", "No", "NO", "off", "Off", "OFF"])
INTEGER_1_1: Final = expression(r"[-+]?(?:0[bB][01_]+|0[oO]?[0-7_]+|0[xX][0-9a-fA-F_]+|[0-9][0-9_]*)|[-+][0-9_]+")
FLOAT_1_1: Final = expression(r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9_]+)(?:[eE][-+]?[0-9_]+)?")
SEXAGESIMAL: Final = expression(r"[-+]?(?:[1-9][0-9_]*(?::[0-5]?[0-9])+|[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*)")
TIMESTAMP: Final = expression(
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
    r"(?:(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::?[0-9]{2})?))?)?"
)


def ambiguous(raw: str) -> str | None:
    """What a YAML 1.1 reader sees in an unquoted scalar where that is not what YAML 1.2, and so kgen, reads; None where all agree."""
    value = resolve(raw)
    if isinstance(value, str):
        return foreign(raw)
    if isinstance(value, int) and raw[:2] == "0o":
        return f"the text {quoted(raw)}"
    if isinstance(value, float) and not re.fullmatch(r"[-+]?[0-9]+\.[0-9]*(?:[eE][-+][0-9]+)?|\.[0-9]+(?:[eE][-+][0-9]+)?", raw):
        return f"the text {quoted(raw)}"
    if isinstance(value, Refused) and value.code is OCTAL:
        return f"the number {int(raw, 8)}" if re.fullmatch("[-+]?[0-7]{1,20}", raw) else f"the text {quoted(raw)}"
    return None


def foreign(raw: str) -> str | None:
    """What a YAML 1.1 reader sees in an unquoted scalar that is a string in YAML 1.2."""
    if raw[:1] not in STARTS and raw[:1] not in "yYoO=<":
        return None
    if raw in TRUE_1_1:
        return "the boolean true"
    if raw in FALSE_1_1:
        return "the boolean false"
    if raw in ("<<", "="):
        return "a mark of its own"
    # go-yaml drops underscores wherever they are.
    if any(number.fullmatch(text) for number in (INTEGER_1_1, FLOAT_1_1) for text in (raw, raw.replace("_", ""))):
        return "a number"
    if SEXAGESIMAL.fullmatch(raw):
        return "a number in base 60"
    if TIMESTAMP.fullmatch(raw):
        return "a date"
    return None


# kubectl, Helm, Argo CD and Flux read with sigs.k8s.io/yaml, which is go-yaml v2 and then JSON: resolve.go there says what an unquoted
# scalar is (YAML 1.1, without base 60, dates as text, and `0o14` as Go has it), encoding/json how a number goes on its way.
GO_WORDS: Final[Mapping[str, bool | None]] = {
    **dict.fromkeys(NULLS),
    **BOOLEANS,
    **dict.fromkeys(TRUE_1_1, True),
    **dict.fromkeys(FALSE_1_1, False),
}
GO_STARTS: Final = frozenset("+-.0123456789yYnNtTfFoO~")
GO_INTEGER: Final = expression(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))")
GO_BASES: Final = (16, 2, 8, 10)
GO_INFINITE: Final = frozenset((".nan", ".NaN", ".NAN", *(f"{sign}.{word}" for sign in ("", "+", "-") for word in ("inf", "Inf", "INF"))))


def resolve_as_kubectl(raw: str) -> Any:
    """The value of an unquoted scalar of a manifest, as it reaches the API server: None, bool, int, float or str, or Refused."""
    if raw[:1] not in GO_STARTS and raw:
        return raw
    if raw in GO_WORDS:
        return GO_WORDS[raw]
    if raw[0].isalpha() or raw == "~":
        return raw
    if raw in GO_INFINITE:
        return Refused(RANGE, f"{raw} is no number that Kubernetes keeps", f"quote it if it is text: {quoted(raw)}")
    # After a point only Go's ParseFloat reads, which wants a digit on both sides of an underscore.
    bare = raw if raw[0] == "." and re.search(r"(?<![0-9])_|_(?![0-9])", raw) else raw.replace("_", "")
    found = GO_INTEGER.fullmatch(bare)
    # int() refuses more than 4,300 digits; 70 are too many in any base.
    if found is not None and found.lastindex and len(bare) <= 70:
        value = int(found[found.lastindex], GO_BASES[found.lastindex - 2])
        value = -value if found[1] == "-" else value
        if MIN_INT <= value < -MIN_INT or (not found[1] and value <= MAX_INT):
            return value
    if FLOAT.fullmatch(bare):
        number = float(bare)
        if math.isinf(number):
            return raw  # Go's ParseFloat gives up, and the text stays text
        return as_json(number)
    return raw


def as_json(number: float) -> int | float:
    """A number as JSON keeps it for whoever reads it next: 1.0 and 1e3 are written 1 and 1000, and so are integers."""
    if not number.is_integer() or abs(number) >= 1e21:
        return number
    if abs(number) < 2**53:
        return int(number)
    # Beyond that JSON has the shortest digits that mean this number, not all of its own.
    mantissa, _, exponent = repr(number).partition("e")
    head, _, tail = mantissa.removesuffix(".0").partition(".")
    value = int(head + tail) * 10 ** (int(exponent or 0) - len(tail))
    return value if MIN_INT <= value < -MIN_INT else number


def key_as_kubectl(value: Any) -> str | None:
    """The text that kubectl makes of a key (sigs.k8s.io/yaml, convertToJSONableObject); None where it refuses."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if value < -MIN_INT else None
    return f"{value:g}" if isinstance(value, float) else None


def quoted(text: str) -> str:
    """The text in double quotes, for a help line."""
    text = shown(text)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def shown(text: str) -> str:
    """The author's text, cut where it is too long for a line."""
    return text if len(text) <= 60 else text[:57] + "..."
